//! One static Go program, for the transform that ships it alone.

use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within};
use crate::syntax::Keyword;
use crate::text::TextRange;
use crate::transforms::split_context;
use crate::transforms::split_stage::{Obstacle, Runtime, Sole, joined};

/// Has certificates, time zones, `/tmp`, the user root and nothing else: what a static program needs of its surroundings.
const STATIC: &str = "gcr.io/distroless/static-debian12";

/// Where both images look for programs; those of Go come first in the old one.
const FOLDERS_OF_PROGRAMS: &[&str] = &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Options of `go build` that say nothing about what the program needs when it runs.
const OPTIONS: &[&str] = &["-a", "-v", "-x", "-trimpath"];
const OPTIONS_WITH_VALUE: &[&str] = &["-buildvcs", "-installsuffix", "-ldflags", "-mod", "-p", "-tags"];

/// The platforms that it is built for.
const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/s390x"];

pub(super) fn runtime(sole: &Sole<'_>, image: &ImageUse<'_>) -> Result<Runtime, Obstacle> {
    if let Some(platform) = image.platform().filter(|platform| !PLATFORMS.contains(platform)) {
        return Err((sole.from, format!("`{STATIC}` is not known to be built for {platform}")));
    }
    let mut built: Option<(String, TextRange)> = None;
    let mut others = Vec::new();
    let mut commands_of = Vec::new();
    for run in &sole.cx.build.runs {
        commands_of.push(sole.commands(run)?);
    }
    for command in commands_of.iter().flatten() {
        let is_build = command.name() == Some("go") && command.arguments().first().is_some_and(|verb| verb.is("build"));
        if !is_build {
            others.push(command);
            continue;
        }
        if built.is_some() {
            return Err((command.range(), "it is the second program that is built".to_owned()));
        }
        let path = output(command).map_err(|because| (command.range(), because))?;
        without_c(sole, command).map_err(|because| (command.range(), because))?;
        built = Some((path, command.range()));
    }
    let Some((artifact, at)) = built else {
        return Err((sole.from, "no `go build` here makes what it starts".to_owned()));
    };
    for command in others {
        let is_known = is_of_modules(command) || sole.leaves_nothing(command, &artifact);
        if !is_known {
            let name = command.name().unwrap_or_default();
            return Err((command.range(), format!("`{name}` may leave something behind that is needed at run time")));
        }
    }
    starts(sole, &artifact)?;
    sources(sole).map_err(|because| (at, because))?;
    Ok(Runtime { image: STATIC.to_owned(), artifact })
}

fn is_of_modules(command: &Command<'_>) -> bool {
    let words: Vec<_> = command.words().iter().filter_map(|word| word.literal.as_deref()).collect();
    matches!(
        words.as_slice(),
        ["go", "mod", "download" | "tidy" | "verify", ..] | ["go", "get" | "vet" | "version", ..]
    )
}

/// Where `go build` puts the program, in full.
fn output(command: &Command<'_>) -> Result<String, String> {
    let directory = command.run.directory.as_deref().unwrap_or("/");
    let mut words = command.arguments().iter().skip(1).filter_map(|word| word.literal.as_deref());
    let (mut path, mut packages) = (None, 0);
    while let Some(word) = words.next() {
        let option = word.strip_prefix('-').map(|option| option.strip_prefix('-').unwrap_or(option));
        let Some(option) = option else {
            let is_own = word == "." || word.starts_with("./") || (word.ends_with(".go") && !word.contains('*'));
            packages += 1;
            if !is_own || word.contains("...") || packages > 1 {
                return Err(format!("`{word}` may be something else than the one program"));
            }
            continue;
        };
        let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
        let name = format!("-{name}");
        if name == "-o" {
            path = value.or_else(|| words.next());
        } else if OPTIONS_WITH_VALUE.contains(&name.as_str()) {
            let value = value.or_else(|| words.next()).unwrap_or_default();
            if value.contains("linkmode") || value.contains("linkshared") {
                return Err(format!("`{value}` may link it to something"));
            }
        } else if !OPTIONS.contains(&name.as_str()) || value.is_some() {
            return Err(format!("the option `{word}` may change what the program needs"));
        }
    }
    match path {
        Some(path) if !path.is_empty() && !path.ends_with(['/', '.']) => Ok(joined(directory, path)),
        _ => Err("it does not say where it puts the program".to_owned()),
    }
}

