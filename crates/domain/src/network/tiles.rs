//! Tiles of ledgers' trees with all their nodes, kept in memory: a proof is then looked up and hashes nothing.

use std::sync::Arc;

use ledger::tile::{Tile, TileId};

use crate::network::sequencer::stored;
use crate::{Core, Fault, Result};

/// Tiles kept in memory, at most; a full one takes 16 KiB.
pub(crate) const TILES: usize = 128;

/// Tiles that a proof is made from.
#[derive(Clone, Debug, Default)]
pub struct Tiles(Vec<(TileId, Arc<Tile>)>);

impl Tiles {
    /// The tile of that place.
    pub fn get(&self, id: TileId) -> Option<&Tile> {
        self.0.iter().find(|(at, _)| *at == id).map(|(_, tile)| &**tile)
    }
}

impl Core {
    /// Tiles as they are in a ledger's tree of that size; those that aren't there are left out.
    ///
    /// # Errors
    /// When the store can't be read, or a tile of it is none.
    pub async fn tiles(&self, ledger_id: &str, size: u64, ids: &[TileId]) -> Result<Tiles> {
        // A tile of a width never changes.
        let key = |id: TileId| (ledger_id.to_owned(), id, id.width(size));
        let mut found = Vec::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            match self.tiles.get(&key(*id)) {
                Some(kept) => found.push((*id, kept)),
                None => missing.push(*id),
            }
        }
        let wanted: Vec<(i64, i64)> = missing.iter().copied().map(stored).collect();
        for (at, octets) in store::ledger::tiles(&self.store, ledger_id, &wanted).await? {
            let Some(id) = missing.iter().copied().find(|id| stored(*id) == at) else { continue };
            // It may have been widened since.
            let Some(octets) = octets.get(..usize::from(id.width(size)) * HASH) else { continue };
            let tile = Arc::new(Tile::read(octets).map_err(Fault::new)?);
            self.tiles.insert(key(id), Arc::clone(&tile));
            found.push((id, tile));
        }
        Ok(Tiles(found))
    }
}

/// Octets of a hash.
const HASH: usize = 32;
