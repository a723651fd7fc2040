//! What a gateway passes on to the service behind it, and what it refuses.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it is wrong")]
#![allow(dead_code, reason = "the site has parts for other tests")]

#[path = "../../receiver/tests/network/mod.rs"]
mod network;
mod site;

use axum::http::{HeaderName, Request, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use network::{Participant, Realm};
use serde_json::{Value, json};
use site::{Site, refused};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const BODY: &[u8] = b"{\"metadata\": {\"requestId\": \"r-1\"},\r\n \"amount\": 10.50}\n";
const TARGET: &str = "/api/v4/loans?x=%2F&y=a|b";

async fn scene(profile: &str, inbound: &str, more: &str) -> (Realm, Participant, Site) {
    let (agent, lender) = (Participant::new("agent", profile), Participant::new("lender", "strict"));
    let realm = Realm::start(&[&agent, &lender]).await;
    let site = Site::start(&realm, &lender, inbound, more).await;
    (realm, agent, site)
}

fn with(mut request: Request<Full<Bytes>>, name: &str, value: &str) -> Request<Full<Bytes>> {
    let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[tokio::test]
async fn a_good_message_passes_octet_by_octet_and_the_reply_is_signed() {
    for inbound in ["", "mode = \"server\""] {
        let (realm, agent, site) = scene("strict", inbound, "").await;
        site.service.replies_with("x-countersign-role", "spoofed");
        let request = site.signed(&realm, &agent, TARGET, BODY);
        let reply = site.call(request).await;
        assert_eq!((reply.status(), &reply.body()[..]), (StatusCode::OK, &b"{\"ack\": true}"[..]));
        assert!(reply.headers()["x-jws-signature"].to_str().unwrap().contains(".."));
        assert!(!reply.headers().contains_key("x-countersign-role"));
        let seen = site.service.seen.lock().unwrap();
        assert_eq!((seen[0].target.as_str(), &seen[0].body[..]), (TARGET, BODY));
        assert_eq!(seen[0].headers["x-countersign-role"], "agent");
        assert_eq!(seen[0].headers["x-countersign-participant"], "agent-organisation");
    }
}

#[tokio::test]
async fn a_receipt_is_on_disk_before_the_message_passes() {
    let (realm, agent, site) = scene("strict", "", "").await;
    site.call(site.signed(&realm, &agent, TARGET, BODY)).await;
    let entry = site.service.seen.lock().unwrap()[0].headers["x-countersign-entry"].to_str().unwrap().to_owned();
    let receipts = site.receipts();
    let reply: Value = serde_json::from_str(receipts[0]["reply"].as_str().unwrap()).unwrap();
    assert_eq!(reply["entry"]["id"], json!(entry));
    assert!(receipts[0]["signature"].as_str().unwrap().contains(".."));
}

#[tokio::test]
async fn what_is_no_good_never_reaches_the_service() {
    let (realm, agent, site) = scene("ocen", "", "").await;
    let stranger = Participant::new("stranger", "ocen");
    let good = site.signed(&realm, &agent, TARGET, BODY);
    let signature = good.headers()["x-jws-signature"].to_str().unwrap().to_owned();
    let altered = good.clone().map(|_| Full::new(Bytes::from_static(b"{}")));
    let foreign = format!("Bearer {}", realm.token(&site.own, |_| ()));
    for (request, expected) in [
        (site.signed(&realm, &stranger, TARGET, BODY), (403, "participant_unknown")),
        (altered, (400, "signature_invalid")),
        (with(good.clone(), "signature", &signature), (400, "signature_malformed")),
        (with(good.clone(), "x-jws-signature", "a..b"), (400, "signature_malformed")),
        (with(good.clone(), "authorization", "Bearer x"), (401, "token_inactive")),
        (with(good.clone(), "authorization", &foreign), (400, "crit_missing")),
        (with(good.clone(), "connection", "x-jws-signature"), (400, "signature_missing")),
    ] {
        let reply = site.call(request).await;
        assert_eq!(refused(&reply), (expected.0, expected.1.to_owned()), "{:?}", reply.body());
    }
    assert_eq!(site.service.seen(), 0);
}

#[tokio::test]
async fn a_key_that_ended_a_second_ago_is_refused() {
    let (realm, agent, site) = scene("strict", "", "").await;
    let ended = jiff::Timestamp::from_millisecond(realm.now_ms() - 1000).unwrap();
    realm.change("agent", |agent| agent.key_record = json!({"status": "ENDED", "validUntil": ended.to_string()}));
    let reply = site.call(site.signed(&realm, &agent, TARGET, BODY)).await;
    assert_eq!(refused(&reply), (400, "key_ended".to_owned()));
    assert!(reply.headers().contains_key("x-jws-signature"), "who is known gets a signed refusal");
}

#[tokio::test]
async fn nobody_can_write_or_remove_what_the_service_is_told() {
    let (realm, agent, site) = scene("strict", "", "").await;
    let request = site.signed(&realm, &agent, TARGET, BODY);
    let request = with(request, "x-countersign-role", "admin");
    let request = with(request, "x_countersign_verdict", "spoofed");
    let request = with(request, "connection", "x-countersign-role, x-countersign-entry");
    assert_eq!(site.call(request).await.status(), StatusCode::OK);
    let seen = site.service.seen.lock().unwrap();
    assert_eq!(seen[0].headers["x-countersign-role"], "agent");
    assert!(seen[0].headers.contains_key("x-countersign-entry"));
    assert!(!seen[0].headers.contains_key("x_countersign_verdict"));
}

/// Sends octets as they are, and reads the status line.
async fn raw(site: &Site, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(site.inbound()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn broken_and_ambiguous_heads_are_refused() {
    let (realm, agent, site) = scene("strict", "", "").await;
    let good = site.signed(&realm, &agent, TARGET, BODY);
    let signed = good
        .headers()
        .iter()
        .fold(String::new(), |head, (name, value)| format!("{head}{name}: {}\r\n", value.to_str().unwrap()));
    let head = |more: &str| format!("POST {TARGET} HTTP/1.1\r\nHost: a\r\n{signed}{more}\r\n");
    let length = format!("Content-Length: {}\r\n", BODY.len());
    assert_eq!(raw(&site, &head(&length), BODY).await, "HTTP/1.1 200");
    for more in [
        format!("{length}X-Bad: a\rb\r\n"),
        format!("{length}X-Bad: a\0b\r\n"),
        format!("{length}X-Bad : a\r\n"),
        format!("{length}Content-Length: 1\r\n"),
        format!("{length}x-jws-signature: a..b\r\n"),
        "Content-Length: +5\r\n".to_owned(),
    ] {
        assert_eq!(raw(&site, &head(&more), BODY).await, "HTTP/1.1 400", "{more:?}");
    }
    assert_eq!(site.service.seen(), 1);
}

#[tokio::test]
async fn a_body_is_bounded_however_it_comes() {
    let (realm, agent, site) = scene("strict", "body_bytes = 100\nbody_seconds = 1", "").await;
    let large = vec![b'x'; 101];
    let reply = site.call(site.signed(&realm, &agent, TARGET, &large)).await;
    assert_eq!(refused(&reply), (413, "body_too_large".to_owned()));
    let good = site.signed(&realm, &agent, TARGET, &large);
    let signed = good
        .headers()
        .iter()
        .fold(String::new(), |head, (name, value)| format!("{head}{name}: {}\r\n", value.to_str().unwrap()));
    let head = format!("POST {TARGET} HTTP/1.1\r\nHost: a\r\n{signed}");
    let announced = raw(&site, &format!("{head}Content-Length: 1073741824\r\n\r\n"), b"").await;
    assert_eq!(announced, "HTTP/1.1 413");
    let chunk = format!("{:x}\r\n{}\r\n0\r\n\r\n", large.len(), "x".repeat(large.len()));
    let chunked = raw(&site, &format!("{head}Transfer-Encoding: chunked\r\n\r\n"), chunk.as_bytes()).await;
    assert_eq!(chunked, "HTTP/1.1 413");
    let stalled = raw(&site, &format!("{head}Content-Length: 50\r\n\r\n"), b"{").await;
    assert_eq!(stalled, "HTTP/1.1 408");
    assert_eq!(site.service.seen(), 0);
}

#[tokio::test]
async fn a_sender_calls_from_a_registered_address_also_through_a_trusted_proxy() {
    let (realm, agent, site) = scene("strict", "trusted_proxies = [\"127.0.0.0/8\"]", "").await;
    realm.change("agent", |agent| agent.addresses = vec!["198.51.100.0/24".to_owned()]);
    let sent = |from: &str| with(site.signed(&realm, &agent, TARGET, BODY), "x-forwarded-for", from);
    assert_eq!(site.call(sent("198.51.100.7")).await.status(), StatusCode::OK);
    for from in ["192.0.2.1", "198.51.100.7, 192.0.2.1", "unknown", ""] {
        assert_eq!(refused(&site.call(sent(from)).await), (403, "address_not_allowed".to_owned()), "{from}");
    }
    let (realm, agent, site) = scene("strict", "", "").await;
    realm.change("agent", |agent| agent.addresses = vec!["198.51.100.0/24".to_owned()]);
    let request = with(site.signed(&realm, &agent, TARGET, BODY), "x-forwarded-for", "198.51.100.7");
    assert_eq!(refused(&site.call(request).await), (403, "address_not_allowed".to_owned()), "who is not trusted");
    let (realm, agent, site) = scene("strict", "addresses = \"any\"", "").await;
    realm.change("agent", |agent| agent.addresses = vec!["198.51.100.0/24".to_owned()]);
    assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn while_the_server_is_away_messages_wait_on_disk_and_are_reported_when_it_is_back() {
    let spool = "[spool]\ndirectory = \"FOLDER/spool\"\nreport_seconds = 1\nmessages = 2";
    let (realm, agent, site) = scene("ocen", "", spool).await;
    assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK);
    realm.state().away = true;
    for _ in 0..2 {
        assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK);
    }
    let full = site.call(site.signed(&realm, &agent, TARGET, BODY)).await;
    assert_eq!(refused(&full), (503, "server_away".to_owned()));
    assert_eq!((site.spooled().len(), site.service.seen()), (2, 3));
    assert!(!site.service.seen.lock().unwrap()[1].headers.contains_key("x-countersign-entry"));
    let site = site.restart().await;
    assert_eq!(site.spooled().len(), 2, "they outlive the process");
    realm.state().away = false;
    while !site.spooled().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let reports = realm.state().reports.clone();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["participantId"], "agent");
    assert_eq!(reports[0]["target"], TARGET);
    assert_eq!(reports[0]["body"], json!(jose::b64::encode(BODY)));
    let receipts = site.receipts();
    let reply: Value = serde_json::from_str(receipts[1]["reply"].as_str().unwrap()).unwrap();
    assert_eq!(receipts.len(), 2, "one of the first message, one of the report");
    assert!(reply["messages"].as_array().unwrap().iter().all(|one| one["receipt"]["leaf"].is_string()), "{reply}");
    assert!(receipts[1]["signature"].as_str().unwrap().contains(".."));
}

#[tokio::test]
async fn a_message_waits_until_the_receipt_for_its_report_is_about_it() {
    let spool = "[spool]\ndirectory = \"FOLDER/spool\"\nreport_seconds = 1";
    for (wrong_record, forgets_reports) in [(true, false), (false, true)] {
        let (realm, agent, site) = scene("ocen", "", spool).await;
        assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK);
        realm.state().away = true;
        assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK);
        {
            let mut state = realm.state();
            (state.away, state.wrong_record, state.forgets_reports) = (false, wrong_record, forgets_reports);
        }
        // It tries again, since the first answer was not taken.
        while realm.asked("/signing/report") < 2 && !site.spooled().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!((site.spooled().len(), site.receipts().len()), (1, 1));
    }
}

