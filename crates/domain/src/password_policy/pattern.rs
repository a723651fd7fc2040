//! The expression of `regexPattern`: it must match the whole password.
//!
//! The engine runs in linear time and therefore knows neither look-around nor back-references. Policies use
//! look-ahead for one thing, though: conditions at the beginning, as in `^(?=.*[a-z])(?!.*\s).{8,}$`. Those are
//! taken off and tested one by one.

use regex::{Regex, RegexBuilder};

/// An expression, compiled.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// Expressions that must (true) or must not (false) match from the beginning.
    ahead: Vec<(bool, Regex)>,
    whole: Regex,
}

impl Pattern {
    /// Compiles an expression; `None` if it is none, or one this engine doesn't know.
    pub(super) fn compile(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let mut rest = text;
        let mut ahead = Vec::new();
        loop {
            let anchored = rest.strip_prefix('^').unwrap_or(rest);
            let Some((wanted, inner)) = look(anchored) else { break };
            let end = closing(inner)?;
            ahead.push((wanted, build(&format!(r"\A(?:{})", inner.get(..end)?))?));
            rest = inner.get(end + 1..)?;
        }
        Some(Self { ahead, whole: build(&format!(r"\A(?:{rest})\z"))? })
    }

    /// Whether the whole password matches.
    pub(super) fn matches(&self, password: &str) -> bool {
        self.ahead.iter().all(|(wanted, regex)| regex.is_match(password) == *wanted) && self.whole.is_match(password)
    }
}

/// Whether an expression begins with a look-ahead, its sense, and what follows its opening.
fn look(text: &str) -> Option<(bool, &str)> {
    text.strip_prefix("(?=").map(|inner| (true, inner)).or_else(|| text.strip_prefix("(?!").map(|inner| (false, inner)))
}

/// Where the group whose inside begins `text` is closed. It must not be an alternative at the outermost level, which
/// would bind less tightly than the look-ahead: `(?=a)b|c`.
fn closing(text: &str) -> Option<usize> {
    let end = scan(text, |c, depth| c == ')' && depth == 0)?;
    let alternative = scan(text.get(end + 1..)?, |c, depth| c == '|' && depth == 0);
    let quantified = text.get(end + 1..)?.starts_with(['*', '+', '?', '{']);
    (alternative.is_none() && !quantified).then_some(end)
}

/// The first character outside escapes and classes for which `found` holds, given the depth of groups.
fn scan(text: &str, found: fn(char, usize) -> bool) -> Option<usize> {
    let (mut escaped, mut classes, mut depth) = (false, 0_usize, 0_usize);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        if classes == 0 && found(c, depth) {
            return Some(at);
        }
        match c {
            '\\' => escaped = true,
            '[' => classes += 1,
            ']' => classes = classes.saturating_sub(1),
            '(' if classes == 0 => depth += 1,
            ')' if classes == 0 => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn build(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).size_limit(MAX_PROGRAM).dfa_size_limit(MAX_PROGRAM).nest_limit(MAX_NESTING).build().ok()
}

const MAX_TEXT: usize = 2_000;
/// Bytes of the compiled expression, and of its cache.
const MAX_PROGRAM: usize = 1 << 20;
const MAX_NESTING: u32 = 50;
