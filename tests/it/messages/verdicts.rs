//! What the realm says of messages.

use domain::clock::Clock as _;
use jose::Algorithm;
use registry::{Change, Moment, Settings, Status};
use serde_json::{Value, json};
use wire_tests::{Ask, Engine, Party, Server, Setup, new_key};

use super::{BODY, network};

#[tokio::test]
async fn a_good_message_is_answered_with_its_entry_and_a_receipt() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let reply = bank.verify(&agent.sign("bank", "/loans?a=1", BODY)).await.expect(200).json();
    assert_eq!(reply["valid"], true, "{reply}");
    assert_eq!((&reply["code"], &reply["kid"]), (&json!("ok"), &json!("agent-1")));
    assert_eq!((&reply["participantId"], &reply["participantRoleId"]), (&json!("org-agent"), &json!("agent")));
    assert_eq!((&reply["profile"], &reply["repeated"]), (&json!("strict"), &json!(false)));
    let receipt: ledger::Receipt = serde_json::from_value(reply["receipt"].clone()).unwrap();
    let leaf = receipt.verify().unwrap();
    assert_eq!(reply["entry"]["id"], ledger::text::Digest(leaf.id()).to_string());
    let record: ledger::record::MessageRecord = ledger::record::parse(&receipt.record.0).unwrap();
    assert_eq!((record.participant_role_id.as_str(), record.target.as_str()), ("agent", "/loans?a=1"));
    assert_eq!(record.body.sha256.0.as_slice(), jose::digest::sha256(BODY));
    assert_eq!((record.verdict.as_str(), record.signed), ("ok", true));
    assert_eq!(record.asked_by.participant_role_id.as_deref(), Some("bank"));
    assert_eq!(record.registry_head.to_string(), agent.role().await.head.digest);
}

#[tokio::test]
async fn each_thing_that_is_wrong_has_its_code_and_no_entry() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let good = agent.sign("bank", "/loans", BODY);
    let with = |change: &dyn Fn(&mut wire_tests::Sent)| {
        let mut sent = good.clone();
        change(&mut sent);
        sent
    };
    let (header, signature) = good.signature.split_once("..").unwrap();
    let foreign = agent.sign_with(&new_key(Algorithm::ES256, "agent-1"), "bank", "/loans", BODY);
    let of_bank = agent.sign_with(&bank.key, "bank", "/loans", BODY);
    for (code, sent) in [
        ("participant_unknown", with(&|sent| sent.sender = "nobody".to_owned())),
        ("signature_missing", with(&|sent| sent.signature = "\u{7f}\u{0}".to_owned())),
        ("signature_invalid", with(&|sent| sent.signature.push('A'))),
        ("signature_malformed", with(&|sent| sent.signature = format!("{header}.{signature}"))),
        ("signature_malformed", with(&|sent| sent.signature.truncate(sent.signature.len() - 1))),
        ("payload_attached", with(&|sent| sent.signature = format!("{header}.e30.{signature}"))),
        ("signature_invalid", with(&|sent| sent.body.push(b' '))),
        ("signature_invalid", with(&|sent| sent.body[2] = b'A')),
        ("signature_invalid", foreign),
        ("kid_unknown", of_bank),
        ("kid_unknown", with(&|sent| sent.sender = "bank".to_owned())),
    ] {
        let reply = bank.verify(&sent).await.expect(200).json();
        assert_eq!((&reply["code"], &reply["valid"], &reply["entry"]), (&json!(code), &json!(false), &Value::Null));
        assert!(reply["receipt"].is_null() && !reply["detail"].as_str().unwrap().is_empty());
    }
    assert_eq!(bank.code(&good).await, "ok", "others' failures don't count against it");
}

#[tokio::test]
async fn two_signature_headers_are_malformed() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let ask = sent.ask(&server, "verify").header("x-jws-signature", &sent.signature).bearer(&bank.token().await);
    assert_eq!(server.ask(ask).await.expect(200).text("code"), "signature_malformed");
}

