//! The realm: its state, its address, and what a test can do to it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use jose::{Algorithm, Curve, SigningKey, generate};
use ledger::leaf::commit;
use ledger::record::{MoveRecord, Named, ServiceKeyRecord, ServiceUse, Version, write};
use ledger::text::{Digest, Octets, UtcTime};
use ledger::tile::TileId;
use ledger::{Checkpoint, Hash, Kind, Leaf, Note, Signer, tree};
use receiver::{Settings, Signer as Signs};
use serde_json::{Value, json};

use super::participant::Participant;
use super::replies;

/// A realm that answers until its test ends.
#[derive(Clone)]
pub struct Realm(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) address: SocketAddr,
    pub(super) key: SigningKey,
    pub(super) log: Mutex<Signer>,
    pub(super) state: Mutex<State>,
}

/// What a test may change.
#[derive(Default)]
pub struct State {
    pub participants: HashMap<String, Participant>,
    /// Everything is answered with 503.
    pub away: bool,
    /// This many calls of `/signing/verify` are lost after the work was done.
    pub lost_answers: usize,
    /// Replies are signed by somebody else.
    pub forged: bool,
    /// Replies carry no signature.
    pub unsigned: bool,
    /// The record of a receipt is about another body.
    pub wrong_record: bool,
    /// Reports get verdicts as of messages that came just now.
    pub forgets_reports: bool,
    /// The log's leaves, by their hashes; at most 256.
    pub leaves: Vec<Hash>,
    /// The leaves of the log that was left for this one, and its name.
    pub left: (String, Vec<Hash>),
    /// The entry by which this one goes on from that.
    pub first: Value,
    /// What is answered in the place of a proof.
    pub no_proof: Option<String>,
    /// How keys of the log took over.
    pub handovers: Vec<Value>,
    /// Whether the realm refuses repetition where the profile lets it choose.
    pub refuses_replays: bool,
    /// So many times the role changes between the reading of it and of its keys.
    pub changes: usize,
    /// The client has no right to have messages verified.
    pub reports_refused: bool,
    /// What was reported.
    pub reports: Vec<Value>,
    /// Paths that were asked for.
    pub asked: Vec<String>,
    /// What was recorded: signing digest, by receiver.
    pub(super) recorded: Vec<Vec<u8>>,
    /// Idempotency keys with their answers.
    pub(super) answered: HashMap<String, Value>,
    /// Tokens live for this many seconds.
    pub token_seconds: i64,
    /// Milliseconds since 1970, if not the machine's.
    pub now_ms: Option<i64>,
}

impl State {
    /// The log's size and root.
    pub(super) fn head(&self) -> (u64, Hash) {
        let (size, tile) = (u64::try_from(self.leaves.len()).unwrap(), self.leaves.concat());
        (size, tree::root(size, |id| (id == FIRST_TILE).then_some(tile.as_slice())).unwrap())
    }

    /// A proof of consistency, a hash a line.
    pub(super) fn consistency(&self, from: u64, to: u64, origin: &str) -> String {
        let is_left = self.left.0 == origin;
        let tile = if is_left { self.left.1.concat() } else { self.leaves.concat() };
        let hashes = tree::consistency(from, to, |id| (id == FIRST_TILE).then_some(tile.as_slice())).unwrap();
        hashes.iter().map(|hash| format!("{}\n", jose::b64::encode_standard(hash))).collect()
    }
}

const FIRST_TILE: TileId = TileId { level: 0, n: 0 };

fn signer(name: &str) -> Signer {
    let key = SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap();
    Signer::log(name, key).unwrap()
}

