//! Tells the server what it missed, as soon as it is back.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use receiver::keep::Envelope;
use receiver::{Receiver, ServerError};
use tokio::sync::watch;

use crate::spool::{Spool, Waiting};

/// Reports until told to end.
pub(crate) async fn work(receiver: Receiver, spool: Arc<Spool>, pause: Duration, mut end: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = end.wait_for(|end| *end) => return,
            () = tokio::time::sleep(pause) => {}
        }
        while spool.len() > 0 {
            match once(&receiver, &spool).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(cause) => {
                    tracing::error!(%cause, "messages that wait for the server can't be read or removed");
                    break;
                }
            }
        }
    }
}

/// Reports the oldest; whether to go on at once.
async fn once(receiver: &Receiver, spool: &Arc<Spool>) -> io::Result<bool> {
    let waiting = blocking(spool, |spool| spool.oldest(BATCH, OCTETS)).await?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let envelopes: Vec<Envelope> = waiting.iter().map(|one| one.envelope.clone()).collect();
    match receiver.report(&envelopes).await {
        Ok(()) => {
            tracing::info!(messages = waiting.len(), "reported to the server what it missed");
            blocking(spool, move |spool| waiting.iter().try_for_each(|one| spool.remove(one))).await?;
            Ok(true)
        }
        // Of several, one may be what the server does not take; each is asked for alone.
        Err(ServerError::Refused(status, _)) if is_about_messages(status) => {
            for one in waiting {
                if !alone(receiver, spool, one).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Err(error) => {
            tracing::warn!(%error, waiting = spool.len(), "messages wait for the server");
            Ok(false)
        }
    }
}

async fn alone(receiver: &Receiver, spool: &Arc<Spool>, one: Waiting) -> io::Result<bool> {
    match receiver.report(std::slice::from_ref(&one.envelope)).await {
        Ok(()) => blocking(spool, move |spool| spool.remove(&one)).await?,
        Err(ServerError::Refused(status, why)) if is_about_messages(status) => {
            tracing::error!(status, why, "the server does not take a message's report; it is set aside");
            blocking(spool, move |spool| spool.set_aside(&one)).await?;
        }
        Err(_) => return Ok(false),
    }
    Ok(true)
}

/// What the server says of the messages, not of whoever brings them.
fn is_about_messages(status: u16) -> bool {
    matches!(status, 400 | 413 | 422)
}

async fn blocking<T: Send + 'static>(
    spool: &Arc<Spool>,
    work: impl FnOnce(&Spool) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let spool = spool.clone();
    tokio::task::spawn_blocking(move || work(&spool)).await.map_err(io::Error::other)?
}

const BATCH: usize = 50;
/// Less than what servers take in one request; a single message may be more.
const OCTETS: u64 = 512 * 1024;
