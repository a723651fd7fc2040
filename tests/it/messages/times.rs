//! Outside times: a witness and a timestamp authority, and bundles that are proved by them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use domain::clock::{Clock as _, SystemClock};
use evidence::{Outcome, verify};
use jose::{Algorithm, SigningKey, generate};
use ledger::text::UtcTime;
use ledger::witness::{Head, Request};
use ledger::{Checkpoint, Note, Policy, Signer, VerifierKey, cosignature};
use messages::bundle::{self, Selection};
use serde_json::json;
use wire_tests::{Ask, NOW, Server, Setup};

use super::{BODY, network};

/// A witness that judges as one must, in memory.
pub(super) struct Witness {
    signer: Signer,
    last: Mutex<Head>,
    clock: Arc<domain::clock::ManualClock>,
}

impl Witness {
    pub(super) fn new(name: &str, server: &Server) -> Arc<Self> {
        let key = SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap();
        let signer = Signer::witness(name, key).unwrap();
        Arc::new(Self { signer, last: Mutex::new(Head::none()), clock: Arc::clone(&server.clock) })
    }

    pub(super) fn key(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    /// One that the realm asks.
    pub(super) async fn of(server: &Server) -> Arc<Self> {
        let witness = Self::new("w.example", server);
        set(server, &[("countersign.witnesses", &witness.stands(server))]).await;
        witness
    }

    /// Answers at its URL; gives the line of the realm's attribute.
    pub(super) fn stands(self: &Arc<Self>, server: &Server) -> String {
        let (own, url) = (Arc::clone(self), format!("https://{}", self.key().name()));
        server.outside.answer(&format!("{url}/add-checkpoint"), move |octets| own.answer(octets));
        format!("{} {url}", self.key())
    }

    pub(super) fn size(&self) -> u64 {
        self.last.lock().unwrap().size
    }

    fn answer(&self, octets: &[u8]) -> (u16, Vec<u8>) {
        let mut last = self.last.lock().unwrap();
        let judged = Request::parse(octets).and_then(|request| {
            let log = log_of(&request.note);
            Ok((request.judge(Some(&[log]), &last)?, request))
        });
        match judged {
            Ok((head, request)) => {
                *last = head;
                let seconds = u64::try_from(self.clock.now_ms() / 1000).unwrap();
                let line = cosignature::cosign(&self.signer, &request.note, seconds).unwrap();
                (200, format!("{line}\n").into_bytes())
            }
            Err(refusal) => (refusal.status(), refusal.body().1.into_bytes()),
        }
    }
}

/// The test's witness trusts the first key that signs for an origin.
fn log_of(note: &Note) -> VerifierKey {
    KEYS.lock().unwrap().iter().find(|key| key.name() == Checkpoint::parse(&note.text).unwrap().origin).unwrap().clone()
}

static KEYS: Mutex<Vec<VerifierKey>> = Mutex::new(Vec::new());

/// Makes the ledger's key known to witnesses; gives it.
pub(super) async fn introduce(server: &Server) -> VerifierKey {
    let keys = server.ask(Ask::get("/realms/net/evidence/keys")).await.expect(200).json();
    let key = VerifierKey::parse(keys["verifier"].as_str().unwrap()).unwrap();
    KEYS.lock().unwrap().retain(|known| known.name() != key.name());
    KEYS.lock().unwrap().push(key.clone());
    key
}

/// Gives the realm attributes besides those of its file.
pub(super) async fn set(server: &Server, attributes: &[(&str, &str)]) {
    let mut all = json!({"countersign.participants": "true", "countersign.ledger-origin": origin(server)});
    for (name, value) in attributes {
        all[*name] = json!(value);
    }
    server.hands().realm(json!({"attributes": all})).await;
}

/// Each test's ledger has an origin of its own, since witnesses know logs by it.
fn origin(server: &Server) -> String {
    format!("ledger.example/{}", server.place.heads().parent().unwrap().file_name().unwrap().to_str().unwrap())
}

pub(super) async fn start(remembering: bool) -> Server {
    let setup = Setup::of("messages");
    let server = if remembering { setup.remembering() } else { setup }.start().await;
    set(&server, &[]).await;
    server
}

/// An authority for timestamps: OpenSSL's `ts` command, with a root of its own.
pub(super) struct Authority(PathBuf);

impl Authority {
    pub(super) fn new(server: &Server) -> Self {
        Self::lasting(server, "tsa", 3650)
    }

