//! Participants of a network: registered directly, so that a test of messages doesn't stand on the Admin API.

use domain::network::change::Recorder;
use domain::{Fresh, Writes};
use jose::{Algorithm, Curve, SigningKey};
use registry::participant::Statement;
use registry::{Actor, Change, Moment, Role, Settings, Status, Word};
use serde_json::Value;
use signing::{Message, Profile, Receiver, Signing};

use crate::ask::Ask;
use crate::reply::Reply;
use crate::server::Server;

/// A participant role with its keys, as its owner has them.
pub struct Party<'s> {
    server: &'s Server,
    /// The role's id, which is its client's, too.
    pub id: String,
    /// Its newest key.
    pub key: SigningKey,
    /// Its signing profile.
    pub profile: String,
}

/// A question about a message, put together bit by bit.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Whose message it claims to be.
    pub sender: String,
    /// Path and query.
    pub target: String,
    /// The signature.
    pub signature: String,
    /// For an answer: the digest of its request.
    pub answers: Option<String>,
    /// The octets.
    pub body: Vec<u8>,
}

impl<'s> Party<'s> {
    /// Registers and approves a role of the client of the same name, with a key.
    pub async fn register(server: &'s Server, id: &str, profile: &str) -> Self {
        let kid = format!("{id}-1");
        let algorithm = if profile == "ocen" || profile == "rebit" { Algorithm::RS256 } else { Algorithm::ES256 };
        let party = Self { server, id: id.to_owned(), key: new_key(algorithm, &kid), profile: profile.to_owned() };
        let settings = Settings {
            participant_role: "LENDER".to_owned(),
            client_id: id.to_owned(),
            base_url: Some(format!("https://{id}.example/api")),
            profile: profile.to_owned(),
            ..Settings::default()
        };
        let mut writes = Writes::default();
        let (plan, now) = party.plan().await;
        let ledger = plan.network.as_ref().and_then(|network| network.ledger.clone()).expect("a ledger");
        let recorder = Recorder { realm_id: &plan.realm.id, ledger: &ledger, actor: actor(), now_ms: now };
        let statement = Statement { participant_name: id.to_uppercase(), ..Statement::default() };
        recorder.state_participant(&mut writes, &format!("org-{id}"), None, statement).expect("a participant");
        let (role, _) = recorder.apply(&mut writes, id, &format!("org-{id}"), settings).expect("a role");
        let approved = Change::StatusChanged { status: Status::Approved, reason: None };
        let (role, _) = recorder.change(&mut writes, &role, approved).expect("approved");
        recorder.change(&mut writes, &role, added(&party.key, now)).expect("a key");
        writes.commit(&server.core, &plan, "127.0.0.1").await.expect("commits");
        party
    }

