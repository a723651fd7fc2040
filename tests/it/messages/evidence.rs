//! The ledger, as any client of such logs reads it.

use ledger::record::{self, RangeRecord, SummaryRecord};
use ledger::text::Digest;
use ledger::{Checkpoint, Hash, Kind, Leaf, Note, Proof, VerifierKey, tile, tree};
use registry::Moment;
use serde_json::{Value, json};
use wire_tests::{Ask, Engine, Party, Server, Setup};

use super::{BODY, network};

async fn head(server: &Server) -> Checkpoint {
    let note = server.ask(Ask::get("/realms/net/evidence/checkpoint")).await.expect(200).body;
    Checkpoint::of_note(&Note::parse(note.as_bytes()).unwrap(), &log(server).await).expect("signed by the ledger")
}

async fn log(server: &Server) -> VerifierKey {
    let keys = server.ask(Ask::get("/realms/net/evidence/keys")).await.expect(200).json();
    VerifierKey::parse(keys["verifier"].as_str().unwrap()).unwrap()
}

async fn raw(server: &Server, path: &str) -> Vec<u8> {
    server.octets(Ask::get(format!("/realms/net/evidence/{path}"))).await
}

#[tokio::test]
async fn what_was_answered_gets_an_index_and_a_proof() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        let (agent, bank) = network(&server).await;
        let answered = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json();
        let id = answered["entry"]["id"].as_str().unwrap();
        let path = format!("/realms/net/evidence/entries/{id}");
        let waiting = server.ask(Ask::get(path.as_str())).await.expect(200).json();
        assert!(waiting["index"].is_null() && waiting["proof"].is_null(), "it waits");
        assert!(server.core.sequence_all().await.unwrap() > 0);
        server.wait(1);
        let placed = server.ask(Ask::get(path.as_str())).await.expect(200).json();
        let proof = Proof::parse(placed["proof"].as_str().unwrap().as_bytes()).unwrap();
        let leaf = jose::b64::decode(placed["leaf"].as_str().unwrap(), "leaf").unwrap();
        let hash = ledger::hash::leaf_hash(&leaf);
        assert_eq!(Digest(hash).to_string(), id);
        let proved = proof.verify(&hash, &log(&server).await).expect("a proof");
        assert_eq!(proved.origin, "ledger.example/net");
        assert_eq!(Leaf::parse(&leaf).unwrap().kind, Kind::Message);
        assert_eq!(server.ask(Ask::get("/realms/net/evidence/entries/none")).await.status, 404);
        assert_eq!(server.ask(Ask::get(path.replace("net", "master"))).await.status, 404, "it is another realm's");
        bank.verify(&agent.sign("bank", "/loans", b"another")).await.expect(200);
        server.core.sequence_all().await.unwrap();
        let later = server.ask(Ask::get(path.as_str())).await.expect(200).json();
        let grown = Proof::parse(later["proof"].as_str().unwrap().as_bytes()).unwrap();
        let size = grown.verify(&hash, &log(&server).await).expect("a proof").size;
        assert!(size > proved.size, "the way to the newest checkpoint");
        assert_eq!(
            [&later["index"], &later["leaf"], &later["kind"]],
            ["index", "leaf", "kind"].map(|name| &placed[name])
        );
    }
}

#[tokio::test]
async fn who_prefers_to_wait_gets_index_and_proof_at_once() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let ask = sent.ask(&server, "verify").bearer(&bank.token().await).header("prefer", "wait=5");
    let core = std::sync::Arc::clone(&server.core);
    let sequencer = tokio::spawn(async move {
        loop {
            core.await_entries().await;
            core.sequence_all().await.expect("sequences");
        }
    });
    let answered = server.ask(ask).await.expect(200).json();
    sequencer.abort();
    assert!(answered["entry"]["index"].is_u64(), "{answered}");
    Proof::parse(answered["entry"]["proof"].as_str().unwrap().as_bytes()).expect("a proof");
}

