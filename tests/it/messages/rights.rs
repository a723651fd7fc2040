//! Who may ask: a client by its own tokens, and nobody else in its name.

use serde_json::{Value, json};
use wire_tests::{Ask, Reply, Server, Setup, claims_of};

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
