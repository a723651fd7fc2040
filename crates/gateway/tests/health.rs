//! Whether a gateway says that messages can pass, and why not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it is wrong")]
#![allow(dead_code, reason = "the site has parts for other tests")]

#[path = "../../receiver/tests/network/mod.rs"]
mod network;
mod site;

use axum::http::{Request, StatusCode};
use http_body_util::Full;
use network::{Participant, Realm};
use serde_json::{Value, json};
use site::{Site, refused};

const BODY: &[u8] = b"{\"loan\": 1}";
const TARGET: &str = "/api/v4/loans";

async fn scene(profile: &str, more: &str) -> (Realm, Participant, Site) {
    let (agent, lender) = (Participant::new("agent", profile), Participant::new("lender", "strict"));
    let realm = Realm::start(&[&agent, &lender]).await;
    let site = Site::start(&realm, &lender, "", more).await;
    (realm, agent, site)
}

/// Status and reasons of a gateway's health.
async fn readiness(site: &Site) -> (u16, String) {
    let address = site.gateway.health.unwrap();
    let request = Request::get(format!("http://{address}/health/ready")).body(Full::default()).unwrap();
    let reply = site.call(request).await;
    let body: Value = serde_json::from_slice(reply.body()).unwrap();
    (reply.status().as_u16(), body["reasons"].to_string())
}

const HEALTH: &str = "[health]\nlisten = \"127.0.0.1:0\"";

#[tokio::test]
async fn it_is_ready_once_the_server_is_there() {
    let lender = Participant::new("lender", "strict");
    let realm = Realm::start(&[&lender]).await;
    realm.state().away = true;
    let site = Site::start(&realm, &lender, "", HEALTH).await;
    let address = site.gateway.health.unwrap();
    let status = async |path: &str| {
        let request = Request::get(format!("http://{address}{path}")).body(Full::default()).unwrap();
        site.call(request).await.status().as_u16()
    };
    assert_eq!((status("/health/ready").await, status("/health/live").await), (503, 200));
    assert_eq!(status("/other").await, 404);
    realm.state().away = false;
    while status("/health/ready").await != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn it_is_not_ready_while_no_message_can_pass_and_says_why() {
    type Spoil = fn(&Realm, &mut Participant);
    let cases: [(Spoil, &str); 6] = [
        (|realm, _| realm.state().reports_refused = true, "403"),
        (|realm, _| realm.change("lender", |lender| lender.status = "SUSPENDED".to_owned()), "not approved"),
        (|realm, _| realm.change("lender", |lender| lender.key_record = json!({"status": "REVOKED"})), "was revoked"),
        (|realm, _| realm.change("lender", |lender| *lender = Participant::new("lender", "strict")), "another key"),
        (|_, own| own.id = "agent".to_owned(), "agent-client"),
        (
            |_, own| own.id = "nobody".to_owned(),
            "the client \\\"nobody-client\\\" no token, whose id or secret is wrong",
        ),
    ];
    for (spoil, reason) in cases {
        let (agent, mut own) = (Participant::new("agent", "strict"), Participant::new("lender", "strict"));
        let realm = Realm::start(&[&agent, &own]).await;
        let kept = own.clone();
        spoil(&realm, &mut own);
        let site = match own.id == "agent" {
            // The role of another client.
            true => Site::start_as(&realm, &kept, "agent", HEALTH).await,
            false => Site::start(&realm, &own, "", HEALTH).await,
        };
        let (status, reasons) = readiness(&site).await;
        assert_eq!(status, 503, "{reasons}");
        assert!(reasons.contains(reason), "{reason}: {reasons}");
    }
}

#[tokio::test]
async fn however_often_it_is_asked_how_it_is_the_server_hears_little_of_it() {
    let (realm, _, site) = scene("strict", HEALTH).await;
    for _ in 0..20 {
        assert_eq!(readiness(&site).await.0, 200);
    }
    assert_eq!(realm.asked("/signing/report"), 1);
}

#[tokio::test]
async fn while_the_server_is_away_it_is_ready_only_if_messages_may_wait() {
    let spool = format!("{HEALTH}\n[spool]\ndirectory = \"FOLDER/spool\"");
    for (more, expected) in [(HEALTH, 503), (&*spool, 200)] {
        let (realm, agent, site) = scene("ocen", more).await;
        assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK);
        realm.state().away = true;
        while site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status().as_u16() != expected {}
        // What was seen at the start counts for a moment.
        let mut status = readiness(&site).await.0;
        while status != expected {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            status = readiness(&site).await.0;
        }
    }
}

