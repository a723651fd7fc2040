//! Redirect URIs: matched against what the client registered, and by nothing else a [`RedirectUri`] [KC 1.16].
//!
//! Exact text, case-sensitive, nothing normalised. A trailing `*` is a prefix; `x/*` also takes `x`; the request's query
//! is left aside for it. Hosts have no wildcards. What could make a browser go elsewhere than the text seems to say
//! (user info, backslashes, dots in the path, control characters) is refused before anything is compared.

use model::Client;
use url::Url;

/// A URI that a client registered: only [`RedirectUri::matching`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

/// Longer URIs are nobody's.
const LONGEST: usize = 4096;

impl RedirectUri {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Matches a requested URI against registered ones. `base` is the server's own URL, to which entries that begin
    /// with a slash belong when the client has no root URL.
    pub fn matching(client: &Client, registered: &[String], requested: &str, base: &str) -> Option<Self> {
        if !is_sound(requested) {
            return None;
        }
        let absolute = join(client, requested, base);
        let any = registered.iter().any(|entry| match entry.as_str() {
            "*" => is_http(&absolute),
            entry => matches_entry(&join(client, entry, base), &absolute),
        });
        any.then_some(Self(absolute))
    }

    /// The one URI that a client registered, without its wildcard: what stands in when a request names none.
    pub fn only_one(client: &Client, base: &str) -> Option<Self> {
        let [entry] = client.redirect_uris.as_slice() else { return None };
        let whole = join(client, entry, base);
        let uri = whole.strip_suffix("/*").or_else(|| whole.strip_suffix('*')).unwrap_or(&whole);
        is_sound(uri).then(|| Self(uri.to_owned())).filter(|_| entry != "*")
    }

    /// Reads one back that was matched before and rested in the server's own sealed state.
    pub fn from_sealed(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Joins a relative entry to the client's root URL, or to the server's.
fn join(client: &Client, uri: &str, base: &str) -> String {
    if !uri.starts_with('/') {
        return uri.to_owned();
    }
    let root = client.root_url.as_deref().filter(|r| r.starts_with("http")).unwrap_or(base);
    format!("{}{uri}", root.trim_end_matches('/'))
}

fn matches_entry(entry: &str, requested: &str) -> bool {
    if let Some(prefix) = entry.strip_suffix('*') {
        if !prefix.contains("://") && !prefix.contains(':') {
            return false;
        }
        let bare = requested.split_once('?').map_or(requested, |(path, _)| path);
        let bare = bare.split_once('#').map_or(bare, |(path, _)| path);
        return same_host_prefix(prefix, bare)
            || loopback(entry, bare, |e, r| e.strip_suffix('*').is_some_and(|p| same_host_prefix(p, r)));
    }
    entry == requested || loopback(entry, requested, |e, r| e == r)
}

/// Whether a prefix covers a URI without reaching into its host: `https://a.example*` is not `https://a.example.org`.
fn same_host_prefix(prefix: &str, requested: &str) -> bool {
    let covered = requested.starts_with(prefix) || prefix.strip_suffix('/') == Some(requested);
    let Some(authority) = prefix.split_once("://").map(|(_, rest)| rest) else { return covered };
    match authority.contains('/') || (authority.is_empty() && !is_http(prefix)) {
        true => covered,
        false => covered && host_of(prefix) == host_of(requested),
    }
}

fn host_of(uri: &str) -> Option<&str> {
    let rest = uri.split_once("://")?.1;
    Some(rest.split(['/', '?', '#']).next().unwrap_or(rest))
}

/// Loopback entries over http without a port take any port, since native applications can't choose [RFC8252-7.3].
fn loopback(entry: &str, requested: &str, same: impl Fn(&str, &str) -> bool) -> bool {
    const HOSTS: &[&str] = &["http://127.0.0.1", "http://localhost", "http://[::1]"];
    HOSTS.iter().any(|host| {
        let Some(rest) = entry.strip_prefix(host).filter(|r| r.is_empty() || r.starts_with(['/', '*', '?'])) else {
            return false;
        };
        let Some(after) = requested.strip_prefix(host).and_then(|r| r.strip_prefix(':')) else { return false };
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let Some((port, path)) = after.split_at_checked(digits) else { return false };
        port.parse::<u16>().is_ok() && same(&format!("{host}{rest}"), &format!("{host}{path}"))
    })
}

/// Whether a URI says where it goes without tricks.
fn is_sound(uri: &str) -> bool {
    if uri.is_empty() || uri.len() > LONGEST || uri.chars().any(|c| c.is_control() || c == '\\' || c.is_whitespace()) {
        return false;
    }
    let lower = uri.to_ascii_lowercase();
    if SCHEMES_THAT_RUN.iter().any(|s| lower.starts_with(s)) {
        return false;
    }
    if let Some(rest) = uri.split_once("://").map(|(_, rest)| rest) {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return false;
        }
    }
    let path = lower.split(['?', '#']).next().unwrap_or_default().replace("%2e", ".").replace("%2f", "/");
    let dots = path.split('/').any(|segment| segment == "..");
    !dots && !path.contains("%5c") && (uri.starts_with('/') || Url::parse(uri).is_ok()) && !uri.starts_with("//")
}

fn is_http(uri: &str) -> bool {
    uri.starts_with("http://") || uri.starts_with("https://")
}

const SCHEMES_THAT_RUN: &[&str] = &["javascript:", "data:", "vbscript:", "blob:", "file:"];

#[cfg(test)]
mod tests {
    use super::*;
    use model::Document;

