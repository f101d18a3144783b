"""Reads the newest wheels of packages of PyPI, and writes what they need to wheels.txt beside this file.

    python3 src/known/wheels.py [NAME...]

The packages are those that wheels.txt has, and the names that are given. Each costs a request to the index of PyPI, and one for its newest wheel; nothing of
a wheel is kept, and nothing of it is run. Needs Python 3.11 with pip, and readelf.
"""

import ast
import concurrent.futures
import datetime
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
from pip._vendor.packaging.specifiers import InvalidSpecifier, SpecifierSet
from pip._vendor.packaging.version import InvalidVersion, Version

HERE = pathlib.Path(__file__).parent
INDEX = "https://pypi.org/simple/"
# Minor versions of Python 3 that images are met with.
PYTHONS = range(7, 15)
# glibc of the oldest release of Debian that images are met with is 2.31; this is the newest that wheels are built for below it.
GLIBC = (2, 28)
# Wheels are read up to so many bytes: larger ones are models and CUDA.
WHEEL_MAX = 40_000_000
# How many of the newest releases say of which kind a package is.
RELEASES = 6

# Commands whose names are words, or that are named where nobody needs them: as a fallback for an editor, for the system of a developer.
WORDS = set(
    "file test as cat hd ar ld w skill patch link head nm install view sensible-editor sysctl kill watch top free pg_config python3.9 python3.11 python3.13 "
    "git-upload-pack display compare import identify composite animate convert stream size strip strings mt write look ex sort pr join split id".split()
)
# Read by hand: the code goes on without.
OPTIONAL = {"streamlit": {"git"}, "langsmith": {"git"}}
# What more packages than that depend on besides is an extra with everything.
EXTRA_MAX = 12
# Extras that nobody installs in an image.
NOT_FOR_IMAGES = set(
    "dev test tests testing docs doc lint all-dev develop development typing mypy benchmark style quality examples check cover enabler type lint-and-test "
    "doc-build extras doc-extras ci docs-build build deploy release publish dev-lint test-extras tests-extra bench benchmarks profile coverage linting "
    "formatting types mypy-extensions nox tox pre-commit sphinx documentation devel developer local tutorial notebook notebooks rtd packaging".split()
)
TESTS = {"test", "tests", "testing", "_tests", "docs", "examples", "benchmarks"}
STARTS = re.compile(
    r"\bsubprocess\b|\bos\.(system|popen|exec\w*|spawn\w*|posix_spawn\w*)\b|\bpty\.spawn|create_subprocess|\bPopen\b|shutil\.which|\bwhich\("
    r"|find_executable|from os import .*\b(system|popen)"
)
LOADS = re.compile(r"\bfind_library\b|\bCDLL\b|LoadLibrary|\bdlopen\b")


def table(name):
    """The facts of a table: the values of each key."""
    facts = {}
    for line in (HERE / name).read_text().splitlines():
        if not line.startswith("#"):
            key, value = line.split("\t", 1)
            facts.setdefault(key, []).append(value)
    return facts


def lost(kind, image):
    """What small images of a language lack."""
    return {key.split(" ", 1)[1] for key, values in table("lost.txt").items() if key.startswith(kind) and any(image in value for value in values)}


KNOWN, COMMANDS, LIBRARIES = table("python.txt"), lost("command ", "python"), lost("library ", "python")


def fetched(address, accept="*/*"):
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=90) as answer:
        return answer.read()


def fits(tag, minor, machine="x86_64"):
    """Whether a wheel is for Python 3.minor on Linux on a machine: "pure", "native" or None."""
    python, abi, platform = tag

    def is_platform(name):
        glibc = re.fullmatch(rf"manylinux_(\d+)_(\d+)_{machine}", name)
        if glibc:
            return (int(glibc[1]), int(glibc[2])) <= GLIBC
        return name in ("any", *(f"{start}_{machine}" for start in ("manylinux1", "manylinux2010", "manylinux2014", "linux")))

    if not any(is_platform(name) for name in platform.split(".")):
        return None
    kind = "pure" if "any" in platform.split(".") else "native"
    for name in python.split("."):
        version = re.fullmatch(r"(cp|py)3(\d*)", name)
        if not version:
            continue
        least = int(version[2] or 0)
        is_for_later = "abi3" in abi.split(".") if version[1] == "cp" else abi == "none"
        if least == minor or (is_for_later and least <= minor):
            return kind
    return None


