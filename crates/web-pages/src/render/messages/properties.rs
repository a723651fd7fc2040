//! Reads message files: the `key=value` syntax of Java properties, as Keycloak's themes use it.
//!
//! UTF-8; `#` and `!` begin a comment line; a backslash at a line's end continues it; `\n`, `\t` and `\uXXXX` are known.
//! The separator is the first `=` or `:` (no blank-separated keys: messages never use them).

/// The pairs of a file in their order; a line without separator is a key with an empty text.
pub(crate) fn parse(source: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut whole = line.to_owned();
        while ends_in_continuation(&whole) {
            whole.pop();
            match lines.next() {
                Some(next) => whole.push_str(next.trim_start()),
                None => break,
            }
        }
        let (key, value) = whole.split_once(['=', ':']).unwrap_or((&whole, ""));
        pairs.push((unescape(key.trim()), unescape(value.trim_start())));
    }
    pairs
}

/// An odd number of backslashes at the end: an even one is escaped backslashes.
fn ends_in_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn comments_continuations_and_escapes_are_read_as_java_reads_them() {
        let pairs = parse("# no\n! no\n\n a = one \\\n   two\nb:caf\\u00e9\\n\nc.d-e=x=y\nempty=\n");
        let expected = [("a", "one two"), ("b", "café\n"), ("c.d-e", "x=y"), ("empty", "")];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }
}
