//! The realm: its state, its address, and what a test can do to it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use jose::{Algorithm, Curve, SigningKey, generate};
use ledger::tile::TileId;
use ledger::{Hash, Signer, tree};
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
    pub(super) log: Signer,
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
    pub(super) fn consistency(&self, from: u64, to: u64) -> String {
        let tile = self.leaves.concat();
        let hashes = tree::consistency(from, to, |id| (id == FIRST_TILE).then_some(tile.as_slice())).unwrap();
        hashes.iter().map(|hash| format!("{}\n", jose::b64::encode_standard(hash))).collect()
    }
}

const FIRST_TILE: TileId = TileId { level: 0, n: 0 };

impl Realm {
    pub async fn start(participants: &[&Participant]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let key = SigningKey::from_der(Algorithm::ES256, &generate::ec(Curve::P256).unwrap()).unwrap();
        let log = SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap();
        let participants = participants.iter().map(|one| (one.id.clone(), (*one).clone())).collect();
        let realm = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            key: key.with_kid("realm-key"),
            log: Signer::log("log.example/network", log).unwrap(),
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
        self.0.log.verifier().clone()
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
