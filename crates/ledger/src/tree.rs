//! Roots and proofs of a Merkle tree [RFC6962-2.1], made from tiles and checked without them.
//!
//! Each proof is planned first, as stretches of leaves whose roots it consists of. From that plan follow the tiles to fetch,
//! all at once, and then the proof. Tiles may be given as octets or, where they are kept, as [`crate::tile::Tile`].

use crate::hash::{Hash, empty_root, node_hash};
use crate::tile::{HEIGHT, LEVELS, Nodes, TileId};
use crate::{Error, Result};

/// The most hashes of an inclusion proof, and one more than the most of a consistency proof.
pub const LONGEST_PROOF: usize = 64;

/// The leaves from `start` on, before `end`; `start` is where the subtree that holds them begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    start: u64,
    end: u64,
}

/// A full subtree: the `index`th node of `level`, counted from the leaves' hashes.
#[derive(Clone, Copy)]
struct Node {
    level: u32,
    index: u64,
}

impl Node {
    fn tile(self) -> TileId {
        let within = self.level % HEIGHT;
        let level = u8::try_from(self.level / HEIGHT).unwrap_or(LEVELS);
        TileId { level, n: self.index >> (HEIGHT - within) }
    }

    fn hash<'t, T: Nodes + ?Sized + 't>(self, tile: &impl Fn(TileId) -> Option<&'t T>) -> Result<Hash> {
        let id = self.tile();
        let within = self.level % HEIGHT;
        let at = usize::try_from(self.index % (1 << (HEIGHT - within))).unwrap_or(usize::MAX);
        tile(id).and_then(|nodes| nodes.node(within, at)).ok_or_else(|| Error::MissingTile(id.to_string()))
    }
}

impl Stretch {
    /// The full subtrees it consists of, right to left and ever larger.
    fn nodes(self) -> impl Iterator<Item = Node> {
        let (mut end, mut rest) = (self.end, self.end.saturating_sub(self.start));
        std::iter::from_fn(move || {
            let level = (rest > 0).then(|| rest.trailing_zeros())?;
            end -= 1 << level;
            rest -= 1 << level;
            Some(Node { level, index: end >> level })
        })
    }

    fn root<'t, T: Nodes + ?Sized + 't>(self, tile: &impl Fn(TileId) -> Option<&'t T>) -> Result<Hash> {
        let mut nodes = self.nodes();
        let Some(last) = nodes.next() else { return Ok(empty_root()) };
        nodes.try_fold(last.hash(tile)?, |right, left| Ok(node_hash(&left.hash(tile)?, &right)))
    }
}

/// Where a subtree of at least two leaves divides: at the largest power of two below its length.
fn half(length: u64) -> u64 {
    1 << (u64::BITS - 1 - length.saturating_sub(1).leading_zeros())
}

fn inclusion_plan(index: u64, size: u64) -> Vec<Stretch> {
    let (mut start, mut end) = (0, size);
    let mut plan = Vec::new();
    while index < size && end - start > 1 {
        let middle = start + half(end - start);
        if index < middle {
            plan.push(Stretch { start: middle, end });
            end = middle;
        } else {
            plan.push(Stretch { start, end: middle });
            start = middle;
        }
    }
    plan.reverse();
    plan
}

fn consistency_plan(old: u64, size: u64) -> Vec<Stretch> {
    let (mut start, mut end) = (0, size);
    let mut plan = Vec::new();
    if old == 0 || old >= size {
        return plan;
    }
    while old < end {
        let middle = start + half(end - start);
        if old <= middle {
            plan.push(Stretch { start: middle, end });
            end = middle;
        } else {
            plan.push(Stretch { start, end: middle });
            start = middle;
        }
    }
    // The old tree's own root is known to whoever has the old head.
    if start > 0 {
        plan.push(Stretch { start, end });
    }
    plan.reverse();
    plan
}

fn tiles_of(plan: &[Stretch]) -> Vec<TileId> {
    let mut tiles: Vec<TileId> = plan.iter().flat_map(|stretch| stretch.nodes()).map(Node::tile).collect();
    tiles.sort_unstable();
    tiles.dedup();
    tiles
}

/// The tiles that [`root`] needs.
#[must_use]
pub fn root_tiles(size: u64) -> Vec<TileId> {
    tiles_of(&[Stretch { start: 0, end: size }])
}

