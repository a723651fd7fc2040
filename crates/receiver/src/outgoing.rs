//! The other side: what a participant sends and answers is signed, and what it is answered is checked.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use signing::{Message, SignError, Signing, sign};

use crate::receiver::{Accepted, Line, Receiver};
use crate::record::Whole;
use crate::refusal::Refusal;
use crate::role::Role;
use crate::server::ServerError;

/// A reply of another participant.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'r> {
    /// The digest of the request that was sent, by [`signing::request_digest`].
    pub answers: &'r str,
    /// The reply's headers.
    pub headers: &'r HeaderMap,
    /// The reply's octets.
    pub body: &'r Bytes,
}

/// Why something was not signed.
#[derive(Debug, thiserror::Error)]
pub enum Unsigned {
    /// There is no key whose time has come.
    #[error("no signing key is configured, or none counts yet")]
    NoKey,
    /// The receiver of the message, or its sender, can't be told.
    #[error("the profile names no header, or random numbers failed")]
    Unable,
    /// Key, profile and message don't go together.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Receiver {
    /// The header that signs a request to a participant, or, with the digest of theirs, an answer under its line.
    ///
    /// # Errors
    /// When there is no key, or profile and key don't go together.
    pub fn sign(
        &self,
        to: &Role,
        line: &Line,
        body: &[u8],
        answers: Option<&str>,
    ) -> Result<(HeaderName, HeaderValue), Unsigned> {
        let signer = self.0.settings.signer.as_ref().ok_or(Unsigned::NoKey)?;
        let now = self.now_ms() / 1000;
        let unique = jose::random::base64url_id(16).map_err(|_| Unsigned::Unable)?;
        let signing = Signing {
            profile: &signer.profile,
            key: signer.key(now).ok_or(Unsigned::NoKey)?,
            now,
            unique: &unique,
            receiver: Some(signing::Receiver { id: to.id(), origin: to.origin() }),
            issuer: signer.issuer.as_deref(),
            anchor: signer.anchor.as_deref(),
        };
        let message = Message { headers: &[], method: &line.method, target: &line.target, body, answers };
        let value = sign(&signing, &message)?;
        let name = signer.profile.headers.first().and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok());
        let value = HeaderValue::from_str(&value).ok();
        name.zip(value).ok_or(Unsigned::Unable)
    }

    /// `Bearer …`, this participant's own token for another one.
    ///
    /// # Errors
    /// When the server gives none.
    pub async fn token_for_peers(&self) -> Result<HeaderValue, ServerError> {
        self.0.server.peer_token().await.map(|token| (*token).clone())
    }

    /// Checks that a reply is signed by the participant that was asked, as its answer to this request; gives the key's name.
    ///
    /// # Errors
    /// The verdict, as a refusal.
    pub fn check_reply(&self, from: &Role, line: &Line, reply: Reply<'_>) -> Result<String, Refusal> {
        let Reply { answers, headers, body } = reply;
        let judged = self.judge(from, &Whole { line, headers, body, answers: Some(answers) });
        match judged.verdict.is_ok() {
            true => Ok(judged.kid.unwrap_or_default()),
            false => Err(judged.verdict.into()),
        }
    }

    /// The same, and the reply is on record at the server as a request would be, or kept for it while it is away.
    ///
    /// # Errors
    /// The verdict, as a refusal; 503 where the server is needed and away.
    pub async fn accept_reply(&self, from: &Arc<Role>, line: &Line, reply: Reply<'_>) -> Result<Accepted, Refusal> {
        let kid = self.check_reply(from, line, reply)?;
        let Reply { answers, headers, body } = reply;
        self.on_record(from, &Whole { line, headers, body, answers: Some(answers) }, kid).await
    }
}