#[tokio::test]
async fn keys_count_from_their_beginning_to_their_end_and_never_after_their_revocation() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let next = new_key(Algorithm::ES256, "agent-2");
    let now = server.core.clock.now_ms();
    let jwk = next.public_jwk().unwrap().to_value();
    agent
        .change(Change::KeyAdded {
            kid: "agent-2".to_owned(),
            jwk,
            valid_from: Moment::from_ms(now + 10_000),
            valid_until: None,
            proof: None,
            word: registry::Word::Operator,
        })
        .await;
    let by_next = |n: u8| agent.sign_with(&next, "bank", "/loans", &[b'0' + n]);
    assert_eq!(bank.code(&by_next(1)).await, "key_not_yet_valid");
    server.wait(10);
    assert_eq!(bank.code(&by_next(2)).await, "ok");
    let old = agent.sign("bank", "/loans", BODY);
    agent.change(Change::KeyEnded { kid: "agent-1".to_owned(), at: Moment::from_ms(now + 10_000) }).await;
    assert_eq!(bank.code(&old).await, "key_ended", "in the very second");
    let since = Moment::from_ms(now);
    agent.change(Change::KeyRevoked { kid: "agent-2".to_owned(), since, reason: "lost".to_owned() }).await;
    assert_eq!(bank.code(&by_next(3)).await, "key_revoked");
}

#[tokio::test]
async fn who_is_not_approved_is_told_so() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    agent.change(Change::StatusChanged { status: Status::Suspended, reason: None }).await;
    assert_eq!(bank.code(&sent).await, "participant_not_approved");
}

#[tokio::test]
async fn the_same_message_again_is_marked_or_refused_as_the_profile_says() {
    let server = Server::start("messages").await;
    let agent = Party::register(&server, "agent", "bound").await;
    let bank = Party::register(&server, "bank", "strict").await;
    let bound = agent.sign("bank", "/loans", BODY);
    let first = bank.verify(&bound).await.json();
    assert_eq!(first["code"], "ok", "{first}");
    let again = bank.verify(&bound).await.json();
    assert_eq!((&again["code"], &again["valid"]), (&json!("replayed"), &json!(false)));
    assert_eq!(again["first"], first["entry"]["id"]);
    assert!(again["entry"]["id"].is_string(), "a good signature's verdict is recorded, whatever it is");
    let elsewhere = wire_tests::Sent { target: "/other".to_owned(), ..agent.sign("bank", "/loans", BODY) };
    assert_eq!(bank.code(&elsewhere).await, "claim_invalid");
    let strict = bank.sign("agent", "/x", BODY);
    let first = agent.verify(&strict).await.json();
    let again = agent.verify(&strict).await.json();
    assert_eq!((&again["code"], &again["first"]), (&json!("ok"), &first["entry"]["id"]));
    assert_eq!(bank.verify(&strict).await.json()["first"], Value::Null, "another receiver has not had it");
}

#[tokio::test]
async fn the_same_octets_of_another_sender_are_no_repetition_though_both_chose_one_name_for_their_keys() {
    let refuses = |realm: &mut Value| realm["attributes"]["countersign.refuse-replays"] = "true".into();
    let server = Setup::of("messages").with(refuses).start().await;
    let (mut agent, bank) = network(&server).await;
    let mut other = Party::register(&server, "stranger", "strict").await;
    for party in [&mut agent, &mut other] {
        let shared = new_key(Algorithm::ES256, "shared");
        party.add_key(&shared).await;
        party.key = shared;
    }
    for (party, code) in [(&agent, "ok"), (&other, "ok"), (&agent, "replayed")] {
        assert_eq!(bank.code(&party.sign("bank", "/heartbeat", b"{}")).await, code, "{}", party.id);
    }
}

