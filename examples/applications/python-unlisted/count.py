"""Says by which name git would keep a file."""

import counting

print(counting.lines("/app/count.py")[:0] + str(len(counting.lines("/app/count.py"))))
