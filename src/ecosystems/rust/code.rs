//! Programs in Rust, and what `Cargo.toml` says of them.

use toml::{Table, Value};

use crate::programs::{Needs, Source, files};
use crate::rewrite::Context;
use crate::semantics::joined;

pub(super) fn is_code(path: &str) -> bool {
    const OF_OTHERS: &[&str] = &["tests", "benches", "examples", "target"];
    // Below `src` a folder is a module, whatever its name.
    let is_of_others = path.split('/').take_while(|folder| *folder != "src").any(|folder| OF_OTHERS.contains(&folder));
    is_manifest(path) || (path.ends_with(".rs") && !is_of_others)
}

pub(crate) fn is_manifest(path: &str) -> bool {
    path == "Cargo.toml" || path.ends_with("/Cargo.toml")
}

/// The names of the programs that `Cargo.toml` describes, if the code lies where it mostly does.
pub(crate) fn programs(manifest: &str) -> Option<Vec<String>> {
    let manifest: Table = manifest.parse().ok()?;
    let name = |table: &Value| table.get("name")?.as_str().map(str::to_owned);
    match manifest.get("bin") {
        Some(programs) => programs.as_array()?.iter().map(name).collect(),
        None => Some(vec![name(manifest.get("package")?)?]),
    }
}

/// Files among `paths` of the build context that go into the program by `include_str!` and `include_bytes!`; `None` if the code is not known.
pub(crate) fn embedded(cx: &Context<'_>, paths: &[String]) -> Option<Vec<String>> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| path.ends_with(".rs")).collect();
    let texts = files::texts(cx, &code)?;
    let included = code.iter().zip(&texts).flat_map(|(path, text)| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let calls = ["include_str!(\"", "include_bytes!(\""].into_iter().flat_map(|call| text.match_indices(call));
        let names = calls.filter_map(|(at, call)| text[at + call.len()..].split('"').next());
        names.map(move |name| joined(&format!("/{folder}"), name)[1..].to_owned())
    });
    Some(included.collect())
}

