//! Whether a ledger in the store is the one that was signed: before this node signs, and for whoever asks.
//!
//! A store that was set back, or that another tree was put into, must not be signed: each head goes on from the one that
//! this node remembers. Where it remembers none, the witnesses tell what they cosigned last.

use std::sync::Arc;

use ledger::witness::Head;
use ledger::{Hash, Leaf, Note, tree};
use store::ledger::LedgerRow;

use crate::network::Network;
use crate::network::ledger::Open;
use crate::network::remembered::Known;
use crate::network::sequencer::stored;
use crate::network::witnesses::Said;
use crate::{Core, Error, Fault, Fresh, Refusal, Result};

/// A ledger that nothing is recorded in for now.
pub const NOT_NOW: Refusal = Refusal::new(503, "temporarily_unavailable", "", "");
/// Milliseconds until somebody is asked again what was signed.
const AGAIN_MS: i64 = 2_000;
/// How old an answer to whether a ledger stands may be.
const FRESH_MS: i64 = 500;

/// What was found about a ledger: None while all is well.
type Complaint = Option<Arc<str>>;

/// How a ledger stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Why it is not the one that was signed, as far as this node knows.
    wrong: Complaint,
    /// Why it takes no messages all the same: entries get no indexes, or its newest outside time is too old where the realm
    /// asks for times.
    late: Complaint,
}

impl Core {
    /// Goes on only while the realm's ledger takes new messages: it is the one that was signed, and where the realm asks
    /// for outside times, its newest isn't too old. Known for half a second.
    ///
    /// # Errors
    /// 503 with a sentence.
    pub async fn may_record(&self, network: &Network, ledger: &Open) -> Result<()> {
        let Standing { wrong, late } = self.standing(network, ledger).await?;
        not_now(wrong.or(late))
    }

    /// Goes on only while changes of the registry may be entered: whatever the times are, a key must be revoked and a role
    /// suspended at once.
    ///
    /// # Errors
    /// As [`Core::may_record`].
    pub async fn may_change(&self, network: &Network, ledger: &Open) -> Result<()> {
        not_now(self.standing(network, ledger).await?.wrong)
    }

    async fn standing(&self, network: &Network, ledger: &Open) -> Result<Standing> {
        let now = self.clock.now_ms();
        if let Some((at, standing)) = self.standings.get(&ledger.id)
            && (0..FRESH_MS).contains(&(now - at))
        {
            return Ok(standing);
        }
        // In a box, since most messages need no room for it.
        let standing = Box::pin(self.look_at_standing(network, &ledger.id)).await?;
        self.standings.insert(ledger.id.clone(), (now, standing.clone()));
        Ok(standing)
    }

    async fn look_at_standing(&self, network: &Network, ledger_id: &str) -> Result<Standing> {
        let row = store::ledger::find(&self.store, ledger_id).await?.ok_or_else(|| Fault::new("a ledger is gone"))?;
        let wrong: Complaint = self.examine(&row).await?.map(Into::into);
        let mut late: Complaint = None;
        if wrong.is_none() {
            late = self.overdue(&row).await?.map(Into::into);
        }
        if wrong.is_none() && late.is_none() && network.times.refuses_without {
            late = self.late(network, &row).await?.map(Into::into);
        }
        Ok(Standing { wrong, late })
    }

