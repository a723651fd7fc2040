//! What a participant has at its own desk: answers, bundles and a copy of the ledger, judged without the server.

use std::fs;
use std::path::{Path, PathBuf};

use countersign::commands::EvidenceRequest;
use countersign::config::environment::Environment;
use countersign::config::resolved::{Database, MasterKey};
use countersign::config::setting::Command;
use countersign::config::{Config, Secret, Values, resolve};
use countersign::evidence::bundle::{BundleRequest, Form, verify_bundle};
use countersign::evidence::receipt::{ReceiptRequest, verify_receipt};
use countersign::run::COMMANDS;
use evidence::Bundle;
use ledger::text::UtcTime;
use ledger::{Checkpoint, Note};
use messages::bundle::Selection;
use serde_json::Value;
use wire_tests::{Ask, NOW, Server, Setup};

use super::{BODY, network};

const LATER: UtcTime = UtcTime((NOW as u64 + 3600) * 1000);

/// A folder that is gone after the test.
pub(super) struct Desk(pub(super) PathBuf);

impl Desk {
    pub(super) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("countersign-desk-{}", domain::ids::uuid().unwrap())))
    }

    pub(super) fn file(&self, path: &str, octets: impl AsRef<[u8]>) -> PathBuf {
        let place = self.0.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, octets).unwrap();
        place
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Saves what anybody may read of the ledger, as long as it has fewer than 256 leaves.
async fn save(server: &Server, desk: &Desk) {
    let read = async |path: &str| server.octets(Ask::get(format!("/realms/net/evidence/{path}"))).await;
    let note = read("checkpoint").await;
    let size = Checkpoint::parse(&Note::parse(&note).unwrap().text).unwrap().size;
    desk.file("log/checkpoint", &note);
    for path in ["keys".to_owned(), format!("tile/0/000.p/{size}"), format!("tile/entries/000.p/{size}")] {
        desk.file(&format!("log/{path}"), read(&path).await);
    }
}

/// The trust that the parties exchanged: the ledger's key, that of its replies, and that of the agent.
pub(super) fn trust(keys: &Value, agent: &jose::SigningKey) -> String {
    let verifier = keys["verifier"].as_str().unwrap();
    let mut lines = format!("log {verifier}\nquorum none\n");
    for key in keys["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "reply") {
        let jwk = jose::Jwk::parse_public(&key["jwk"]).unwrap();
        lines += &format!("#countersign reply-key {} {}\n", jwk.kid.as_deref().unwrap(), jwk.thumbprint());
    }
    let thumbprint = agent.public_jwk().unwrap().thumbprint();
    lines + &format!("#countersign pin agent {} {thumbprint}\n", agent.kid())
}

fn receipt_request(desk: &Desk, trust: &Path, answer: &str, signature: &str) -> ReceiptRequest {
    ReceiptRequest {
        file: desk.file("answer.json", answer),
        ledger: Some(desk.0.join("log").display().to_string()),
        trust: Some(trust.to_owned()),
        signature: Some(signature.to_owned()),
        ..ReceiptRequest::default()
    }
}

#[tokio::test]
async fn a_receiver_checks_answer_and_bundle_with_files_alone() {
    let server = Server::start("messages").await;
    let desk = Desk::new();
    let (agent, bank) = network(&server).await;
    let answer = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200);
    save(&server, &desk).await;
    let keys = fs::read(desk.0.join("log/keys")).unwrap();
    let trust = desk.file("trust.policy", trust(&serde_json::from_slice(&keys).unwrap(), &agent.key));
    let request = receipt_request(&desk, &trust, &answer.body, answer.header("x-jws-signature"));
    let waiting = verify_receipt(&request, None, UtcTime(NOW as u64 * 1000)).await.unwrap();
    assert!(waiting.status == 1 && waiting.text.contains("promised for"), "{}", waiting.text);
    server.core.sequence_all().await.unwrap();
    server.wait(1);
    save(&server, &desk).await;
    let found = verify_receipt(&request, None, LATER).await.unwrap();
    assert_eq!(found.status, 0, "{}", found.text);
    assert!(found.text.contains("the answer is signed by the operator's reply key"), "{}", found.text);
    // The bundle that the bank gets says all that can be said without an outside time.
    let id = answer.json()["entry"]["id"].as_str().unwrap().to_owned();
    let wanted = serde_json::json!({"messages": [id]}).to_string();
    let ask = Ask::new("POST", "/realms/net/evidence/export").bearer(&bank.token().await);
    let bundle = server.octets(ask.body("application/json", wanted)).await;
    let file = desk.file("loan.evidence.json", bundle);
    let judged = BundleRequest { file, trust: Some(trust), at: None, form: Form::Json };
    let report = verify_bundle(&judged, None, LATER).unwrap();
    let report: Value = serde_json::from_str(&report.text).unwrap();
    let lacking = report["notProved"].as_array().unwrap();
    assert!(lacking.iter().all(|finding| finding["text"].as_str().unwrap().contains("outside time")), "{report:#}");
    assert!(report["proved"].to_string().contains("is signed by the key"), "{report:#}");
}

