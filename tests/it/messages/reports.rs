//! Messages that a receiver had while the server was away, and reports later: of a kind of their own, judged at the report.

use evidence::{Outcome, verify};
use ledger::record::{self, MessageRecord, Record as _};
use ledger::text::UtcTime;
use ledger::{Kind, Policy, Receipt};
use messages::bundle::{self, Selection};
use serde_json::{Value, json};
use wire_tests::{Ask, Engine, Sent, Server, Setup};

use super::times::{Witness, introduce, set};
use super::{BODY, network};

const SEEN: &str = "2026-01-01T00:00:00.000Z";

fn envelope(sent: &Sent) -> Value {
    json!({
        "participantId": sent.sender, "method": "POST", "target": sent.target,
        "headers": {"x-jws-signature": sent.signature}, "body": jose::b64::encode(&sent.body), "seenAt": SEEN,
    })
}

async fn report(server: &Server, token: &str, list: &Value) -> Value {
    let ask = Ask::new("POST", "/realms/net/signing/report").bearer(token);
    server.ask(ask.body("application/json", list.to_string())).await.expect(200).json()["messages"].clone()
}

#[tokio::test]
async fn what_is_reported_is_an_entry_of_its_own_kind_found_and_proved_like_a_message() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        set(&server, &[]).await;
        let (agent, bank) = network(&server).await;
        let (log, witness) = (introduce(&server).await, Witness::of(&server).await);
        let told = report(&server, &bank.token().await, &json!([envelope(&agent.sign("bank", "/loans", BODY))])).await;
        let receipt: Receipt = serde_json::from_value(told[0]["receipt"].clone()).unwrap();
        let record: MessageRecord = record::parse(&receipt.record.0).unwrap();
        assert_eq!((receipt.verify().unwrap().kind, record.kind()), (Kind::Report, Kind::Report));
        assert_eq!(record.seen_at.unwrap().to_string(), SEEN);
        assert_ne!(record.recorded_at, record.seen_at.unwrap());
        server.core.sequence_all().await.unwrap();
        server.wait(600);
        assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
        server.core.sequence_all().await.unwrap();
        let id = told[0]["entry"]["id"].as_str().unwrap().to_owned();
        let get = async |path: &str| {
            server.ask(Ask::get(format!("/realms/net/evidence/{path}")).bearer(&agent.token().await)).await.expect(200)
        };
        assert_eq!(get(&format!("entries/{id}")).await.text("kind"), "report");
        assert_eq!(get(&format!("records/{id}")).await.json()["record"]["seenAt"], SEEN, "its sender may see it");
        assert_eq!(get("messages").await.json()[0]["entry"]["id"], *id);
        let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
        let all = Selection::Range { role: "agent".to_owned(), from: 0, to: None, origin: None };
        let trust = format!("log {log}\nwitness w {}\nquorum w\n#countersign grade operator\n", witness.key());
        for selection in [Selection::Messages(vec![id.clone()]), all] {
            let octets = bundle::make(&server.core, &plan, &selection).await.unwrap();
            let trust = Policy::parse(&trust).unwrap();
            let judged = verify(&octets, Some(&trust), UtcTime(server.core.clock.now_ms().unsigned_abs()));
            assert_eq!(judged.outcome, Outcome::Proved, "{}", judged.to_text());
            let says = format!("reported later by the receiver, who states to have had it at {SEEN}");
            assert!(judged.to_text().contains(&says), "{}", judged.to_text());
        }
    }
}

#[tokio::test]
async fn a_report_is_judged_when_it_comes_whatever_time_it_states() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let (kid, since) = (agent.key.kid().to_owned(), registry::Moment::from_ms(server.core.clock.now_ms()));
    agent.change(registry::Change::KeyRevoked { kid, since, reason: "stolen".to_owned() }).await;
    let told = report(&server, &bank.token().await, &json!([envelope(&sent)])).await;
    assert_eq!((&told[0]["code"], &told[0]["entry"]), (&json!("key_revoked"), &Value::Null), "{told}");
}
