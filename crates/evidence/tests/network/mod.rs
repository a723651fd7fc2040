//! A small network in memory: a log with its witness, and roles that send messages. Salts, nonces and times are made
//! by counting; keys are new each time.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "only tests and their example use this")]

mod kept;

use std::collections::BTreeMap;

use evidence::bundle::{Bundle, Claim, Entry, Head, Message, Token};
use jose::{Algorithm, SigningKey, generate};
use ledger::hash::{Hash, leaf_hash, sha256};
use ledger::leaf::{Kind, Leaf, commit};
use ledger::record::{
    Asked, Asker, BodyDigest, MessageRecord, Named, ProfileName, RangeRecord, Record as _, ServiceKeyRecord,
    ServiceUse, TimeForm, TimeRecord, TokenDigest, Version, write,
};
use ledger::text::{Digest, Octets, UtcTime};
use ledger::tile::{Edge, TileId};
use ledger::{Checkpoint, Note, Signer, tree};
use registry::{Actor, Change, Moment, Record, Role, Settings, Status, Word, participant, record, voucher};
use signing::profile::Rule;
use signing::{Profile, Receiver, Signing};

pub const ORIGIN: &str = "id.example/realms/network";
/// The beginning of 2026, in milliseconds.
pub const START: u64 = 1_767_225_600_000;
/// A moment after all that happens here.
pub const LATER: UtcTime = UtcTime(START + 86_400_000);

pub struct Network {
    pub log: Signer,
    pub witness: Signer,
    /// The log's second key, of ML-DSA.
    pub beside: Option<Signer>,
    /// The one that takes over from it with the next head.
    pub next_beside: Option<Signer>,
    /// The key that takes over at the next head.
    pub next: Option<Signer>,
    pub now: u64,
    edge: Edge,
    tiles: BTreeMap<TileId, Vec<u8>>,
    entries: Vec<(Leaf, Hash, Vec<u8>)>,
    heads: Vec<(u64, Note)>,
    chains: BTreeMap<String, Vec<u64>>,
    ranges: BTreeMap<String, Vec<u64>>,
    messages: Vec<(u64, Vec<u8>)>,
    times: Vec<u64>,
    /// Signing profiles beside those that every network has.
    pub profiles: Vec<Profile>,
}

pub fn ml_dsa() -> Signer {
    let der = ledger::MlDsaKey::generate().unwrap();
    Signer::ml_dsa(ORIGIN, ledger::MlDsaKey::from_der(&der).unwrap()).unwrap()
}

pub fn ed25519() -> SigningKey {
    SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap()
}

pub fn rs256(kid: &str) -> SigningKey {
    SigningKey::from_der(Algorithm::RS256, &generate::rsa(2048).unwrap()).unwrap().with_kid(kid)
}

pub fn es256(kid: &str) -> SigningKey {
    SigningKey::from_der(Algorithm::ES256, &generate::ec(jose::Curve::P256).unwrap()).unwrap().with_kid(kid)
}

/// What a message is.
#[derive(Clone, Copy)]
pub struct Sent<'s> {
    pub role: &'s str,
    pub key: &'s SigningKey,
    pub profile: &'s str,
    pub method: &'s str,
    pub target: &'s str,
    pub body: &'s [u8],
    pub receiver: &'s str,
}

impl Network {
    pub fn new() -> Self {
        Self {
            log: Signer::log(ORIGIN, ed25519()).unwrap(),
            witness: Signer::witness("witness.example", ed25519()).unwrap(),
            beside: None,
            next_beside: None,
            next: None,
            now: START,
            edge: Edge::default(),
            tiles: BTreeMap::new(),
            entries: Vec::new(),
            heads: Vec::new(),
            chains: BTreeMap::new(),
            ranges: BTreeMap::new(),
            messages: Vec::new(),
            times: Vec::new(),
            profiles: Vec::new(),
        }
    }

