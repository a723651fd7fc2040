//! Bodies that were named, found by their digests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ::evidence::bundle;
use ledger::Hash;
use ledger::hash::sha256;
use ledger::record::MessageRecord;
use ledger::text::Octets;

use crate::commands::Failure;
use crate::evidence::{Unread, read};

/// Files that were named, and what is in folders of them. The folders' files are read only when it is known what is wanted:
/// there may be a year of them.
pub(super) struct Bodies {
    named: Vec<(PathBuf, Octets)>,
    in_folders: Vec<PathBuf>,
}

impl Bodies {
    /// Reads each file, and what there is in each folder.
    ///
    /// # Errors
    /// [`Unread`].
    pub(super) fn read(places: &[PathBuf]) -> Result<Self, Failure> {
        let (mut named, mut in_folders) = (Vec::new(), Vec::new());
        for place in places {
            match place.is_dir() {
                true => in_folders.extend(files(place)?),
                false => named.push((place.clone(), Octets(read(place, bundle::LONGEST)?))),
            }
        }
        Ok(Self { named, in_folders })
    }

    /// Those that one of these records tells of.
    ///
    /// # Errors
    /// A sentence, where a file that was named is none of them.
    pub(super) fn of<'r>(&self, records: impl Iterator<Item = &'r MessageRecord>) -> Result<Vec<Octets>, Failure> {
        let wanted: BTreeSet<Hash> = records.map(|record| record.body.sha256.0).collect();
        let is_wanted = |body: &[u8]| wanted.contains(&sha256(body));
        if let Some((place, _)) = self.named.iter().find(|(_, body)| !is_wanted(&body.0)) {
            let place = place.display();
            return Err(format!("{place} is the body of none of these messages: no octet may differ").into());
        }
        let mut found: Vec<Octets> = self.named.iter().map(|(_, body)| body.clone()).collect();
        let others = self.in_folders.iter().filter_map(|place| read(place, bundle::LONGEST).ok());
        found.extend(others.filter(|body| is_wanted(body)).map(Octets));
        Ok(found)
    }
}

/// The files of a folder, by their names.
///
/// # Errors
/// [`Unread`].
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |why| Unread(format!("{} cannot be read: {why}", folder.display()));
    let mut places = Vec::new();
    for file in fs::read_dir(folder).map_err(cannot)? {
        let place = file.map_err(cannot)?.path();
        if place.is_file() {
            places.push(place);
        }
    }
    places.sort();
    Ok(places)
}
