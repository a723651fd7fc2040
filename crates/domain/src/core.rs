//! What every operation stands on: the store, the clock, the pools, and what is kept of the store in memory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jose::SigningKey;
use ledger::tile::{Tile, Way};
use quick_cache::sync::Cache;
use registry::Role;
use store::Store;
use tokio::sync::{Notify, Semaphore};

use crate::clock::Clock;
use crate::credentials::Hasher;
use crate::network::asked::Asked;
use crate::network::failures::Failures;
use crate::network::heads::{Newest, SeenHeads};
use crate::network::ledger_keys;
use crate::network::placed::{Leaf, PLACED};
use crate::network::remembered::Remembered;
use crate::network::roles::ROLES;
use crate::network::sequencer::SIGNERS;
use crate::network::standing::{NOT_NOW, Standing};
use crate::network::tiles::{Part, TILES, WAYS};
use crate::plan::{Fresh, Plan, Plans};
use crate::ports::Outbound;
use crate::signers::Signers;
use crate::users::Person;
use crate::writes::Notice;
use crate::{Fault, Result, ids};

/// The server's state. Nothing in it but caches and pools: what counts is in the store.
pub struct Core {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Requests to addresses that others chose.
    pub outbound: Arc<dyn Outbound>,
    /// Password hashing, bounded.
    pub hasher: Hasher,
    plans: Plans,
    pub(crate) people: Cache<(String, String), Arc<Person>>,
    /// Participant roles by realm and id, as of the end of their chain.
    pub(crate) roles: Cache<(String, String), Arc<Role>>,
    /// Keys, by ledger and kid, that are known to stand in a checkpoint.
    pub(crate) entered: Cache<(String, String), ()>,
    pub(crate) ledger_signers: Cache<String, Arc<ledger_keys::Signers>>,
    /// When timestamps of ledgers were last to be renewed.
    pub(crate) renewals: Cache<String, i64>,
    /// Messages that were recorded by this node a while ago or less, by what replays are told by.
    pub(crate) recent: Cache<[u8; 32], ()>,
    /// The newest checkpoints by ledger, as they were read last.
    pub(crate) checkpoints: Cache<String, Newest>,
    /// Until when this node holds ledgers' leases, in milliseconds.
    pub(crate) leases: Cache<String, i64>,
    /// Leaves of entries that have their index, by their ids.
    pub(crate) placed: Cache<String, Arc<Leaf>>,
    /// Tiles, by their widths.
    pub(crate) tiles: Cache<Part, Arc<Tile>>,
    /// Ways within full tiles, by where they begin.
    pub(crate) ways: Cache<Part, Arc<Way>>,
    /// Whether ledgers take new entries, and when that was found.
    pub(crate) standings: Cache<String, (i64, Standing)>,
    /// Heads of ledgers that others saw, as they are shown, and as of what.
    pub(crate) shown_heads: Cache<String, (String, Arc<SeenHeads>)>,
    /// The oldest entry of a ledger that waits for its index, and since when this node sees it wait.
    pub(crate) waiting: Cache<String, (i64, i64)>,
    /// The heads of ledgers that this node signed or saw.
    pub(crate) remembered: Remembered,
    /// Ledgers whose newest outside time was found too old, by the last look; None where it found no open ledger.
    pub(crate) late: Mutex<Option<Vec<String>>>,
    /// Whom outside times were asked of.
    pub(crate) asked: Asked,
    /// How many entries with records that can't be read got an index, by their ledger's origin.
    pub(crate) unreadable: Mutex<BTreeMap<String, u64>>,
    pub(crate) failures: Failures,
    pub(crate) sequencer: Notify,
    /// What this process is called among those that share the store.
    pub(crate) node: String,
    signers: Signers,
    working: Arc<Semaphore>,
    /// Bundles that are put together at once: each may take some hundred MiB.
    bundles: Semaphore,
    notices: Arc<Semaphore>,
}

/// Messages that are known to be recorded, at most.
const RECENT: usize = 10_000;
/// Bundles that are put together at once; others wait.
const BUNDLES: usize = 2;
/// How long they wait.
const BUNDLE_PATIENCE: Duration = Duration::from_secs(10);
/// People kept in memory, at most.
const PEOPLE: usize = 700;
/// Hashes waiting for a free core, at most: beyond, a login is told to come back in a moment.
const HASHES_WAITING: usize = 512;
/// Notices on their way to clients, at most; more are dropped and logged.
const NOTICES: usize = 256;

