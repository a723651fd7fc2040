//! Which participant role a token is of.

use registry::{Change, Status};
use serde_json::{Value, json};
use wire_tests::{Ask, Server, Setup, claims_of};

use super::network;

#[tokio::test]
async fn a_token_names_the_role_of_its_client_whatever_mappers_say() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let claims = claims_of(&agent.token().await);
    assert_eq!(claims["participantId"], "org-agent");
    assert_eq!(claims["participantRoleId"], "agent", "a mapper said bank");
    assert_eq!(claims["participantRole"], "LENDER");
    assert_eq!(claims_of(&bank.token().await)["participantRoleId"], "bank");
    let told = server.client("agent").introspect(&agent.token().await).await.expect(200);
    assert_eq!((told.text("active"), told.text("participantRoleId")), ("false".to_owned(), "null".to_owned()));
}

#[tokio::test]
async fn a_token_of_a_client_without_a_role_names_none_whatever_mappers_say() {
    let server = Server::start("messages").await;
    network(&server).await;
    let token = server.client("stranger").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    assert_eq!(claims_of(&token)["participantId"], Value::Null);
}

#[tokio::test]
async fn neither_id_tokens_nor_userinfo_name_a_role_whatever_mappers_say() {
    let lies = |realm: &mut Value| {
        let config = json!({"claim.name": "participantRoleId", "claim.value": "bank", "id.token.claim": "true",
            "userinfo.token.claim": "true"});
        let mapper = json!({"name": "more lies", "protocol": "openid-connect",
            "protocolMapper": "oidc-hardcoded-claim-mapper", "config": config});
        let clients = realm["clients"].as_array_mut().unwrap();
        let agent = clients.iter_mut().find(|client| client["clientId"] == "agent").unwrap();
        agent["protocolMappers"].as_array_mut().unwrap().push(mapper);
    };
    let server = Setup::of("messages").with(lies).start().await;
    network(&server).await;
    let form = [("grant_type", "client_credentials"), ("scope", "openid")];
    let tokens = server.client("agent").token(&form).await.expect(200);
    assert_eq!(claims_of(&tokens.text("id_token"))["participantRoleId"], Value::Null);
    let ask = Ask::get("/realms/net/protocol/openid-connect/userinfo").bearer(&tokens.text("access_token"));
    assert_eq!(server.ask(ask).await.expect(200).json()["participantRoleId"], Value::Null);
}

#[tokio::test]
async fn a_role_that_is_suspended_is_in_no_new_token() {
    let server = Server::start("messages").await;
    let (agent, _) = network(&server).await;
    agent.change(Change::StatusChanged { status: Status::Suspended, reason: None }).await;
    assert_eq!(claims_of(&agent.token().await)["participantId"], Value::Null);
    agent.change(Change::StatusChanged { status: Status::Approved, reason: None }).await;
    assert_eq!(claims_of(&agent.token().await)["participantId"], "org-agent");
}
