//! A log as anyone can read it, by its checkpoint and tiles [C2SP-tlog-tiles]: served under a URL, or saved in a folder.
//!
//! Nothing that is read here is believed: hashes count only when they lead to the root of a checkpoint that was signed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ::evidence::told::Told;
use ledger::hash::leaf_hash;
use ledger::text::UtcTime;
use ledger::tile::{self, Edge, TileId, TilePath};
use ledger::{Checkpoint, Hash, Leaf, Note, Policy, note, tree};
use serde_json::Value;
use url::Url;

use super::Unread;
use super::following::Lines;
use super::http::Http;
use crate::commands::Failure;

/// A log, wherever it is read from.
#[derive(Debug, Clone)]
pub(super) enum Tiled {
    /// By HTTP: a realm's `/evidence`, or any log of that form.
    Served {
        /// With a slash at its end.
        base: Url,
        http: Http,
        /// Of several that are served there, the one of this origin; without it the one that is open.
        origin: Option<String>,
    },
    /// From files with the names that the paths have.
    Saved(PathBuf),
}

/// A head of the log.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) note: Note,
    pub(super) checkpoint: Checkpoint,
    /// The head from which on its key signs, where that followed on one of the trust's: it must go on from that.
    pub(super) since: Option<Checkpoint>,
}

/// What a look at every leaf found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scan {
    /// Where the leaf is.
    pub(super) index: Option<u64>,
    /// The time of the newest of the leaves before it, in milliseconds.
    pub(super) before_ms: u64,
    /// The time of the newest leaf, in milliseconds.
    pub(super) newest_ms: u64,
}

/// Octets of the longest answer about a log's keys.
const LONGEST_KEYS: usize = 4 * 1024 * 1024;
/// Octets of the longest answer about an entry.
const LONGEST_ENTRY: usize = 256 * 1024;
/// Octets of the longest tile or bundle of entries.
const LONGEST_TILE: usize = tile::WIDTH as usize * 1024;

impl Head {
    /// Reads a note as a checkpoint, whoever signed it.
    pub(super) fn read(note: &[u8]) -> Result<Self, Failure> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        Ok(Self { note, checkpoint, since: None })
    }

    /// When a witness of this policy last cosigned it, in seconds since 1970.
    pub(super) fn newest_cosignature(&self, policy: &Policy) -> Option<u64> {
        self.cosignatures(policy).iter().filter_map(|line| line.time).max()
    }

    /// Whether its witnesses are enough for this policy, which may ask for none.
    pub(super) fn is_met(&self, policy: &Policy) -> bool {
        policy.is_met(&self.cosignatures(policy))
    }

    /// Whether a quorum of this policy's witnesses cosigned it. A policy that asks for none has nobody who would have.
    pub(super) fn is_cosigned(&self, policy: &Policy) -> bool {
        !policy.is_met(&[]) && policy.is_met(&self.cosignatures(policy))
    }

    fn cosignatures<'p>(&self, policy: &'p Policy) -> Vec<note::Verified<'p>> {
        self.note.verify(policy.witnesses.iter().map(|witness| &witness.key)).unwrap_or_default()
    }
}

impl Tiled {
    /// The log under this URL or in this folder.
    pub(super) fn open(place: &str, authorities: &[PathBuf]) -> Result<Self, Failure> {
        if place.starts_with("https://") || place.starts_with("http://") {
            let base = Url::parse(&format!("{}/", place.trim_end_matches('/')))
                .map_err(|cause| format!("{place} is no URL: {cause}"))?;
            return Ok(Self::Served { base, http: Http::new(authorities)?, origin: None });
        }
        match Path::new(place).is_dir() {
            true => Ok(Self::Saved(PathBuf::from(place))),
            false => Err(format!("{place} is neither an http URL nor a folder with a saved ledger").into()),
        }
    }

    /// The log of this origin at the same place. In a folder there is but one.
    pub(super) fn of(&self, origin: &str) -> Self {
        match self {
            Self::Served { base, http, .. } => {
                Self::Served { base: base.clone(), http: http.clone(), origin: Some(origin.to_owned()) }
            }
            Self::Saved(folder) => Self::Saved(folder.clone()),
        }
    }

