//! A core on an empty store, and the realm files of the examples.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::clock::ManualClock;
use domain::ports::NoOutbound;
use domain::{Core, Error, Fresh, Plan};
use model::Document;
use store::db::Config;
use store::{KeySource, MasterKey, Store};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The moment at which tests happen, in milliseconds.
pub(crate) const NOW_MS: i64 = 1_800_000_000_000;

/// A core on a store of its own, which goes with it.
pub(crate) struct Place {
    pub(crate) core: Arc<Core>,
    pub(crate) clock: Arc<ManualClock>,
    directory: PathBuf,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let name = format!("admin_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = Config::Sqlite { path: directory.join("store.db") };
        let key = KeySource::Given(MasterKey::from_bytes(&[7; 32]).expect("a key"));
        let store = Store::open(&config, &key).await.expect("opens");
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let core = Core::new(store, Arc::<ManualClock>::clone(&clock), Arc::new(NoOutbound)).unwrap();
        Self { core: Arc::new(core), clock, directory }
    }

    pub(crate) async fn with_master() -> Self {
        let place = Self::new().await;
        assert!(admin::bootstrap::master_realm(&place.core).await.expect("a master realm"));
        place
    }

    pub(crate) async fn plan(&self, realm: &str) -> Arc<Plan> {
        self.core.plan(realm, Fresh::Now).await.expect("a store").expect("a realm")
    }

    pub(crate) async fn has_realm(&self, realm: &str) -> bool {
        self.core.plan(realm, Fresh::Now).await.expect("a store").is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A file of the repository that holds a realm.
pub(crate) fn realm_file(path: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    Document::parse(&std::fs::read_to_string(path).expect("a file")).expect("a realm")
}

pub(crate) fn cochrane() -> Document {
    realm_file("examples/realms/cochrane.json")
}

pub(crate) fn document(value: serde_json::Value) -> Document {
    Document::from_value(value)
}

/// The status and text of a refusal.
pub(crate) fn refused<T>(result: domain::Result<T>) -> (u16, String) {
    match result {
        Err(Error::Refused(refused)) => (refused.refusal.status, admin::refusals::body(&refused.refusal).to_string()),
        Err(other) => panic!("not a refusal: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}
