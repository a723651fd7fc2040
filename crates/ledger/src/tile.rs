//! Tiles: a tree's nodes in files of 256 hashes, each level of tiles eight levels of nodes [C2SP-tlog-tiles].

use std::fmt;

use crate::hash::{Hash, hash_of, node_hash};
use crate::leaf::LEAF_LEN;
use crate::{Error, Result};

/// Hashes or entries of a full tile.
pub const WIDTH: u16 = 256;
/// Levels of nodes in a tile.
pub(crate) const HEIGHT: u32 = 8;
/// The most levels of tiles that a tree needs.
pub(crate) const LEVELS: u8 = 8;
const HASH_LEN: usize = 32;
/// The highest level that a path may name.
const HIGHEST: u8 = 63;
/// Entry bundles hold leaves here; whoever reads another log's may meet longer ones, up to what two octets count.
const LONGEST_ENTRY: usize = u16::MAX as usize;

/// A tile's place, whatever its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Counted from the leaves' hashes up.
    pub level: u8,
    /// Counted from the left.
    pub n: u64,
}

impl TileId {
    /// How many hashes it has in a tree of that size.
    #[must_use]
    pub fn width(self, size: u64) -> u16 {
        let hashes = size.checked_shr(u32::from(self.level) * HEIGHT).unwrap_or(0);
        let before = self.n.saturating_mul(u64::from(WIDTH));
        u16::try_from(hashes.saturating_sub(before)).unwrap_or(WIDTH).min(WIDTH)
    }

    /// Where in a tile of this level what stands above a leaf, or the leaf itself, is.
    #[must_use]
    pub fn position(self, index: u64) -> u16 {
        let above = index.checked_shr(u32::from(self.level) * HEIGHT).unwrap_or(0);
        u16::try_from(above % u64::from(WIDTH)).unwrap_or(0)
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.level, self.n)
    }
}

/// What a path below `tile/` asks for. Written and read in one spelling: `0/x001/234.p/7`, `entries/000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    /// The level; none for a bundle of entries.
    pub level: Option<u8>,
    /// Counted from the left.
    pub n: u64,
    /// 1 to 256, the last for a full one.
    pub width: u16,
}

impl TilePath {
    /// Reads what follows `tile/`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for everything that [`fmt::Display`] would not have written.
    pub fn parse(path: &str) -> Result<Self> {
        Self::read(path).filter(|read| read.to_string() == path).ok_or(Error::Malformed("path of a tile"))
    }

