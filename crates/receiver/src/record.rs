//! Has the server record a message, or, while that is away, keeps it where the profile and the settings allow.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use ledger::text::UtcTime;
use serde::Deserialize;
use serde_json::{Map, Value};
use signing::{Code, Profile, Verdict};

use crate::body::BodyError;
use crate::keep::{Envelope, KeptReceipt};
use crate::receiver::{Accepted, Line, Receiver};
use crate::refusal::{Refusal, codes};
use crate::role::Role;
use crate::server::{ServerError, Signed};
use crate::verdict::{About, Recorded};

/// A whole message.
pub(crate) struct Whole<'m> {
    pub(crate) line: &'m Line,
    pub(crate) headers: &'m HeaderMap,
    pub(crate) body: &'m Bytes,
    /// For an answer: the digest of the request that it answers.
    pub(crate) answers: Option<&'m str>,
}

pub(crate) enum NotRecorded {
    /// The server is away, is not believed, does not serve, or its receipt could not be kept.
    Server(ServerError),
    /// Of this message it says no.
    Refused(Refusal),
}

impl From<ServerError> for NotRecorded {
    fn from(error: ServerError) -> Self {
        Self::Server(error)
    }
}

impl From<Refusal> for NotRecorded {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<NotRecorded> for Refusal {
    fn from(not: NotRecorded) -> Self {
        match not {
            NotRecorded::Server(error) => error.into(),
            NotRecorded::Refused(refusal) => refusal,
        }
    }
}

/// A reply of `/signing/check`.
#[derive(Deserialize)]
struct Checked {
    token: Value,
    message: Recorded,
}

impl<'m> Whole<'m> {
    fn signatures(&self, profile: &Profile) -> impl Iterator<Item = (&'m HeaderName, &'m HeaderValue)> {
        self.headers.iter().filter(|(name, _)| profile.headers.iter().any(|wanted| wanted == name.as_str()))
    }

    /// The value of its one signature header.
    pub(crate) fn one_signature(&self, profile: &Profile) -> Result<&'m str, Refusal> {
        let mut values = self.signatures(profile);
        let (_, value) = values.next().ok_or_else(|| Verdict::unsigned(profile))?;
        let text = value.to_str().ok().filter(|_| values.next().is_none());
        text.ok_or_else(|| Verdict::from(Code::SignatureMalformed).into())
    }
}

impl Receiver {
    /// The server's verdict, on record and with its receipt kept. With a token the server judges that as well.
    pub(crate) async fn record(
        &self,
        role: &Arc<Role>,
        message: &Whole<'_>,
        signature: &str,
        token: Option<&str>,
    ) -> Result<Accepted, NotRecorded> {
        match self.put_on_record(role, message, signature, token).await {
            Err(NotRecorded::Server(error)) => Err(self.noted(error).into()),
            outcome => outcome,
        }
    }

    /// What kept a message from passing, once it was noted for whoever asks how the receiver is.
    fn noted(&self, error: ServerError) -> ServerError {
        self.0.trouble.begin(error.clone(), self.now_ms());
        error
    }

    async fn put_on_record(
        &self,
        role: &Arc<Role>,
        message: &Whole<'_>,
        signature: &str,
        token: Option<&str>,
    ) -> Result<Accepted, NotRecorded> {
        let before = self.0.heads.seen().map_err(|why| untrusted(&why))?;
        let reply = self.ask(role, message, token).await?;
        let recorded = match token {
            None => read::<Recorded>(&reply)?,
            Some(_) => of_checked(read(&reply)?, role)?,
        };
        if !recorded.is_on_record() {
            return Err(Refusal::of_code(&recorded.code, recorded.detail).into());
        }
        let about = About { sender: role.id(), line: message.line, signature, body: message.body, seen_at: None };
        let receipt = recorded.check(&about).map_err(untrusted)?;
        let head = self.signed_head(&receipt.origin, receipt.checkpoint.as_deref()).await?;
        if let Some(head) = head {
            self.0.heads.take(&head, &before).map_err(|why| untrusted(&why))?;
        }
        // A refusal that is on record is proof as well.
        self.keep(reply).await.map_err(|cause| ServerError::NotKept(format!("its receipt: {cause}")))?;
        // A message that gets no receipt shows nothing of whether one would be kept.
        self.0.trouble.over();
        if !recorded.valid {
            return Err(Refusal::of_code(&recorded.code, recorded.detail).into());
        }
        let entry = recorded.entry().map(str::to_owned);
        Ok(Accepted { role: role.clone(), kid: recorded.kid.unwrap_or_default(), entry })
    }

    /// Keeps a reply with receipts, where there is a place for them.
    pub(crate) async fn keep(&self, reply: Signed) -> io::Result<()> {
        let Some(keep) = &self.0.settings.keep else { return Ok(()) };
        let body = String::from_utf8(reply.body.to_vec()).map_err(io::Error::other)?;
        keep.receipt(KeptReceipt { reply: body, signature: reply.signature }).await
    }

