//! The configuration: a TOML file in which every name is known. The page `docs/gateway.md` explains each.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use ipnet::IpNet;
use serde::Deserialize;
use zeroize::Zeroizing;

/// What a gateway is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The server it asks.
    pub server: Server,
    /// The participant role that it stands for.
    pub role: Role,
    /// Messages that come.
    pub inbound: Option<Inbound>,
    /// Messages of the local application.
    pub outbound: Option<Outbound>,
    /// Where receipts are kept.
    pub receipts: Receipts,
    /// Where messages wait for the server while that is away; without it none passes then.
    pub spool: Option<Spool>,
    /// Where it says how it is.
    pub health: Option<Health>,
    /// Threads that work; where that is left out, half as many as the machine has processors for it.
    threads: Option<NonZeroUsize>,
    /// Seconds for requests in work when it ends.
    #[serde(default = "twenty")]
    pub shutdown_seconds: u64,
}

/// The server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The realm's address: `https://auth.example/realms/network`.
    pub realm: String,
    /// The `iss` of its tokens, where that is another.
    pub issuer: Option<String>,
    /// The client of the role.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The scope of the gateway's own tokens.
    pub own_scope: Option<String>,
    /// The scope of tokens that go to other participants.
    pub peer_scope: Option<String>,
    /// PEM files of authorities, in the place of the system's; for the server, for participants and for the upstream.
    #[serde(default)]
    pub authorities: Vec<PathBuf>,
    /// Thumbprints of the keys that may sign replies; empty for each of the realm's.
    #[serde(default)]
    pub reply_keys: Vec<String>,
    /// Keys of logs, in the form `NAME+ID+KEY`.
    #[serde(default)]
    pub logs: Vec<String>,
    /// For each call.
    #[serde(default = "five")]
    pub timeout_seconds: u64,
    /// How long a participant role counts as read.
    #[serde(default = "thirty")]
    pub fresh_seconds: u64,
    /// How long the realm's keys count while it can't be asked.
    #[serde(default = "an_hour")]
    pub keys_seconds: u64,
}

/// A secret, which is never in the file itself.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Secret {
    /// In a file of its own; a newline at its end is none of it.
    File(PathBuf),
    /// In a variable of the environment.
    Env(String),
    /// As it was found there.
    #[serde(skip)]
    Known(Zeroizing<String>),
}

/// The participant role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// The origin of its registered base URL: `https://lender.example`.
    pub origin: String,
    /// The name of a profile that every realm has, or the path of a file with one.
    pub profile: String,
    /// What it calls itself in signatures, for profiles that sign that.
    pub issuer: Option<String>,
    /// The trust anchor of its keys, for profiles that sign that.
    pub anchor: Option<String>,
    /// What it signs with: the one whose time came last.
    pub keys: Vec<Key>,
}

/// A private key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// PEM or JWK.
    pub file: PathBuf,
    /// The name that the registry has for it.
    pub kid: String,
    /// `RS256`, `PS256`, `ES256`, `EdDSA`, …
    pub algorithm: String,
    /// From when on it signs, in RFC 3339; always where that is left out.
    pub from: Option<String>,
}

/// Messages that come.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The service behind: scheme and authority alone.
    pub upstream: String,
    /// Who judges.
    #[serde(default)]
    pub mode: Mode,
    /// What a token's `aud` must name, where it must name something.
    pub audience: Option<String>,
    /// From where messages may come.
    #[serde(default)]
    pub addresses: Addresses,
    /// Proxies whose word on the sender's address counts.
    #[serde(default)]
    pub trusted_proxies: Vec<IpNet>,
    /// The header with that word.
    #[serde(default = "forwarded_for")]
    pub proxy_header: String,
    /// The most octets of a body, of a request or reply.
    #[serde(default = "one_mebibyte")]
    pub body_bytes: usize,
    /// For a request's body to arrive.
    #[serde(default = "twenty")]
    pub body_seconds: u64,
    /// For the service's reply.
    #[serde(default = "thirty")]
    pub upstream_seconds: u64,
    /// Connections at once.
    #[serde(default = "a_thousand")]
    pub connections: usize,
    /// Without it plain HTTP is spoken.
    pub tls: Option<Tls>,
}

/// Who judges.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The gateway; the server records.
    #[default]
    Local,
    /// The server.
    Server,
}

/// From where messages may come.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Addresses {
    /// From those that the registry has for the sender; from all where it has none.
    #[default]
    Registered,
    /// From all.
    Any,
}

/// A certificate for TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM: the certificate, then the chain above it.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}