#[tokio::test]
async fn while_the_server_is_away_what_may_pass_only_once_does_not() {
    for (profile, more) in [
        ("strict", "[spool]\ndirectory = \"FOLDER/spool\""),
        ("bound", "[spool]\ndirectory = \"FOLDER/spool\""),
        ("ocen", ""),
    ] {
        let (realm, agent, site) = scene(profile, "", more).await;
        assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK, "{profile}");
        realm.state().away = true;
        let reply = site.call(site.signed(&realm, &agent, TARGET, BODY)).await;
        assert_eq!(refused(&reply), (503, "server_away".to_owned()), "{profile}");
        assert!(reply.headers().contains_key("retry-after"));
        assert_eq!(site.service.seen(), 1);
    }
}

#[tokio::test]
async fn a_log_that_went_back_while_the_gateway_was_off_is_not_believed() {
    let (realm, agent, site) = scene("strict", "", "").await;
    realm.bring_log_to(9);
    assert_eq!(site.call(site.signed(&realm, &agent, TARGET, BODY)).await.status(), StatusCode::OK);
    let site = site.restart().await;
    realm.bring_log_to(3);
    let reply = site.call(site.signed(&realm, &agent, TARGET, BODY)).await;
    assert_eq!(refused(&reply), (503, "server_untrusted".to_owned()));
    assert_eq!(site.service.seen(), 1);
}