    /// One whose certificate ends after so many days.
    pub(super) fn lasting(server: &Server, folder: &str, days: u32) -> Self {
        let folder = server.place.heads().with_file_name(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("tsa.cnf"), CONFIGURATION).unwrap();
        let authority = Self(folder);
        authority.openssl(
            &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
            &[
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem",
                "-days",
                &days.to_string(),
                "-config",
                "tsa.cnf",
                "-extensions",
                "authority",
            ],
        );
        authority.openssl(&["x509", "-in", "cert.pem", "-outform", "DER"], &["-out", "cert.der"]);
        std::fs::write(authority.0.join("serial"), "01\n").unwrap();
        authority
    }

    fn openssl(&self, what: &[&str], more: &[&str]) {
        let done = Command::new("openssl").args(what).args(more).current_dir(&self.0).output().expect("openssl");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub(super) fn stands(&self, server: &Server) -> &'static str {
        let url = "https://tsa.example/stamp";
        let own = Self(self.0.clone());
        server.outside.answer(url, move |request| {
            std::fs::write(own.0.join("request.tsq"), request).unwrap();
            own.openssl(&["ts", "-reply", "-queryfile", "request.tsq"], &["-config", "tsa.cnf", "-out", "reply.tsr"]);
            (200, std::fs::read(own.0.join("reply.tsr")).unwrap())
        });
        url
    }

    fn line(&self) -> String {
        self.line_of("clock")
    }

    pub(super) fn line_of(&self, name: &str) -> String {
        let der = std::fs::read(Path::new(&self.0).join("cert.der")).unwrap();
        format!("#countersign tsa {name} {}\n", jose::b64::encode_standard(der))
    }
}

const CONFIGURATION: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = Clock
[authority]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = tsa_1
[tsa_1]
serial = serial
signer_cert = cert.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ordering = yes
ess_cert_id_alg = sha256
";

pub(super) async fn export(server: &Server, id: &str) -> Vec<u8> {
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    bundle::make(&server.core, &plan, &Selection::Messages(vec![id.to_owned()])).await.expect("a bundle")
}

pub(super) fn judge(server: &Server, octets: &[u8], policy: &str) -> evidence::Report {
    let policy = Policy::parse(policy).expect("a policy");
    verify(octets, Some(&policy), UtcTime(server.clock.now_ms().unsigned_abs()))
}

#[tokio::test]
async fn a_bundle_is_proved_once_a_witness_has_cosigned_and_not_before() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    let log = introduce(&server).await;
    let witness = Witness::of(&server).await;
    let id = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json()["entry"]["id"].clone();
    let id = id.as_str().unwrap();
    server.core.sequence_all().await.unwrap();
    let policy = format!("log {log}\nwitness w {}\nquorum w\n#countersign grade operator\n", witness.key());
    let before = judge(&server, &export(&server, id).await, &policy);
    assert_eq!(before.outcome, Outcome::NotProved);
    server.wait(60);
    assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
    server.core.sequence_all().await.unwrap();
    let octets = export(&server, id).await;
    let after = judge(&server, &octets, &policy);
    assert_eq!(after.outcome, Outcome::Proved, "{:?}", after.not_proved);
    for at in (0..octets.len()).step_by(octets.len() / 40) {
        let mut other = octets.clone();
        other[at] ^= 1;
        assert_ne!(judge(&server, &other, &policy).outcome, Outcome::Proved, "octet {at}");
    }
    let foreign = Witness::new("other.example", &server);
    let elsewhere = policy.replace(&witness.key().to_string(), &foreign.key().to_string());
    assert_eq!(judge(&server, &octets, &elsewhere).outcome, Outcome::NotProved);
}

