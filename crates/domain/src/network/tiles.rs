//! Tiles of ledgers' trees with all their nodes, kept in memory: a proof is then looked up and hashes nothing.
//!
//! Where proofs are of more tiles than are kept, what is kept of a full one is the way from one entry up: it never changes,
//! and takes a sixtieth.

use std::sync::Arc;

use ledger::tile::{Nodes, Tile, TileId, WIDTH, Way};
use ledger::{Hash, tree};
use quick_cache::Equivalent;

use crate::network::sequencer::stored;
use crate::{Core, Fault, Result};

/// Tiles kept in memory, at most; a full one takes 16 KiB.
pub(crate) const TILES: usize = 64;
/// Ways kept in memory, at most; one takes some 400 octets.
pub(crate) const WAYS: usize = 8_000;

/// Octets of a hash.
const HASH: usize = 32;

/// What is kept of a tile: a ledger, the place, and a width or where a way begins.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(crate) struct Part {
    ledger: Box<str>,
    tile: TileId,
    at: u16,
}

/// The same as it is looked for.
#[derive(Clone, Copy, Hash)]
struct Asked<'a> {
    ledger: &'a str,
    tile: TileId,
    at: u16,
}

impl Equivalent<Part> for Asked<'_> {
    fn equivalent(&self, part: &Part) -> bool {
        self.tile == part.tile && self.at == part.at && *self.ledger == *part.ledger
    }
}

impl From<Asked<'_>> for Part {
    fn from(asked: Asked<'_>) -> Self {
        Self { ledger: asked.ledger.into(), tile: asked.tile, at: asked.at }
    }
}

/// A tile that a proof is made from, or what the proof needs of it.
#[derive(Clone, Debug)]
enum Known {
    Tile(Arc<Tile>),
    Way(Arc<Way>),
}

impl Nodes for Known {
    fn node(&self, height: u32, at: usize) -> Option<Hash> {
        match self {
            Self::Tile(tile) => tile.node(height, at),
            Self::Way(way) => way.node(height, at),
        }
    }
}

impl Core {
    /// The hashes that lead from an entry to the root of its ledger's tree of that size, from its sibling up.
    ///
    /// # Errors
    /// When the store can't be read, or has no such entry.
    pub async fn inclusion(&self, ledger_id: &str, index: u64, size: u64) -> Result<Vec<Hash>> {
        let mut known = Vec::new();
        for id in tree::inclusion_tiles(index, size) {
            known.push((id, self.known(ledger_id, id, index, size).await?));
        }
        let find = |id| known.iter().find(|(at, _)| *at == id)?.1.as_ref();
        Ok(tree::inclusion(index, size, find).map_err(Fault::new)?)
    }

    /// The hashes that show a ledger's tree of the old size at the beginning of that of the other.
    ///
    /// # Errors
    /// As [`Core::inclusion`].
    pub async fn consistency(&self, ledger_id: &str, old: u64, size: u64) -> Result<Vec<Hash>> {
        let mut tiles = Vec::new();
        for id in tree::consistency_tiles(old, size) {
            tiles.push((id, self.tile(ledger_id, id, size).await?));
        }
        let find = |id| tiles.iter().find(|(at, _)| *at == id)?.1.as_deref();
        Ok(tree::consistency(old, size, find).map_err(Fault::new)?)
    }

    /// A tile, or of a full one at least the way up from an entry; None where it isn't there.
    async fn known(&self, ledger_id: &str, id: TileId, index: u64, size: u64) -> Result<Option<Known>> {
        let (width, at) = (id.width(size), id.position(index));
        // A full tile is on the entry's way: beside it are only such as are being filled.
        if width < WIDTH {
            return Ok(self.tile(ledger_id, id, size).await?.map(Known::Tile));
        }
        if let Some(kept) = self.tiles.get(&Asked { ledger: ledger_id, tile: id, at: width }) {
            return Ok(Some(Known::Tile(kept)));
        }
        let asked = Asked { ledger: ledger_id, tile: id, at };
        if let Some(kept) = self.ways.get(&asked) {
            return Ok(Some(Known::Way(kept)));
        }
        let tile = self.tile(ledger_id, id, size).await?;
        if let Some(way) = tile.as_ref().and_then(|tile| tile.way(usize::from(at))) {
            self.ways.insert(asked.into(), Arc::new(way));
        }
        Ok(tile.map(Known::Tile))
    }

