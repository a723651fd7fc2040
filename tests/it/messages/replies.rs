//! Replies that their receiver can prove.

use jose::detached::Detached;
use jose::{Jwk, VerifyingKey};
use registry::{Change, Role, Settings, Status};
use serde_json::Value;
use wire_tests::{Ask, Engine, Reply, Server, Setup};

use super::{BODY, network};

/// The header of a reply's signature, once it was found good under a key of `/certs`.
pub async fn signed_header(server: &Server, reply: &Reply) -> Value {
    let value = reply.header("x-jws-signature");
    let detached = Detached::parse(value).expect("a detached signature");
    let certs = server.ask(Ask::get(server.path("certs"))).await.json();
    let kid = detached.header.kid().expect("a kid");
    let jwk = certs["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).expect("the key");
    let key = VerifyingKey::from_jwk(&Jwk::parse(jwk).unwrap()).unwrap();
    detached.verify(reply.body.as_bytes(), &key).expect("a good signature");
    let octets = jose::b64::decode(value.split('.').next().unwrap(), "header").unwrap();
    serde_json::from_slice(&octets).unwrap()
}

/// The digest of a request, as replies name it.
pub fn digest(method: &str, target: &str, body: &str) -> String {
    jose::b64::encode(jose::digest::sha256(format!("{method} {target}\n{body}").as_bytes()))
}

#[tokio::test]
async fn replies_of_token_and_introspection_are_signed_and_name_their_request() {
    let server = Server::start("messages").await;
    network(&server).await;
    let form = "client_id=bank&client_secret=bank-secret&grant_type=client_credentials";
    let kind = "application/x-www-form-urlencoded";
    let reply = server.ask(Ask::new("POST", server.path("token")).body(kind, form)).await.expect(200);
    let header = signed_header(&server, &reply).await;
    assert_eq!((&header["alg"], &header["typ"]), (&"ES256".into(), &"reply+jws".into()));
    assert_eq!((&header["b64"], &header["crit"]), (&false.into(), &serde_json::json!(["b64"])));
    assert_eq!(header["req"], digest("POST", &server.path("token"), form));
    let under_prefix = format!("/auth{}?x=1", server.path("token"));
    let reply = server.ask(Ask::new("POST", under_prefix.as_str()).body(kind, form)).await.expect(200);
    assert_eq!(signed_header(&server, &reply).await["req"], digest("POST", &under_prefix, form), "as it was sent");
    let refused = server.ask(Ask::new("POST", server.path("token")).body(kind, "grant_type=x")).await;
    signed_header(&server, &refused).await;
    let form = "client_id=bank&client_secret=bank-secret&token=x";
    let reply = server.ask(Ask::new("POST", server.path("token/introspect")).body(kind, form)).await.expect(200);
    assert_eq!(signed_header(&server, &reply).await["req"], digest("POST", &server.path("token/introspect"), form));
}

#[tokio::test]
async fn a_reply_is_never_a_token() {
    let server = Server::start("messages").await;
    let (_, bank) = network(&server).await;
    let reply = server.client("bank").token(&[("grant_type", "client_credentials")]).await;
    let value = reply.header("x-jws-signature");
    let attached = value.replacen("..", &format!(".{}.", jose::b64::encode(&reply.body)), 1);
    for token in [value, &attached] {
        let told = server.client("bank").introspect(token).await;
        assert_eq!(told.text("active"), "false");
        let asked = server.ask(Ask::get("/realms/net/registry/roles/bank").bearer(token)).await;
        assert_eq!(asked.status, 401);
    }
    assert_eq!(server.ask(Ask::get("/realms/net/registry/roles/bank").bearer(&bank.token().await)).await.status, 200);
}

#[tokio::test]
async fn no_key_signs_replies_before_it_stands_in_a_checkpoint() {
    let server = Server::start("messages").await;
    let reply = server.client("bank").token(&[("grant_type", "client_credentials")]).await.expect(200);
    let header = signed_header(&server, &reply).await;
    let keys = server.ask(Ask::get("/realms/net/evidence/keys")).await.expect(200).json();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["jwk"]["kid"] == header["kid"]).expect("the key");
    let id = key["entry"]["id"].as_str().unwrap();
    let entry = server.ask(Ask::get(format!("/realms/net/evidence/entries/{id}"))).await.expect(200).json();
    assert_eq!(entry["kind"], "service-key");
    assert!(entry["index"].is_u64());
}

