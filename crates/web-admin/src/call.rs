//! What a request says: its path's parts, its query, its body.

use admin::permit::{Administrator, Permission, Permit};
use admin::refusals::{NOT_FOUND, NOT_JSON, UNSUPPORTED_MEDIA_TYPE};
use admin::rep::Rep;
use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use domain::Result;
use model::Document;
use oidc::Cx;

use crate::answer::segment;

/// A request, decoded as far as all have in common.
pub(crate) struct Call {
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    content_type: String,
    body: Bytes,
}

/// A request at the moment it is answered: the realm as it is now, and who asks.
pub(crate) struct Visit<'a> {
    /// The view of the realm.
    pub(crate) cx: Cx<'a>,
    /// Who asks.
    pub(crate) who: &'a Administrator,
    /// What they say.
    pub(crate) call: &'a Call,
}

impl<'a> Visit<'a> {
    /// The proof that they may, or 403.
    pub(crate) fn permit<P: Permission>(&self) -> Result<Permit<'a, P>> {
        Permit::check(self.cx.clone(), self.who)
    }
}

impl Call {
    pub(crate) fn new(path: Vec<(String, String)>, query: &str, headers: &HeaderMap, body: Bytes) -> Self {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        Self {
            path,
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            content_type: content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
            body,
        }
    }

    /// A part of the path, by its name in the table; every handler knows its own.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The realm's name as the path has it.
    pub(crate) fn realm(&self) -> String {
        segment(self.part("realm"))
    }

    /// A query parameter, if given and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// Every value of a query parameter as it came, the empty ones too.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Every value of a query parameter.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.query.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone()).collect()
    }

    /// A query parameter that is a switch.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A query parameter that is a whole number; anything else is 404, as in Keycloak.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| NOT_FOUND.into()),
        }
    }

    /// `first` and `max` of a page; a negative `max` asks for all.
    pub(crate) fn page(&self, usual_max: i64) -> Result<(i64, i64)> {
        let first = self.number("first")?.unwrap_or(0).max(0);
        let max = self.number("max")?.unwrap_or(usual_max);
        Ok((first, if max < 0 { i64::MAX } else { max }))
    }

    /// Whether the request brought a body.
    pub(crate) fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// Whether it brought JSON.
    pub(crate) fn has_json(&self) -> bool {
        self.has_body() && self.check_json().is_ok()
    }

    /// The body as an object of a representation.
    pub(crate) fn object(&self, rep: &Rep) -> Result<Document> {
        self.check_json()?;
        admin::body::object(&self.body, rep)
    }

    /// The body as a list of objects of a representation; no body is an empty list.
    pub(crate) fn list(&self, rep: &Rep) -> Result<Vec<Document>> {
        if self.body.is_empty() {
            return Ok(Vec::new());
        }
        self.check_json()?;
        admin::body::list(&self.body, rep)
    }

    /// The body as any JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        self.check_json()?;
        admin::body::value(&self.body)
    }

    /// The body's members; no body has none.
    pub(crate) fn members(&self) -> Result<serde_json::Map<String, serde_json::Value>> {
        match self.body.is_empty() {
            true => Ok(serde_json::Map::new()),
            false => {
                self.check_json()?;
                admin::body::members(&self.body)
            }
        }
    }

    /// The body as plain text.
    pub(crate) fn plain(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|_| NOT_JSON.into())
    }

    fn check_json(&self) -> Result<()> {
        match self.content_type.as_str() {
            "application/json" | "" => Ok(()),
            _ => Err(UNSUPPORTED_MEDIA_TYPE.into()),
        }
    }
}
