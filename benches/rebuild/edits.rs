//! Edits that a developer makes all day: a line of comment in the code, or in the manifest of the packages.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// How a line of comment starts, by the ending of the name.
const COMMENTS: &[(&str, &str)] = &[
    ("c", "//"),
    ("go", "//"),
    ("java", "//"),
    ("js", "//"),
    ("php", "//"),
    ("py", "#"),
    ("rb", "#"),
    ("rs", "//"),
    ("ts", "//"),
];

/// Where an application says what it needs.
const MANIFESTS: &[&str] =
    &["requirements.txt", "package.json", "pom.xml", "go.mod", "Cargo.toml", "Gemfile", "setup.py"];

/// The file of code that is edited, as a path in `folder`: the one that the Dockerfile names, or the first.
pub fn code(folder: &Path) -> Option<String> {
    let mut all = Vec::new();
    list(folder, "", &mut all);
    let dockerfile = std::fs::read_to_string(folder.join("Dockerfile")).unwrap();
    let is_code = |path: &String| {
        let ending = path.rsplit('.').next().unwrap_or_default();
        !MANIFESTS.contains(&path.as_str()) && COMMENTS.iter().any(|(other, _)| *other == ending)
    };
    all.retain(is_code);
    all.sort();
    let named = all.iter().find(|path| dockerfile.contains(path.as_str()));
    named.or(all.first()).cloned()
}

/// The manifest that is edited.
pub fn manifest(folder: &Path) -> Option<String> {
    MANIFESTS.iter().find(|name| folder.join(name).is_file()).map(|name| (*name).to_owned())
}

fn list(folder: &Path, below: &str, all: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() { list(&path, &format!("{name}/"), all) } else { all.push(name) }
    }
}

/// Adds a comment that no file has had.
pub fn edit(path: &Path) {
    let mut text = std::fs::read_to_string(path).unwrap();
    let number = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let name = path.file_name().unwrap().to_string_lossy();
    match name.rsplit('.').next().unwrap_or_default() {
        // JSON has no comments; npm reads none of a member that is called so.
        "json" => text = text.replacen('{', &format!("{{ \"//\": \"{number}\","), 1),
        "xml" => text.push_str(&format!("<!-- {number} -->\n")),
        ending => {
            let comment = if ending == "mod" { "//" } else { "#" };
            let comment = COMMENTS.iter().find(|(other, _)| *other == ending).map_or(comment, |(_, comment)| comment);
            text.push_str(&format!("\n{comment} {number}\n"));
        }
    }
    std::fs::write(path, text).unwrap();
}
