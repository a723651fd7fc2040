//! Forms, queries, cookies and authorization headers: the whole server, asked with whatever octets there are.
//!
//! Nothing may panic, and nothing may be the server's own fault (a 5xx).

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a fuzz target breaks by panicking")]

use std::process::ExitCode;

use wire_tests::{Ask, Setup};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(Setup::of("browser").start());
    let mut browser = server.browser();
    let page = runtime.block_on(browser.authorize("app", &[]));
    let cookies =
        ["AUTH_SESSION_ID", "KC_RESTART"].map(|name| format!("{name}={}", browser.cookie(name).unwrap_or("")));
    let form = wire_tests::find_forms(&page.body).remove(0);
    let query = form.action.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    let tokens = [
        query.as_str(),
        cookies[0].as_str(),
        cookies[1].as_str(),
        "grant_type=",
        "authorization_code",
        "refresh_token",
        "password",
        "client_id=app&client_secret=app-secret&",
        "&",
        "=",
        "%",
        "%00",
        "%ff",
        "+",
        ";",
        "redirect_uri=",
        "Basic ",
        "Bearer ",
        "username=ada&password=pw",
        "client_data=",
        "id_token_hint=",
        "claims={\"userinfo\":{",
        "max_age=-1",
    ];
    wire_tests::fuzz::run("forms", &tokens, |input| {
        let mut parts = input.splitn(2, |octet| *octet == b'\n');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let escaped: String = url::form_urlencoded::byte_serialize(first).collect();
        let raw = std::str::from_utf8(first).ok().filter(|t| t.bytes().all(|b| b.is_ascii_graphic() && b != b'#'));
        let query = raw.unwrap_or(&escaped);
        let realm = "/realms/people";
        let protocol = format!("{realm}/protocol/openid-connect");
        let kind = "application/x-www-form-urlencoded";
        let post = |path: String| Ask::new("POST", path).body(kind, second).header("authorization", first);
        let mut asks: Vec<Ask> = ["token", "token/introspect", "revoke", "userinfo", "logout"]
            .iter()
            .map(|endpoint| post(format!("{protocol}/{endpoint}")))
            .collect();
        for place in ["auth", "logout", "login-status-iframe.html/init"] {
            asks.push(Ask::get(format!("{protocol}/{place}?{query}")).header("cookie", second));
        }
        for place in ["authenticate", "required-action", "consent", "restart", "detached-info"] {
            asks.push(Ask::get(format!("{realm}/login-actions/{place}?{query}")).header("cookie", second));
            let cookies = cookies.join("; ");
            asks.push(post(format!("{realm}/login-actions/{place}?{query}")).header("cookie", cookies));
        }
        for ask in asks {
            let shown = format!("{ask:?}");
            let reply = runtime.block_on(server.ask(ask));
            assert!(!reply.is_fault(), "{} to {shown}\n{}", reply.status, reply.body);
        }
    })
}