#[tokio::test]
async fn a_realm_that_is_not_there_is_named() {
    let (_, _, site) = scene("strict", HEALTH).await;
    let site = site.told("/realms/network", "/realms/netwrok").await;
    let (status, reasons) = readiness(&site).await;
    assert!(status == 503 && reasons.contains("no such realm at") && reasons.contains("netwrok"), "{reasons}");
}

#[tokio::test]
async fn it_is_not_ready_after_a_message_that_the_server_kept_from_its_record_until_one_is_on_record() {
    let (realm, agent, site) = scene("strict", HEALTH).await;
    let sent = async || site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status().as_u16();
    assert_eq!((sent().await, readiness(&site).await.0), (200, 200));
    // What the gateway looks at itself is as it was.
    realm.state().wrong_record = true;
    assert_eq!(sent().await, 503);
    let (status, reasons) = readiness(&site).await;
    assert!(status == 503 && reasons.contains("the receipt's record is about another message"), "{reasons}");
    realm.state().wrong_record = false;
    assert_eq!((sent().await, readiness(&site).await.0), (200, 200));
}

#[tokio::test]
async fn it_is_not_ready_while_a_message_can_not_be_kept_for_the_server() {
    let more = format!("{HEALTH}\n[spool]\ndirectory = \"FOLDER/spool\"\nmessages = 1\nreport_seconds = 1");
    let (realm, agent, site) = scene("ocen", &more).await;
    let sent = async || site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status().as_u16();
    assert_eq!((sent().await, readiness(&site).await.0), (200, 200));
    realm.state().away = true;
    assert_eq!((sent().await, site.spooled().len(), readiness(&site).await.0), (200, 1, 200));
    assert_eq!(sent().await, 503);
    let (status, reasons) = readiness(&site).await;
    assert!(status == 503 && reasons.contains("no more messages may wait"), "{reasons}");
    realm.state().away = false;
    assert_eq!((sent().await, readiness(&site).await.0), (200, 200));
}

#[tokio::test]
async fn a_target_beyond_ascii_is_refused_and_says_nothing_of_how_it_is() {
    let (realm, agent, site) = scene("strict", HEALTH).await;
    let sent = async |target: &str| site.call(site.signed(&realm, &agent, target, BODY)).await;
    let beyond = async || refused(&sent("/api/v4/lo\u{e4}ns").await);
    assert_eq!((beyond().await, readiness(&site).await.0), ((400, "target_invalid".to_owned()), 200));
    realm.state().wrong_record = true;
    assert_eq!(sent(TARGET).await.status(), 503);
    assert_eq!((beyond().await, readiness(&site).await.0), ((400, "target_invalid".to_owned()), 503));
    assert_eq!(realm.asked("/signing/verify"), 1);
}

#[tokio::test]
async fn a_message_that_is_no_good_itself_leaves_it_ready() {
    let (realm, agent, site) = scene("bound", HEALTH).await;
    let replayed = site.signed(&realm, &agent, TARGET, BODY);
    assert_eq!(site.call(replayed.clone()).await.status(), 200);
    assert_eq!(site.call(replayed).await.status(), 400);
    assert_eq!(readiness(&site).await.0, 200);
}

#[tokio::test]
async fn another_log_at_the_same_address_is_told_before_any_message_comes() {
    let (realm, agent, site) = scene("strict", HEALTH).await;
    let site = site.told("logs = [", "logs = [] # ").await;
    assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), 200);
    let address = site.gateway.health.unwrap();
    let request = Request::get(format!("http://{address}/health/ready")).body(Full::default()).unwrap();
    let health: Value = serde_json::from_slice(site.call(request).await.body()).unwrap();
    assert_eq!(health["status"], "UP");
    assert!(health["warnings"][0].as_str().unwrap().contains(&realm.log_key().to_string()), "{health}");
    realm.another_log("log.example/other");
    // What the first life learnt is on disk.
    let site = site.restart().await;
    let (status, reasons) = readiness(&site).await;
    assert!(
        status == 503 && reasons.contains("its log is log.example/other, and not log.example/network"),
        "{reasons}"
    );
    assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), 503);
}
