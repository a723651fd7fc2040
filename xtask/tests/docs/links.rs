//! Links lead somewhere, and files that are named are there.

use std::path::Path;

use crate::{documents, read, root};

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let folder = Path::new(&document).parent().unwrap_or(Path::new("")).to_path_buf();
        for link in links(&read(&document)) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { document.clone() } else { folder.join(path).display().to_string() };
            let is_there = root().join(&target).exists();
            let has_anchor = anchor.is_empty() || headings(&read(&target)).iter().any(|h| h == anchor);
            if !is_there || !has_anchor {
                broken.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn files_that_documents_name_are_there() {
    let mut missing = Vec::new();
    for document in documents() {
        for name in in_backticks(&read(&document)).into_iter().filter(|name| is_path(name)) {
            let places = [name.clone(), format!("crates/{name}")];
            if !places.iter().any(|place| root().join(place).exists()) {
                missing.push(format!("{document}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_architecture_is_short_enough_to_be_read() {
    assert!(read("ARCHITECTURE.md").lines().count() <= 200);
}

/// Targets of Markdown links within the repository.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|t| !t.contains("://") && !t.starts_with("mailto:")).map(str::to_owned).collect()
}

/// The anchors of a document's headings, as forges make them.
fn headings(text: &str) -> Vec<String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    titles
        .map(|title| {
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

/// What stands in backticks outside of code blocks.
fn in_backticks(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

/// Whether it is the name of a file here: a folder, a slash, an ending; no placeholder.
fn is_path(name: &str) -> bool {
    const ENDINGS: &[&str] = &[".rs", ".md", ".json", ".py", ".sql", ".html", ".toml", ".properties"];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let first = name.split('/').next().unwrap_or_default();
    let is_ours = !first.is_empty() && (root().join(first).is_dir() || root().join("crates").join(first).is_dir());
    name.contains('/') && ENDINGS.iter().any(|e| name.ends_with(e)) && name.chars().all(is_plain) && is_ours
}
