//! The state of every handler.

use std::ops::Deref;
use std::sync::Arc;

use ipnet::IpNet;
use oidc::Oidc;

use crate::turns::Turns;

/// The state: cheap to clone.
#[derive(Clone)]
pub struct App(Arc<State>);

/// What the state holds.
pub struct State {
    /// The protocol, and through it the store.
    pub oidc: Oidc,
    /// Where the server is to be found.
    pub public: Public,
    /// Whose turn it is to change a realm's configuration.
    pub turns: Turns,
}

/// Where the server is to be found, and whom it believes about that.
#[derive(Clone, Debug, Default)]
pub struct Public {
    /// Scheme, host, port and prefix of public URLs; None to take them from the request.
    pub hostname: Option<String>,
    /// The host alone, where scheme and port are the request's.
    pub name: Option<String>,
    /// The same for the administrators' URLs, where it differs.
    pub hostname_admin: Option<String>,
    /// The prefix of every path, "" or "/auth".
    pub relative_path: String,
    /// Which headers of a proxy in front count.
    pub proxy_headers: Option<ProxyHeaders>,
    /// The proxies whose headers count; empty for any.
    pub trusted_proxies: Vec<IpNet>,
    /// The realm whose registry stands under `/service`, if any.
    pub service_realm: Option<String>,
    /// Hosts, without port, under which it is another realm's.
    pub service_hosts: Vec<(String, String)>,
    /// The header that carries the client's certificate from the proxy, if any.
    pub certificate_header: Option<String>,
}

/// Which headers of a proxy in front count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeaders {
    /// `X-Forwarded-For`, `-Proto`, `-Host`, `-Port`, `-Prefix`.
    Xforwarded,
    /// `Forwarded` [RFC7239].
    Forwarded,
}

impl App {
    /// The state of a server.
    pub fn new(oidc: Oidc, public: Public) -> Self {
        Self(Arc::new(State { oidc, public, turns: Turns::default() }))
    }
}

impl Deref for App {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}
