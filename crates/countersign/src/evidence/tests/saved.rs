//! A log whose files are saved in a folder, as `curl` would from a realm's `/evidence`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ::evidence::bundle::Entry;
use jose::{Algorithm, SigningKey, generate};
use ledger::hash::{Hash, sha256};
use ledger::leaf::{Leaf, commit};
use ledger::record::{
    Asked, Asker, BodyDigest, MessageRecord, MoveRecord, Named, ProfileName, ServiceKeyRecord, ServiceUse, Version,
    write,
};
use ledger::text::{Digest, Octets, UtcTime};
use ledger::tile::{self, Edge, TileId, TilePath};
use ledger::{Checkpoint, Kind, Note, Receipt, Signer};
use serde_json::{Value, json};

use super::network::START;

pub(super) const ORIGIN: &str = "ledger.example/net";

pub(super) struct Saved {
    pub(super) log: Signer,
    /// A key of ML-DSA that signs, too.
    pub(super) beside: Option<Signer>,
    pub(super) witness: Signer,
    edge: Edge,
    tiles: BTreeMap<TileId, Vec<u8>>,
    leaves: Vec<[u8; 58]>,
}

pub(super) fn ed25519() -> SigningKey {
    SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap()
}

pub(super) fn ml_dsa() -> Signer {
    let der = ledger::MlDsaKey::generate().unwrap();
    Signer::ml_dsa(ORIGIN, ledger::MlDsaKey::from_der(&der).unwrap()).unwrap()
}

impl Saved {
    pub(super) fn new() -> Self {
        Self::named(ORIGIN)
    }

    fn named(origin: &str) -> Self {
        Self {
            log: Signer::log(origin, ed25519()).unwrap(),
            beside: None,
            witness: Signer::witness("witness.example", ed25519()).unwrap(),
            edge: Edge::default(),
            tiles: BTreeMap::new(),
            leaves: Vec::new(),
        }
    }

    /// Another tree under the same key, as only its operator can make one.
    pub(super) fn other(&self) -> Self {
        Self { log: self.log.clone(), beside: self.beside.clone(), witness: self.witness.clone(), ..Self::new() }
    }

    pub(super) fn policy(&self) -> String {
        let beside = self.beside.iter().map(|beside| format!("log {}\n", beside.verifier())).collect::<String>();
        format!("log {}\n{beside}witness w {}\nquorum none\n", self.log.verifier(), self.witness.verifier())
    }

    pub(super) fn origin(&self) -> &str {
        self.log.verifier().name()
    }

