//! Entries by their ids: the leaves of those that have their index are kept in memory, since neither ever changes.

use std::sync::Arc;

use crate::network::heads::Newest;
use crate::{Core, Fault, Result};

/// Leaves kept in memory, at most; one takes some 350 octets.
pub(crate) const PLACED: usize = 5_000;

/// An entry's leaf.
#[derive(Debug)]
pub struct Leaf {
    /// Its ledger's id.
    pub ledger_id: String,
    /// The kind's number.
    pub kind: i64,
    /// The leaf's octets.
    pub octets: Vec<u8>,
    /// Its index; None while it waits for one.
    pub index: Option<u64>,
    realm_id: String,
}

impl Core {
    /// An entry of any of a realm's ledgers, open or closed, by its id, and the newest checkpoint of that ledger; None where
    /// the realm has no such entry.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn leaf(&self, realm_id: &str, id: &str) -> Result<Option<(Arc<Leaf>, Newest)>> {
        let kept = self.placed.get(id).filter(|kept| kept.realm_id == realm_id);
        if let Some(leaf) = kept {
            let newest = self.checkpoint(&leaf.ledger_id).await?;
            // Whoever sets a store back has less.
            if leaf.index.is_some_and(|index| index < newest.size) {
                return Ok(Some((leaf, newest)));
            }
        }
        let Some(row) = store::ledger::leaf(&self.store, realm_id, id).await? else { return Ok(None) };
        let newest = self.newest(&row.ledger_id, &row.checkpoint)?;
        let leaf = Arc::new(Leaf {
            ledger_id: row.ledger_id,
            kind: row.kind,
            octets: row.leaf,
            index: row.position.map(u64::try_from).transpose().map_err(Fault::new)?,
            realm_id: realm_id.to_owned(),
        });
        if leaf.index.is_some() {
            self.placed.insert(id.to_owned(), Arc::clone(&leaf));
        }
        Ok(Some((leaf, newest)))
    }
}
