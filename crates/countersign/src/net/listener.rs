//! Accepts connections on several sockets for one router, until the end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::connection::{Limits, Server};
use super::shutdown::{Phase, Shutdown};
use super::tls::TlsIdentity;

/// A socket that is listened on, plain or with TLS.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsIdentity>,
}

impl Listener {
    /// Plain HTTP at this address; the error names the address.
    pub async fn plain(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { socket: bind(address).await?, tls: None })
    }

    /// HTTPS at this address.
    pub async fn tls(address: SocketAddr, identity: TlsIdentity) -> io::Result<Self> {
        Ok(Self { socket: bind(address).await?, tls: Some(identity) })
    }

    /// The address with the port that was taken.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|cause| io::Error::new(cause.kind(), format!("cannot listen on {address}: {cause}")))
}

/// Answers requests on all these sockets until `shutdown` comes to its end, then finishes the requests at work.
pub async fn serve(listeners: Vec<Listener>, router: Router, limits: Limits, shutdown: Shutdown) {
    let server = Arc::new(Server::new(router, limits.clone()));
    let graceful = Arc::new(GracefulShutdown::new());
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut loops = tokio::task::JoinSet::new();
    for listener in listeners {
        loops.spawn(accept_until(listener, server.clone(), graceful.clone(), room.clone(), shutdown.clone()));
    }
    while loops.join_next().await.is_some() {}
    if let Some(graceful) = Arc::into_inner(graceful) {
        let open = graceful.count();
        if tokio::time::timeout(limits.shutdown, graceful.shutdown()).await.is_err() {
            tracing::warn!(open, "connections were cut at the end of the shutdown timeout");
        }
    }
}

async fn accept_until(
    listener: Listener,
    server: Arc<Server>,
    graceful: Arc<GracefulShutdown>,
    room: Arc<Semaphore>,
    shutdown: Shutdown,
) {
    let end = shutdown.reached(Phase::Ending);
    tokio::pin!(end);
    loop {
        let next = async {
            // A place first: without one the connection waits in the system's queue, and costs nothing here.
            let place = room.clone().acquire_owned().await.ok()?;
            Some((accept(&listener.socket).await, place))
        };
        let (stream, peer, place) = tokio::select! {
            () = &mut end => return,
            accepted = next => match accepted {
                Some(((stream, peer), place)) => (stream, peer, place),
                None => return,
            },
        };
        let tls = listener.tls.as_ref().map(TlsIdentity::current);
        let watcher = graceful.watcher();
        let server = server.clone();
        tokio::spawn(async move {
            server.attend(stream, peer, tls, watcher).await;
            drop(place);
        });
    }
}

/// The next connection. Errors of the system (no file descriptors left) pass by, so they are waited out.
async fn accept(socket: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match socket.accept().await {
            Ok(accepted) => return accepted,
            Err(cause) => {
                tracing::warn!(%cause, "a connection could not be accepted");
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
}

const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(50);