#[tokio::test]
async fn of_the_same_message_twice_at_once_one_passes_on_two_nodes() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        let agent = Party::register(&server, "agent", "bound").await;
        let bank = Party::register(&server, "bank", "strict").await;
        let other = match engine {
            Engine::Postgres => server.node(None).await,
            Engine::Sqlite => server.clone(),
        };
        let token = bank.token().await;
        for n in 0..5u8 {
            let sent = agent.sign("bank", "/loans", &[b'0' + n]);
            let ask = |server: &Server| sent.ask(server, "verify").bearer(&token);
            let (one, two) = tokio::join!(server.ask(ask(&server)), other.ask(ask(&other)));
            let mut codes = [one.expect(200).text("code"), two.expect(200).text("code")];
            codes.sort_unstable();
            assert_eq!(codes, ["ok", "replayed"]);
        }
    }
}

#[tokio::test]
async fn who_asks_again_with_the_same_key_gets_the_same_answer() {
    let server = Server::start("messages").await;
    let agent = Party::register(&server, "agent", "bound").await;
    let bank = Party::register(&server, "bank", "strict").await;
    let sent = agent.sign("bank", "/loans", BODY);
    let token = bank.token().await;
    let ask = |sent: &wire_tests::Sent| sent.ask(&server, "verify").bearer(&token).header("idempotency-key", "k-1");
    let first = server.ask(ask(&sent)).await.expect(200).json();
    let again = server.ask(ask(&sent)).await.expect(200).json();
    assert_eq!((&first["code"], &again["code"]), (&json!("ok"), &json!("ok")));
    assert_eq!((&again["entry"], &again["repeated"]), (&first["entry"], &json!(true)));
    let other = server.ask(ask(&agent.sign("bank", "/other", BODY))).await;
    assert_eq!(other.refusal(), "422 invalid_request: This Idempotency-Key was used for another message");
    let of_agent =
        server.ask(sent.ask(&server, "verify").bearer(&agent.token().await).header("idempotency-key", "k-1"));
    assert_eq!(of_agent.await.text("code"), "claim_invalid", "another's key is another key");
}

#[tokio::test]
async fn check_answers_for_token_and_message_together() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let asker = bank.token().await;
    let check =
        |token: String| server.ask(sent.ask(&server, "check").bearer(&asker).header("x-countersign-token", token));
    let good = check(agent.token().await).await.expect(200).json();
    assert_eq!((&good["token"]["active"], &good["message"]["code"]), (&json!(true), &json!("ok")), "{good}");
    assert_eq!(good["token"]["participantRoleId"], "agent");
    let mine = check(bank.token().await).await.expect(200).json();
    assert_eq!(
        (&mine["token"]["active"], &mine["message"]["code"]),
        (&json!(true), &json!("token_participant_mismatch"))
    );
    let stranger = server.client("stranger").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    assert_eq!(check(stranger).await.json()["message"]["code"], "token_participant_mismatch");
    let odd = check("nonsense".to_owned()).await.expect(200).json();
    assert_eq!((&odd["token"], &odd["message"]["code"]), (&json!({"active": false}), &json!("token_inactive")));
    let told = |reply: Value| {
        assert_eq!(reply["message"]["code"], "token_inactive", "{reply}");
        reply["message"]["detail"].as_str().unwrap().to_owned()
    };
    assert!(told(odd).contains("get a new one"));
    let prefixed = told(check(format!("Bearer {}", agent.token().await)).await.expect(200).json());
    assert!(prefixed.contains("send what follows it alone"), "{prefixed}");
    let without = told(server.ask(sent.ask(&server, "check").bearer(&asker)).await.expect(200).json());
    assert!(without.contains("send the sender's in x-countersign-token"), "{without}");
}

#[tokio::test]
async fn a_target_that_can_not_be_one_is_refused_with_what_is_wrong_with_it() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let token = bank.token().await;
    for (target, why) in [
        (format!("/{}", "x".repeat(9000)), "The target has 9001 octets, and at most 8192 are taken"),
        ("/loans?name=a b".to_owned(), "The target has the octet 0x20 after 13 others"),
        ("loans".to_owned(), "Say path and query as sent, from their slash on"),
    ] {
        let sent = wire_tests::Sent { target, ..agent.sign("bank", "/loans", BODY) };
        let refused = server.ask(sent.ask(&server, "verify").bearer(&token)).await.refusal();
        assert!(refused.starts_with(&format!("400 invalid_request: {why}")), "{refused}");
    }
}

