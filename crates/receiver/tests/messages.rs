//! What a receiver passes on, and what it refuses.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_arguments,
    reason = "a test ends where it is wrong"
)]

mod network;
mod scene;

#[path = "../examples/service.rs"]
mod service;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use network::{Participant, signed_request};
use receiver::heads::Head;
use receiver::keep::Keep;
use receiver::outgoing::Reply;
use receiver::{Addresses, Mode, PeerAddress, Receiver, ServerError};
use scene::{BODY, Disk, Scene, Stalled, TARGET, with, without};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[tokio::test]
async fn a_good_message_is_passed_on_octet_by_octet_with_who_sent_it() {
    for mode in [Mode::Local, Mode::Server] {
        let mut scene = Scene::new("strict").await;
        scene.settings.mode = mode;
        let request = scene.signed(BODY);
        let request = with(request, "x-countersign-role", "somebody");
        let request = with(request, "x_countersign_role", "somebody");
        let reply = scene.send(request).await;
        assert_eq!(reply.status(), StatusCode::OK, "{mode:?} {:?}", reply.body());
        let seen = scene.seen.lock().unwrap();
        let (headers, body) = &seen[0];
        assert_eq!(body, BODY);
        assert_eq!(headers["x-countersign-role"], "agent");
        assert_eq!(headers["x-countersign-participant"], "agent-organisation");
        assert_eq!(headers["x-countersign-kid"], "agent-key");
        assert_eq!(headers["x-countersign-verdict"], "ok");
        assert_eq!(headers["x-countersign-entry"].len(), 43);
        assert!(!headers.contains_key("x_countersign_role"));
        let kept = scene.disk.receipts.lock().unwrap();
        assert!(kept[0].reply.contains(headers["x-countersign-entry"].to_str().unwrap()));
    }
}

#[tokio::test]
async fn a_reply_is_signed_for_the_one_that_asked() {
    let mut scene = Scene::new("strict").await;
    let request = scene.signed(BODY);
    let reply = scene.send(request).await;
    let agent = Receiver::new(scene.realm.settings(&scene.agent)).unwrap();
    let lender = agent.role("lender").await.unwrap().unwrap();
    let line = receiver::Line { method: "POST".to_owned(), target: TARGET.to_owned() };
    let answers = signing::request_digest("POST", TARGET, BODY);
    let of = |answers: &str, body: &Bytes| {
        let reply = Reply { answers, headers: reply.headers(), body };
        agent.check_reply(&lender, &line, reply).map_err(|refused| refused.code)
    };
    assert_eq!(of(&answers, reply.body()).unwrap(), "lender-key");
    assert_eq!(of(&answers, &Bytes::from_static(b"{\"ack\":false}")).unwrap_err(), "signature_invalid");
    let another = signing::request_digest("POST", TARGET, b"another");
    assert_eq!(of(&another, reply.body()).unwrap_err(), "claim_invalid", "an answer to something else");
}

#[tokio::test]
async fn a_refusal_is_signed_once_it_is_known_for_whom() {
    for mode in [Mode::Local, Mode::Server] {
        let mut scene = Scene::new("strict").await;
        scene.settings.mode = mode;
        let altered = scene.signed(BODY).map(|_| Full::new(Bytes::from_static(b"{}")));
        let claims = json!({"exp": scene.realm.now_ms() / 1000 + 60, "participantRoleId": "agent", "typ": "Bearer",
            "iss": scene.realm.url()});
        let forged = scene.realm.sign_token(Some("JWT"), &claims);
        let forged = format!("Bearer {}.AAAA", forged.rsplit_once('.').unwrap().0);
        let stranger = with(altered.clone(), "authorization", &forged);
        for (request, is_signed) in [(altered, true), (stranger, false)] {
            let reply = scene.send(request).await;
            assert_eq!(reply.headers().contains_key("x-jws-signature"), is_signed, "{mode:?} {}", reply.status());
        }
    }
}

#[tokio::test]
async fn each_profile_passes() {
    for profile in ["strict", "ocen", "rebit", "encoded", "bound"] {
        let mut scene = Scene::new(profile).await;
        for body in [BODY, b""] {
            let request = scene.signed(body);
            scene.passes(request).await;
        }
    }
}

