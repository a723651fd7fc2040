//! A ledger that was left for another: what of it is public, what its receipts are worth, and what can be exported of it.

use countersign::evidence::receipt::{ReceiptRequest, verify_receipt};
use countersign::evidence::watch::{Access, Watch, WatchRequest};
use domain::Fresh;
use evidence::Bundle;
use evidence::bundle::Claim;
use ledger::text::UtcTime;
use ledger::{Checkpoint, Hash, Note, tree};
use messages::bundle::{self, Selection};
use serde_json::{Value, json};
use wire_tests::{Ask, Engine, NOW, Party, Server, Setup};

use super::desk::{Desk, trust};
use super::network;
use super::rollback::{ledger, set_back};
use super::times::{Witness, introduce, set};

const LATER: UtcTime = UtcTime((NOW as u64 + 36_000) * 1000);

/// A network on a store, if that is there.
async fn start(engine: Engine) -> Option<Server> {
    let server = Setup::of("messages").remembering().on(engine).try_start().await?;
    set(&server, &[]).await;
    Some(server)
}

/// Has a message judged and placed; the answer with its signature, as a gateway keeps it.
async fn judged(agent: &Party<'_>, bank: &Party<'_>, server: &Server, n: usize) -> String {
    let answer = bank.verify(&agent.sign("bank", "/loans", format!("{n}").as_bytes())).await.expect(200);
    server.core.sequence_all().await.unwrap();
    server.wait(1);
    let signature = answer.header("x-jws-signature");
    json!({"keptAt": "2026-11-26T00:00:00.000Z", "reply": answer.body, "signature": signature}).to_string()
}

async fn told(server: &Server, path: &str) -> String {
    server.ask(Ask::get(format!("/realms/net/evidence/{path}"))).await.expect(200).body
}

/// The trust that a participant exchanged with the operator by now.
async fn trusted(server: &Server, agent: &Party<'_>) -> String {
    trust(&serde_json::from_str(&told(server, "keys").await).unwrap(), &agent.key)
}

async fn recover(server: &Server) {
    let plan = server.core.plan("net", Fresh::Now).await.unwrap().unwrap();
    server.core.recover_ledger(&plan, "disk lost").await.expect("recovers");
    server.core.sequence_all().await.unwrap();
    server.wait(1);
}

fn checkpoint(note: &str) -> Checkpoint {
    Checkpoint::parse(&Note::parse(note.as_bytes()).unwrap().text).unwrap()
}

/// Both trusts as one: the lines of the second that are not in the first, before those.
fn both(old: &str, new: &str) -> String {
    new.lines()
        .filter(|line| !old.lines().any(|known| known == *line))
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        + old
}

