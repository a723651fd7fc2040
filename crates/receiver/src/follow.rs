//! Follows the server's log: each newer head must continue the one before, and the server has to prove it [RFC6962-2.1.2].

use http::StatusCode;
use jose::b64;
use ledger::Hash;
use ledger::tree::{LONGEST_PROOF, consistency_length, verify_consistency};
use url::form_urlencoded;

use crate::heads::Head;
use crate::receiver::Receiver;
use crate::server::ServerError;

impl Receiver {
    /// Has the server prove that the newest head of its log continues what was proved before. After a proof that is wrong
    /// nothing of this server is believed any more, and no message passes. After something that is none, such as one of
    /// too few hashes, no message passes until there is one: the answer has no signature, and whatever stands before the
    /// server may have given it.
    ///
    /// # Errors
    /// When the server gives no proof; it may later.
    pub async fn follow(&self) -> Result<(), ServerError> {
        for (old, new) in self.0.heads.to_prove() {
            match self.continues(&old, &new).await {
                Ok(true) => self.0.heads.prove(&new),
                Ok(false) => {
                    let why = format!("{} of {} leaves does not continue that of {}", new.origin, new.size, old.size);
                    tracing::error!(why, "the server's log is not one log: its receipts are not believed");
                    self.0.heads.give_up(why);
                }
                Err(error) => {
                    if let ServerError::Untrusted(why) = &error {
                        self.0.heads.doubt(why.clone());
                    }
                    return Err(error);
                }
            }
        }
        self.0.heads.settle();
        Ok(())
    }

    /// Whether the server proves that a head of a log of its realm continues an earlier one.
    ///
    /// # Errors
    /// When it gives no proof; [`ServerError::Untrusted`] for something else in its place.
    pub(crate) async fn continues(&self, old: &Head, new: &Head) -> Result<bool, ServerError> {
        let origin: String = form_urlencoded::byte_serialize(new.origin.as_bytes()).collect();
        let path = format!("/evidence/consistency?from={}&to={}&origin={origin}", old.size, new.size);
        let reply = self.0.server.fetch(&path).await?;
        if reply.status() != StatusCode::OK {
            return Err(ServerError::Refused(reply.status().as_u16(), "no proof of consistency".to_owned()));
        }
        let hashes = hashes(reply.body()).filter(|hashes| hashes.len() == consistency_length(old.size, new.size));
        let hashes = hashes.ok_or_else(|| {
            let why = format!("what it shows for {} is no proof that the log goes on", new.origin);
            ServerError::Untrusted(why)
        })?;
        Ok(verify_consistency(old.size, &old.root, new.size, &new.root, &hashes).is_ok())
    }
}

/// Hashes in base64, a line each.
fn hashes(proof: &[u8]) -> Option<Vec<Hash>> {
    let hash = |line: &str| -> Option<Hash> { b64::decode_standard(line, "hash").ok()?.try_into().ok() };
    let hashes: Vec<Hash> =
        std::str::from_utf8(proof).ok()?.lines().take(LONGEST_PROOF + 1).map(hash).collect::<Option<_>>()?;
    (hashes.len() <= LONGEST_PROOF).then_some(hashes)
}