/// The root of the tree of that size.
///
/// # Errors
/// [`Error::MissingTile`].
pub fn root<'t, T: Nodes + ?Sized + 't>(size: u64, tile: impl Fn(TileId) -> Option<&'t T>) -> Result<Hash> {
    Stretch { start: 0, end: size }.root(&tile)
}

/// The tiles that [`inclusion`] needs. A tile may be wider than that size made it.
#[must_use]
pub fn inclusion_tiles(index: u64, size: u64) -> Vec<TileId> {
    tiles_of(&inclusion_plan(index, size))
}

/// The hashes that lead from a leaf to the root of the tree of that size, from its sibling up [RFC6962-2.1.1].
///
/// # Errors
/// [`Error::Proof`] when the tree has no such leaf, [`Error::MissingTile`].
pub fn inclusion<'t, T: Nodes + ?Sized + 't>(
    index: u64,
    size: u64,
    tile: impl Fn(TileId) -> Option<&'t T>,
) -> Result<Vec<Hash>> {
    if index >= size {
        return Err(Error::Proof("inclusion"));
    }
    inclusion_plan(index, size).into_iter().map(|stretch| stretch.root(&tile)).collect()
}

/// The tiles that [`consistency`] needs.
#[must_use]
pub fn consistency_tiles(old: u64, size: u64) -> Vec<TileId> {
    tiles_of(&consistency_plan(old, size))
}

/// The hashes that show the tree of the old size at the beginning of the other [RFC6962-2.1.2]. None are needed where
/// the old tree is empty, or the same.
///
/// # Errors
/// [`Error::Proof`] when the old tree is the larger, [`Error::MissingTile`].
pub fn consistency<'t, T: Nodes + ?Sized + 't>(
    old: u64,
    size: u64,
    tile: impl Fn(TileId) -> Option<&'t T>,
) -> Result<Vec<Hash>> {
    if old > size {
        return Err(Error::Proof("consistency"));
    }
    consistency_plan(old, size).into_iter().map(|stretch| stretch.root(&tile)).collect()
}

/// Whether a leaf is at that index of the tree with this size and root.
///
/// # Errors
/// [`Error::Proof`].
pub fn verify_inclusion(leaf_hash: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> Result<()> {
    let wrong = Error::Proof("inclusion");
    // One proof has one meaning: a longer or shorter one is as wrong as a false one.
    if index >= size || proof.len() != inclusion_plan(index, size).len() {
        return Err(wrong);
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf_hash;
    for sibling in proof {
        if at % 2 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            // A node without a right sibling moves up unchanged until it is one.
            let up = at.trailing_zeros().min(u64::BITS - 1);
            (at, last) = (at >> up, last >> up);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if hash == *root { Ok(()) } else { Err(wrong) }
}

/// How many hashes a proof has that the tree of the old size is the beginning of the other: with another number it is none,
/// whatever they are.
#[must_use]
pub fn consistency_length(old: u64, size: u64) -> usize {
    consistency_plan(old, size).len()
}

/// Whether the tree with the old size and root is the beginning of the other.
///
/// # Errors
/// [`Error::Proof`].
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> Result<()> {
    let wrong = Error::Proof("consistency");
    if old > size || proof.len() != consistency_length(old, size) {
        return Err(wrong);
    }
    if old == 0 {
        return if *old_root == empty_root() && (size > 0 || old_root == root) { Ok(()) } else { Err(wrong) };
    }
    if old == size {
        return if old_root == root { Ok(()) } else { Err(wrong) };
    }
    let (mut at, mut last) = (old - 1, size - 1);
    let up = at.trailing_ones();
    (at, last) = (at.checked_shr(up).unwrap_or(0), last.checked_shr(up).unwrap_or(0));
    let mut hashes = proof.iter();
    let first = if old.is_power_of_two() { old_root } else { hashes.next().ok_or_else(|| wrong.clone())? };
    let (mut from_old, mut from_new) = (*first, *first);
    for hash in hashes {
        if at % 2 == 1 || at == last {
            from_old = node_hash(hash, &from_old);
            from_new = node_hash(hash, &from_new);
            let up = at.trailing_zeros().min(u64::BITS - 1);
            (at, last) = (at >> up, last >> up);
        } else {
            from_new = node_hash(&from_new, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if from_old == *old_root && from_new == *root { Ok(()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests;
