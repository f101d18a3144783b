//! Programs in C and C++ that need no library when they run.

use crate::programs::{Needs, Source};

pub(crate) fn is_code(path: &str) -> bool {
    const ENDINGS: &[&str] = &[".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx"];
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

pub(super) fn needs(sources: &[Source<'_>], paths: &[String]) -> Needs {
    let mut needs = Needs::by_signs(sources, OF_SYSTEM, &[], OF_FILES);
    let included = sources.iter().find_map(|(path, text)| {
        let header = text.lines().filter_map(header).find(|header| !is_known(header, paths))?;
        Some(format!("`{path}` includes `{header}`"))
    });
    needs.system = included.or(needs.system);
    needs
}

/// What a line includes, with what stands around it.
fn header(line: &str) -> Option<&str> {
    let directive = line.trim_start().strip_prefix('#')?.trim_start();
    let rest = directive.strip_prefix("include").or_else(|| directive.strip_prefix("import"))?;
    Some(rest.split("//").next()?.split("/*").next()?.trim())
}

fn is_known(header: &str, paths: &[String]) -> bool {
    let within = |start: char, end: char| header.strip_prefix(start)?.strip_suffix(end);
    match (within('<', '>'), within('"', '"')) {
        (Some(name), _) => HEADERS.contains(&name),
        (_, Some(name)) => {
            let name = name.trim_start_matches("../").trim_start_matches("./");
            is_code(name) && paths.iter().any(|path| path == name || path.ends_with(&format!("/{name}")))
        }
        _ => false,
    }
}

/// Headers whose functions need nothing of the system but its kernel, or only by names that are signs.
const HEADERS: &[&str] = &[
    "algorithm",
    "arpa/inet.h",
    "array",
    "assert.h",
    "atomic",
    "bitset",
    "cassert",
    "cctype",
    "cerrno",
    "chrono",
    "cinttypes",
    "climits",
    "cmath",
    "complex",
    "complex.h",
    "condition_variable",
    "cstdarg",
    "cstddef",
    "cstdint",
    "cstdio",
    "cstdlib",
    "cstring",
    "ctime",
    "ctype.h",
    "deque",
    "errno.h",
    "exception",
    "fcntl.h",
    "float.h",
    "functional",
    "initializer_list",
    "inttypes.h",
    "iomanip",
    "iostream",
    "iterator",
    "limits",
    "limits.h",
    "list",
    "map",
    "math.h",
    "memory",
    "mutex",
    "netinet/in.h",
    "netinet/tcp.h",
    "numeric",
    "optional",
    "poll.h",
    "pthread.h",
    "queue",
    "random",
    "set",
    "signal.h",
    "sstream",
    "stack",
    "stdarg.h",
    "stdbool.h",
    "stddef.h",
    "stdexcept",
    "stdint.h",
    "stdio.h",
    "stdlib.h",
    "string",
    "string.h",
    "string_view",
    "strings.h",
    "sys/epoll.h",
    "sys/select.h",
    "sys/socket.h",
    "sys/time.h",
    "sys/types.h",
    "sys/uio.h",
    "sys/wait.h",
    "thread",
    "time.h",
    "tuple",
    "type_traits",
    "unistd.h",
    "unordered_map",
    "unordered_set",
    "utility",
    "variant",
    "vector",
];

/// What starts a program, asks what only libraries and files of the system know, or is not seen here.
const OF_SYSTEM: &[&str] = &[
    "##",
    "LD_",
    "_open",
    "__asm",
    "__attribute__((weak",
    "asm(",
    "asm ",
    "ctime",
    "dlopen",
    "dlsym",
    "exec",
    "extern \"",
    "getaddrinfo",
    "getgr",
    "gethostby",
    "getlogin",
    "getnameinfo",
    "getnet",
    "getproto",
    "getpw",
    "getserv",
    "getuser",
    "glob(",
    "iconv",
    "incbin",
    "initgroups",
    "locale",
    "localtime",
    "mktime",
    "posix_spawn",
    "popen",
    "shm_open",
    "sem_open",
    "strftime",
    "syscall",
    "syslog",
    "system(",
    "system (",
    "tzset",
    "wordexp",
    "zone",
];

/// What opens a file by its name.
const OF_FILES: &[&str] = &[
    "access", "chdir", "chroot", "creat", "dir(", "dir (", "fstream", "link(", "link (", "mkfifo", "mkstemp", "mount",
    "mq_", "open", "realpath", "remove(", "rename", "stat(", "stat (", "sun_path", "tmpfile", "tmpnam", "truncate",
];