#[tokio::test]
async fn a_realm_without_participants_signs_no_replies() {
    let server = Setup::of("messages").with(|realm| drop(realm["attributes"].take())).start().await;
    let reply = server.client("bank").token(&[("grant_type", "client_credentials")]).await.expect(200);
    assert_eq!(reply.header("x-jws-signature"), "");
    assert_eq!(server.ask(Ask::get("/realms/net/evidence/checkpoint")).await.status, 404);
}

#[tokio::test]
async fn where_nobody_knows_whether_a_reply_must_be_signed_there_is_none() {
    let server = Setup::of("messages").realm(serde_json::json!({"realm": "plain", "enabled": true})).start().await;
    let mut batch = store::Batch::new();
    batch.push("ALTER TABLE realm RENAME TO realm_away", store::params![]);
    server.core.store.db().commit(batch).await.expect("takes the table away");
    let form = [("grant_type", "client_credentials"), ("client_id", "x")];
    let reply = server.ask(Ask::form("/realms/plain/protocol/openid-connect/token", &form)).await;
    assert_eq!(reply.refusal(), "503 temporarily_unavailable: Try again in a moment");
}

#[tokio::test]
async fn replies_that_are_not_json_pass_unsigned_as_they_are() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    let told = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json();
    server.core.sequence_all().await.unwrap();
    let wanted = serde_json::json!({"messages": [told["entry"]["id"]]}).to_string();
    let ask = Ask::new("POST", "/realms/net/evidence/export").bearer(&bank.token().await);
    let reply = server.ask(ask.body("application/json", wanted)).await.expect(200);
    assert_eq!(reply.header("content-type"), evidence::bundle::MEDIA_TYPE);
    assert_eq!(reply.header("x-jws-signature"), "");
    assert!(evidence::Bundle::read(reply.body.as_bytes()).is_ok());
}

#[tokio::test]
async fn the_networks_own_form_tells_a_role_with_one_key_and_never_a_secret() {
    let server = Setup::of("messages").setting("service-realm", "net").start().await;
    let (agent, bank) = network(&server).await;
    let token = bank.token().await;
    let reply = server.ask(Ask::get("/service/participant-roles/agent").bearer(&token)).await.expect(200);
    signed_header(&server, &reply).await;
    let role = reply.json();
    assert_eq!(
        (&role["id"], &role["kcClientId"], &role["isApproved"]),
        (&"agent".into(), &"agent".into(), &true.into())
    );
    assert_eq!(role["participant"]["participantName"], "AGENT");
    let key: Value = serde_json::from_str(role["publicKey"].as_str().unwrap()).unwrap();
    assert_eq!(key["kid"], agent.key.kid());
    assert!(!reply.body.to_lowercase().contains("secret"));
    assert_eq!(server.ask(Ask::get("/service/participant-roles/nobody").bearer(&token)).await.status, 404);
    assert_eq!(server.ask(Ask::get("/service/participant-roles/agent")).await.status, 401);
    let plain = Server::start("messages").await;
    assert_eq!(plain.ask(Ask::get("/service/participant-roles/agent")).await.status, 404);
}

#[tokio::test]
async fn the_networks_own_form_lists_who_takes_part_in_a_product_network_and_nobody_else() {
    let server = Setup::of("messages").setting("service-realm", "net").start().await;
    let (agent, bank) = network(&server).await;
    let of = |role: &Role| Settings {
        product_networks: ["gst".to_owned()].to_vec(),
        addresses: ["192.0.2.1".to_owned()].to_vec(),
        ..role.settings.clone()
    };
    agent.change(Change::RoleStated { role: of(&*agent.role().await) }).await;
    let token = bank.token().await;
    let ask = |path: &str| server.ask(Ask::get(format!("/service/{path}")).bearer(&token));
    for (status, listed) in [(Status::Suspended, true), (Status::Approved, true), (Status::Ended, false)] {
        agent.change(Change::StatusChanged { status, reason: None }).await;
        let found = ask("product-networks/gst/participants").await.expect(200).json();
        let told = (&found["LENDER"][0]["participantRoleStatus"], &found["LENDER"][0]["isApproved"]);
        match listed {
            true => assert_eq!(told, (&status.name().into(), &(status == Status::Approved).into())),
            false => assert_eq!(found, serde_json::json!({})),
        }
    }
    let one = ask("participant-roles/agent").await.expect(200);
    assert_eq!(one.text("participantRoleStatus"), "ENDED", "who asks for it by its id hears that it left");
    let items = ask("participant-roles/server-whitelisting-items/agent").await.expect(200).json();
    assert_eq!(items, serde_json::json!([{"ipAddress": "192.0.2.1", "portNumber": null, "participantRole": "LENDER"}]));
}

