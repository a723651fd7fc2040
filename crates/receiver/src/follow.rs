//! Follows the server's log: each newer head must continue the one before, and the server has to prove it [RFC6962-2.1.2].

use http::StatusCode;
use jose::b64;
use ledger::Hash;
use ledger::tree::{LONGEST_PROOF, verify_consistency};
use url::form_urlencoded;

use crate::heads::Head;
use crate::receiver::Receiver;
use crate::server::ServerError;

impl Receiver {
    /// Has the server prove that the newest head of its log continues what was proved before. After a proof that is wrong
    /// nothing of this server is believed any more, and no message passes.
    ///
    /// # Errors
    /// When the server gives no proof; it may later.
    pub async fn follow(&self) -> Result<(), ServerError> {
        for (old, new) in self.0.heads.to_prove() {
            if self.continues(&old, &new).await? {
                self.0.heads.prove(&new);
            } else {
                let why = format!("{} of {} leaves does not continue that of {}", new.origin, new.size, old.size);
                tracing::error!(why, "the server's log is not one log: its receipts are not believed");
                self.0.heads.give_up(why);
            }
        }
        Ok(())
    }

    /// Whether the server proves that a head of a log of its realm continues an earlier one.
    ///
    /// # Errors
    /// When it gives no proof.
    pub(crate) async fn continues(&self, old: &Head, new: &Head) -> Result<bool, ServerError> {
        let origin: String = form_urlencoded::byte_serialize(new.origin.as_bytes()).collect();
        let path = format!("/evidence/consistency?from={}&to={}&origin={origin}", old.size, new.size);
        let reply = self.0.server.fetch(&path).await?;
        if reply.status() != StatusCode::OK {
            return Err(ServerError::Refused(reply.status().as_u16(), "no proof of consistency".to_owned()));
        }
        Ok(proves(reply.body(), old, new))
    }
}

/// Whether hashes in base64, a line each, prove it.
fn proves(proof: &[u8], old: &Head, new: &Head) -> bool {
    let hash = |line: &str| -> Option<Hash> { b64::decode_standard(line, "hash").ok()?.try_into().ok() };
    let lines = std::str::from_utf8(proof).ok().map(str::lines).into_iter().flatten();
    let hashes: Option<Vec<Hash>> = lines.take(LONGEST_PROOF + 1).map(hash).collect();
    hashes.is_some_and(|hashes| verify_consistency(old.size, &old.root, new.size, &new.root, &hashes).is_ok())
}
