//! The template engine: every template compiled once, everything printed is escaped, nothing absent is printed.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Enumerator, Object, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use super::context::PageContext;
use super::messages::Words;
use super::pages::{PAGES, PARTS};

/// A page: what its template needs to know, and examples of it.
pub trait Page: Sized {
    /// The template's file name without `.html`, and `data-page-id` after `login-` `[KC]`.
    const NAME: &'static str;
    /// The template's source.
    const TEMPLATE: &'static str;

    /// The page's own values, texts already in the page's language. They go before those of the context.
    fn fields(&self, words: &Words) -> Value;

    /// The Content-Security-Policy of the page's `<meta>`.
    fn policy(&self) -> Cow<'static, str> {
        Cow::Borrowed(POLICY)
    }

    /// The page in the states people may see, named; tests and the gallery render them all.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// A template that asks for something its page doesn't give, or that can't be read.
#[derive(Debug)]
pub struct RenderError(Cow<'static, str>);

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RenderError {}

impl From<Error> for RenderError {
    fn from(error: Error) -> Self {
        Self(format!("{error:#}").into())
    }
}

/// The page as HTML, complete.
///
/// # Errors
/// When the template and the page don't fit together: a fault of the build or of an overridden template.
pub fn render<P: Page>(page: &P, cx: &PageContext<'_>) -> Result<String, RenderError> {
    let words = Words::new(cx.locale, cx.texts.clone());
    let own = page.fields(&words);
    let shared = cx.values(P::NAME, &page.policy(), words);
    let template = environment()?.get_template(P::NAME)?;
    Ok(template.render(Value::from_object(Root { own, shared }))?)
}

/// What a template sees: the page's values before those of its surroundings.
#[derive(Debug)]
struct Root {
    own: Value,
    shared: Value,
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let find = |values: &Value| values.as_object()?.get_value_by_str(key);
        find(&self.own).or_else(|| find(&self.shared))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// Compiles all templates and parses all messages now instead of at the first page.
///
/// # Errors
/// When a template can't be read.
pub fn prepare() -> Result<(), RenderError> {
    super::messages::Messages::built_in();
    environment().map(|_| ())
}

fn environment() -> Result<&'static Environment<'static>, RenderError> {
    static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> =
        LazyLock::new(|| build().map_err(|error| format!("{error:#}")));
    ENVIRONMENT.as_ref().map_err(|error| RenderError(Cow::Borrowed(error)))
}

fn build() -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_formatter(write_value);
    for (name, source) in PARTS {
        env.add_template(name, source)?;
    }
    for page in PAGES {
        env.add_template(page.name, page.template)?;
    }
    Ok(env)
}

/// Prints a value: escaped unless it is marked safe. `none` is as absent as an undefined name, and both are errors.
fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_none() || value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, format!("nothing to print in {}", state.name())));
    }
    match value.as_str() {
        Some(text) if value.is_safe() => out.write_str(text)?,
        Some(text) => write_escaped(text, out)?,
        None => write_escaped(&value.to_string(), out)?,
    }
    Ok(())
}

/// The five characters that mean something in HTML's text and quoted attributes. A slash stays, so that URLs stay readable.
fn write_escaped(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        out.write_str(match special.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&#34;",
            _ => "&#39;",
        })?;
        rest = special.get(1..).unwrap_or("");
    }
    out.write_str(rest)
}

/// A text as it stands in HTML's text and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // A string takes whatever is written to it.
    let _ = write_escaped(text, &mut out);
    out
}

fn is_special(byte: u8) -> bool {
    // Most characters are letters: one comparison settles them.
    byte <= b'>' && matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')
}

/// Scripts, styles and pictures from our own files, nothing else. `form-action` is absent on purpose: Chromium applies it to
/// the redirect after a form as well, which leads to the client.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; base-uri 'none'";
