//! `witness`: cosigns the checkpoints of logs that it knows, and of each only such as go on from the last
//! [C2SP-tlog-witness]. What it must be trusted for is that alone, so it is small: one route, one file for each log.

mod key;
mod server;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use ledger::key::KeyType;
use ledger::{Signer, VerifierKey};

use crate::commands::Failure;
use crate::net::{self, Limits, Listener, Shutdown};

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
}

/// A witness at work.
#[derive(Debug)]
pub struct Witness {
    signer: Signer,
    logs: Vec<VerifierKey>,
    state: State,
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
        let logs: Result<Vec<VerifierKey>, Failure> = request.logs.iter().map(|text| log(text)).collect();
        // The state first: while another process has it, no key is made either.
        let state = State::open(&request.state)?;
        Ok(Self { signer: key::open(&request.key, &request.name)?, logs: logs?, state })
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
