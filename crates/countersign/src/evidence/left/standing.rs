//! How heads of a log that was left stand to one another: the one that is gone on from, the one under which its leaves are
//! still served, and an earlier one.

use ledger::Checkpoint;

use super::Move;
use crate::commands::Failure;
use crate::evidence::tiled::Tiled;

/// How an earlier head of a log stands to what is there of it, and to what is gone on from.
pub(in crate::evidence) enum Standing {
    /// It is of what is gone on from.
    Shown,
    /// It is the beginning of what is there, which nothing shows to be of what is gone on from: leaves between were lost.
    OfWhatIsThere,
    /// Nothing shows it any more: leaves under it are not there.
    Lost,
    /// It is contradicted; a sentence.
    Fork(String),
}

impl Move {
    /// What of the head that is gone on from is not shown where leaves were lost, in a sentence without an end: that it goes on
    /// from the one by which its key took over.
    pub(in crate::evidence) fn unshown(&self, there: Option<&Checkpoint>) -> Option<String> {
        let (since, size) = (self.since.as_ref()?, self.committed.size);
        let is_shown = *since == self.committed || there.is_some_and(|there| there.size >= size);
        (!is_shown).then(|| {
            format!(
                "without the leaves that are not there nothing shows that its head of {size} leaves goes on from the one of \
                 {}, by which its key took over",
                since.size
            )
        })
    }
}

impl Tiled {
    /// How what is there of a log that was left contradicts the head that is gone on from; None where it doesn't.
    pub(in crate::evidence) async fn contradicts(
        &self,
        there: &Checkpoint,
        by: &Move,
    ) -> Result<Option<String>, Failure> {
        let (committed, origin, size) = (&by.committed, &there.origin, there.size);
        // Where leaves were lost, nothing can be shown.
        if size >= committed.size && !self.goes_on(committed, there).await? {
            return Ok(Some(format!(
                "FORK: the head of {size} leaves of {origin} is not shown to go on from the one of {} leaves that is gone on \
                 from elsewhere. Keep both",
                committed.size
            )));
        }
        let Some(since) = &by.since else { return Ok(None) };
        let is_other = since.size == committed.size && since.root != committed.root;
        if is_other || since.size <= size && !self.goes_on(since, there).await? {
            return Ok(Some(format!(
                "FORK: what is there of {origin}, and is gone on from, is not shown to go on from the head of {} leaves by \
                 which its key took over",
                since.size
            )));
        }
        Ok(None)
    }

    /// How an earlier head of a log that was left stands to what is there of it, and to the head that is gone on from, which
    /// don't contradict each other.
    pub(in crate::evidence) async fn standing(
        &self,
        old: &Checkpoint,
        there: Option<&Checkpoint>,
        committed: &Checkpoint,
    ) -> Result<Standing, Failure> {
        let (origin, size) = (&old.origin, old.size);
        if size > committed.size {
            return Ok(Standing::Fork(format!(
                "its key signed a head of {size} leaves of {origin}, and what goes on from that does so from {} leaves alone",
                committed.size
            )));
        }
        let (joins, shown) = match there {
            _ if size == committed.size => (old.root == committed.root, Standing::Shown),
            Some(there) if there.size >= committed.size => (self.goes_on(old, there).await?, Standing::Shown),
            Some(there) if size <= there.size => (self.goes_on(old, there).await?, Standing::OfWhatIsThere),
            _ => return Ok(Standing::Lost),
        };
        Ok(match joins {
            true => shown,
            false => Standing::Fork(format!(
                "what is there of {origin}, and is gone on from, is not shown to go on from its head of {size} leaves"
            )),
        })
    }
}
