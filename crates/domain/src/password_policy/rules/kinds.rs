//! Kinds of characters by their Unicode general category, which the standard library doesn't tell.

use std::sync::LazyLock;

use regex::Regex;

/// Decimal digits of any script.
pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || is(&DIGIT, c)
}

/// Letters and decimal digits of any script.
pub(super) fn is_letter_or_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || is(&LETTER_OR_DIGIT, c)
}

fn is(class: &Option<Regex>, c: char) -> bool {
    !c.is_ascii() && class.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\p{Nd}").ok());
static LETTER_OR_DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\p{Nd}]").ok());