/// Messages of the local application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// Where to listen: whoever reaches it speaks in the role's name.
    pub listen: SocketAddr,
    /// The most octets of a body, of a request or reply.
    #[serde(default = "one_mebibyte")]
    pub body_bytes: usize,
    /// For the other participant's reply.
    #[serde(default = "thirty")]
    pub timeout_seconds: u64,
    /// Names under which the application may call, besides `localhost` and addresses.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Connections at once.
    #[serde(default = "a_thousand")]
    pub connections: usize,
    /// Whether base URLs of plain HTTP are called.
    #[serde(default)]
    pub plain_http: bool,
    /// Whether replies are put on record at the server, as requests are.
    #[serde(default)]
    pub record_replies: bool,
}

/// Where receipts are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipts {
    /// A folder, made where there is none.
    pub directory: PathBuf,
}

/// Where messages wait for the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spool {
    /// A folder, made where there is none.
    pub directory: PathBuf,
    /// The most messages.
    #[serde(default = "ten_thousand")]
    pub messages: usize,
    /// The most octets.
    #[serde(default = "a_gibibyte")]
    pub bytes: u64,
    /// How long participants count as they were read last, while the server is away.
    #[serde(default = "an_hour")]
    pub stale_seconds: u64,
    /// Between two tries to report.
    #[serde(default = "five")]
    pub report_seconds: u64,
}

/// Where the gateway says how it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Where to listen.
    pub listen: SocketAddr,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, or a name that nobody knows; says where.
    #[error("the gateway's configuration: {0}")]
    Toml(String),
    /// A variable that is not set.
    #[error("the variable {0} is not set")]
    NoVariable(String),
    /// What makes no sense.
    #[error("the gateway's configuration: {0}")]
    Senseless(&'static str),
}

impl Config {
    /// Reads a configuration; `variable` looks into the environment.
    ///
    /// # Errors
    /// For an unknown name, a value of another kind, or what makes no sense together.
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| ConfigError::Toml(error.to_string()))?;
        if let Secret::Env(name) = &config.server.client_secret {
            let value = variable(name).ok_or_else(|| ConfigError::NoVariable(name.clone()))?;
            config.server.client_secret = Secret::Known(Zeroizing::new(value));
        }
        config.check()?;
        Ok(config)
    }

    /// Threads that work. The service stands on the same processors, and threads that wake each other for a message take a
    /// tenth more time of them.
    pub fn threads(&self) -> usize {
        let half = || std::thread::available_parallelism().map_or(1, |all| all.get().div_ceil(2));
        self.threads.map_or_else(half, NonZeroUsize::get)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let senseless = |text| Err(ConfigError::Senseless(text));
        if self.inbound.is_none() && self.outbound.is_none() {
            return senseless("it has neither [inbound] nor [outbound]");
        }
        if self.role.keys.is_empty() {
            return senseless("role.keys has no key");
        }
        if !is_origin(&self.role.origin) {
            return senseless("role.origin is scheme and authority: https://lender.example");
        }
        if let Some(inbound) = &self.inbound {
            if !is_origin(&inbound.upstream) {
                return senseless("inbound.upstream is scheme and authority: http://127.0.0.1:8080");
            }
            if inbound.mode == Mode::Server && self.spool.is_some() {
                return senseless(
                    "with inbound.mode \"server\" nothing passes while the server is away: leave [spool] out",
                );
            }
            if http::HeaderName::from_bytes(inbound.proxy_header.as_bytes()).is_err() {
                return senseless("inbound.proxy_header is the name of a header");
            }
        }
        Ok(())
    }
}

/// Scheme and authority, and nothing else.
fn is_origin(text: &str) -> bool {
    let uri: Option<Uri> = text.parse().ok();
    uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("https" | "http"))
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.path_and_query().is_none_or(|path| path == "/")
            && !text.ends_with('/')
    })
}

/// Seconds as a span.
pub(crate) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "the file {}", path.display()),
            Self::Env(name) => write!(formatter, "the variable {name}"),
            Self::Known(_) => formatter.write_str("a secret"),
        }
    }
}

fn five() -> u64 {
    5
}

fn twenty() -> u64 {
    20
}

fn thirty() -> u64 {
    30
}

fn an_hour() -> u64 {
    3600
}

fn a_thousand() -> usize {
    1000
}

fn ten_thousand() -> usize {
    10_000
}

fn one_mebibyte() -> usize {
    1024 * 1024
}

fn a_gibibyte() -> u64 {
    1024 * 1024 * 1024
}

fn forwarded_for() -> String {
    "x-forwarded-for".to_owned()
}

#[cfg(test)]
mod tests;