/// That cgo is off, so that the program is static.
fn without_c(sole: &Sole<'_>, command: &Command<'_>) -> Result<(), String> {
    let assigned = |name: &str| {
        let assignment = command.simple.assignments.iter().rev().find(|assignment| assignment.name == name)?;
        Some(assignment.value.as_ref().and_then(|value| value.literal.clone()).unwrap_or_default())
    };
    let known = ["CGO_ENABLED", "GOOS", "GOARCH", "GO111MODULE"];
    if let Some(other) = command.simple.assignments.iter().find(|assignment| !known.contains(&assignment.name.as_str()))
    {
        return Err(format!("`{}` may change what the program needs", other.name));
    }
    let set = |name: &str| {
        let is_argument = sole.instructions.iter().any(|instruction| {
            let words = instruction.arguments().words();
            instruction.keyword() == Keyword::Arg && words.iter().any(|word| word.text.split('=').next() == Some(name))
        });
        let outside = || {
            let value = sole.cx.build.variable(command.run, name)?;
            Some(if is_argument {
                String::new()
            } else {
                value.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
            })
        };
        assigned(name).or_else(outside)
    };
    if ["GOFLAGS", "GOEXPERIMENT"].iter().any(|name| set(name).is_some()) {
        return Err("GOFLAGS may change what the program needs".to_owned());
    }
    if set("GOOS").is_some_and(|system| system != "linux") {
        return Err("it is not built for Linux".to_owned());
    }
    match set("CGO_ENABLED").as_deref() {
        Some("0") => Ok(()),
        Some(_) => Err("CGO_ENABLED is not 0, so that it may need libraries of this image".to_owned()),
        None => Err("nothing sets CGO_ENABLED=0, so that it may need libraries of this image".to_owned()),
    }
}

/// That the image starts the program, and nothing else.
fn starts(sole: &Sole<'_>, artifact: &str) -> Result<(), Obstacle> {
    let (program, at) = &sole.start[0];
    let is_it = if program.contains('/') {
        joined(&sole.directory, program) == artifact
    } else {
        let (folder, name) = artifact.rsplit_once('/').unwrap_or_default();
        FOLDERS_OF_PROGRAMS.contains(&folder) && name == program && !program.starts_with("go")
    };
    if !is_it {
        return Err((*at, format!("it starts `{program}`, and `go build` makes `{artifact}`")));
    }
    match sole.start[1..].iter().find(|(word, _)| word.contains('/')) {
        Some((word, at)) => Err((*at, format!("`{word}` may be a file in this image"))),
        None => Ok(()),
    }
}

/// That the program can need no file of this image: neither of the build context nor of the base.
fn sources(sole: &Sole<'_>) -> Result<(), String> {
    let unknown = "whether the program reads files or starts programs is in the build context, which is not here";
    let files = split_context::copied(sole.cx, &sole.sources).ok_or(unknown)?;
    if let Some(because) = split_context::wanted_by_compose(sole.cx, &files) {
        return Err(because);
    }
    if !files.iter().any(|path| path == "go.mod") {
        return Err("the build context has no go.mod, which says what the program is made of".to_owned());
    }
    let is_code = |path: &&str| path.ends_with(".go") && !path.ends_with("_test.go") && !path.starts_with("vendor/");
    let code: Vec<_> = files.iter().map(String::as_str).filter(is_code).collect();
    let mut asked = vec!["go.mod"];
    asked.extend(&code);
    let texts = split_context::texts(sole.cx, &asked).ok_or(unknown)?;
    let module = texts[0].lines().find_map(|line| line.trim().strip_prefix("module "));
    let module = module.ok_or("go.mod names no module")?.trim().trim_matches('"');
    for (path, text) in code.iter().zip(&texts[1..]) {
        imports(text, module).map_err(|because| format!("`{path}` {because}"))?;
        traces(text).map_err(|because| format!("`{path}` {because}"))?;
    }
    let embedded: Vec<_> = code.iter().zip(&texts[1..]).flat_map(|(path, text)| embedded(path, text)).collect();
    let is_known = |path: &str| {
        path.ends_with(".go")
            || path.starts_with("vendor/")
            || matches!(path, "go.mod" | "go.sum")
            || split_context::is_for_people(path)
            || embedded.iter().any(|start| is_within(path, start))
    };
    match files.iter().find(|path| !is_known(path)) {
        Some(path) => Err(format!("the program may read `{path}` of the build context when it runs")),
        None => Ok(()),
    }
}

