//! What every page shares: whose realm it is, which language, where the files are.

use std::sync::Arc;

use minijinja::{Value, context};

use super::messages::{RealmTexts, Words, language_name};
use super::sanitize::sanitize;

/// The surroundings of a page.
#[derive(Debug, Clone, Default)]
pub struct PageContext<'a> {
    pub realm_name: &'a str,
    /// `displayName`; empty counts as absent.
    pub realm_display_name: Option<&'a str>,
    /// `displayNameHtml`; made harmless before it is shown.
    pub realm_display_html: Option<&'a str>,
    /// The language of this page, as [`negotiate`](super::negotiate) found it.
    pub locale: &'a str,
    /// The menu of languages; empty without internationalization.
    pub locales: &'a [LocaleLink],
    /// The realm's own texts.
    pub texts: Option<Arc<RealmTexts>>,
    /// Path or URL under which the static files are, without a slash at its end.
    pub resources: &'a str,
    /// Shown on error pages, for whoever has to find the request in a log.
    pub request_id: Option<&'a str>,
}

/// A way to the same page in another language.
#[derive(Debug, Clone)]
pub struct LocaleLink {
    pub tag: String,
    pub label: String,
    pub url: String,
}

impl LocaleLink {
    /// A link labelled with the language's own name.
    pub fn new(tag: &str, url: String) -> Self {
        Self { tag: tag.to_owned(), label: language_name(tag).to_owned(), url }
    }
}

impl PageContext<'_> {
    /// The realm's name as people read it.
    fn realm(&self) -> &str {
        self.realm_display_name.filter(|name| !name.is_empty()).unwrap_or(self.realm_name)
    }

    /// The values the layout uses. `name` is the page's.
    pub(super) fn values(&self, name: &'static str, policy: &str, words: Words) -> Value {
        let html = self.realm_display_html.filter(|html| !html.is_empty());
        let heading = html.map_or_else(|| Value::from(self.realm()), |html| Value::from_safe_string(sanitize(html)));
        let locales: Vec<Value> = self.locales.iter().map(|link| link.value(self.locale)).collect();
        let language = self.locales.iter().find(|link| link.tag == self.locale);
        context! {
            name,
            t => Value::from_object(words),
            lang => self.locale,
            dir => direction(self.locale),
            csp => policy,
            resources => self.resources,
            realm => self.realm(),
            realm_heading => heading,
            locales,
            language => language.map_or(language_name(self.locale), |link| &link.label),
            request_id => self.request_id,
            notice => (),
        }
    }
}

impl LocaleLink {
    fn value(&self, current: &str) -> Value {
        context! { tag => &self.tag, label => &self.label, url => &self.url, current => self.tag == current }
    }
}

/// Some languages run from right to left; a realm may bring their texts.
fn direction(locale: &str) -> &'static str {
    let language = locale.split(['-', '_']).next().unwrap_or(locale);
    if matches!(language, "ar" | "fa" | "he" | "ur") { "rtl" } else { "ltr" }
}
