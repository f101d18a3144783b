"""Reads the newest releases of packages of npm, and writes what their code starts to tarballs.txt beside this file.

    python3 src/known/tarballs.py [NAME...]

The packages are those that tarballs.txt has, and the names that are given. Each costs a request to the registry of npm, and one for its newest release;
nothing of it is kept, and nothing of it is run.
"""

import io
import json
import re
import sys
import tarfile
import urllib.parse

from wheels import WORDS as COMMON, fetched, lost, renew, table

REGISTRY = "https://registry.npmjs.org/"
# Releases are read up to so many bytes, unpacked, and files up to so many.
RELEASE_MAX, FILE_MAX = 150_000_000, 8_000_000
# A file that names more commands than that has a list of words.
NAMED_MAX = 5

WORDS = COMMON | {"stream", "scalar", "as", "composite", "cpp"}
# Read by hand: git is for the version of itself, and where there is no ps it goes by /proc.
OPTIONAL = {"nodemon": {"git", "ps"}}
FOLDERS = {"test", "tests", "__tests__", "docs", "example", "examples", "benchmark", "umd"}
STARTS = re.compile(rb"""child_process|["']execa["']|["']cross-spawn["']|["']shelljs["']|Bun\.spawn|["']zx["']|["']node-pty["']""")
STRING = re.compile(r"""(["'`])((?:[^"'`\\\n]|\\.){1,200})\1""")

KNOWN = table("node.txt")
COMMANDS = lost("command ", "node")


def named(archive):
    """The commands that small images lack and that code names in files that start programs."""
    commands = set()
    for member in archive:
        _, *folders, name = member.name.split("/")
        is_code = name.endswith((".js", ".mjs", ".cjs")) and not name.endswith(".min.js") and ".test." not in name
        if not member.isfile() or not is_code or FOLDERS.intersection(folders) or member.size > FILE_MAX:
            continue
        code = archive.extractfile(member).read()
        if not STARTS.search(code):
            continue
        words = (string[2].split() for string in STRING.finditer(code.decode("utf-8", "replace")))
        commands |= {words[0].rsplit("/", 1)[-1] for words in words if words}
    return (commands & COMMANDS) - WORDS


def brought(dependencies):
    """Those among all that a package depends on that have a script, native code or needs; None if one of them is in no lock."""
    found = set()
    for name in dependencies:
        known = KNOWN.get(name, [])
        if not any(value.startswith("script") for value in known):
            return None
        found |= {one for value in known if value.startswith("brings ") for one in value.split()[1].split(",")}
        if any(value == "native" or value.startswith(("script yes", "script mixed", "needs", "may-need")) for value in known):
            found.add(name)
    return found


def scripts(release):
    """Whether npm runs a script of a package when it is installed, and what it brings; nothing if that is not known."""
    found = brought(release.get("dependencies", {}))
    if found is None:
        return set()
    runs = release.get("gypfile") or {"preinstall", "install", "postinstall"}.intersection(release.get("scripts", {}))
    return {f"script {'yes' if runs else 'no'}"} | ({"brings " + ",".join(sorted(found))} if found else set())


def facts(name):
    """The values of a package: none of one of which node.txt says enough."""
    known = KNOWN.get(name, [])
    has_script = any(value.startswith("script") for value in known)
    if any(value.startswith(("needs", "may-need", "clean debian")) for value in known):
        return set()
    release = json.loads(fetched(f"{REGISTRY}{urllib.parse.quote(name, safe='@')}/latest"))
    told = set() if has_script else scripts(release)
    if release["dist"].get("unpackedSize", 0) > RELEASE_MAX:
        return told
    commands = named(tarfile.open(fileobj=io.BytesIO(fetched(release["dist"]["tarball"])), mode="r:gz"))
    commands -= OPTIONAL.get(name, set())
    if len(commands) > NAMED_MAX:
        return told
    return told | {f"may-need command {command} code" for command in commands} | (set() if commands else {"clean code"})


if __name__ == "__main__":
    renew("tarballs.txt", facts, sys.argv[1:])
