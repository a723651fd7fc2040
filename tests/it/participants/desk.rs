//! What a participant has at its own desk: answers, bundles and a copy of the ledger, judged without the server.

use std::fs;
use std::path::{Path, PathBuf};

use countersign::evidence::bundle::{BundleRequest, Form, verify_bundle};
use countersign::evidence::receipt::{ReceiptRequest, verify_receipt};
use ledger::text::UtcTime;
use ledger::{Checkpoint, Note};
use serde_json::Value;
use wire_tests::{Ask, NOW, Server};

use super::{BODY, network};

const LATER: UtcTime = UtcTime((NOW as u64 + 3600) * 1000);

/// A folder that is gone after the test.
struct Desk(PathBuf);

impl Desk {
    fn file(&self, path: &str, octets: impl AsRef<[u8]>) -> PathBuf {
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
fn trust(keys: &Value, agent: &jose::SigningKey) -> String {
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
    let server = Server::start("participants").await;
    let desk = Desk(std::env::temp_dir().join(format!("countersign-desk-{}", domain::ids::uuid().unwrap())));
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
