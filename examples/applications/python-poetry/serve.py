"""Signs a menu."""

import itsdangerous
import markupsafe

signer = itsdangerous.Signer("secret")
print(signer.sign("soup").decode(), markupsafe.escape("<soup>"))
