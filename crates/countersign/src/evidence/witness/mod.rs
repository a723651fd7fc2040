//! `witness`: cosigns the checkpoints of logs that it knows, and of each only such as go on from the last
//! [C2SP-tlog-witness]. What it must be trusted for is that alone, so it is small: one route, one file for each log.

mod follow;
mod key;
mod server;
mod state;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// The second in which it was last said that a note of it was signed by none of them.
    told: AtomicU64,
}

impl Log {
    fn keys(&self) -> Vec<VerifierKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it is time to say again that a note was unsigned: anybody can send such.
    fn may_tell(&self, now: u64) -> bool {
        let told = self.told.load(Ordering::Relaxed);
        now.abs_diff(told) >= TELL_EVERY
            && self.told.compare_exchange(told, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn set(&self, keys: Vec<VerifierKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }
}

/// Seconds between two lines of the log about one ledger's unsigned notes.
const TELL_EVERY: u64 = 60;
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
            logs.insert(origin.to_owned(), Log { given, keys, told: AtomicU64::new(0) });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_log_that_sends_unsigned_notes_again_and_again_it_is_said_once_in_a_minute() {
        let log = Log { given: Vec::new(), keys: RwLock::default(), told: AtomicU64::new(0) };
        let told = (1_000_u64..1_300).filter(|second| log.may_tell(*second)).collect::<Vec<_>>();
        assert_eq!(told, [1_000, 1_060, 1_120, 1_180, 1_240]);
        assert!(!log.may_tell(1_240), "in the same second");
        assert!(log.may_tell(100), "a clock that was set back silences nobody for long");
    }
}
