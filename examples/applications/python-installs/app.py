"""Uses what was installed when it was started, if it is where all users find it."""

import greeting

print(greeting.TEXT, "for all" if greeting.__file__.startswith("/usr/local/lib") else "for one")
