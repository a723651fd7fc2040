//! What a rule is: its name, the setting it expects, and its test of a password.

use super::pattern::Pattern;

/// One kind of term.
pub struct Rule {
    /// Name of the term, e.g. `length`.
    pub id: &'static str,
    /// The setting that applies when the term has no parentheses, as text; empty: none.
    pub default: &'static str,
    /// Reads what stands between the parentheses (`None` without any); an error is the end of "Invalid config for …".
    pub(super) read: fn(Option<&str>) -> Result<Setting, &'static str>,
    /// Tests a password.
    pub(super) check: fn(&Setting, &Subject<'_>, &str) -> Option<Violation>,
}

/// A term's setting, read.
#[derive(Debug, Clone)]
pub(super) enum Setting {
    Nothing,
    Number(i32),
    Text(String),
    Pattern(Pattern),
}

impl Setting {
    pub(super) fn number(&self) -> Option<i32> {
        if let Self::Number(n) = self { Some(*n) } else { None }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// How many characters of a kind a password must have, or how long it must be.
    pub(super) fn least(&self) -> usize {
        self.number().and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
    }
}

/// Whose password it is going to be.
pub struct Subject<'a> {
    /// Username, in any case.
    pub username: &'a str,
    /// E-mail address, if there is one.
    pub email: Option<&'a str>,
    /// Lists of passwords nobody may have.
    pub blacklists: &'a dyn Blacklists,
}

/// Lists of passwords nobody may have, by name.
pub trait Blacklists: Sync {
    /// Whether the list holds the password, which is given in lower case. A list that isn't there holds nothing.
    fn contains(&self, list: &str, password: &str) -> bool;
}

/// No lists.
pub struct NoBlacklists;

impl Blacklists for NoBlacklists {
    fn contains(&self, _: &str, _: &str) -> bool {
        false
    }
}

/// A broken rule, to be shown to whoever chose the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Key of the message in the pages' texts; the Admin API answers it as `error`.
    pub message_key: &'static str,
    /// The message in English; the Admin API answers it as `error_description`.
    pub english: String,
    /// What stands for `{0}` in translations.
    pub params: Vec<String>,
}

impl Violation {
    /// A message without parameters.
    pub(super) fn plain(message_key: &'static str, english: &str) -> Self {
        Self { message_key, english: english.to_owned(), params: Vec::new() }
    }

    /// A message with the rule's number in it, where `{0}` stands.
    pub(super) fn counted(message_key: &'static str, english: &str, setting: &Setting) -> Self {
        let number = setting.number().unwrap_or_default().to_string();
        Self { message_key, english: english.replace("{0}", &number), params: vec![number] }
    }
}

/// A rule that only says something about realms or hashes tests no password.
pub(super) fn never(_: &Setting, _: &Subject<'_>, _: &str) -> Option<Violation> {
    None
}

/// Reads nothing and accepts anything, as `notUsername(undefined)` has it.
pub(super) fn nothing(_: Option<&str>) -> Result<Setting, &'static str> {
    Ok(Setting::Nothing)
}

/// Reads a whole number; without parentheses it is `DEFAULT`.
pub(super) fn number<const DEFAULT: i32>(written: Option<&str>) -> Result<Setting, &'static str> {
    match written {
        None => Ok(Setting::Number(DEFAULT)),
        Some(text) => text.parse().map(Setting::Number).map_err(|_| "Not a valid number"),
    }
}

/// Characters as the reference counts them: UTF-16 units, so that an emoji counts twice.
pub(super) fn length(password: &str) -> usize {
    password.chars().map(char::len_utf16).sum()
}

/// Counts the characters of a kind. Those outside the basic plane are of no kind.
pub(super) fn count(password: &str, kind: fn(char) -> bool) -> usize {
    password.chars().filter(|c| c.len_utf16() == 1 && kind(*c)).count()
}
