//! One request, put together bit by bit.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method};
use web::PeerAddr;

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
    peer: SocketAddr,
}

impl Ask {
    /// A request by any method.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.parse().expect("a method"),
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
            peer: SocketAddr::from(([127, 0, 0, 1], 50_000)),
        }
    }

    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// A POST of a form.
    pub fn form(path: impl Into<String>, form: &[(&str, &str)]) -> Self {
        Self::new("POST", path).body("application/x-www-form-urlencoded", encode(form))
    }

    /// A header more; octets that no header may hold leave it out.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_ref()))
        {
            self.headers.push((name, value));
        }
        self
    }

    /// A bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// A body of any kind.
    #[must_use]
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", kind)
    }

    /// Where the connection comes from.
    #[must_use]
    pub fn from(mut self, peer: &str) -> Self {
        self.peer = SocketAddr::new(peer.parse().expect("an address"), 50_000);
        self
    }

    pub(crate) fn into_request(self) -> Option<Request> {
        let mut builder = Request::builder().method(self.method).uri(self.path.as_str());
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        let mut request = builder.body(Body::from(self.body)).ok()?;
        request.extensions_mut().insert(PeerAddr(self.peer));
        Some(request)
    }
}

/// A form's text.
pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}