#[tokio::test]
async fn a_receipt_of_a_ledger_that_was_set_back_and_left_is_honoured_or_lost_and_a_watcher_hears_it_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = start(engine).await else { continue };
        let (agent, bank) = network(&server).await;
        let (desk, (address, _end)) = (Desk::new(), server.listen().await);
        let mut answers = Vec::new();
        for n in 0..2 {
            answers.push(judged(&agent, &bank, &server, n).await);
        }
        introduce(&server).await;
        let witness = Witness::of(&server).await;
        server.wait(60);
        assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
        server.core.sequence_all().await.unwrap();
        let early = ledger(&server).await;
        let url = format!("http://{address}/realms/net/evidence");
        let watching = |trust: &str, token: &str| WatchRequest {
            ledger: url.clone(),
            role: "agent".to_owned(),
            trust: Some(desk.file("trust.policy", trust)),
            state: Some(desk.0.join("state")),
            access: Access::TokenFile(desk.file("token", token)),
            authorities: Vec::new(),
        };
        let look = async |trust: &str| {
            let request = watching(trust, &agent.token().await);
            let mut watch = Watch::open(request, None).unwrap();
            let looked = watch.look().await;
            watch.told().unwrap();
            assert_eq!(looked.failures, Vec::<String>::new());
            looked.alarms
        };
        let before = trusted(&server, &agent).await;
        assert_eq!(look(&before).await, Vec::<String>::new());
        for n in 2..4 {
            answers.push(judged(&agent, &bank, &server, n).await);
        }
        let signed = ledger(&server).await;
        set_back(&server, &early).await;
        recover(&server).await;
        let trust = both(&before, &trusted(&server, &agent).await);
        let trust = trust.replace("quorum none", &format!("witness w {}\nquorum w", witness.key()));
        for (answer, status) in answers.iter().zip([0, 0, 1, 1]) {
            let request = ReceiptRequest {
                file: desk.file("answer.json", answer),
                ledger: Some(url.clone()),
                trust: Some(desk.file("both.policy", &trust)),
                ..ReceiptRequest::default()
            };
            let found = verify_receipt(&request, None, LATER).await.unwrap();
            assert_eq!(found.status, status, "{}", found.text);
            let signed = format!("commits to the head of {} leaves of {}", signed.size, early.origin);
            assert!(found.text.contains(&signed) && found.text.contains("reply key"), "{}", found.text);
            let part = if status == 0 { "which takes no more, at index" } else { "BROKEN PROMISE" };
            assert!(found.text.contains(part), "{}", found.text);
            // By the log's key alone nothing of what is left is believed.
            let alone = desk.file("alone.policy", trust.replace("quorum w", "quorum none"));
            let found = verify_receipt(&ReceiptRequest { trust: Some(alone), ..request }, None, LATER).await.unwrap();
            assert_eq!(found.status, 1, "{}", found.text);
        }
        let alarms = look(&trust).await;
        let lost = format!("The leaves of {} from index {} to {} are lost", early.origin, early.size, signed.size - 1);
        assert!(alarms.len() == 1 && alarms[0].contains(&lost), "{alarms:?}");
        assert!(alarms[0].contains("the last message of agent that is left there is at index"), "{alarms:?}");
        assert_eq!(look(&trust).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_it_takes_to_check_a_ledger_that_was_left_is_public_by_its_origin() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = start(engine).await else { continue };
        let (agent, bank) = network(&server).await;
        judged(&agent, &bank, &server, 0).await;
        let (note, keys) = (told(&server, "checkpoint").await, told(&server, "keys").await);
        let old = checkpoint(&note);
        let keys: Value = serde_json::from_str(&keys).unwrap();
        assert_eq!(keys["move"], Value::Null);
        let tiles = ["tile/entries/000.p/1", "tile/0/000.p/1", "tile/0/000.p/2"];
        let octets = async |path: &str| server.octets(Ask::get(format!("/realms/net/evidence/{path}"))).await;
        let mut before = Vec::new();
        for path in tiles {
            before.push(octets(path).await);
        }
        recover(&server).await;
        let of = format!("origin={}", old.origin);
        assert_eq!(told(&server, &format!("checkpoint?{of}")).await, note);
        let mut left: Value = serde_json::from_str(&told(&server, &format!("keys?{of}")).await).unwrap();
        // Replies were signed meanwhile, and their keys entered.
        left["keys"] = keys["keys"].clone();
        assert_eq!(left, keys);
        let open = ledger(&server).await;
        let told_now: Value = serde_json::from_str(&told(&server, "keys").await).unwrap();
        let record = jose::b64::decode(told_now["move"]["record"].as_str().unwrap(), "record").unwrap();
        let record: Value = serde_json::from_slice(&record).unwrap();
        assert_eq!((&record["oldOrigin"], &record["reason"]), (&json!(old.origin), &json!("disk lost")));
        assert_eq!(told(&server, &format!("keys?origin={}", open.origin)).await, told(&server, "keys").await);
        for (path, before) in tiles.iter().zip(&before) {
            assert_eq!(octets(&format!("{path}?{of}")).await, *before, "{path}");
            assert_ne!(octets(path).await, *before, "{path}");
        }
        let hash = |octets: &[u8]| Hash::try_from(octets).unwrap();
        let proof = told(&server, &format!("consistency?from=1&to={}&{of}", old.size)).await;
        let proof: Vec<Hash> =
            proof.lines().map(|line| hash(&jose::b64::decode_standard(line, "hash").unwrap())).collect();
        tree::verify_consistency(1, &hash(&before[1]), old.size, &old.root, &proof)
            .expect("goes on from its first leaf");
        for path in ["checkpoint", "keys", "tile/0/000.p/1", "consistency?from=0&to=1"] {
            let other = if path.contains('?') { "&" } else { "?" };
            let none = format!("/realms/net/evidence/{path}{other}origin=ledger.example/nobody");
            server.ask(Ask::get(none)).await.expect(404);
        }
    }
}