def releases(name):
    """The stable releases: the tag, or None of a source, and what the index says of each file."""
    found = {}
    for file in json.loads(fetched(f"{INDEX}{name}/", "application/vnd.pypi.simple.v1+json"))["files"]:
        words = file["filename"].removesuffix(".whl").split("-")
        if file.get("yanked"):
            continue
        if file["filename"].endswith(".whl") and len(words) >= 5:
            version, tag = words[1], tuple(words[-3:])
        elif source := re.fullmatch(r".*-([^-]+)\.(tar\.gz|zip|tar\.bz2)", file["filename"]):
            version, tag = source[1], None
        else:
            continue
        try:
            version = Version(version)
        except InvalidVersion:
            continue
        if not version.is_prerelease:
            found.setdefault(version, []).append((tag, file))
    return found


def is_for(files, minor):
    """Whether a release is for Python 3.minor."""
    for _, file in files:
        try:
            if not SpecifierSet(file.get("requires-python") or "").contains(f"3.{minor}.20"):
                return False
        except InvalidSpecifier:
            pass
    return True


def kind_of(files):
    kinds = {fits(tag, minor) for tag, _ in files if tag for minor in PYTHONS} - {None}
    by_wheels = {("native", "pure"): "both", ("pure",): "pure", ("native",): "wheel"}.get(tuple(sorted(kinds)))
    return by_wheels or ("source" if any(tag is None for tag, _ in files) else "other-os")


def built(found, minor):
    """The first release from which on all for Python 3.minor have a wheel for both machines that images are built on."""
    first = None
    for version in sorted((version for version, files in found.items() if is_for(files, minor)), reverse=True):
        if not all(any(tag and fits(tag, minor, machine) for tag, _ in found[version]) for machine in ("x86_64", "aarch64")):
            break
        first = version
    return first


def wheel(files):
    """The wheel that is read: with native code if there is one, for Python 3.12 or one near it."""
    wheels = [(kind == "pure", abs(minor - 12), file["url"], file.get("size") or 0) for tag, file in files if tag for minor in PYTHONS if (kind := fits(tag, minor))]
    return min(wheels)[2:] if wheels else None


def normal(requirement):
    name = re.sub("[-_.]+", "-", requirement.name).lower()
    return {f"{name}[{extra}]" for extra in requirement.extras} or {name}


def dependencies(metadata):
    """What a package depends on on Linux, and what it depends on besides with each extra."""
    always, extras = set(), {}
    system = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "implementation_name": "cpython"}
    system |= {"platform_python_implementation": "CPython", "platform_release": "", "platform_version": "", "implementation_version": "3.11.9"}
    for line in metadata.split("\n\n")[0].splitlines():
        if not line.startswith("Requires-Dist:"):
            continue
        try:
            requirement = Requirement(line.split(":", 1)[1].strip())
        except InvalidRequirement:
            continue

        def is_on(extra):
            pythons = ("3.8", "3.11", "3.13")
            environments = ({**system, "python_version": it, "python_full_version": f"{it}.9", "extra": extra} for it in pythons)
            return requirement.marker is None or any(requirement.marker.evaluate(environment) for environment in environments)

        if is_on(""):
            always |= normal(requirement)
            continue
        for extra in re.findall(r"""extra\s*==\s*["']([^"']+)""", str(requirement.marker)):
            if is_on(extra):
                extras.setdefault(re.sub("[-_.]+", "-", extra).lower(), set()).update(normal(requirement))
    return always, extras


