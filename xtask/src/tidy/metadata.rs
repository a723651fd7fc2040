//! The workspace as Cargo knows it: members in their order, what each depends on, and all that the server is built from.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::failure::{Outcome, While};
use crate::process::{command, read, root};

/// A crate of the workspace.
pub(super) struct Member {
    pub(super) name: String,
    /// The number in the comment above it in the root manifest; `None` for what stands beside the rows.
    pub(super) row: Option<u32>,
    /// Names of its normal and build dependencies.
    pub(super) dependencies: Vec<String>,
}

pub(super) struct Metadata {
    /// In the order of the root manifest, which is the order of the rows.
    pub(super) members: Vec<Member>,
    /// Names of all packages the server is built from, on this platform.
    pub(super) server_tree: BTreeSet<String>,
}

impl Metadata {
    pub(super) fn read() -> Outcome<Self> {
        let mut cargo = command("cargo");
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
        let json: Value = serde_json::from_str(&read(&mut cargo)?).while_doing("reading cargo metadata")?;
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).while_doing("reading Cargo.toml")?;
        let members = rows(&manifest)
            .into_iter()
            .map(|(folder, row)| {
                let package = array(&json, "packages")
                    .iter()
                    .find(|p| text(p, "manifest_path").ends_with(&format!("/{folder}/Cargo.toml")));
                let dependencies = package.map(direct).unwrap_or_default();
                Member { name: package.map(|p| text(p, "name")).unwrap_or_default().to_owned(), row, dependencies }
            })
            .collect();
        Ok(Self { members, server_tree: tree("countersign")? })
    }
}

/// The member folders in order, each with the row that the comment above names.
fn rows(manifest: &str) -> Vec<(String, Option<u32>)> {
    let members = manifest.split_once("members = [").map(|(_, rest)| rest.split(']').next().unwrap_or_default());
    let mut row = None;
    let mut found = Vec::new();
    for line in members.unwrap_or_default().lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix('#') {
            let number = comment.trim().strip_prefix("row ").and_then(|rest| rest.split(':').next());
            row = number.and_then(|n| n.parse().ok());
        } else if let Some(folder) = line.strip_prefix('"') {
            found.push((folder.trim_end_matches(['"', ',']).to_owned(), row));
        }
    }
    found
}

fn direct(package: &Value) -> Vec<String> {
    let normal = array(package, "dependencies").iter().filter(|d| d["kind"] != "dev");
    normal.map(|d| text(d, "name").to_owned()).collect()
}

/// Names of all that a package is built from on this platform. `cargo metadata` would also name what no feature asks for.
fn tree(package: &str) -> Outcome<BTreeSet<String>> {
    let mut cargo = command("cargo");
    cargo.args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let lines = read(&mut cargo)?;
    Ok(lines.lines().filter_map(|l| l.split(' ').next()).map(str::to_owned).collect())
}

fn array<'j>(json: &'j Value, name: &str) -> &'j [Value] {
    json[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'j>(json: &'j Value, name: &str) -> &'j str {
    json[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn rows_are_read_from_the_comments_above_the_members() {
        let manifest = "members = [\n # row 1: the process\n \"crates/a\",\n # row 2: more\n \"crates/b\",\n \"crates/c\",\n # beside\n \"x\",\n]";
        let found = rows(manifest);
        let expected = [("crates/a", Some(1)), ("crates/b", Some(2)), ("crates/c", Some(2)), ("x", None)];
        assert_eq!(found, expected.map(|(folder, row)| (folder.to_owned(), row)));
    }
}