#[tokio::test]
async fn tiles_and_entries_make_the_root_that_the_checkpoint_says() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let token = bank.token().await;
    let mut heads: Vec<Checkpoint> = Vec::new();
    for round in 0..3u16 {
        for n in 0..100u16 {
            let sent = agent.sign("bank", "/loans", format!("{round} {n}").as_bytes());
            server.ask(sent.ask(&server, "verify").bearer(&token)).await.expect(200);
        }
        server.core.sequence_all().await.unwrap();
        server.wait(1);
        heads.push(head(&server).await);
    }
    let last = heads.last().unwrap();
    assert!(last.size > 300);
    let mut leaves: Vec<Vec<u8>> = Vec::new();
    for (path, width) in
        [("tile/entries/000".to_owned(), 256), (format!("tile/entries/001.p/{}", last.size - 256), last.size - 256)]
    {
        let octets = raw(&server, &path).await;
        let read = tile::read_entries(&octets).unwrap();
        assert_eq!(read.len() as u64, width);
        leaves.extend(read.into_iter().map(<[u8]>::to_vec));
    }
    let full = raw(&server, "tile/0/000").await;
    let hashes: Vec<Hash> = leaves.iter().map(|leaf| ledger::hash::leaf_hash(leaf)).collect();
    assert_eq!(full, hashes[..256].concat());
    let mut edge = tile::Edge::default();
    edge.append(&hashes);
    assert_eq!(edge.root().unwrap(), last.root);
    for missing in ["tile/0/002", "tile/5/000", "tile/0/000.p/0", "tile/0/0", "tile/entries/009", "tile/x"] {
        assert_eq!(server.ask(Ask::get(format!("/realms/net/evidence/{missing}"))).await.status, 404, "{missing}");
    }
    for pair in heads.windows(2) {
        let path = format!("/realms/net/evidence/consistency?from={}&to={}", pair[0].size, pair[1].size);
        let lines = server.ask(Ask::get(path)).await.expect(200).body;
        let read = |line: &str| jose::b64::decode_standard(line, "hash").unwrap().try_into().unwrap();
        let proof: Vec<Hash> = lines.lines().map(read).collect();
        tree::verify_consistency(pair[0].size, &pair[0].root, pair[1].size, &pair[1].root, &proof).expect("consistent");
    }
    let too_far = format!("/realms/net/evidence/consistency?from=1&to={}", last.size + 1);
    assert_eq!(server.ask(Ask::get(too_far)).await.status, 400);
}

#[tokio::test]
async fn records_and_search_are_for_whom_they_concern() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let body = br#"{"n": 1}"#;
    let answered = bank.verify(&agent.sign("bank", "/loans", body)).await.expect(200).json();
    server.core.sequence_all().await.unwrap();
    let id = answered["entry"]["id"].as_str().unwrap();
    let of = |client: &'static str| {
        let client = server.client(client);
        async move { client.token(&[("grant_type", "client_credentials")]).await.text("access_token") }
    };
    let record = |token: String| server.ask(Ask::get(format!("/realms/net/evidence/records/{id}")).bearer(&token));
    for client in ["agent", "bank", "auditor"] {
        let shown = record(of(client).await).await.expect(200).json();
        assert_eq!(shown["record"]["participantRoleId"], "agent");
        let octets = |name: &str| jose::b64::decode(shown[name].as_str().unwrap(), "x").unwrap();
        let salt: [u8; 32] = octets("salt").try_into().unwrap();
        assert_eq!(ledger::leaf::commit(&salt, &octets("octets")), Leaf::parse(&octets("leaf")).unwrap().commitment);
    }
    assert_eq!(record(of("stranger").await).await.status, 403);
    let digest = jose::b64::encode(jose::digest::sha256(body));
    let search = |token: String, query: String| {
        server.ask(Ask::get(format!("/realms/net/evidence/messages?{query}")).bearer(&token))
    };
    let found = search(of("auditor").await, format!("bodySha256={digest}")).await.expect(200).json();
    assert_eq!((&found[0]["entry"]["id"], &found[0]["kid"]), (&id.into(), &"agent-1".into()));
    for (query, hits) in [
        ("code=ok", 1),
        ("code=replayed", 0),
        ("participantRoleId=agent", 1),
        ("kid=x", 0),
        ("from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z", 0),
    ] {
        let found = search(of("auditor").await, query.to_owned()).await.expect(200).json();
        assert_eq!(found.as_array().unwrap().len(), hits, "{query}");
    }
    assert_eq!(search(of("agent").await, String::new()).await.expect(200).json().as_array().unwrap().len(), 1);
    assert_eq!(search(of("bank").await, String::new()).await.expect(200).json().as_array().unwrap().len(), 0);
    assert_eq!(search(of("bank").await, "participantRoleId=agent".to_owned()).await.status, 403);
    assert_eq!(search(of("stranger").await, String::new()).await.status, 403);
}