    pub fn append(&mut self, kind: Kind, record: Vec<u8>) -> u64 {
        let index = self.entries.len() as u64;
        let salt = sha256(format!("salt {index}").as_bytes());
        let nonce: [u8; 16] = sha256(format!("nonce {index}").as_bytes())[..16].try_into().unwrap();
        let leaf = Leaf { kind, at_ms: self.now, nonce, commitment: commit(&salt, &record) };
        self.tiles.extend(self.edge.append(&[leaf.id()]));
        self.entries.push((leaf, salt, record));
        self.now += 1000;
        index
    }

    pub fn change(&mut self, role: &str, change: Change) -> u64 {
        let chain = self.chains.entry(role.to_owned()).or_default().clone();
        let prev = chain.last().map(|index| record::digest(&self.entries[*index as usize].2));
        let actor = Actor { realm: "network".to_owned(), client_id: "registrar".to_owned(), user_id: None };
        let record = Record {
            v: 1,
            kind: record::Kind::Registry,
            subject: role.to_owned(),
            seq: chain.len() as u64 + 1,
            recorded_at: Moment::from_ms(self.now as i64),
            actor,
            change,
            prev,
        };
        let index = self.append(Kind::Registry, record.to_bytes());
        self.chains.get_mut(role).unwrap().push(index);
        index
    }

    /// A role that is approved and has this key on the operator's word.
    pub fn join(&mut self, role: &str, profile: &str, key: &SigningKey) {
        let settings = Settings {
            participant_role: "LENDER".to_owned(),
            client_id: format!("{role}-client"),
            base_url: Some(format!("https://{role}.example/api")),
            profile: profile.to_owned(),
            ..Settings::default()
        };
        self.change(role, Change::RoleApplied { participant_id: format!("{role}-org"), role: settings });
        self.change(role, Change::StatusChanged { status: Status::Approved, reason: None });
        self.add_key(role, key, Word::Operator);
    }

    pub fn add_key(&mut self, role: &str, key: &SigningKey, word: Word) -> u64 {
        let jwk = key.public_jwk().unwrap().to_value();
        let (kid, valid_from) = (key.kid().to_owned(), Moment::from_ms(self.now as i64));
        self.change(role, Change::KeyAdded { kid, jwk, valid_from, valid_until: None, proof: None, word })
    }

    pub fn vouched(&self, role: &str, by: &SigningKey, key: &SigningKey) -> Word {
        let jws = voucher::make(by, role, &key.public_jwk().unwrap().thumbprint()).unwrap();
        Word::PreviousKey { kid: by.kid().to_owned(), jws }
    }

    pub fn role(&self, role: &str) -> Role {
        let chain = self.chains[role].iter().map(|index| self.entries[*index as usize].2.as_slice());
        Role::fold(chain).unwrap().unwrap()
    }

    /// A signing profile of this network.
    pub fn profile(&self, name: &str) -> &Profile {
        self.profiles.iter().find(|own| own.name == name).unwrap_or_else(|| Profile::find(name).unwrap())
    }

    /// Signs a message and has it judged and recorded.
    pub fn send(&mut self, sent: &Sent<'_>) -> u64 {
        let record = self.record_of(sent, self.profile(sent.profile), self.signature(sent));
        self.record(&record, sent.body)
    }

    /// A message's signature.
    pub fn signature(&self, sent: &Sent<'_>) -> String {
        let origin = format!("https://{}.example", sent.receiver);
        let profile = self.profile(sent.profile);
        let message =
            signing::Message { headers: &[], method: sent.method, target: sent.target, body: sent.body, answers: None };
        let signing = Signing {
            profile,
            key: sent.key,
            now: (self.now / 1000) as i64,
            unique: "once",
            receiver: Some(Receiver { id: sent.receiver, origin: &origin }),
            issuer: None,
            anchor: None,
        };
        signing::sign(&signing, &message).unwrap()
    }