#[tokio::test]
async fn a_token_must_be_a_live_access_token_of_a_participant_from_this_realm() {
    let mut scene = Scene::new("strict").await;
    let now = scene.realm.now_ms() / 1000;
    let good = scene.signed(BODY);
    scene.refuses(without(good.clone(), "authorization"), 401, "token_inactive").await;
    let mut twice = good.clone();
    let value = twice.headers()["authorization"].clone();
    twice.headers_mut().append("authorization", value);
    scene.refuses(twice, 401, "token_inactive").await;
    let change = |name: &'static str, value: Value| move |claims: &mut Value| claims[name] = value;
    for (name, value) in [
        ("exp", json!(now)),
        ("exp", json!("never")),
        ("nbf", json!(now + 60)),
        ("iss", json!("https://elsewhere.example")),
        ("typ", json!("ID")),
        ("participantRoleId", json!(null)),
        ("cnf", json!({"jkt": "x"})),
    ] {
        let token = scene.realm.token(&scene.agent, change(name, value));
        scene.refuses(with(good.clone(), "authorization", &format!("Bearer {token}")), 401, "token_inactive").await;
    }
    let claims = json!({"iss": scene.realm.url(), "typ": "Bearer", "exp": now + 60, "participantRoleId": "agent"});
    for typ in [None, Some("reply+jws"), Some("at+jwt")] {
        let token = scene.realm.sign_token(typ, &claims);
        scene.refuses(with(good.clone(), "authorization", &format!("Bearer {token}")), 401, "token_inactive").await;
    }
    let token = scene.realm.token(&scene.agent, |_| ());
    let (rest, _) = token.rsplit_once('.').unwrap();
    let forged = format!("Bearer {rest}.{}", "A".repeat(86));
    scene.refuses(with(good.clone(), "authorization", &forged), 401, "token_inactive").await;
    scene.refuses(with(good, "authorization", "Basic YTpi"), 401, "token_inactive").await;
}

#[tokio::test]
async fn a_token_that_was_good_a_second_ago_ends_at_its_second() {
    let mut scene = Scene::new("strict").await;
    let now_ms = scene.realm.now_ms();
    scene.realm.state().now_ms = Some(now_ms);
    let end = json!(now_ms / 1000 + 1);
    let token = scene.realm.token(&scene.agent, |claims| claims["exp"] = end);
    let request = with(scene.signed(BODY), "authorization", &format!("Bearer {token}"));
    scene.passes(request.clone()).await;
    scene.seen.lock().unwrap().clear();
    scene.realm.state().now_ms = Some(now_ms + 1000);
    scene.refuses(request, 401, "token_inactive").await;
}

/// A text with another letter at this place.
fn altered(text: &str, at: usize) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters[at] = if letters[at] == 'A' { 'B' } else { 'A' };
    letters.into_iter().collect()
}

#[tokio::test]
async fn no_altered_letter_of_a_token_or_signature_passes() {
    let mut scene = Scene::new("strict").await;
    let good = scene.signed(BODY);
    // What was found good a moment ago lends nothing to what is almost the same.
    scene.passes(scene.signed(b"{}")).await;
    scene.seen.lock().unwrap().clear();
    let token = good.headers()["authorization"].to_str().unwrap().to_owned();
    let signature = good.headers()["x-jws-signature"].to_str().unwrap().to_owned();
    for at in "Bearer ".len()..token.len() {
        let reply = scene.send(with(good.clone(), "authorization", &altered(&token, at))).await;
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED, "{at}");
    }
    for at in 0..signature.len() {
        let reply = scene.send(with(good.clone(), "x-jws-signature", &altered(&signature, at))).await;
        assert_eq!(reply.status(), StatusCode::BAD_REQUEST, "{at}");
    }
    assert!(scene.seen.lock().unwrap().is_empty());
    scene.passes(good).await;
}

#[tokio::test]
async fn an_audience_is_wanted_only_where_it_is_configured() {
    let mut scene = Scene::new("strict").await;
    scene.settings.audience = Some("lending".to_owned());
    let good = scene.signed(BODY);
    scene.refuses(good.clone(), 401, "token_inactive").await;
    let token = scene.realm.token(&scene.agent, |claims| claims["aud"] = json!(["account", "lending"]));
    scene.passes(with(good, "authorization", &format!("Bearer {token}"))).await;
}

#[tokio::test]
async fn a_message_under_the_token_of_another_participant_is_refused() {
    for mode in [Mode::Local, Mode::Server] {
        let mut scene = Scene::new("strict").await;
        scene.settings.mode = mode;
        let token = format!("Bearer {}", scene.realm.token(&scene.lender, |_| ()));
        let request = with(scene.signed(BODY), "authorization", &token);
        scene.refuses(request.clone(), 400, "kid_unknown").await;
        scene.refuses(with(request, "x-countersign-sender", "agent"), 403, "token_participant_mismatch").await;
    }
}

