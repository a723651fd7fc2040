//! The page for operators holds each attribute of a network, and no other.

use std::collections::BTreeSet;

use crate::{files, read};

#[test]
fn the_page_for_operators_lists_the_attributes_of_a_network() {
    let code: String = files("crates/domain/src/network", ".rs").iter().map(|file| read(file)).collect();
    let known = code.split('"').filter(|text| is_attribute(text)).collect::<BTreeSet<_>>();
    let page = read("docs/operators.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed = rows.filter(|text| is_attribute(text)).collect::<BTreeSet<_>>();
    assert!(!known.is_empty());
    assert_eq!(listed, known);
}

fn is_attribute(text: &str) -> bool {
    let name = text.strip_prefix("countersign.");
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|o| o.is_ascii_lowercase() || o == b'-'))
}