impl Realm {
    pub async fn start(participants: &[&Participant]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let key = SigningKey::from_der(Algorithm::ES256, &generate::ec(Curve::P256).unwrap()).unwrap();
        let participants = participants.iter().map(|one| (one.id.clone(), (*one).clone())).collect();
        let realm = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            key: key.with_kid("realm-key"),
            log: Mutex::new(signer("log.example/network")),
            state: Mutex::new(State { participants, token_seconds: 300, refuses_replays: true, ..State::default() }),
        }));
        let router: Router = replies::router(realm.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        realm
    }

    pub fn url(&self) -> String {
        format!("http://{}/realms/network", self.0.address)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    pub fn now_ms(&self) -> i64 {
        self.state().now_ms.unwrap_or_else(|| receiver::clock::system_clock()())
    }

    pub fn log_key(&self) -> ledger::VerifierKey {
        self.log().verifier().clone()
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Signer> {
        self.0.log.lock().unwrap()
    }

    /// The newest head of the log, signed.
    pub(super) fn checkpoint(&self, (size, root): (u64, Hash)) -> Note {
        let log = self.log();
        Checkpoint::new(log.verifier().name(), size, root).sign(&log).unwrap()
    }

    /// Another log is at this address from now on, with no leaf.
    pub fn another_log(&self, name: &str) {
        *self.log() = signer(name);
        let mut state = self.state();
        (state.leaves, state.handovers, state.first) = (Vec::new(), Vec::new(), Value::Null);
    }

    /// The log is left for another that says so in its first entry.
    pub fn leave_log_for(&self, name: &str) {
        let (old, head) = (self.log_key().name().to_owned(), self.state().head());
        let record = MoveRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(5),
            old_origin: old.clone(),
            old_checkpoint: self.checkpoint(head).to_string(),
            reason: "a test".to_owned(),
        };
        let (record, salt) = (write(&record).unwrap(), [9; 32]);
        let leaf = Leaf { kind: Kind::Move, at_ms: 5, nonce: [8; 16], commitment: commit(&salt, &record) };
        let leaves = std::mem::take(&mut self.state().leaves);
        self.another_log(name);
        let mut state = self.state();
        state.left = (old, leaves);
        state.leaves.push(leaf.id());
        state.first = json!({
            "leaf": Octets(leaf.to_bytes().to_vec()), "salt": Digest(salt), "record": Octets(record),
        });
    }

    /// The private key that signs the log.
    pub fn take_log_key(&self) -> Signer {
        self.log().clone()
    }

    /// Has a key sign the log that nobody handed it over to.
    pub fn put_log_key(&self, key: Signer) {
        *self.log() = key;
    }

    /// Lets another key sign the log, by an entry under a head of both unless `is_shown` says otherwise.
    pub fn rotate_log(&self, is_shown: bool) {
        self.rotate_log_to(self.next_log_key(), is_shown);
    }

    /// A key that may take the log over.
    pub fn next_log_key(&self) -> Signer {
        signer(self.log_key().name())
    }

    /// The same with a key that is there already.
    pub fn rotate_log_to(&self, next: Signer, is_shown: bool) {
        let old = self.log_key();
        let record = ServiceKeyRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(5),
            kid: next.verifier().kid(),
            jwk: next.verifier().jwk(),
            key_use: ServiceUse::Ledger,
            from: UtcTime(5),
        };
        let (record, salt) = (write(&record).unwrap(), [9; 32]);
        let leaf = Leaf { kind: Kind::ServiceKey, at_ms: 5, nonce: [8; 16], commitment: commit(&salt, &record) };
        let mut state = self.state();
        state.leaves.push(leaf.id());
        let (size, root) = state.head();
        let head = Checkpoint::new(old.name(), size, root);
        let note = if is_shown { head.sign_by([&*self.log(), &next], 5) } else { head.sign(&next) }.unwrap();
        let tile = state.leaves.concat();
        let inclusion = tree::inclusion(size - 1, size, |id| (id == FIRST_TILE).then_some(tile.as_slice())).unwrap();
        let inclusion: Vec<Digest> = inclusion.into_iter().map(Digest).collect();
        let entry = json!({
            "leaf": Octets(leaf.to_bytes().to_vec()), "salt": Digest(salt), "record": Octets(record),
            "index": size - 1, "inclusion": inclusion,
        });
        state.handovers.push(json!({"checkpoint": note.to_string(), "entry": entry}));
        *self.log() = next;
    }

    pub fn change(&self, id: &str, change: impl FnOnce(&mut Participant)) {
        change(self.state().participants.get_mut(id).unwrap());
    }

    /// Makes the log longer, or takes back its end.
    pub fn bring_log_to(&self, size: usize) {
        self.state().leaves.resize(size, [9; 32]);
    }

    pub fn log_size(&self) -> usize {
        self.state().leaves.len()
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.state().asked.iter().filter(|asked| asked.ends_with(path)).count()
    }

    /// Settings of a participant's receiver.
    pub fn settings(&self, own: &Participant) -> Settings {
        let realm = self.clone();
        Settings {
            signer: Some(Signs::new(own.key.clone(), own.profile.clone())),
            logs: vec![self.log_key()],
            clock: Arc::new(move || realm.now_ms()),
            ..Settings::new(&self.url(), &own.id, &own.origin(), &own.client_id(), &own.secret())
        }
    }

    /// An access token of a participant; `change` makes it another one.
    pub fn token(&self, of: &Participant, change: impl FnOnce(&mut Value)) -> String {
        let now = self.now_ms() / 1000;
        let seconds = self.state().token_seconds;
        let mut claims = json!({
            "iss": self.url(), "typ": "Bearer", "iat": now, "exp": now + seconds, "azp": of.client_id(),
            "participantId": format!("{}-organisation", of.id), "participantRoleId": of.id,
        });
        change(&mut claims);
        self.sign_token(Some("JWT"), &claims)
    }

    pub fn sign_token(&self, typ: Option<&str>, claims: &Value) -> String {
        let header = jose::jws::header(&self.0.key, typ);
        jose::jws::encode(&header, claims.to_string().as_bytes(), &self.0.key).unwrap()
    }
}
