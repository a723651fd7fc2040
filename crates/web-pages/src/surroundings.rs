//! What a page needs to know of its request: the realm, the language, where the files are.

use std::sync::Arc;

use axum::http::HeaderMap;
use domain::Plan;
use oidc::{Cx, Form};
use web::find_cookie;

use crate::render::{
    LocaleLink, LocaleRequest, Page, PageContext, RealmLocales, RealmTexts, build_tag, negotiate, render,
};

/// The surroundings of one request's pages.
pub(crate) struct Surroundings {
    realm_name: String,
    display_name: Option<String>,
    display_html: Option<String>,
    locale: String,
    supported: Vec<String>,
    plan: Option<Arc<Plan>>,
    resources: String,
    request_id: String,
    /// The language that the user chose with this request.
    pub(crate) chosen: Option<String>,
}

impl Surroundings {
    /// Reads them. `query` is where the user's choice of language and the client's wishes are.
    pub(crate) fn of(cx: &Cx<'_>, headers: &HeaderMap, query: &Form) -> Self {
        Self::wished(cx, headers, query, None)
    }

    /// The same with the languages that the client wished for when the login began.
    pub(crate) fn wished(cx: &Cx<'_>, headers: &HeaderMap, query: &Form, ui_locales: Option<&str>) -> Self {
        let realm = &cx.plan.realm;
        let locales = RealmLocales {
            enabled: realm.internationalization_enabled,
            supported: &realm.supported_locales,
            default: realm.default_locale.as_deref(),
        };
        let chosen = query.some("kc_locale");
        let accept = headers.get("accept-language").and_then(|v| v.to_str().ok());
        let request = LocaleRequest {
            chosen,
            user: None,
            ui_locales: query.some("ui_locales").or(ui_locales),
            cookie: find_cookie(headers, "KEYCLOAK_LOCALE"),
            accept_language: accept,
        };
        let locale = negotiate(&request, &locales).to_owned();
        let mut supported = match realm.internationalization_enabled {
            true => realm.supported_locales.clone(),
            false => Vec::new(),
        };
        supported.sort_unstable();
        Self {
            realm_name: realm.name.clone(),
            display_name: realm.doc.string("displayName"),
            display_html: realm.doc.string("displayNameHtml"),
            chosen: chosen.filter(|c| **c == locale).map(str::to_owned),
            locale,
            supported,
            plan: Some(Arc::clone(&cx.plan)),
            resources: format!("{}/resources/{}/login/countersign", cx.base(), build_tag()),
            request_id: cx.request.id.clone(),
        }
    }

    /// Surroundings of a page outside of any realm.
    pub(crate) fn nowhere(base: &str, request_id: &str) -> Self {
        Self {
            realm_name: "Countersign".to_owned(),
            display_name: None,
            display_html: None,
            locale: "en".to_owned(),
            supported: Vec::new(),
            plan: None,
            resources: format!("{base}/resources/{}/login/countersign", build_tag()),
            request_id: request_id.to_owned(),
            chosen: None,
        }
    }

    /// The page's language.
    pub(crate) fn locale(&self) -> &str {
        &self.locale
    }

    /// Whether the page offers other languages.
    pub(crate) fn offers_languages(&self) -> bool {
        self.supported.len() > 1
    }

    /// The page as HTML. `other_language` makes a language's link from its tag.
    pub(crate) fn render<P: Page>(&self, page: &P, other_language: Option<&dyn Fn(&str) -> String>) -> String {
        let locales: Vec<LocaleLink> = match other_language {
            Some(link) if self.offers_languages() => {
                self.supported.iter().map(|tag| LocaleLink::new(tag, link(tag))).collect()
            }
            _ => Vec::new(),
        };
        let context = PageContext {
            realm_name: &self.realm_name,
            realm_display_name: self.display_name.as_deref(),
            realm_display_html: self.display_html.as_deref(),
            locale: &self.locale,
            locales: &locales,
            texts: self.plan.as_deref().and_then(texts),
            resources: &self.resources,
            request_id: Some(self.request_id.as_str()).filter(|id| !id.is_empty()),
        };
        render(page, &context).unwrap_or_else(|error| {
            tracing::error!(request = %self.request_id, %error, page = P::NAME, "a page could not be rendered");
            "An internal server error has occurred".to_owned()
        })
    }
}

/// The realm's own texts, if it has any.
fn texts(plan: &Plan) -> Option<Arc<RealmTexts>> {
    let all = plan.realm.doc.object("localizationTexts").filter(|t| !t.is_empty())?;
    let rows = all.iter().flat_map(|(locale, texts)| {
        let texts = texts.as_object().into_iter().flatten();
        texts.filter_map(move |(key, text)| Some((locale.as_str(), key.as_str(), text.as_str()?)))
    });
    Some(Arc::new(RealmTexts::new(rows)))
}