#[tokio::test]
async fn only_what_names_its_ledger_may_be_kept_for_ever() {
    let server = start(Engine::Sqlite).await.unwrap();
    let (agent, bank) = network(&server).await;
    judged(&agent, &bank, &server, 0).await;
    let origin = ledger(&server).await.origin;
    for path in ["tile/0/000.p/1", "tile/entries/000.p/1", "consistency?from=1&to=2", "checkpoint"] {
        let named = format!("{path}{}origin={origin}", if path.contains('?') { "&" } else { "?" });
        for (path, forever) in [(path, false), (&named, !path.starts_with("checkpoint"))] {
            let reply = server.ask(Ask::get(format!("/realms/net/evidence/{path}"))).await.expect(200);
            let expected = if forever { "public, max-age=31536000, immutable" } else { "public, max-age=2" };
            assert_eq!(reply.header("cache-control"), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn an_origin_that_names_nothing_or_two_ledgers_is_refused() {
    let server = start(Engine::Sqlite).await.unwrap();
    let (agent, bank) = network(&server).await;
    judged(&agent, &bank, &server, 0).await;
    let origin = ledger(&server).await.origin;
    for path in ["checkpoint?", "keys?", "tile/0/000.p/1?", "consistency?from=1&to=2&"] {
        for (query, why) in [
            ("origin=".to_owned(), "The parameter origin is empty"),
            (format!("origin={origin}&origin={origin}"), "The parameter origin is there twice"),
            (format!("origin={origin}&origin="), "The parameter origin is there twice"),
        ] {
            let refused = server.ask(Ask::get(format!("/realms/net/evidence/{path}{query}"))).await.refusal();
            assert_eq!(refused, format!("400 invalid_request: {why}"), "{path}{query}");
        }
    }
}

#[tokio::test]
async fn a_roles_complete_range_is_exported_of_each_ledger_and_names_the_others() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = start(engine).await else { continue };
        let (agent, bank) = network(&server).await;
        for n in 0..2 {
            judged(&agent, &bank, &server, n).await;
        }
        let old = ledger(&server).await.origin;
        let export = async |wanted: Value, status: u16| {
            let token = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.expect(200);
            let ask = Ask::new("POST", "/realms/net/evidence/export").bearer(&token.text("access_token"));
            server.ask(ask.body("application/json", wanted.to_string())).await.expect(status).body
        };
        let alone = Bundle::read(export(json!({"participantRoleId": "agent"}), 200).await.as_bytes()).unwrap();
        assert!(matches!(&alone.claim, Claim::Range { other_origins, .. } if other_origins.is_empty()));
        recover(&server).await;
        judged(&agent, &bank, &server, 2).await;
        let new = ledger(&server).await.origin;
        for (origin, other, messages) in [(Some(&old), &new, 2), (Some(&new), &old, 1), (None, &old, 1)] {
            let mut wanted = json!({"participantRoleId": "agent"});
            if let Some(origin) = origin {
                wanted["origin"] = json!(origin);
            }
            let octets = export(wanted, 200).await;
            let bundle = Bundle::read(octets.as_bytes()).unwrap();
            assert_eq!((bundle.messages.len(), &bundle.origin), (messages, origin.unwrap_or(&new)));
            let Claim::Range { other_origins, left_at, .. } = &bundle.claim else { panic!("{:?}", bundle.claim) };
            assert_eq!(other_origins, std::slice::from_ref(other));
            assert_eq!(left_at.is_some(), bundle.origin == old);
            let report = evidence::verify(octets.as_bytes(), None, LATER);
            assert_eq!(report.not_proved.len(), 1, "only trust is not given: {:?}", report.not_proved);
            let text = report.to_text();
            assert!(text.contains(&format!("all messages of agent in the log {},", bundle.origin)), "{text}");
            assert!(text.contains(&format!("the realm also had {other}, and this tells nothing of those")), "{text}");
        }
        let refused = export(json!({"participantRoleId": "agent", "origin": "ledger.example/nobody"}), 404).await;
        assert!(refused.contains(&old) && refused.contains(&new), "{refused}");
        for odd in [json!(7), json!(null)] {
            export(json!({"participantRoleId": "agent", "origin": odd}), 400).await;
        }
        export(json!({"requestId": "r-1", "origin": 7}), 400).await;
    }
}

#[tokio::test]
async fn a_conversation_that_went_on_in_another_ledger_says_so_and_is_exported_of_each() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = start(engine).await else { continue };
        let parties = ["agent", "bank", "stranger"].map(|id| Party::register(&server, id, "ocen"));
        let [agent, bank, stranger] = parties;
        let (agent, bank, stranger) = (agent.await, bank.await, stranger.await);
        let [first, second] =
            ["loan-1", "loan-2"].map(|id| json!({"metadata": {"requestId": id}}).to_string().into_bytes());
        bank.verify(&agent.sign("bank", "/loans", &first)).await.expect(200);
        bank.verify(&stranger.sign("bank", "/loans", &second)).await.expect(200);
        server.core.sequence_all().await.unwrap();
        let old = ledger(&server).await.origin;
        recover(&server).await;
        for body in [&first, &second] {
            bank.verify(&agent.sign("bank", "/callback", body)).await.expect(200);
        }
        server.core.sequence_all().await.unwrap();
        let new = ledger(&server).await.origin;
        let ask = async |party: &Party<'_>, id: &str, origin: Option<&String>| {
            let mut wanted = json!({"requestId": id});
            if let Some(origin) = origin {
                wanted["origin"] = json!(origin);
            }
            let ask = Ask::new("POST", "/realms/net/evidence/export").bearer(&party.token().await);
            server.ask(ask.body("application/json", wanted.to_string())).await
        };
        let export = async |party: &Party<'_>, id: &str, origin: Option<&String>| {
            let octets = ask(party, id, origin).await.expect(200).body;
            let bundle = Bundle::read(octets.as_bytes()).unwrap();
            let Claim::Conversation { other_origins, .. } = bundle.claim else { panic!("{:?}", bundle.claim) };
            (bundle.origin, bundle.messages.len(), other_origins)
        };
        for (origin, other) in [(Some(&old), &new), (Some(&new), &old), (None, &old)] {
            let expected = (origin.unwrap_or(&new).clone(), 1, vec![other.clone()]);
            assert_eq!(export(&agent, "loan-1", origin).await, expected);
            assert_eq!(export(&bank, "loan-2", origin).await, expected);
        }
        // Nobody is told of what is none of theirs.
        assert_eq!(export(&agent, "loan-2", None).await, (new.clone(), 1, Vec::new()));
        ask(&agent, "loan-2", Some(&old)).await.expect(403);
    }
}