    /// The newest head, signed as the policy wants, or by a key that followed on those of the policy.
    pub(super) async fn head(&self, policy: Option<&Policy>) -> Result<Head, Failure> {
        let octets = self.read("checkpoint", note::LONGEST).await?;
        let octets = octets.ok_or_else(|| Unread(format!("{self} has no checkpoint")))?;
        let head = Head::read(&octets).map_err(|why| Unread(format!("the checkpoint of {self}: {why}")))?;
        self.trusted(head, policy, Lines::Each).await
    }

    /// Whether the tree of the old head is the beginning of the new one's.
    pub(super) async fn goes_on(&self, old: &Checkpoint, new: &Checkpoint) -> Result<bool, Failure> {
        if old.size > new.size {
            return Ok(false);
        }
        Ok(self.consistency(old, new, new).await?.is_some())
    }

    /// The hashes that show the tree of the old head at the beginning of the new one's, which is no smaller; None where they
    /// don't. They are in tiles as wide as a head makes them that is no older: those of before may not be there any more.
    pub(super) async fn consistency(
        &self,
        old: &Checkpoint,
        new: &Checkpoint,
        widest: &Checkpoint,
    ) -> Result<Option<Vec<Hash>>, Failure> {
        let tiles = self.tiles(tree::consistency_tiles(old.size, new.size), widest).await?;
        let proof = tree::consistency(old.size, new.size, |id| tiles.get(&id).map(Vec::as_slice))?;
        let is_shown = tree::verify_consistency(old.size, &old.root, new.size, &new.root, &proof).is_ok();
        Ok(is_shown.then_some(proof))
    }

    /// Whether the leaf with this hash is at that index under the head.
    pub(super) async fn includes(&self, leaf: &Hash, index: u64, head: &Checkpoint) -> Result<bool, Failure> {
        Ok(self.inclusion(leaf, index, head, head).await?.is_some())
    }

    /// The hashes that lead from a leaf at that index to the head's root, in tiles as those of consistency; None where they
    /// don't.
    pub(super) async fn inclusion(
        &self,
        leaf: &Hash,
        index: u64,
        head: &Checkpoint,
        widest: &Checkpoint,
    ) -> Result<Option<Vec<Hash>>, Failure> {
        let tiles = self.tiles(tree::inclusion_tiles(index, head.size), widest).await?;
        let proof = tree::inclusion(index, head.size, |id| tiles.get(&id).map(Vec::as_slice))?;
        let is_shown = tree::verify_inclusion(leaf, index, head.size, &head.root, &proof).is_ok();
        Ok(is_shown.then_some(proof))
    }

    /// Where the log says that a leaf is; None where it doesn't say, which means nothing yet.
    pub(super) async fn told_index(&self, leaf: &Hash) -> Result<Option<u64>, Failure> {
        Ok(self.told_entry(&jose::b64::encode(leaf)).await?.and_then(|told| told.get("index")?.as_u64()))
    }

    /// What the log says of an entry.
    pub(super) async fn told_entry(&self, id: &str) -> Result<Option<Value>, Failure> {
        let answer = self.read(&format!("entries/{id}"), LONGEST_ENTRY).await?;
        Ok(answer.and_then(|octets| serde_json::from_slice(&octets).ok()))
    }

    /// Looks for a leaf among all under a head.
    pub(super) async fn scan(&self, leaf: &Hash, head: &Checkpoint) -> Result<Scan, Failure> {
        let mut found = Scan { index: None, before_ms: 0, newest_ms: 0 };
        let look = |index, hash: &Hash, entry: &[u8]| {
            if hash == leaf && found.index.is_none() {
                found.index = Some(index);
                found.before_ms = found.newest_ms;
            }
            found.newest_ms = Leaf::parse(entry).map_or(0, |leaf| leaf.at_ms).max(found.newest_ms);
        };
        self.each(head, look).await?;
        Ok(found)
    }

