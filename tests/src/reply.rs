//! One answer, read to its end.

use axum::body::to_bytes;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;
use url::Url;

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Reply {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let octets = to_bytes(body, usize::MAX).await.expect("a body");
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&octets).into_owned(),
        }
    }

    /// Status and body on one line.
    pub fn line(&self) -> String {
        format!("{} {}", self.status, self.body)
    }

    /// Status, error and its description on one line.
    pub fn refusal(&self) -> String {
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {}", self.status, text("error"), text("error_description"))
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A member of the body's JSON object, as text.
    pub fn text(&self, member: &str) -> String {
        match &self.json()[member] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// A header's text, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// All headers as sorted lines, those that differ from request to request left out.
    pub fn header_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| *name != "set-cookie" && *name != "content-length")
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
            .collect();
        lines.sort_unstable();
        lines
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<Url> {
        let base = Url::parse(crate::BASE).expect("a URL");
        self.headers.get("location").map(|v| base.join(v.to_str().expect("text")).expect("a URL"))
    }

    /// A parameter of the redirect's query or fragment.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let url = self.location()?;
        let fragment = url.fragment().unwrap_or_default().to_owned();
        let of_fragment = url::form_urlencoded::parse(fragment.as_bytes());
        let mut all = url.query_pairs().chain(of_fragment);
        all.find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }

    /// Names and values of the cookies it sets.
    pub fn cookies(&self) -> Vec<(String, String)> {
        let lines = self.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
        lines
            .filter_map(|line| line.split(';').next()?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
            .collect()
    }

    /// Ends the test unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.body);
        self
    }

    /// Whether the server failed rather than refused.
    pub fn is_fault(&self) -> bool {
        self.status >= 500
    }
}