#[tokio::test]
async fn an_id_inside_a_body_that_no_column_takes_stops_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        let (agent, bank) =
            (Party::register(&server, "agent", "ocen").await, Party::register(&server, "bank", "ocen").await);
        for id in ["a\u{0}b", "\u{feff}\u{202e}\"\\", "a\nb", "good"] {
            let body = json!({"metadata": {"requestId": id, "traceId": id}}).to_string();
            assert_eq!(bank.code(&agent.sign("bank", "/loans", body.as_bytes())).await, "ok", "{id:?}");
            server.core.sequence_all().await.unwrap();
        }
        let token = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.text("access_token");
        let search = Ask::get("/realms/net/evidence/messages?requestId=good").bearer(&token);
        assert_eq!(server.ask(search).await.expect(200).json().as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_search_finds_by_each_thing_alone_and_by_several_together() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        let (agent, bank) =
            (Party::register(&server, "agent", "ocen").await, Party::register(&server, "bank", "ocen").await);
        let start = server.core.now();
        let mut ids = Vec::new();
        // A message each minute, two of a loan; the last one is of the other participant.
        for (n, (from, to)) in [(&agent, &bank), (&agent, &bank), (&bank, &agent)].into_iter().enumerate() {
            let time = Moment::from_ms(server.core.clock.now_ms());
            let body = json!({"metadata": {"timestamp": time, "requestId": format!("loan-{}", n / 2), "traceId": format!("t-{n}")}});
            let sent = from.sign(&to.id, "/loans", body.to_string().as_bytes());
            let answered = to.verify(&sent).await.expect(200).json();
            assert_eq!(answered["code"], "ok", "{answered}");
            ids.push((answered["entry"]["id"].as_str().unwrap().to_owned(), jose::digest::sha256(&sent.body)));
            server.core.sequence_all().await.unwrap();
            server.wait(60);
        }
        let token = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.text("access_token");
        let at = |seconds: i64| Moment::from_ms((start + seconds) * 1000).to_string();
        let digest = |n: usize| jose::b64::encode(&ids[n].1);
        let found = async |query: &str| -> Vec<usize> {
            let path = format!("/realms/net/evidence/messages?{query}");
            let found = server.ask(Ask::get(path).bearer(&token)).await.expect(200).json();
            let place = |message: &Value| ids.iter().position(|(id, _)| message["entry"]["id"] == *id).unwrap();
            found.as_array().unwrap().iter().map(place).collect()
        };
        let between = |from: i64, to: i64| format!("from={}&to={}", at(from), at(to));
        for (query, hits) in [
            (String::new(), &[2, 1, 0][..]),
            ("requestId=loan-0".to_owned(), &[1, 0]),
            ("requestId=loan-1".to_owned(), &[2]),
            ("requestId=loan".to_owned(), &[]),
            ("traceId=t-1".to_owned(), &[1]),
            ("traceId=T-1".to_owned(), &[]),
            ("requestId=t-1".to_owned(), &[]),
            ("participantRoleId=agent".to_owned(), &[1, 0]),
            ("participantRoleId=nobody".to_owned(), &[]),
            ("kid=bank-1".to_owned(), &[2]),
            (format!("bodySha256={}", digest(1)), &[1]),
            (format!("bodySha256={}", jose::b64::encode([7; 32])), &[]),
            ("code=ok".to_owned(), &[2, 1, 0]),
            ("code=signature_invalid".to_owned(), &[]),
            (format!("from={}", at(30)), &[2, 1]),
            (format!("to={}", at(30)), &[0]),
            (between(30, 90), &[1]),
            (between(30, 50), &[]),
            (between(90, 30), &[]),
            ("requestId=loan-0&traceId=t-1".to_owned(), &[1]),
            ("requestId=loan-0&traceId=t-2".to_owned(), &[]),
            (format!("requestId=loan-0&{}", between(30, 300)), &[1]),
            (format!("kid=agent-1&bodySha256={}", digest(2)), &[]),
            ("requestId=loan-0&first=1&max=1".to_owned(), &[0]),
        ] {
            assert_eq!(found(&query).await, hits, "{query}");
        }
        // A participant finds its own alone, by whatever it asks.
        let own = server.ask(Ask::get("/realms/net/evidence/messages?traceId=t-2").bearer(&agent.token().await)).await;
        assert_eq!(own.expect(200).json(), json!([]));
    }
}