    pub fn record_of(&self, sent: &Sent<'_>, profile: &Profile, jws: String) -> MessageRecord {
        let role = self.role(sent.role);
        MessageRecord {
            v: Version,
            kind: Asked::Message,
            recorded_at: UtcTime(self.now),
            participant_role_id: sent.role.to_owned(),
            participant_id: role.participant_id,
            kid: sent.key.kid().to_owned(),
            profile: ProfileName {
                name: profile.name.clone(),
                version: profile.version,
                digest: Digest(profile.digest().try_into().unwrap()),
            },
            registry_head: Digest(jose::b64::decode(role.head.digest, "digest").unwrap().try_into().unwrap()),
            method: sent.method.to_owned(),
            target: sent.target.to_owned(),
            target_stated_by: if profile.signs(Rule::Address) { "signature" } else { "caller" }.to_owned(),
            body: BodyDigest { sha256: Digest(sha256(sent.body)), length: sent.body.len() as u64 },
            jws,
            token: None,
            request_id: (!sent.body.is_empty()).then(|| "r-1".to_owned()),
            trace_id: None,
            verdict: "ok".to_owned(),
            signed: true,
            first: None,
            asked_by: Asker {
                client_id: format!("{}-client", sent.receiver),
                participant_role_id: Some(sent.receiver.to_owned()),
            },
            seen_at: None,
            answers: None,
        }
    }

    pub fn record(&mut self, record: &MessageRecord, body: &[u8]) -> u64 {
        self.record_under(record.kind(), record, body)
    }

    /// Enters a record under a leaf that may be of another kind.
    pub fn record_under(&mut self, kind: Kind, record: &MessageRecord, body: &[u8]) -> u64 {
        let index = self.append(kind, write(record).unwrap());
        self.messages.push((index, body.to_vec()));
        index
    }

