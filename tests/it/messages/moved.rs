//! A network that goes on elsewhere: its file carries the heads of its ledgers, and the one that is opened there commits to
//! the newest.

use std::sync::Arc;

use domain::Fresh;
use domain::clock::Clock as _;
use evidence::{Outcome, verify};
use ledger::record::{self, MoveRecord};
use ledger::text::UtcTime;
use ledger::{Checkpoint, Kind, Note, Policy, VerifierKey};
use messages::bundle::{self, Selection};
use serde_json::{Value, json};
use wire_tests::{Ask, Engine, Party, Sent, Server, Setup};

use super::times::{Witness, introduce, set, start};
use super::{BODY, network};

async fn exported(server: &Server) -> Value {
    admin::export::whole(&server.core, "net").await.expect("exports").expect("a realm").into_value()
}

/// Has a message judged by a server that knows its sender from elsewhere; its entry's id.
async fn judged(server: &Server, sent: &Sent) -> String {
    let token = server.client("bank").token(&[("grant_type", "client_credentials")]).await.expect(200);
    let asked = sent.ask(server, "verify").bearer(&token.text("access_token"));
    let answer = server.ask(asked).await.expect(200).json();
    assert_eq!(answer["code"], "ok", "{answer}");
    server.core.sequence_all().await.unwrap();
    answer["entry"]["id"].as_str().unwrap().to_owned()
}

/// A head of the ledger that a witness saw, above all that is there.
async fn witnessed(server: &Server, witness: &Arc<Witness>) {
    set(server, &[("countersign.witnesses", &witness.stands(server))]).await;
    server.wait(600);
    assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
    server.core.sequence_all().await.unwrap();
}

async fn outcome(server: &Server, id: &str, key: &VerifierKey, witness: &Arc<Witness>) -> (Outcome, String) {
    let plan = server.core.plan("net", Fresh::Now).await.unwrap().unwrap();
    let octets = bundle::make(&server.core, &plan, &Selection::Messages(vec![id.to_owned()])).await.unwrap();
    let policy = format!("log {key}\nwitness w {}\nquorum w\n#countersign grade operator\n", witness.key());
    let report = verify(&octets, Some(&Policy::parse(&policy).unwrap()), UtcTime(server.clock.now_ms().unsigned_abs()));
    (report.outcome, report.to_text())
}

async fn first_entry(server: &Server) -> (store::ledger::LedgerRow, store::ledger::EntryRow) {
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    let ledger = store::ledger::find_open(&server.core.store, &realm.id).await.unwrap().unwrap();
    let first = store::ledger::entries(&server.core.store, &ledger.id, 0, 1).await.unwrap().remove(0);
    (ledger, first)
}

