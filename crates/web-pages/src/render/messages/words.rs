//! The texts of one page in one language, as templates see them: `{{ t.doLogIn }}`, `{{ t.fill("loginTitle", realm) }}`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object};
use minijinja::{Error, ErrorKind, State, Value};

use super::{Message, Messages, Texts};

/// A realm's own texts (`localizationTexts`), parsed.
#[derive(Debug, Default)]
pub struct RealmTexts(HashMap<String, Texts>);

impl RealmTexts {
    /// From triples of locale, key and text.
    pub fn new<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Self {
        let mut by_locale: HashMap<String, Vec<(String, String)>> = HashMap::new();
        for (locale, key, text) in texts {
            by_locale.entry(locale.to_owned()).or_default().push((key.to_owned(), text.to_owned()));
        }
        Self(by_locale.into_iter().map(|(locale, pairs)| (locale, pairs.into_iter().collect())).collect())
    }
}

/// What a page says: a message by its key, or words that are shown as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// A key of the message files with its arguments.
    Message(Cow<'static, str>, Vec<String>),
    /// Somebody's own words: a client's name, an attribute's label.
    Literal(String),
}

impl Text {
    /// A message without arguments.
    pub fn key(key: impl Into<Cow<'static, str>>) -> Self {
        Self::Message(key.into(), Vec::new())
    }

    /// A message with arguments.
    pub fn filled<S: Into<String>>(key: impl Into<Cow<'static, str>>, args: impl IntoIterator<Item = S>) -> Self {
        Self::Message(key.into(), args.into_iter().map(Into::into).collect())
    }

    /// As names and labels are written in a realm: `${key}` is that message, all else itself `[KC]`.
    pub fn expression(source: &str) -> Self {
        match source.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            Some(key) => Self::key(key.to_owned()),
            None => Self::Literal(source.to_owned()),
        }
    }
}

/// The texts of one locale: the realm's before ours, ours before English.
#[derive(Debug, Clone)]
pub struct Words {
    locale: Box<str>,
    realm: Option<Arc<RealmTexts>>,
    language: Option<&'static Texts>,
    english: Option<&'static Texts>,
}

impl Words {
    /// The texts for a locale of a realm.
    pub fn new(locale: &str, realm: Option<Arc<RealmTexts>>) -> Self {
        let messages = Messages::built_in();
        Self { locale: locale.into(), realm, language: messages.language(locale), english: messages.english() }
    }

    /// The plain text; a key nobody knows is its own text.
    pub fn text(&self, text: &Text) -> String {
        match text {
            Text::Literal(words) => words.clone(),
            Text::Message(key, args) => self.fill(key, args).unwrap_or_else(|| key.to_string()),
        }
    }

    fn fill<S: AsRef<str>>(&self, key: &str, args: &[S]) -> Option<String> {
        self.find(key).map(|message| message.pattern.fill(args))
    }

    fn find(&self, key: &str) -> Option<&Message> {
        let own = self.realm.as_ref().and_then(|texts| texts.0.get(&*self.locale)?.find(key));
        own.or_else(|| self.language?.find(key)).or_else(|| self.english?.find(key))
    }
}

impl Object for Words {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.find(key).map(|message| message.plain.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let (Some((key, args)), "fill") = (args.split_first(), method) else {
            return Err(Error::new(ErrorKind::UnknownMethod, "texts know only fill(key, arguments…)"));
        };
        let key = key.as_str().unwrap_or_default();
        let args: Vec<&str> = args.iter().map(|arg| arg.as_str().unwrap_or_default()).collect();
        let unknown = || Error::new(ErrorKind::UndefinedError, format!("no message {key}"));
        self.fill(key, &args).map(Value::from).ok_or_else(unknown)
    }
}