#[tokio::test]
async fn a_service_that_is_away_or_replies_too_much_is_answered_for_with_a_signed_refusal() {
    let (realm, agent, site) = scene("strict", "body_bytes = 100", "").await;
    site.service.reply.lock().unwrap().2 = Bytes::from(vec![b'x'; 101]);
    let reply = site.call(site.signed(&realm, &agent, TARGET, b"{}")).await;
    assert_eq!(refused(&reply), (502, "upstream_away".to_owned()));
    assert!(reply.headers().contains_key("x-jws-signature"));
    site.service.reply.lock().unwrap().2 = Bytes::from_static(b"coded");
    site.service.replies_with("content-encoding", "br");
    let reply = site.call(site.signed(&realm, &agent, TARGET, b"{}")).await;
    assert_eq!(refused(&reply), (502, "reply_unfit".to_owned()));
}

#[tokio::test]
async fn a_request_in_work_is_finished_when_the_gateway_ends() {
    let (realm, agent, site) = scene("strict", "", "").await;
    site.service.turns.forget_permits(1_000);
    let request = site.signed(&realm, &agent, TARGET, BODY);
    let (address, service) = (site.inbound(), site.service.clone());
    let client = receiver::client::Client::new(None).unwrap();
    let calling =
        tokio::spawn(async move { client.call(request, 1_000_000, std::time::Duration::from_secs(20)).await.unwrap() });
    while service.seen() == 0 {
        tokio::task::yield_now().await;
    }
    let ending = tokio::spawn(site.gateway.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    service.turns.add_permits(1);
    assert_eq!(calling.await.unwrap().status(), StatusCode::OK);
    ending.await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_signed_for_whom_the_token_shows_whatever_is_wrong() {
    let (realm, agent, site) = scene("strict", "", "").await;
    let good = site.signed(&realm, &agent, TARGET, BODY);
    let other = with(good.clone(), "x-countersign-sender", "lender");
    realm.change("agent", |agent| agent.addresses = vec!["198.51.100.0/24".to_owned()]);
    for (request, code) in [(good, "address_not_allowed"), (other, "token_participant_mismatch")] {
        let reply = site.call(request).await;
        assert_eq!(refused(&reply), (403, code.to_owned()));
        assert!(reply.headers().contains_key("x-jws-signature"), "{code}");
    }
}

#[tokio::test]
async fn a_signature_that_does_not_match_is_explained() {
    let (realm, agent, site) = scene("strict", "", "").await;
    let altered = site.signed(&realm, &agent, TARGET, b"{}").map(|_| Full::new(Bytes::from_static(b"{}\n")));
    let reply = site.call(altered).await;
    assert_eq!(refused(&reply), (400, "signature_invalid".to_owned()));
    assert!(std::str::from_utf8(reply.body()).unwrap().contains("newline"), "{:?}", reply.body());
}

#[tokio::test]
async fn a_connection_keeps_its_version_and_says_nothing_of_the_program_behind() {
    let (realm, agent, site) = scene("strict", "", "").await;
    site.service.replies_with("server", "lender-os/1");
    let good = site.signed(&realm, &agent, TARGET, BODY);
    assert!(!site.call(good.clone()).await.headers().contains_key("server"));
    let signed = good
        .headers()
        .iter()
        .fold(String::new(), |head, (name, value)| format!("{head}{name}: {}\r\n", value.to_str().unwrap()));
    let head = format!("POST {TARGET} HTTP/1.0\r\nhost: a\r\n{signed}content-length: {}\r\n\r\n", BODY.len());
    assert_eq!(raw(&site, &head, BODY).await, "HTTP/1.0 200");
}

#[tokio::test]
async fn a_body_of_a_gibibyte_is_refused_long_before_its_end() {
    const GIBIBYTE: usize = 1 << 30;
    let (realm, agent, site) = scene("strict", "", "").await;
    let token = site.signed(&realm, &agent, TARGET, BODY).headers()["authorization"].to_str().unwrap().to_owned();
    for framing in [format!("content-length: {GIBIBYTE}"), "transfer-encoding: chunked".to_owned()] {
        let mut stream = TcpStream::connect(site.inbound()).await.unwrap();
        let head = format!("POST {TARGET} HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\n{framing}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut from, mut to) = stream.split();
        let chunk = [b"10000\r\n".as_slice(), &[b'a'; 0x10000], b"\r\n"].concat();
        let mut sent = 0;
        let send = async {
            while sent < GIBIBYTE && to.write_all(&chunk).await.is_ok() {
                sent += chunk.len();
            }
            std::future::pending::<()>().await;
        };
        let mut reply = vec![0; 1024];
        let read = tokio::select! {
            () = send => 0,
            read = from.read(&mut reply) => read.unwrap(),
        };
        let reply = String::from_utf8_lossy(&reply[..read]).into_owned();
        assert!(reply.starts_with("HTTP/1.1 413"), "{framing}: {reply}");
        assert!(sent < GIBIBYTE / 16, "{framing}: {sent} octets were taken");
    }
    assert_eq!(site.service.seen(), 0);
}