#[tokio::test]
async fn the_networks_own_form_is_of_the_realm_that_the_host_names() {
    let server = Setup::of("messages").setting("service-hosts", "net.example=net,other.example=other").start().await;
    let (_, bank) = network(&server).await;
    let token = bank.token().await;
    let ask = |host: &str| server.ask(Ask::get("/service/participant-roles/agent").header("host", host).bearer(&token));
    let reply = ask("net.example:8443").await.expect(200);
    signed_header(&server, &reply).await;
    assert_eq!(reply.text("id"), "agent");
    for nobodys in ["other.example", "id.example"] {
        ask(nobodys).await.expect(404);
    }
}

#[tokio::test]
async fn keys_can_be_asked_for_as_they_were() {
    let server = Server::start("messages").await;
    let (_, bank) = network(&server).await;
    let token = bank.token().await;
    let ask = |at: &str| server.ask(Ask::get(format!("/realms/net/registry/roles/agent/jwks.json{at}")).bearer(&token));
    assert_eq!(ask("").await.expect(200).json()["keys"][0]["kid"], "agent-1");
    assert_eq!(ask("?at=2020-01-01T00:00:00Z").await.expect(200).json()["keys"], serde_json::json!([]));
    for odd in ["?at=yesterday", "?at=", "?asOf=then"] {
        assert_eq!(ask(odd).await.status, 400, "{odd}");
    }
}

#[tokio::test]
async fn participants_read_a_role_and_its_keys_as_they_were() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    server.wait(60);
    let changed = Settings { profile: "bound".to_owned(), ..agent.role().await.settings.clone() };
    agent.change(Change::RoleStated { role: changed }).await;
    agent.change(Change::StatusChanged { status: Status::Suspended, reason: None }).await;
    let now = registry::Moment::from_ms(server.core.clock.now_ms());
    agent.change(Change::KeyEnded { kid: "agent-1".to_owned(), at: now }).await;
    let token = bank.token().await;
    let ask = |path: &str| server.ask(Ask::get(format!("/realms/net/registry/roles/agent{path}")).bearer(&token));
    for (query, [profile, status, key]) in [
        ("?at=2027-01-15T08:00:30Z", ["strict", "APPROVED", "ACTIVE"]),
        ("?asOf=2027-01-15T08:00:30Z", ["strict", "APPROVED", "ACTIVE"]),
        ("", ["bound", "SUSPENDED", "ENDED"]),
    ] {
        let role = ask(query).await.expect(200).json();
        assert_eq!((&role["profile"]["name"], &role["participantRoleStatus"]), (&profile.into(), &status.into()));
        // By which version the realm judged then is in no chain, and nothing is guessed.
        let tells_all = role["profile"]["digest"].is_string() && role["refusesReplays"].is_boolean();
        assert_eq!(tells_all, query.is_empty(), "{role}");
        assert_eq!(ask(&format!("/keys{query}")).await.expect(200).json()["keys"][0]["status"], key, "{query}");
    }
    ask("?at=2027-01-15T07:59:00Z").await.expect(404);
}

