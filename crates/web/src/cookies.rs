//! Cookies in Keycloak's form: `Version=1`, `Secure` also over HTTP on loopback [KC 6.5].

use axum::http::{HeaderMap, HeaderValue, header};

/// A cookie to set.
#[derive(Clone, Debug)]
pub struct Cookie<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its value; empty to remove it.
    pub value: &'a str,
    /// Its path.
    pub path: &'a str,
    /// Seconds to live; None for the browser's session.
    pub max_age: Option<i64>,
    /// Whether scripts can't read it.
    pub http_only: bool,
    /// Whether it goes along within the site only.
    pub strict: bool,
}

impl Cookie<'_> {
    /// Adds it to an answer's headers.
    pub fn add(&self, headers: &mut HeaderMap) {
        let quote = if self.value.contains(['/', '=', ':', '+', ' ']) { "\"" } else { "" };
        let mut text = format!("{}={quote}{}{quote};Version=1;Path={}", self.name, self.value, self.path);
        if let Some(age) = self.max_age {
            text.push_str(&format!(";Max-Age={age}"));
        }
        // Keycloak removes a cookie by name and path alone.
        if !self.value.is_empty() {
            text.push_str(";Secure");
            text.push_str(if self.http_only { ";HttpOnly" } else { "" });
            text.push_str(if self.strict { ";SameSite=Strict" } else { ";SameSite=None" });
        }
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

/// A cookie that came with a request, its quotes taken off.
pub fn find_cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.trim_matches('"'))
        .filter(|v| !v.is_empty())
}
