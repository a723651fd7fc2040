//! How a server is told to end: at once for new connections, in time for those at work.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Running,
    /// Requests are taken; readiness says DOWN, so that balancers look away.
    Leaving,
    /// No new connections; requests at work finish.
    Ending,
}

/// The end of the server, seen from inside.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<Phase>);

impl Shutdown {
    /// Ends at SIGTERM or SIGINT: first `Leaving` for this long, then `Ending`. A second signal skips the wait.
    pub fn on_signals(delay: Duration) -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (sender, receiver) = watch::channel(Phase::Running);
        tokio::spawn(async move {
            let mut either = async || {
                tokio::select! {
                    _ = terminate.recv() => (),
                    _ = interrupt.recv() => (),
                }
            };
            either().await;
            tracing::info!("told to end");
            sender.send_replace(Phase::Leaving);
            let _ = tokio::time::timeout(delay, either()).await;
            sender.send_replace(Phase::Ending);
            // The sender stays, since a closed channel would tell nothing new.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }

    /// Ends when the caller says so; for tests and for a server within another program.
    pub fn by_hand() -> (watch::Sender<Phase>, Self) {
        let (sender, receiver) = watch::channel(Phase::Running);
        (sender, Self(receiver))
    }

    /// How far it has come.
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits for this phase or a later one; a sender that is gone means the end.
    pub async fn reached(&self, phase: Phase) {
        let _ = self.0.clone().wait_for(|now| *now >= phase).await;
    }
}