    /// A tile as it is in a ledger's tree of that size; None where it isn't there.
    async fn tile(&self, ledger_id: &str, id: TileId, size: u64) -> Result<Option<Arc<Tile>>> {
        // A tile of a width never changes.
        let asked = Asked { ledger: ledger_id, tile: id, at: id.width(size) };
        if let Some(kept) = self.tiles.get(&asked) {
            return Ok(Some(kept));
        }
        let found = store::ledger::tiles(&self.store, ledger_id, &[stored(id)]).await?;
        // It may have been widened since.
        let octets = found.first().and_then(|(_, octets)| octets.get(..usize::from(asked.at) * HASH));
        let Some(octets) = octets else { return Ok(None) };
        let tile = Arc::new(Tile::read(octets).map_err(Fault::new)?);
        self.tiles.insert(asked.into(), Arc::clone(&tile));
        Ok(Some(tile))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ledger::hash::leaf_hash;
    use ledger::tile::{Edge, TileId};
    use ledger::tree;
    use store::db::Config;
    use store::ledger::LedgerRow;
    use store::{Batch, KeySource, MasterKey, Store};

    use crate::Core;
    use crate::clock::ManualClock;
    use crate::network::sequencer::stored;
    use crate::ports::NoOutbound;

    const LEDGER: &str = "l";

    #[tokio::test]
    async fn a_proof_is_the_same_whether_its_tiles_are_read_kept_or_only_the_ways_in_them_are() {
        let folder = tempfile::tempdir().unwrap();
        let key = KeySource::Given(MasterKey::generate().unwrap());
        let store = Store::open(&Config::Sqlite { path: folder.path().join("db") }, &key).await.unwrap();
        let leaves: Vec<_> = (0..1000_u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut edge = Edge::default();
        let (tiles, root) = (edge.append(&leaves), edge.root().unwrap());
        let mut batch = Batch::new();
        store::ledger::insert(&mut batch, &ledger());
        for (id, octets) in &tiles {
            let (level, n) = stored(*id);
            store::ledger::put_tile(&mut batch, LEDGER, level, n, octets);
        }
        store.db().commit(batch).await.unwrap();
        let core = Core::new(store, Arc::new(ManualClock::at(0)), Arc::new(NoOutbound)).unwrap();
        for index in [0, 255, 256, 700, 767, 768, 999] {
            let read = core.inclusion(LEDGER, index, 1000).await.unwrap();
            let kept = core.inclusion(LEDGER, index, 1000).await.unwrap();
            core.tiles.clear();
            let by_ways = core.inclusion(LEDGER, index, 1000).await.unwrap();
            assert_eq!((&kept, &by_ways), (&read, &read));
            let leaf = &leaves[usize::try_from(index).unwrap()];
            tree::verify_inclusion(leaf, index, 1000, &root, &by_ways).unwrap();
        }
        let full = |n| TileId { level: 0, n };
        let is_kept = |n| core.tiles.iter().any(|(part, _)| part.tile == full(n));
        assert_eq!((core.ways.len(), [0, 1, 2].map(is_kept)), (5, [false; 3]), "a way needs no tile");
        assert!(core.inclusion(LEDGER, 1000, 1000).await.is_err());
        assert!(core.inclusion("another", 0, 1000).await.is_err());
        let old = core.consistency(LEDGER, 300, 1000).await.unwrap();
        let mut before = Edge::default();
        before.append(&leaves[..300]);
        tree::verify_consistency(300, &before.root().unwrap(), 1000, &root, &old).unwrap();
    }

    fn ledger() -> LedgerRow {
        LedgerRow {
            n: 0,
            id: LEDGER.to_owned(),
            realm_id: "net".to_owned(),
            origin: "ledger.example/net".to_owned(),
            verifier: String::new(),
            size: 0,
            root: Vec::new(),
            checkpoint: String::new(),
            checkpoint_ms: 0,
            epoch: 0,
            closed: false,
        }
    }
}
