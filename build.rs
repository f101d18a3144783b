//! Refuses to build with a transform that stands in no list, which the compiler would pass over in silence.

use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let phases = Path::new(&root).join("transforms");
    println!("cargo::rerun-if-changed=build.rs");
    for phase in names(&phases) {
        let list = phases.join(&phase).join("mod.rs");
        if phase.contains('.') {
            continue;
        }
        println!("cargo::rerun-if-changed=transforms/{phase}");
        // The test that writes the lists has to be built without them.
        if env::var_os("UPDATE").is_some() {
            continue;
        }
        let list = fs::read_to_string(list).unwrap_or_default();
        for file in names(&phases.join(&phase)) {
            // A transform is a file or a folder.
            let name = file.strip_suffix(".rs").unwrap_or(&file);
            let is_transform = !name.contains('.') && name != "mod";
            if is_transform && !list.lines().any(|line| line == format!("mod {name};")) {
                println!(
                    "cargo::error=transforms/{phase}/{file} stands in no list yet: `UPDATE=1 cargo test --lib --profile dev` writes it"
                );
            }
        }
    }
}

/// The names of what is in `folder`, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<_> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}
