//! A log that goes on from the one that is known, where the first use told that one: its first entry commits to the other's
//! last head. Whoever named a log gets no other.

use evidence::told::First;

use crate::heads::Head;
use crate::receiver::Receiver;
use crate::server::ServerError;

impl Receiver {
    /// The head, as a note, which a log goes on from by its first entry, once that was found under a head of the log.
    pub(crate) async fn goes_on_from(&self, first: &First, head: &Head) -> Result<Option<String>, ServerError> {
        let Some((leaf, record)) = first.open() else { return Ok(None) };
        // The first leaf's hash is the root of the tree that it is alone in.
        let alone = Head { origin: head.origin.clone(), size: 1, root: leaf.id() };
        Ok(self.continues(&alone, head).await?.then_some(record.old_checkpoint))
    }
}
