use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use tokio::sync::Notify;
use url::Url;

use super::{Outbound, OutboundError, Rules};
use crate::net::{Limits, Listener, Phase, Shutdown, serve};

/// A server on loopback, which lives as long as the test.
async fn server(router: Router) -> (SocketAddr, tokio::sync::watch::Sender<Phase>) {
    let listener = Listener::plain("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.address().unwrap();
    let (end, shutdown) = Shutdown::by_hand();
    tokio::spawn(serve(vec![listener], router, Limits::new(100, None, Duration::ZERO), shutdown));
    (address, end)
}

fn url(text: impl AsRef<str>) -> Url {
    Url::parse(text.as_ref()).unwrap()
}

fn loopback() -> Rules {
    Rules { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..Rules::default() }
}

#[tokio::test]
async fn what_is_allowed_is_fetched_by_address_and_by_name() {
    let (address, _end) = server(Router::new().route("/keys", get(async || r#"{"keys":[]}"#))).await;
    let outbound = Outbound::new(loopback());
    for host in ["127.0.0.1", "localhost"] {
        let body = outbound.fetch(&url(format!("http://{host}:{}/keys", address.port()))).await.unwrap();
        assert_eq!(&body[..], br#"{"keys":[]}"#);
    }
}

#[tokio::test]
async fn forms_are_posted_and_their_status_is_told() {
    let router = Router::new()
        .route(
            "/logout",
            post(async |headers: HeaderMap, body: String| {
                let form =
                    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
                if form && body == "logout_token=a.b%2Bc" { StatusCode::NO_CONTENT } else { StatusCode::BAD_REQUEST }
            }),
        )
        .route("/no", post(async || StatusCode::NOT_IMPLEMENTED));
    let (address, _end) = server(router).await;
    let outbound = Outbound::new(loopback());
    let form = [("logout_token", "a.b+c")];
    assert_eq!(outbound.post_form(&url(format!("http://{address}/logout")), &form).await, Ok(204));
    let refused = outbound.post_form(&url(format!("http://{address}/no")), &form).await;
    assert_eq!(refused, Err(OutboundError::Status(501)));
}

#[tokio::test]
async fn octets_are_posted_as_they_are_and_any_status_is_an_answer() {
    let echo = async |headers: HeaderMap, body: axum::body::Bytes| {
        (StatusCode::CONFLICT, [(header::CONTENT_TYPE, headers[header::CONTENT_TYPE].clone())], body)
    };
    let (address, _end) = server(Router::new().route("/add-checkpoint", post(echo))).await;
    let at = url(format!("http://{address}/add-checkpoint"));
    let outbound = Outbound::new(Rules { size: 1_000, ..loopback() });
    let answer = outbound.post(&at, "text/x", vec![0, 255]).await.expect("an answer");
    assert_eq!((answer.0, answer.1.as_ref()), (409, &[0, 255][..]));
    assert_eq!(outbound.post(&at, "text/x", vec![0; 1_001]).await, Err(OutboundError::TooLarge));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = followed.clone();
    let router = Router::new()
        .route("/", get(async || (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")])))
        .route("/elsewhere", get(async move || count.fetch_add(1, Ordering::Relaxed).to_string()));
    let (address, _end) = server(router).await;
    let answer = Outbound::new(loopback()).fetch(&url(format!("http://{address}/"))).await;
    assert_eq!(answer, Err(OutboundError::Status(302)));
    assert_eq!(followed.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn answers_are_bounded_whether_or_not_they_say_how_long_they_are() {
    let chunked = async || Body::new(Chunks);
    let router = Router::new()
        .route("/fits", get(async || "x".repeat(1_000)))
        .route("/long", get(async || "x".repeat(1_001)))
        .route("/endless", get(chunked));
    let (address, _end) = server(router).await;
    let outbound = Outbound::new(Rules { size: 1_000, ..loopback() });
    let fetch = async |path: &str| outbound.fetch(&url(format!("http://{address}/{path}"))).await;
    assert_eq!(fetch("fits").await.unwrap().len(), 1_000);
    assert_eq!(fetch("long").await, Err(OutboundError::TooLarge));
    assert_eq!(fetch("endless").await, Err(OutboundError::TooLarge));
}

/// Chunks without end and without an announced length.
struct Chunks;

impl axum::body::HttpBody for Chunks {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(bytes::Bytes::from_static(b"again and again")))))
    }
}

#[tokio::test]
async fn slow_answers_are_given_up_and_places_are_bounded() {
    let entered = Arc::new(Notify::new());
    let inside = entered.clone();
    let router = Router::new().route("/quick", get(async || "ok")).route(
        "/never",
        get(async move || {
            inside.notify_one();
            std::future::pending::<()>().await;
        }),
    );
    let (address, _end) = server(router).await;
    let rules = Rules { time: Duration::from_millis(150), at_once: 1, ..loopback() };
    let outbound = Arc::new(Outbound::new(rules));
    let (never, quick) = (url(format!("http://{address}/never")), url(format!("http://{address}/quick")));
    let waiting = outbound.clone();
    let slow = tokio::spawn(async move { waiting.fetch(&never).await });
    entered.notified().await;
    // The one place is taken; it comes free when the slow call is given up, a moment before our own time is over.
    let second = outbound.fetch(&quick).await;
    assert_eq!(slow.await.unwrap(), Err(OutboundError::TooSlow));
    assert!(matches!(second.as_deref(), Ok(b"ok") | Err(OutboundError::TooSlow)), "{second:?}");
    assert_eq!(outbound.fetch(&quick).await.as_deref(), Ok(&b"ok"[..]));
}

#[tokio::test]
async fn addresses_inside_are_refused_before_anything_is_sent() {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let (address, _end) =
        server(Router::new().fallback(async move || seen.fetch_add(1, Ordering::Relaxed).to_string())).await;
    let outbound = Outbound::new(Rules::default());
    for refused in [
        format!("http://{address}/"),
        format!("https://{address}/"),
        format!("https://localhost:{}/", address.port()),
        format!("http://localhost:{}/", address.port()),
        format!("https://[::ffff:127.0.0.1]:{}/", address.port()),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://[fd00:ec2::254]/".to_owned(),
        "https://[64:ff9b::7f00:1]/".to_owned(),
        "https://0x7f000001/".to_owned(),
        "https://2130706433/".to_owned(),
        "https://127.1/".to_owned(),
        "https://0/".to_owned(),
        "https://user:pw@1.1.1.1/".to_owned(),
        "http://1.1.1.1/".to_owned(),
        "ftp://1.1.1.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "data:text/plain,x".to_owned(),
    ] {
        let answer = outbound.fetch(&url(&refused)).await;
        assert!(matches!(answer, Err(OutboundError::Refused(_))), "{refused}: {answer:?}");
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn https_wants_a_certificate_that_can_be_trusted() {
    let (address, _end) = server(Router::new()).await;
    let answer = Outbound::new(loopback()).fetch(&url(format!("https://{address}/"))).await;
    let Err(OutboundError::Unreachable(cause)) = answer else {
        panic!("{answer:?}");
    };
    assert!(!cause.contains(&address.to_string()), "the text names no address: {cause}");
}