#[tokio::test]
async fn a_message_is_shown_between_two_outside_times() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    let log = introduce(&server).await;
    let witness = Witness::of(&server).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let sent = agent.sign("bank", "/loans", format!("{n}").as_bytes());
        ids.push(bank.verify(&sent).await.expect(200).json()["entry"]["id"].as_str().unwrap().to_owned());
        server.core.sequence_all().await.unwrap();
        server.wait(600);
        assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
        assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 0, "it is not time yet");
        server.core.sequence_all().await.unwrap();
    }
    let octets = export(&server, &ids[1]).await;
    let bundle = evidence::Bundle::read(&octets).unwrap();
    assert_eq!((bundle.checkpoints.len(), bundle.times.len()), (2, 1));
    assert!(!bundle.service_keys.is_empty());
    let policy = format!("log {log}\nwitness w {}\nquorum w\n#countersign grade operator\n", witness.key());
    let report = judge(&server, &octets, &policy);
    assert_eq!(report.outcome, Outcome::Proved, "{:?}", report.not_proved);
    let text = format!("{report:?}");
    let at = |seconds: i64| UtcTime(((NOW + seconds) * 1000).unsigned_abs()).to_string();
    assert!(text.contains(&format!("between {} by the witness", at(600))), "{text}");
    assert!(text.contains(&at(1200)), "{text}");
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let range = Selection::Range { role: "agent".to_owned(), from: 0, to: None, origin: None };
    let range = judge(&server, &bundle::make(&server.core, &plan, &range).await.unwrap(), &policy);
    assert_eq!(range.outcome, Outcome::Proved, "{:?}", range.not_proved);
}

#[tokio::test]
async fn an_authority_stamps_heads_and_its_stamps_prove_by_themselves() {
    let server = start(false).await;
    // The authority's clock is the machine's.
    server.wait(SystemClock.now_ms() / 1000 - NOW);
    let (agent, bank) = network(&server).await;
    let log = introduce(&server).await;
    let authority = Authority::new(&server);
    let witness = Witness::new("w.example", &server);
    let url = authority.stands(&server);
    let line = witness.stands(&server);
    set(&server, &[("countersign.timestamp-url", url), ("countersign.witnesses", &line)]).await;
    let id = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json()["entry"]["id"].clone();
    server.core.sequence_all().await.unwrap();
    assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
    server.core.sequence_all().await.unwrap();
    let octets = export(&server, id.as_str().unwrap()).await;
    let policy = format!("log {log}\nquorum none\n#countersign grade operator\n");
    assert_eq!(judge(&server, &octets, &policy).outcome, Outcome::NotProved);
    let policy = policy + &authority.line();
    let report = judge(&server, &octets, &policy);
    assert_eq!(report.outcome, Outcome::Proved, "{report:?}");
    assert!(format!("{report:?}").contains("the timestamp authority clock"), "{report:?}");
    // Nor does a bit of such a bundle go unseen, in the timestamp or elsewhere; a prime step comes to all parts.
    for at in (0..octets.len()).step_by(53) {
        for bit in 0..8 {
            let mut other = octets.clone();
            other[at] ^= 1 << bit;
            assert_ne!(judge(&server, &other, &policy).outcome, Outcome::Proved, "bit {bit} of octet {at}");
        }
    }
}

