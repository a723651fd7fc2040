//! Follows the server's log: each newer head must continue the one before, and the server has to prove it [RFC6962-2.1.2].

use http::StatusCode;
use jose::b64;
use ledger::tree::{LONGEST_PROOF, verify_consistency};
use ledger::{Hash, Result};

use crate::heads::Head;
use crate::receiver::Receiver;
use crate::server::ServerError;

impl Receiver {
    /// Has the server prove that the newest head of its log continues what was proved before. After a proof that is wrong
    /// nothing of this server is believed any more, and no message passes.
    ///
    /// # Errors
    /// When the server gives no proof; it may later.
    pub async fn follow(&self) -> std::result::Result<(), ServerError> {
        for (old, new) in self.0.heads.to_prove() {
            let path = format!("/evidence/consistency?from={}&to={}", old.size, new.size);
            let reply = self.0.server.fetch(&path).await?;
            if reply.status() != StatusCode::OK {
                return Err(ServerError::Refused(reply.status().as_u16(), "no proof of consistency".to_owned()));
            }
            match continues(&old, &new, reply.body()) {
                Ok(()) => self.0.heads.prove(&new),
                Err(error) => {
                    let why = format!("{} of {} leaves does not continue that of {}", new.origin, new.size, old.size);
                    tracing::error!(%error, why, "the server's log is not one log: its receipts are not believed");
                    self.0.heads.give_up(why);
                }
            }
        }
        Ok(())
    }
}

/// Hashes in base64, a line each.
fn continues(old: &Head, new: &Head, proof: &[u8]) -> Result<()> {
    let malformed = || ledger::Error::Malformed("consistency proof");
    let text = std::str::from_utf8(proof).map_err(|_| malformed())?;
    let hash = |line: &str| b64::decode_standard(line, "hash").ok()?.try_into().ok();
    let hashes: Option<Vec<Hash>> = text.lines().take(LONGEST_PROOF + 1).map(hash).collect();
    verify_consistency(old.size, &old.root, new.size, &new.root, &hashes.ok_or_else(malformed)?)
}
