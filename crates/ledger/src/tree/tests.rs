//! Roots and proofs against a tree that is written down as RFC 6962 defines it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    consistency, consistency_tiles, inclusion, inclusion_tiles, root, root_tiles, verify_consistency, verify_inclusion,
};
use crate::hash::{Hash, empty_root, leaf_hash, node_hash};
use crate::tile::{Edge, Nodes, Tile, TileId, WIDTH};

type Tiles = BTreeMap<TileId, Vec<u8>>;

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// The definition: a tree of more than one leaf divides at the largest power of two below its size.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&naive(left), &naive(right))
        }
    }
}

/// Appends in batches of that many, loading the edge anew each time, as a sequencer does.
fn grown(leaves: &[Hash], batch: usize) -> Tiles {
    let mut tiles = Tiles::new();
    let mut size = 0;
    for hashes in leaves.chunks(batch) {
        let mut edge = Edge::load(size, |id| tiles.get(&id).map(Vec::as_slice)).unwrap();
        let changed = edge.append(hashes);
        size = edge.size();
        assert!(changed.iter().all(|(id, octets)| octets.len() == 32 * usize::from(id.width(size))));
        tiles.extend(changed);
    }
    tiles
}

fn only<'t>(tiles: &'t Tiles, planned: &[TileId]) -> impl Fn(TileId) -> Option<&'t [u8]> {
    move |id| tiles.get(&id).filter(|_| planned.contains(&id)).map(Vec::as_slice)
}

fn holds(leaves: &[Hash], tiles: &Tiles, index: u64, size: u64) {
    let head = naive(&leaves[..size as usize]);
    assert_eq!(root(size, only(tiles, &root_tiles(size))), Ok(head));
    let proof = inclusion(index, size, only(tiles, &inclusion_tiles(index, size))).unwrap();
    let kept: BTreeMap<TileId, Tile> =
        inclusion_tiles(index, size).into_iter().map(|id| (id, Tile::read(&tiles[&id]).unwrap())).collect();
    assert_eq!(inclusion(index, size, |id| kept.get(&id)), Ok(proof.clone()), "nodes that are kept are the same");
    let ways: BTreeMap<TileId, Box<dyn Nodes>> =
        kept.into_iter().map(|(id, tile)| (id, least(id, tile, index, size))).collect();
    let proof_by_ways = inclusion(index, size, |id| ways.get(&id).map(|nodes| &**nodes));
    assert_eq!(proof_by_ways, Ok(proof.clone()), "of a full tile the way up from the leaf is enough");
    let leaf = &leaves[index as usize];
    assert_eq!(verify_inclusion(leaf, index, size, &head, &proof), Ok(()), "{index} of {size}");
    assert!(verify_inclusion(leaf, index ^ 1, size, &head, &proof).is_err() || size == 1);
    assert!(verify_inclusion(&head, index, size, &head, &proof).is_err() || size == 1);
    for at in 0..proof.len() {
        let mut other = proof.clone();
        other[at][31] ^= 1;
        assert!(verify_inclusion(leaf, index, size, &head, &other).is_err());
    }
    assert!(verify_inclusion(leaf, index, size, &head, &[proof, vec![head]].concat()).is_err());
}

/// Of a tile that is full in the tree of that size the way up from a leaf, of others all.
fn least(id: TileId, tile: Tile, index: u64, size: u64) -> Box<dyn Nodes> {
    match id.width(size) {
        WIDTH => Box::new(tile.way(usize::from(id.position(index))).unwrap()),
        _ => Box::new(tile),
    }
}

fn consistent(leaves: &[Hash], tiles: &Tiles, old: u64, size: u64) {
    let (before, head) = (naive(&leaves[..old as usize]), naive(&leaves[..size as usize]));
    let proof = consistency(old, size, only(tiles, &consistency_tiles(old, size))).unwrap();
    assert_eq!(verify_consistency(old, &before, size, &head, &proof), Ok(()), "{old} in {size}");
    assert!(verify_consistency(old, &leaf_hash(b"other"), size, &head, &proof).is_err());
    assert!(verify_consistency(old, &before, size, &leaf_hash(b"other"), &proof).is_err() || old == 0);
    for at in 0..proof.len() {
        let mut other = proof.clone();
        other[at][0] ^= 1;
        assert!(verify_consistency(old, &before, size, &head, &other).is_err());
    }
    assert!(verify_consistency(old, &before, size, &head, &[proof, vec![head]].concat()).is_err());
}

/// The roots of RFC 6962's reference implementation, `merkletree/merkle_tree_test.cc`: none, and one empty leaf.
#[test]
fn the_smallest_trees_have_their_published_roots() {
    let hex = |hash: Hash| hash.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    assert_eq!(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hex(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

#[test]
fn every_proof_of_a_small_tree_holds() {
    let leaves = leaves(20);
    let tiles = grown(&leaves, 3);
    for size in 0..=20 {
        (0..size).for_each(|index| holds(&leaves, &tiles, index, size));
        (0..=size).for_each(|old| consistent(&leaves, &tiles, old, size));
    }
}

#[test]
fn proofs_hold_where_tiles_become_full() {
    let leaves = leaves(65_537);
    let tiles = grown(&leaves, 1000);
    let sizes = [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537];
    for size in sizes {
        for index in [0, 1, 254, 255, 256, 257, size / 2, size - 1].into_iter().filter(|index| *index < size) {
            holds(&leaves, &tiles, index, size);
        }
        for old in sizes.into_iter().chain([0]).filter(|old| *old <= size) {
            consistent(&leaves, &tiles, old, size);
        }
    }
}

#[test]
fn what_is_not_in_the_tree_has_no_proof() {
    let hash = leaf_hash(b"x");
    assert!(inclusion(1, 1, |_| None::<&Tile>).is_err());
    assert!(inclusion(0, 2, |_| None::<&Tile>).is_err());
    assert!(inclusion(0, 2, |_| Some([0; 32].as_slice())).is_err());
    assert!(consistency(2, 1, |_| None::<&Tile>).is_err());
    assert!(Tile::read(&[]).is_err() && Tile::read(&[0; 33]).is_err() && Tile::read(&[0; 257 * 32]).is_err());
    assert!(verify_inclusion(&hash, 0, 0, &hash, &[]).is_err());
    assert!(verify_inclusion(&hash, u64::MAX, u64::MAX, &hash, &[hash; 64]).is_err());
    assert!(verify_inclusion(&hash, u64::MAX - 1, u64::MAX, &hash, &[hash; 63]).is_err());
    assert!(verify_consistency(2, &hash, 1, &hash, &[]).is_err());
    assert!(verify_consistency(1 << 63, &hash, u64::MAX, &hash, &[hash; 63]).is_err());
    assert!(verify_consistency(0, &hash, 5, &hash, &[]).is_err());
    assert!(verify_consistency(0, &empty_root(), 0, &hash, &[]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tiles_do_not_depend_on_the_batches(size in 1u64..1400, batch in 1usize..700, seed in any::<(u64, u64)>()) {
        let leaves = leaves(size);
        let tiles = grown(&leaves, batch);
        let at_once = grown(&leaves, leaves.len());
        prop_assert!(at_once.iter().all(|(id, octets)| tiles.get(id) == Some(octets)));
        holds(&leaves, &tiles, seed.0 % size, size);
        consistent(&leaves, &tiles, seed.1 % (size + 1), size);
    }
}
