//! Redirect URIs: what is matched leads to where the client registered, as a browser reads it.
//!
//! Input: the requested URI, compared with the entries below. A match whose host, read by the standard of browsers, is
//! not an entry's host is an open redirect.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a fuzz target breaks by panicking")]

use std::process::ExitCode;

use model::{Client, Document};
use oidc::RedirectUri;
use serde_json::json;
use url::{Host, Url};

const ENTRIES: &[&str] = &[
    "https://app.example/cb",
    "https://app.example/wild/*",
    "https://bare.example*",
    "http://127.0.0.1/cb",
    "http://[::1]/*",
    "/relative/*",
];
const HOSTS: &[&str] = &["app.example", "bare.example", "127.0.0.1", "[::1]", "id.example"];

fn main() -> ExitCode {
    let client = Client::read("id", "c", Document::from_value(json!({"redirectUris": ENTRIES})));
    let tokens = [
        "https://",
        "http://",
        "//",
        "app.example",
        "bare.example",
        "evil.example",
        "127.0.0.1",
        "[::1]",
        "@",
        ":",
        "\\",
        "/",
        "..",
        "%2e",
        "%2f",
        "%5c",
        "%00",
        "#",
        "?",
        "/wild/",
        "/cb",
        "\t",
        "\n",
        "javascript:",
        "data:",
        "\u{3002}",
        "\u{ff0f}",
        ":443",
        "/relative/",
        "*",
    ];
    wire_tests::fuzz::run("redirect_uri", &tokens, |input| {
        let Ok(requested) = std::str::from_utf8(input) else { return };
        let found = RedirectUri::matching(&client, &client.redirect_uris, requested, "https://id.example");
        let Some(matched) = found else { return };
        let read = Url::parse(matched.as_str()).expect("a match is a URL");
        assert!(matches!(read.scheme(), "https" | "http"), "{matched:?} runs");
        let host = read.host().map(|host: Host<&str>| host.to_string()).unwrap_or_default();
        assert!(HOSTS.contains(&host.as_str()), "{matched:?} leads to {host}");
        assert!(read.username().is_empty() && read.password().is_none(), "{matched:?} hides its host");
        let path = read.path();
        let within = path == "/cb" || path == "/" || ["/wild", "/relative"].iter().any(|p| path.starts_with(p));
        assert!(within || host == "bare.example" || host == "[::1]", "{matched:?} leaves its path for {path}");
    })
}
