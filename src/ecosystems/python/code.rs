//! Programs in Python, and the packages that `pip` brings them.

use super::opens::{self, Opening};
use crate::programs::{Needs, Source, files, members};

/// Code, and files that say what the program needs.
pub(super) fn is_code(path: &str) -> bool {
    ([".py", ".pyx", ".c", ".h", ".cpp", ".sh"].iter().any(|ending| path.ends_with(ending)) || files::is_nameless(path))
        && !path.ends_with("setup.py")
        && !path.starts_with("tests/")
        && !path.starts_with("test/")
}

pub(super) fn needs(sources: &[Source<'_>], paths: &[String]) -> Needs {
    let mut needs = Needs::by_signs(sources, OF_SYSTEM, OF_READING, OF_WRITING);
    needs.system = needs.system.or_else(|| Needs::of_builtins(sources, BUILTINS));
    let lines = sources.iter().flat_map(|(path, text)| text.split(['\n', ';']).map(move |line| (*path, line.trim())));
    let import = lines.clone().find_map(|(path, line)| {
        let module = imported(line).find(|module| !is_known(module) && !is_own(module, paths))?;
        Some(format!("`{path}` imports `{module}`"))
    });
    let renamed = sources.iter().find(|(_, text)| opens::renames_os(text));
    let renamed = renamed.map(|(path, _)| format!("`{path}` gives `os` another name"));
    needs.system = import.or(renamed).or(needs.system);
    let imports = |modules: &[&str]| {
        lines.clone().find_map(|(path, line)| {
            let module = imported(line).find(|module| modules.contains(module))?;
            Some(format!("`{path}` imports `{module}`"))
        })
    };
    needs.reads = imports(MODULES_OF_READING).or(needs.reads);
    needs.writes = imports(MODULES_OF_WRITING).or(needs.writes);
    let of_gunicorn = lines.clone().filter(|(path, _)| path.contains("gunicorn"));
    let user = of_gunicorn.map(|(path, line)| (path, line.split('=').next().unwrap_or_default().trim()));
    let user = user.into_iter().find(|(_, key)| ["user", "group"].contains(key));
    needs.system = needs.system.or_else(|| user.map(|(path, key)| format!("`{path}` has `{key}`")));
    for (path, text) in sources {
        match opens::opening(text) {
            Some(Opening::MayWrite) => drop(needs.writes.get_or_insert_with(|| format!("`{path}` has `open`"))),
            Some(Opening::Reads) => drop(needs.reads.get_or_insert_with(|| format!("`{path}` has `open`"))),
            None => {}
        }
        let by_name = opens::imported_from_os(text).into_iter().filter(|member| !OF_OS.contains(member));
        for member in members_of_os(text).chain(by_name) {
            let place = match member {
                _ if OF_OS_READING.contains(&member) => &mut needs.reads,
                _ if OF_OS_WRITING.contains(&member) => &mut needs.writes,
                _ => &mut needs.system,
            };
            place.get_or_insert_with(|| format!("`{path}` has `os.{member}`"));
        }
    }
    needs
}

/// The modules, without what is below them, that a line imports.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    // `try: import x`
    let line = line.split_once(": ").map(|(_, rest)| rest).filter(|rest| rest.starts_with("import ")).unwrap_or(line);
    let names = line.strip_prefix("import ").or_else(|| line.strip_prefix("from ")?.split(" import").next());
    let names = names.unwrap_or_default().split(',');
    names.filter_map(|name| name.trim().split([' ', '.', ';']).next())
}

/// Whether a module is of the standard library and needs nothing of the system, or of a known package.
fn is_known(module: &str) -> bool {
    let name = PACKAGES_BY_MODULE.iter().find(|(known, _)| *known == module).map_or(module, |(_, name)| *name);
    MODULES.contains(&module)
        || MODULES_OF_READING.contains(&module)
        || MODULES_OF_WRITING.contains(&module)
        || package(name).is_some()
}

/// Whether a module is a file or a folder of the program; an empty name is the package that the file is in.
fn is_own(module: &str, paths: &[String]) -> bool {
    let is_it = |part: &str| part.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    module.is_empty() || paths.iter().any(|path| path.split('/').any(is_it))
}