    fn read(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        let level = match level {
            "entries" => None,
            digits => Some(digits.parse().ok().filter(|level| *level <= HIGHEST)?),
        };
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, width.parse().ok().filter(|w| (1..WIDTH).contains(w))?),
            None => (rest, WIDTH),
        };
        let mut n: u64 = 0;
        for group in groups.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            n = n.checked_mul(1000)?.checked_add(digits.parse().ok().filter(|_| digits.len() == 3)?)?;
        }
        Some(Self { level, n, width })
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            None => formatter.write_str("entries/")?,
            Some(level) => write!(formatter, "{level}/")?,
        }
        let mut groups = vec![format!("{:03}", self.n % 1000)];
        let mut rest = self.n / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        formatter.write_str(&groups.join("/"))?;
        if self.width < WIDTH { write!(formatter, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// Whatever gives the nodes of a tile: its octets, or a [`Tile`] with all of them ready.
pub trait Nodes {
    /// The hash of a node `height` levels above the tile's own hashes, the `at`th of that level within the tile. None where
    /// the tile is too short.
    fn node(&self, height: u32, at: usize) -> Option<Hash>;
}

impl Nodes for [u8] {
    fn node(&self, height: u32, at: usize) -> Option<Hash> {
        let count = 1usize.checked_shl(height)?;
        let start = at.checked_mul(count)?.checked_mul(HASH_LEN)?;
        let octets = self.get(start..start.checked_add(count.checked_mul(HASH_LEN)?)?)?;
        let mut row: Vec<Hash> = octets.chunks_exact(HASH_LEN).filter_map(hash_of).collect();
        while row.len() > 1 {
            row = above(&row);
        }
        row.first().copied()
    }
}

/// A tile with the nodes that follow from it, 16 KiB where it is full: for who proves often from the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// By level, the tile's own hashes first.
    rows: Vec<Vec<Hash>>,
}

impl Tile {
    /// Works out the nodes of a tile's octets, at up to 255 hashes.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no row of 1 to 256 hashes.
    pub fn read(octets: &[u8]) -> Result<Self> {
        let (hashes, rest) = octets.as_chunks::<HASH_LEN>();
        if hashes.is_empty() || hashes.len() > usize::from(WIDTH) || !rest.is_empty() {
            return Err(Error::Malformed("tile"));
        }
        let mut rows = vec![hashes.to_vec()];
        while let Some(row) = rows.last().map(|row| above(row)).filter(|row| !row.is_empty()) {
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// The way up from the `at`th of its hashes; None where the tile isn't full.
    #[must_use]
    pub fn way(&self, at: usize) -> Option<Way> {
        let sibling = |height: u32| self.node(height, (at >> height) ^ 1);
        let mut siblings = [Hash::default(); HEIGHT as usize];
        for (height, hash) in (0..HEIGHT).zip(&mut siblings) {
            *hash = sibling(height)?;
        }
        Some(Way { at, siblings })
    }
}

/// What a full tile tells of one of its hashes: the siblings on the way up, 256 octets. For who proves from more tiles than
/// can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    at: usize,
    /// By level, that of the hash itself first.
    siblings: [Hash; HEIGHT as usize],
}

impl Nodes for Way {
    fn node(&self, height: u32, at: usize) -> Option<Hash> {
        let is_sibling = self.at.checked_shr(height)? ^ 1 == at;
        self.siblings.get(usize::try_from(height).ok()?).filter(|_| is_sibling).copied()
    }
}

impl Nodes for Tile {
    fn node(&self, height: u32, at: usize) -> Option<Hash> {
        self.rows.get(usize::try_from(height).ok()?)?.get(at).copied()
    }
}

/// The nodes above a row; one without a sibling is none's child yet.
fn above(row: &[Hash]) -> Vec<Hash> {
    row.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect()
}

/// The right edge of a tree: the tiles that are not full, of which a log of any size has at most eight.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    size: u64,
    /// By level.
    tiles: [Vec<u8>; LEVELS as usize],
}

/// A tile that was changed, as it is now.
pub type Changed = (TileId, Vec<u8>);

impl Edge {
    /// The tiles that [`Self::load`] needs of a tree of that size.
    #[must_use]
    pub fn tiles(size: u64) -> Vec<TileId> {
        (0..LEVELS)
            .map(|level| TileId { level, n: (size >> (u32::from(level) * HEIGHT)) / u64::from(WIDTH) })
            .filter(|id| id.width(size) > 0)
            .collect()
    }

    /// The edge of a tree of that size. A tile may have been widened since: what is beyond the size is left out.
    ///
    /// # Errors
    /// [`Error::MissingTile`] when one of [`Self::tiles`] isn't there or is too short.
    pub fn load<'t>(size: u64, tile: impl Fn(TileId) -> Option<&'t [u8]>) -> Result<Self> {
        let mut edge = Self { size, ..Self::default() };
        for id in Self::tiles(size) {
            let length = usize::from(id.width(size)) * HASH_LEN;
            let octets = tile(id).and_then(|octets| octets.get(..length));
            let octets = octets.ok_or_else(|| Error::MissingTile(id.to_string()))?;
            if let Some(kept) = edge.tiles.get_mut(usize::from(id.level)) {
                *kept = octets.to_vec();
            }
        }
        Ok(edge)
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The tree's root.
    ///
    /// # Errors
    /// None for an edge that was loaded.
    pub fn root(&self) -> Result<Hash> {
        crate::tree::root(self.size, |id| self.tiles.get(usize::from(id.level)).map(Vec::as_slice))
    }

    /// Puts leaves at the end, and gives the tiles that changed, each once and as it is now.
    pub fn append(&mut self, leaf_hashes: &[Hash]) -> Vec<Changed> {
        let mut full = Vec::new();
        let mut touched = 0;
        for hash in leaf_hashes {
            let mut carried = Some(*hash);
            for (level, tile) in (0..LEVELS).zip(&mut self.tiles) {
                let Some(hash) = carried.take() else { break };
                touched = touched.max(level + 1);
                tile.extend_from_slice(&hash);
                if tile.len() == usize::from(WIDTH) * HASH_LEN {
                    let n = self.size >> (u32::from(level + 1) * HEIGHT);
                    carried = tile.as_slice().node(HEIGHT, 0);
                    full.push((TileId { level, n }, std::mem::take(tile)));
                }
            }
            self.size += 1;
        }
        let partial = Self::tiles(self.size).into_iter().filter(|id| id.level < touched);
        let partial = partial.filter_map(|id| Some((id, self.tiles.get(usize::from(id.level))?.clone())));
        full.extend(partial);
        full
    }
}

/// The octets of a bundle of entries: each with its length in two octets before it.
///
/// # Errors
/// [`Error::TooLong`] for an entry that two octets can't count, or for more than 256.
pub fn write_entries(entries: &[&[u8]]) -> Result<Vec<u8>> {
    if entries.len() > usize::from(WIDTH) {
        return Err(Error::TooLong("bundle of entries"));
    }
    let mut octets = Vec::with_capacity(entries.len() * (LEAF_LEN + 2));
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| Error::TooLong("entry"))?;
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend_from_slice(entry);
    }
    Ok(octets)
}

