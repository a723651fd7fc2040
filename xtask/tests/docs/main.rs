//! The documents hold what the code holds: the generated reference, the names of files, the tags of specifications.
//!
//! `UPDATE_EXPECT=1 cargo test -p xtask --test docs` writes the reference anew.

mod evidence;
mod links;
mod networks;
mod reference;
mod specs;

use std::path::{Path, PathBuf};

/// The repository's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file's text; nothing if it can't be read.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// The files below a folder whose names end so, as paths in the repository, in order.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).into_iter().flatten().flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&path, ending));
        } else if path.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The documents of the repository that people write and read.
fn documents() -> Vec<String> {
    let mut all: Vec<String> = ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG"]
        .iter()
        .map(|name| format!("{name}.md"))
        .collect();
    for folder in ["docs", "crates", "compat", "bench"] {
        all.extend(files(folder, ".md"));
    }
    all
}