#[tokio::test]
async fn an_imported_network_goes_on_in_a_ledger_that_commits_to_the_old_ones_newest_head() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").remembering().try_start().await else { continue };
        set(&server, &[]).await;
        let (agent, _bank) = network(&server).await;
        let old_key = introduce(&server).await;
        let witness = Witness::new("w.example", &server);
        let before = judged(&server, &agent.sign("bank", "/loans", BODY)).await;
        witnessed(&server, &witness).await;
        let file = exported(&server).await;
        let told = &file["countersign"]["ledgers"];
        assert_eq!((told.as_array().unwrap().len(), &told[0]["verifier"]), (1, &json!(old_key.to_string())));
        assert_eq!(told[0]["origin"], file["attributes"]["countersign.ledger-origin"]);
        let Some(other) = Setup::empty().master().realm(file.clone()).on(engine).try_start().await else { continue };
        // Before it has a ledger of its own, its file says the same.
        assert_eq!(exported(&other).await["countersign"], file["countersign"]);
        // Whole from the first moment on.
        let keys = other.ask(Ask::get("/realms/net/evidence/keys")).await.expect(200).json();
        assert!(keys["move"]["record"].is_string(), "{keys}");
        let new_key = introduce(&other).await;
        assert_ne!(new_key.name(), old_key.name(), "the attribute names one that is taken");
        other.core.sequence_all().await.unwrap();
        let (ledger, first) = first_entry(&other).await;
        assert_eq!(first.kind, i64::from(Kind::Move.number()));
        let record: MoveRecord = record::parse(first.record.as_deref().unwrap()).unwrap();
        assert_eq!(json!(record.old_origin), told[0]["origin"]);
        assert_eq!(json!(record.old_checkpoint), told[0]["checkpoint"]);
        let note = Note::parse(record.old_checkpoint.as_bytes()).unwrap();
        let head = Checkpoint::of_note(&note, &old_key).unwrap();
        assert!(head.size > 0 && note.lines.len() > 2, "with the witness's line: {note}");
        // What was judged before is proved by the old server's ledger, and what is judged now by the new one's.
        other.wait(900);
        let after = judged(&other, &agent.sign("bank", "/loans", b"more")).await;
        let again = Witness::new("w.example", &other);
        witnessed(&other, &again).await;
        for (at, id, key, witness) in [(&server, &before, &old_key, &witness), (&other, &after, &new_key, &again)] {
            let (outcome, text) = outcome(at, id, key, witness).await;
            assert_eq!(outcome, Outcome::Proved, "{text}");
        }
        // The next file tells of both, the newest first.
        let next = exported(&other).await;
        let origins: Vec<&Value> =
            next["countersign"]["ledgers"].as_array().unwrap().iter().map(|one| &one["origin"]).collect();
        assert_eq!(origins, [&json!(ledger.origin), &told[0]["origin"]]);
    }
}

#[tokio::test]
async fn a_network_that_is_imported_where_its_ledger_was_closed_goes_on_from_it() {
    let server = start(true).await;
    let (agent, _bank) = network(&server).await;
    judged(&server, &agent.sign("bank", "/loans", BODY)).await;
    let file = exported(&server).await;
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    let closed = server.core.close_ledger(&realm.id).await.unwrap();
    admin::import::replace(&server.core, model::Document::from_value(file)).await.expect("imports");
    server.wait(1);
    let key = introduce(&server).await;
    assert_ne!(key.name(), closed.origin);
    server.core.sequence_all().await.unwrap();
    let (_, first) = first_entry(&server).await;
    let record: MoveRecord = record::parse(first.record.as_deref().unwrap()).unwrap();
    assert_eq!(record.old_origin, closed.origin);
    judged(&server, &agent.sign("bank", "/loans", b"more")).await;
    // Closing it is closing it: what its file brought opens no other.
    server.core.close_ledger(&realm.id).await.unwrap();
    let plan = server.core.plan("net", Fresh::Now).await.unwrap().unwrap();
    assert!(plan.network.is_none());
}

#[tokio::test]
async fn a_file_of_before_that_names_no_ledger_keeps_the_name_of_the_old_one_free() {
    let server = start(false).await;
    let _parties = network(&server).await;
    let mut file = exported(&server).await;
    file["countersign"].as_object_mut().unwrap().remove("ledgers");
    let other = Setup::empty().master().realm(file.clone()).start().await;
    let key = introduce(&other).await;
    assert_ne!(json!(key.name()), file["attributes"]["countersign.ledger-origin"]);
    other.core.sequence_all().await.unwrap();
    assert_eq!(first_entry(&other).await.1.kind, i64::from(Kind::Registry.number()));
    // One that nobody has used is taken.
    file["attributes"]["countersign.ledger-origin"] = json!("ledger.example/another");
    file["countersign"]["ledgers"] = exported(&server).await["countersign"]["ledgers"].clone();
    let other = Setup::empty().master().realm(file).start().await;
    assert_eq!(introduce(&other).await.name(), "ledger.example/another");
}