def named(archive):
    """The commands and libraries that code names in files that start or load any, of those that small images lack."""
    commands, libraries = set(), set()
    for path in archive.namelist():
        *folders, name = path.split("/")
        if not name.endswith(".py") or name.startswith(("test_", "conftest")) or TESTS.intersection(folders):
            continue
        text = archive.read(path).decode("utf-8", "replace")
        starts, loads = STARTS.search(text), LOADS.search(text)
        if not starts and not loads:
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documentation or not node.value.strip():
                continue
            word = node.value.split()[0].rsplit("/", 1)[-1]
            if starts and word in COMMANDS:
                commands.add(word)
            if loads:
                libraries |= {library for library in LIBRARIES if library in (word, f"lib{word}.so") or library.startswith(f"lib{word}.so.")}
    return commands - WORDS, libraries


def linked(archive):
    """The libraries that small images lack and native code is linked to, which the wheel does not bring; None if there is no native code."""
    paths = [path for path in archive.namelist() if re.search(r"\.so(\.|$)", path)]
    own, needed = {path.rsplit("/", 1)[-1] for path in paths}, set()
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            file = pathlib.Path(folder, "library")
            file.write_bytes(archive.read(path))
            told = subprocess.run(["readelf", "-d", file], capture_output=True, text=True).stdout
            needed |= set(re.findall(r"\(NEEDED\).*\[(.*?)\]", told))
    return (needed - own) & LIBRARIES if paths else None


def facts(name):
    """The values of a package."""
    known = KNOWN.get(name, [])

    def has(start):
        return any(value.startswith(start) for value in known)

    found, told = releases(name), set()
    newest = sorted(found)
    kinds = {kind_of(found[version]) for version in newest[-RELEASES:]}
    # What is not native as a wheel is not as a source.
    kind = "pure" if kinds == {"pure", "source"} else kinds.pop() if len(kinds) == 1 else "mixed"
    if not has("kind "):
        told.add(f"kind {kind}")
    if kind in ("wheel", "mixed", "source") or "kind mixed" in known:
        told |= {f"built 3.{minor} {first}" for minor in PYTHONS if (first := built(found, minor))}
    chosen = wheel(found[newest[-1]])
    if not chosen:
        return told
    address, size = chosen
    archive = zipfile.ZipFile(io.BytesIO(fetched(address))) if size <= WHEEL_MAX else None
    if archive:
        metadata = next(archive.read(path) for path in archive.namelist() if path.endswith(".dist-info/METADATA"))
    else:
        metadata = fetched(f"{address}.metadata")
    always, extras = dependencies(metadata.decode("utf-8", "replace"))
    if always and not has("with "):
        told.add("with " + ",".join(sorted({one.split("[")[0] for one in always})))
    told |= {f"extra {extra} {','.join(sorted(names))}" for extra, names in extras.items() if extra not in NOT_FOR_IMAGES and len(names) <= EXTRA_MAX}
    if not archive:
        return told
    commands, loaded = named(archive)
    links = linked(archive)
    told |= {f"needs library {library} wheel" for library in links or () if not any(library in value for value in known)}
    is_judged = any(has(start) for start in ("needs", "may-need", "clean debian", "plain debian"))
    if not is_judged:
        told |= {f"may-need command {command} code" for command in commands - OPTIONAL.get(name, set())}
        told |= {f"may-need library {library} code" for library in loaded}
        if not commands - OPTIONAL.get(name, set()) and not loaded and not links and not has("clean"):
            told.add("clean code")
    return told


def renew(name, facts, names):
    """Writes anew what `facts` tells of the packages of a table, and of those called `names`."""
    path = HERE / name
    old, lines = table(name), set()
    with concurrent.futures.ProcessPoolExecutor(4) as workers:
        jobs = {workers.submit(facts, package): package for package in set(old) | set(names)}
        for job in concurrent.futures.as_completed(jobs):
            package = jobs[job]
            try:
                values = job.result()
            except Exception as because:  # A package that cannot be read keeps what was known of it.
                print(f"{package}: {because}", file=sys.stderr)
                values = old.get(package, [])
            lines |= {f"{package}\t{value}" for value in values}
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    head = [re.sub(r"As of \d{4}-\d\d-\d\d", f"As of {datetime.date.today()}", line) for line in head]
    path.write_text("\n".join(head + sorted(lines, key=str.encode)) + "\n")


if __name__ == "__main__":
    renew("wheels.txt", facts, (re.sub("[-_.]+", "-", name).lower() for name in sys.argv[1:]))
