//! Programs in Go.

use crate::programs::{Needs, Source, files, members};
use crate::rewrite::Context;
use crate::semantics::{is_within, joined};

pub(super) fn is_code(path: &str) -> bool {
    let is_source = path.ends_with(".go") && !path.ends_with("_test.go") && !path.starts_with("vendor/");
    is_source || path == "go.mod"
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    let manifest = sources.iter().find(|(path, _)| *path == "go.mod");
    let module = manifest.and_then(|(_, text)| text.lines().find_map(|line| line.trim().strip_prefix("module ")));
    let Some(module) = module.map(|module| module.trim().trim_matches('"')) else {
        return Needs { system: Some("no go.mod says what it is made of".to_owned()), ..Needs::default() };
    };
    let code: Vec<_> = sources.iter().copied().filter(|(path, _)| *path != "go.mod").collect();
    if !code.iter().any(|(_, text)| text.contains("package main")) {
        return Needs { system: Some("no `package main` is here".to_owned()), ..Needs::default() };
    }
    let mut needs = Needs::by_signs(&code, OF_SYSTEM, OF_READING, OF_WRITING);
    let said = |path: &str, because: String| format!("`{path}` {because}");
    let import = code.iter().find_map(|(path, text)| Some(said(path, imports(text, module, &code).err()?)));
    let other = manifest.filter(|(_, text)| text.contains("=>"));
    let other = other.map(|(path, _)| said(path, "takes a module from elsewhere".to_owned()));
    needs.system = import.or(other).or(needs.system);
    let members = code.iter().flat_map(|(path, text)| members_of_os(text).map(move |member| (*path, member)));
    let first = |is_reading: bool| {
        let mut members = members.clone().filter(|(_, member)| OF_OS_READING.contains(member) == is_reading);
        members.next().map(|(path, member)| format!("`{path}` has `os.{member}`"))
    };
    needs.reads = needs.reads.or_else(|| first(true));
    needs.writes = needs.writes.or_else(|| first(false));
    needs
}

/// Files and folders among `paths` of the build context that go into the program by `//go:embed`; `None` if the code is not known.
pub(crate) fn embedded(cx: &Context<'_>, paths: &[String]) -> Option<Vec<String>> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_code(path)).collect();
    let texts = files::texts(cx, &code)?;
    Some(code.iter().zip(&texts).flat_map(|(path, text)| embedded_by(path, text, paths)).collect())
}

fn embedded_by(path: &str, text: &str, paths: &[String]) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let patterns = text.lines().filter_map(|line| line.strip_prefix("//go:embed "));
    let patterns = patterns.flat_map(str::split_ascii_whitespace);
    let full = |pattern: &str| joined(&format!("/{folder}"), pattern.trim_start_matches("all:"))[1..].to_owned();
    let is_plain = |part: &str| !part.contains(['*', '?', '[', '"', '`', '\\']);
    let entries = patterns.flat_map(|pattern| match pattern.split_once('*') {
        None if is_plain(pattern) => vec![full(pattern)],
        // `templates/*.html`: the files in the folder itself.
        Some((start, end)) if is_plain(start) && is_plain(end) && !end.contains('/') && start.ends_with('/') => {
            let start = format!("{}/", full(start));
            let is_it = |path: &&String| {
                path.strip_prefix(&start).is_some_and(|name| !name.contains('/') && name.ends_with(end))
            };
            paths.iter().filter(is_it).cloned().collect()
        }
        _ => Vec::new(),
    });
    entries.filter(|path| !path.is_empty()).collect()
}

/// Packages of the standard library that open no files and start no programs, or only by names that [`traces`] knows.
const PACKAGES: &[&str] = &[
    "bufio",
    "bytes",
    "cmp",
    "context",
    "embed",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "html",
    "html/template",
    "io",
    "io/fs",
    "iter",
    "log",
    "log/slog",
    "maps",
    "mime/multipart",
    "net",
    "net/http",
    "net/http/httptest",
    "net/http/httputil",
    "net/http/pprof",
    "net/netip",
    "net/rpc",
    "net/smtp",
    "net/textproto",
    "net/url",
    "os",
    "os/signal",
    "path",
    "reflect",
    "regexp",
    "runtime",
    "runtime/debug",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "syscall",
    "text/tabwriter",
    "text/template",
    "time",
    "unicode",
    "unicode/utf16",
    "unicode/utf8",
    "unsafe",
];
const TREES_OF_PACKAGES: &[&str] =
    &["compress/", "container/", "crypto/", "database/sql", "encoding/", "hash", "image/", "math"];

/// Modules that talk over the network or reckon, and need nothing of their surroundings that the runtime image does not have.
const MODULES: &[&str] = &[
    "github.com/caarlos0/env",
    "github.com/cenkalti/backoff",
    "github.com/gin-contrib/cors",
    "github.com/gin-gonic/gin",
    "github.com/go-chi/chi",
    "github.com/go-chi/cors",
    "github.com/go-redis/redis",
    "github.com/go-sql-driver/mysql",
    "github.com/gofiber/fiber",
    "github.com/golang-jwt/jwt",
    "github.com/gomodule/redigo",
    "github.com/google/uuid",
    "github.com/gorilla/handlers",
    "github.com/gorilla/mux",
    "github.com/gorilla/websocket",
    "github.com/jackc/pgx",
    "github.com/julienschmidt/httprouter",
    "github.com/kelseyhightower/envconfig",
    "github.com/labstack/echo",
    "github.com/labstack/gommon",
    "github.com/lib/pq",
    "github.com/nats-io/nats.go",
    "github.com/pkg/errors",
    "github.com/prometheus/client_golang",
    "github.com/rabbitmq/amqp091-go",
    "github.com/redis/go-redis",
    "github.com/rs/zerolog",
    "github.com/segmentio/kafka-go",
    "github.com/sirupsen/logrus",
    "github.com/spf13/cobra",
    "github.com/spf13/pflag",
    "github.com/urfave/cli",
    "github.com/valyala/fasthttp",
    "go.mongodb.org/mongo-driver",
    "go.uber.org/zap",
    "golang.org/x/crypto",
    "golang.org/x/exp",
    "golang.org/x/net",
    "golang.org/x/oauth2",
    "golang.org/x/sync",
    "golang.org/x/text",
    "golang.org/x/time",
    "google.golang.org/grpc",
    "google.golang.org/protobuf",
];