    /// Asks under a key of this message's own, so that asking again after a lost answer costs no second entry.
    async fn ask(&self, role: &Role, message: &Whole<'_>, token: Option<&str>) -> Result<Signed, NotRecorded> {
        let unfit = |_| Refusal::from(Verdict::from(Code::SignatureMalformed));
        let mut headers = HeaderMap::new();
        for (name, value) in message.signatures(&role.profile) {
            headers.append(name, value.clone());
        }
        let once = jose::random::base64url_id(16).map_err(|cause| ServerError::Away(cause.to_string()))?;
        let mut stated = vec![
            ("x-countersign-sender", role.id()),
            ("x-countersign-method", message.line.method.as_str()),
            ("x-countersign-target", message.line.target.as_str()),
            ("idempotency-key", once.as_str()),
        ];
        stated.extend(token.map(|token| ("x-countersign-token", token)));
        stated.extend(message.answers.map(|digest| ("x-countersign-answers", digest)));
        for (name, value) in stated {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(unfit)?);
        }
        let path = if token.is_some() { "/signing/check" } else { "/signing/verify" };
        let mut away = String::new();
        for _ in 0..ATTEMPTS {
            match self.0.server.call(Method::POST, path, &headers, message.body).await {
                Ok(reply) => return Ok(reply),
                Err(ServerError::Away(why)) => away = why,
                Err(ServerError::Refused(413, _)) => return Err(Refusal::from(BodyError::TooLarge).into()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(ServerError::Away(away).into())
    }

    /// A message that was found good here, on record at the server, or kept for it while it is away.
    pub(crate) async fn on_record(
        &self,
        role: &Arc<Role>,
        message: &Whole<'_>,
        kid: String,
    ) -> Result<Accepted, Refusal> {
        let signature = message.one_signature(&role.profile)?;
        match self.put_on_record(role, message, signature, None).await {
            Err(NotRecorded::Server(ServerError::Away(why))) => {
                self.spool(role, message, &why).await?;
                self.0.trouble.over();
                Ok(Accepted { role: role.clone(), kid, entry: None })
            }
            Err(NotRecorded::Server(error)) => Err(self.noted(error).into()),
            recorded => Ok(recorded?),
        }
    }

    async fn spool(&self, role: &Role, message: &Whole<'_>, why: &str) -> Result<(), Refusal> {
        tracing::warn!(why, sender = role.id(), "the server is away, a message is not on record");
        let refused = |error: ServerError, detail: &'static str| {
            self.noted(error);
            Refusal::unavailable(codes::SERVER_AWAY, detail)
        };
        let away = || ServerError::Away(why.to_owned());
        // Only the server knows whether a message was here before.
        if role.refuses_replays {
            return Err(refused(away(), "The server is away, and a message may pass only once: try again"));
        }
        let Some(keep) = &self.0.settings.keep else {
            return Err(refused(away(), "The server is away, and no message passes without it: try again"));
        };
        let headers: Map<String, Value> = message
            .signatures(&role.profile)
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
            .collect();
        let seen_at = UtcTime(u64::try_from(self.now_ms()).unwrap_or_default());
        let envelope = Envelope {
            participant_id: role.id().to_owned(),
            method: message.line.method.clone(),
            target: message.line.target.clone(),
            headers,
            body: jose::b64::encode(message.body),
            answers: message.answers.map(str::to_owned),
            seen_at: seen_at.to_string(),
        };
        keep.spool(envelope).await.map_err(|cause| {
            tracing::error!(%cause, "a message could not be kept for later");
            let error = match cause.kind() {
                // That none may wait is no trouble of its own.
                io::ErrorKind::Unsupported => away(),
                _ => ServerError::NotKept(format!("a message, until the server is back: {cause}")),
            };
            refused(error, "The server is away, and the message could not be kept for it: try again")
        })
    }
}

fn read<T: for<'de> Deserialize<'de>>(reply: &Signed) -> Result<T, NotRecorded> {
    if !reply.status.is_success() {
        return Err(ServerError::Refused(reply.status.as_u16(), "no such address".to_owned()).into());
    }
    serde_json::from_slice(&reply.body).map_err(|error| untrusted(&error.to_string()))
}

/// The message's verdict, once the token was found to be a good one of the sender.
fn of_checked(checked: Checked, role: &Role) -> Result<Recorded, NotRecorded> {
    if checked.token.get("active").and_then(Value::as_bool) != Some(true) {
        return Err(Refusal::from(Code::TokenInactive).into());
    }
    if checked.token.get("participantRoleId").and_then(Value::as_str) != Some(role.id()) {
        return Err(Refusal::from(Code::TokenParticipantMismatch).into());
    }
    Ok(checked.message)
}

fn untrusted(why: &str) -> NotRecorded {
    ServerError::Untrusted(why.to_owned()).into()
}

const ATTEMPTS: usize = 2;