#[tokio::test]
async fn who_does_not_answer_or_answers_wrongly_is_asked_again_and_holds_nothing_up() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    let witness = Witness::new("w.example", &server);
    let line = witness.stands(&server);
    let url = "https://tsa.example/stamp";
    set(&server, &[("countersign.witnesses", &line), ("countersign.timestamp-url", url)]).await;
    for answer in [(500, b"".to_vec()), (200, b"nonsense".to_vec()), (409, b"x\n".to_vec())] {
        let said = answer.clone();
        server.outside.answer("https://w.example/add-checkpoint", move |_| said.clone());
        server.outside.answer(url, move |_| answer.clone());
        assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
        server.core.sequence_all().await.unwrap();
        assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 0);
        server.wait(60);
    }
    witness.stands(&server);
    assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
    server.wait(1);
    let cosigned = server.ask(Ask::get("/realms/net/evidence/checkpoint")).await.expect(200).body;
    assert!(cosigned.contains("w.example"), "{cosigned}");
}

#[tokio::test]
async fn a_realm_that_asks_for_times_records_nothing_while_its_newest_is_too_old() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    let witness = Witness::new("w.example", &server);
    let line = witness.stands(&server);
    let strict = [
        ("countersign.witnesses", line.as_str()),
        ("countersign.time-every", "60"),
        ("countersign.time-at-least-every", "300"),
        ("countersign.refuse-without-time", "true"),
    ];
    set(&server, &strict).await;
    let sent = agent.sign("bank", "/loans", BODY);
    assert_eq!(bank.code(&sent).await, "ok");
    server.core.sequence_all().await.unwrap();
    server.wait(301);
    let refused = bank.verify(&sent).await.expect(503);
    assert!(refused.body.contains("no outside time"), "{}", refused.body);
    messages::times::ask_all(&server.core).await.unwrap();
    assert_eq!(bank.code(&sent).await, "ok");
    server.core.sequence_all().await.unwrap();
    server.outside.answer("https://w.example/add-checkpoint", |_| (500, Vec::new()));
    server.wait(302);
    messages::times::ask_all(&server.core).await.unwrap();
    assert!(server.core.late_ledgers()[0].contains("newest outside time is 302 seconds old"));
    assert!(bank.verify(&sent).await.expect(503).body.contains("302 seconds old"));
    set(&server, &[("countersign.refuse-without-time", "false")]).await;
    server.wait(1);
    assert_eq!(bank.code(&sent).await, "ok");
}

#[tokio::test]
async fn what_a_witness_says_without_a_signature_is_told_and_stops_nothing() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    let witness = Witness::of(&server).await;
    for (status, body) in [(409, b"4711\n".to_vec()), (422, Vec::new())] {
        server.outside.answer("https://w.example/add-checkpoint", move |_| (status, body.clone()));
        assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
        server.core.sequence_all().await.unwrap();
        messages::times::ask_all(&server.core).await.unwrap();
        assert!(
            server.core.late_ledgers()[0].contains("the witness w.example says"),
            "{:?}",
            server.core.late_ledgers()
        );
        server.wait(60);
        assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
        assert_eq!(server.core.refused_ledgers(), Vec::<String>::new());
    }
    witness.stands(&server);
    messages::times::ask_all(&server.core).await.unwrap();
    assert_eq!(server.core.late_ledgers(), Vec::<String>::new(), "it has cosigned");
}

#[tokio::test]
async fn a_witness_that_refuses_is_told_until_it_cosigns_or_is_asked_no_more() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    let witness = Witness::of(&server).await;
    let ask = async || {
        assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
        server.core.sequence_all().await.unwrap();
        server.wait(601);
        messages::times::ask_all(&server.core).await.unwrap();
        server.core.late_ledgers()
    };
    for (status, why) in [(403, "knows none of the keys"), (404, "does not know the ledger"), (400, "nothing says why")]
    {
        server.outside.answer("https://w.example/add-checkpoint", move |_| (status, Vec::new()));
        let told = ask().await;
        assert!(told.len() == 1 && told[0].contains("The witness w.example refuses the ledger"), "{told:?}");
        assert!(told[0].contains(why), "{told:?}");
    }
    let stands = witness.stands(&server);
    assert_eq!(ask().await, Vec::<String>::new(), "it has cosigned");
    server.outside.answer("https://w.example/add-checkpoint", |_| (404, Vec::new()));
    set(&server, &[("countersign.witnesses", &stands)]).await;
    assert_eq!(ask().await.len(), 1);
    set(&server, &[("countersign.witnesses", "")]).await;
    assert_eq!(ask().await, Vec::<String>::new(), "nobody asks it");
}

