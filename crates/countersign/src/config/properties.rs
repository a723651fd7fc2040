//! Properties syntax: `key=value` or `key: value` a line, comments behind `#` or `!`, continuation by a final
//! backslash, the escapes `\n \t \r \\ \uXXXX`.

/// One line of the file that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    pub key: String,
    pub value: String,
    /// Where it begins, counted from 1.
    pub line: usize,
}

/// Reads a properties file; the error is a sentence with the line in it.
pub fn parse_properties(text: &str) -> Result<Vec<Property>, String> {
    logical_lines(text).into_iter().filter_map(|(line, text)| parse_line(line, &text).transpose()).collect()
}

/// Joins continued lines, and drops comments and empty lines.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let (number, mut so_far) = match open.take() {
            Some(begun) => begun,
            None if line.is_empty() || line.starts_with(['#', '!']) => continue,
            None => (index + 1, String::new()),
        };
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            so_far.push_str(line.strip_suffix('\\').unwrap_or(line));
            open = Some((number, so_far));
        } else {
            so_far.push_str(line);
            lines.push((number, so_far));
        }
    }
    lines.extend(open);
    lines
}

fn parse_line(line: usize, text: &str) -> Result<Option<Property>, String> {
    let Some(at) = separator(text) else {
        return Err(format!("line {line} has no ="));
    };
    let (key, value) = text.split_at(at);
    let value = value.strip_prefix(['=', ':']).unwrap_or(value).trim();
    let key = unescape(key.trim()).map_err(|cause| format!("line {line}: {cause}"))?;
    let value = unescape(value).map_err(|cause| format!("line {line}: {cause}"))?;
    if key.is_empty() {
        return Err(format!("line {line} has no key before the ="));
    }
    Ok(Some(Property { key, value, line }))
}

/// The first `=` or `:` that is not escaped.
fn separator(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' | ':' => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let code: String = letters.by_ref().take(4).collect();
                let letter = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                out.push(letter.ok_or_else(|| format!("\\u{code} is not a character"))?);
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::parse_properties;

    #[test]
    fn properties_are_read_with_their_lines() {
        let text =
            "# comment\n\n! too\nhttp-port=8081\n  db-url : x=y\nlong=a\\\n   b\nescaped\\=key=\\u00e4\\\\z\nempty=\n";
        let read: Vec<_> = parse_properties(text).unwrap().into_iter().map(|p| (p.line, p.key, p.value)).collect();
        let expected = [
            (4, "http-port", "8081"),
            (5, "db-url", "x=y"),
            (6, "long", "ab"),
            (8, "escaped=key", "ä\\z"),
            (9, "empty", ""),
        ];
        assert_eq!(read, expected.map(|(l, k, v)| (l, k.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        assert_eq!(parse_properties("a=b\nnonsense"), Err("line 2 has no =".to_owned()));
        assert_eq!(parse_properties("=b"), Err("line 1 has no key before the =".to_owned()));
        assert_eq!(parse_properties("a=\\ud800"), Err("line 1: \\ud800 is not a character".to_owned()));
    }
}