#[tokio::test]
async fn participants_page_through_roles_by_kind_and_network_and_read_one_participant() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        let (agent, bank) = network(&server).await;
        let of = Settings { participant_role: "LOAN_AGENT".to_owned(), ..agent.role().await.settings.clone() };
        let of = Settings { product_networks: ["gst".to_owned()].to_vec(), ..of };
        server.wait(60);
        agent.change(Change::RoleStated { role: of }).await;
        let token = bank.token().await;
        let ask = |path: &str| server.ask(Ask::get(format!("/realms/net/registry/{path}")).bearer(&token));
        for (query, ids) in [
            ("", &["bank", "agent"][..]),
            ("?max=1", &["bank"]),
            ("?first=1", &["agent"]),
            ("?participantRole=LENDER", &["bank"]),
            ("?participantRole=ADMIN", &[]),
            ("?productNetwork=gst", &["agent"]),
            ("?productNetwork=gst&participantRole=LENDER", &[]),
            ("?productNetwork=msme", &[]),
        ] {
            let found = ask(&format!("roles{query}")).await.expect(200).json();
            let found: Vec<&str> = found.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
            assert_eq!(found, ids, "{query}");
        }
        assert_eq!(ask("roles?max=1").await.json()[0], ask("roles/bank").await.json(), "in the same form");
        ask("roles?participantrole=LENDER").await.expect(400);
        let reply = ask("participants/org-agent").await.expect(200);
        signed_header(&server, &reply).await;
        let now = reply.json();
        assert_eq!(
            (&now["participantName"], &now["roles"][0]["participantRole"]),
            (&"AGENT".into(), &"LOAN_AGENT".into())
        );
        let then = ask("participants/org-agent?at=2027-01-15T08:00:30Z").await.expect(200).json();
        assert_eq!(then["roles"][0]["participantRole"], "LENDER");
        ask("participants/org-agent?at=2027-01-15T07:00:00Z").await.expect(404);
        ask("participants/nobody").await.expect(404);
        let nobody =
            server.client("stranger").token(&[("grant_type", "client_credentials")]).await.text("access_token");
        for path in ["roles", "participants/org-agent"] {
            server.ask(Ask::get(format!("/realms/net/registry/{path}")).bearer(&nobody)).await.expect(403);
        }
    }
}

#[tokio::test]
async fn participants_find_one_another_by_a_part_of_a_name() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        let (_, bank) = network(&server).await;
        let token = bank.token().await;
        for (search, ids) in [
            ("", &["org-agent", "org-bank"][..]),
            ("an", &["org-bank"]),
            ("AGE", &["org-agent"]),
            ("org-agent", &["org-agent"]),
            ("org-", &[]),
            ("nobody", &[]),
        ] {
            let path = format!("/realms/net/registry/participants?search={search}");
            let found = server.ask(Ask::get(path).bearer(&token)).await.expect(200).json();
            let found: Vec<&str> = found.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
            assert_eq!(found, ids, "{search}");
        }
    }
}

#[tokio::test]
async fn each_record_of_a_role_is_told_to_participants_and_proved_by_its_entry() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    agent.change(Change::StatusChanged { status: Status::Suspended, reason: None }).await;
    server.core.sequence_all().await.unwrap();
    let token = bank.token().await;
    let ask =
        |query: &str| server.ask(Ask::get(format!("/realms/net/registry/roles/agent/history{query}")).bearer(&token));
    let told = ask("").await.expect(200).json();
    let mut chain = Vec::new();
    for one in told.as_array().unwrap() {
        let octets = |name: &str| jose::b64::decode(one[name].as_str().unwrap(), "octets").unwrap();
        let (record, salt) = (octets("octets"), octets("salt"));
        assert_eq!(one["record"], serde_json::from_slice::<Value>(&record).unwrap());
        assert_eq!(one["digest"], registry::record::digest(&record));
        let id = one["entry"]["id"].as_str().unwrap();
        let entry = server.ask(Ask::get(format!("/realms/net/evidence/entries/{id}"))).await.expect(200).json();
        assert_eq!((&entry["kind"], &entry["index"]), (&"registry".into(), &one["entry"]["index"]));
        assert!(entry["proof"].is_string(), "{entry}");
        let leaf = jose::b64::decode(entry["leaf"].as_str().unwrap(), "leaf").unwrap();
        let leaf = ledger::Leaf::parse(&leaf).unwrap();
        let salt: [u8; 32] = salt.try_into().unwrap();
        assert_eq!(leaf.commitment, ledger::leaf::commit(&salt, &record), "the leaf is this record's");
        chain.push(record);
    }
    let role = Role::fold(chain.iter().map(Vec::as_slice)).unwrap().unwrap();
    assert_eq!((role.head.digest, role.head.seq), (agent.role().await.head.digest.clone(), 4));
    let page = ask("?first=1&max=2").await.expect(200).json();
    assert_eq!((page.as_array().unwrap().len(), &page[0]["seq"]), (2, &2.into()));
    server.ask(Ask::get("/realms/net/registry/roles/nobody/history").bearer(&token)).await.expect(404);
    server.ask(Ask::get("/realms/net/registry/roles/agent/history")).await.expect(401);
}
