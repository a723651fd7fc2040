//! The page that asks "Do you want to log out?": its answer is its own browser's alone.

use wire_tests::Setup;

use super::{BYE, is_in, leave, started, tokens};

#[tokio::test]
async fn who_says_yes_is_out_and_goes_where_the_client_wanted() {
    let server = started().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    let parameters = [("client_id", "app"), ("post_logout_redirect_uri", BYE), ("state", "s")];
    let page = leave(&mut browser, &server, &parameters).await.expect(200);
    let reply = browser.submit(&page, &[]).await.expect(302);
    assert_eq!(reply.header("location"), "https://app.example/bye/now?state=s");
    assert!(!is_in(&mut browser).await);
    assert_eq!(server.hands().sessions("ada").await, 0);
}

#[tokio::test]
async fn the_code_of_another_browsers_page_does_nothing() {
    let server = started().await;
    let mut victim = server.browser();
    tokens(&mut victim, &server, "app").await;
    let mut attacker = server.browser();
    tokens(&mut attacker, &server, "app").await;
    let page = leave(&mut attacker, &server, &[("client_id", "app")]).await.expect(200);
    assert_eq!(victim.submit(&page, &[]).await.status, 400);
    assert!(is_in(&mut victim).await);
    // Nor does it when the victim has been asked, too.
    leave(&mut victim, &server, &[("client_id", "app")]).await.expect(200);
    assert_eq!(victim.submit(&page, &[]).await.status, 400);
    assert!(is_in(&mut victim).await && is_in(&mut attacker).await);
}

#[tokio::test]
async fn without_a_code_or_with_an_invented_one_nothing_ends() {
    let server = started().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    let page = leave(&mut browser, &server, &[("client_id", "app")]).await.expect(200);
    for code in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "a.b.c"] {
        assert_eq!(browser.submit(&page, &[("session_code", code)]).await.status, 400, "{code}");
    }
    let opened = browser.open(&format!("{}/logout-confirm", server.path("logout"))).await;
    assert_eq!(opened.status, 400);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn the_code_of_another_realms_page_does_nothing() {
    let server = Setup::of("logout").twin("twin").start().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    let foreign = browser.open("/realms/twin/protocol/openid-connect/logout?client_id=app").await.expect(200);
    let own = leave(&mut browser, &server, &[("client_id", "app")]).await.expect(200);
    let form = wire_tests::find_forms(&foreign.body).remove(0);
    let code = form.fields.iter().find(|(name, _)| name == "session_code").expect("a code").1.clone();
    assert_eq!(browser.submit(&own, &[("session_code", &code)]).await.status, 400);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_page_left_open_for_too_long_asks_in_vain() {
    let server = started().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    let page = leave(&mut browser, &server, &[("client_id", "app")]).await.expect(200);
    server.wait(1801);
    assert_eq!(browser.submit(&page, &[]).await.status, 400);
    assert_eq!(server.hands().sessions("ada").await, 1);
}

#[tokio::test]
async fn a_form_of_a_foreign_site_cannot_say_yes() {
    let server = started().await;
    let mut browser = server.browser();
    tokens(&mut browser, &server, "app").await;
    // Such a form carries the browser's cookies, but knows neither code nor tab.
    let path = format!("{}/logout-confirm?client_id=app&tab_id=x", server.path("logout"));
    let ask = wire_tests::Ask::form(path.clone(), &[("confirmLogout", "Logout")]);
    assert_eq!(browser.send(ask, &path).await.status, 400);
    let path = server.path("logout");
    let page = browser.send(wire_tests::Ask::form(path.clone(), &[]), &path).await;
    assert!(super::asks(&page), "{}", page.line());
    assert!(is_in(&mut browser).await);
}
