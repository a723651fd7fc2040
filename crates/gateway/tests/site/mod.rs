//! A participant's site in this process: a service, a gateway before it, and what each has seen.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response, StatusCode, Uri};
use gateway::{Config, Gateway};
use http_body_util::Full;
use receiver::client::Client;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::network::{Participant, Realm, signed_request};

/// A site; its folder ends with it.
pub struct Site {
    pub gateway: Gateway,
    pub service: Service,
    pub folder: tempfile::TempDir,
    pub own: Participant,
    config: String,
    client: Client,
}

/// The service behind a gateway.
#[derive(Clone)]
pub struct Service {
    pub address: SocketAddr,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    pub reply: Arc<Mutex<(StatusCode, HeaderMap, Bytes)>>,
    /// A request waits until there is one.
    pub turns: Arc<Semaphore>,
}

/// A request that came through.
pub struct Seen {
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Service {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let reply = (StatusCode::OK, HeaderMap::new(), Bytes::from_static(b"{\"ack\": true}"));
        let service = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            reply: Arc::new(Mutex::new(reply)),
            turns: Arc::new(Semaphore::new(1_000)),
        };
        let router = Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        service
    }

    pub fn seen(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub fn replies_with(&self, name: &'static str, value: &str) {
        self.reply.lock().unwrap().1.insert(name, value.parse().unwrap());
    }
}

async fn answer(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Bytes) {
    service.seen.lock().unwrap().push(Seen { target: uri.to_string(), headers, body });
    service.turns.acquire().await.unwrap().forget();
    service.reply.lock().unwrap().clone()
}

/// An address that nobody listens on.
pub fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What a gateway of this participant is told; `more` is put at its end.
pub fn config(realm: &Realm, own: &Participant, key: &Path, folder: &Path, more: &str) -> String {
    let (url, log) = (realm.url(), realm.log_key());
    let (id, origin, client, profile) = (&own.id, own.origin(), own.client_id(), &own.profile.name);
    let file = folder.join("own.json");
    let is_own = signing::Profile::find(profile).is_none();
    if is_own {
        std::fs::write(&file, serde_json::to_string(&own.profile).unwrap()).unwrap();
    }
    let profile = if is_own { file.display().to_string() } else { profile.clone() };
    let (algorithm, kid) = (own.key.algorithm().name(), own.key.kid());
    let (key, folder) = (key.display(), folder.display());
    format!(
        r#"
[server]
realm = "{url}"
client_id = "{client}"
client_secret = {{ env = "SECRET" }}
logs = ["{log}"]

[role]
id = "{id}"
origin = "{origin}"
profile = "{profile}"
keys = [{{ file = "{key}", kid = "{kid}", algorithm = "{algorithm}" }}]

[receipts]
directory = "{folder}/receipts"

{more}
"#
    )
}

impl Site {
    /// A gateway with a section `[inbound]`, of which `inbound` are further lines, and then `more`.
    pub async fn start(realm: &Realm, own: &Participant, inbound: &str, more: &str) -> Self {
        let service = Service::start().await;
        let upstream = service.address;
        let listen = match inbound.contains("listen") {
            true => String::new(),
            false => "listen = \"127.0.0.1:0\"".to_owned(),
        };
        let more = format!("[inbound]\nupstream = \"http://{upstream}\"\n{listen}\n{inbound}\n{more}");
        Self::with(realm, own, &more, service).await
    }

    /// A gateway with these sections.
    pub async fn with(realm: &Realm, own: &Participant, more: &str, service: Service) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key.pem");
        std::fs::write(&key, &own.pem).unwrap();
        let more = more.replace("FOLDER", &folder.path().display().to_string());
        let config = config(realm, own, &key, folder.path(), &more);
        let gateway = begin(&config, own).await;
        Self { gateway, service, folder, own: own.clone(), config, client: Client::new(None).unwrap() }
    }

    /// The same as [`Self::with`], with lines in the place of `[server]`.
    pub async fn trusting(realm: &Realm, own: &Participant, more: &str, server: &str) -> Self {
        let mut site = Self::with(realm, own, more, Service::start().await).await;
        site.config = site.config.replace("[server]", server);
        site.restart().await
    }

    /// A gateway with a participant's client and key that takes itself for another role.
    pub async fn start_as(realm: &Realm, own: &Participant, id: &str, more: &str) -> Self {
        let site = Self::start(realm, own, "", more).await;
        let (right, wrong) = (format!("\nid = \"{}\"", own.id), format!("\nid = \"{id}\""));
        site.told(&right, &wrong).await
    }

    /// The same again, told otherwise.
    pub async fn told(mut self, before: &str, now: &str) -> Self {
        self.config = self.config.replacen(before, now, 1);
        self.restart().await
    }

    /// The same again, on the same disk.
    pub async fn restart(self) -> Self {
        self.gateway.stop().await;
        let gateway = begin(&self.config, &self.own).await;
        Self { gateway, ..self }
    }

    pub fn inbound(&self) -> SocketAddr {
        self.gateway.inbound.unwrap()
    }

    /// A signed request of another participant.
    pub fn signed(&self, realm: &Realm, from: &Participant, target: &str, body: &[u8]) -> Request<Full<Bytes>> {
        let (name, value) = signed_request(from, &self.own, "POST", target, body, realm.now_ms() / 1000);
        let token = realm.token(from, |_| ());
        Request::post(format!("http://{}{target}", self.inbound()))
            .header("authorization", format!("Bearer {token}"))
            .header(name, value)
            .body(Full::new(Bytes::copy_from_slice(body)))
            .unwrap()
    }

    pub async fn call(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        self.client.call(request, 10_000_000, Duration::from_secs(20)).await.unwrap()
    }

    /// What the local application gets for a request to another participant.
    pub async fn send(&self, path: &str, body: &[u8]) -> Response<Bytes> {
        let address = self.gateway.outbound.unwrap();
        let body = Full::new(Bytes::copy_from_slice(body));
        self.call(Request::post(format!("http://{address}{path}")).body(body).unwrap()).await
    }

    /// All receipts on disk.
    pub fn receipts(&self) -> Vec<Value> {
        let files = std::fs::read_dir(self.folder.path().join("receipts")).unwrap();
        let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        texts
            .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
            .collect()
    }

    pub fn spooled(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path().join("spool")).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }
}

async fn begin(config: &str, own: &Participant) -> Gateway {
    let config = Config::parse(config, |_| Some(own.secret())).unwrap();
    Gateway::start(config).await.unwrap()
}

/// Status and code of a refusal.
pub fn refused(reply: &Response<Bytes>) -> (u16, String) {
    let body: Value = serde_json::from_slice(reply.body()).unwrap();
    (reply.status().as_u16(), body["code"].as_str().unwrap().to_owned())
}