#[tokio::test]
async fn who_is_unknown_or_not_approved_does_not_get_through() {
    let mut scene = Scene::new("strict").await;
    let request = scene.signed(BODY);
    let token = scene.realm.token(&scene.agent, |claims| claims["participantRoleId"] = json!("../nobody"));
    scene.refuses(with(request.clone(), "authorization", &format!("Bearer {token}")), 403, "participant_unknown").await;
    let token = scene.realm.token(&scene.agent, |claims| claims["participantRoleId"] = json!("nobody"));
    let unknown = with(request.clone(), "authorization", &format!("Bearer {token}"));
    scene.refuses(unknown.clone(), 403, "participant_unknown").await;
    scene.refuses(unknown, 403, "participant_unknown").await;
    assert_eq!(scene.realm.asked("/registry/roles/nobody"), 1, "a stranger is remembered for a while");
    let token = scene.realm.token(&scene.agent, |claims| claims["azp"] = json!("another-client"));
    let of_another = with(request.clone(), "authorization", &format!("Bearer {token}"));
    scene.refuses(of_another, 403, "token_participant_mismatch").await;
    scene.realm.change("agent", |agent| agent.status = "SUSPENDED".to_owned());
    scene.refuses(request, 403, "participant_not_approved").await;
}

#[tokio::test]
async fn a_message_that_is_not_signed_as_agreed_is_refused() {
    let mut scene = Scene::new("ocen").await;
    let good = scene.signed(BODY);
    let signature = good.headers()["x-jws-signature"].to_str().unwrap().to_owned();
    scene.refuses(without(good.clone(), "x-jws-signature"), 400, "signature_missing").await;
    scene.refuses(with(good.clone(), "signature", &signature), 400, "signature_malformed").await;
    let mut twice = good.clone();
    twice.headers_mut().append("x-jws-signature", signature.parse().unwrap());
    scene.refuses(twice, 400, "signature_malformed").await;
    let attached = signature.replace("..", ".e30.");
    scene.refuses(with(good.clone(), "x-jws-signature", &attached), 400, "payload_attached").await;
    let altered = good.clone().map(|_| Full::new(Bytes::from_static(b"{}")));
    scene.refuses(altered, 400, "signature_invalid").await;
    scene.refuses(with(good.clone(), "content-encoding", "gzip"), 415, "body_coded").await;
    assert_eq!(scene.realm.asked("/signing/verify"), 0, "what is no good is not recorded");
    scene.realm.change("agent", |agent| {
        agent.key_record = json!({"status": "ENDED", "validUntil": "2024-01-01T00:00:00Z"});
    });
    scene.receiver = None;
    scene.refuses(good.clone(), 400, "key_ended").await;
    scene.realm.change("agent", |agent| agent.key_record = json!({"status": "REVOKED"}));
    scene.receiver = None;
    scene.refuses(good, 400, "key_revoked").await;
}

#[tokio::test]
async fn a_coded_body_passes_as_it_was_sent_where_the_senders_profile_takes_codings() {
    let mut scene = Scene::of(Participant::own("agent", "strict", &json!({"coding": "any"}))).await;
    let coded = b"\x1f\x8b\x08 and so on";
    for mode in [Mode::Local, Mode::Server] {
        (scene.settings.mode, scene.receiver) = (mode, None);
        let request = with(with(scene.signed(coded), "content-encoding", "gzip"), "accept-encoding", "gzip");
        scene.passes(request.clone()).await;
        let (headers, body) = scene.seen.lock().unwrap().pop().unwrap();
        assert_eq!((&headers["content-encoding"], &body[..]), (&"gzip".parse().unwrap(), &coded[..]));
        assert!(!headers.contains_key("accept-encoding"), "the lender's own profile signs no codings");
        let decoded = request.map(|_| Full::new(Bytes::from_static(b"what it stands for")));
        scene.refuses(decoded, 400, "signature_invalid").await;
    }
}

