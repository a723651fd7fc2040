use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::routing::{get, post};
use axum::{Extension, Router};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use web::{ClientCertificate, PeerAddr, Secure};

use super::tls::{ClientCertificates, TlsFiles, TlsIdentity};
use super::{Limits, Listener, Phase, Shutdown, serve};

/// A server in this process; it ends when `end` is told to.
struct Running {
    address: SocketAddr,
    end: watch::Sender<Phase>,
    done: JoinHandle<()>,
    limits: Limits,
}

impl Running {
    async fn plain(router: Router, limits: Limits) -> Self {
        let listener = Listener::plain("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self::on(listener, router, limits)
    }

    fn on(listener: Listener, router: Router, limits: Limits) -> Self {
        let address = listener.address().unwrap();
        let (end, shutdown) = Shutdown::by_hand();
        let done = tokio::spawn(serve(vec![listener], router, limits.clone(), shutdown));
        Self { address, end, done, limits }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ask(&self, request: &str) -> String {
        ask(self.connect().await, request).await
    }

    async fn end(self) {
        self.end.send_replace(Phase::Ending);
        self.done.await.unwrap();
    }
}

fn limits() -> Limits {
    Limits::new(100, None, Duration::from_secs(5))
}

/// Sends text, and reads until the other side closes.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is cut gives what came until then.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = Running::plain(Router::new().route("/", get(|| async { "ok" })), limits()).await;
    let with = |hosts: &str| format!("GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
    assert!(server.ask(&with("Host: a\r\n")).await.starts_with("HTTP/1.1 200"));
    assert!(server.ask(&with("Host: a\r\nHost: b\r\n")).await.starts_with("HTTP/1.1 400"));
    assert!(server.ask(&with("")).await.starts_with("HTTP/1.1 400"));
    assert!(server.ask("GET / HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 200"));
    server.end().await;
}

#[tokio::test]
async fn peer_address_goes_with_the_request() {
    let router = Router::new().route(
        "/",
        get(async |peer: Extension<PeerAddr>, secure: Option<Extension<Secure>>| {
            format!("{} {}", peer.0.0.ip(), secure.is_some())
        }),
    );
    let server = Running::plain(router, limits()).await;
    assert!(server.ask(GET).await.ends_with("127.0.0.1 false"));
    server.end().await;
}

#[tokio::test]
async fn requests_at_work_finish_and_new_connections_are_refused() {
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, waits) = (entered.clone(), go_on.clone());
    let router = Router::new().route(
        "/",
        get(async move || {
            inside.notify_one();
            waits.notified().await;
            "finished"
        }),
    );
    let server = Running::plain(router, limits()).await;
    let at_work = tokio::spawn(ask(server.connect().await, GET));
    entered.notified().await;
    server.end.send_replace(Phase::Ending);
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.done.is_finished());
    go_on.notify_one();
    assert!(at_work.await.unwrap().ends_with("finished"));
    server.done.await.unwrap();
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end_and_stuck_requests_only_so_long() {
    let entered = Arc::new(Notify::new());
    let inside = entered.clone();
    let router = Router::new().route("/", get(async || "ok")).route(
        "/stuck",
        get(async move || {
            inside.notify_one();
            std::future::pending::<()>().await;
        }),
    );
    let server = Running::plain(router, Limits { shutdown: Duration::from_millis(50), ..limits() }).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    let stuck = tokio::spawn(ask(server.connect().await, "GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n"));
    entered.notified().await;
    server.end().await;
    stuck.abort();
}

#[tokio::test]
async fn whoever_says_nothing_or_says_it_slowly_is_cut_off() {
    let short = Limits { first_request: Duration::from_millis(30), ..limits() };
    let server = Running::plain(Router::new().route("/", get(async || "ok")), short).await;
    for beginning in ["", "G", "PRI * HT", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        assert_eq!(server.ask(beginning).await, "", "{beginning:?}");
    }
    server.end().await;
}

#[tokio::test]
async fn connections_may_wait_between_requests_for_a_while() {
    let short = Limits { first_request: Duration::from_millis(20), idle: Duration::from_millis(120), ..limits() };
    let server = Running::plain(Router::new().route("/", get(async || "ok")), short).await;
    let begun = std::time::Instant::now();
    let answer = server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.ends_with("ok"), "{answer}");
    assert!(begun.elapsed() >= Duration::from_millis(100), "not cut off with the first request's time");
    server.end().await;
}