/// The entries of a bundle.
///
/// # Errors
/// [`Error::Malformed`] when the octets end within an entry, [`Error::TooLong`] for more than 256 entries.
pub fn read_entries(octets: &[u8]) -> Result<Vec<&[u8]>> {
    if octets.len() > usize::from(WIDTH) * (LONGEST_ENTRY + 2) {
        return Err(Error::TooLong("bundle of entries"));
    }
    let mut entries = Vec::new();
    let mut rest = octets;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (entry, after) = after
            .split_at_checked(usize::from(u16::from_be_bytes(*length)))
            .ok_or(Error::Malformed("bundle of entries"))?;
        entries.push(entry);
        rest = after;
    }
    match (rest.is_empty(), entries.len() <= usize::from(WIDTH)) {
        (true, true) => Ok(entries),
        (true, false) => Err(Error::TooLong("bundle of entries")),
        (false, _) => Err(Error::Malformed("bundle of entries")),
    }
}

#[cfg(test)]
mod tests {
    use super::{TileId, TilePath, read_entries, write_entries};

    /// The example of the specification, section "Merkle tree".
    #[test]
    fn paths_are_groups_of_three_digits() {
        let path = TilePath { level: Some(0), n: 1_234_067, width: 256 };
        assert_eq!(path.to_string(), "0/x001/x234/067");
        assert_eq!(TilePath::parse("0/x001/x234/067"), Ok(path));
        let partial = TilePath { level: None, n: 0, width: 255 };
        assert_eq!(partial.to_string(), "entries/000.p/255");
        assert_eq!(TilePath::parse("entries/000.p/255"), Ok(partial));
    }

    #[test]
    fn only_the_canonical_path_is_read() {
        let odd = "0/0 0/00 0/0000 0/x000/001 0/001/002 0/x001 00/000 +1/000 64/000 0/000.p/0 0/000.p/256 0/000.p/07 \
                   0/000/ /000 entries 0/000.p/ 0/000.p 0/x018/x446/x744/x073/x709/x551/616 0/+01 Entries/000";
        for path in odd.split(' ') {
            assert!(TilePath::parse(path).is_err(), "{path}");
        }
        let last = TilePath { level: Some(7), n: u64::MAX, width: 1 };
        assert_eq!(TilePath::parse(&last.to_string()), Ok(last));
    }

    #[test]
    fn a_tile_is_as_wide_as_its_tree_makes_it() {
        let width = |level, n, size| TileId { level, n }.width(size);
        assert_eq!((width(0, 0, 0), width(0, 0, 255), width(0, 0, 256), width(0, 1, 256)), (0, 255, 256, 0));
        assert_eq!((width(1, 0, 255), width(1, 0, 256), width(1, 0, 65_536), width(2, 0, 65_536)), (0, 1, 256, 1));
        assert_eq!(width(63, u64::MAX, u64::MAX), 0);
    }

    #[test]
    fn entries_are_read_as_they_were_written() {
        let octets = write_entries(&[b"one", b"", b"three"]).unwrap();
        assert_eq!(octets, b"\0\x03one\0\0\0\x05three");
        assert_eq!(read_entries(&octets).unwrap(), [b"one".as_slice(), b"", b"three"]);
        assert!(read_entries(&octets[..octets.len() - 1]).is_err());
        assert!(read_entries(b"\0").is_err());
        assert!(read_entries(&[0; 257 * 2]).is_err());
    }
}
