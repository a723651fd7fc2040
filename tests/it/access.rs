//! Who gets in where: every row of the Admin API's table with every kind of bearer who must not pass, every public
//! route by a method that it doesn't have. The rows come from the table that the router is made of, so a new one is
//! tested as soon as it is there.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use web_admin::{ROUTES, Route};
use wire_tests::{Ask, Server, Setup, ways_to_break};

/// Routes that need no role, since the operation itself looks at what the bearer may see.
const OPEN: &[&str] =
    &["GET /admin/serverinfo", "GET /admin/{realm}/console/whoami", "GET /admin/realms", "POST /admin/realms"];

fn method(route: &Route) -> String {
    format!("{:?}", route.method).to_uppercase()
}

fn name(route: &Route) -> String {
    format!("{} {}", method(route), route.path)
}

/// A request to a row, about the realm and about nothing that there is.
fn ask(route: &Route, realm: &str) -> Ask {
    let path: Vec<&str> = route.path.split('/').map(|part| filled(part, realm)).collect();
    let ask = Ask::new(&method(route), path.join("/"));
    match route.method as u8 {
        0 => ask,
        _ => ask.body("application/json", "{}"),
    }
}

fn filled<'a>(part: &'a str, realm: &'a str) -> &'a str {
    match part {
        "{realm}" => realm,
        part if part.starts_with('{') => "nothing",
        part => part,
    }
}

/// A user of the realm's file with roles of `realm-management`.
fn user(name: &str, roles: &[&str]) -> Value {
    json!({"username": name, "email": format!("{name}@people.example"), "emailVerified": true, "firstName": "A",
        "lastName": "B", "enabled": true, "credentials": [{"type": "password", "value": "pw"}],
        "clientRoles": {"realm-management": roles}})
}

/// Every set of roles of which a row wants one.
fn role_sets() -> Vec<&'static [&'static str]> {
    let sets: BTreeSet<&[&str]> = ROUTES.iter().map(|r| r.roles).filter(|roles| !roles.is_empty()).collect();
    sets.into_iter().collect()
}

/// The realm `token` with `boss`, who may everything, and for the `n`th set of roles `lacks<n>`, who has all others.
async fn started() -> Server {
    Setup::of("token")
        .with(|realm| {
            realm["attributes"]["countersign.participants"] = json!("true");
            let users = realm["users"].as_array_mut().expect("users");
            users.push(user("boss", &["realm-admin"]));
            for (n, set) in role_sets().iter().enumerate() {
                let others = admin::permit::ADMINISTRATORS.iter().filter(|r| **r != "realm-admin" && !set.contains(r));
                let known = others.filter(|r| !r.contains("organizations")).copied().collect::<Vec<_>>();
                users.push(user(&format!("lacks{n}"), &known));
            }
        })
        .twin("twin")
        .master()
        .start()
        .await
}

async fn token(server: &Server, realm: &str, username: &str) -> String {
    server.client_of(realm, "admin-cli").password(username, "pw").await.access
}

/// Asks every row, and returns those that answer otherwise.
async fn odd(server: &Server, token: Option<&str>, wanted: u16, rows: impl Fn(&Route) -> bool) -> Vec<String> {
    let mut odd = Vec::new();
    for route in ROUTES.iter().filter(|route| rows(route)) {
        let asked = ask(route, "token");
        let reply = server.ask(token.map_or(asked.clone(), |token| asked.bearer(token))).await;
        if reply.status != wanted {
            odd.push(format!("{} -> {}", name(route), reply.line()));
        }
    }
    odd
}

