//! `start` and `start-dev`: from a configuration to a server that answers, and to its end.
//!
//! The order: the files to import are looked for, the sockets opened with their certificates; only then the store, whose
//! schema is brought up to date; the realm `master`, the realms to import, the first administrator; then requests are
//! taken and the banner is shown. A wrong path, a port in use or a broken realm file so shows before anyone relies on the
//! server, and before a password is made up that only the banner tells.
//! Nothing on the way grows with the number of realms there are, but a look at the ledgers, which has two seconds.

mod greeting;
mod sockets;

use std::sync::Arc;
use std::time::Duration;

use domain::Core;

use super::{administrator, import};
use crate::commands::Failure;
use crate::config::Config;
use crate::management::{Check, Complaints, Ledgers, Management, Metrics, Readiness};
use crate::net::{self, Limits, Shutdown};
use crate::{cli, jobs, wire};
use greeting::Greeting;
use sockets::Sockets;

pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    let shutdown = Shutdown::on_signals(config.http.shutdown_delay)?;
    let files = import::files(&config)?;
    let sockets = Sockets::open(&config).await?;
    let core = wire::core(&config).await?;
    administrator::ensure_master(&core).await?;
    let realms = import::at_start(&core, &files).await?;
    let first = administrator::at_start(&config, &core).await?;
    let greeting = Greeting { base_url: sockets.base_url(&config)?, management_url: sockets.management_url(&config)? };
    look_at_ledgers(&core).await;
    let jobs = jobs::begin(&core);
    let served = tokio::spawn(answer(config.clone(), Arc::clone(&core), sockets, shutdown.clone()));
    tracing::info!(url = greeting.base_url, version = env!("CARGO_PKG_VERSION"), "ready");
    if config.development {
        cli::show(&greeting.render(first.as_ref(), &realms));
    }
    served.await?;
    jobs.end().await;
    if let Err(error) = core.release_ledgers().await {
        tracing::warn!(?error, "the leases of ledgers end by themselves");
    }
    tracing::info!("ended");
    Ok(())
}

/// Looks at the ledgers before anybody is answered, but not for long: witnesses may have to be asked.
async fn look_at_ledgers(core: &Core) {
    match tokio::time::timeout(FIRST_LOOK, core.look_at_ledgers()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(?error, "the ledgers can't be looked at"),
        Err(_) => tracing::warn!("the ledgers are looked at while the server answers: who is asked of them is slow"),
    }
}

/// Answers on all sockets until the end.
async fn answer(config: Config, core: Arc<Core>, sockets: Sockets, shutdown: Shutdown) {
    let metrics = Metrics::new();
    let http = &config.http;
    let mut limits = Limits::new(http.max_connections, http.max_requests, http.shutdown_timeout);
    limits.open_connections = metrics.open_connections.clone();
    let router = wire::router(&config, wire::app(&config, Arc::clone(&core)), &metrics);
    let public = net::serve(sockets.public, router, limits, shutdown.clone());
    let (Some(listener), Some(management)) = (sockets.management, &config.management) else {
        return public.await;
    };
    let management = Management {
        relative_path: management.relative_path.clone(),
        readiness: management
            .health
            .then(|| Readiness::new(database_check(Arc::clone(&core)), shutdown.clone()).and_ledgers(ledgers(core))),
        metrics: management.metrics.then_some(metrics),
    };
    let limits = Limits::new(MANAGEMENT_CONNECTIONS, None, http.shutdown_timeout);
    tokio::join!(public, net::serve(vec![listener], management.router(), limits, shutdown));
}

fn database_check(core: Arc<Core>) -> Check {
    Arc::new(move || {
        let core = Arc::clone(&core);
        Box::pin(async move { core.store.health().await.map_err(|cause| cause.to_string()) })
    })
}

fn ledgers(core: Arc<Core>) -> Ledgers {
    Arc::new(move || {
        core.has_ledgers().then(|| {
            let refused = core.refused_ledgers().into_iter().chain(core.overdue_ledgers()).collect();
            Complaints { refused, late: core.late_ledgers() }
        })
    })
}

/// A start waits so long for what speaks against a ledger.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// Probes and scrapers: a handful at once.
const MANAGEMENT_CONNECTIONS: usize = 64;
