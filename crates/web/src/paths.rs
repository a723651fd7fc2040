//! Paths: every one works at the root and under the prefix; what a proxy might read otherwise is refused.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// Takes the prefix off a request's path, `/auth` or the configured one.
///
/// Errors: the offending text, for a path with characters that proxies and servers disagree on [KC 1.1].
pub fn normalise(uri: &mut Uri, relative_path: &str) -> Result<(), &'static str> {
    let path = uri.path();
    for bad in [";", "//", "\\", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C", "%00"] {
        if path.contains(bad) {
            return Err(bad);
        }
    }
    let stripped = [relative_path, "/auth"]
        .iter()
        .filter(|prefix| !prefix.is_empty())
        .find_map(|prefix| path.strip_prefix(prefix).filter(|rest| rest.starts_with('/') || rest.is_empty()));
    let Some(rest) = stripped else { return Ok(()) };
    let rest = if rest.is_empty() { "/" } else { rest };
    let whole = match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(whole).ok();
    if let Ok(next) = Uri::from_parts(parts) {
        *uri = next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_works_with_and_without_the_prefix() {
        for path in ["/realms/x?a=1", "/auth/realms/x?a=1"] {
            let mut uri: Uri = path.parse().unwrap();
            normalise(&mut uri, "").unwrap();
            assert_eq!(uri, "/realms/x?a=1");
        }
        let mut uri: Uri = "/authority/x".parse().unwrap();
        normalise(&mut uri, "").unwrap();
        assert_eq!(uri, "/authority/x");
    }

    #[test]
    fn a_path_that_proxies_read_otherwise_is_refused() {
        for path in ["/realms/x;a=1/y", "/a//b", "/a/%2e%2e/b", "/a%2fb"] {
            assert!(normalise(&mut path.parse().unwrap(), "").is_err(), "{path}");
        }
    }
}
