//! Evidence judged, receipts checked, ledgers watched and witnessed, on files and over sockets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

mod assembling;
mod bundles;
mod left;
mod moved;
mod receipts;
mod saved;
mod served;
mod watching;
mod withheld;
mod witnessing;

#[path = "../../../../evidence/tests/network/mod.rs"]
mod network;

use std::fs;
use std::path::PathBuf;

/// A folder that is gone after the test.
struct Desk(PathBuf);

impl Desk {
    fn new() -> Self {
        let place = std::env::temp_dir().join(format!("countersign-evidence-{}", domain::ids::uuid().unwrap()));
        fs::create_dir_all(&place).unwrap();
        Self(place)
    }

    fn file(&self, name: &str, octets: impl AsRef<[u8]>) -> PathBuf {
        let place = self.0.join(name);
        fs::write(&place, octets).unwrap();
        place
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