#[tokio::test]
async fn a_token_stands_for_a_role_as_long_as_its_client_is_the_roles() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let (sent, asker, token) = (agent.sign("bank", "/loans", BODY), bank.token().await, agent.token().await);
    let check = async || {
        let ask = sent.ask(&server, "check").bearer(&asker).header("x-countersign-token", &token);
        server.ask(ask).await.expect(200).json()["message"]["code"].clone()
    };
    assert_eq!(check().await, "ok");
    let settings = agent.role().await.settings.clone();
    agent.change(Change::RoleStated { role: Settings { client_id: "stranger".to_owned(), ..settings } }).await;
    assert_eq!(check().await, "token_participant_mismatch");
}

#[tokio::test]
async fn a_message_is_a_repetition_to_its_receiver_whatever_has_become_of_that_ones_standing() {
    let refuses = |realm: &mut Value| realm["attributes"]["countersign.refuse-replays"] = "true".into();
    let server = Setup::of("messages").with(refuses).start().await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    assert_eq!(bank.code(&sent).await, "ok");
    bank.change(Change::StatusChanged { status: Status::Suspended, reason: None }).await;
    assert_eq!(bank.code(&sent).await, "replayed");
}

#[tokio::test]
async fn a_token_that_nobody_would_look_at_is_refused_with_the_call_that_does() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let ask = sent.ask(&server, "verify").bearer(&bank.token().await).header("x-countersign-token", "nonsense");
    let refused = server.ask(ask).await.refusal();
    assert!(refused.starts_with("400 ") && refused.contains("/signing/check"), "{refused}");
}

#[tokio::test]
async fn an_envelope_is_judged_as_the_message_in_it() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let envelope = json!({
        "participantId": "agent", "method": "POST", "target": "/loans",
        "headers": {"X-JWS-Signature": sent.signature}, "body": jose::b64::encode(BODY),
    });
    let ask = |envelope: &Value| {
        Ask::new("POST", "/realms/net/signing/verify-envelope").body("application/json", envelope.to_string())
    };
    let token = bank.token().await;
    assert_eq!(server.ask(ask(&envelope).bearer(&token)).await.expect(200).text("code"), "ok");
    let mut unknown = envelope.clone();
    unknown["profile"] = json!("ocen");
    let refused = server.ask(ask(&unknown).bearer(&token)).await.refusal();
    assert!(refused.starts_with("400 invalid_request: Not an envelope: unknown field `profile`"), "{refused}");
    let twice = envelope.to_string().replace("\"X-JWS-Signature\"", "\"x-jws-signature\":\"a\",\"X-JWS-Signature\"");
    let twice = Ask::new("POST", "/realms/net/signing/verify-envelope").body("application/json", twice);
    let refused = server.ask(twice.bearer(&token)).await.refusal();
    assert!(refused.starts_with("400 invalid_request: Not an envelope: the header"), "{refused}");
}

#[tokio::test]
async fn what_a_call_says_of_itself_is_said_once_and_in_ascii() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let (sent, token) = (agent.sign("bank", "/loans", BODY), bank.token().await);
    let names = ["sender", "method", "target", "token", "answers"].map(|name| format!("x-countersign-{name}"));
    for name in names.iter().map(String::as_str).chain(["idempotency-key"]) {
        let twice = sent.ask(&server, "check").bearer(&token).header(name, "a").header(name, "a");
        let refused = server.ask(twice).await.refusal();
        assert_eq!(refused, format!("400 invalid_request: The header {name} is there twice"));
    }
    let odd = sent.ask(&server, "verify").bearer(&token).header("idempotency-key", "kéy");
    let refused = server.ask(odd).await.refusal();
    assert_eq!(refused, "400 invalid_request: The header idempotency-key is not in visible ASCII");
    for name in ["profile", "receiver", "method", "target"].map(|name| format!("x-countersign-{name}")) {
        let ask = Ask::new("POST", "/realms/net/signing/sign").bearer(&token).body("application/json", BODY);
        let refused = server.ask(ask.header(&name, "strict").header(&name, "bound")).await.refusal();
        assert_eq!(refused, format!("400 invalid_request: The header {name} is there twice"));
    }
}