/// Files and folders that go into the program by `//go:embed`.
fn embedded(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let patterns = text.lines().filter_map(|line| line.strip_prefix("//go:embed "));
    let patterns = patterns.flat_map(str::split_ascii_whitespace);
    let plain = patterns.filter(|pattern| !pattern.contains(['*', '?', '[', '"', '`', '\\']));
    plain
        .map(|pattern| joined(&format!("/{folder}"), pattern.trim_start_matches("all:"))[1..].to_owned())
        .filter(|path| !path.is_empty())
        .collect()
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
fn imports(text: &str, module: &str) -> Result<(), String> {
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
            import(alias.trim(), path, module)?;
        }
        is_inside &= !piece.contains(')');
    }
    Ok(())
}

fn import(alias: &str, path: &str, module: &str) -> Result<(), String> {
    let is_of = |tree: &str| path.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_standard =
        PACKAGES.contains(&path) || TREES_OF_PACKAGES.iter().any(|tree| is_of(tree.trim_end_matches('/')));
    if !is_standard && !is_of(module) && !MODULES.iter().any(|known| is_of(known)) {
        return Err(format!("imports `{path}`, which may need something of this image"));
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

/// What opens a file, starts a program, or goes by what the system has.
const TRACES: &[&str] = &[
    ".Attachment(",
    ".File(",
    ".Static",
    "FileServer",
    "ForkExec",
    "FromFile",
    "GOPATH",
    "GOROOT",
    "HTMLRender",
    "ListenAndServeTLS",
    "ListenTLS",
    "LoadFile",
    "LoadHTML",
    "LoadX509KeyPair",
    "Mmap",
    "ParseFiles",
    "ParseGlob",
    "RunTLS",
    "SendFile",
    "ServeContent",
    "ServeFile",
    "ServeTLS",
    "StartProcess",
    "StartTLS",
    "TypeByExtension",
    "Views:",
    "http.Dir",
    "http.FS",
    "import \"C\"",
    "syscall.Exec",
    "syscall.Open",
    "syscall.Read",
    "syscall.Stat",
    "\"/bin/",
    "\"/home/",
    "\"/lib",
    "\"/mnt/",
    "\"/opt/",
    "\"/root",
    "\"/run/",
    "\"/srv/",
    "\"/var/",
    "\"/etc/",
    "\"/go/",
    "\"/usr/",
    "go:linkname",
    "filesystem.New",
    "http.NewFileTransport",
];

fn traces(text: &str) -> Result<(), String> {
    if let Some(trace) = TRACES.iter().find(|trace| text.contains(**trace)) {
        return Err(format!("has `{}`, so that it may need something of this image", trace.trim_end_matches('(')));
    }
    for (at, _) in text.match_indices("os.") {
        let is_package = !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_./".contains(before));
        let member = text[at + 3..].split(|end: char| !end.is_alphanumeric()).next().unwrap_or_default();
        if is_package && !OF_OS.contains(&member) && member.starts_with(char::is_uppercase) {
            return Err(format!("has `os.{member}`, so that it may need something of this image"));
        }
    }
    Ok(())
}
