//! `witness`: cosigns the checkpoints of logs that it knows, and of each only such as go on from the last
//! [C2SP-tlog-witness]. What it must be trusted for is that alone, so it is small: one route, one file for each log.

mod follow;
mod key;
mod server;
mod state;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::clock::Clock;
use ledger::key::KeyType;
use ledger::{Signer, VerifierKey};

use crate::commands::Failure;
use crate::net::{self, Limits, Listener, Shutdown};
use follow::Following;

pub use key::open as open_key;
pub use server::router;
pub use state::State;

/// What a witness is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessRequest {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The folder with what it cosigned last.
    pub state: PathBuf,
    /// Its key's file, made where there is none.
    pub key: PathBuf,
    /// Its name in cosignatures.
    pub name: String,
    /// The keys of the logs that it knows.
    pub logs: Vec<String>,
    /// Where logs are whose keys are to be followed by those to which they hand over: URLs, with `/evidence`.
    pub follow: Vec<String>,
    /// PEM files of authorities beside the system's, for calls there.
    pub authorities: Vec<PathBuf>,
}

/// A witness at work.
#[derive(Debug)]
pub struct Witness {
    signer: Signer,
    /// By their origins.
    logs: BTreeMap<String, Log>,
    state: State,
    following: Following,
}

/// A log that is known.
#[derive(Debug)]
struct Log {
    /// The keys that the witness was started with.
    given: Vec<VerifierKey>,
    /// Those that count.
    keys: RwLock<Vec<VerifierKey>>,
}

impl Log {
    fn keys(&self) -> Vec<VerifierKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, keys: Vec<VerifierKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }
}

/// Connections at once: logs are few, and ask seldom.
const CONNECTIONS: usize = 256;
const SHUTDOWN: Duration = Duration::from_secs(5);

impl Witness {
    /// Opens state and key.
    ///
    /// # Errors
    /// A sentence for the terminal.
    pub fn open(request: &WitnessRequest) -> Result<Self, Failure> {
        let given: Vec<VerifierKey> = request.logs.iter().map(|text| log(text)).collect::<Result<_, _>>()?;
        let following = Following::of(&request.follow, &request.authorities, request.state.clone())?;
        // The state first: while another process has it, no key is made either.
        let state = State::open(&request.state)?;
        let mut logs = BTreeMap::new();
        for origin in given.iter().map(VerifierKey::name) {
            let given: Vec<VerifierKey> = given.iter().filter(|key| key.name() == origin).cloned().collect();
            let keys = RwLock::new(following.known(&given)?);
            logs.insert(origin.to_owned(), Log { given, keys });
        }
        Ok(Self { signer: key::open(&request.key, &request.name)?, logs, state, following })
    }

    /// The key that its cosignatures are verified with, as text.
    #[must_use]
    pub fn verifier(&self) -> String {
        self.signer.verifier().to_string()
    }
}

fn log(text: &str) -> Result<VerifierKey, Failure> {
    let key = VerifierKey::parse(text).map_err(|error| format!("--log={text}: {error}"))?;
    match key.kind() {
        KeyType::Ed25519 | KeyType::MlDsaCosignature => Ok(key),
        KeyType::Cosignature => Err(format!("--log={text}: this is a witness's key, not a log's").into()),
    }
}

/// Serves until a signal ends it; `ready` hears the address once requests are taken.
///
/// # Errors
/// A sentence for the terminal: the address can't be listened on.
pub async fn serve(
    witness: Witness,
    listen: SocketAddr,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Failure> {
    let listener = Listener::plain(listen).await?;
    ready(listener.address()?);
    let limits = Limits::new(CONNECTIONS, Some(CONNECTIONS), SHUTDOWN);
    net::serve(vec![listener], router(Arc::new(witness), clock), limits, shutdown).await;
    Ok(())
}
