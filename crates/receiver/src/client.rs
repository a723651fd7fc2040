//! The HTTP client: a whole request goes out, a whole reply comes back, within bounds.
//!
//! It sends a target octet by octet as it was given, since targets are signed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

use crate::body::{BodyError, buffer};

/// The client; cloning shares its connections.
#[derive(Clone, Debug)]
pub struct Client(Pool<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection, or one that broke off.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// No whole reply in time.
    #[error("no reply in time")]
    TooSlow,
    /// More octets than the bound.
    #[error("the reply is too large")]
    TooLarge,
}

impl Client {
    /// A client that trusts these authorities, or the system's.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(roots: Option<RootCertStore>) -> Result<Self, rustls::Error> {
        let roots = roots.unwrap_or_else(|| {
            let mut system = RootCertStore::empty();
            system.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            system
        });
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .wrap_connector(http);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(64)
            .build(https);
        Ok(Self(pool))
    }

    /// One call, to the last octet of its reply.
    ///
    /// # Errors
    /// When there is no whole reply within `time` and `bound`.
    pub async fn call(
        &self,
        request: Request<Full<Bytes>>,
        bound: usize,
        time: Duration,
    ) -> Result<Response<Bytes>, CallError> {
        let whole = async {
            let reply = self.0.request(request).await.map_err(|cause| CallError::Unreachable(chain(&cause)))?;
            let (head, body) = reply.into_parts();
            let body = buffer(body, bound, time).await.map_err(|error| match error {
                BodyError::TooLarge => CallError::TooLarge,
                BodyError::TooSlow => CallError::TooSlow,
                BodyError::Broken => CallError::Unreachable("the reply broke off".to_owned()),
            })?;
            Ok(Response::from_parts(head, body))
        };
        tokio::time::timeout(time, whole).await.unwrap_or(Err(CallError::TooSlow))
    }
}

/// An error with what it came from: hyper's own text alone says too little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

const CONNECT: Duration = Duration::from_secs(3);
/// Shorter than servers keep theirs, so that a request seldom meets a connection that is being closed.
const IDLE: Duration = Duration::from_secs(30);