#[tokio::test]
async fn what_is_wrong_with_a_ledger_stands_while_it_can_not_be_looked_at() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    Witness::of(&server).await;
    assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
    server.core.sequence_all().await.unwrap();
    server.outside.answer("https://w.example/add-checkpoint", |_| (403, Vec::new()));
    messages::times::ask_all(&server.core).await.unwrap();
    let told = server.core.late_ledgers();
    assert!(told.len() == 1 && told[0].contains("The witness w.example refuses the ledger"), "{told:?}");
    let rename = async |sql: &'static str| {
        let mut batch = store::Batch::new();
        batch.push(sql, Vec::new());
        server.core.store.db().commit(batch).await.unwrap();
    };
    rename("ALTER TABLE realm RENAME TO realm_aside").await;
    messages::times::ask_all(&server.core).await.unwrap_err();
    let during = server.core.late_ledgers();
    assert!(during.len() == 2 && during[0].contains("could not be looked at") && during[1] == told[0], "{during:?}");
    rename("ALTER TABLE realm_aside RENAME TO realm").await;
    messages::times::ask_all(&server.core).await.unwrap();
    assert_eq!(server.core.late_ledgers(), told, "it is asked again later");
}

#[tokio::test]
async fn there_are_ledgers_to_look_after_once_one_is_open_and_none_after_it_was_closed() {
    let server = start(true).await;
    messages::times::ask_all(&server.core).await.unwrap();
    assert!(!server.core.has_ledgers(), "a realm that could have one");
    introduce(&server).await;
    messages::times::ask_all(&server.core).await.unwrap();
    assert!(server.core.has_ledgers());
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    server.core.close_ledger(&realm.id).await.unwrap();
    messages::times::ask_all(&server.core).await.unwrap();
    assert!(!server.core.has_ledgers());
}

#[tokio::test]
async fn who_is_silent_is_asked_ever_less_often() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    Witness::of(&server).await;
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    server.outside.answer("https://w.example/add-checkpoint", move |_| {
        *count.lock().unwrap() += 1;
        (500, Vec::new())
    });
    assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
    server.core.sequence_all().await.unwrap();
    // Every five seconds of an hour.
    for _ in 0..720 {
        messages::times::ask_all(&server.core).await.unwrap();
        server.wait(5);
    }
    assert!((8..20).contains(&*asked.lock().unwrap()), "{asked:?}");
}

#[tokio::test]
async fn a_ledger_that_gives_no_indexes_takes_no_messages_once_it_breaks_what_it_promised() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    assert_eq!(bank.code(&sent).await, "ok");
    messages::times::ask_all(&server.core).await.unwrap();
    server.wait(60);
    assert_eq!(bank.code(&sent).await, "ok", "promised are sixty seconds");
    server.wait(1);
    let refused = bank.verify(&sent).await.expect(503);
    assert!(refused.body.contains("waited for their index for 61 seconds"), "{}", refused.body);
    messages::times::ask_all(&server.core).await.unwrap();
    assert_eq!(server.core.overdue_ledgers().len(), 1);
    server.core.sequence_all().await.unwrap();
    server.wait(1);
    assert_eq!(bank.code(&sent).await, "ok");
    messages::times::ask_all(&server.core).await.unwrap();
    assert_eq!(server.core.overdue_ledgers(), [""; 0]);
}