impl Core {
    /// A core on a store, with as many RSA signatures and hashes at once as there are cores.
    ///
    /// # Errors
    /// When the system has no randomness: nothing of this server works then.
    pub fn new(store: Store, clock: Arc<dyn Clock>, outbound: Arc<dyn Outbound>) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self {
            store,
            clock,
            outbound,
            hasher: Hasher::new(cores, HASHES_WAITING),
            plans: Plans::default(),
            people: Cache::new(PEOPLE),
            roles: Cache::new(ROLES),
            entered: Cache::new(SIGNERS * 4),
            ledger_signers: Cache::new(SIGNERS),
            renewals: Cache::new(SIGNERS),
            recent: Cache::new(RECENT),
            checkpoints: Cache::new(SIGNERS),
            leases: Cache::new(SIGNERS),
            placed: Cache::new(PLACED),
            tiles: Cache::new(TILES),
            ways: Cache::new(WAYS),
            standings: Cache::new(SIGNERS),
            shown_heads: Cache::new(SIGNERS),
            waiting: Cache::new(SIGNERS),
            remembered: Remembered::default(),
            late: Mutex::default(),
            asked: Asked::default(),
            unreadable: Mutex::default(),
            failures: Failures::default(),
            sequencer: Notify::new(),
            node: ids::uuid()?,
            signers: Signers::start(cores),
            working: Arc::new(Semaphore::new(cores)),
            bundles: Semaphore::new(BUNDLES),
            notices: Arc::new(Semaphore::new(NOTICES)),
        })
    }

    /// Remembers the heads of ledgers in files of a directory, so that a store that was set back is not signed.
    #[must_use]
    pub fn remembering(mut self, directory: PathBuf) -> Self {
        self.remembered = Remembered::within(directory);
        self
    }

    /// Remembers a message by its trace, and says whether it was remembered before: then it is worth a look whether it is on
    /// record.
    pub fn remember_recent(&self, trace: &[u8; 32]) -> bool {
        let is_known = self.recent.get(trace).is_some();
        if !is_known {
            self.recent.insert(*trace, ());
        }
        is_known
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        self.clock.now_ms() / 1000
    }

    /// The plan of a realm; None when there is no such realm.
    pub async fn plan(&self, realm: &str, fresh: Fresh) -> Result<Option<Arc<Plan>>> {
        self.plans.find(&self.store, realm, fresh, self.clock.now_ms()).await
    }

    /// Runs work that signs with these keys. RSA goes to threads of its own, a core's worth at a time, so that cheap
    /// requests don't wait behind it; work that signs twice pays for the way there once.
    pub async fn signing<T, F>(&self, keys: &[&SigningKey], work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        match keys.iter().any(|key| key.algorithm().kty() == jose::KeyType::Rsa) {
            true => self.signers.run(work).await,
            false => work(),
        }
    }

    /// Runs work that takes a while, such as making an RSA key, on a thread of its own.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _permit = self.working.acquire().await.map_err(Fault::new)?;
        Ok(tokio::task::spawn_blocking(work).await.map_err(Fault::new)?)
    }

    /// Waits a little for a turn to put a bundle together; it ends when what is given is dropped.
    ///
    /// # Errors
    /// 503 where others have all turns for long.
    pub async fn bundle_turn(&self) -> Result<impl Drop + '_> {
        match tokio::time::timeout(BUNDLE_PATIENCE, self.bundles.acquire()).await {
            Ok(turn) => Ok(turn.map_err(Fault::new)?),
            Err(_) => Err(NOT_NOW.describe("Others have bundles made: ask again in a moment").into()),
        }
    }

    /// Sends a notice to a client, in the background; what fails is logged.
    pub(crate) fn notify(&self, notice: Notice) {
        let Ok(permit) = Arc::clone(&self.notices).try_acquire_owned() else {
            tracing::warn!(url = without_query(&notice.url), "too many notices on their way; this one is dropped");
            return;
        };
        let outbound = Arc::clone(&self.outbound);
        tokio::spawn(async move {
            match outbound.post_form(&notice.url, &notice.form).await {
                Ok(status) if (200..300).contains(&status) => {}
                Ok(status) => tracing::warn!(url = without_query(&notice.url), status, "a client refused a notice"),
                Err(error) => tracing::warn!(url = without_query(&notice.url), %error, "a client could not be reached"),
            }
            drop(permit);
        });
    }
}

/// A URL as logs may hold it: queries of clients' URLs can carry secrets.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// What a request brought besides its parameters.
#[derive(Clone, Debug, Default)]
pub struct RequestFacts {
    /// Scheme, host and path prefix that public URLs begin with, without a slash at the end.
    pub base: String,
    /// Where the request came from.
    pub ip: String,
    /// Whether it came over TLS, to us or to the proxy in front.
    pub secure: bool,
    /// The request's id, for logs and error pages.
    pub id: String,
    /// The client's certificate (DER), checked by TLS or handed on by the proxy.
    pub certificate: Option<Vec<u8>>,
}
