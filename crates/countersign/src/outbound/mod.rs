//! Calls to addresses that others named: keys of clients (JWKS), back-channel logout, witnesses and timestamp authorities.
//!
//! Whoever names an address here could reach the inside of the network through us, or hold us up. So there is one client
//! with one set of guards, and every call goes through it: https only, no redirects, names resolved once and only
//! addresses in public reach connected to, no proxy, no credentials, no cookies, bounded size, time and number. Networks
//! that the operator allows are exempt from the address rule, and may be spoken to by plain http.
//!
//! What was fetched is not kept here; caching, also of failures, is the caller's.

mod addresses;
mod resolver;

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, header};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::net::tls::{add_authorities, read_authorities};

pub use addresses::Reach;
use resolver::Pinning;

/// The guarded HTTP client.
pub struct Outbound {
    rules: Rules,
    room: Semaphore,
    /// Made at the first call, since reading the system's authorities takes time and memory.
    clients: OnceLock<Result<Clients, String>>,
}

/// What calls may do.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Networks that may be called although they are private, also by plain http.
    pub allowed_networks: Vec<IpNet>,
    /// PEM files and folders with authorities beside the system's.
    pub authorities: Vec<PathBuf>,
    /// For the whole call, from the wait for a place to the last byte.
    pub time: Duration,
    /// Of an answer's body, in bytes.
    pub size: usize,
    /// Calls at once; others wait within their time.
    pub at_once: usize,
}

/// Why a call gave nothing. The texts hold no part of an answer.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OutboundError {
    #[error("the address is not one that may be called: {0}")]
    Refused(&'static str),
    #[error("no answer in time")]
    TooSlow,
    #[error("the answer is too large")]
    TooLarge,
    #[error("answered with status {0}")]
    Status(u16),
    #[error("not reachable: {0}")]
    Unreachable(String),
}

/// By https to all that may be called, and by plain http to what the operator allowed.
struct Clients {
    https: Client,
    http: Client,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            allowed_networks: Vec::new(),
            authorities: Vec::new(),
            time: Duration::from_secs(5),
            size: 256 * 1024,
            at_once: 32,
        }
    }
}

impl Outbound {
    pub fn new(rules: Rules) -> Self {
        Self { room: Semaphore::new(rules.at_once), rules, clients: OnceLock::new() }
    }

    /// The body behind this address, if it answers with a 2xx status.
    pub async fn fetch(&self, url: &Url) -> Result<Bytes, OutboundError> {
        let request = self.client_for(url)?.get(url.clone()).header(header::ACCEPT, "application/json, */*;q=0.1");
        self.call(request).await
    }

    /// Posts a form, and says which 2xx status came back; the body is thrown away.
    pub async fn post_form(&self, url: &Url, form: &[(&str, &str)]) -> Result<u16, OutboundError> {
        let request = self.client_for(url)?.post(url.clone()).form(form);
        self.within_bounds(async { Ok(answered(request).await?.status().as_u16()) }).await
    }

    /// Posts octets of a media type; the status, whichever it is, and the body.
    pub async fn post(&self, url: &Url, kind: &str, octets: Vec<u8>) -> Result<(u16, Bytes), OutboundError> {
        let request = self.client_for(url)?.post(url.clone()).header(header::CONTENT_TYPE, kind).body(octets);
        self.within_bounds(async {
            let response = request.send().await.map_err(|cause| why(&cause))?;
            Ok((response.status().as_u16(), read(response, self.rules.size).await?))
        })
        .await
    }

    async fn call(&self, request: RequestBuilder) -> Result<Bytes, OutboundError> {
        self.within_bounds(async { read(answered(request).await?, self.rules.size).await }).await
    }

    /// Waits for a place and for the work, both in one span of time.
    async fn within_bounds<T>(&self, work: impl Future<Output = Result<T, OutboundError>>) -> Result<T, OutboundError> {
        let bounded = async {
            let _place = self.room.acquire().await.map_err(|cause| OutboundError::Unreachable(cause.to_string()))?;
            work.await
        };
        tokio::time::timeout(self.rules.time, bounded).await.unwrap_or(Err(OutboundError::TooSlow))
    }

    /// The client for this address, unless the address alone is reason enough to refuse.
    fn client_for(&self, url: &Url) -> Result<&Client, OutboundError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Refused("it carries credentials"));
        }
        let reach = match url.scheme() {
            "https" => self.https_reach(),
            "http" => self.http_reach(),
            _ => return Err(OutboundError::Refused("its scheme is not https")),
        };
        // A literal address is not resolved, so it is looked at here.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(OutboundError::Refused("it has no host")),
        };
        if literal.is_some_and(|address| !reach.covers(address)) {
            return Err(OutboundError::Refused(reach.why_not()));
        }
        let clients = self.clients.get_or_init(|| self.build().map_err(|cause| cause.to_string()));
        match clients {
            Ok(clients) if url.scheme() == "https" => Ok(&clients.https),
            Ok(clients) => Ok(&clients.http),
            Err(cause) => Err(OutboundError::Unreachable(cause.clone())),
        }
    }

    fn https_reach(&self) -> Reach {
        Reach::PublicAnd(self.rules.allowed_networks.clone())
    }

    fn http_reach(&self) -> Reach {
        Reach::Only(self.rules.allowed_networks.clone())
    }

    fn build(&self) -> Result<Clients, Box<dyn Error + Send + Sync>> {
        let tls = tls(&self.rules.authorities)?;
        let client = |reach: Reach| {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .retry(reqwest::retry::never())
                .dns_resolver(Arc::new(Pinning::new(reach)))
                .connect_timeout(self.rules.time)
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(Duration::from_secs(30))
                .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        Ok(Clients { https: client(self.https_reach())?, http: client(self.http_reach())? })
    }
}

/// TLS that trusts the system's authorities, and those in these PEM files and folders.
pub(crate) fn tls(authorities: &[PathBuf]) -> Result<ClientConfig, Box<dyn Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    // A system's store may hold odd certificates; the others count all the same.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut files = Vec::new();
    for path in authorities {
        read_authorities(path, &mut files)?;
    }
    add_authorities(&mut roots, &files)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Sends the request; a status that is not 2xx, a redirect too, is an error.
async fn answered(request: RequestBuilder) -> Result<Response, OutboundError> {
    let response = request.send().await.map_err(|cause| why(&cause))?;
    if response.status().is_success() { Ok(response) } else { Err(OutboundError::Status(response.status().as_u16())) }
}

/// The body, up to its bound; a length announced above it is refused before reading.
pub(crate) async fn read(mut response: Response, most: usize) -> Result<Bytes, OutboundError> {
    if response.content_length().is_some_and(|length| usize::try_from(length).map_or(true, |length| length > most)) {
        return Err(OutboundError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|cause| why(&cause))? {
        if body.len() + chunk.len() > most {
            return Err(OutboundError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Bytes::from(body))
}

/// The innermost cause, without the URL, which may hold what is not for a log.
pub(crate) fn why(error: &reqwest::Error) -> OutboundError {
    if error.is_timeout() {
        return OutboundError::TooSlow;
    }
    // reqwest's own text names the URL; the causes below it do not.
    let mut cause = error.source();
    let mut innermost = "the call failed".to_owned();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<resolver::OutOfReach>() {
            return OutboundError::Refused(refused.0);
        }
        innermost = inner.to_string();
        cause = inner.source();
    }
    OutboundError::Unreachable(innermost)
}

#[cfg(test)]
mod tests;
