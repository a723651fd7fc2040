//! What each file is held to: its size, its first line, and its words.

use std::fs;

use crate::failure::Outcome;
use crate::process::{command, read, root};
use crate::tidy::Repository;

/// The files of the repository, by their paths in it: those that Git keeps, and those it would.
pub(super) struct Files(Vec<String>);

const LINES: usize = 500;

/// Folders whose files were not written by hand.
const MADE: &[&str] = &["compat/recordings/", "compat/exported-by-keycloak-26.7.4/", "tests/fuzz/corpus/"];

/// What names the place where something was written instead of the product. In pieces, so that this file does not hold it.
const FOREIGN: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!(".lib", "rary/"),
    concat!("../sha", "red"),
    concat!("/tmp/", "brief"),
    concat!("/root/", ".cargo"),
    concat!("anchors", ".md"),
];

impl Files {
    pub(super) fn list() -> Outcome<Self> {
        let mut git = command("git");
        let all = read(git.args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
        Ok(Self(all.lines().filter(|f| root().join(f).is_file()).map(str::to_owned).collect()))
    }

    fn by_hand(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str).filter(|f| !MADE.iter().any(|folder| f.starts_with(folder)))
    }

    fn code(&self) -> impl Iterator<Item = (&str, String)> {
        let code = self.by_hand().filter(|f| f.ends_with(".rs") && !f.contains("/generated/"));
        code.map(|f| (f, fs::read_to_string(root().join(f)).unwrap_or_default()))
    }
}

pub(super) fn too_long(repository: &Repository) -> Vec<String> {
    let is_test = |file: &str| file.starts_with("tests/") || file.contains("/tests/") || file.ends_with("/tests.rs");
    let counted =
        repository.files.code().filter(|(file, _)| !is_test(file)).map(|(file, text)| (file, text.lines().count()));
    counted.filter(|(_, n)| *n > LINES).map(|(file, n)| format!("{file}: {n} lines, {LINES} at most")).collect()
}

/// The tests beside a file need no introduction of their own.
pub(super) fn without_a_doc(repository: &Repository) -> Vec<String> {
    let bare = repository
        .files
        .code()
        .filter(|(file, text)| !file.ends_with("/tests.rs") && !text.trim_start().starts_with("//!"));
    bare.map(|(file, _)| format!("{file}: begins without //!")).collect()
}

pub(super) fn foreign_words(repository: &Repository) -> Vec<String> {
    let mut found = Vec::new();
    for file in repository.files.by_hand().filter(|f| *f != "Cargo.lock") {
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            let words = FOREIGN.iter().filter(|word| line.contains(**word));
            found.extend(words.map(|word| format!("{file}:{}: {word}", number + 1)));
        }
    }
    found
}