/// Modules of packages that have another name.
const PACKAGES_BY_MODULE: &[(&str, &str)] = &[
    ("PIL", "pillow"),
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("dateutil", "python-dateutil"),
    ("dj_database_url", "dj-database-url"),
    ("dns", "dnspython"),
    ("dotenv", "python-dotenv"),
    ("environ", "django-environ"),
    ("flask_jwt_extended", "flask-jwt-extended"),
    ("jwt", "pyjwt"),
    ("paho", "paho-mqtt"),
    ("psycopg2", "psycopg2-binary"),
    ("rest_framework", "djangorestframework"),
    ("sklearn", "scikit-learn"),
    ("yaml", "pyyaml"),
];

/// Modules of the standard library that need nothing of the system.
const MODULES: &[&str] = &[
    "__future__",
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "atexit",
    "base64",
    "binascii",
    "bisect",
    "builtins",
    "calendar",
    "cmath",
    "codecs",
    "collections",
    "colorsys",
    "concurrent",
    "contextlib",
    "contextvars",
    "copy",
    "copyreg",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "dis",
    "doctest",
    "email",
    "enum",
    "errno",
    "faulthandler",
    "fractions",
    "ftplib",
    "functools",
    "gc",
    "getopt",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "http",
    "imaplib",
    "inspect",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "logging",
    "marshal",
    "math",
    "numbers",
    "operator",
    "optparse",
    "os",
    "pickle",
    "platform",
    "pprint",
    "profile",
    "queue",
    "quopri",
    "random",
    "re",
    "reprlib",
    "sched",
    "secrets",
    "select",
    "selectors",
    "signal",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "stat",
    "statistics",
    "string",
    "stringprep",
    "struct",
    "sys",
    "sysconfig",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "tokenize",
    "tomllib",
    "trace",
    "traceback",
    "tracemalloc",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "urllib",
    "uuid",
    "warnings",
    "wave",
    "weakref",
    "wsgiref",
    "xml",
    "xmlrpc",
    "zlib",
];

/// Modules of the standard library that read files.
const MODULES_OF_READING: &[&str] =
    &["configparser", "filecmp", "glob", "io", "linecache", "multiprocessing", "tempfile", "zoneinfo"];

/// Modules of the standard library that may write files.
const MODULES_OF_WRITING: &[&str] = &[
    "bz2",
    "dbm",
    "fileinput",
    "gzip",
    "lzma",
    "mailbox",
    "mmap",
    "pathlib",
    "shelve",
    "shutil",
    "sqlite3",
    "tarfile",
    "zipfile",
];

/// What starts a program, runs code that is not seen, or changes who it is.
const OF_SYSTEM: &[&str] = &[
    "#!/usr/bin/python",
    "AF_PACKET",
    "FFI(",
    "SOCK_RAW",
    "__import__",
    "dlopen",
    "execfile",
    "find_library",
    "getattr(os",
    "import_module",
    "importlib",
    "mimetypes",
    "pkg_resources",
    "popen(",
    "subprocess",
    "system(",
    "which(",
];

/// Functions that run code that is not seen.
const BUILTINS: &[&str] = &["eval", "exec"];

/// What reads a file by its name.
const OF_READING: &[&str] = &["FileResponse", "StaticFiles", "read_csv", "send_file", "send_from_directory"];

/// What may write a file.
const OF_WRITING: &[&str] = &[
    "AF_UNIX",
    "DATABASE_URI",
    "FileField",
    "FileHandler",
    "UPLOAD",
    "filename=",
    "UnixStreamServer",
    "unix_server(",
    "save(",
    "savefig",
    "sqlite",
    "to_csv",
];

/// What of the module `os` has nothing to do with the system or with files.
const OF_OS: &[&str] = &[
    "cpu_count",
    "environ",
    "getcwd",
    "getegid",
    "getenv",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getuid",
    "linesep",
    "name",
    "path",
    "sep",
    "uname",
    "urandom",
];

/// What of the module `os` reads files.
const OF_OS_READING: &[&str] = &["access", "listdir", "scandir", "stat", "walk"];

/// What of the module `os` writes files.
const OF_OS_WRITING: &[&str] = &["makedirs", "mkdir", "open", "remove", "rename", "unlink"];

/// The members of the module `os` that have to do with the system or with files.
fn members_of_os(text: &str) -> impl Iterator<Item = &str> {
    members(text, "os", |c| c.is_alphanumeric() || c == '_').filter(|member| !OF_OS.contains(member))
}

/// How a package gets onto a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Package {
    /// In Python alone, or with parts in C that it can do without.
    Pure,
    /// With parts in C, which a wheel has or the compiler makes. They need nothing but the C library.
    Native,
}