#[tokio::test]
async fn bodies_must_arrive_in_time() {
    let router = Router::new().route(
        "/",
        post(async |request: Request<Body>| match axum::body::to_bytes(request.into_body(), 1_000).await {
            Ok(body) => format!("got {}", body.len()),
            Err(_) => "gave up".to_owned(),
        }),
    );
    let short = Limits { body: Duration::from_millis(30), ..limits() };
    let server = Running::plain(router, short).await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\n";
    assert!(server.ask(&format!("{head}12345")).await.ends_with("got 5"));
    assert!(server.ask(&format!("{head}123")).await.ends_with("gave up"));
    server.end().await;
}

#[tokio::test]
async fn heads_are_bounded() {
    let server = Running::plain(Router::new().route("/", get(async || "ok")), limits()).await;
    let many: String = (0..200).map(|i| format!("X-{i}: 1\r\n")).collect();
    let answer = server.ask(&format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let long = "x".repeat(100_000);
    let answer = server.ask(&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n")).await;
    assert!(!answer.contains("200 OK"), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn requests_beyond_the_bound_get_503_and_connections_wait() {
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, waits) = (entered.clone(), go_on.clone());
    let slow = get(async move || {
        inside.notify_one();
        waits.notified().await;
        "slow"
    });
    let router = Router::new().route("/slow", slow).route("/", get(async || "quick"));
    let bounded = Limits { requests: Some(1), connections: 2, ..limits() };
    let server = Running::plain(router, bounded).await;
    let slow = tokio::spawn(ask(server.connect().await, "GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    entered.notified().await;
    let refused = server.ask(GET).await.to_lowercase();
    assert!(refused.starts_with("http/1.1 503") && refused.contains("retry-after: 1"), "{refused}");

    let _second = server.connect().await;
    while server.limits.open_connections.get() < 2 {
        tokio::task::yield_now().await;
    }
    let third = tokio::spawn(ask(server.connect().await, GET));
    go_on.notify_one();
    assert!(slow.await.unwrap().ends_with("slow"));
    assert!(third.await.unwrap().ends_with("quick"), "it was only waiting for its place");
    server.end().await;
}

#[tokio::test]
async fn a_panic_ends_its_request_alone() {
    let count = Arc::new(AtomicUsize::new(0));
    let router = Router::new().route("/", get(async || "ok")).route(
        "/panic",
        get(async move || {
            count.fetch_add(1, Ordering::Relaxed);
            if count.load(Ordering::Relaxed) > 0 {
                panic!("on purpose");
            }
        }),
    );
    let server = Running::plain(router, limits()).await;
    let both = format!("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n{GET}");
    let answer = server.ask(&both).await;
    assert!(answer.starts_with("HTTP/1.1 500") && answer.ends_with("ok"), "the connection goes on: {answer}");
    server.end().await;
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-net-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        // Written beside and renamed, so that nobody reads half of it.
        let (path, beside) = (self.0.join(name), self.0.join(format!("{name}.new")));
        fs::write(&beside, text).unwrap();
        fs::rename(&beside, &path).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An authority, and what it issues.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certificate and key for this name.
    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

fn client(
    authority: &str,
    identity: Option<&(String, String)>,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&str],
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap()).unwrap()
        }
    };
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

async fn greet(connector: &TlsConnector, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await
}

const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS12, &version::TLS13];

struct Tls {
    folder: Folder,
    authority: Authority,
    server: Running,
}

async fn tls(name: &str, asked: Option<bool>, tls13_only: bool) -> Tls {
    let folder = Folder::new(name);
    let authority = Authority::new();
    let (certificate, key) = authority.issue("localhost");
    let authorities = vec![folder.write("clients.pem", &authority.pem())];
    let files = TlsFiles {
        certificate: folder.write("cert.pem", &certificate),
        key: folder.write("key.pem", &key),
        client_certificates: match asked {
            None => ClientCertificates::NotAsked,
            Some(required) => ClientCertificates::Asked { authorities, required },
        },
        tls13_only,
    };
    let identity = TlsIdentity::load(files, Duration::from_millis(10)).unwrap();
    let router = Router::new().route(
        "/",
        get(async |secure: Option<Extension<Secure>>, certificate: Option<Extension<ClientCertificate>>| {
            let chain = certificate.map_or(0, |Extension(ClientCertificate(chain))| chain.len());
            format!("tls {} chain {chain}", secure.is_some())
        }),
    );
    let listener = Listener::tls("127.0.0.1:0".parse().unwrap(), identity).await.unwrap();
    Tls { folder, authority, server: Running::on(listener, router, limits()) }
}

#[tokio::test]
async fn tls_speaks_1_2_and_1_3_and_offers_http2() {
    let Tls { authority, server, .. } = tls("versions", None, false).await;
    for version in BOTH {
        let stream = greet(&client(&authority.pem(), None, &[version], &["http/1.1"]), server.address).await.unwrap();
        assert!(ask(stream, GET).await.ends_with("tls true chain 0"));
    }
    let stream = greet(&client(&authority.pem(), None, BOTH, &["h2", "http/1.1"]), server.address).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = hyper::client::conn::http2::handshake(
        hyper_util::rt::TokioExecutor::new(),
        hyper_util::rt::TokioIo::new(stream),
    )
    .await
    .unwrap();
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(Request::get("https://localhost/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    drop((sender, answer));
    server.end().await;
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn certificates_are_reloaded_and_bad_ones_keep_the_old() {
    let Tls { folder, authority, server } = tls("reload", None, true).await;
    let certificate_of = async |connector: &TlsConnector| {
        let stream = greet(connector, server.address).await?;
        Ok::<_, std::io::Error>(stream.get_ref().1.peer_certificates().unwrap()[0].to_vec())
    };
    let connector = client(&authority.pem(), None, BOTH, &[]);
    let old = certificate_of(&connector).await.unwrap();

    // A certificate whose key does not come along cannot be used.
    let (certificate, key) = authority.issue("localhost");
    folder.write("cert.pem", &certificate);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(certificate_of(&connector).await.unwrap(), old);

    folder.write("key.pem", &key);
    let new = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            let now = certificate_of(&connector).await.unwrap();
            if now != old {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert_eq!(new.await.unwrap(), CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap().to_vec());

    // The floor is the same as before the reload.
    let old_version = client(&authority.pem(), None, &[&version::TLS12], &[]);
    assert!(certificate_of(&old_version).await.is_err());
    server.end().await;
}

#[tokio::test]
async fn client_certificates_are_asked_for_checked_and_handed_on() {
    let Tls { authority, server, folder: _folder } = tls("clients", Some(false), false).await;
    let mine = authority.issue("app");
    let foreign = Authority::new().issue("app");
    let said = async |identity: Option<&(String, String)>| match greet(
        &client(&authority.pem(), identity, BOTH, &[]),
        server.address,
    )
    .await
    {
        Ok(stream) => ask_gently(stream).await,
        Err(_) => String::new(),
    };
    assert!(said(Some(&mine)).await.ends_with("tls true chain 1"));
    assert!(said(None).await.ends_with("tls true chain 0"));
    assert_eq!(said(Some(&foreign)).await, "");
    server.end().await;
}

#[tokio::test]
async fn required_client_certificates_are_required() {
    let Tls { authority, server, folder: _folder } = tls("required", Some(true), false).await;
    let mine = authority.issue("app");
    for (identity, expected) in [(Some(&mine), true), (None, false)] {
        let answer = match greet(&client(&authority.pem(), identity, BOTH, &[]), server.address).await {
            Ok(stream) => ask_gently(stream).await,
            Err(_) => String::new(),
        };
        assert_eq!(answer.contains("chain 1"), expected, "{answer}");
    }
    server.end().await;
}

/// As [`ask`], for a peer that may have closed already.
async fn ask_gently(mut stream: TlsStream<TcpStream>) -> String {
    let _ = stream.write_all(GET.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let folder = Folder::new("unusable");
    let authority = Authority::new();
    let (certificate, key) = authority.issue("localhost");
    let (_, other_key) = authority.issue("localhost");
    let load = |certificate: &str, key: &str| {
        let files = TlsFiles {
            certificate: folder.0.join(certificate),
            key: folder.0.join(key),
            client_certificates: ClientCertificates::NotAsked,
            tls13_only: false,
        };
        TlsIdentity::load(files, Duration::from_secs(60)).unwrap_err().to_string()
    };
    folder.write("cert.pem", &certificate);
    folder.write("key.pem", &key);
    folder.write("other.pem", &other_key);
    folder.write("empty.pem", "");
    assert!(load("none.pem", "key.pem").contains("none.pem cannot be read"));
    assert!(load("empty.pem", "key.pem").contains("empty.pem holds no certificate"));
    assert!(load("cert.pem", "cert.pem").contains("cert.pem holds no private key"));
    assert!(load("cert.pem", "other.pem").contains("cannot be used together"));
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let first = Listener::plain("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = first.address().unwrap();
    let error = Listener::plain(address).await.unwrap_err();
    assert!(error.to_string().contains(&address.to_string()));
}

#[tokio::test]
async fn a_signal_begins_the_end_and_a_second_one_hurries_it() {
    let shutdown = Shutdown::on_signals(Duration::from_secs(3_600)).unwrap();
    assert_eq!(shutdown.phase(), Phase::Running);
    let signal =
        || std::process::Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap();
    signal();
    shutdown.reached(Phase::Leaving).await;
    assert_eq!(shutdown.phase(), Phase::Leaving);
    signal();
    tokio::time::timeout(Duration::from_secs(10), shutdown.reached(Phase::Ending)).await.unwrap();
}
