//! The whole server in this process.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use countersign::config::environment::Environment;
use countersign::config::setting::Command;
use countersign::config::{Config, Values, resolve, settings};
use countersign::management::Metrics;
use countersign::net::{self, Limits, Listener, Phase, Shutdown};
use countersign::wire;
use domain::Core;
use domain::clock::ManualClock;
use model::Document;
use serde_json::{Value, json};
use store::db;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::ask::Ask;
use crate::browser::Browser;
use crate::client::Client;
use crate::hands::Hands;
use crate::outside::Outside;
use crate::place::{Engine, Place};
use crate::realm_keys;
use crate::reply::Reply;

/// The second at which tests begin.
pub const NOW: i64 = 1_800_000_000;
/// Where the server is to be found, unless the test says otherwise.
pub const BASE: &str = "https://id.example";

/// How a server is to be.
pub struct Setup {
    engine: Engine,
    settings: Vec<(&'static str, String)>,
    realms: Vec<Value>,
    master: bool,
    remembers: bool,
    place: Option<Arc<Place>>,
}

impl Setup {
    /// A server with the realm of an area: `it/<area>/realm.json`.
    pub fn of(area: &str) -> Self {
        Self::empty().realm(read_realm(&format!("{area}/realm.json")))
    }

    /// A server without a realm.
    pub fn empty() -> Self {
        Self {
            engine: Engine::Sqlite,
            settings: Vec::new(),
            realms: Vec::new(),
            master: false,
            remembers: false,
            place: None,
        }
    }

    /// One realm more.
    #[must_use]
    pub fn realm(mut self, realm: Value) -> Self {
        self.realms.push(realm);
        self
    }

    /// A second realm like the first, with keys and sessions of its own.
    #[must_use]
    pub fn twin(mut self, name: &str) -> Self {
        let mut twin = self.realms[0].clone();
        twin["realm"] = json!(name);
        self.realms.push(twin);
        self
    }

    /// Changes the first realm's file.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.realms[0]);
        self
    }

    /// The realm `master` and its administrator `root`, whose password is `root`.
    #[must_use]
    pub fn master(mut self) -> Self {
        self.master = true;
        self
    }

    /// On a store that is there already, with the realms that it has.
    #[must_use]
    pub fn at(mut self, place: Arc<Place>) -> Self {
        self.place = Some(place);
        self
    }

    /// The heads of ledgers remembered in a directory beside the store's.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.remembers = true;
        self
    }

    /// Another store.
    #[must_use]
    pub fn on(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// A setting as on the command line; "" leaves out one that the tests give.
    #[must_use]
    pub fn setting(mut self, name: &'static str, value: &str) -> Self {
        self.settings.retain(|(n, _)| *n != name);
        self.settings.push((name, value.to_owned()));
        self
    }

    /// Starts it; `None` where there is no such store.
    pub async fn try_start(self) -> Option<Server> {
        let place = match self.place {
            Some(place) => place,
            None => Arc::new(Place::new(self.engine)?),
        };
        let clock = Arc::new(ManualClock::at(NOW * 1000));
        let outside = Arc::new(Outside::default());
        let config = config(&self.settings);
        let store = place.open(&place.config).await;
        let core = Core::new(store, Arc::clone(&clock) as _, Arc::clone(&outside) as _).expect("randomness");
        let core = Arc::new(if self.remembers { core.remembering(place.heads()) } else { core });
        if self.master {
            import(&core, 2, master_file()).await;
        }
        for (n, realm) in self.realms.iter().enumerate() {
            let name = realm["realm"].as_str().unwrap_or_default();
            if store::realms::find(&core.store, name).await.expect("reads").is_none() {
                import(&core, n, realm.clone()).await;
            }
        }
        let router = router(&config, &core);
        Some(Server { router, core, clock, outside, config, place, realms: Arc::new(self.realms) })
    }

    /// Starts it.
    pub async fn start(self) -> Server {
        self.try_start().await.expect("the store is there")
    }
}

/// A node in this process.
#[derive(Clone)]
pub struct Server {
    router: Router,
    /// Its core: store, clock, pools.
    pub core: Arc<Core>,
    /// The clock; tests move it.
    pub clock: Arc<ManualClock>,
    /// The world outside.
    pub outside: Arc<Outside>,
    config: Config,
    /// Where its store is.
    pub place: Arc<Place>,
    realms: Arc<Vec<Value>>,
}

impl Server {
    /// A server with the realm of an area.
    pub async fn start(area: &str) -> Self {
        Setup::of(area).start().await
    }

    /// Another node on the same store, which it may reach by another way.
    pub async fn node(&self, way: Option<&db::Config>) -> Self {
        let store = self.place.open(way.unwrap_or(&self.place.config)).await;
        let core = Core::new(store, Arc::clone(&self.clock) as _, Arc::clone(&self.outside) as _).expect("randomness");
        let core = Arc::new(core);
        Self { router: router(&self.config, &core), core, ..self.clone() }
    }