/// What is known of the package that a requirement such as `Flask[async]==3.1` names; with what it needs itself.
pub(crate) fn package(requirement: &str) -> Option<Package> {
    let name = requirement.split(|end: char| !end.is_ascii_alphanumeric() && !"-_.".contains(end)).next()?;
    let rest = requirement[name.len()..].trim_start();
    // `name @ https://...`, and extras, which need other packages.
    let is_plain = rest.is_empty() || rest.starts_with(['=', '<', '>', '!', '~', ';', ',']);
    let extra = rest.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let is_known_extra = extra.is_some_and(|extra| ["standard", "async", "socks", "security"].contains(&extra));
    if !is_plain && !is_known_extra {
        return None;
    }
    let name = name.trim_end_matches(['-', '.']).to_ascii_lowercase().replace(['_', '.'], "-");
    if PURE.contains(&name.as_str()) && extra != Some("standard") {
        Some(Package::Pure)
    } else if NATIVE.contains(&name.as_str()) || PURE.contains(&name.as_str()) {
        Some(Package::Native)
    } else {
        None
    }
}

/// Packages in Python alone, whose own requirements are so too.
const PURE: &[&str] = &[
    "amqp",
    "anyio",
    "arrow",
    "asgiref",
    "attrs",
    "babel",
    "backoff",
    "beautifulsoup4",
    "billiard",
    "bleach",
    "blinker",
    "boto3",
    "botocore",
    "bottle",
    "cachetools",
    "celery",
    "certifi",
    "chardet",
    "charset-normalizer",
    "cherrypy",
    "click",
    "colorama",
    "dataclasses-json",
    "decorator",
    "defusedxml",
    "dj-database-url",
    "django",
    "django-cors-headers",
    "django-environ",
    "django-filter",
    "djangorestframework",
    "dnspython",
    "email-validator",
    "falcon",
    "flask",
    "flask-cors",
    "flask-jwt-extended",
    "flask-limiter",
    "flask-login",
    "flask-marshmallow",
    "flask-restful",
    "flask-restx",
    "flask-wtf",
    "gunicorn",
    "h11",
    "httpcore",
    "httpx",
    "hypercorn",
    "idna",
    "importlib-metadata",
    "itsdangerous",
    "jinja2",
    "jmespath",
    "jsonschema",
    "kombu",
    "limits",
    "loguru",
    "mako",
    "markdown",
    "markupsafe",
    "marshmallow",
    "mistune",
    "networkx",
    "oauthlib",
    "packaging",
    "paho-mqtt",
    "pika",
    "prometheus-client",
    "prometheus-flask-exporter",
    "pygments",
    "pyjwt",
    "pymongo",
    "pymysql",
    "pyparsing",
    "python-dateutil",
    "python-dotenv",
    "python-json-logger",
    "pytz",
    "redis",
    "requests",
    "requests-oauthlib",
    "rich",
    "rq",
    "s3transfer",
    "schedule",
    "simplejson",
    "six",
    "slack-sdk",
    "sniffio",
    "soupsieve",
    "sqlparse",
    "starlette",
    "structlog",
    "tabulate",
    "tenacity",
    "tqdm",
    "typing-extensions",
    "tzdata",
    "tzlocal",
    "urllib3",
    "uvicorn",
    "vine",
    "waitress",
    "webargs",
    "webob",
    "werkzeug",
    "whitenoise",
    "wrapt",
    "wsproto",
    "wtforms",
    "xmltodict",
    "zipp",
];

/// Packages with parts in C that need nothing but the C library, or that a wheel brings with them.
const NATIVE: &[&str] = &[
    "aiohttp",
    "alembic",
    "argon2-cffi",
    "bcrypt",
    "cffi",
    "cryptography",
    "fastapi",
    "flask-migrate",
    "flask-sqlalchemy",
    "frozenlist",
    "gevent",
    "greenlet",
    "grpcio",
    "hiredis",
    "httptools",
    "lxml",
    "matplotlib",
    "msgpack",
    "multidict",
    "numpy",
    "openai",
    "orjson",
    "pandas",
    "pillow",
    "protobuf",
    "psutil",
    "psycopg2-binary",
    "pydantic",
    "pydantic-settings",
    "pyyaml",
    "regex",
    "ruamel-yaml",
    "scikit-learn",
    "scipy",
    "sqlalchemy",
    "twilio",
    "ujson",
    "uvloop",
    "websockets",
    "yarl",
];