    /// Signs the head, has it cosigned, and puts that time into the log.
    pub fn checkpoint(&mut self) {
        let checkpoint = Checkpoint::new(ORIGIN, self.edge.size(), self.edge.root().unwrap());
        let keys = [Some(&self.log), self.next.as_ref(), self.beside.as_ref(), self.next_beside.as_ref()];
        let mut note = checkpoint.sign_by(keys.into_iter().flatten(), self.now / 1000).unwrap();
        if let Some(next) = self.next.take() {
            self.log = next;
        }
        if let Some(next) = self.next_beside.take() {
            self.beside = Some(next);
        }
        let line = self.witness.sign(&note.text, self.now / 1000).unwrap();
        note.lines.push(line.clone());
        self.heads.push((checkpoint.size, note.clone()));
        let token = Octets(line.to_string().into_bytes());
        let record = TimeRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(self.now),
            checkpoint: note.to_string(),
            form: TimeForm::Cosignature,
            token,
        };
        let index = self.append(Kind::Time, write(&record).unwrap());
        self.times.push(index);
    }

    /// Says which leaves were the role's since the last time.
    pub fn range(&mut self, role: &str) {
        let before = self.ranges.entry(role.to_owned()).or_default().last().copied();
        let before = before.map(|index| &self.entries[index as usize].2);
        let prev = before.map(|octets| Digest(sha256(octets)));
        let from = before.map_or(0, |octets| ledger::record::parse::<RangeRecord>(octets).unwrap().to);
        let to = self.edge.size();
        let of_messages = self.messages.iter().map(|(index, _)| *index).filter(|index| {
            let record: MessageRecord = ledger::record::parse(&self.entries[*index as usize].2).unwrap();
            record.participant_role_id == role
        });
        let mut indexes: Vec<u64> = of_messages.chain(self.chains[role].iter().copied()).collect();
        indexes.sort_unstable();
        let leaves = indexes.iter().filter(|index| (from..to).contains(index));
        let leaves = leaves.map(|index| Digest(self.entries[*index as usize].0.id())).collect();
        let record = RangeRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(self.now),
            participant_role_id: role.to_owned(),
            from,
            to,
            leaves,
            prev,
        };
        let index = self.append(Kind::Range, write(&record).unwrap());
        self.ranges.get_mut(role).unwrap().push(index);
    }

    /// Entries of a chain that are under the newest head.
    pub fn chain(&self, of: &str) -> Vec<Entry> {
        let size = self.heads.last().unwrap().0;
        self.chains[of].iter().filter(|index| **index < size).map(|index| self.entry(*index)).collect()
    }

    /// A key of the realm that signs tokens.
    pub fn service_key(&mut self, key: &SigningKey, key_use: ServiceUse) -> u64 {
        let record = ServiceKeyRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(self.now),
            kid: key.kid().to_owned(),
            jwk: key.public_jwk().unwrap().to_value(),
            key_use,
            from: UtcTime(self.now),
        };
        self.append(Kind::ServiceKey, write(&record).unwrap())
    }

    /// A leaf's id.
    pub fn id(&self, index: u64) -> Digest {
        Digest(self.entries[index as usize].0.id())
    }

    /// Enters a key that is to sign the log; gives it, and the index of its entry.
    pub fn rotate(&mut self) -> (Signer, u64) {
        self.enter_key(Signer::log(ORIGIN, ed25519()).unwrap())
    }

    /// The same with a key of ML-DSA.
    pub fn rotate_beside(&mut self) -> (Signer, u64) {
        self.enter_key(ml_dsa())
    }

    fn enter_key(&mut self, next: Signer) -> (Signer, u64) {
        let (kid, jwk) = (next.verifier().kid(), next.verifier().jwk());
        let (recorded_at, from) = (UtcTime(self.now), UtcTime(self.now));
        let key_use = ServiceUse::Ledger;
        let record = ServiceKeyRecord { v: Version, kind: Named, recorded_at, kid, jwk, key_use, from };
        let index = self.append(Kind::ServiceKey, write(&record).unwrap());
        (next, index)
    }

    fn tile(&self, id: TileId) -> Option<&[u8]> {
        self.tiles.get(&id).map(Vec::as_slice)
    }

    pub fn entry(&self, index: u64) -> Entry {
        let (leaf, salt, record) = &self.entries[index as usize];
        let size = self.heads.last().unwrap().0;
        let inclusion = tree::inclusion(index, size, |id| self.tile(id)).unwrap().into_iter().map(Digest).collect();
        let leaf = Octets(leaf.to_bytes().to_vec());
        Entry { leaf, salt: Digest(*salt), record: Octets(record.clone()), index, inclusion }
    }

    /// Definitions of the profiles of these messages.
    fn profiles(&self, messages: &[u64]) -> Vec<Octets> {
        let records = messages
            .iter()
            .map(|index| serde_json::from_slice::<MessageRecord>(&self.entries[*index as usize].2).unwrap());
        let mut names: Vec<String> = records.map(|record| record.profile.name).collect();
        names.sort_unstable();
        names.dedup();
        names.iter().map(|name| written(self.profile(name))).collect()
    }

    /// A bundle of these messages under all heads, with the chains of these roles.
    pub fn bundle(&self, claim: Claim, messages: &[u64], roles: &[&str]) -> Bundle {
        let size = self.heads.last().unwrap().0;
        let mut old = 0;
        let heads = self.heads.iter().map(|(size, note)| {
            let proof = tree::consistency(old, *size, |id| self.tile(id)).unwrap();
            old = *size;
            let consistency = proof.into_iter().map(Digest).collect();
            Head { note: note.to_string(), consistency, timestamps: Vec::new() }
        });
        let chosen = self.messages.iter().filter(|(index, _)| messages.contains(index));
        let proved = |indexes: &[u64]| -> Vec<Entry> {
            indexes.iter().filter(|index| **index < size).map(|index| self.entry(*index)).collect()
        };
        let ranges = match &claim {
            Claim::Range { participant_role_id, .. } => proved(&self.ranges[participant_role_id]),
            _ => Vec::new(),
        };
        Bundle {
            origin: ORIGIN.to_owned(),
            checkpoints: heads.collect(),
            messages: chosen
                .map(|(index, body)| Message {
                    entry: self.entry(*index),
                    body: Some(Octets(body.clone())),
                    headers: Vec::new(),
                })
                .collect(),
            chains: roles.iter().map(|role| proved(&self.chains[*role])).collect(),
            participants: Vec::new(),
            profiles: self.profiles(messages),
            service_keys: Vec::new(),
            tokens: Vec::new(),
            times: proved(&self.times),
            ranges,
            claim,
        }
    }

    /// A policy that trusts this log and its witness, and keys on these words.
    pub fn policy(&self, lines: &str) -> String {
        format!("log {}\nwitness w {}\nquorum w\n{lines}", self.log.verifier(), self.witness.verifier())
    }

    pub fn pin(&self, role: &str, key: &SigningKey) -> String {
        let thumbprint = key.public_jwk().unwrap().thumbprint();
        format!("#countersign pin {role} {} {thumbprint}\n", key.kid())
    }
}

