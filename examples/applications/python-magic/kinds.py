"""Says of which kind some bytes are."""

import magic

for content in (b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"plain words\n"):
    print(magic.from_buffer(content, mime=True))