    /// Looks at every leaf under a head, with its index and hash, and that together they make its root.
    pub(super) async fn each(&self, head: &Checkpoint, mut look: impl FnMut(u64, &Hash, &[u8])) -> Result<(), Failure> {
        let mut edge = Edge::default();
        while edge.size() < head.size {
            let id = TileId { level: 0, n: edge.size() / u64::from(tile::WIDTH) };
            let octets = self.tile(None, id, head).await?;
            let entries = tile::read_entries(&octets)?;
            let entries = entries.get(..usize::from(id.width(head.size))).ok_or_else(|| self.lacks(None, id))?;
            let hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
            for (index, (hash, entry)) in (edge.size()..).zip(hashes.iter().zip(entries)) {
                look(index, hash, entry);
            }
            edge.append(&hashes);
        }
        match edge.root()? == head.root {
            true => Ok(()),
            false => Err(format!("the leaves that {self} shows are not those of its checkpoint").into()),
        }
    }

    /// Leaves before an index, as far as they are in the bundle of the one before it: with their indexes and times, and as
    /// little believed as all that is read.
    pub(super) async fn bundle_before(
        &self,
        index: u64,
        head: &Checkpoint,
    ) -> Result<Vec<(u64, Vec<u8>, UtcTime)>, Failure> {
        let Some(before) = index.checked_sub(1) else { return Ok(Vec::new()) };
        let id = TileId { level: 0, n: before / u64::from(tile::WIDTH) };
        let octets = self.tile(None, id, head).await?;
        let indexes = id.n * u64::from(tile::WIDTH)..index;
        let leaf =
            |(index, entry): (u64, &&[u8])| Some((index, entry.to_vec(), UtcTime(Leaf::parse(entry).ok()?.at_ms)));
        Ok(indexes.zip(&tile::read_entries(&octets)?).filter_map(leaf).collect())
    }

    /// A file or answer by its path, up to so many octets; None where there is none.
    pub(super) async fn read(&self, path: &str, most: usize) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Served { base, http, origin } => {
                let mut url = base.join(path)?;
                if let Some(origin) = origin {
                    url.query_pairs_mut().append_pair("origin", origin);
                }
                http.get(url, None, most).await
            }
            Self::Saved(folder) => {
                let place = folder.join(path);
                if place.exists() { super::read(&place, most).map(Some) } else { Ok(None) }
            }
        }
    }

    /// What it says of its keys and heads. What is not there, or can't be read, says nothing.
    pub(super) async fn told(&self) -> Result<Told, Failure> {
        let octets = self.read("keys", LONGEST_KEYS).await?;
        Ok(octets.and_then(|octets| Told::parse(&octets).ok()).unwrap_or_default())
    }

    async fn tiles(&self, ids: Vec<TileId>, head: &Checkpoint) -> Result<BTreeMap<TileId, Vec<u8>>, Failure> {
        let mut tiles = BTreeMap::new();
        for id in ids {
            tiles.insert(id, self.tile(Some(id.level), id, head).await?);
        }
        Ok(tiles)
    }

    /// A tile or bundle of entries as wide as the tree makes it; the full one where that was saved later.
    async fn tile(&self, level: Option<u8>, id: TileId, head: &Checkpoint) -> Result<Vec<u8>, Failure> {
        // By its name: whichever log is open may be another one since its head was read.
        let log = self.of(&head.origin);
        let path = |width| format!("tile/{}", TilePath { level, n: id.n, width });
        let width = id.width(head.size);
        if let Some(octets) = log.read(&path(width), LONGEST_TILE).await? {
            return Ok(octets);
        }
        let full = match width {
            tile::WIDTH => None,
            _ => log.read(&path(tile::WIDTH), LONGEST_TILE).await?,
        };
        full.ok_or_else(|| self.lacks(level, id))
    }

    fn lacks(&self, level: Option<u8>, id: TileId) -> Failure {
        let path = TilePath { level, n: id.n, width: tile::WIDTH };
        format!("{self} lacks tile/{path}, or a part of it").into()
    }
}

impl std::fmt::Display for Tiled {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Served { base, origin: None, .. } => write!(formatter, "{base}"),
            Self::Served { base, origin: Some(origin), .. } => write!(formatter, "{origin} at {base}"),
            Self::Saved(folder) => write!(formatter, "{}", folder.display()),
        }
    }
}