/// That all packages that `text` imports are known.
fn imports(text: &str, module: &str, code: &[Source<'_>]) -> Result<(), String> {
    let mut is_inside = false;
    for piece in text.split(['\n', ';']) {
        let piece = piece.split("//").next().unwrap_or_default().trim();
        let single = piece.strip_prefix("import").filter(|rest| rest.starts_with([' ', '\t', '(', '"', '`']));
        is_inside |= single.is_some_and(|rest| rest.trim_start().starts_with('('));
        if !is_inside && single.is_none() {
            continue;
        }
        let names = single.unwrap_or(piece).trim_start_matches(['(', ' ', '\t']);
        let mut quoted = names.split(['"', '`']);
        if let (Some(alias), Some(path)) = (quoted.next(), quoted.next()) {
            import(alias.trim(), path, module, code)?;
        }
        is_inside &= !piece.contains(')');
    }
    Ok(())
}

fn import(alias: &str, path: &str, module: &str, code: &[Source<'_>]) -> Result<(), String> {
    let is_of = |tree: &str| path.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_standard =
        PACKAGES.contains(&path) || TREES_OF_PACKAGES.iter().any(|tree| is_of(tree.trim_end_matches('/')));
    if let Some(folder) = path.strip_prefix(module).and_then(|rest| rest.strip_prefix('/')) {
        let is_here = code.iter().any(|(path, _)| is_within(path, folder));
        return if is_here { Ok(()) } else { Err(format!("imports `{path}`, which is not here")) };
    }
    if !is_standard && !MODULES.iter().any(|known| is_of(known)) {
        return Err(format!("imports `{path}`"));
    }
    if is_standard && !alias.is_empty() && alias != "_" {
        return Err(format!("gives `{path}` another name, so that what it does with it is not seen"));
    }
    Ok(())
}

/// What of the package `os` has nothing to do with files that are there already.
const OF_OS: &[&str] = &[
    "Args",
    "CreateTemp",
    "Environ",
    "ErrNotExist",
    "Exit",
    "ExpandEnv",
    "Getenv",
    "Getegid",
    "Geteuid",
    "Getgid",
    "Getpid",
    "Getuid",
    "Hostname",
    "Interrupt",
    "Kill",
    "LookupEnv",
    "MkdirTemp",
    "Setenv",
    "Signal",
    "Stderr",
    "Stdin",
    "Stdout",
    "TempDir",
    "Unsetenv",
];

/// What starts a program, or goes by what the system has.
const OF_SYSTEM: &[&str] = &[
    "\":http\"",
    "\":https\"",
    "\"golang.org/x/net/icmp\"",
    "\"ip4:",
    "\"ip6:",
    "\"ip:",
    "FileServer",
    "ForkExec",
    "GOPATH",
    "GOROOT",
    "AF_PACKET",
    "SOCK_RAW",
    "SendFile",
    "ServeContent",
    "ServeFile",
    "StartProcess",
    "TypeByExtension",
    "&& cgo",
    "build !cgo",
    "build cgo",
    "go:linkname",
    "http.Dir",
    "http.FS",
    "http.NewFileTransport",
    "import \"C\"",
    "syscall.Chroot",
    "syscall.Exec",
    "syscall.Mknod",
    "syscall.Mount",
    "syscall.Set",
    "|| cgo",
];

/// What reads a file by its name.
const OF_READING: &[&str] = &[
    ".Attachment(",
    ".Download(",
    ".File(",
    ".Inline(",
    ".Static",
    ",file\"",
    "File:",
    "FileAttachment(",
    "FilePath:",
    "FromFile",
    "HTMLRender",
    "ListenAndServeTLS",
    "ListenTLS",
    "LoadFile",
    "LoadHTML",
    "LoadX509KeyPair",
    "ParseFiles",
    "ParseGlob",
    "RunTLS",
    "ServeTLS",
    "StartTLS",
    "Views:",
    "filesystem.New",
];

/// What may write a file.
const OF_WRITING: &[&str] = &[
    ".SaveFile(",
    "AutoTLS",
    "DirCache(",
    "ErrorOutputPaths",
    "GenBashCompletionFile",
    "GenMan",
    "GenMarkdown",
    "GenReST",
    "GenYaml",
    "Mmap",
    "OutputPaths",
    "SaveUploadedFile",
    "WriteHeapDump",
    "WriteToTextfile",
    "\"unix\"",
    "\"unixgram\"",
    "lumberjack",
    "syscall.Open",
    "syscall.Read",
    "syscall.Stat",
    "zap.Open(",
];

/// What of the package `os` reads files.
const OF_OS_READING: &[&str] = &["DirFS", "Executable", "Getwd", "Lstat", "Open", "ReadDir", "ReadFile", "Stat"];

/// The members of the package `os` that have to do with files.
fn members_of_os(text: &str) -> impl Iterator<Item = &str> + Clone {
    let members = members(text, "os", char::is_alphanumeric);
    members.filter(|member| !OF_OS.contains(member) && member.starts_with(char::is_uppercase))
}