fn is_guarded(route: &Route) -> bool {
    !route.roles.is_empty()
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn the_rows_that_need_no_role_are_these_and_no_more() {
    let open: Vec<String> = ROUTES.iter().filter(|r| !is_guarded(r)).map(name).collect();
    assert_eq!(open, OPEN);
}

#[tokio::test]
async fn without_a_token_every_row_answers_401() {
    let server = started().await;
    assert_eq!(odd(&server, None, 401, |_| true).await, NONE);
    for header in ["", "Bearer", "Bearer ", "Basic cm9vdDpyb290", "Bearer  x y"] {
        for route in ROUTES.iter().step_by(20) {
            let reply = server.ask(ask(route, "token").header("authorization", header)).await;
            assert_eq!(reply.status, 401, "{header:?} at {}: {}", name(route), reply.body);
        }
    }
}

#[tokio::test]
async fn with_a_token_that_is_none_every_row_answers_401() {
    let server = started().await;
    assert_eq!(odd(&server, Some("garbage"), 401, |_| true).await, NONE);
    let boss = server.client_of("token", "admin-cli").password("boss", "pw").await;
    for broken in ways_to_break(&boss.access).iter().chain([&boss.refresh, &boss.id]) {
        let reply = server.ask(Ask::get("/admin/realms/token").bearer(broken)).await;
        // A blank before a token is no part of it.
        assert!(reply.status == 401 || broken.trim() == boss.access, "{broken}: {}", reply.line());
    }
}

#[tokio::test]
async fn a_plain_user_of_the_realm_gets_403_at_every_row() {
    let server = started().await;
    let plain = token(&server, "token", "ada").await;
    assert_eq!(odd(&server, Some(&plain), 403, is_guarded).await, NONE);
}

#[tokio::test]
async fn an_administrator_of_another_realm_gets_403_at_every_row() {
    let server = started().await;
    let other = token(&server, "twin", "boss").await;
    let about_a_realm = |route: &Route| is_guarded(route) && route.path.contains("{realm}");
    assert_eq!(odd(&server, Some(&other), 403, about_a_realm).await, NONE);
    assert_eq!(server.ask(Ask::get("/admin/realms/master").bearer(&other)).await.status, 403);
}

#[tokio::test]
async fn who_has_every_role_but_those_of_a_row_gets_403_there() {
    let server = started().await;
    for (n, set) in role_sets().into_iter().enumerate() {
        let lacking = token(&server, "token", &format!("lacks{n}")).await;
        assert_eq!(odd(&server, Some(&lacking), 403, |route| route.roles == set).await, NONE, "{set:?}");
    }
}

#[tokio::test]
async fn nobody_of_another_realm_makes_a_realm_or_sees_more_than_their_own() {
    let server = started().await;
    for who in ["ada", "boss"] {
        let bearer = token(&server, "twin", who).await;
        let new = Ask::new("POST", "/admin/realms").body("application/json", r#"{"realm":"mine"}"#).bearer(&bearer);
        assert_eq!(server.ask(new).await.status, 403, "{who}");
        let seen = server.ask(Ask::get("/admin/realms").bearer(&bearer)).await.json();
        let names: Vec<&Value> = seen.as_array().into_iter().flatten().map(|realm| &realm["realm"]).collect();
        assert!(names.iter().all(|name| **name == "twin"), "{who}: {names:?}");
    }
}

/// Ids of what there is in the realm, by the part of a path that they fill.
async fn ids(server: &Server, root: &str) -> Vec<(&'static str, String)> {
    let mut ids = vec![("{role}", "reader".to_owned())];
    for (part, list) in [
        ("{user}", "users?username=ada"),
        ("{client}", "clients?clientId=app"),
        ("{other}", "clients?clientId=resource"),
        ("{scope}", "client-scopes"),
        ("{component}", "components"),
        ("{flow}", "authentication/flows"),
    ] {
        let found = server.ask(Ask::get(format!("/admin/realms/token/{list}")).bearer(root)).await.expect(200).json();
        ids.push((part, found[0]["id"].as_str().expect("an id").to_owned()));
    }
    ids
}

#[tokio::test]
async fn no_row_fails_whatever_an_administrator_sends_it() {
    let server = started().await;
    let root = server.admin_token().await;
    let ids = ids(&server, &root).await;
    let odd = r#"{"name":7,"id":[],"type":{},"attributes":[7],"config":{"a":1},"enabled":"x"}"#;
    let bodies = ["", "{}", "[]", "null", "[{}]", "[null]", "\"x\"", "{\"a\":", "\u{0}", odd];
    let mut faults = Vec::new();
    // Those that delete come last; the realm itself stays, whoami wants the console's own token, and what sends mail
    // says 500, as Keycloak does, when there is no mail server.
    let left_out = |r: &Route| r.path.ends_with("/whoami") || r.path.ends_with("email");
    let rows = ROUTES.iter().filter(|r| name(r) != "DELETE /admin/realms/{realm}" && !left_out(r));
    let (deleting, keeping): (Vec<&Route>, Vec<&Route>) = rows.partition(|r| method(r) == "DELETE");
    for route in keeping.into_iter().chain(deleting) {
        let whole = ids.iter().fold(route.path.to_owned(), |path, (part, id)| path.replace(part, id));
        for path in [&whole, route.path] {
            let path: Vec<&str> = path.split('/').map(|part| filled(part, "token")).collect();
            for body in bodies {
                let asked = Ask::new(&method(route), path.join("/")).body("application/json", body);
                let reply = server.ask(asked.bearer(&root)).await;
                if reply.is_fault() || [401, 403].contains(&reply.status) {
                    faults.push(format!("{} with {body:?} -> {}", name(route), reply.line()));
                }
            }
        }
    }
    assert_eq!(faults, NONE);
}

/// The public routes, and the methods that they have besides OPTIONS and HEAD.
const PUBLIC: &[(&str, &[&str])] = &[
    ("/realms/token", &["GET"]),
    ("/realms/token/.well-known/openid-configuration", &["GET"]),
    ("/realms/token/.well-known/oauth-authorization-server", &["GET"]),
    ("/.well-known/oauth-authorization-server/realms/token", &["GET"]),
    ("/realms/token/protocol/openid-connect/certs", &["GET"]),
    ("/realms/token/protocol/openid-connect/token", &["POST"]),
    ("/realms/token/protocol/openid-connect/token/introspect", &["POST"]),
    ("/realms/token/protocol/openid-connect/revoke", &["POST"]),
    ("/realms/token/protocol/openid-connect/userinfo", &["GET", "POST"]),
    ("/realms/token/protocol/openid-connect/auth", &["GET", "POST"]),
    ("/realms/token/protocol/openid-connect/logout", &["GET", "POST"]),
    ("/realms/token/protocol/openid-connect/logout/logout-confirm", &["GET", "POST"]),
    ("/realms/token/protocol/openid-connect/login-status-iframe.html", &["GET"]),
    ("/realms/token/protocol/openid-connect/login-status-iframe.html/init", &["GET"]),
    ("/realms/token/protocol/openid-connect/3p-cookies/step1.html", &["GET"]),
    ("/realms/token/login-actions/authenticate", &["GET", "POST"]),
    ("/realms/token/login-actions/required-action", &["GET", "POST"]),
    ("/realms/token/login-actions/consent", &["GET", "POST"]),
    ("/realms/token/login-actions/restart", &["GET"]),
    ("/realms/token/login-actions/detached-info", &["GET"]),
    ("/resources/x/login/countersign/countersign.css", &["GET"]),
];

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"];

#[tokio::test]
async fn a_public_route_knows_its_methods_and_refuses_others() {
    let server = Server::start("token").await;
    for (path, methods) in PUBLIC {
        for method in METHODS {
            let reply = server.ask(Ask::new(method, *path)).await;
            let known = methods.contains(&method);
            assert_eq!(reply.status != 405, known, "{method} {path}: {}", reply.line());
            assert!(!reply.is_fault() && reply.header("allow").is_empty(), "{method} {path}: {}", reply.line());
        }
    }
}

#[tokio::test]
async fn an_admin_path_refuses_methods_that_no_row_gives_it() {
    let server = started().await;
    let root = server.admin_token().await;
    let known: BTreeSet<String> = ROUTES.iter().map(name).collect();
    for path in ROUTES.iter().map(|r| r.path).collect::<BTreeSet<_>>() {
        for method in METHODS.iter().filter(|m| !known.contains(&format!("{m} {path}"))) {
            let parts: Vec<&str> = path.split('/').map(|part| filled(part, "token")).collect();
            let reply = server.ask(Ask::new(method, parts.join("/")).bearer(&root)).await;
            assert_eq!(reply.status, 405, "{method} {path}: {}", reply.line());
        }
    }
}

#[tokio::test]
async fn no_public_route_fails_whatever_is_sent_to_it() {
    let server = Server::start("token").await;
    let bodies: [(&str, &[u8]); 6] = [
        ("application/x-www-form-urlencoded", b"%"),
        (
            "application/x-www-form-urlencoded",
            b"a=%ff%00&a=&=&&grant_type=password&client_id=app&client_secret=app-secret",
        ),
        ("application/json", b"{\"grant_type\":"),
        ("multipart/form-data", b"--x"),
        ("text/plain", b"\xff\xfe\x00"),
        ("", b""),
    ];
    for (path, methods) in PUBLIC {
        for method in *methods {
            for (kind, body) in bodies {
                for query in [
                    "",
                    "?",
                    "?%",
                    "?client_id=%00&client_id=app&redirect_uri=%ff",
                    "?tab_id=x&client_id=app&session_code=%F0%9F%92%A9&execution=",
                ] {
                    let asked = Ask::new(method, format!("{path}{query}")).body(kind, body);
                    let reply = server
                        .ask(asked.header("cookie", "AUTH_SESSION_ID=\u{1}; KC_RESTART=a.b.c; =; KEYCLOAK_IDENTITY=%"))
                        .await;
                    assert!(!reply.is_fault(), "{method} {path}{query} with {kind}: {}", reply.line());
                }
            }
        }
    }
}

#[tokio::test]
async fn a_realm_that_there_is_not_is_refused_everywhere() {
    let server = Server::start("token").await;
    for (path, methods) in PUBLIC.iter().filter(|(path, _)| path.contains("/realms/token")) {
        for realm in ["nowhere", "TOKEN", "token%20", "%00", "%f0%9f%92%a9"] {
            let path = path.replace("/realms/token", &format!("/realms/{realm}"));
            for method in *methods {
                let reply = server.ask(Ask::new(method, path.clone())).await;
                assert!((400..500).contains(&reply.status), "{method} {path}: {}", reply.line());
            }
        }
    }
}
