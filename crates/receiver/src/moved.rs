//! A log that goes on from the one that is known, where the first use told that one: its first entry commits to the other's
//! last head. Whoever named a log gets no other.

use ledger::Leaf;
use ledger::leaf::commit;
use ledger::record::{self, MoveRecord, Record as _};
use ledger::text::{Digest, Octets};
use serde::Deserialize;

use crate::heads::Head;
use crate::receiver::Receiver;
use crate::server::ServerError;

/// A first entry, as its log shows it.
#[derive(Deserialize)]
pub(crate) struct First {
    leaf: Octets,
    salt: Digest,
    record: Octets,
}

impl First {
    /// The leaf, and the head of another log that it commits to, as a note.
    fn open(&self) -> Option<(Leaf, String)> {
        let leaf = Leaf::parse(&self.leaf.0).ok()?;
        let record: MoveRecord = record::parse(&self.record.0).ok()?;
        let commits = leaf.kind == record.kind() && leaf.commitment == commit(&self.salt.0, &self.record.0);
        commits.then_some((leaf, record.old_checkpoint))
    }
}

impl Receiver {
    /// The head, as a note, which a log goes on from by its first entry, once that was found under a head of the log.
    pub(crate) async fn goes_on_from(&self, first: &First, head: &Head) -> Result<Option<String>, ServerError> {
        let Some((leaf, note)) = first.open() else { return Ok(None) };
        // The first leaf's hash is the root of the tree that it is alone in.
        let alone = Head { origin: head.origin.clone(), size: 1, root: leaf.id() };
        Ok(self.continues(&alone, head).await?.then_some(note))
    }
}
