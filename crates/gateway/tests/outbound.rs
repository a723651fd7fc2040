//! Two participants behind gateways, and what one gets from the other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it is wrong")]
#![allow(dead_code, reason = "the site has parts for other tests")]

#[path = "../../receiver/tests/network/mod.rs"]
mod network;
mod site;

use axum::http::{Request, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use network::{Participant, Realm, signed, signed_request};
use site::{Service, Site, free_address, refused};

const BODY: &[u8] = b"{\"loan\": 1}";
const OUTBOUND: &str = "[outbound]\nlisten = \"127.0.0.1:0\"\nplain_http = true\n";

/// An agent and a lender, each behind a gateway.
async fn pair(profile: &str) -> (Realm, Site, Site) {
    pair_of(Participant::new("agent", profile), Participant::new("lender", profile)).await
}

async fn pair_of(agent: Participant, mut lender: Participant) -> (Realm, Site, Site) {
    let lender_address = free_address();
    lender.base_url = format!("http://{lender_address}/api");
    let realm = Realm::start(&[&agent, &lender]).await;
    let listen = format!("listen = \"{lender_address}\"");
    let lender = Site::start(&realm, &lender, &listen, "").await;
    let agent = Site::start(&realm, &agent, "", OUTBOUND).await;
    (realm, agent, lender)
}

/// An agent behind a gateway, and a lender's address where an odd service answers by itself.
async fn odd() -> (Realm, Site, Participant, Service) {
    let service = Service::start().await;
    let (agent, mut lender) = (Participant::new("agent", "strict"), Participant::new("lender", "strict"));
    lender.base_url = format!("http://{}/api", service.address);
    let realm = Realm::start(&[&agent, &lender]).await;
    let agent = Site::with(&realm, &agent, OUTBOUND, Service::start().await).await;
    (realm, agent, lender, service)
}

/// The signature of an answer to the request that these tests send.
fn answer(from: &Participant, to: &Participant, body: &[u8], now: i64) -> String {
    let asked = signing::request_digest("POST", "/api/loans", BODY);
    let (method, target) = ("POST", "/api/loans");
    signed(from, to, &signing::Message { headers: &[], method, target, body, answers: Some(&asked) }, now).1
}

#[tokio::test]
async fn a_request_and_its_reply_are_signed_and_checked_by_the_gateways_alone() {
    for profile in ["strict", "ocen", "rebit", "encoded", "bound"] {
        let (realm, agent, lender) = pair(profile).await;
        let reply = agent.send("/lender/v4/loans?x=%2F", BODY).await;
        assert_eq!((reply.status(), &reply.body()[..]), (StatusCode::OK, &b"{\"ack\": true}"[..]), "{profile}");
        assert_eq!(reply.headers()["x-countersign-role"], "lender");
        assert_eq!(reply.headers()["x-countersign-verdict"], "ok");
        let seen = lender.service.seen.lock().unwrap();
        assert_eq!((seen[0].target.as_str(), &seen[0].body[..]), ("/api/v4/loans?x=%2F", BODY));
        assert_eq!(seen[0].headers["x-countersign-role"], "agent");
        assert_eq!(realm.log_size(), 1);
        assert_eq!(lender.receipts().len(), 1);
    }
}

#[tokio::test]
async fn a_request_without_a_body_and_a_reply_without_one_pass_as_well() {
    for profile in ["strict", "bound"] {
        let (_realm, agent, lender) = pair(profile).await;
        *lender.service.reply.lock().unwrap() = (StatusCode::NO_CONTENT, Default::default(), Bytes::new());
        let address = agent.gateway.outbound.unwrap();
        let request = Request::get(format!("http://{address}/lender/heartbeat")).body(Full::default()).unwrap();
        let reply = agent.call(request).await;
        assert_eq!(reply.status(), StatusCode::NO_CONTENT, "{:?}", reply.body());
        assert_eq!(lender.service.seen.lock().unwrap()[0].target, "/api/heartbeat");
    }
}

#[tokio::test]
async fn what_is_coded_goes_both_ways_as_it_was_sent_where_the_profiles_take_codings() {
    for (of_agent, of_lender) in [("any", "any"), ("any", "none"), ("none", "any"), ("none", "none")] {
        let one = |id, coding| Participant::own(id, "strict", &serde_json::json!({"name": id, "coding": coding}));
        let (_realm, agent, lender) = pair_of(one("agent", of_agent), one("lender", of_lender)).await;
        let address = agent.gateway.outbound.unwrap();
        let ask = |coding: Option<&str>| {
            let request = Request::post(format!("http://{address}/lender/loans")).header("accept-encoding", "gzip");
            let request =
                coding.into_iter().fold(request, |request, coding| request.header("content-encoding", coding));
            request.body(Full::new(Bytes::from_static(b"\x1f\x8b and so on"))).unwrap()
        };
        let reply = agent.call(ask(Some("gzip"))).await;
        match of_agent {
            "any" => assert_eq!(reply.status(), StatusCode::OK, "{:?}", reply.body()),
            _ => assert_eq!(refused(&reply), (415, "body_coded".to_owned())),
        }
        let expected = if of_agent == "any" { Some("gzip") } else { None };
        assert_eq!(agent.call(ask(None)).await.status(), StatusCode::OK);
        {
            let seen = lender.service.seen.lock().unwrap();
            let coding = seen[0].headers.get("content-encoding").map(|coding| coding.to_str().unwrap());
            assert_eq!((coding, &seen[0].body[..]), (expected, &b"\x1f\x8b and so on"[..]));
            assert_eq!(seen[0].headers.contains_key("accept-encoding"), of_lender == "any", "what it can sign");
        }
        lender.service.replies_with("content-encoding", "gzip");
        let reply = agent.call(ask(None)).await;
        match of_lender {
            "any" => assert_eq!(
                (reply.status(), &reply.headers()["content-encoding"]),
                (StatusCode::OK, &"gzip".parse().unwrap())
            ),
            _ => assert_eq!(refused(&reply), (502, "reply_unfit".to_owned())),
        }
    }
}

#[tokio::test]
async fn no_request_goes_out_without_a_body_where_the_profile_takes_none() {
    let strict = || Participant::own("agent", "strict", &serde_json::json!({"no_body": "refused"}));
    let (_realm, agent, lender) = pair_of(strict(), Participant::new("lender", "strict")).await;
    let reply = agent.send("/lender/heartbeat", b"").await;
    assert_eq!(refused(&reply), (400, "not_signed".to_owned()));
    assert!(String::from_utf8_lossy(reply.body()).contains("takes no message without a body"));
    assert_eq!(lender.service.seen(), 0);
    assert_eq!(agent.send("/lender/heartbeat", b"{}").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_head_request_is_answered_and_refused_under_a_signature_that_holds() {
    let (realm, agent, lender) = pair("strict").await;
    let address = agent.gateway.outbound.unwrap();
    let head = || Request::head(format!("http://{address}/lender/loans")).body(Full::default()).unwrap();
    assert_eq!(agent.call(head()).await.status(), StatusCode::OK);
    realm.change("agent", |agent| agent.key_record = serde_json::json!({"status": "REVOKED"}));
    let lender = lender.restart().await;
    let reply = agent.call(head()).await;
    assert_eq!((reply.status(), lender.service.seen()), (StatusCode::BAD_REQUEST, 1));
}

#[tokio::test]
async fn what_the_application_wrote_in_the_gateways_place_does_not_go_out() {
    let (_realm, agent, lender) = pair("strict").await;
    let address = agent.gateway.outbound.unwrap();
    let request = Request::post(format!("http://{address}/lender/loans"))
        .header("authorization", "Bearer of-the-application")
        .header("x-jws-signature", "a..b")
        .header("x-countersign-sender", "lender")
        .header("x-mine", "stays")
        .body(Full::new(Bytes::from_static(BODY)))
        .unwrap();
    assert_eq!(agent.call(request).await.status(), StatusCode::OK);
    let seen = lender.service.seen.lock().unwrap();
    assert_eq!(seen[0].headers["x-mine"], "stays");
    assert!(!seen[0].headers.contains_key("x-countersign-sender"));
}

#[tokio::test]
async fn a_refusal_of_the_other_gateway_comes_back_as_it_is_since_it_is_signed() {
    let (realm, agent, lender) = pair("strict").await;
    realm.change("agent", |agent| agent.key_record = serde_json::json!({"status": "REVOKED"}));
    let reply = agent.send("/lender/loans", BODY).await;
    assert_eq!(refused(&reply), (400, "key_revoked".to_owned()));
    assert_eq!(reply.headers()["x-countersign-verdict"], "ok");
    assert_eq!(lender.service.seen(), 0);
}

#[tokio::test]
async fn a_reply_that_is_not_signed_by_the_one_that_was_asked_is_not_passed_on() {
    let (realm, agent, lender, service) = odd().await;
    let reply = agent.send("/lender/loans", BODY).await;
    assert_eq!(refused(&reply), (502, "signature_missing".to_owned()));
    let refusal = Bytes::from_static(b"{\"code\":\"server_away\",\"detail\":\"try again\"}");
    let good = std::mem::replace(
        &mut *service.reply.lock().unwrap(),
        (StatusCode::SERVICE_UNAVAILABLE, Default::default(), refusal),
    );
    let reply = agent.send("/lender/loans", BODY).await;
    assert_eq!(refused(&reply), (502, "signature_missing".to_owned()));
    let told = String::from_utf8(reply.body().to_vec()).unwrap();
    assert!(["status 503", "server_away", "try again", "not proved"].iter().all(|word| told.contains(word)), "{told}");
    *service.reply.lock().unwrap() = good;
    let now = realm.now_ms() / 1000;
    let sign = |from: &Participant, body: &[u8]| answer(from, &agent.own, body, now);
    service.replies_with("x-jws-signature", &sign(&agent.own, b"{\"ack\": true}"));
    assert_eq!(refused(&agent.send("/lender/loans", BODY).await), (502, "kid_unknown".to_owned()));
    service.replies_with("x-jws-signature", &sign(&lender, b"{\"ack\": false}"));
    assert_eq!(refused(&agent.send("/lender/loans", BODY).await), (502, "signature_invalid".to_owned()));
    let request = signed_request(&lender, &agent.own, "POST", "/api/loans", b"{\"ack\": true}", now).1;
    service.replies_with("x-jws-signature", &request);
    assert_eq!(refused(&agent.send("/lender/loans", BODY).await), (502, "claim_invalid".to_owned()), "a request");
    service.replies_with("x-jws-signature", &sign(&lender, b"{\"ack\": true}"));
    assert_eq!(refused(&agent.send("/lender/loans", b"{}").await), (502, "claim_invalid".to_owned()), "another's");
    assert_eq!(agent.send("/lender/loans", BODY).await.status(), StatusCode::OK);
    service.replies_with("content-encoding", "gzip");
    assert_eq!(refused(&agent.send("/lender/loans", BODY).await), (502, "body_coded".to_owned()));
}

#[tokio::test]
async fn a_reply_is_on_record_where_that_is_wanted() {
    let (realm, agent, _lender) = pair("ocen").await;
    let recording = format!("{OUTBOUND}record_replies = true\n[spool]\ndirectory = \"FOLDER/spool\"\n");
    let agent = Site::with(&realm, &agent.own, &recording, Service::start().await).await;
    let reply = agent.send("/lender/loans", BODY).await;
    assert_eq!(reply.headers()["x-countersign-entry"].len(), 43);
    assert_eq!((realm.log_size(), agent.receipts().len()), (2, 1));
    let (realm, agent, lender, service) = odd().await;
    let strict = format!("{OUTBOUND}record_replies = true\n");
    let agent = Site::with(&realm, &agent.own, &strict, Service::start().await).await;
    let now = realm.now_ms() / 1000;
    let signature = answer(&lender, &agent.own, b"{\"ack\": true}", now);
    service.replies_with("x-jws-signature", &signature);
    assert_eq!(agent.send("/lender/loans", BODY).await.status(), StatusCode::OK);
    realm.state().wrong_record = true;
    assert_eq!(refused(&agent.send("/lender/loans", BODY).await), (502, "server_untrusted".to_owned()));
}

#[tokio::test]
async fn nothing_goes_out_to_whom_nobody_knows_or_approved_or_where_http_is_plain() {
    let (realm, agent, _lender, service) = odd().await;
    assert_eq!(refused(&agent.send("/nobody/loans", BODY).await), (404, "participant_unknown".to_owned()));
    assert_eq!(refused(&agent.send("//loans", BODY).await), (404, "participant_unknown".to_owned()));
    realm.change("lender", |lender| lender.status = "SUSPENDED".to_owned());
    assert_eq!(refused(&agent.send("/lender/loans", BODY).await), (403, "participant_not_approved".to_owned()));
    let strict = "[outbound]\nlisten = \"127.0.0.1:0\"\nbody_bytes = 20\n";
    realm.change("lender", |lender| lender.status = "APPROVED".to_owned());
    let agent = Site::with(&realm, &agent.own, strict, Service::start().await).await;
    let reply = agent.send("/lender/loans", BODY).await;
    assert_eq!(refused(&reply), (502, "base_url_unfit".to_owned()));
    assert!(std::str::from_utf8(reply.body()).unwrap().contains("plain_http = true"), "{:?}", reply.body());
    assert_eq!(refused(&agent.send("/lender/loans", &[0; 21]).await), (413, "body_too_large".to_owned()));
    assert_eq!(service.seen(), 0);
}

#[tokio::test]
async fn a_page_in_a_browser_can_not_speak_in_the_roles_name() {
    let (_realm, agent, _lender, service) = odd().await;
    let address = agent.gateway.outbound.unwrap();
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let request = Request::post(format!("http://{address}/lender/loans")).header(name, value);
        let reply = agent.call(request.body(Full::default()).unwrap()).await;
        assert_eq!(refused(&reply), (403, "of_a_browser".to_owned()));
    }
    let request = Request::get(format!("http://{address}/lender/loans")).header("host", "evil.example:9090");
    let reply = agent.call(request.body(Full::default()).unwrap()).await;
    assert_eq!(refused(&reply), (403, "host_unknown".to_owned()), "a name that leads here for the page alone");
    assert_eq!(service.seen(), 0);
}

#[tokio::test]
async fn while_the_server_is_away_nothing_goes_out_that_it_would_have_to_vouch_for() {
    let (realm, agent, _lender, service) = odd().await;
    realm.state().away = true;
    assert_eq!(refused(&agent.send("/lender/loans", BODY).await), (503, "server_away".to_owned()));
    assert_eq!(service.seen(), 0);
}

#[tokio::test]
async fn gateways_speak_tls_to_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let certified = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("tls-key.pem"));
    std::fs::write(&certificate, certified.cert.pem()).unwrap();
    std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    let lender_address = free_address();
    let (agent, mut lender) = (Participant::new("agent", "bound"), Participant::new("lender", "strict"));
    lender.base_url = format!("https://{lender_address}/api");
    let realm = Realm::start(&[&agent, &lender]).await;
    let tls = format!(
        "listen = \"{lender_address}\"\ntls = {{ certificate = \"{}\", key = \"{}\" }}",
        certificate.display(),
        key.display()
    );
    let lender = Site::start(&realm, &lender, &tls, "").await;
    let trusting = format!("[server]\nauthorities = [\"{}\"]", certificate.display());
    let outbound = "[outbound]\nlisten = \"127.0.0.1:0\"\n";
    let distrusting = Site::with(&realm, &agent, outbound, Service::start().await).await;
    assert_eq!(refused(&distrusting.send("/lender/loans", BODY).await), (502, "participant_away".to_owned()));
    let trusting = Site::trusting(&realm, &agent, outbound, &trusting).await;
    let reply = trusting.send("/lender/loans", BODY).await;
    assert_eq!(reply.status(), StatusCode::OK, "{:?}", reply.body());
    assert_eq!(lender.service.seen(), 1);
}
