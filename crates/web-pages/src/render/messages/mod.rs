//! The texts people read: `messages/messages_<language>.properties`, parsed once, under Keycloak's own keys.
//!
//! English texts are word for word those Keycloak shows (`[KC]`), since tests and people look for them. A realm's
//! `localizationTexts` go before ours, and may speak languages that we don't. Texts are plain: markup in them is shown, not obeyed.
//! Keys beginning with `countersign.` are ours alone.

mod pattern;
mod properties;
mod words;

pub use words::{RealmTexts, Text, Words};

use std::collections::HashMap;
use std::sync::LazyLock;

use minijinja::Value;

use pattern::Pattern;

/// Our languages: tag, its own name, source. English first: it answers for every other language's gaps.
pub(crate) const LANGUAGES: [(&str, &str, &str); 4] = [
    ("en", "English", include_str!("../../../messages/messages_en.properties")),
    ("de", "Deutsch", include_str!("../../../messages/messages_de.properties")),
    ("es", "Español", include_str!("../../../messages/messages_es.properties")),
    ("fr", "Français", include_str!("../../../messages/messages_fr.properties")),
];

/// All built-in texts.
#[derive(Debug)]
pub struct Messages {
    languages: Vec<(&'static str, Texts)>,
}

/// One language's texts by key.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<String, Message>);

/// A text ready for both uses: filled with arguments, or written as it is.
#[derive(Debug)]
pub(crate) struct Message {
    pattern: Pattern,
    plain: Value,
}

impl Messages {
    /// The texts of this build.
    pub fn built_in() -> &'static Self {
        static MESSAGES: LazyLock<Messages> = LazyLock::new(|| Messages {
            languages: LANGUAGES.iter().map(|(tag, _, source)| (*tag, Texts::parse(source))).collect(),
        });
        &MESSAGES
    }

    /// The text of a key as plain text, arguments in place. An unknown language is English; an unknown key is its own text.
    pub fn text<S: AsRef<str>>(&self, locale: &str, key: &str, args: &[S]) -> String {
        let found = self.language(locale).and_then(|t| t.find(key)).or_else(|| self.english()?.find(key));
        found.map_or_else(|| key.to_owned(), |m| m.pattern.fill(args))
    }

    /// The language a locale's texts are in: itself, or what is left before the first `-` or `_`.
    pub(crate) fn language(&self, locale: &str) -> Option<&Texts> {
        let short = locale.split(['-', '_']).next().unwrap_or(locale);
        let find = |tag: &str| self.languages.iter().find(|(t, _)| t.eq_ignore_ascii_case(tag)).map(|(_, texts)| texts);
        find(locale).or_else(|| find(short))
    }

    pub(crate) fn english(&self) -> Option<&Texts> {
        self.languages.first().map(|(_, texts)| texts)
    }
}

impl Texts {
    pub(crate) fn parse(source: &str) -> Self {
        properties::parse(source).into_iter().collect()
    }

    pub(crate) fn find(&self, key: &str) -> Option<&Message> {
        self.0.get(key)
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> std::collections::BTreeSet<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    #[cfg(test)]
    pub(crate) fn source_of(&self, key: &str) -> String {
        self.find(key).map(|m| m.pattern.fill::<&str>(&[])).unwrap_or_default()
    }
}

impl FromIterator<(String, String)> for Texts {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let message = |text: String| {
            let pattern = Pattern::parse(&text);
            let plain = Value::from(pattern.fill::<&str>(&[]));
            Message { pattern, plain }
        };
        Self(pairs.into_iter().map(|(key, text)| (key, message(text))).collect())
    }
}

/// The name a language gives itself, for the menu of languages; a tag we don't know is its own name.
pub fn language_name(tag: &str) -> &str {
    LANGUAGES.iter().find(|(t, _, _)| t.eq_ignore_ascii_case(tag)).map_or(tag, |(_, name, _)| name)
}
