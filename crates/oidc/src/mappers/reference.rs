//! The documentation's table of mappers, made from what the server itself uses.

use std::fmt::Write as _;

use super::{MAPPERS, Property};

/// A markdown table: every mapper with its configuration's keys, and in brackets what the console fills in.
pub fn reference() -> String {
    let mut out = String::from("| provider id | name | configuration |\n|---|---|---|\n");
    for mapper in MAPPERS {
        let keys: Vec<String> = mapper.properties.iter().map(key).collect();
        let keys = if keys.is_empty() { "–".to_owned() } else { keys.join(", ") };
        let _infallible = writeln!(out, "| `{}` | {} | {keys} |", mapper.id, mapper.name);
    }
    out
}

fn key(property: &Property) -> String {
    match property.default {
        Some(default) => format!("`{}` [{default}]", property.name),
        None => format!("`{}`", property.name),
    }
}
