//! A token stands for whom it was issued to, whatever mappers write into it; and who sees roles sees no people by them.

use serde_json::json;
use wire_tests::{Ask, Setup, claims_of};

use super::{Hand, user};

#[tokio::test]
async fn a_mapper_makes_no_token_somebody_elses() {
    let server = Setup::of("token")
        .with(|realm| {
            let users = realm["users"].as_array_mut().expect("users");
            users.extend([user("chief", &["realm-admin"]), user("maker", &["create-client"])]);
        })
        .start()
        .await;
    let chief = Hand::of(&server, "token", "chief").await;
    let maker = Hand::of(&server, "token", "maker").await;
    let deputy = chief.id("token/users?username=chief").await;
    for (claim, value) in [("sub", deputy.as_str()), ("azp", "admin-cli"), ("azp\\", "admin-cli"), ("sid", "x")] {
        let client = format!("as-{}", claim.replace('\\', "-"));
        let mapper = json!({"name": "m", "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper",
            "config": {"claim.name": claim, "claim.value": value, "jsonType.label": "String", "access.token.claim": "true"}});
        let body =
            json!({"clientId": client, "secret": "s", "serviceAccountsEnabled": true, "protocolMappers": [mapper]});
        maker.ask("POST", "token/clients", &body.to_string()).await.expect(201);
        let form = [("grant_type", "client_credentials"), ("client_id", client.as_str()), ("client_secret", "s")];
        let reply = server.ask(Ask::form("/realms/token/protocol/openid-connect/token", &form)).await.expect(200);
        let token = reply.text("access_token");
        assert_eq!(claims_of(&token)[claim] == value, claim == "sub");
        let seen = server.ask(Ask::get("/admin/realms/token/users").bearer(&token)).await;
        seen.expect(403);
    }
}

#[tokio::test]
async fn who_may_see_roles_does_not_see_by_them_who_has_them() {
    let server = Setup::of("token")
        .with(|realm| {
            let users = realm["users"].as_array_mut().expect("users");
            users.extend([user("viewer", &["view-clients", "view-realm"]), user("chief", &["realm-admin"])]);
        })
        .start()
        .await;
    let chief = Hand::of(&server, "token", "chief").await;
    let viewer = Hand::of(&server, "token", "viewer").await;
    let management = chief.id("token/clients?clientId=realm-management").await;
    for path in ["roles/offline_access/users", &format!("clients/{management}/roles/realm-admin/users")] {
        viewer.ask("GET", &format!("token/{path}"), "").await.expect(403);
        chief.ask("GET", &format!("token/{path}"), "").await.expect(200);
    }
}

#[tokio::test]
async fn a_strangers_body_is_not_waited_for() {
    let server = Setup::of("token").start().await;
    let reply = server.ask(Ask::new("POST", "/admin/realms").body("application/json", vec![b' '; 8 << 20])).await;
    reply.expect(401);
}
