use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use tower::ServiceExt as _;

use super::{Check, Complaints, Ledgers, Management, Metrics, Readiness};
use crate::net::{Phase, Shutdown};

async fn ask(router: &Router, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn database(up: &Arc<AtomicBool>) -> Check {
    let up = up.clone();
    Arc::new(move || {
        let answer = if up.load(Ordering::Relaxed) { Ok(()) } else { Err("gone".to_owned()) };
        Box::pin(async { answer })
    })
}

#[tokio::test]
async fn health_has_keycloaks_form_and_follows_the_database() {
    let up = Arc::new(AtomicBool::new(true));
    let (end, shutdown) = Shutdown::by_hand();
    let readiness = Readiness::new(database(&up), shutdown);
    let router = Management { relative_path: "/".to_owned(), readiness: Some(readiness), metrics: None }.router();

    let check = r#"{"name":"Keycloak database connections async health check","status":"#;
    for path in ["/health", "/health/ready"] {
        let expected = format!(r#"{{"status":"UP","checks":[{check}"UP"}}]}}"#);
        assert_eq!(ask(&router, "GET", path).await, (StatusCode::OK, expected));
    }
    up.store(false, Ordering::Relaxed);
    let expected = format!(r#"{{"status":"DOWN","checks":[{check}"DOWN"}}]}}"#);
    assert_eq!(ask(&router, "GET", "/health/ready").await, (StatusCode::SERVICE_UNAVAILABLE, expected));
    for path in ["/health/live", "/health/started"] {
        assert_eq!(ask(&router, "GET", path).await, (StatusCode::OK, r#"{"status":"UP","checks":[]}"#.to_owned()));
    }
    up.store(true, Ordering::Relaxed);
    end.send_replace(Phase::Leaving);
    assert_eq!(ask(&router, "GET", "/health/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask(&router, "GET", "/health/live").await.0, StatusCode::OK);
    assert_eq!(ask(&router, "GET", "/metrics").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_ledger_that_was_set_back_is_down_and_one_without_a_time_is_said() {
    let (_end, shutdown) = Shutdown::by_hand();
    let told = |complaints: Option<Complaints>| {
        let ledgers: Ledgers = Arc::new(move || complaints.clone());
        let readiness = Readiness::new(database(&Arc::new(AtomicBool::new(true))), shutdown.clone());
        let readiness = Some(readiness.and_ledgers(ledgers));
        Management { relative_path: "/".to_owned(), readiness, metrics: None }.router()
    };
    let of = |refused: &[&str], late: &[&str]| {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        told(Some(Complaints { refused: owned(refused), late: owned(late) }))
    };
    let (status, text) = ask(&of(&[], &["old"]), "GET", "/health/ready").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains(r#"{"name":"Ledgers","status":"UP","data":{"refused":[],"late":["old"]}}"#), "{text}");
    let (status, text) = ask(&of(&["set back"], &[]), "GET", "/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains(r#""refused":["set back"]"#), "{text}");
    let (status, text) = ask(&of(&[], &[]), "GET", "/health").await;
    assert!(status == StatusCode::OK && text.ends_with(r#",{"name":"Ledgers","status":"UP"}]}"#), "{text}");
    assert!(!ask(&told(None), "GET", "/health").await.1.contains("Ledgers"), "a server without a ledger is Keycloak's");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_down() {
    let (_end, shutdown) = Shutdown::by_hand();
    let never: Check = Arc::new(|| Box::pin(std::future::pending()));
    let mut readiness = Readiness::new(never, shutdown);
    readiness.patience = std::time::Duration::from_millis(5);
    let readiness = Some(readiness);
    let router = Management { relative_path: "/auth".to_owned(), readiness, metrics: None }.router();
    assert_eq!(ask(&router, "GET", "/auth/health/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_what_callers_write() {
    let metrics = Metrics::new();
    let app = Router::new()
        .route("/realms/{realm}/token", post(async || StatusCode::BAD_REQUEST))
        .route("/realms/{realm}/certs", get(async || "keys"))
        .layer(metrics.count_requests());
    for realm in 0..50 {
        ask(&app, "POST", &format!("/realms/r{realm}/token")).await;
        ask(&app, "GET", &format!("/realms/r{realm}/certs")).await;
        ask(&app, &format!("M{realm}"), &format!("/nothing/{realm}")).await;
        ask(&app, &format!("M{realm}"), "/realms/a/certs").await;
    }
    let router = Management { relative_path: "/".to_owned(), readiness: None, metrics: Some(metrics) }.router();
    let (status, text) = ask(&router, "GET", "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        r#"http_server_requests_seconds_count{method="POST",outcome="CLIENT_ERROR",status="400",uri="/realms/{realm}/token"} 50"#,
        r#"http_server_requests_seconds_count{method="GET",outcome="SUCCESS",status="200",uri="/realms/{realm}/certs"} 50"#,
        "http_server_active_requests 0",
        "http_server_active_connections 0",
        "process_resident_memory_bytes ",
        "process_cpu_seconds_total ",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let series = text.lines().filter(|line| line.starts_with("http_server_requests_seconds_count")).count();
    assert!(series <= 4, "{text}");
}

#[tokio::test]
async fn a_request_that_is_given_up_is_no_longer_active() {
    let metrics = Metrics::new();
    let app = Router::new().route("/", get(std::future::pending::<()>)).layer(metrics.count_requests());
    let asking = tokio::spawn(async move { ask(&app, "GET", "/").await });
    while metrics.active_requests.get() == 0 {
        tokio::task::yield_now().await;
    }
    asking.abort();
    let _ = asking.await;
    assert_eq!(metrics.active_requests.get(), 0);
}
