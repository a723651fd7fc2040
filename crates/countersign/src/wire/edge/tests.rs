use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use tower::ServiceExt as _;

use super::{Proxy, Request, RequestId, Response, Router, Trust, around, is_id};
use crate::config::resolved::ProxyHeaders;
use web::PeerAddr;

fn edge(trust: Trust) -> Router {
    let routes = Router::new()
        .route("/realms/{realm}", get(async |Extension(id): Extension<RequestId>| id.0))
        .fallback(async || web::not_found());
    let proxy = Proxy { headers: Some(ProxyHeaders::XForwarded), trust, client_certificate_header: None };
    around(routes, "/sso".to_owned(), &proxy)
}

async fn ask(edge: Router, path: &str) -> (u16, String) {
    let mut request = Request::builder().uri(path).header("x-request-id", "from-outside").body(Body::empty()).unwrap();
    request.extensions_mut().insert(PeerAddr("10.0.0.9:4000".parse().unwrap()));
    let response: Response = edge.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn routes_are_found_at_the_root_and_under_the_prefixes() {
    for path in ["/realms/x", "/auth/realms/x", "/sso/realms/x"] {
        assert_eq!(ask(edge(Trust::Everyone), path).await.0, 200, "{path}");
    }
    let (status, body) = ask(edge(Trust::Everyone), "/elsewhere/realms/x").await;
    assert_eq!((status, body.as_str()), (404, r#"{"error":"HTTP 404 Not Found"}"#));
}

#[tokio::test]
async fn path_with_a_semicolon_is_refused_in_keycloaks_words() {
    let (status, body) = ask(edge(Trust::Everyone), "/realms/x;a=b").await;
    assert_eq!(status, 400);
    let expected = r#"{"error":"invalidCharacter","error_description":"Request path contains invalid character ';'"}"#;
    assert_eq!(body, expected);
}

#[tokio::test]
async fn request_id_is_taken_from_named_proxies_alone() {
    let named = |networks: &str| edge(Trust::Only(vec![networks.parse().unwrap()]));
    assert_eq!(ask(named("10.0.0.0/8"), "/realms/x").await.1, "from-outside");
    for edge in [edge(Trust::Everyone), named("192.168.0.0/16")] {
        let id = ask(edge, "/realms/x").await.1;
        assert!(is_id(&id) && id != "from-outside", "{id}");
    }
}

#[test]
fn ids_are_short_and_plain() {
    assert!(is_id("4bf92f35-77b3.4"));
    assert!(!is_id("") && !is_id("a\nb") && !is_id(&"a".repeat(65)));
}