/// The configuration of a command on a server's store.
fn config_of(server: &Server) -> Config {
    let values = Values::gather(Command::Export, Vec::new(), &Environment::default(), None);
    let mut config = resolve(&values).unwrap_or_else(|problems| panic!("{problems:?}")).config;
    let store::db::Config::Sqlite { path } = &server.place.config else { panic!("not SQLite") };
    config.database = Database::Sqlite { file: path.clone() };
    config.master_key = MasterKey::Given(Secret::new(jose::b64::encode_standard([7; 32])));
    config
}

#[tokio::test]
async fn an_operator_exports_a_conversation_and_adds_a_body_that_the_server_does_not_keep() {
    let realm = |realm: &mut Value| realm["attributes"]["countersign.keep-bodies"] = "false".into();
    let server = Setup::of("messages").with(realm).start().await;
    let desk = Desk::new();
    let answer = {
        let (agent, bank) = network(&server).await;
        bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json()
    };
    server.core.sequence_all().await.unwrap();
    let (config, _place) = (config_of(&server), std::sync::Arc::clone(&server.place));
    let export = async |selection: Selection, bodies: Vec<PathBuf>| {
        let out = desk.file("loan.evidence.json", "");
        let request = EvidenceRequest { realm: "net".to_owned(), selection, out: out.clone(), replaces: true, bodies };
        (COMMANDS.export_evidence)(config.clone(), request)
            .await
            .map(|()| Bundle::read(&fs::read(out).unwrap()).unwrap())
    };
    let one = || Selection::Messages(vec![answer["entry"]["id"].as_str().unwrap().to_owned()]);
    let running = export(one(), Vec::new()).await.unwrap_err().to_string();
    assert!(running.contains("Stop that one first"), "{running}");
    drop(server);
    let there = desk.file("there.json", "evidence");
    let keeping = EvidenceRequest {
        realm: "net".to_owned(),
        selection: one(),
        out: there.clone(),
        replaces: false,
        bodies: Vec::new(),
    };
    let kept = (COMMANDS.export_evidence)(config.clone(), keeping).await.unwrap_err().to_string();
    assert!(kept.contains("--force") && fs::read(there).unwrap() == b"evidence", "{kept}");
    let without = export(one(), Vec::new()).await.unwrap();
    assert_eq!((without.messages.len(), &without.messages[0].body), (1, &None));
    let with = export(one(), vec![desk.file("body", BODY)]).await.unwrap();
    assert_eq!(with.messages[0].body.as_ref().map(|body| body.0.as_slice()), Some(BODY));
    let all = Selection::Range { role: "agent".to_owned(), from: 0, to: None, origin: None };
    assert_eq!(export(all, Vec::new()).await.unwrap().messages.len(), 1);
    let other = export(one(), vec![desk.file("other", "other")]).await.unwrap_err().to_string();
    assert!(other.contains("is the body of none of these messages"), "{other}");
    let none = export(Selection::Conversation { request_id: "nobody's".to_owned(), origin: None }, Vec::new())
        .await
        .unwrap_err()
        .to_string();
    assert!(none.contains("No message of net has this requestId"), "{none}");
}
