//! Who may ask: a client by its own tokens, and nobody else in its name.

use serde_json::{Value, json};
use wire_tests::{Ask, Party, Reply, Server, Setup, claims_of};

use super::{BODY, network};

/// The network, with people who log in through the agent's client, and tokens of the agent made for others.
fn setup() -> Setup {
    Setup::of("messages").with(|realm| {
        let person = |name: &str, roles: &[&str]| {
            json!({"username": name, "enabled": true, "email": format!("{name}@people.example"), "emailVerified": true,
                "firstName": "A", "lastName": "B", "credentials": [{"type": "password", "value": "pw"}],
                "clientRoles": {"message-signing": roles}})
        };
        let people = [person("clerk", &[]), person("chief", &["verify-messages", "sign-messages"])];
        realm["users"].as_array_mut().expect("users").extend(people);
        let mapper = json!({"name": "audience", "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {"included.client.audience": "message-signing", "access.token.claim": "true"}});
        realm["clientScopes"] =
            json!([{"name": "own-evidence", "protocol": "openid-connect", "protocolMappers": [mapper]}]);
        realm["clients"][1]["directAccessGrantsEnabled"] = json!(true);
        realm["clients"][2]["fullScopeAllowed"] = json!(false);
        realm["clients"][2]["optionalClientScopes"] = json!(["own-evidence"]);
    })
}

async fn get(server: &Server, token: &str, path: &str) -> Reply {
    server.ask(Ask::get(format!("/realms/net/{path}")).bearer(token)).await
}

/// What only participants see, and those with a right.
const SEEN: [&str; 5] = [
    "evidence/messages",
    "registry/participants",
    "registry/roles/agent",
    "registry/roles/agent/keys",
    "registry/roles/agent/jwks.json",
];

#[tokio::test]
async fn a_persons_token_of_a_participants_client_sees_nobodys_evidence() {
    let server = setup().start().await;
    let (agent, bank) = network(&server).await;
    let sent = bank.sign("agent", "/loans", BODY);
    let answer = agent.verify(&sent).await.expect(200).json();
    let record = format!("evidence/records/{}", answer["entry"]["id"].as_str().expect("an entry"));
    get(&server, &agent.token().await, &record).await.expect(200);
    let clerk = server.client("agent").password("clerk", "pw").await;
    assert_eq!(claims_of(&clerk.access)["azp"], "agent");
    for path in SEEN.iter().chain([&record.as_str()]) {
        get(&server, &clerk.access, path).await.expect(403);
    }
    let wanted = json!({"messages": [answer["entry"]["id"]]}).to_string();
    let export = Ask::new("POST", "/realms/net/evidence/export").bearer(&clerk.access);
    server.ask(export.body("application/json", wanted)).await.expect(403);
}

#[tokio::test]
async fn a_person_judges_and_signs_in_nobodys_name() {
    let server = setup().start().await;
    let (agent, bank) = network(&server).await;
    let sent = bank.sign("agent", "/loans", BODY);
    for (who, why) in [("clerk", "This takes the role"), ("chief", "This takes a token of the client itself")] {
        let token = server.client("agent").password(who, "pw").await.access;
        assert_eq!(claims_of(&token)["participantRoleId"], Value::Null, "a mapper said bank");
        let report = Ask::new("POST", "/realms/net/signing/report").bearer(&token).body("application/json", "[]");
        for ask in [
            sent.ask(&server, "verify").bearer(&token),
            sent.ask(&server, "check").bearer(&token).header("x-countersign-token", &token),
            Ask::new("POST", "/realms/net/signing/sign").bearer(&token).body("application/json", BODY),
        ] {
            let refusal = server.ask(ask).await.refusal();
            assert!(refusal.starts_with(&format!("403 insufficient_scope: {why}")), "{refusal}");
        }
        server.ask(report).await.expect(403);
    }
    let token = server.client("agent").password("chief", "pw").await.access;
    let check = sent.ask(&server, "check").bearer(&agent.token().await).header("x-countersign-token", &token);
    let judged = server.ask(check).await.expect(200).json();
    assert_eq!(judged["message"]["code"], "token_participant_mismatch", "nor does it come with a message");
}

#[tokio::test]
async fn a_token_that_was_made_for_other_participants_opens_nothing_to_them() {
    let server = setup().start().await;
    let (agent, bank) = network(&server).await;
    let for_others = bank.token().await;
    assert_eq!(claims_of(&for_others)["participantRoleId"], "bank");
    for path in SEEN {
        get(&server, &for_others, path).await.expect(403);
    }
    let verify = agent.sign("bank", "/loans", BODY).ask(&server, "verify").bearer(&for_others);
    server.ask(verify).await.expect(403);
    let form = [("grant_type", "client_credentials"), ("scope", "own-evidence")];
    let for_itself = server.client("bank").token(&form).await.expect(200).text("access_token");
    agent.verify(&bank.sign("agent", "/loans", BODY)).await.expect(200);
    for path in SEEN {
        get(&server, &for_itself, path).await.expect(200);
    }
}

#[tokio::test]
async fn who_may_not_ask_hears_that_before_what_is_wrong_with_the_call() {
    let server = setup().start().await;
    let (agent, _) = network(&server).await;
    let paths = ["signing/verify", "signing/check", "signing/verify-envelope", "signing/report", "evidence/export"];
    for path in paths.into_iter().chain(["signing/sign"]) {
        let bare = || Ask::new("POST", format!("/realms/net/{path}")).header("x-countersign-method", "\u{7f}");
        for ask in [bare(), bare().bearer("opaque")] {
            server.ask(ask.body("application/json", "x".to_owned())).await.expect(401);
        }
        if path != "signing/sign" {
            server.ask(bare().bearer(&agent.token().await).body("application/json", "x".to_owned())).await.expect(400);
        }
    }
}

#[tokio::test]
async fn who_is_unknown_hears_that_and_not_that_the_message_is_too_long() {
    let server = setup().start().await;
    let (agent, _) = network(&server).await;
    let long = "x".repeat(3 << 20);
    for path in ["verify", "check", "verify-envelope", "report", "sign"].map(|name| format!("signing/{name}")) {
        let ask = || Ask::new("POST", format!("/realms/net/{path}")).body("application/octet-stream", long.clone());
        for ask in [ask(), ask().bearer("opaque")] {
            server.ask(ask).await.expect(401);
        }
        server.ask(ask().bearer(&agent.token().await)).await.expect(413);
    }
}

#[tokio::test]
async fn a_page_that_is_none_is_refused_by_the_name_of_its_parameter() {
    let server = setup().start().await;
    let (agent, _) = network(&server).await;
    let token = agent.token().await;
    for path in ["registry/participants", "registry/roles/agent/history", "evidence/messages"] {
        for (query, name) in [("first=x", "first"), ("max=-1", "max"), ("max=1e3", "max")] {
            let refused = get(&server, &token, &format!("{path}?{query}")).await.refusal();
            assert_eq!(refused, format!("400 invalid_request: {name} must be a whole number from 0 on"), "{path}");
        }
        get(&server, &token, &format!("{path}?first=0&max=9999")).await.expect(200);
    }
}

#[tokio::test]
async fn a_search_by_what_there_is_not_is_refused_and_finds_not_everything() {
    let server = setup().start().await;
    let (agent, _) = network(&server).await;
    let token = agent.token().await;
    let padded = format!("bodySha256={}=", "A".repeat(43));
    let unnamed = ["role=agent", "participantRoleID=agent", "kid=a&kid=b", "from=yesterday"];
    for query in unnamed.into_iter().chain(["code=OK", "code=replay", "bodySha256=AAAA", &padded]) {
        let path = format!("evidence/messages?{query}");
        get(&server, &token, &path).await.expect(400);
        server.ask(Ask::get(format!("/realms/net/{path}"))).await.expect(401);
    }
    get(&server, &token, "evidence/messages?participantRoleId=agent&code=ok&first=0&max=5").await.expect(200);
    let digest = "A".repeat(43);
    get(&server, &token, &format!("evidence/messages?bodySha256={digest}&code=replayed")).await.expect(200);
}

#[tokio::test]
async fn whoever_copies_a_request_id_hides_nobodys_conversation() {
    let few = |realm: &mut Value| realm["attributes"]["countersign.messages-in-bundle"] = "2".into();
    let server = Setup::of("messages").with(few).start().await;
    let (agent, bank) =
        (Party::register(&server, "agent", "ocen").await, Party::register(&server, "bank", "ocen").await);
    let stranger = Party::register(&server, "stranger", "ocen").await;
    let body = br#"{"metadata": {"requestId": "loan-1"}}"#;
    bank.verify(&agent.sign("bank", "/loans", body)).await.expect(200);
    bank.verify(&stranger.sign("bank", "/loans", body)).await.expect(200);
    server.core.sequence_all().await.unwrap();
    let export = async |token: &str| {
        let ask = Ask::new("POST", "/realms/net/evidence/export").bearer(token);
        server.ask(ask.body("application/json", json!({"requestId": "loan-1"}).to_string())).await
    };
    let bundle = evidence::Bundle::read(export(&agent.token().await).await.expect(200).body.as_bytes()).unwrap();
    assert_eq!(bundle.messages.len(), 1);
    let record: ledger::record::MessageRecord = ledger::record::parse(&bundle.messages[0].entry.record.0).unwrap();
    assert_eq!(record.participant_role_id, "agent");
    // More than a bundle takes, and the bank was asked about none of them.
    for _ in 0..5 {
        agent.verify(&stranger.sign("agent", "/loans", body)).await.expect(200);
    }
    server.core.sequence_all().await.unwrap();
    let bundle = evidence::Bundle::read(export(&bank.token().await).await.expect(200).body.as_bytes()).unwrap();
    assert_eq!(bundle.messages.len(), 2, "the bank was asked about both");
}

#[tokio::test]
async fn a_bundle_that_no_verifier_would_read_is_refused_before_it_is_made() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let mut ids = Vec::new();
    for n in 0..46_u8 {
        let sent = agent.sign("bank", "/loans", &vec![n; 1024 * 1024]);
        ids.push(bank.verify(&sent).await.expect(200).json()["entry"]["id"].clone());
    }
    server.core.sequence_all().await.unwrap();
    let token = bank.token().await;
    let export = async |ids: &[Value]| {
        let ask = Ask::new("POST", "/realms/net/evidence/export").bearer(&token);
        server.ask(ask.body("application/json", json!({"messages": ids}).to_string())).await
    };
    let refused = export(&ids).await.expect(400);
    assert!(refused.body.contains("more than 64 MiB"), "{}", refused.body);
    export(&ids[..30]).await.expect(200);
}

#[tokio::test]
async fn a_search_goes_no_further_than_somebody_reads() {
    let server = Server::start("messages").await;
    network(&server).await;
    let token = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    get(&server, &token, "evidence/messages?first=100000").await.expect(200);
    let refused = get(&server, &token, "evidence/messages?first=9223372036854775807").await.expect(400);
    assert!(refused.body.contains("first is at most 100000"), "{}", refused.body);
}
