//! What a handler answers, and how that looks on the wire [KC 5.3].

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::{Refusal, Writes};
use serde_json::Value;
use web::Failure;

/// An answer and the writes that come before it.
pub(crate) type Done = domain::Result<(Answer, Writes)>;

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    status: u16,
    body: Option<Value>,
    text: Option<String>,
    /// Below `/admin/realms/`.
    location: Option<String>,
    no_cache: bool,
}

impl Answer {
    /// What was asked for.
    pub(crate) fn json(body: Value) -> Self {
        Self { status: 200, body: Some(body), no_cache: true, ..Self::default() }
    }

    /// What came of something done.
    pub(crate) fn result(body: Value) -> Self {
        Self { status: 200, body: Some(body), ..Self::default() }
    }

    /// A plain text.
    pub(crate) fn plain(text: String) -> Self {
        Self { status: 200, text: Some(text), no_cache: true, ..Self::default() }
    }

    /// Done.
    pub(crate) fn no_content() -> Self {
        Self { status: 204, ..Self::default() }
    }

    /// Made, at a path below `/admin/realms/`.
    pub(crate) fn created(location: String) -> Self {
        Self { status: 201, location: Some(location), ..Self::default() }
    }

    /// Tells caches to ask again.
    pub(crate) fn no_cache(self) -> Self {
        Self { no_cache: true, ..self }
    }

    /// Puts a body into it.
    pub(crate) fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// As the wire has it. `frames`: whether the header against frames goes along without a body, too, as it does where
    /// the request had one.
    pub(crate) fn into_response(self, base: &str, frames: bool) -> Response {
        let mut response = match (self.body, self.text) {
            (Some(body), _) => json(self.status, &body, "application/json;charset=UTF-8"),
            (None, Some(text)) => plain(self.status, text),
            (None, None) => status(self.status),
        };
        let headers = response.headers_mut();
        if let Some(at) = self.location
            && let Ok(value) = HeaderValue::from_str(&format!("{base}/admin/realms/{at}"))
        {
            headers.insert(header::LOCATION, value);
        }
        if self.no_cache {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        if frames {
            deny_frames(headers);
        }
        response
    }
}

/// Nothing but what is there.
pub(crate) fn ok(body: Value) -> Done {
    Ok((Answer::json(body), Writes::default()))
}

/// Done.
pub(crate) fn done(writes: Writes) -> Done {
    Ok((Answer::no_content(), writes))
}

/// A name as a segment of a path [RFC3986-3.3].
pub(crate) fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The face of a refusal.
pub(crate) fn refuse(refusal: &Refusal) -> Response {
    json(refusal.status, &admin::refusals::body(refusal), "application/json")
}

/// The face of what went wrong.
pub(crate) fn fail(failure: Failure) -> Response {
    match failure {
        Failure::NoRealm => refuse(&admin::refusals::REALM_NOT_FOUND),
        Failure::Refused(refusal) => refuse(&refusal),
        other => other.into_json(),
    }
}

fn json(code: u16, body: &Value, kind: &'static str) -> Response {
    let mut response = status(code);
    *response.body_mut() = Body::from(body.to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn plain(code: u16, text: String) -> Response {
    let mut response = status(code);
    *response.body_mut() = Body::from(text);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    response
}

fn status(code: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

fn deny_frames(headers: &mut HeaderMap) {
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
}