#[tokio::test]
async fn failures_are_summed_up_and_name_nobody_as_the_culprit() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let mut sent = agent.sign("bank", "/loans", BODY);
    sent.body.push(b'x');
    for _ in 0..3 {
        assert_eq!(bank.code(&sent).await, "signature_invalid");
    }
    assert_eq!(server.core.summarise_failures().await.unwrap(), 1);
    assert_eq!(server.core.summarise_failures().await.unwrap(), 0);
    server.core.sequence_all().await.unwrap();
    let store = &server.core.store;
    let ledger =
        server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap().network.clone().unwrap().ledger.unwrap();
    let entries = store::ledger::entries(store, &ledger.id, 0, 1000).await.unwrap();
    let of = |kind: Kind| entries.iter().filter(move |entry| entry.kind == i64::from(kind.number()));
    assert_eq!(of(Kind::Message).count(), 0);
    let summary: SummaryRecord = record::parse(of(Kind::Summary).next().unwrap().record.as_ref().unwrap()).unwrap();
    assert_eq!(summary.failures.len(), 1);
    let failure = &summary.failures[0];
    assert_eq!((failure.client_id.as_str(), failure.claimed.as_str(), failure.count), ("bank", "agent", 3));
    let ranges: Vec<RangeRecord> =
        of(Kind::Range).map(|entry| record::parse(entry.record.as_ref().unwrap()).unwrap()).collect();
    assert!(ranges.iter().any(|range| range.participant_role_id == "agent" && range.leaves.len() == 3));
}

#[tokio::test]
async fn a_flood_of_false_messages_takes_causes_from_its_caller_alone_and_never_a_verdict() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let mut false_one = agent.sign("bank", "/loans", BODY);
    false_one.body.push(b'\n');
    let names_cause = async |asker: &Party<'_>| asker.verify(&false_one).await.text("detail").contains("newline");
    for n in 0..600 {
        assert!(names_cause(&bank).await, "{n}");
    }
    assert!(!names_cause(&bank).await, "the next is judged and not explained");
    assert!(names_cause(&agent).await, "another caller has causes of its own");
    assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok", "a good one passes whatever others did");
    assert_eq!(server.core.summarise_failures().await.unwrap(), 1);
    let ledger =
        server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap().network.clone().unwrap().ledger.unwrap();
    let waiting = store::ledger::pending(&server.core.store, &ledger.id, 100).await.unwrap();
    let summaries = waiting.iter().filter(|entry| entry.kind == i64::from(Kind::Summary.number())).count();
    assert_eq!(summaries, 1, "602 failures are one entry");
}

