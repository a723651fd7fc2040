//! `${NAME}` and `${NAME:default}` in the values of the configuration file.

use std::collections::BTreeMap;

/// Replaces every placeholder by the variable's value, or else by its default, in which placeholders count as well.
///
/// The error is the name of a variable that is neither set nor has a default, or a word about a missing brace.
pub(super) fn expand(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    expand_within(text, variables, DEEPEST)
}

fn expand_within(text: &str, variables: &BTreeMap<String, String>, depth: usize) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let end = closing_brace(after).ok_or("a ${ without its }")?;
        let (inside, behind) = after.split_at(end);
        let (name, default) = match inside.split_once(':') {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        match (variables.get(name), default) {
            (Some(value), _) => out.push_str(value),
            (None, Some(default)) if depth > 0 => out.push_str(&expand_within(default, variables, depth - 1)?),
            (None, Some(_)) => return Err("placeholders too deep in one another".to_owned()),
            (None, None) => return Err(format!("the variable {name} is not set; ${{{name}:…}} would give a default")),
        }
        rest = behind.strip_prefix('}').unwrap_or(behind);
    }
    out.push_str(rest);
    Ok(out)
}

/// Where the brace is that closes the one already opened.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

const DEEPEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::expand;
    use std::collections::BTreeMap;

    #[test]
    fn placeholders_take_the_variable_or_the_default() {
        let variables = BTreeMap::from([("DB".to_owned(), "db.internal".to_owned())]);
        for (text, expected) in [
            ("plain", "plain"),
            ("${DB}", "db.internal"),
            ("a ${DB} b ${NONE:c:d}", "a db.internal b c:d"),
            ("${NONE:}", ""),
            ("${NONE:${DB:x}}!", "db.internal!"),
            ("${NONE:${NEITHER:x}}", "x"),
            ("$5 and {}", "$5 and {}"),
        ] {
            assert_eq!(expand(text, &variables).as_deref(), Ok(expected), "{text}");
        }
        assert!(expand("${NONE}", &variables).unwrap_err().contains("NONE"));
        assert!(expand("${DB", &variables).is_err());
        assert!(expand(&"${A:".repeat(50_000), &variables).is_err());
        let deep = format!("{}x{}", "${A:".repeat(20), "}".repeat(20));
        assert!(expand(&deep, &variables).is_err());
    }
}
