//! A message's text with its places for arguments: the part of Java's `MessageFormat` that messages use.
//!
//! `{0}` is the first argument, `''` one apostrophe, and text between single apostrophes is taken as it stands. A format
//! after the number (`{0,number}`) is ignored. Result is plain text: whoever writes it into HTML escapes it, arguments included.

/// A parsed text. One without arguments is a single piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Argument(usize),
}

impl Pattern {
    /// Never fails: a brace that names no argument stays as text.
    pub(crate) fn parse(source: &str) -> Self {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut quoted = false;
        let mut rest = source;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or("");
            if c == '\'' {
                if let Some(beyond) = after.strip_prefix('\'') {
                    text.push('\'');
                    rest = beyond;
                    continue;
                }
                quoted = !quoted;
            } else if c == '{'
                && !quoted
                && let Some((index, beyond)) = argument(after)
            {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Argument(index));
                rest = beyond;
                continue;
            } else {
                text.push(c);
            }
            rest = after;
        }
        if !text.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Self(pieces)
    }

    /// The text with its arguments in place; a missing argument leaves `{n}`, as Java does.
    pub(crate) fn fill<S: AsRef<str>>(&self, args: &[S]) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Argument(index) => match args.get(*index) {
                    Some(arg) => out.push_str(arg.as_ref()),
                    None => out.push_str(&format!("{{{index}}}")),
                },
            }
        }
        out
    }
}

const LONGEST_ARGUMENT: usize = 64;

/// After an opening brace: the argument's number, and what follows the closing brace.
fn argument(after_brace: &str) -> Option<(usize, &str)> {
    // A number and a format are short: a brace that is never closed costs no look at all that follows.
    let end = after_brace.bytes().take(LONGEST_ARGUMENT).position(|byte| byte == b'}')?;
    let (inside, beyond) = (after_brace.get(..end)?, after_brace.get(end + 1..)?);
    let number = inside.split(',').next().unwrap_or(inside).trim();
    let index: u8 = number.parse().ok()?;
    Some((usize::from(index), beyond))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn apostrophes_and_arguments_follow_message_format() {
        let filled = |source: &str, args: &[&str]| Pattern::parse(source).fill(args);
        assert_eq!(filled("Passwords don''t match.", &[]), "Passwords don't match.");
        assert_eq!(filled("between {1} and {2}", &["x", "3", "255"]), "between 3 and 255");
        assert_eq!(filled("literal '{0}' and {0,number}", &["7"]), "literal {0} and 7");
        assert_eq!(filled("{0}", &[]), "{0}");
        assert_eq!(filled("{name} {", &["x"]), "{name} {");
        assert_eq!(filled("", &[]), "");
    }

    #[test]
    fn an_argument_is_never_read_as_a_pattern() {
        assert_eq!(Pattern::parse("Sign in to {0}").fill(&["{0} ''"]), "Sign in to {0} ''");
    }
}
