//! The pages about networks hold each attribute of a realm, and each verdict, that the code has.

use std::collections::BTreeSet;

use signing::Code;

use crate::{files, read};

#[test]
fn the_page_for_operators_lists_the_attributes_of_a_network() {
    let code: String = files("crates/domain/src/network", ".rs").iter().map(|file| read(file)).collect();
    let known: BTreeSet<&str> = code.split('"').filter(|text| is_attribute(text)).collect();
    let page = read("docs/operators.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: BTreeSet<&str> = rows.filter(|text| is_attribute(text)).collect();
    assert!(!known.is_empty());
    assert_eq!(listed, known);
    for name in known {
        assert_eq!(domain::network::attributes::check(name, ""), Ok(()), "whoever sets it is told so");
    }
}

#[test]
fn the_order_of_checks_names_each_verdict_that_refuses() {
    let page = read("docs/signing.md");
    let told: BTreeSet<&str> = section(&page, "How a message is judged").collect();
    let refusals = Code::ALL.iter().filter(|code| **code != Code::Ok).map(|code| code.name());
    assert_eq!(told, refusals.collect());
}

#[test]
fn codes_that_participants_are_told_what_to_do_about_are_verdicts() {
    let page = read("docs/participants.md");
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    for row in page.lines().filter(|line| line.starts_with("| `") && line.contains("_")) {
        let first = row.split('|').nth(1).unwrap_or_default();
        let codes = first.split('`').skip(1).step_by(2).filter(|text| text.bytes().all(is_of_a_code));
        let unknown: Vec<&str> = codes.filter(|code| !known.contains(code)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

#[test]
fn pages_that_call_the_program_by_its_name_say_how_it_comes_to_be_found() {
    let readme = read("README.md");
    let (before, section) = readme.split_once("\n## Networks of signed messages\n").unwrap_or_default();
    assert!(!before.contains("\ncountersign "), "it is called before it is there");
    let (built, called) = (section.find("export PATH="), section.find("\ncountersign "));
    assert!(built.is_some() && built < called);
    for page in ["participants", "operators", "gateway"] {
        let page = read(&format!("docs/{page}.md"));
        assert!(page.contains("`PATH`](../README.md#networks-of-signed-messages)"));
    }
}

/// What stands in backticks in the tables of a section.
fn section<'p>(page: &'p str, heading: &str) -> impl Iterator<Item = &'p str> {
    let (_, after) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_default();
    let inside = after.split("\n## ").next().unwrap_or_default();
    inside.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split('`').skip(1).step_by(2))
}

fn is_attribute(text: &str) -> bool {
    let name = text.strip_prefix("countersign.");
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'-'))
}

fn is_of_a_code(octet: u8) -> bool {
    octet.is_ascii_lowercase() || octet == b'_'
}