    /// Why the ledger of a row that was read may not be signed; None where it may. What it is becomes what is remembered.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(crate) async fn examine(&self, row: &LedgerRow) -> Result<Option<String>> {
        let last = match self.remembered.known(&row.id) {
            Some(Known::Refused(why)) => return Ok(Some(why)),
            Some(Known::Head(head)) => head,
            Some(Known::Unknown(why, until_ms)) if self.clock.now_ms() < until_ms => return Ok(Some(why)),
            Some(Known::Unknown(..)) | None => match self.first_look(row).await? {
                Ok(head) => head,
                Err(why) => return Ok(Some(self.wait(row, &why))),
            },
        };
        let now = head_of(row)?;
        if now == last {
            self.remembered.advance(&row.id, last);
            return Ok(None);
        }
        // The row may have been read before what is remembered was written.
        let again = store::ledger::find(&self.store, &row.id).await?.ok_or_else(|| Fault::new("a ledger is gone"))?;
        let now = head_of(&again)?;
        if now.size < last.size {
            let why = format!("the store has {} entries, and {} were signed", now.size, last.size);
            return Ok(Some(self.refuse(row, &why)));
        }
        if !self.goes_on(&row.id, &last, &now).await? {
            let why = format!("the store's tree of {} does not go on from the one of {}", now.size, last.size);
            return Ok(Some(self.refuse(row, &why)));
        }
        self.remembered.advance(&row.id, now);
        self.remembered.write(&row.id, now.size, &again.checkpoint).await;
        Ok(None)
    }

    /// Looks at every open ledger: whoever asks for this node's health first hears what speaks against one.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn look_at_ledgers(&self) -> Result<()> {
        let open = store::ledger::all_open(&self.store).await?;
        for row in &open {
            self.examine(row).await?;
        }
        self.set_late_ledgers((!open.is_empty()).then(Vec::new));
        Ok(())
    }

    /// Whether the ledger of a row that was read may be signed.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn is_sound(&self, row: &LedgerRow) -> Result<bool> {
        Ok(self.examine(row).await?.is_none())
    }

    /// Says what speaks against a ledger: it is not the one that was signed, nobody vouches for it, or a witness cosigned
    /// another tree. None where nothing does.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn speaks_against(&self, row: &LedgerRow) -> Result<Option<String>> {
        if let Some(why) = self.examine(row).await? {
            return Ok(Some(why));
        }
        let doubt = self.ask_what_was_signed(row).await?.err();
        Ok(doubt.map(|why| format!("Of the ledger {} {why}: compare it with what others saw", row.origin)))
    }

    /// Looks into what a witness says against a ledger: a sentence for whoever looks after this node, unless the store has
    /// gone on to that size meanwhile. It carries no signature, so it stops nothing.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn doubt(&self, row: &LedgerRow, size: u64, why: &str) -> Result<Option<String>> {
        let read = u64::try_from(row.size).map_err(Fault::new)?;
        let is_one = size <= read || !self.has_grown_to(&row.id, size).await?;
        Ok(is_one.then(|| format!("Of the ledger {} {why}: compare it with what others saw", row.origin)))
    }

    /// Remembers a head that this node has just signed.
    pub(crate) async fn signed(&self, ledger_id: &str, head: Head, note: &str) {
        let size = head.size;
        self.remembered.advance(ledger_id, head);
        self.remembered.write(ledger_id, size, note).await;
    }

    /// Nothing of this ledger is signed by this node from now on; the sentence that says so.
    pub(crate) fn refuse(&self, row: &LedgerRow, why: &str) -> String {
        let sentence = format!(
            "The ledger {} is not the one that was signed: {why}. Nothing is recorded until an operator has restored it, \
             or opened another by `countersign ledger recover`",
            row.origin
        );
        if self.remembered.refuse(&row.id, &sentence) {
            tracing::error!(origin = %row.origin, why, "a ledger was set back or changed: nothing of it is signed");
        }
        sentence
    }

    /// Nothing of this ledger is signed by this node from now on, whatever is found later.
    pub fn refuse_to_sign(&self, row: &LedgerRow, why: &str) {
        self.refuse(row, why);
        self.standings.remove(&row.id);
    }

    /// Why ledgers are refused by this node.
    pub fn refused_ledgers(&self) -> Vec<String> {
        self.remembered.refusals()
    }

    /// Nothing of this ledger is signed until somebody says what was; the sentence that says so.
    fn wait(&self, row: &LedgerRow, why: &str) -> String {
        let sentence = format!(
            "The ledger {} may have been set back: this node remembers no head of it, {why}. Nothing is recorded until a \
             witness or another node shows where it was, an operator has brought back the files of heads, or opened \
             another ledger by `countersign ledger recover`",
            row.origin
        );
        if self.remembered.wait(&row.id, &sentence, self.clock.now_ms() + AGAIN_MS) {
            tracing::error!(origin = %row.origin, why, "nobody says what of a ledger was signed: nothing of it is");
        }
        sentence
    }

    /// What was signed before this process began: by the node's own file, by another node that is at work, or by a witness
    /// who cosigns the store's head. An inner error says why nobody tells. An empty ledger needs nobody.
    ///
    /// A node that crashed and comes back without its file before its lease is over takes that for another's; a database
    /// that was set back holds leases of then, which are over.
    async fn first_look(&self, row: &LedgerRow) -> Result<Result<Head, String>> {
        let stored = head_of(row)?;
        let keys = self.ledger_verifiers(row).await?;
        if let Some((own, _)) = self.remembered.read(row, &keys) {
            return Ok(Ok(own));
        }
        if stored.size == 0 || store::ledger::is_led(&self.store, &row.id, &self.node, self.clock.now_ms()).await? {
            return Ok(Ok(stored));
        }
        match self.ask_what_was_signed(row).await? {
            Ok(true) => return Ok(Ok(stored)),
            Ok(false) => {}
            Err(why) => return Ok(Err(format!("and {why}"))),
        }
        // Nodes that have nothing to do hold no lease.
        store::ledger::call_for_leader(&self.store, &row.id, self.clock.now_ms()).await?;
        Ok(Err("no other node is at work, and no witness tells".to_owned()))
    }

    /// Has each witness cosign the store's own head anew, and says whether one did. An inner error says which saw another
    /// tree.
    async fn ask_what_was_signed(&self, row: &LedgerRow) -> Result<Result<bool, String>> {
        let Some(realm) = store::realms::find_by_id(&self.store, &row.realm_id).await? else {
            return Ok(Err("the realm is gone".to_owned()));
        };
        let plan = self.plan(&realm.name, Fresh::Kept).await?;
        let network = plan.as_ref().and_then(|plan| plan.network.as_ref());
        let witnesses = network.map(|network| network.times.witnesses.as_slice()).unwrap_or_default();
        let note = Note::parse(row.checkpoint.as_bytes()).map_err(Fault::new)?;
        let size = u64::try_from(row.size).map_err(Fault::new)?;
        let mut is_shown = false;
        for witness in witnesses {
            let name = witness.key.name();
            match self.ask_witness(&row.id, witness, &note, size).await? {
                Said::Cosigned(..) => is_shown = true,
                // Another node may have gone on since the row was read.
                Said::Conflict(other) if other > size && self.has_grown_to(&row.id, other).await? => {}
                Said::Conflict(other) => {
                    return Ok(Err(format!("the witness {name} cosigned another tree, of {other} entries")));
                }
                Said::Inconsistent => return Ok(Err(format!("the witness {name} cosigned another tree"))),
                Said::Refused(why) | Said::Nothing(why) => {
                    tracing::warn!(witness = name, why, "a witness can't say what it cosigned last");
                }
            }
        }
        Ok(Ok(is_shown))
    }

    async fn goes_on(&self, ledger_id: &str, last: &Head, now: &Head) -> Result<bool> {
        let tiles = tiles(self, ledger_id, last.size, now.size).await?;
        let tile = |id| tiles.iter().find(|(at, _)| *at == stored(id)).map(|(_, octets)| octets.as_slice());
        // Tiles that are missing or short are those of no tree that was signed.
        let proof = tree::consistency(last.size, now.size, tile);
        let verify = |proof: Vec<Hash>| tree::verify_consistency(last.size, &last.root, now.size, &now.root, &proof);
        Ok(proof.and_then(verify).is_ok())
    }

    /// Whether the store's tree has at least that many entries by now.
    pub(crate) async fn has_grown_to(&self, ledger_id: &str, size: u64) -> Result<bool> {
        let row = store::ledger::find(&self.store, ledger_id).await?;
        Ok(row.and_then(|row| u64::try_from(row.size).ok()).is_some_and(|now| now >= size))
    }

    /// Says how the newest outside time is too old for the realm's policy; None where it isn't, or none is asked for.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn late(&self, network: &Network, row: &LedgerRow) -> Result<Option<String>> {
        let Some(most) = network.times.at_least_every_ms else { return Ok(None) };
        let newest = store::heads::newest(&self.store, &row.id).await?.map(|head| head.time_ms);
        let since = match newest {
            Some(time) => time,
            // What has no entry needs no time.
            None => match store::ledger::entries(&self.store, &row.id, 0, 1).await?.first() {
                Some(first) => {
                    let leaf = Leaf::parse(&first.leaf).map_err(Fault::new)?;
                    i64::try_from(leaf.at_ms).map_err(Fault::new)?
                }
                None => return Ok(None),
            },
        };
        let age = self.clock.now_ms() - since;
        let what = if newest.is_some() { "newest outside time is" } else { "first entry has no outside time, and is" };
        Ok((age > most).then(|| format!("The ledger {}'s {what} {} seconds old", row.origin, age / 1000)))
    }
}