    /// The same node after a new start: nothing is left in its memory but what it keeps in files, if they are there.
    pub fn restarted(&self) -> Self {
        let store = self.core.store.clone();
        let core = Core::new(store, Arc::clone(&self.clock) as _, Arc::clone(&self.outside) as _).expect("randomness");
        let remembers = self.place.heads().exists();
        let core = Arc::new(if remembers { core.remembering(self.place.heads()) } else { core });
        Self { router: router(&self.config, &core), core, ..self.clone() }
    }

    /// Asks, and reads the answer. A request that HTTP itself forbids is answered 400, as the listener would.
    pub async fn ask(&self, ask: Ask) -> Reply {
        let Some(request) = ask.into_request() else {
            return Reply { status: 400, headers: axum::http::HeaderMap::new(), body: String::new() };
        };
        Reply::read(self.router.clone().oneshot(request).await.expect("an answer")).await
    }

    /// Asks, and reads the answer's octets.
    pub async fn octets(&self, ask: Ask) -> Vec<u8> {
        let request = ask.into_request().expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200);
        axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec()
    }

    /// Answers on a socket as well, for as long as the other value lives.
    pub async fn listen(&self) -> (SocketAddr, watch::Sender<Phase>) {
        let listener = Listener::plain(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let address = listener.address().expect("an address");
        let (end, shutdown) = Shutdown::by_hand();
        let limits = Limits::new(16, None, Duration::from_secs(1));
        tokio::spawn(net::serve(vec![listener], self.router.clone(), limits, shutdown));
        (address, end)
    }

    /// The name of the first realm.
    pub fn realm(&self) -> &str {
        self.realms[0]["realm"].as_str().expect("a name")
    }

    /// The first realm's issuer.
    pub fn issuer(&self) -> String {
        format!("{BASE}/realms/{}", self.realm())
    }

    /// A path of the protocol in the first realm.
    pub fn path(&self, endpoint: &str) -> String {
        format!("/realms/{}/protocol/openid-connect/{endpoint}", self.realm())
    }

    /// A client of the first realm.
    pub fn client(&self, id: &str) -> Client<'_> {
        self.client_of(self.realm(), id)
    }

    /// A client of any realm, with the secret of its file.
    pub fn client_of(&self, realm: &str, id: &str) -> Client<'_> {
        let file = self.realms.iter().find(|r| r["realm"] == realm);
        let clients = file.and_then(|f| f["clients"].as_array()).map(Vec::as_slice).unwrap_or_default();
        let secret = clients.iter().find(|c| c["clientId"] == id).and_then(|c| c["secret"].as_str());
        Client::new(self, realm, id, secret)
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// Changes what is stored in the first realm.
    pub fn hands(&self) -> Hands<'_> {
        Hands::new(self, self.realm())
    }

    /// Changes what is stored in a realm.
    pub fn hands_in<'a>(&'a self, realm: &'a str) -> Hands<'a> {
        Hands::new(self, realm)
    }

    /// An administrator's token: that of `root` in `master`.
    pub async fn admin_token(&self) -> String {
        self.client_of("master", "admin-cli").password("root", "root").await.access
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }
}

fn config(given: &[(&'static str, String)]) -> Config {
    let mut all = vec![("hostname", BASE.to_owned()), ("http-enabled", "true".to_owned())];
    all.retain(|(name, _)| !given.iter().any(|(n, _)| n == name));
    all.extend(given.iter().filter(|(_, value)| !value.is_empty()).cloned());
    let arguments = all.into_iter().map(|(name, value)| (settings::find(name).expect(name), value)).collect();
    let values = Values::gather(Command::Start, arguments, &Environment::default(), None);
    resolve(&values).unwrap_or_else(|problems| panic!("{problems:?}")).config
}

fn router(config: &Config, core: &Arc<Core>) -> Router {
    wire::router(config, wire::app(config, Arc::clone(core)), &Metrics::new())
}

async fn import(core: &Arc<Core>, n: usize, mut realm: Value) {
    let components = realm["components"].as_object().cloned().unwrap_or_default();
    realm["components"] = Value::Object(components);
    realm["components"]["org.keycloak.keys.KeyProvider"] = realm_keys::providers(n);
    if realm["realm"] == "master" {
        admin::bootstrap::master_realm(core).await.expect("a master realm");
        admin::bootstrap::user(core, "root", "root").await.expect("an administrator");
        return;
    }
    admin::import::realm(core, Document::from_value(realm)).await.expect("imports");
}

fn master_file() -> Value {
    json!({"realm": "master"})
}

/// A realm file of the tests.
pub(crate) fn read_realm(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it").join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
