//! Reads our own HTML for the tests: start tags with their attributes, and text. Not a parser for anybody else's.

use std::collections::HashMap;

/// A start tag and the text up to the next tag.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: HashMap<String, String>,
    pub(super) text: String,
}

impl Tag {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

/// Every start tag in order, references in attributes and text resolved.
///
/// Fails on a tag left open and on an attribute without quotes.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let inside = &rest[at + 1..];
        let end = end_of_tag(inside);
        let (tag, after) = (&inside[..end], &inside[end + 1..]);
        rest = after;
        if tag.starts_with(['/', '!']) {
            continue;
        }
        let name_end = tag.find(char::is_whitespace).unwrap_or(tag.len());
        let text = &after[..after.find('<').unwrap_or(after.len())];
        found.push(Tag {
            name: tag[..name_end].to_ascii_lowercase(),
            attributes: attributes(&tag[name_end..]),
            text: resolve(text).split_whitespace().collect::<Vec<_>>().join(" "),
        });
    }
    found
}

fn end_of_tag(inside: &str) -> usize {
    let mut quoted = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    panic!("a tag without end: {}", &inside[..inside.len().min(80)]);
}

fn attributes(source: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut rest = source.trim();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ', '\n']).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix('=') {
            let quoted = quoted.strip_prefix('"').unwrap_or_else(|| panic!("unquoted: {quoted}"));
            (value, rest) = quoted.split_once('"').unwrap();
        }
        let before = found.insert(name.clone(), resolve(value));
        assert!(before.is_none(), "attribute {name} twice in {source}");
        rest = rest.trim_start();
    }
    found
}

fn resolve(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}
