//! Cross-origin requests, as Keycloak answers them [KC 1.1].

use axum::http::{HeaderMap, HeaderValue, header};
use model::Client;

/// The origin of a request, if it names one.
#[derive(Clone, Debug)]
pub struct Cors {
    origin: Option<HeaderValue>,
}

impl Cors {
    /// Reads a request's origin.
    pub fn of(headers: &HeaderMap) -> Self {
        Self { origin: headers.get(header::ORIGIN).cloned() }
    }

    /// Whether a client lets the origin read its answers; a request without one is nobody's business.
    pub fn allowed(&self, client: &Client) -> bool {
        let Some(origin) = self.origin.as_ref().and_then(|o| o.to_str().ok()) else { return true };
        oidc::web_origins(client).iter().any(|allowed| allowed == "*" || allowed == origin)
    }

    /// Lets the origin read the answer.
    pub fn echo(&self, headers: &mut HeaderMap) {
        let Some(origin) = &self.origin else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }

    /// Lets the origin read an answer to a client that allows it, with the header that names what may be read.
    pub fn expose(&self, headers: &mut HeaderMap) {
        if self.origin.is_some() {
            self.echo(headers);
            let exposed = HeaderValue::from_static("Access-Control-Allow-Methods");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    /// Answers a preflight.
    pub fn preflight(&self, methods: &'static str, headers: &mut HeaderMap) {
        if self.origin.is_none() {
            return;
        }
        self.echo(headers);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    }
}

const HEADERS: &str = "Origin, Accept, X-Requested-With, Access-Control-Request-Method, \
                       Access-Control-Request-Headers, DPoP, Content-Type, Authorization";