#[tokio::test]
async fn a_profile_stays_in_the_ledger_as_it_was_when_messages_were_judged_by_it() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    for n in 0..2u8 {
        assert_eq!(bank.code(&agent.sign("bank", "/loans", &[b'0' + n])).await, "ok");
    }
    server.core.sequence_all().await.unwrap();
    let ledger =
        server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap().network.clone().unwrap().ledger.unwrap();
    let kind = i64::from(Kind::Profile.number());
    let entries = store::ledger::last_of_kind(&server.core.store, &ledger.id, kind, i64::MAX, 100).await.unwrap();
    assert_eq!(entries.len(), 1, "once, however many messages");
    let kept: record::ProfileRecord = record::parse(entries[0].record.as_ref().unwrap()).unwrap();
    let digest = jose::b64::encode(jose::digest::sha256(kept.definition.as_bytes()));
    assert_eq!((kept.name.as_str(), kept.digest.to_string()), ("strict", digest));
}

#[tokio::test]
async fn records_go_when_their_time_is_over_and_the_tree_stays_as_it_is() {
    let server = Setup::of("messages")
        .with(|realm| realm["attributes"]["countersign.erase-after-days"] = "30".into())
        .start()
        .await;
    let (agent, bank) = network(&server).await;
    let old = bank.verify(&agent.sign("bank", "/loans", b"old")).await.expect(200).json();
    server.core.sequence_all().await.unwrap();
    server.wait(31 * 86_400);
    let new = bank.verify(&agent.sign("bank", "/loans", b"new")).await.expect(200).json();
    server.core.sequence_all().await.unwrap();
    assert_eq!(server.core.erase_old_messages().await.unwrap(), 1);
    assert_eq!(server.core.erase_old_messages().await.unwrap(), 0);
    server.core.sequence_all().await.unwrap();
    server.wait(1);
    let token = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    let id = |answer: &Value| answer["entry"]["id"].as_str().unwrap().to_owned();
    let record = |id: String| server.ask(Ask::get(format!("/realms/net/evidence/records/{id}")).bearer(&token));
    assert_eq!(record(id(&old)).await.refusal(), "404 not_found: The record was erased");
    record(id(&new)).await.expect(200);
    let entry = server.ask(Ask::get(format!("/realms/net/evidence/entries/{}", id(&old)))).await.expect(200).json();
    let proof = Proof::parse(entry["proof"].as_str().unwrap().as_bytes()).unwrap();
    let leaf = jose::b64::decode(entry["leaf"].as_str().unwrap(), "leaf").unwrap();
    proof.verify(&ledger::hash::leaf_hash(&leaf), &log(&server).await).expect("the leaf is where it was");
    let found = server.ask(Ask::get("/realms/net/evidence/messages").bearer(&token)).await.expect(200).json();
    assert_eq!(found.as_array().unwrap().len(), 1);
    let export = Ask::new("POST", "/realms/net/evidence/export").bearer(&token);
    let export = export.body("application/json", format!("{{\"messages\": [\"{}\"]}}", id(&old)));
    assert_eq!(server.ask(export).await.status, 404);
}

#[tokio::test]
async fn records_go_from_closed_ledgers_too() {
    let server = Setup::of("messages")
        .with(|realm| realm["attributes"]["countersign.erase-after-days"] = "30".into())
        .start()
        .await;
    let (agent, bank) = network(&server).await;
    assert_eq!(bank.code(&agent.sign("bank", "/loans", b"old")).await, "ok");
    server.core.sequence_all().await.unwrap();
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    let closed = server.core.close_ledger(&realm.id).await.expect("closes");
    server.wait(31 * 86_400);
    assert_eq!(server.core.erase_old_messages().await.unwrap(), 1);
    assert_eq!(server.core.erase_old_messages().await.unwrap(), 0);
    assert_eq!(store::ledger::count_waiting(&server.core.store, &closed.id).await.unwrap(), 0, "nothing is added");
}