#[tokio::test]
async fn a_range_of_a_ledger_that_was_set_back_and_left_says_how_long_that_was() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = start(engine).await else { continue };
        let (agent, bank) = network(&server).await;
        judged(&agent, &bank, &server, 0).await;
        let early = ledger(&server).await;
        judged(&agent, &bank, &server, 1).await;
        let signed = ledger(&server).await;
        set_back(&server, &early).await;
        recover(&server).await;
        let plan = server.core.plan("net", Fresh::Now).await.unwrap().unwrap();
        let all = Selection::Range { role: "agent".to_owned(), from: 0, to: None, origin: Some(early.origin.clone()) };
        let octets = bundle::make(&server.core, &plan, &all).await.unwrap();
        let Claim::Range { to, left_at, .. } = Bundle::read(&octets).unwrap().claim else { panic!("no range") };
        assert_eq!(left_at, Some(signed.size.unsigned_abs()));
        let told = evidence::verify(&octets, None, LATER).to_text();
        let lost = format!("head of {} leaves, and this tells nothing of those from index {to} on", signed.size);
        assert!(told.contains(&lost), "{told}");
    }
}

#[tokio::test]
async fn a_receipt_of_before_an_import_is_honoured_by_the_old_server_and_the_new_one_tells_what_it_goes_on_from() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = start(engine).await else { continue };
        let (agent, bank) = network(&server).await;
        let answer = judged(&agent, &bank, &server, 0).await;
        let before = trusted(&server, &agent).await;
        let file = admin::export::whole(&server.core, "net").await.unwrap().unwrap().into_value();
        let closed = server.core.close_ledger(&ledger(&server).await.realm_id).await.unwrap();
        let other = Setup::empty().master().realm(file).on(engine).try_start().await.unwrap();
        told(&other, "keys").await;
        other.core.sequence_all().await.unwrap();
        other.wait(1);
        // Nobody takes what is complete there for all that there was.
        let token = other.client("bank").token(&[("grant_type", "client_credentials")]).await.expect(200);
        let sent = agent.sign("bank", "/loans", b"there").ask(&other, "verify");
        other.ask(sent.bearer(&token.text("access_token"))).await.expect(200);
        other.core.sequence_all().await.unwrap();
        other.wait(1);
        let plan = other.core.plan("net", Fresh::Now).await.unwrap().unwrap();
        let all = Selection::Range { role: "agent".to_owned(), from: 0, to: None, origin: None };
        let bundle = Bundle::read(&bundle::make(&other.core, &plan, &all).await.unwrap()).unwrap();
        assert!(
            matches!(&bundle.claim, Claim::Range { other_origins, .. } if *other_origins == [closed.origin.clone()])
        );
        let desk = Desk::new();
        let trust = desk.file("both.policy", both(&before, &trusted(&other, &agent).await));
        for (at, status, part) in [(&server, 0, "it is in the log at index"), (&other, 1, "is not served there")] {
            let (address, _end) = at.listen().await;
            let request = ReceiptRequest {
                file: desk.file("answer.json", &answer),
                ledger: Some(format!("http://{address}/realms/net/evidence")),
                trust: Some(trust.clone()),
                ..ReceiptRequest::default()
            };
            let found = verify_receipt(&request, None, LATER).await.unwrap();
            assert!(found.status == status && found.text.contains(part), "{}", found.text);
            let commits = format!("commits to the head of {} leaves of {}", closed.size, closed.origin);
            assert_eq!(found.text.contains(&commits), status == 1, "{}", found.text);
        }
    }
}