#[tokio::test]
async fn a_header_of_ours_that_means_nothing_is_refused_with_the_one_that_was_meant() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let (sent, token) = (agent.sign("bank", "/loans", BODY), bank.token().await);
    for path in ["verify", "check"] {
        for (name, hint) in [
            ("x-countersign-answer", "did you mean x-countersign-answers?"),
            ("x-countersign-profile", "there are x-countersign-sender, x-countersign-method"),
        ] {
            let refused = server.ask(sent.ask(&server, path).bearer(&token).header(name, "a")).await.refusal();
            let wanted = format!("400 invalid_request: The header {name} means nothing here; {hint}");
            assert!(refused.starts_with(&wanted), "{refused}");
        }
    }
    let ask = Ask::new("POST", "/realms/net/signing/sign").bearer(&token).body("application/json", BODY);
    let refused = server.ask(ask.header("x-countersign-reciever", "bank")).await.refusal();
    assert!(refused.ends_with("did you mean x-countersign-receiver?"), "{refused}");
}

#[tokio::test]
async fn only_who_may_asks_and_only_in_a_realm_with_participants() {
    let server = Setup::of("messages").realm(json!({"realm": "plain", "enabled": true})).start().await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let stranger = server.client("stranger").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    let ask = |token: &str| server.ask(sent.ask(&server, "verify").bearer(token));
    assert_eq!(ask(&stranger).await.status, 403);
    assert_eq!(ask("nonsense").await.status, 401);
    assert_eq!(server.ask(sent.ask(&server, "verify")).await.status, 401);
    let plain = Ask::new("POST", "/realms/plain/signing/verify").header("x-countersign-sender", "a");
    let plain = plain.header("x-countersign-method", "POST").header("x-countersign-target", "/");
    assert_eq!(server.ask(plain.bearer(&bank.token().await)).await.status, 404);
    let unsaid = Ask::new("POST", "/realms/net/signing/verify").bearer(&bank.token().await);
    assert!(server.ask(unsaid).await.refusal().starts_with("400 invalid_request: Say whose message it is"));
    let long = sent.ask(&server, "verify").bearer(&bank.token().await).body("text/plain", vec![b'x'; 1024 * 1024 + 1]);
    assert_eq!(server.ask(long).await.status, 413);
}

#[tokio::test]
async fn a_time_inside_that_is_more_than_fifteen_minutes_off_is_too_old_where_the_realm_asks() {
    let asks = |realm: &mut Value| realm["attributes"]["countersign.refuse-old-messages"] = "true".into();
    let server = Setup::of("messages").with(asks).start().await;
    let agent = Party::register(&server, "agent", "ocen").await;
    let bank = Party::register(&server, "bank", "strict").await;
    let code = async |time: String| {
        let body = json!({"metadata": {"timestamp": time, "requestId": "r", "traceId": "t"}}).to_string();
        bank.code(&agent.sign("bank", "/loans", body.as_bytes())).await
    };
    let now = server.clock.now_ms();
    let at = |off_ms: i64| Moment::from_ms(now + off_ms).to_string();
    for (off_ms, wanted) in [(0, "ok"), (-900_000, "ok"), (900_000, "ok"), (-900_001, "too_old"), (900_001, "too_old")]
    {
        assert_eq!(code(at(off_ms)).await, wanted, "{off_ms} ms off");
    }
    assert_eq!(code("yesterday".to_owned()).await, "too_old", "a time that can't be read is none");
    let without = agent.sign("bank", "/loans", br#"{"metadata": {}}"#);
    assert_eq!(bank.code(&without).await, "ok", "a message that says no time has none to be off");
}

#[tokio::test]
async fn the_likely_cause_of_a_signature_that_does_not_match_is_told() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let mut sent = agent.sign("bank", "/loans", BODY);
    sent.body.push(b'\n');
    let detail = bank.verify(&sent).await.text("detail");
    assert!(detail.contains("ends in a newline"), "{detail}");
}