#[tokio::test]
async fn a_bundle_is_refused_before_anything_is_read_for_who_may_not_have_it_and_beyond_the_realms_most() {
    let server = Setup::of("messages")
        .with(|realm| realm["attributes"]["countersign.messages-in-bundle"] = "2".into())
        .start()
        .await;
    let (agent, bank) = network(&server).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let told = bank.verify(&agent.sign("bank", "/loans", format!("{n}").as_bytes())).await.expect(200).json();
        ids.push(told["entry"]["id"].as_str().unwrap().to_owned());
        server.core.sequence_all().await.unwrap();
    }
    let export = async |token: &str, wanted: Value| {
        let ask = Ask::new("POST", "/realms/net/evidence/export").bearer(token);
        server.ask(ask.body("application/json", wanted.to_string())).await
    };
    let auditor = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    export(&auditor, serde_json::json!({"messages": &ids[..2]})).await.expect(200);
    export(&auditor, serde_json::json!({"messages": [ids[0], ids[0], ids[0]]})).await.expect(400);
    for wanted in [serde_json::json!({"messages": ids}), serde_json::json!({"participantRoleId": "agent"})] {
        let refused = export(&auditor, wanted).await.expect(400);
        assert!(
            refused.body.contains("more than 2") && refused.body.contains("messages-in-bundle"),
            "{}",
            refused.body
        );
    }
    // A client with neither right nor role learns not even whether it is there.
    let stranger = server.client("stranger").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    export(&stranger, serde_json::json!({"messages": ["nothing"]})).await.expect(403);
}

#[tokio::test]
async fn an_entry_whose_record_cannot_be_read_gets_its_index_and_is_erased_and_somebody_is_told() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let setup =
            Setup::of("messages").with(|realm| realm["attributes"]["countersign.erase-after-days"] = "30".into());
        let Some(server) = setup.on(engine).try_start().await else { continue };
        unreadable(&server).await;
    }
}

async fn unreadable(server: &Server) {
    network(server).await;
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
    let now = server.core.clock.now_ms();
    let entry = domain::network::entry::Entry::new(Kind::Message, now, b"no record".to_vec()).unwrap();
    let mut batch = store::Batch::new();
    entry.append(&mut batch, &ledger);
    server.core.store.db().commit(batch).await.unwrap();
    server.core.sequence_all().await.unwrap();
    let (_, placed) = store::ledger::entry(&server.core.store, &plan.realm.id, &entry.id()).await.unwrap().unwrap();
    assert!(placed.position.is_some(), "the leaf is where it was promised to be");
    let told = server.core.late_ledgers();
    assert!(told[0].contains("1 new entries whose records can't be read"), "{told:?}");
    // Its record goes with its age, like any other.
    server.wait(30 * 86400 - 1);
    assert_eq!(server.core.erase_old_messages().await.unwrap(), 0);
    server.wait(2);
    assert_eq!(server.core.erase_old_messages().await.unwrap(), 1);
    let (_, erased) = store::ledger::entry(&server.core.store, &plan.realm.id, &entry.id()).await.unwrap().unwrap();
    assert_eq!((erased.record, erased.salt, erased.position), (None, Vec::new(), placed.position));
    assert_eq!(server.core.erase_old_messages().await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_that_signs_replies_and_tokens_is_entered_for_each() {
    let server = Setup::of("messages").start().await;
    let (agent, bank) = network(&server).await;
    // The first reply makes the key, and the next enters it as one that may sign tokens.
    for n in 0..2 {
        bank.verify(&agent.sign("bank", "/loans", format!("{n}").as_bytes())).await.expect(200);
        server.wait(1);
    }
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
    let keys = store::service_keys::list(&server.core.store, &ledger.id).await.unwrap();
    let reply = keys.iter().find(|key| key.purpose == "reply").unwrap();
    let uses: Vec<&str> = keys.iter().filter(|key| key.kid == reply.kid).map(|key| key.purpose.as_str()).collect();
    assert_eq!(uses, ["reply", "token"]);
}