    /// The same at another node.
    #[must_use]
    pub fn at<'t>(&self, server: &'t Server) -> Party<'t> {
        Party { server, id: self.id.clone(), key: self.key.clone(), profile: self.profile.clone() }
    }

    async fn plan(&self) -> (std::sync::Arc<domain::Plan>, i64) {
        let core = &self.server.core;
        loop {
            let plan = core.plan(self.server.realm(), Fresh::Now).await.expect("a plan").expect("a realm");
            // The first time it is opened.
            if core.ledger(&plan).await.is_ok() {
                return (plan, core.clock.now_ms());
            }
        }
    }

    /// The role as the registry has it.
    pub async fn role(&self) -> std::sync::Arc<Role> {
        let (plan, _) = self.plan().await;
        self.server.core.participant_role(&plan.realm.id, &self.id).await.expect("reads").expect("a role")
    }

    /// Changes the role.
    pub async fn change(&self, change: Change) {
        let ((plan, now), role) = (self.plan().await, self.role().await);
        let ledger = plan.network.as_ref().and_then(|network| network.ledger.clone()).expect("a ledger");
        let recorder = Recorder { realm_id: &plan.realm.id, ledger: &ledger, actor: actor(), now_ms: now };
        let mut writes = Writes::default();
        recorder.change(&mut writes, &role, change).expect("a change");
        writes.commit(&self.server.core, &plan, "127.0.0.1").await.expect("commits");
    }

    /// Adds a key that counts from now on.
    pub async fn add_key(&self, key: &SigningKey) {
        self.change(added(key, self.server.core.clock.now_ms())).await;
    }

    /// An access token of its client.
    pub async fn token(&self) -> String {
        let reply = self.server.client(&self.id).token(&[("grant_type", "client_credentials")]).await.expect(200);
        reply.text("access_token")
    }

    /// Signs a message to somebody.
    pub fn sign(&self, receiver: &str, target: &str, body: &[u8]) -> Sent {
        self.sign_with(&self.key, receiver, target, body)
    }

    /// The same with another key.
    pub fn sign_with(&self, key: &SigningKey, receiver: &str, target: &str, body: &[u8]) -> Sent {
        self.sign_message(key, receiver, &Message { headers: &[], method: "POST", target, body, answers: None })
    }

    /// Signs an answer to the request with that digest.
    pub fn answer(&self, receiver: &str, target: &str, asked: &str, body: &[u8]) -> Sent {
        let answer = Message { headers: &[], method: "POST", target, body, answers: Some(asked) };
        self.sign_message(&self.key, receiver, &answer)
    }

    fn sign_message(&self, key: &SigningKey, receiver: &str, message: &Message<'_>) -> Sent {
        let profile = Profile::find(&self.profile).expect("a profile");
        let origin = format!("https://{receiver}.example");
        let unique = domain::ids::uuid().expect("an id");
        let signing = Signing {
            profile,
            key,
            now: self.server.core.now(),
            unique: &unique,
            receiver: Some(Receiver { id: receiver, origin: &origin }),
            issuer: None,
            anchor: None,
        };
        Sent {
            sender: self.id.clone(),
            target: message.target.to_owned(),
            signature: signing::sign(&signing, message).expect("signs"),
            answers: message.answers.map(str::to_owned),
            body: message.body.to_vec(),
        }
    }

    /// Asks about a message.
    pub async fn verify(&self, sent: &Sent) -> Reply {
        self.server.ask(sent.ask(self.server, "verify").bearer(&self.token().await)).await
    }

    /// Asks about a message and hears its code.
    pub async fn code(&self, sent: &Sent) -> String {
        self.verify(sent).await.expect(200).text("code")
    }
}

impl Sent {
    /// The request that asks about it.
    pub fn ask(&self, server: &Server, question: &str) -> Ask {
        let ask = Ask::new("POST", format!("/realms/{}/signing/{question}", server.realm()));
        let ask = match &self.answers {
            Some(digest) => ask.header("x-countersign-answers", digest),
            None => ask,
        };
        ask.header("x-jws-signature", &self.signature)
            .header("x-countersign-sender", &self.sender)
            .header("x-countersign-method", "POST")
            .header("x-countersign-target", &self.target)
            .body("application/json", self.body.clone())
    }
}

/// A new key of a name.
pub fn new_key(algorithm: Algorithm, kid: &str) -> SigningKey {
    let der = match algorithm {
        Algorithm::RS256 => jose::generate::rsa(2048),
        _ => jose::generate::ec(Curve::P256),
    };
    SigningKey::from_der(algorithm, &der.expect("a key")).expect("a key").with_kid(kid)
}

fn added(key: &SigningKey, now: i64) -> Change {
    let jwk: Value = key.public_jwk().expect("a public key").to_value();
    let (kid, valid_from) = (key.kid().to_owned(), Moment::from_ms(now));
    Change::KeyAdded { kid, jwk, valid_from, valid_until: None, proof: None, word: Word::Operator }
}

fn actor() -> Actor {
    Actor { realm: "net".to_owned(), client_id: "hands".to_owned(), user_id: None }
}