#[tokio::test]
async fn a_checkpoint_that_its_ledger_did_not_sign_is_refused_by_its_place() {
    let server = start(false).await;
    let _parties: (Party<'_>, Party<'_>) = network(&server).await;
    let mut file = exported(&server).await;
    file["realm"] = json!("copy");
    let good = file["countersign"]["ledgers"][0].clone();
    let other = ledger::Signer::log(good["origin"].as_str().unwrap(), {
        jose::SigningKey::from_der(jose::Algorithm::EdDSA, &jose::generate::ed25519().unwrap()).unwrap()
    });
    let changed = |member: &str, value: Value| {
        let mut one = good.clone();
        one[member] = value;
        json!([one])
    };
    let place = Setup::empty().master().start().await;
    for (ledgers, why) in [
        (changed("verifier", json!(other.unwrap().verifier().to_string())), "there is no signature"),
        (changed("origin", json!("ledger.example/other")), "of another log"),
        (changed("checkpoint", json!("none")), "malformed"),
        (json!([good, good]), "two ledgers have the name"),
    ] {
        let mut file = file.clone();
        file["countersign"]["ledgers"] = ledgers;
        let refused = admin::import::realm(&place.core, model::Document::from_value(file)).await;
        let Err(domain::Error::Refused(refused)) = refused else { panic!("{why}") };
        let text = refused.refusal.description.into_owned();
        assert!(text.starts_with("countersign.ledgers[") && text.contains(why), "{text}");
    }
}

/// A realm's file that tells of nothing but a ledger.
fn telling(realm: &str, ledger: &Value) -> Value {
    json!({"realm": realm, "attributes": {"countersign.participants": "true"},
        "countersign": {"participants": [], "roles": [], "ledgers": [ledger]}})
}

#[tokio::test]
async fn a_file_tells_of_no_ledger_of_this_server_under_another_key_and_settings_wish_for_no_name_that_is_taken() {
    let server = Setup::of("messages").master().start().await;
    set(&server, &[]).await;
    let _parties = network(&server).await;
    let own = exported(&server).await["countersign"]["ledgers"][0].clone();
    let origin = own["origin"].as_str().unwrap();
    let import = async |file: Value| match admin::import::realm(&server.core, model::Document::from_value(file)).await {
        Ok(_) => String::new(),
        Err(domain::Error::Refused(refused)) => {
            assert_eq!(refused.refusal.status, 400);
            refused.refusal.description.into_owned()
        }
        Err(error) => panic!("{error:?}"),
    };
    let key = jose::SigningKey::from_der(jose::Algorithm::EdDSA, &jose::generate::ed25519().unwrap()).unwrap();
    let forger = ledger::Signer::log(origin, key).unwrap();
    let head = Checkpoint::new(origin, 7, [7; 32]).sign(&forger).unwrap();
    let forged = json!({"origin": origin, "verifier": forger.verifier().to_string(), "checkpoint": head.to_string()});
    let why = import(telling("forged", &forged)).await;
    assert!(why.starts_with("countersign.ledgers[0]: a ledger of this server has the name"), "{why}");
    // Its head is public: who shows it has not left the ledger by that, which goes on here.
    let why = import(telling("copy", &own)).await;
    assert!(why.starts_with("countersign.ledgers[0]: the ledger") && why.contains("is open here"), "{why}");
    let taken = |realm: &str| json!({"realm": realm, "attributes": {"countersign.participants": "true", "countersign.ledger-origin": origin}});
    let why = import(taken("squatter")).await;
    assert!(why.starts_with("countersign.ledger-origin: the name") && why.contains("is taken"), "{why}");
    assert_eq!(import(json!({"realm": "other"})).await, "");
    let put = Ask::new("PUT", "/admin/realms/other")
        .bearer(&server.admin_token().await)
        .body("application/json", taken("other").to_string());
    let why = server.ask(put).await.expect(400).text("errorMessage");
    assert!(why.starts_with("countersign.ledger-origin: the name"), "{why}");
}