    fn client(uris: &[&str]) -> Client {
        let mut doc = Document::default();
        doc.set("redirectUris", uris.iter().map(|u| (*u).to_owned()).collect::<Vec<_>>());
        Client::read("id", "c", doc)
    }

    fn matched(uris: &[&str], requested: &str) -> bool {
        let client = client(uris);
        RedirectUri::matching(&client, &client.redirect_uris, requested, "https://id.example").is_some()
    }

    #[test]
    fn an_entry_without_a_wildcard_is_matched_to_the_letter() {
        let entry = &["https://a.example/cb?x=1"];
        assert!(matched(entry, "https://a.example/cb?x=1"));
        for other in [
            "https://a.example/cb",
            "https://A.example/cb?x=1",
            "https://a.example:443/cb?x=1",
            "https://a.example/cb?x=1#f",
            "https://a.example/cb?x=1&y=2",
        ] {
            assert!(!matched(entry, other), "{other}");
        }
    }

    #[test]
    fn a_wildcard_reaches_into_the_path_and_nowhere_else() {
        let entry = &["https://a.example/app/*"];
        for good in ["https://a.example/app", "https://a.example/app/", "https://a.example/app/x?q=1#f"] {
            assert!(matched(entry, good), "{good}");
        }
        for bad in [
            "https://a.example/apple",
            "https://a.example/app/../x",
            "https://a.example/app/%2e%2e/x",
            "https://a.example/app/%2E%2e%2fx",
            "https://a.example/app\\..\\x",
            "https://a.example@evil.example/app/x",
            "https://evil.example/https://a.example/app/x",
        ] {
            assert!(!matched(entry, bad), "{bad}");
        }
        assert!(!matched(&["https://a.example*"], "https://a.example.evil.example/x"));
        assert!(!matched(&["https://a.example*"], "https://a.example:8443/x"));
        assert!(matched(&["https://a.example*"], "https://a.example/x"));
    }

    #[test]
    fn a_lone_wildcard_takes_http_only() {
        assert!(matched(&["*"], "https://anywhere.example/x"));
        for bad in ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "myapp://x", "vbscript:x"] {
            assert!(!matched(&["*"], bad), "{bad}");
        }
    }

    #[test]
    fn loopback_entries_without_a_port_take_any_port() {
        assert!(matched(&["http://127.0.0.1/cb"], "http://127.0.0.1:51004/cb"));
        assert!(matched(&["http://localhost/*"], "http://localhost:80/x"));
        assert!(matched(&["http://[::1]/cb"], "http://[::1]:9/cb"));
        assert!(!matched(&["http://127.0.0.1/cb"], "http://localhost:51004/cb"));
        assert!(!matched(&["http://127.0.0.1/cb"], "http://127.0.0.1:51004/other"));
        assert!(!matched(&["http://127.0.0.1/cb"], "http://127.0.0.1:1@evil.example/cb"));
        assert!(!matched(&["https://127.0.0.1/cb"], "https://127.0.0.1:51004/cb"));
    }

    #[test]
    fn custom_schemes_are_matched_exactly_or_by_prefix() {
        assert!(matched(&["myapp://cb"], "myapp://cb"));
        assert!(matched(&["myapp://*"], "myapp://anything"));
        assert!(!matched(&["myapp://cb"], "myapp://cb2"));
    }

    #[test]
    fn relative_entries_belong_to_the_root_url_or_the_server() {
        assert!(matched(&["/realms/x/account/*"], "https://id.example/realms/x/account/y"));
        assert!(!matched(&["/realms/x/account/*"], "https://other.example/realms/x/account/y"));
    }
}
