//! Tells each client's own page of the logout, in hidden frames [OIDC-FrontChannel-2].
//!
//! The response header's `frame-src` must allow the same origins: [`FrontchannelLogoutPage::frame_sources`].

use std::borrow::Cow;
use std::collections::BTreeSet;

use minijinja::{Value, context};
use url::Url;

use crate::render::environment::{POLICY, Page};
use crate::render::messages::{Text, Words};

/// "Logging out", with the clients it concerns.
#[derive(Debug, Clone)]
pub struct FrontchannelLogoutPage {
    pub clients: Vec<LoggedOutClient>,
    /// Where to go afterwards.
    pub continue_url: Option<String>,
}

/// A client with a front-channel logout address.
#[derive(Debug, Clone)]
pub struct LoggedOutClient {
    pub name: Text,
    /// The client's address with `sid` and `iss`.
    pub url: String,
}

impl FrontchannelLogoutPage {
    /// The origins of the frames with a blank between. Addresses that aren't web addresses have none, so they don't load.
    pub fn frame_sources(&self) -> String {
        let urls = self.clients.iter().filter_map(|client| Url::parse(&client.url).ok());
        let web = urls.filter(|url| matches!(url.scheme(), "https" | "http"));
        let origins: BTreeSet<String> = web.map(|url| url.origin().ascii_serialization()).collect();
        origins.into_iter().collect::<Vec<_>>().join(" ")
    }
}

impl Page for FrontchannelLogoutPage {
    const NAME: &'static str = "frontchannel-logout";
    const TEMPLATE: &'static str = include_str!("../../../templates/frontchannel-logout.html");

    fn fields(&self, words: &Words) -> Value {
        let client = |client: &LoggedOutClient| context! { name => words.text(&client.name), url => &client.url };
        context! {
            clients => self.clients.iter().map(client).collect::<Vec<_>>(),
            continue_url => &self.continue_url,
        }
    }

    fn policy(&self) -> Cow<'static, str> {
        let sources = self.frame_sources();
        let sources = if sources.is_empty() { "'none'" } else { &sources };
        Cow::Owned(format!("{POLICY}; frame-src {sources}"))
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let client = |name: &str, url: &str| LoggedOutClient { name: Text::expression(name), url: url.into() };
        let clients = vec![
            client("Library", "https://library.example.org/logout?sid=s&iss=https%3A%2F%2Fid.example.org%2Frealms%2Fr"),
            client("${client_account-console}", "https://id.example.org:8443/logout?sid=s"),
        ];
        let plain = Self { clients, continue_url: Some("https://app.example.org/bye?state=1&b=2".into()) };
        let hostile = Self { clients: vec![client("<i>x</i>", "javascript:alert(1)")], continue_url: None };
        vec![("hostile", hostile), ("plain", plain)]
    }
}
