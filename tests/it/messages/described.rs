//! Answers of every route, held against the description that is served.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wire_tests::{Ask, Description, Party, Server, Setup, new_key};

use super::full_disk::resize;
use super::openapi::routes;
use super::{BODY, network};

/// Somebody who asks each route, and notes which ones were asked and what was not as described.
struct Tour<'s> {
    server: &'s Server,
    description: Description,
    asked: BTreeSet<(String, String)>,
    faults: Vec<String>,
}

/// Parts of paths by their names.
type Parts<'p> = &'p [(&'p str, &'p str)];

impl<'s> Tour<'s> {
    async fn of(server: &'s Server) -> Self {
        let document = server.ask(Ask::get("/realms/net/registry/openapi.json")).await.expect(200).json();
        Self { server, description: Description(document), asked: BTreeSet::new(), faults: Vec::new() }
    }

    async fn ask(&mut self, method: &str, route: &str, parts: Parts<'_>, with: impl FnOnce(Ask) -> Ask) -> Value {
        let (route, query) = route.split_once('?').unwrap_or((route, ""));
        let mut path = route.replace("{realm}", "net");
        for (name, value) in parts {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let path = if query.is_empty() { path } else { format!("{path}?{query}") };
        let reply = self.server.ask(with(Ask::new(method, path))).await;
        let is_good = reply.status < 300 && self.asked.insert((method.to_lowercase(), route.to_owned()));
        if !is_good && reply.status >= 300 && !parts.contains(&("refused", "")) {
            self.faults.push(format!("{method} {route}: {}", reply.line()));
        }
        self.faults.extend(self.description.faults(method, route, &reply));
        reply.json()
    }

    /// With a body of JSON, unless it is null.
    async fn admin(&mut self, method: &str, route: &str, parts: Parts<'_>, body: Value) -> Value {
        let boss = self.server.client("admin-cli").password("boss", "pw").await.access;
        let route = format!("/admin/realms/{{realm}}/{route}");
        let sent = |ask: Ask| if body.is_null() { ask } else { ask.body("application/json", body.to_string()) };
        self.ask(method, &route, parts, |ask| sent(ask.bearer(&boss))).await
    }

    async fn get(&mut self, route: &str, parts: Parts<'_>, token: &str) -> Value {
        self.ask("GET", route, parts, |ask| ask.bearer(token)).await
    }
}

/// A network with administrators, in the network's own form as well.
fn setup() -> Setup {
    let boss = json!({"username": "boss", "enabled": true, "email": "boss@people.example", "emailVerified": true,
        "firstName": "A", "lastName": "B", "credentials": [{"type": "password", "value": "pw"}],
        "clientRoles": {"realm-management": ["realm-admin"]}});
    Setup::of("messages")
        .with(|realm| realm["users"].as_array_mut().expect("users").push(boss))
        .setting("service-realm", "net")
}

#[tokio::test]
async fn answers_of_every_route_are_as_the_document_describes_them() {
    let server = setup().start().await;
    let mut tour = Tour::of(&server).await;
    let (agent, bank) = network(&server).await;
    administer(&mut tour).await;
    let entry = send(&mut tour, &agent, &bank).await;
    server.core.sequence_all().await.unwrap();
    server.wait(1);
    look_up(&mut tour, &bank).await;
    evidence(&mut tour, &entry, &bank).await;
    refusals(&mut tour, &bank).await;
    assert!(tour.faults.is_empty(), "{:#?}", tour.faults);
    assert_eq!(tour.asked, routes(), "each route is asked");
}

async fn administer(tour: &mut Tour<'_>) {
    let (org, role) = ([("participant", "org")], [("participant", "org"), ("role", "lender")]);
    let said = json!({"id": "org", "participantName": "Org", "website": "https://org.example", "phone": "1"});
    tour.admin("POST", "participants", &[], said).await;
    tour.admin("GET", "participants?search=Org", &[], Value::Null).await;
    tour.admin("GET", "participants/count", &[], Value::Null).await;
    tour.admin("PUT", "participants/{participant}", &org, json!({"email": "a@org.example"})).await;
    tour.admin("GET", "participants/{participant}", &org, Value::Null).await;
    tour.admin("GET", "participants/{participant}/history", &org, Value::Null).await;
    let lender = json!({"id": "lender", "participantRole": "LENDER", "clientId": "lender", "createClient": true,
        "profile": "ocen", "baseUrl": "https://org.example/v4", "issuer": "org", "anchor": "root"});
    let one = "participants/{participant}/roles/{role}";
    tour.admin("POST", "participants/{participant}/roles", &org, lender).await;
    // A key that no profile of the role takes, for its warning.
    for (kid, until) in [("k", json!("2027-02-01T00:00:00Z")), ("old", Value::Null), ("bad", Value::Null)] {
        let jwk = new_key(jose::Algorithm::ES256, kid).public_jwk().unwrap().to_value();
        let key = json!({"jwk": jwk, "validUntil": until});
        let made = tour.admin("POST", &format!("{one}/keys"), &role, key).await;
        assert!(made["warnings"].is_array(), "{made}");
    }
    let with = |kid: &'static str| [role[0], role[1], ("key", kid)];
    tour.admin("PUT", &format!("{one}/keys/{{key}}"), &with("old"), json!({"status": "ENDED"})).await;
    let revoked = json!({"status": "REVOKED", "reason": "theft"});
    tour.admin("PUT", &format!("{one}/keys/{{key}}"), &with("bad"), revoked).await;
    for kid in ["k", "old", "bad"] {
        tour.admin("GET", &format!("{one}/keys/{{key}}"), &with(kid), Value::Null).await;
    }
    tour.admin("GET", &format!("{one}/keys"), &role, Value::Null).await;
    tour.admin("GET", &format!("{one}/keys/jwks"), &role, Value::Null).await;
    tour.admin("POST", &format!("{one}/keys/nonce"), &role, Value::Null).await;
    tour.admin("PUT", &format!("{one}/addresses"), &role, json!(["192.0.2.0/24"])).await;
    tour.admin("GET", &format!("{one}/addresses"), &role, Value::Null).await;
    let approved = json!({"participantRoleStatus": "APPROVED", "reason": "seen"});
    tour.admin("PUT", one, &role, approved).await;
    tour.admin("GET", one, &role, Value::Null).await;
    tour.admin("GET", "participants/{participant}/roles", &org, Value::Null).await;
    tour.admin("POST", &format!("{one}/client-secret"), &role, json!({"expiresInDays": 10})).await;
    tour.admin("GET", &format!("{one}/history"), &role, Value::Null).await;
    let expiring = tour.admin("GET", "participants/expiring", &[], Value::Null).await;
    assert_eq!(expiring.as_array().map(Vec::len), Some(3), "{expiring}");
    let network = [("network", "gst"), ("role", "lender")];
    tour.admin("PUT", "product-networks/{network}/roles/{role}", &network, Value::Null).await;
    tour.admin("PUT", "product-networks/{network}/roles/{role}", &[("network", "msme"), network[1]], Value::Null).await;
    tour.admin("DELETE", "product-networks/{network}/roles/{role}", &[("network", "msme"), network[1]], Value::Null)
        .await;
    tour.admin("GET", "product-networks/{network}/roles", &network, Value::Null).await;
    tour.admin("GET", "product-networks", &[], Value::Null).await;
}

/// Signed messages and what is answered to them; the id of an entry.
async fn send(tour: &mut Tour<'_>, agent: &Party<'_>, bank: &Party<'_>) -> String {
    let (token, route) = (bank.token().await, "/realms/{realm}/signing/");
    let server = tour.server;
    let ask = |question: &str, body: &[u8]| agent.sign("bank", "/loans", body).ask(server, question);
    let agents = agent.token().await;
    for (question, sent) in [("verify", ask("verify", BODY)), ("check", ask("check", b"2"))] {
        let sent = sent.bearer(&token);
        let sent = if question == "check" { sent.header("x-countersign-token", &agents) } else { sent };
        tour.ask("POST", &format!("{route}{question}"), &[], |_| sent).await;
    }
    let sent = agent.sign("bank", "/loans", b"3");
    let mut envelope = json!({"participantId": sent.sender, "method": "POST", "target": sent.target,
        "headers": {"x-jws-signature": sent.signature}, "body": jose::b64::encode(&sent.body)});
    let json = |body: &Value| (body.to_string(), token.clone());
    let post = |(body, token): (String, String)| move |ask: Ask| ask.bearer(&token).body("application/json", body);
    let told = tour.ask("POST", &format!("{route}verify-envelope"), &[], post(json(&envelope))).await;
    envelope["token"] = json!(agents);
    tour.ask("POST", &format!("{route}verify-envelope"), &[], post(json(&envelope))).await;
    envelope["body"] = json!("");
    tour.ask("POST", &format!("{route}verify-envelope"), &[], post(json(&envelope))).await;
    envelope.as_object_mut().unwrap().remove("token");
    envelope["seenAt"] = json!("2026-01-01T00:00:00.000Z");
    tour.ask("POST", &format!("{route}report"), &[], post(json(&json!([envelope])))).await;
    let octets = |ask: Ask| ask.bearer(&token).body("application/octet-stream", BODY);
    tour.ask("POST", &format!("{route}sign"), &[], octets).await;
    tour.get(&format!("{route}certs"), &[], &token).await;
    told["entry"]["id"].as_str().expect("an entry").to_owned()
}

async fn look_up(tour: &mut Tour<'_>, bank: &Party<'_>) {
    let (token, registry) = (&bank.token().await, "/realms/{realm}/registry");
    tour.get(&format!("{registry}/openapi.json"), &[], token).await;
    tour.get(&format!("{registry}/participants"), &[], token).await;
    tour.get(&format!("{registry}/participants/{{participant}}"), &[("participant", "org")], token).await;
    tour.get(&format!("{registry}/roles?first=0&max=2"), &[], token).await;
    for profile in ["strict", "ocen", "bound", "uk-ob-3.1.3"] {
        tour.get(&format!("{registry}/profiles/{{name}}"), &[("name", profile)], token).await;
    }
    for role in ["lender", "agent"] {
        let role = &[("role", role)];
        tour.get(&format!("{registry}/roles/{{role}}"), role, token).await;
        tour.get(&format!("{registry}/roles/{{role}}/keys"), role, token).await;
        tour.get(&format!("{registry}/roles/{{role}}/jwks.json"), role, token).await;
        tour.get(&format!("{registry}/roles/{{role}}/history"), role, token).await;
        tour.get("/service/participant-roles/{role}", role, token).await;
        tour.get("/service/participant-roles/server-whitelisting-items/{role}", role, token).await;
    }
    tour.get("/service/product-networks/{network}/participants", &[("network", "gst")], token).await;
}

async fn evidence(tour: &mut Tour<'_>, entry: &str, bank: &Party<'_>) {
    let (ledger, id) = ("/realms/{realm}/evidence", [("id", entry)]);
    let auditor = tour.server.client("auditor").token(&[("grant_type", "client_credentials")]).await.expect(200);
    let auditor = auditor.text("access_token");
    tour.get(&format!("{ledger}/checkpoint"), &[], "").await;
    let size = ledger_size(tour.server).await;
    tour.get(&format!("{ledger}/tile/{{path}}"), &[("path", &format!("0/000.p/{size}"))], "").await;
    tour.get(&format!("{ledger}/entries/{{id}}"), &id, "").await;
    tour.get(&format!("{ledger}/consistency?from=1&to={size}"), &[], "").await;
    tour.get(&format!("{ledger}/keys"), &[], "").await;
    let found = tour.get(&format!("{ledger}/messages"), &[], &auditor).await;
    assert_eq!(found.as_array().map(Vec::len), Some(4), "{found}");
    let token = bank.token().await;
    tour.get(&format!("{ledger}/records/{{id}}"), &id, &token).await;
    let wanted = json!({"messages": [entry]}).to_string();
    tour.ask("POST", &format!("{ledger}/export"), &[], |ask| ask.bearer(&token).body("application/json", wanted)).await;
}

async fn ledger_size(server: &Server) -> u64 {
    let note = server.octets(Ask::get("/realms/net/evidence/checkpoint")).await;
    let note = ledger::Note::parse(&note).unwrap();
    ledger::Checkpoint::parse(&note.text).unwrap().size
}

/// Refusals are described as answers are.
async fn refusals(tour: &mut Tour<'_>, bank: &Party<'_>) {
    let (refused, token) = (("refused", ""), bank.token().await);
    for (route, token) in [
        ("/realms/{realm}/registry/roles/nobody", token.as_str()),
        ("/realms/{realm}/registry/participants", ""),
        ("/realms/{realm}/registry/participants?first=x", &token),
        ("/realms/{realm}/evidence/messages?code=x", &token),
        ("/admin/realms/{realm}/participants", ""),
        ("/admin/realms/{realm}/participants", &token),
    ] {
        let parts = [refused, ("role", "nobody")];
        tour.get(&route.replace("/nobody", "/{role}"), &parts, token).await;
    }
    tour.admin("GET", "participants/{participant}", &[refused, ("participant", "nobody")], Value::Null).await;
    tour.admin("POST", "participants", &[refused], json!({"colour": "red"})).await;
    tour.admin("POST", "participants", &[refused], json!({"id": "org", "participantName": "x"})).await;
    tour.admin("POST", "participants", &[refused], json!({"participantName": "x".repeat(5 << 20)})).await;
}

#[tokio::test]
async fn what_is_not_possible_for_now_is_described_too() {
    let server = setup().start().await;
    let mut tour = Tour::of(&server).await;
    tour.admin("POST", "participants", &[], json!({"id": "org", "participantName": "Org"})).await;
    let boss = server.client("admin-cli").password("boss", "pw").await.access;
    resize(&server, 1).await;
    let told = loop {
        let said = json!({"participantName": "Org", "participantDescription": "x".repeat(2000)}).to_string();
        let send = |ask: Ask| ask.bearer(&boss).body("application/json", said);
        let told = tour.ask("POST", "/admin/realms/{realm}/participants", &[("refused", "")], send).await;
        if told["id"].is_null() {
            break told;
        }
    };
    assert_eq!(told["error"], "temporarily_unavailable", "{told}");
    assert!(tour.faults.is_empty(), "{:#?}", tour.faults);
    for (path, methods) in tour.description.0["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(operation["responses"]["503"].is_object(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_question_about_the_past_is_answered_or_refused_and_never_ignored() {
    let server = setup().start().await;
    let (agent, bank) = network(&server).await;
    let networks = ["gst".to_owned()].to_vec();
    let settings = registry::Settings { product_networks: networks, ..agent.role().await.settings.clone() };
    agent.change(registry::Change::RoleStated { role: settings }).await;
    let document = Tour::of(&server).await.description.0;
    let (boss, bank) = (server.client("admin-cli").password("boss", "pw").await.access, bank.token().await);
    let parts = [("realm", "net"), ("participant", "org-agent"), ("role", "agent"), ("key", "agent-1")];
    let parts = parts.into_iter().chain([("network", "gst"), ("name", "strict")]);
    let mut answered = Vec::new();
    for (route, methods) in document["paths"].as_object().unwrap() {
        let is_of_registry = ["/registry/", "/service/", "/admin/"].iter().any(|part| route.contains(part));
        if methods.get("get").is_none() || !is_of_registry || route.ends_with("openapi.json") {
            continue;
        }
        let path = parts.clone().fold(route.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
        let token = if route.starts_with("/admin") { &boss } else { &bank };
        let ask = |query: &str| server.ask(Ask::get(format!("{path}?{query}")).bearer(token));
        ask("").await.expect(200);
        let described = methods["get"]["parameters"].as_array().unwrap();
        let takes = described.iter().any(|parameter| parameter["name"] == "at");
        for name in ["at", "asOf"] {
            let told = ask(&format!("{name}=2027-01-15T08:00:01Z")).await;
            assert_eq!(told.status, if takes { 200 } else { 400 }, "{route} {name}: {}", told.body);
            let refused = ask(&format!("{name}=then")).await.expect(400).body;
            let why = if takes { "must be a time such as" } else { "can't be asked here, " };
            assert!(refused.contains(&format!("{name}: {why}")), "{route}: {refused}");
        }
        if takes {
            answered.push(route);
        }
    }
    assert_eq!(answered.len(), 13, "{answered:#?}");
}
