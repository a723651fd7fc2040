//! What outsiders have of the network: a log's public files, and receipts.

use std::fs;
use std::path::Path;

use ledger::Receipt;
use ledger::tile::{TilePath, WIDTH, write_entries};

use super::{Checkpoint, Digest, Network, ORIGIN, Octets, UtcTime};

impl Network {
    /// Writes checkpoint, tiles and entries as a realm serves them; the checkpoint is of the log alone, over all leaves.
    pub fn save(&self, folder: &Path) {
        let put = |path: String, octets: &[u8]| {
            let place = folder.join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, octets).unwrap();
        };
        let size = self.edge.size();
        let keys = [Some(&self.log), self.beside.as_ref()].into_iter().flatten();
        let note = Checkpoint::new(ORIGIN, size, self.edge.root().unwrap()).sign_by(keys, 0).unwrap();
        put("checkpoint".to_owned(), note.to_string().as_bytes());
        for (id, octets) in &self.tiles {
            put(format!("tile/{}", TilePath { level: Some(id.level), n: id.n, width: id.width(size) }), octets);
        }
        let leaves: Vec<[u8; 58]> = self.entries.iter().map(|(leaf, ..)| leaf.to_bytes()).collect();
        for (n, chunk) in (0..).zip(leaves.chunks(usize::from(WIDTH))) {
            let chunk: Vec<&[u8]> = chunk.iter().map(<[u8; 58]>::as_slice).collect();
            let path = TilePath { level: None, n, width: chunk.len() as u16 };
            put(format!("tile/{path}"), &write_entries(&chunk).unwrap());
        }
    }

    /// The newest head that the witness cosigned.
    pub fn cosigned(&self) -> String {
        self.heads.last().unwrap().1.to_string()
    }

    /// The receipt of an entry.
    pub fn receipt(&self, index: u64) -> Receipt {
        let (leaf, salt, record) = &self.entries[index as usize];
        Receipt {
            origin: ORIGIN.to_owned(),
            leaf: Octets(leaf.to_bytes().to_vec()),
            salt: Digest(*salt),
            record: Octets(record.clone()),
            received_at: UtcTime(leaf.at_ms),
            checkpoint: None,
            max_delay_seconds: 10,
        }
    }

    /// The receipts of a role's changes.
    pub fn receipts_of(&self, role: &str) -> Vec<Receipt> {
        self.chains[role].iter().map(|index| self.receipt(*index)).collect()
    }
}
