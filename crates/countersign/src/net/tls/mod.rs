//! The server's TLS: its certificate, the versions it speaks, and whose certificates it asks for.
//!
//! The files are looked at every few seconds. New ones that can be used serve the next handshake; new ones that cannot
//! leave the old in place, with one line in the log. The version floor is part of what is built anew each time, so a
//! reload cannot lower it.

mod build;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::watch;

use build::{Files, build};

pub use build::TlsError;
pub(crate) use build::{add_authorities, read_authorities};

/// What the server shows of itself, and asks of others.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM: the server's certificate, then the chain above it.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
    pub client_certificates: ClientCertificates,
    /// TLS 1.3 alone, without 1.2.
    pub tls13_only: bool,
}

/// Whether callers are asked for a certificate, and which authorities (PEM files, or folders of them) count.
#[derive(Debug, Clone)]
pub enum ClientCertificates {
    NotAsked,
    Asked { authorities: Vec<PathBuf>, required: bool },
}

/// The TLS configuration that counts now.
#[derive(Debug, Clone)]
pub struct TlsIdentity(watch::Receiver<Arc<ServerConfig>>);

impl TlsIdentity {
    /// Reads the files, and goes on looking at them as long as anyone uses the identity.
    pub fn load(files: TlsFiles, look_every: Duration) -> Result<Self, TlsError> {
        let read = Files::read(&files)?;
        let (sender, receiver) = watch::channel(Arc::new(build(&files, &read)?));
        tokio::spawn(keep_current(files, read, look_every.max(SHORTEST_LOOK), sender));
        Ok(Self(receiver))
    }

    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.0.borrow().clone()
    }
}

/// Builds the configuration anew whenever the content of the files has changed.
async fn keep_current(
    files: TlsFiles,
    mut known: Files,
    look_every: Duration,
    sender: watch::Sender<Arc<ServerConfig>>,
) {
    let mut complained_of: Option<String> = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(look_every) => {}
            () = sender.closed() => return,
        }
        let wanted = files.clone();
        let Ok(read) = tokio::task::spawn_blocking(move || Files::read(&wanted)).await else {
            return;
        };
        let built = match read {
            Ok(read) if read == known => continue,
            Ok(read) => build(&files, &read).map(|config| (read, config)),
            Err(error) => Err(error),
        };
        match built {
            Ok((read, config)) => {
                known = read;
                complained_of = None;
                sender.send_replace(Arc::new(config));
                tracing::info!(certificate = %files.certificate.display(), "TLS certificate reloaded");
            }
            Err(error) => {
                let error = error.to_string();
                if complained_of.as_ref() != Some(&error) {
                    tracing::error!(error, "the new TLS files cannot be used; the old certificate stays");
                    complained_of = Some(error);
                }
            }
        }
    }
}

const SHORTEST_LOOK: Duration = Duration::from_millis(10);
