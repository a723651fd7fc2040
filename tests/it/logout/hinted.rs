//! `id_token_hint` and `post_logout_redirect_uri` [OIDC-RPIL-2, 3].

use wire_tests::{Setup, bits_flipped};

use super::{BYE, asks, is_in, leave, started, tokens};

#[tokio::test]
async fn with_a_hint_the_browser_is_out_and_back_at_the_client_at_once() {
    let server = started().await;
    let mut browser = server.browser();
    let got = tokens(&mut browser, &server, "app").await;
    let parameters = [("id_token_hint", got.id.as_str()), ("post_logout_redirect_uri", BYE), ("state", "a&b ü")];
    let reply = leave(&mut browser, &server, &parameters).await.expect(302);
    assert_eq!(reply.header("location"), "https://app.example/bye/now?state=a%26b+%C3%BC");
    assert_eq!(server.hands().sessions("ada").await, 0);
    assert!(browser.cookie("KEYCLOAK_IDENTITY").is_none());
    assert_eq!(server.client("app").refresh(&got.refresh).await.status, 400);
    assert!(!server.client("app").sees_active(&got.access).await);
}

#[tokio::test]
async fn an_expired_hint_is_as_good() {
    let server = started().await;
    let mut browser = server.browser();
    let got = tokens(&mut browser, &server, "app").await;
    server.wait(900);
    leave(&mut browser, &server, &[("id_token_hint", &got.id), ("post_logout_redirect_uri", BYE)]).await.expect(302);
    assert_eq!(server.hands().sessions("ada").await, 0);
}

#[tokio::test]
async fn a_second_logout_with_the_same_hint_goes_to_the_client_too() {
    let server = started().await;
    let mut browser = server.browser();
    let got = tokens(&mut browser, &server, "app").await;
    for _ in 0..2 {
        let reply =
            leave(&mut browser, &server, &[("id_token_hint", &got.id), ("post_logout_redirect_uri", BYE)]).await;
        assert_eq!(reply.expect(302).header("location"), BYE);
    }
}

#[tokio::test]
async fn without_a_hint_the_user_is_asked_first() {
    let server = started().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    for parameters in [&[][..], &[("client_id", "app")], &[("client_id", "app"), ("post_logout_redirect_uri", BYE)]] {
        let page = leave(&mut browser, &server, parameters).await;
        assert!(asks(&page), "{parameters:?}: {}", page.line());
        assert!(is_in(&mut browser).await, "{parameters:?}");
    }
}

#[tokio::test]
async fn who_has_no_session_is_not_asked() {
    let server = started().await;
    let reply = leave(&mut server.browser(), &server, &[("client_id", "app"), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!(reply.expect(302).header("location"), BYE);
}

#[tokio::test]
async fn a_redirect_elsewhere_is_refused_and_nothing_ends() {
    let server = started().await;
    let mut browser = server.browser();
    let got = tokens(&mut browser, &server, "app").await;
    let elsewhere = [
        "https://evil.example/",
        "https://app.example/cb",
        "https://app.example/by",
        "https://app.example/bye/../cb",
        "https://app.example/bye/%2e%2e/cb",
        "https://app.example.evil.example/bye/now",
        "https://app.example@evil.example/bye/now",
        "https://app.example:8443/bye/now",
        "http://app.example/bye/now",
        "//evil.example/bye/now",
        "/bye/now",
        "javascript:alert(1)",
        "https://told.example/cb",
    ];
    for uri in elsewhere {
        for hint in [&got.id[..], ""] {
            let parameters = [("id_token_hint", hint), ("client_id", "app"), ("post_logout_redirect_uri", uri)];
            let reply = leave(&mut browser, &server, &parameters).await;
            assert!(reply.status == 400 && reply.location().is_none(), "{uri}: {}", reply.line());
            assert!(reply.body.contains("Invalid redirect uri"), "{uri}: {}", reply.body);
        }
    }
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_redirect_without_a_client_to_allow_it_is_refused() {
    let server = started().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    for parameters in
        [&[("post_logout_redirect_uri", BYE)][..], &[("post_logout_redirect_uri", BYE), ("client_id", "nobody")]]
    {
        let reply = leave(&mut browser, &server, parameters).await;
        assert!(reply.status == 400 && reply.location().is_none(), "{}", reply.line());
    }
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_disabled_client_sends_nobody_anywhere() {
    let server = started().await;
    let mut browser = server.browser();
    let got = tokens(&mut browser, &server, "app").await;
    server.hands().enable_client("app", false).await;
    let reply = leave(&mut browser, &server, &[("id_token_hint", &got.id), ("post_logout_redirect_uri", BYE)]).await;
    assert!(reply.status == 400 && reply.location().is_none(), "{}", reply.line());
}

#[tokio::test]
async fn the_hint_of_another_client_does_not_speak_for_the_one_named() {
    let server = started().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    let other = tokens(&mut browser, &server, "told").await;
    let parameters = [("id_token_hint", &other.id[..]), ("client_id", "app"), ("post_logout_redirect_uri", BYE)];
    let reply = leave(&mut browser, &server, &parameters).await;
    assert!(reply.status == 400 && reply.location().is_none(), "{}", reply.line());
    // Nor may it use what only the other client lists.
    let reply = leave(&mut browser, &server, &[("id_token_hint", &other.id), ("post_logout_redirect_uri", BYE)]).await;
    assert!(reply.status == 400 && reply.location().is_none(), "{}", reply.line());
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn the_hint_of_another_persons_session_does_not_end_this_one() {
    let server = started().await;
    let mut attacker = server.browser();
    let page = attacker.authorize("app", &[]).await;
    let code = attacker.submit(&page, &[("username", "bob"), ("password", "pw")]).await.parameter("code").unwrap();
    let theirs = wire_tests::Tokens::of(&server.client("app").redeem(&code, "https://app.example/cb").await);
    let mut victim = server.browser();
    tokens(&mut victim, &server, "app").await;
    let page = leave(&mut victim, &server, &[("id_token_hint", &theirs.id), ("post_logout_redirect_uri", BYE)]).await;
    assert!(asks(&page), "{}", page.line());
    assert!(is_in(&mut victim).await && is_in(&mut attacker).await);
}

#[tokio::test]
async fn only_an_untouched_id_token_of_this_realm_is_a_hint() {
    let server = Setup::of("logout").twin("twin").start().await;
    let mut browser = server.browser();
    let got = tokens(&mut browser, &server, "app").await;
    let mut bad = bits_flipped(&got.id);
    bad.extend([got.access.clone(), got.refresh.clone(), "x".to_owned(), "a.b.c".to_owned()]);
    for hint in bad {
        let reply = leave(&mut browser, &server, &[("id_token_hint", &hint), ("client_id", "app")]).await;
        assert_eq!(reply.status, 400, "{hint}: {}", reply.body);
    }
    let query = format!("id_token_hint={}", got.id);
    let elsewhere = format!("/realms/twin/protocol/openid-connect/logout?{query}");
    assert_eq!(browser.open(&elsewhere).await.status, 400);
    assert!(is_in(&mut browser).await);
}
