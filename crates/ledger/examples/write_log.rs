//! Writes a log of some hundred entries into a folder, for clients of other logs to be tried on: tiles, checkpoints with a
//! witness's line and one of ML-DSA-44, and proofs: `cargo run -p ledger --example write_log -- FOLDER`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "only tests run this")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use jose::b64::encode_standard;
use jose::{Algorithm, SigningKey, generate};
use ledger::hash::{Hash, leaf_hash};
use ledger::tile::{Edge, TileId, TilePath, WIDTH, write_entries};
use ledger::{Checkpoint, MlDsaKey, Proof, Signer, tree};

const ORIGIN: &str = "log.example/realms/network";
const SIZES: [u64; 8] = [1, 2, 3, 255, 256, 257, 512, 700];

fn key() -> SigningKey {
    SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap()
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    let log = Signer::log(ORIGIN, key()).unwrap();
    let witness = Signer::witness("witness.example", key()).unwrap();
    let beside = Signer::ml_dsa(ORIGIN, MlDsaKey::from_der(&MlDsaKey::generate().unwrap()).unwrap()).unwrap();
    let write = |path: &str, octets: &[u8]| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, octets).unwrap();
    };
    write("log.vkey", log.verifier().to_string().as_bytes());
    write("witness.vkey", witness.verifier().to_string().as_bytes());
    write("beside.vkey", beside.verifier().to_string().as_bytes());
    let entries: Vec<Vec<u8>> = (0..700).map(|n| format!("entry {n}").into_bytes()).collect();
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let (mut edge, mut tiles) = (Edge::default(), BTreeMap::<TileId, Vec<u8>>::new());
    let mut before = 0;
    for size in SIZES {
        for (id, octets) in edge.append(&leaves[before as usize..size as usize]) {
            let path = TilePath { level: Some(id.level), n: id.n, width: id.width(size) };
            write(&format!("tile/{path}"), &octets);
            tiles.insert(id, octets);
        }
        let tile = |id: TileId| tiles.get(&id).map(Vec::as_slice);
        let mut note = Checkpoint::new(ORIGIN, size, edge.root().unwrap()).sign(&log).unwrap();
        let cosigned = [&witness, &beside].map(|signer| signer.sign(&note.text, 1_800_000_000 + size).unwrap());
        note.lines.extend(cosigned);
        write(&format!("checkpoint.{size}"), note.to_string().as_bytes());
        let proof = tree::consistency(before, size, tile).unwrap();
        let lines: String = proof.iter().map(|hash| encode_standard(hash) + "\n").collect();
        write(&format!("consistency.{before}.{size}"), lines.as_bytes());
        for index in [0, size / 2, size - 1] {
            let hashes = tree::inclusion(index, size, tile).unwrap();
            let proof = Proof { extra: None, index, hashes, checkpoint: note.clone() };
            write(&format!("proof.{index}.{size}"), proof.to_string().as_bytes());
        }
        before = size;
    }
    for (n, bundle) in entries.chunks(usize::from(WIDTH)).enumerate() {
        let path = TilePath { level: None, n: n as u64, width: u16::try_from(bundle.len()).unwrap() };
        let bundle: Vec<&[u8]> = bundle.iter().map(Vec::as_slice).collect();
        write(&format!("tile/{path}"), &write_entries(&bundle).unwrap());
    }
}
