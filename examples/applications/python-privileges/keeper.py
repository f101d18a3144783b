"""Keeps a note where only its user may write, and says who it is."""

import os
import pwd

with open("/var/lib/keeper/note", "w") as note:
    note.write("kept")
with open("/var/lib/keeper/note") as note:
    print(note.read(), "by", pwd.getpwuid(os.getuid()).pw_name, "of", os.stat("/var/lib/keeper/note").st_uid)