fn not_now(complaint: Complaint) -> Result<()> {
    match complaint {
        None => Ok(()),
        Some(why) => Err(NOT_NOW.describe(why.to_string()).into()),
    }
}

/// The hashes that show the tree of one size at the beginning of a later one.
///
/// # Errors
/// When the store can't be read, or its tiles are not those of such a tree.
pub async fn consistency(core: &Core, ledger_id: &str, from: u64, to: u64) -> Result<Vec<Hash>> {
    let tiles = tiles(core, ledger_id, from, to).await?;
    let tile = |id| tiles.iter().find(|(at, _)| *at == stored(id)).map(|(_, octets)| octets.as_slice());
    tree::consistency(from, to, tile).map_err(|error| Error::from(Fault::new(error)))
}

/// The tiles that show one size's tree at the beginning of another's.
async fn tiles(core: &Core, ledger_id: &str, from: u64, to: u64) -> Result<Vec<((i64, i64), Vec<u8>)>> {
    let wanted: Vec<(i64, i64)> = tree::consistency_tiles(from, to).into_iter().map(stored).collect();
    Ok(store::ledger::tiles(&core.store, ledger_id, &wanted).await?)
}

fn head_of(row: &LedgerRow) -> Result<Head> {
    let size = u64::try_from(row.size).map_err(Fault::new)?;
    Ok(Head { size, root: row.root.as_slice().try_into().map_err(Fault::new)? })
}