/// A profile's definition, for readers that have none of their own.
fn written(profile: &Profile) -> Octets {
    Octets(serde_json::to_vec(profile).unwrap())
}

/// A token and what a record says of it: its two signed parts, its signature, its digests.
pub fn token(key: &SigningKey) -> (String, Octets, TokenDigest) {
    let text = jose::jws::encode(&jose::jws::header(key, Some("JWT")), br#"{"jti":"t-1"}"#, key).unwrap();
    let (signing_input, signature) = text.rsplit_once('.').unwrap();
    let digest = |text: &str| Digest(sha256(text.as_bytes()));
    let named = TokenDigest { jti: "t-1".to_owned(), sha256: digest(&text), payload_sha256: digest(signing_input) };
    (signing_input.to_owned(), Octets(jose::b64::decode(signature, "signature").unwrap()), named)
}

/// A message with a token, of an organisation that says who it is, in a bundle that shows both; and the policy's text.
pub fn with_token(key_use: ServiceUse) -> (Bundle, String) {
    let (mut network, key, realm) = (Network::new(), es256("k"), es256("realm"));
    let participant_name = "Agent Ltd".to_owned();
    let participant = participant::Statement { participant_name, ..participant::Statement::default() };
    network.change("agent-1-org", Change::ParticipantStated { participant });
    network.join("agent-1", "strict", &key);
    let realm_key = network.service_key(&realm, key_use);
    let (signing_input, signature, named) = token(&realm);
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let sent = Sent { role: "agent-1", key: &key, profile: "strict", method, target, body, receiver };
    let header = jose::detached::header(&key, jose::detached::Payload::Unencoded, None);
    let jws = jose::detached::sign(&header, body, &key).unwrap();
    let mut record = network.record_of(&sent, Profile::find("strict").unwrap(), jws);
    record.token = Some(named);
    let index = network.record(&record, body);
    network.checkpoint();
    let mut bundle = network.bundle(Claim::Messages, &[index], &["agent-1"]);
    bundle.participants = vec![network.chain("agent-1-org")];
    bundle.service_keys = vec![network.entry(realm_key)];
    bundle.tokens = vec![Token { signing_input, signature: Some(signature) }];
    (bundle, network.policy(&network.pin("agent-1", &key)))
}

/// A leaf hash that is nobody's.
pub fn foreign() -> Hash {
    leaf_hash(b"foreign")
}

pub const ASK: &[u8] = br#"{"metadata": {"requestId": "r-1"}, "amount": 10.50}"#;
pub const ANSWER: &[u8] = br#"{"metadata": {"requestId": "r-1"}, "granted": true}"#;

/// An agent asks a lender for something, and the lender answers. Gives the network, the places of the two messages, and
/// the lines by which a reader trusts their keys.
pub fn conversation() -> (Network, [u64; 2], String) {
    let mut network = Network::new();
    let (first, second, lender) = (es256("a1"), es256("a2"), es256("l1"));
    network.join("agent-1", "strict", &first);
    network.join("lender-1", "strict", &lender);
    let word = network.vouched("agent-1", &first, &second);
    network.add_key("agent-1", &second, word);
    network.checkpoint();
    let ask = network.send(&Sent {
        role: "agent-1",
        key: &second,
        profile: "strict",
        method: "POST",
        target: "/v4/loans",
        body: ASK,
        receiver: "lender-1",
    });
    let answer = network.send(&Sent {
        role: "lender-1",
        key: &lender,
        profile: "strict",
        method: "POST",
        target: "/v4/answers",
        body: ANSWER,
        receiver: "agent-1",
    });
    network.range("agent-1");
    network.checkpoint();
    let lines =
        network.pin("agent-1", &first) + &network.pin("lender-1", &lender) + "#countersign grade previous-key\n";
    (network, [ask, answer], lines)
}