pub(super) fn needs(sources: &[Source<'_>], _: &[String]) -> Needs {
    let (manifests, code): (Vec<Source<'_>>, Vec<Source<'_>>) =
        sources.iter().copied().partition(|(path, _)| is_manifest(path));
    let mut needs = Needs::by_signs(&code, OF_SYSTEM, &[], OF_FILES);
    let of_manifest = match manifests.as_slice() {
        [(path, text)] => special(text).map(|because| format!("`{path}` {because}")),
        [] => Some("no Cargo.toml says what it is made of".to_owned()),
        [_, (path, _), ..] => Some(format!("`{path}` is of a second package")),
    };
    let script = code.iter().find(|(path, _)| *path == "build.rs" || path.ends_with("/build.rs"));
    let script = script.map(|(path, _)| format!("`{path}` decides what it is linked to"));
    let process = code.iter().find_map(|(path, text)| Some(format!("`{path}` has `{}`", process(text)?)));
    needs.system = of_manifest.or(script).or(process).or(needs.system);
    needs
}

/// Crates that talk over the network without encryption or reckon, and need nothing of the system but the C library. What C they bring is part
/// of the program.
const CRATES: &[&str] = &[
    "actix",
    "actix-cors",
    "actix-rt",
    "actix-web",
    "ahash",
    "anyhow",
    "arc-swap",
    "arrayvec",
    "async-channel",
    "async-stream",
    "async-trait",
    "axum",
    "base64",
    "bincode",
    "bitflags",
    "byteorder",
    "bytes",
    "cfg-if",
    "chrono",
    "clap",
    "colored",
    "crossbeam",
    "crossbeam-channel",
    "ctrlc",
    "dashmap",
    "deadpool-postgres",
    "derive_more",
    "either",
    "env_logger",
    "fastrand",
    "flate2",
    "futures",
    "futures-util",
    "getrandom",
    "hashbrown",
    "hex",
    "http",
    "http-body-util",
    "httparse",
    "hyper",
    "hyper-util",
    "indexmap",
    "itertools",
    "jsonwebtoken",
    "lazy_static",
    "log",
    "md5",
    "memchr",
    "mime",
    "num",
    "num-bigint",
    "num-integer",
    "num-traits",
    "num_cpus",
    "once_cell",
    "parking_lot",
    "percent-encoding",
    "pin-project",
    "prometheus",
    "rand",
    "rayon",
    "regex",
    "ring",
    "rocket",
    "ryu",
    "semver",
    "serde",
    "serde_derive",
    "serde_json",
    "serde_urlencoded",
    "serde_with",
    "serde_yaml",
    "sha1",
    "sha2",
    "smallvec",
    "strum",
    "strum_macros",
    "thiserror",
    "tokio",
    "tokio-postgres",
    "tokio-stream",
    "tokio-util",
    "toml",
    "tower",
    "tower-http",
    "tower-layer",
    "tower-service",
    "tracing",
    "tracing-subscriber",
    "unicode-segmentation",
    "url",
    "uuid",
    "validator",
    "warp",
];

/// Whether a feature may link to libraries of the system, or need its certificates.
fn is_of_system(feature: &str) -> bool {
    const PARTS: &[&str] = &["tls", "ssl", "native", "zlib", "pkg-config", "dynamic", "system", "env-file", "vendored"];
    PARTS.iter().any(|part| feature.contains(part))
}

/// What `Cargo.toml` has that may tie the program to the image.
fn special(text: &str) -> Option<String> {
    const TABLES: &[&str] = &[
        "bin",
        "dependencies",
        "dev-dependencies",
        "features",
        "lib",
        "lints",
        "package",
        "profile",
        "workspace",
        "test",
        "bench",
        "example",
        "badges",
    ];
    let Ok(manifest) = text.parse::<Table>() else { return Some("cannot be read".to_owned()) };
    if let Some(table) = manifest.keys().find(|key| !TABLES.contains(&key.as_str())) {
        return Some(format!("has `{table}`"));
    }
    let value = |table: &str, key: &str| manifest.get(table).and_then(|table| table.get(key));
    let is_empty = |value: &Value| value.as_table().is_some_and(Table::is_empty);
    if manifest.get("workspace").is_some_and(|workspace| !is_empty(workspace)) {
        return Some("has several packages".to_owned());
    }
    for key in ["build", "links", "forced-target", "metabuild", "workspace"] {
        if value("package", key).is_some() {
            return Some(format!("has `{key}`"));
        }
    }
    if value("lib", "crate-type").is_some() || value("lib", "crate_type").is_some() {
        return Some("makes a library".to_owned());
    }
    let features = manifest.get("features").and_then(Value::as_table).into_iter().flatten();
    let mut features = features.flat_map(|(_, features)| features.as_array().into_iter().flatten());
    if let Some(feature) = features.find_map(|feature| feature.as_str().filter(|feature| is_of_system(feature))) {
        return Some(format!("has the feature `{feature}`"));
    }
    let dependencies = manifest.get("dependencies")?;
    let Some(dependencies) = dependencies.as_table() else { return Some("cannot be read".to_owned()) };
    dependencies.iter().find_map(|(name, dependency)| {
        if !CRATES.contains(&name.as_str()) {
            return Some(format!("depends on `{name}`"));
        }
        let options = dependency.as_table()?;
        const OPTIONS: &[&str] = &["version", "features", "default-features", "default_features", "optional"];
        if let Some(option) = options.keys().find(|option| !OPTIONS.contains(&option.as_str())) {
            return Some(format!("says `{option}` of `{name}`"));
        }
        let features = options.get("features").and_then(Value::as_array).into_iter().flatten();
        let feature = features.filter_map(Value::as_str).find(|feature| is_of_system(feature))?;
        Some(format!("has the feature `{feature}` of `{name}`"))
    })
}

/// The first use of the module `process` that may start another program.
fn process(text: &str) -> Option<String> {
    const HARMLESS: &[&str] = &["abort", "exit", "id", "ExitCode"];
    text.match_indices("process").find_map(|(at, word)| {
        let is_word = !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let rest = &text[at + word.len()..];
        let member = rest.strip_prefix("::")?.split(|end: char| !end.is_alphanumeric()).next().unwrap_or_default();
        (is_word && !HARMLESS.contains(&member)).then(|| format!("process::{member}"))
    })
}

/// What starts a program, goes by what the system has, or is not seen here.
const OF_SYSTEM: &[&str] = &[
    "#[link",
    "#[no_mangle",
    "#[path",
    "CARGO_",
    "Local::",
    "OUT_DIR",
    "RUSTUP",
    "RUST_VERSION",
    "asm!",
    "current_exe",
    "extern \"",
    "extern {",
    "home_dir",
    "libc",
    "libloading",
    "now_local",
    "process as",
];

/// What opens a file by its name.
const OF_FILES: &[&str] = &[
    ".exists(",
    ".is_dir(",
    ".is_file(",
    ".metadata(",
    ".try_exists(",
    "Dir::",
    "File",
    "Figment",
    "OpenOptions",
    "ServeDir",
    "Unix",
    "_uds",
    "bind_unix",
    "canonicalize",
    "current_dir",
    "from_file",
    "from_path",
    "fs as",
    "fs::",
    "include!",
    "read_dir",
    "read_link",
    "symlink",
];