#[tokio::test]
async fn a_name_that_a_realm_wishes_for_its_ledger_is_no_other_realms_and_nobody_waits_for_another() {
    let server = Setup::of("messages").master().start().await;
    let named = |realm: &str, origin: &str| json!({"realm": realm, "enabled": true, "attributes": {"countersign.participants": "true", "countersign.ledger-origin": origin}});
    let import = async |realm: &str, origin: &str| {
        admin::import::realm(&server.core, model::Document::from_value(named(realm, origin))).await
    };
    import("first", "ledger.example/first").await.expect("nobody has the name yet");
    let refused =
        import("second", "ledger.example/first").await.expect_err("its ledger isn't open, and it has the name");
    assert!(format!("{refused:?}").contains("is taken by a ledger of another realm"), "{refused:?}");
    import("second", "ledger.example/second").await.expect("a name of its own");
    let put = Ask::new("PUT", "/admin/realms/second").bearer(&server.admin_token().await);
    let why = server.ask(put.body("application/json", named("second", "ledger.example/first").to_string())).await;
    assert!(why.expect(400).text("errorMessage").starts_with("countersign.ledger-origin: the name"));
    // At the same moment both may find the name free: then one of them gets another, and works.
    let (one, two) = tokio::join!(import("one", "ledger.example/wished"), import("two", "ledger.example/wished"));
    let mut origins = Vec::new();
    for (realm, _) in [("one", one), ("two", two)].iter().filter(|(_, imported)| imported.is_ok()) {
        let ask = Ask::new("POST", format!("/admin/realms/{realm}/participants"));
        let statement = json!({"id": "bank", "participantName": "Bank"}).to_string();
        let ask = ask.bearer(&server.admin_token().await).body("application/json", statement);
        server.ask(ask).await.expect(201);
        let plan = server.core.plan(realm, Fresh::Now).await.unwrap().unwrap();
        origins.push(plan.network.as_ref().unwrap().ledger.as_ref().unwrap().origin.clone());
    }
    assert_eq!(origins.iter().filter(|origin| *origin == "ledger.example/wished").count(), 1, "{origins:?}");
}

/// The token of somebody who may make realms, and nothing more.
async fn maker(server: &Server, admin: &str) -> String {
    let call = async |method: &str, path: &str, body: Value| {
        let ask = Ask::new(method, format!("/admin/realms/master/{path}")).bearer(admin);
        server.ask(ask.body("application/json", body.to_string())).await
    };
    let password = json!([{"type": "password", "value": "maker"}]);
    call("POST", "users", json!({"username": "maker", "enabled": true, "credentials": password})).await.expect(201);
    let get = async |path: &str| server.ask(Ask::get(format!("/admin/realms/master/{path}")).bearer(admin)).await;
    let id = get("users?username=maker").await.expect(200).json()[0]["id"].as_str().unwrap().to_owned();
    let role = get("roles/create-realm").await.expect(200).json();
    call("POST", &format!("users/{id}/role-mappings/realm"), json!([role])).await.expect(204);
    let form = [("grant_type", "password"), ("client_id", "admin-cli"), ("username", "maker"), ("password", "maker")];
    let ask = Ask::form("/realms/master/protocol/openid-connect/token", &form);
    server.ask(ask).await.expect(200).text("access_token")
}

#[tokio::test]
async fn the_evidence_of_a_realm_that_was_deleted_is_not_its_who_makes_a_realm_of_that_id() {
    let server = Setup::of("messages").master().start().await;
    let net =
        json!({"id": "kept", "realm": "kept", "enabled": true, "attributes": {"countersign.participants": "true"}});
    let post = async |token: &str, file: &Value| {
        server.ask(Ask::new("POST", "/admin/realms").bearer(token).body("application/json", file.to_string())).await
    };
    let admin = server.admin_token().await;
    post(&admin, &net).await.expect(201);
    server.ask(Ask::get("/realms/kept/evidence/checkpoint")).await.expect(200);
    server.core.close_ledger("kept").await.unwrap();
    server.ask(Ask::new("DELETE", "/admin/realms/kept").bearer(&admin)).await.expect(204);
    let maker = maker(&server, &admin).await;
    let mine =
        json!({"id": "kept", "realm": "mine", "enabled": true, "attributes": {"countersign.participants": "true"}});
    let why = post(&maker, &mine).await.expect(409).text("errorMessage");
    assert!(why.starts_with("A realm of this id was deleted and its evidence is still here"), "{why}");
    post(&maker, &json!({"id": "other", "realm": "other", "enabled": true})).await.expect(201);
    post(&admin, &mine).await.expect(201);
}