#[tokio::test]
async fn the_realm_signs_for_those_who_may_with_keys_that_no_token_is_signed_with() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let ask = |token: &str| Ask::new("POST", "/realms/net/signing/sign").bearer(token).body("application/json", BODY);
    assert_eq!(server.ask(ask(&agent.token().await)).await.status, 403);
    let signed = server.ask(ask(&bank.token().await)).await.expect(200).json();
    let certs = server.ask(Ask::get("/realms/net/signing/certs")).await.expect(200).json();
    let jwk = certs["keys"].as_array().unwrap().iter().find(|key| key["kid"] == signed["kid"]).unwrap();
    let key = jose::VerifyingKey::from_jwk(&jose::Jwk::parse(jwk).unwrap()).unwrap();
    let detached = jose::detached::Detached::parse(signed["signature"].as_str().unwrap()).unwrap();
    assert!(detached.verify(BODY, &key).is_ok());
    let tokens = server.ask(Ask::get(server.path("certs"))).await.json();
    assert!(tokens["keys"].as_array().unwrap().iter().all(|key| key["kid"] != signed["kid"]));
    let again = server.ask(ask(&bank.token().await)).await.expect(200).json();
    assert_eq!(again["kid"], signed["kid"]);
}

#[tokio::test]
async fn what_the_realm_signs_by_depends_on_realm_and_profile_and_not_on_what_others_asked_for() {
    let server = Server::start("messages").await;
    let (_agent, bank) = network(&server).await;
    let token = bank.token().await;
    let alg = async |profile: &str| {
        let ask = Ask::new("POST", "/realms/net/signing/sign").bearer(&token).body("application/json", BODY);
        let signed = server.ask(ask.header("x-countersign-profile", profile)).await.expect(200).text("signature");
        jose::detached::Parts::parse(&signed).unwrap().header.alg().to_owned()
    };
    for (profile, expected) in [("ocen", "RS256"), ("strict", "ES256"), ("encoded", "ES256"), ("ocen", "RS256")] {
        assert_eq!(alg(profile).await, expected, "{profile}");
    }
    super::times::set(&server, &[("countersign.reply-signature-algorithm", "RS256")]).await;
    for (profile, expected) in [("strict", "RS256"), ("encoded", "RS256"), ("ocen", "RS256")] {
        assert_eq!(alg(profile).await, expected, "{profile}");
    }
}

#[tokio::test]
async fn the_realm_signs_no_target_that_nobody_said() {
    let server = Server::start("messages").await;
    let (_agent, bank) = network(&server).await;
    let token = bank.token().await;
    let ask = |body: &[u8], profile: &str| {
        let ask = Ask::new("POST", "/realms/net/signing/sign").bearer(&token).body("application/json", body.to_vec());
        ask.header("x-countersign-profile", profile).header("x-countersign-receiver", "bank")
    };
    for (body, profile, why) in [
        (&b""[..], "strict", "400 invalid_request: The body is empty, so that the target is what is signed"),
        (BODY, "bound", "400 invalid_request: The profile bound signs the target"),
    ] {
        let refused = server.ask(ask(body, profile)).await.refusal();
        assert!(refused.starts_with(why), "{refused}");
        server.ask(ask(body, profile).header("x-countersign-target", "/loans")).await.expect(200);
    }
    server.ask(ask(BODY, "strict")).await.expect(200);
}

#[tokio::test]
async fn a_node_whose_clock_is_behind_records_nothing_before_the_registry_that_it_names() {
    let server = Setup::of("messages").start().await;
    let (agent, bank) = network(&server).await;
    let head = agent.role().await.head.at;
    server.wait(-60);
    let told = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json();
    assert_eq!(told["code"], "ok");
    assert_eq!(told["receivedAt"], serde_json::to_value(head).unwrap());
    let octets = jose::b64::decode(told["receipt"]["record"].as_str().unwrap(), "record").unwrap();
    let record: ledger::record::MessageRecord = ledger::record::parse(&octets).unwrap();
    assert_eq!(record.recorded_at.0, head.ms().unsigned_abs());
}
