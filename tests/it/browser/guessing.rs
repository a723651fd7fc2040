//! Guessing: failures are counted whatever way they come, and who is locked out learns nothing by it.

use futures::join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use wire_tests::{Engine, Reply, Server, Setup};

use super::ADA;

fn protected(realm: &mut Value) {
    realm["bruteForceProtected"] = json!(true);
    realm["failureFactor"] = json!(5);
    realm["quickLoginCheckMilliSeconds"] = json!(0);
    realm["waitIncrementSeconds"] = json!(60);
    realm["maxFailureWaitSeconds"] = json!(900);
}

async fn started() -> Server {
    Setup::of("browser").with(protected).start().await
}

async fn guess(server: &Server, password: &str) -> Reply {
    server.client("app").password_reply("ada", password, "openid").await
}

async fn guess_in_a_browser(server: &Server, password: &str) -> Reply {
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    browser.submit(&page, &[("username", "ada"), ("password", password)]).await
}

#[tokio::test]
async fn failures_of_browsers_and_of_the_password_grant_count_together() {
    let server = started().await;
    for n in 0..5 {
        match n % 2 {
            0 => drop(guess(&server, "wrong").await.expect(400)),
            _ => drop(guess_in_a_browser(&server, "wrong").await.expect(200)),
        }
    }
    assert_eq!(server.hands().failures("ada").await, 5);
    assert_eq!(guess(&server, "pw").await.refusal(), "400 invalid_grant: Invalid user credentials");
    assert_eq!(guess_in_a_browser(&server, "pw").await.parameter("code"), None);
    server.wait(60);
    guess(&server, "pw").await.expect(200);
    assert_eq!(server.hands().failures("ada").await, 0);
}

/// What stands in the page beside what differs from request to request.
fn said(reply: &Reply) -> String {
    let lines =
        reply.body.lines().filter(|l| !l.contains("session_code") && !l.contains("tab_id") && !l.contains("request"));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn who_is_locked_out_sees_what_a_wrong_password_shows() {
    let server = started().await;
    let wrong = (guess(&server, "wrong").await, guess_in_a_browser(&server, "wrong").await);
    for _ in 0..5 {
        guess(&server, "wrong").await;
    }
    for password in ["pw", "wrong"] {
        let grant = guess(&server, password).await;
        assert_eq!((grant.line(), grant.header_lines()), (wrong.0.line(), wrong.0.header_lines()));
        let page = guess_in_a_browser(&server, password).await;
        assert_eq!((page.status, said(&page)), (wrong.1.status, said(&wrong.1)));
    }
}

#[tokio::test]
async fn a_permanent_lockout_ends_only_by_an_administrators_hand() {
    let permanent = |realm: &mut Value| {
        protected(realm);
        realm["permanentLockout"] = json!(true);
    };
    let server = Setup::of("browser").with(permanent).start().await;
    for _ in 0..5 {
        guess(&server, "wrong").await.expect(400);
    }
    assert!(!server.hands().find("ada").await.enabled);
    server.wait(100_000_000);
    assert_eq!(guess(&server, "pw").await.refusal(), "400 invalid_grant: Invalid user credentials");
}

#[tokio::test]
async fn wrong_one_time_codes_count_as_failures() {
    let server = started().await;
    let form = [("grant_type", "password"), ("username", "otto"), ("password", "pw"), ("totp", "000000")];
    for _ in 0..5 {
        server.client("app").token(&form).await.expect(400);
    }
    assert_eq!(server.hands().failures("otto").await, 5);
}

#[tokio::test]
async fn a_right_password_does_not_reset_the_count_of_wrong_one_time_codes() {
    let server = started().await;
    for _ in 0..5 {
        let mut browser = server.browser();
        let page = browser.authorize("app", &[]).await;
        let reply = browser.submit(&page, &[("username", "otto"), ("password", "pw")]).await;
        let page = browser.follow(reply).await;
        browser.submit(&page, &[("otp", "000000")]).await;
    }
    assert_eq!(server.hands().failures("otto").await, 5, "one-time codes can be guessed without end");
}

#[tokio::test]
async fn nobody_else_is_locked_out() {
    let server = started().await;
    for _ in 0..6 {
        guess(&server, "wrong").await;
    }
    server.client("app").password_reply("bob", "pw", "openid").await.expect(200);
    for name in ["nobody", "nobody", "nobody", "nobody", "nobody", "nobody"] {
        server.client("app").password_reply(name, "pw", "openid").await.expect(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_parallel_guesses_are_all_counted_up_to_the_lock() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("browser").with(protected).on(engine).try_start().await else { continue };
        let mut tries = JoinSet::new();
        for _ in 0..200 {
            let server = server.clone();
            tries.spawn(async move { guess(&server, "wrong").await });
        }
        let replies = tries.join_all().await;
        assert!(replies.iter().all(|r| r.status == 400), "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
        assert_eq!(server.hands().failures("ada").await, 5);
        assert_eq!(guess(&server, "pw").await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_guess_behind_many_parallel_wrong_ones_comes_too_late() {
    // So slow that all have read that the user may still try before the first is counted.
    let slow = |realm: &mut Value| {
        protected(realm);
        realm["passwordPolicy"] = json!("hashAlgorithm(pbkdf2-sha256) and hashIterations(20000)");
    };
    let server = Setup::of("browser").with(slow).start().await;
    let guesses = (0..60).map(|n| {
        let server = &server;
        async move { guess(server, if n == 59 { "pw" } else { "wrong" }).await.status }
    });
    let statuses = join_all(guesses).await;
    assert_eq!(statuses[59], 400, "sixty guesses were judged where five are allowed: {statuses:?}");
}

#[tokio::test]
async fn a_locked_user_keeps_what_they_have() {
    let server = started().await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    for _ in 0..6 {
        guess(&server, "wrong").await;
    }
    assert!(browser.authorize("second", &[]).await.parameter("code").is_some());
    let _ = ADA;
}

mod futures {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::Poll;

    /// Polls all of them in turn, in one task and in their order.
    pub async fn join_all<T, F: Future<Output = T>>(futures: impl Iterator<Item = F>) -> Vec<T> {
        let mut waiting: Vec<(Pin<Box<F>>, Option<T>)> = futures.map(|f| (Box::pin(f), None)).collect();
        std::future::poll_fn(move |cx| {
            for (future, done) in &mut waiting {
                if done.is_none()
                    && let Poll::Ready(value) = future.as_mut().poll(cx)
                {
                    *done = Some(value);
                }
            }
            match waiting.iter().all(|(_, done)| done.is_some()) {
                true => Poll::Ready(waiting.iter_mut().filter_map(|(_, done)| done.take()).collect()),
                false => Poll::Pending,
            }
        })
        .await
    }
}
