//! The server as a receiver speaks to it: calls that carry the receiver's token, and replies whose signature is checked.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;

use crate::client::Client;
use crate::outage::Outage;
use crate::own_token::OwnToken;
use crate::realm_keys::RealmKeys;
use crate::reply;
use crate::settings::Settings;

/// Why the server gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// It can't be reached, or can't work; it may be there again later.
    #[error("the server is away: {0}")]
    Away(String),
    /// Something answered that did not show that it is the server.
    #[error("the server's reply can't be trusted: {0}")]
    Untrusted(String),
    /// What it answered could not be kept here, and so counts for nothing, or what it has to hear of later.
    #[error("could not be kept: {0}")]
    NotKept(String),
    /// It does not serve this caller, or not this call.
    #[error("the server refused with status {0}: {1}")]
    Refused(u16, String),
}

/// A reply that the server signed.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// The detached JWS over it.
    pub(crate) signature: String,
}

/// One realm of a server.
pub(crate) struct Server {
    client: Client,
    realm: String,
    pins: Vec<String>,
    time: std::time::Duration,
    outage: Outage,
    pub(crate) keys: RealmKeys,
    token: OwnToken,
    peer_token: OwnToken,
}

impl Server {
    pub(crate) fn new(settings: &Settings, client: Client) -> Self {
        Self {
            keys: RealmKeys::new(settings, client.clone()),
            client,
            realm: settings.realm.clone(),
            pins: settings.reply_keys.clone(),
            time: settings.server_time,
            outage: Outage::new(settings.clock.clone(), settings.server_time),
            token: OwnToken::new(settings, settings.own_scope.clone()),
            peer_token: OwnToken::new(settings, settings.peer_scope.clone()),
        }
    }

    /// A token of this receiver for another participant.
    pub(crate) async fn peer_token(&self) -> Result<Arc<HeaderValue>, ServerError> {
        self.peer_token.get(self).await
    }

    /// A call under the receiver's token, tried again with a new one when that doesn't count any more.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Signed, ServerError> {
        let token = self.token.get(self).await?;
        match self.call_with(&token, method.clone(), path, headers, body).await {
            Err(ServerError::Refused(401, _)) => {
                self.token.forget(&token).await;
                let token = self.token.get(self).await?;
                self.call_with(&token, method, path, headers, body).await
            }
            outcome => outcome,
        }
    }

    async fn call_with(
        &self,
        token: &HeaderValue,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Signed, ServerError> {
        let mut headers = headers.clone();
        headers.insert(header::AUTHORIZATION, token.clone());
        self.send(method, path, headers, body.clone()).await
    }

    /// What is there for everybody, and proves itself.
    pub(crate) async fn fetch(&self, path: &str) -> Result<Response<Bytes>, ServerError> {
        self.exchange(Method::GET, path, HeaderMap::new(), Bytes::new()).await.map(|(reply, _)| reply)
    }

    /// A call as it is. Replies of 2xx and 404 count only with their signature, others tell nothing but their status.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Signed, ServerError> {
        let (reply, digest) = self.exchange(method, path, headers, body).await?;
        let (head, body) = reply.into_parts();
        if head.status == StatusCode::NOT_FOUND {
            // Where there is no such realm, nobody signs that.
            self.keys.ensure().await?;
        }
        match head.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => {
                let signature = reply::check(&self.keys, &self.pins, &digest, &head.headers, &body).await?;
                Ok(Signed { status, body, signature })
            }
            status => Err(ServerError::Refused(status.as_u16(), excerpt(&body))),
        }
    }

    /// A reply, unless it says that the server can't work, and the digest of its request.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(Response<Bytes>, String), ServerError> {
        let fault = |cause: &dyn std::fmt::Display| ServerError::Refused(0, cause.to_string());
        let uri: Uri = format!("{}{path}", self.realm).parse().map_err(|cause| fault(&cause))?;
        let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let digest = signing::request_digest(method.as_str(), &target, &body);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        if !self.outage.may_call() {
            return Err(ServerError::Away("it gave no reply a moment ago".to_owned()));
        }
        let reply = self.client.call(request, BOUND, self.time).await;
        self.outage.note(reply.is_ok());
        let reply = reply.map_err(|cause| ServerError::Away(cause.to_string()))?;
        match reply.status() {
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(ServerError::Away(format!("status {status}")))
            }
            _ => Ok((reply, digest)),
        }
    }
}

/// The beginning of a reply, for the log.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

const BOUND: usize = 1024 * 1024;
