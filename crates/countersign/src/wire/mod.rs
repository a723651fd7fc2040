//! Puts the server together: from the configuration to the store, the protocol and the router.
//!
//! Everything is made here once and handed down; nothing below looks for its parts itself.

mod edge;
mod outbound;
mod public;
mod router;
mod store;

use std::sync::Arc;

use domain::Core;
use domain::clock::SystemClock;
use oidc::Oidc;
use web::App;

use crate::commands::Failure;
use crate::config::Config;
use crate::outbound::{Outbound, Rules};

pub use router::router;

/// Opens the store, and puts the machine's clock and the guarded HTTP client beside it.
///
/// # Errors
/// A sentence for the operator: the store cannot be opened, or not with this master key.
pub async fn core(config: &Config) -> Result<Arc<Core>, Failure> {
    let key = store::key_source(&config.master_key)?;
    let store = ::store::Store::open(&store::database(&config.database), &key).await?;
    let outbound = Outbound::new(Rules {
        allowed_networks: config.outbound_allowed_networks.clone(),
        authorities: config.truststore_paths.clone(),
        ..Rules::default()
    });
    let core =
        Core::new(store, Arc::new(SystemClock), Arc::new(outbound)).map_err(|_| "the system has no randomness")?;
    Ok(Arc::new(core.remembering(config.data_dir.join(HEADS))))
}

/// The folder in the data directory where the heads of ledgers are remembered.
const HEADS: &str = "ledger-heads";

/// The state of the handlers.
pub fn app(config: &Config, core: Arc<Core>) -> App {
    App::new(Oidc::new(core), public::public(config))
}

#[cfg(test)]
mod tests;
