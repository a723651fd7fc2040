//! Every tag by which code cites a specification stands in `docs/specs.md`, and every tag there is used.

use std::collections::BTreeSet;

use crate::{files, read};

#[test]
fn every_tag_in_the_code_is_explained_and_every_explained_tag_is_used() {
    let text = read("docs/specs.md");
    let explained: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let used = used();
    let known = |tag: &str| explained.iter().any(|e| names(e, tag));
    let unknown: Vec<_> = used.iter().filter(|(tag, _)| !known(tag)).collect();
    let idle: Vec<_> = explained.iter().filter(|e| !used.iter().any(|(tag, _)| names(e, tag))).collect();
    assert!(unknown.is_empty() && idle.is_empty(), "not explained: {unknown:#?}\nnot used: {idle:#?}");
}

/// Whether a tag cites this document: its name alone, or its name and a place in it.
fn names(document: &str, tag: &str) -> bool {
    tag.strip_prefix(document).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        && !(document == "OIDC" && tag != "OIDC")
}

/// The tags in brackets in the code, each with the file it was first seen in.
fn used() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for ending in [".rs", ".sql", ".html"] {
        for file in files("crates", ending) {
            for tag in read(&file).split('[').skip(1).filter_map(|rest| rest.split(']').next()) {
                if is_tag(tag) && seen.insert(tag.to_owned()) {
                    found.insert((tag.to_owned(), file.clone()));
                }
            }
        }
    }
    found
}

fn is_tag(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &["OIDC", "OAuth-", "NIST", "SEC1", "FIPS", "C2SP", "KC"];
    let rfc = text.strip_prefix("RFC").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    (rfc || BEGINNINGS.iter().any(|b| text.starts_with(b))) && !text.contains('\n') && text.len() < 60
}