#[tokio::test]
async fn what_a_senders_own_profile_says_of_no_body_and_of_age_counts_here_as_well() {
    let members = json!({"no_body": "empty", "age": 3600});
    let mut scene = Scene::of(Participant::own("agent", "bound", &members)).await;
    let begin = scene.realm.now_ms();
    scene.realm.state().now_ms = Some(begin);
    let (by_target, early) = (Participant::own("agent", "bound", &json!({})), scene.signed(b""));
    scene.passes(early.clone()).await;
    scene.seen.lock().unwrap().clear();
    let own = std::mem::replace(&mut scene.agent.profile, by_target.profile);
    let over_target = scene.signed(b"");
    scene.agent.profile = own;
    scene.refuses(over_target, 400, "signature_invalid").await;
    let (soon, late) = (scene.signed(b"1"), scene.signed(b"2"));
    let token = |scene: &Scene, request| {
        with(request, "authorization", &format!("Bearer {}", scene.realm.token(&scene.agent, |_| ())))
    };
    scene.realm.state().now_ms = Some(begin + 3_600_000);
    let request = token(&scene, soon);
    scene.passes(request).await;
    scene.seen.lock().unwrap().clear();
    scene.realm.state().now_ms = Some(begin + 3_601_000);
    let request = token(&scene, late);
    scene.refuses(request, 400, "too_old").await;
    let mut scene = Scene::of(Participant::own("agent", "strict", &json!({"no_body": "refused"}))).await;
    let signed = scene.signed(BODY);
    scene.refuses(signed.map(|_| Full::default()), 400, "signature_invalid").await;
}

#[tokio::test]
async fn a_sender_calls_from_its_own_addresses_if_it_registered_any() {
    let mut scene = Scene::new("strict").await;
    scene.settings.addresses = Addresses::Registered;
    let mut request = scene.signed(BODY);
    request.extensions_mut().insert(PeerAddress("192.0.2.7".parse().unwrap()));
    scene.refuses(request, 403, "address_not_allowed").await;
    let mut request = scene.signed(BODY);
    request.extensions_mut().remove::<PeerAddress>();
    scene.refuses(request, 403, "address_not_allowed").await;
    let request = scene.signed(BODY);
    scene.passes(request).await;
    scene.realm.change("agent", |agent| agent.addresses.clear());
    scene.receiver = None;
    let mut request = scene.signed(BODY);
    request.extensions_mut().remove::<PeerAddress>();
    scene.passes(request).await;
}

#[tokio::test]
async fn a_body_that_the_server_would_not_record_is_refused_whatever_the_settings_say() {
    let mut scene = Scene::new("strict").await;
    scene.settings.body_bound = 4 * 1024 * 1024;
    let request = scene.signed(&vec![b'x'; 1024 * 1024]);
    scene.passes(request).await;
    scene.seen.lock().unwrap().clear();
    let longer = scene.signed(&vec![b'x'; 1024 * 1024 + 1]);
    scene.refuses(longer, 413, "body_too_large").await;
}

#[tokio::test]
async fn a_body_is_bounded_in_size_and_time() {
    let mut scene = Scene::new("strict").await;
    scene.settings.body_bound = BODY.len();
    scene.settings.body_time = Duration::from_millis(20);
    let request = scene.signed(BODY);
    scene.passes(request).await;
    scene.seen.lock().unwrap().clear();
    let longer = scene.signed(&[BODY, b" "].concat());
    scene.refuses(longer, 413, "body_too_large").await;
    let request = scene.signed(BODY).map(|_| Stalled);
    scene.refuses(request, 408, "body_too_slow").await;
}

#[tokio::test]
async fn a_lost_answer_costs_no_second_entry_and_the_same_message_again_is_refused() {
    let mut scene = Scene::new("bound").await;
    let request = scene.signed(BODY);
    scene.realm.state().lost_answers = 1;
    scene.passes(request.clone()).await;
    assert_eq!(scene.realm.asked("/signing/verify"), 2);
    assert_eq!(scene.realm.log_size(), 1);
    scene.seen.lock().unwrap().clear();
    let again = with(request, "idempotency-key", "of the sender's own");
    scene.refuses(again, 400, "replayed").await;
}

#[tokio::test]
async fn only_what_the_server_signed_is_believed() {
    let mut scene = Scene::new("strict").await;
    let request = scene.signed(BODY);
    scene.realm.state().unsigned = true;
    scene.refuses(request.clone(), 503, "server_untrusted").await;
    {
        let mut state = scene.realm.state();
        state.unsigned = false;
        state.forged = true;
    }
    scene.receiver = None;
    scene.refuses(request.clone(), 503, "server_untrusted").await;
    scene.realm.state().forged = false;
    scene.receiver = None;
    scene.settings.reply_keys = vec!["another".to_owned()];
    scene.refuses(request, 503, "server_untrusted").await;
}

#[tokio::test]
async fn a_receipt_is_about_this_message_and_its_log_never_goes_back() {
    let mut scene = Scene::new("strict").await;
    scene.realm.state().wrong_record = true;
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
    scene.realm.state().wrong_record = false;
    scene.realm.bring_log_to(7);
    let request = scene.signed(BODY);
    scene.passes(request).await;
    scene.seen.lock().unwrap().clear();
    scene.realm.bring_log_to(3);
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
}