    /// A log that goes on from the head in this note, and what its `keys` tell of that.
    pub(super) fn go_on(origin: &str, note: &Note, at: u64) -> (Self, Value) {
        let record = MoveRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(at),
            old_origin: note.text.lines().next().unwrap().to_owned(),
            old_checkpoint: note.to_string(),
            reason: "disk lost".to_owned(),
        };
        let (record, salt) = (write(&record).unwrap(), [9; 32]);
        let leaf = Leaf { kind: Kind::Move, at_ms: at, nonce: [8; 16], commitment: commit(&salt, &record) };
        let mut new = Self::named(origin);
        new.append(&leaf);
        let first = json!({"leaf": Octets(leaf.to_bytes().to_vec()), "salt": Digest(salt), "record": Octets(record)});
        (new, json!({"origin": origin, "move": first}))
    }

    /// The same log as it was when it had so many leaves, as restoring an old copy leaves it.
    pub(super) fn as_of(&self, size: usize) -> Self {
        let mut old = self.other();
        for leaf in &self.leaves[..size] {
            old.append(&Leaf::parse(leaf).unwrap());
        }
        old
    }

    /// A receipt for a message, whose leaf may be put into the log or forgotten.
    pub(super) fn receipt(&self, at: u64) -> (Receipt, Leaf) {
        let record = write(&message(at)).unwrap();
        let salt = sha256(&at.to_be_bytes());
        let leaf = Leaf { kind: Kind::Message, at_ms: at, nonce: [7; 16], commitment: commit(&salt, &record) };
        let receipt = Receipt {
            origin: self.origin().to_owned(),
            leaf: Octets(leaf.to_bytes().to_vec()),
            salt: Digest(salt),
            record: Octets(record),
            received_at: UtcTime(at),
            checkpoint: Some(self.note().to_string()),
            max_delay_seconds: 10,
        };
        (receipt, leaf)
    }

    pub(super) fn append(&mut self, leaf: &Leaf) {
        self.tiles.extend(self.edge.append(&[leaf.id()]));
        self.leaves.push(leaf.to_bytes());
    }

    /// Lets another key sign from here on: its entry is the next leaf, under a head of both; what `keys` tells of it.
    pub(super) fn rotate(&mut self, at: u64) -> Value {
        let next = Signer::log(self.origin(), ed25519()).unwrap();
        let told = self.hand_over(at, &next);
        self.log = next;
        told
    }

    /// The same with the key of ML-DSA.
    pub(super) fn rotate_beside(&mut self, at: u64) -> Value {
        let next = ml_dsa();
        let told = self.hand_over(at, &next);
        self.beside = Some(next);
        told
    }

    fn hand_over(&mut self, at: u64, next: &Signer) -> Value {
        let record = ServiceKeyRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(at),
            kid: next.verifier().kid(),
            jwk: next.verifier().jwk(),
            key_use: ServiceUse::Ledger,
            from: UtcTime(at),
        };
        let (record, salt) = (write(&record).unwrap(), [9; 32]);
        let leaf = Leaf { kind: Kind::ServiceKey, at_ms: at, nonce: [8; 16], commitment: commit(&salt, &record) };
        self.append(&leaf);
        let size = self.size();
        let keys = [Some(&self.log), Some(next), self.beside.as_ref()].into_iter().flatten();
        let note = Checkpoint::new(self.origin(), size, self.root()).sign_by(keys, 0).unwrap();
        let inclusion = ledger::tree::inclusion(size - 1, size, |id| self.tiles.get(&id).map(Vec::as_slice)).unwrap();
        let entry = Entry {
            leaf: Octets(leaf.to_bytes().to_vec()),
            salt: Digest(salt),
            record: Octets(record),
            index: size - 1,
            inclusion: inclusion.into_iter().map(Digest).collect(),
        };
        json!({"checkpoint": note.to_string(), "entry": entry})
    }

    /// So many leaves of nobody's, a second after one another.
    pub(super) fn fill(&mut self, count: u64) {
        for n in 0..count {
            let at_ms = START + n * 1000;
            self.append(&Leaf { kind: Kind::Summary, at_ms, nonce: [1; 16], commitment: sha256(&n.to_be_bytes()) });
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.edge.size()
    }

    pub(super) fn root(&self) -> Hash {
        self.edge.root().unwrap()
    }

    pub(super) fn note(&self) -> Note {
        let keys = [Some(&self.log), self.beside.as_ref()].into_iter().flatten();
        Checkpoint::new(self.origin(), self.edge.size(), self.root()).sign_by(keys, 0).unwrap()
    }

    pub(super) fn consistency(&self, old: u64) -> Vec<Hash> {
        ledger::tree::consistency(old, self.size(), |id| self.tiles.get(&id).map(Vec::as_slice)).unwrap()
    }

    /// The head with a line of another key beside, as logs sign by ML-DSA.
    pub(super) fn note_beside(&self, beside: &Signer) -> Note {
        Checkpoint::new(self.origin(), self.edge.size(), self.root())
            .sign_by([&self.log, beside], START / 1000)
            .unwrap()
    }

    /// Writes checkpoint, tiles and entries.
    pub(super) fn save(&self, folder: &Path, note: &Note) {
        let put = |path: String, octets: &[u8]| {
            let place = folder.join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, octets).unwrap();
        };
        put("checkpoint".to_owned(), note.to_string().as_bytes());
        for (id, octets) in &self.tiles {
            let width = id.width(self.size());
            put(format!("tile/{}", TilePath { level: Some(id.level), n: id.n, width }), octets);
        }
        for (n, chunk) in (0..).zip(self.leaves.chunks(usize::from(tile::WIDTH))) {
            let leaves: Vec<&[u8]> = chunk.iter().map(<[u8; 58]>::as_slice).collect();
            let width = u16::try_from(chunk.len()).unwrap();
            put(format!("tile/{}", TilePath { level: None, n, width }), &tile::write_entries(&leaves).unwrap());
        }
    }
}

fn message(at: u64) -> MessageRecord {
    MessageRecord {
        v: Version,
        kind: Asked::Message,
        recorded_at: UtcTime(at),
        participant_role_id: "agent-1".to_owned(),
        participant_id: "agent".to_owned(),
        kid: "a1".to_owned(),
        profile: ProfileName { name: "strict".to_owned(), version: 1, digest: Digest([0; 32]) },
        registry_head: Digest([0; 32]),
        method: "POST".to_owned(),
        target: "/loans".to_owned(),
        target_stated_by: "caller".to_owned(),
        body: BodyDigest { sha256: Digest([0; 32]), length: 1 },
        jws: "e30..AAAA".to_owned(),
        token: None,
        request_id: None,
        trace_id: None,
        verdict: "ok".to_owned(),
        signed: true,
        first: None,
        asked_by: Asker { client_id: "lender".to_owned(), participant_role_id: None },
        seen_at: None,
        answers: None,
    }
}
