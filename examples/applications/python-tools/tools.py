"""Compiles a little program, says what kind of file it is, and keeps it in a repository."""

import os
import subprocess
import tempfile


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with open("answer.c", "w") as source:
        source.write('#include <stdio.h>\nint main(void) { return printf("42\\n") < 0; }\n')
    run("gcc", "-o", "answer", "answer.c")
    print(run("./answer").strip(), run("file", "--brief", "--mime-type", "answer.c").strip())
    run("git", "init", "--quiet")
    run("git", "add", "answer.c")
    run("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "first")
    print(run("git", "ls-files").strip(), run("git", "rev-list", "--count", "HEAD").strip())