#[tokio::test]
async fn a_log_that_does_not_continue_what_it_was_is_not_believed_any_more() {
    let mut scene = Scene::new("strict").await;
    for size in [3, 7] {
        scene.realm.bring_log_to(size);
        let request = scene.signed(BODY);
        scene.passes(request).await;
        scene.receiver.as_ref().unwrap().follow().await.unwrap();
    }
    scene.realm.state().leaves[2] = [1; 32];
    let request = scene.signed(BODY);
    scene.passes(request).await;
    scene.receiver.as_ref().unwrap().follow().await.unwrap();
    scene.seen.lock().unwrap().clear();
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
}

#[tokio::test]
async fn after_something_that_is_no_proof_the_log_is_asked_again_and_nothing_passes_meanwhile() {
    let mut scene = Scene::new("strict").await;
    scene.realm.bring_log_to(3);
    // The last two have hashes enough for none, or for any of the sizes here.
    let one = format!("{}\n", jose::b64::encode_standard([7; 32]));
    let nine = one.repeat(9);
    for no_proof in ["<html>maintenance</html>", "", "AAAA\n", &one, &nine] {
        for _ in 0..2 {
            let request = scene.signed(BODY);
            scene.passes(request).await;
        }
        scene.seen.lock().unwrap().clear();
        let receiver = scene.receiver.clone().unwrap();
        scene.realm.state().no_proof = Some(no_proof.to_owned());
        assert!(receiver.follow().await.is_err());
        let request = scene.signed(BODY);
        scene.refuses(request, 503, "server_untrusted").await;
        assert!(receiver.report(&[]).await.is_err());
        scene.realm.state().no_proof = None;
        receiver.follow().await.unwrap();
        let request = scene.signed(BODY);
        scene.passes(request).await;
    }
}

/// A receiver that begins anew with what was kept.
fn reborn(scene: &mut Scene) {
    scene.receiver = None;
    scene.settings.seen.keys = scene.disk.keys.lock().unwrap().clone();
}

#[tokio::test]
async fn the_log_that_is_there_first_is_kept_to_where_none_is_named() {
    let mut scene = Scene::new("strict").await;
    scene.settings.logs = Vec::new();
    for _ in 0..3 {
        let request = scene.signed(BODY);
        scene.passes(request).await;
    }
    assert_eq!(scene.realm.asked("/evidence/keys"), 1);
    let notice = scene.receiver.as_ref().unwrap().notices().remove(0);
    assert!(notice.contains(&scene.realm.log_key().to_string()), "{notice}");
    scene.seen.lock().unwrap().clear();
    for name in ["log.example/other", "log.example/network"] {
        scene.realm.another_log(name);
        for _ in 0..2 {
            let request = scene.signed(BODY);
            scene.refuses(request, 503, "server_untrusted").await;
            assert!(scene.receiver.as_ref().unwrap().look_at_log().await.is_err());
            reborn(&mut scene);
        }
    }
}

#[tokio::test]
async fn a_log_that_goes_on_from_the_one_that_was_there_first_is_followed_and_told() {
    let mut scene = Scene::new("strict").await;
    scene.settings.logs = Vec::new();
    for _ in 0..2 {
        let request = scene.signed(BODY);
        scene.passes(request).await;
    }
    // The last head is one that was seen, or one that goes on from it.
    for (n, name) in ["log.example/second", "log.example/third"].iter().enumerate() {
        scene.realm.bring_log_to(scene.realm.log_size() + n);
        scene.realm.leave_log_for(name);
        for _ in 0..2 {
            let request = scene.signed(BODY);
            scene.passes(request).await;
            scene.receiver.as_ref().unwrap().follow().await.unwrap();
        }
        let notices = scene.receiver.as_ref().unwrap().notices();
        assert!(notices.len() == 2 && notices[1].contains(&format!("was left for {name}")), "{notices:?}");
    }
    reborn(&mut scene);
    let request = scene.signed(BODY);
    scene.passes(request).await;
    assert_eq!(scene.receiver.as_ref().unwrap().notices().len(), 1);
}

