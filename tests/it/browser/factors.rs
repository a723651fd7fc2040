//! A second factor is asked for, cannot be left out, and each of its codes counts once.

use aws_lc_rs::hmac;
use wire_tests::{Browser, Reply, Server, find_forms};

const OTTO: &[(&str, &str)] = &[("username", "otto"), ("password", "pw")];

/// The one-time password of `otto` at a second [RFC6238].
fn code_at(second: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345678901234567890");
    let tag = hmac::sign(&key, &(second / 30).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

async fn at_second_factor<'s>(server: &'s Server) -> (Browser<'s>, Reply) {
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    let reply = browser.submit(&page, OTTO).await;
    let page = browser.follow(reply).await.expect(200);
    assert!(find_forms(&page.body)[0].fields.iter().any(|(name, _)| name == "otp"), "{}", page.body);
    (browser, page)
}

#[tokio::test]
async fn a_password_alone_logs_nobody_in_who_has_a_second_factor() {
    let server = Server::start("browser").await;
    let (mut browser, mut page) = at_second_factor(&server).await;
    assert_eq!(browser.cookie("KEYCLOAK_IDENTITY"), None);
    for fields in [&[][..], &[("otp", "")], &[("otp", "000000")], OTTO] {
        page = browser.submit(&page, fields).await.expect(200);
    }
    let reply = browser.submit(&page, &[("otp", &code_at(server.core.now()))]).await;
    assert!(reply.parameter("code").is_some(), "{}", reply.body);
}

#[tokio::test]
async fn a_one_time_code_counts_once_in_browsers() {
    let server = Server::start("browser").await;
    let code = code_at(server.core.now());
    let (mut one, page_of_one) = at_second_factor(&server).await;
    let (mut two, page_of_two) = at_second_factor(&server).await;
    assert!(one.submit(&page_of_one, &[("otp", &code)]).await.parameter("code").is_some());
    let again = two.submit(&page_of_two, &[("otp", &code)]).await;
    assert_eq!((again.status, again.parameter("code")), (200, None), "{}", again.body);
    server.wait(30);
    let fresh = code_at(server.core.now());
    assert!(two.submit(&again, &[("otp", &fresh)]).await.parameter("code").is_some());
}

#[tokio::test]
async fn a_one_time_code_counts_once_in_the_password_grant() {
    let server = Server::start("browser").await;
    let code = code_at(server.core.now());
    let form = [("grant_type", "password"), ("username", "otto"), ("password", "pw"), ("totp", code.as_str())];
    server.client("app").token(&form).await.expect(200);
    assert_eq!(server.client("app").token(&form).await.refusal(), "400 invalid_grant: Invalid user credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_parallel_uses_of_a_one_time_code_one_counts() {
    let server = Server::start("browser").await;
    let code = code_at(server.core.now());
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (server, code) = (server.clone(), code.clone());
        tries.spawn(async move {
            let form = [("grant_type", "password"), ("username", "otto"), ("password", "pw"), ("totp", code.as_str())];
            server.client("app").token(&form).await.status
        });
    }
    let statuses = tries.join_all().await;
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|s| [200, 400].contains(s)), "{statuses:?}");
}

#[tokio::test]
async fn codes_of_a_step_before_and_after_are_taken_and_no_others() {
    let server = Server::start("browser").await;
    for (offset, taken) in [(-60, false), (-30, true), (30, true), (60, false), (0, true)] {
        let code = code_at(server.core.now() + offset);
        let form = [("grant_type", "password"), ("username", "otto"), ("password", "pw"), ("totp", code.as_str())];
        let status = server.client("app").token(&form).await.status;
        assert_eq!(status == 200, taken, "{offset}");
    }
}
