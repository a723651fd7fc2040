//! Tells the server what it missed, and keeps what it answers: receipts for messages that passed while it was away.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use ledger::Receipt;
use ledger::text::UtcTime;
use serde::Deserialize;
use serde_json::Value;

use crate::keep::Envelope;
use crate::receiver::{Line, Receiver};
use crate::server::ServerError;
use crate::verdict::{About, Recorded};

/// A reply of `/signing/report`: a verdict for each message, in their order.
#[derive(Deserialize)]
struct Reported {
    messages: Vec<Recorded>,
}

impl Receiver {
    /// Tells the server what it missed: envelopes as they were kept. The same ones again are the same report. The reply
    /// holds their receipts, and is kept whole where there is a place for receipts.
    ///
    /// # Errors
    /// When the server does not take them, its receipts are not for them, or could not be kept.
    pub async fn report(&self, envelopes: &[Envelope]) -> Result<(), ServerError> {
        let fault = |cause: &dyn std::fmt::Display| ServerError::Refused(0, cause.to_string());
        let before = self.0.heads.seen().map_err(ServerError::Untrusted)?;
        let body = serde_json::to_vec(envelopes).map_err(|cause| fault(&cause))?;
        let once = jose::b64::encode(jose::digest::sha256(&body));
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let once = HeaderValue::from_str(&once).map_err(|cause| fault(&cause))?;
        headers.insert(HeaderName::from_static("idempotency-key"), once);
        let reply = self.0.server.call(Method::POST, "/signing/report", &headers, &Bytes::from(body)).await?;
        if !reply.status.is_success() {
            return Err(ServerError::Refused(404, "no such address".to_owned()));
        }
        let untrusted = |why: &str| ServerError::Untrusted(format!("the reply to a report: {why}"));
        let reported: Reported = serde_json::from_slice(&reply.body).map_err(|error| untrusted(&error.to_string()))?;
        if reported.messages.len() != envelopes.len() {
            return Err(untrusted("not a verdict for each message"));
        }
        let mut any = false;
        for (envelope, recorded) in envelopes.iter().zip(&reported.messages) {
            if !recorded.valid {
                let (sender, code) = (&envelope.participant_id, &recorded.code);
                tracing::error!(
                    sender,
                    code,
                    seen_at = envelope.seen_at,
                    "a message that passed is not good to the server"
                );
            }
            if !recorded.is_on_record() {
                continue;
            }
            any = true;
            let receipt = check(envelope, recorded).map_err(untrusted)?;
            let head = self.signed_head(&receipt.origin, receipt.checkpoint.as_deref()).await?;
            head.map_or(Ok(()), |head| self.0.heads.take(&head, &before)).map_err(|why| untrusted(&why))?;
        }
        match any {
            true => self.keep(reply).await.map_err(|cause| ServerError::NotKept(format!("receipts: {cause}"))),
            false => Ok(()),
        }
    }
}

/// The receipt of a verdict, if that is about the message as it was kept.
fn check<'r>(envelope: &Envelope, recorded: &'r Recorded) -> Result<&'r Receipt, &'static str> {
    let Envelope { participant_id: sender, method, target, headers, body, seen_at, .. } = envelope;
    // It had one signature when it passed.
    let signature = headers.values().find_map(Value::as_str).ok_or("the message has no signature")?;
    let body = jose::b64::decode(body, "body").map_err(|_| "the message's body is not base64url")?;
    let line = Line { method: method.clone(), target: target.clone() };
    let seen_at = Some(UtcTime::parse(seen_at).ok_or("the message does not say when it came")?);
    recorded.check(&About { sender, line: &line, signature, body: &body, seen_at })
}