#[tokio::test]
async fn a_log_that_no_signed_reply_names_is_told_and_not_followed() {
    let mut scene = Scene::new("strict").await;
    scene.settings.logs = Vec::new();
    for _ in 0..2 {
        let request = scene.signed(BODY);
        scene.passes(request).await;
    }
    let known = scene.disk.keys.lock().unwrap().clone();
    // Anybody can build this of what the log shows to all; only the replies to messages are the server's for sure.
    let (key, leaves) = (scene.realm.take_log_key(), scene.realm.state().leaves.clone());
    scene.realm.leave_log_for("log.example/made-up");
    let receiver = scene.receiver.clone().unwrap();
    receiver.look_at_log().await.unwrap();
    let notices = receiver.notices();
    assert!(notices.len() == 2 && notices[1].contains("the server shows that"), "{notices:?}");
    scene.realm.put_log_key(key);
    {
        let mut state = scene.realm.state();
        (state.leaves, state.left, state.first) = (leaves, Default::default(), Value::Null);
    }
    for _ in 0..2 {
        let request = scene.signed(BODY);
        scene.passes(request).await;
        receiver.follow().await.unwrap();
    }
    assert_eq!(*scene.disk.keys.lock().unwrap(), known);
    receiver.look_at_log().await.unwrap();
    assert_eq!(receiver.notices().len(), 1);
}

#[tokio::test]
async fn a_log_that_does_not_hold_what_was_seen_of_the_one_before_is_not_followed() {
    type Spoil = fn(&Scene);
    let spoils: [Spoil; 4] = [
        // It goes on from fewer leaves than were seen; from others; from none; from a head that the log's key never signed.
        |scene| scene.realm.bring_log_to(1),
        |scene| scene.realm.state().leaves[1] = [1; 32],
        |scene| scene.realm.another_log("log.example/network"),
        |scene| {
            let size = scene.realm.log_size();
            scene.realm.another_log("log.example/network");
            scene.realm.bring_log_to(size);
        },
    ];
    for spoil in spoils {
        let mut scene = Scene::new("strict").await;
        scene.settings.logs = Vec::new();
        for _ in 0..3 {
            let request = scene.signed(BODY);
            scene.passes(request).await;
        }
        scene.seen.lock().unwrap().clear();
        spoil(&scene);
        scene.realm.leave_log_for("log.example/second");
        let request = scene.signed(BODY);
        scene.refuses(request, 503, "server_untrusted").await;
    }
}

#[tokio::test]
async fn a_log_that_is_named_is_left_for_no_other() {
    let mut scene = Scene::new("strict").await;
    let request = scene.signed(BODY);
    scene.passes(request).await;
    scene.seen.lock().unwrap().clear();
    scene.realm.leave_log_for("log.example/second");
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
}

#[tokio::test]
async fn receipts_of_an_earlier_life_tell_which_log_was_there_first() {
    let mut scene = Scene::new("strict").await;
    scene.settings.logs = Vec::new();
    scene.settings.seen.heads = vec![Head { origin: "log.example/other".to_owned(), size: 1, root: [1; 32] }];
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
    scene.receiver = None;
    scene.settings.seen.heads.push(Head { origin: "log.example/network".to_owned(), size: 0, root: [1; 32] });
    let request = scene.signed(BODY);
    scene.passes(request).await;
}

#[tokio::test]
async fn another_log_than_the_one_that_is_named_is_not_believed() {
    let mut scene = Scene::new("strict").await;
    scene.realm.another_log("log.example/other");
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
    // Named anew, it is one to begin with.
    scene.settings.logs = vec![scene.realm.log_key()];
    reborn(&mut scene);
    let request = scene.signed(BODY);
    scene.passes(request).await;
}

#[tokio::test]
async fn a_key_to_which_the_one_before_hands_the_log_over_is_followed_and_kept() {
    for named in [true, false] {
        let mut scene = Scene::new("strict").await;
        if !named {
            scene.settings.logs = Vec::new();
        }
        let request = scene.signed(BODY);
        scene.passes(request).await;
        for _ in 0..2 {
            // The head of both lines, and then one of the new key alone; twice, so that one hands over to the next.
            scene.realm.rotate_log(true);
            scene.realm.rotate_log(true);
            for _ in 0..2 {
                let request = scene.signed(BODY);
                scene.passes(request).await;
                scene.receiver.as_ref().unwrap().look_at_log().await.unwrap();
            }
            reborn(&mut scene);
        }
        // Without the log's word a new life knows them from the disk.
        let shown = std::mem::take(&mut scene.realm.state().handovers);
        let request = scene.signed(BODY);
        scene.passes(request).await;
        scene.realm.state().handovers = shown;
        scene.seen.lock().unwrap().clear();
        scene.realm.rotate_log(false);
        let request = scene.signed(BODY);
        scene.refuses(request, 503, "server_untrusted").await;
    }
}

