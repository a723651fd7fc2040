//! A gateway as a whole: begun, at work, ended.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use receiver::clock::system_clock;
use receiver::{Receipts, Receiver};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::field::display;

use crate::config::{Config, seconds};
use crate::disk::Disk;
use crate::health::Health;
use crate::inbound::Inbound;
use crate::listen::Listener;
use crate::load::{self, LoadError};
use crate::outbound::Outbound;
use crate::own::{self, Own};
use crate::report;
use crate::spool::Spool;
use crate::tls::Identity;

/// Why a gateway doesn't begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration names what can't be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The receiver can't be made.
    #[error(transparent)]
    Receiver(#[from] receiver::SetupError),
    /// A socket, a folder or a signal of the system.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// A gateway at work.
#[derive(Debug)]
pub struct Gateway {
    /// Where messages come in.
    pub inbound: Option<SocketAddr>,
    /// Where the local application sends its own.
    pub outbound: Option<SocketAddr>,
    /// Where it says how it is.
    pub health: Option<SocketAddr>,
    end: watch::Sender<bool>,
    work: JoinSet<()>,
}

/// Runs a gateway until the process is told to end by SIGTERM or SIGINT.
///
/// # Errors
/// When it can't begin.
pub async fn run(config: Config) -> Result<(), Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let gateway = Gateway::start(config).await?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("told to end");
    gateway.stop().await;
    Ok(())
}

impl Gateway {
    /// Begins: when this is ready, the sockets are listened on.
    ///
    /// # Errors
    /// When the configuration names what can't be used, or the system refuses.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let clock = system_clock();
        let (receipts, seen) = Receipts::open(&config.receipts.directory, clock.clone())?;
        let spool = match &config.spool {
            Some(spool) => Some(Arc::new(Spool::open(&spool.directory, spool.messages, spool.bytes)?)),
            None => None,
        };
        let disk = Arc::new(Disk { receipts, spool: spool.clone(), clock });
        let settings = load::settings(&config, disk)?;
        let receiver = Receiver::new(receiver::Settings { seen, ..settings })?;

        let (end, ending) = watch::channel(false);
        let time = seconds(config.shutdown_seconds);
        let mut gateway = Self { inbound: None, outbound: None, health: None, end, work: JoinSet::new() };
        if let Some(inbound) = &config.inbound {
            let tls = inbound.tls.as_ref().map(Identity::open).transpose()?.map(Arc::new);
            if let Some(tls) = tls.clone() {
                gateway.work.spawn(tls.watch(ending.clone()));
            }
            let listener = Listener::bind(inbound.listen, tls, inbound.connections).await?;
            gateway.inbound = Some(listener.address()?);
            let answers = Inbound::new(inbound, &receiver)
                .ok_or_else(|| LoadError::Unknown(inbound.upstream.clone(), "address of a service"))?;
            gateway.work.spawn(listener.serve(answers, ending.clone(), time));
        }
        if let Some(outbound) = &config.outbound {
            if !outbound.listen.ip().is_loopback() {
                tracing::warn!(listen = %outbound.listen, "whoever reaches the outbound address speaks in the role's name");
            }
            let listener = Listener::bind(outbound.listen, None, outbound.connections).await?;
            gateway.outbound = Some(listener.address()?);
            let answers = Outbound::new(outbound, receiver.clone());
            gateway.work.spawn(listener.serve(answers, ending.clone(), time));
        }
        let own = Arc::new(Own::new(receiver.clone(), &config));
        if let Some(health) = &config.health {
            let listener = Listener::bind(health.listen, None, HEALTH_CONNECTIONS).await?;
            gateway.health = Some(listener.address()?);
            let answers = Health { own: own.clone(), spool: spool.clone(), end: ending.clone() };
            gateway.work.spawn(listener.serve(answers, ending.clone(), time));
        }
        gateway.work.spawn(follow(receiver.clone(), ending.clone()));
        tokio::spawn(async move { own::compare(&own).await });
        if let (Some(spool), Some(config)) = (spool, &config.spool) {
            gateway.work.spawn(report::work(receiver, spool, seconds(config.report_seconds), ending));
        }
        let (inbound, outbound, health) = (gateway.inbound, gateway.outbound, gateway.health);
        let (inbound, outbound, health) = (inbound.map(display), outbound.map(display), health.map(display));
        tracing::info!(role = config.role.id, inbound, outbound, health, "the gateway is at work");
        Ok(gateway)
    }

    /// Takes no more, finishes what is in work, and ends.
    pub async fn stop(mut self) {
        self.end.send_replace(true);
        while self.work.join_next().await.is_some() {}
    }
}

/// Has the server prove again and again that its log continues, until told to end.
async fn follow(receiver: Receiver, mut end: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = end.wait_for(|end| *end) => return,
            () = tokio::time::sleep(FOLLOW) => {}
        }
        if let Err(error) = receiver.follow().await {
            tracing::warn!(%error, "the server gave no proof that its log continues");
        }
    }
}

const FOLLOW: Duration = Duration::from_secs(10);
const HEALTH_CONNECTIONS: usize = 100;