#[tokio::test]
async fn a_key_that_can_not_be_kept_does_not_count() {
    let mut scene = Scene::new("strict").await;
    scene.settings.keep = Some(Arc::new(Disk { full: true, ..Disk::default() }));
    scene.realm.rotate_log(true);
    scene.realm.rotate_log(true);
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "not_kept").await;
}

#[tokio::test]
async fn a_key_that_handed_the_log_over_signs_no_later_head() {
    let mut scene = Scene::new("strict").await;
    let request = scene.signed(BODY);
    scene.passes(request).await;
    let stolen = scene.realm.take_log_key();
    scene.realm.rotate_log(true);
    let request = scene.signed(BODY);
    scene.passes(request).await;
    scene.seen.lock().unwrap().clear();
    scene.realm.put_log_key(stolen);
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
}

#[tokio::test]
async fn a_key_that_handed_the_log_over_signs_no_later_head_where_both_are_named() {
    let mut scene = Scene::new("strict").await;
    let stolen = scene.realm.take_log_key();
    scene.realm.rotate_log(true);
    scene.settings.logs.push(scene.realm.log_key());
    for _ in 0..2 {
        let request = scene.signed(BODY);
        scene.passes(request).await;
        reborn(&mut scene);
    }
    scene.seen.lock().unwrap().clear();
    scene.realm.put_log_key(stolen);
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_untrusted").await;
}

#[tokio::test]
async fn of_two_keys_that_are_named_the_one_that_signs_counts_and_the_next_when_the_log_is_handed_over_to_it() {
    for old_is_first in [true, false] {
        let mut scene = Scene::new("strict").await;
        let (old, new) = (scene.realm.take_log_key(), scene.realm.next_log_key());
        scene.settings.logs = vec![new.verifier().clone(), old.verifier().clone()];
        if old_is_first {
            scene.settings.logs.reverse();
        }
        for _ in 0..2 {
            let request = scene.signed(BODY);
            scene.passes(request).await;
            scene.receiver.as_ref().unwrap().look_at_log().await.unwrap();
            reborn(&mut scene);
        }
        scene.seen.lock().unwrap().clear();
        scene.realm.put_log_key(new.clone());
        let request = scene.signed(BODY);
        scene.refuses(request, 503, "server_untrusted").await;
        scene.realm.put_log_key(old.clone());
        scene.realm.rotate_log_to(new, true);
        for _ in 0..2 {
            reborn(&mut scene);
            let request = scene.signed(BODY);
            scene.passes(request).await;
        }
        scene.seen.lock().unwrap().clear();
        scene.realm.put_log_key(old);
        let request = scene.signed(BODY);
        scene.refuses(request, 503, "server_untrusted").await;
    }
}

#[tokio::test]
async fn a_message_whose_receipt_is_not_kept_is_not_passed_on() {
    let mut scene = Scene::new("strict").await;
    scene.settings.keep = Some(Arc::new(Disk { full: true, ..Disk::default() }));
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "not_kept").await;
}

#[tokio::test]
async fn that_receipts_can_not_be_kept_is_said_whatever_messages_come_that_get_none() {
    let mut scene = Scene::new("strict").await;
    scene.settings.mode = Mode::Server;
    scene.settings.keep = Some(Arc::new(Disk { full: true, ..Disk::default() }));
    let request = scene.signed(BODY);
    scene.refuses(request.clone(), 503, "not_kept").await;
    let trouble = |scene: &Scene| scene.receiver.as_ref().unwrap().trouble();
    let said = trouble(&scene);
    assert!(matches!(said, Some(ServerError::NotKept(_))), "{said:?}");
    // The server finds them bad, and puts neither on record.
    let unfit = with(request.clone(), "x-jws-signature", "a..b");
    scene.refuses(unfit, 400, "signature_malformed").await;
    let (head, _) = request.into_parts();
    scene.refuses(Request::from_parts(head, Full::new(Bytes::from_static(b"{}"))), 400, "signature_invalid").await;
    assert_eq!(trouble(&scene), said);
}

#[tokio::test]
async fn while_the_server_is_away_only_what_may_come_twice_passes_and_is_kept_for_it() {
    for (profile, passes) in [("ocen", true), ("strict", false), ("bound", false)] {
        let mut scene = Scene::new(profile).await;
        scene.settings.stale = Duration::from_secs(3600);
        let now = scene.realm.now_ms();
        scene.realm.state().now_ms = Some(now);
        let request = scene.signed(BODY);
        scene.passes(request).await;
        scene.seen.lock().unwrap().clear();
        scene.realm.state().away = true;
        scene.realm.state().now_ms = Some(now + 120_000);
        let request = scene.signed(BODY);
        if passes {
            scene.passes(request).await;
            assert!(!scene.seen.lock().unwrap()[0].0.contains_key("x-countersign-entry"));
            let spool = scene.disk.spool.lock().unwrap();
            assert_eq!(spool[0].participant_id, "agent");
            assert_eq!(spool[0].body, jose::b64::encode(BODY));
            assert!(spool[0].headers.contains_key("x-jws-signature"));
            assert!(spool[0].seen_at.ends_with('Z'), "{}", spool[0].seen_at);
        } else {
            scene.refuses(request, 503, "server_away").await;
        }
    }
}

#[tokio::test]
async fn while_the_server_is_away_a_realm_that_judges_repetition_anew_lets_its_messages_pass() {
    for (profile, passes) in [("strict", true), ("bound", false)] {
        let mut scene = Scene::new(profile).await;
        scene.settings.stale = Duration::from_secs(3600);
        scene.realm.state().refuses_replays = false;
        let request = scene.signed(BODY);
        scene.passes(request).await;
        scene.seen.lock().unwrap().clear();
        scene.realm.state().away = true;
        let request = scene.signed(BODY);
        match passes {
            true => scene.passes(request).await,
            false => scene.refuses(request, 503, "server_away").await,
        }
    }
}

#[tokio::test]
async fn a_role_that_changed_while_it_was_read_is_read_again() {
    let mut scene = Scene::new("strict").await;
    scene.realm.state().changes = 2;
    let request = scene.signed(BODY);
    scene.passes(request).await;
    let mut scene = Scene::new("strict").await;
    scene.realm.state().changes = 100;
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_away").await;
}

#[tokio::test]
async fn while_the_server_is_away_nothing_passes_without_a_place_to_keep_it() {
    for keep in [None, Some(Arc::new(Disk { full: true, ..Disk::default() }) as Arc<dyn Keep>)] {
        let mut scene = Scene::new("ocen").await;
        scene.settings.keep = None;
        scene.settings.stale = Duration::from_secs(3600);
        let request = scene.signed(BODY);
        scene.passes(request.clone()).await;
        scene.seen.lock().unwrap().clear();
        scene.settings.keep = keep;
        scene.realm.state().away = true;
        scene.refuses(request.clone(), 503, "server_away").await;
        scene.receiver = None;
        scene.refuses(request, 503, "server_away").await;
    }
}

#[tokio::test]
async fn a_server_that_never_replies_is_away() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut scene = Scene::new("ocen").await;
    scene.settings.realm = format!("http://{}/realms/network", silent.local_addr().unwrap());
    scene.settings.server_time = Duration::from_millis(20);
    let request = scene.signed(BODY);
    scene.refuses(request, 503, "server_away").await;
}

#[tokio::test]
async fn keys_and_tokens_are_asked_for_once_and_anew_when_their_time_is_over() {
    let mut scene = Scene::new("strict").await;
    let now = scene.realm.now_ms();
    scene.realm.state().now_ms = Some(now);
    for _ in 0..3 {
        let request = scene.signed(BODY);
        scene.passes(request).await;
    }
    let asked = |scene: &Scene| ["/certs", "/token", "/roles/agent/keys"].map(|path| scene.realm.asked(path));
    assert_eq!(asked(&scene), [1, 1, 1]);
    scene.realm.state().now_ms = Some(now + 30_000);
    let request = scene.signed(BODY);
    scene.passes(request).await;
    assert_eq!(asked(&scene), [1, 1, 2]);
    scene.realm.state().now_ms = Some(now + 300_000);
    let request = scene.signed(BODY);
    scene.passes(request).await;
    assert_eq!(asked(&scene), [2, 2, 3]);
}

#[tokio::test]
async fn the_example_protects_a_service() {
    let scene = Scene::new("strict").await;
    let router = service::protected(scene.settings.clone()).unwrap();
    let sent = |target: &'static str| {
        let now = scene.realm.now_ms() / 1000;
        let (name, value) = signed_request(&scene.agent, &scene.lender, "POST", target, BODY, now);
        let token = format!("Bearer {}", scene.realm.token(&scene.agent, |_| ()));
        let request = Request::post(target).header("authorization", token).header(name, value);
        router.clone().oneshot(request.body(axum::body::Body::from(BODY)).unwrap())
    };
    let reply = sent("/loans").await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(reply.headers().contains_key("x-jws-signature"));
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, format!("{{\"received\":{},\"from\":\"agent\"}}", BODY.len()));
    let bare = router.clone().oneshot(Request::post("/loans").body(axum::body::Body::empty()).unwrap()).await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
}
