//! The certificate of the inbound socket. Its files are looked at again and again: new ones that can be used serve the next
//! handshake, others leave the old ones in place.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::config;
use crate::load::{LoadError, text};

/// A certificate and its key.
pub(crate) struct Identity {
    files: config::Tls,
    current: RwLock<Current>,
}

struct Current {
    /// What was in the files.
    texts: (String, Zeroizing<String>),
    config: Arc<ServerConfig>,
}

impl Identity {
    /// Reads the files.
    pub(crate) fn open(files: &config::Tls) -> Result<Self, LoadError> {
        let current = Current::of(files, read(files)?)?;
        Ok(Self { files: files.clone(), current: RwLock::new(current) })
    }

    /// What serves the next handshake.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).config.clone()
    }

    /// Looks at the files until told to end.
    pub(crate) async fn watch(self: Arc<Self>, mut end: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = end.wait_for(|end| *end) => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            let identity = self.clone();
            match tokio::task::spawn_blocking(move || identity.look()).await {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => tracing::info!("the new certificate serves from now on"),
                Ok(Err(error)) => tracing::error!(%error, "the new certificate can't be used, the old one stays"),
                Err(error) => tracing::error!(%error, "the certificate's files were not looked at"),
            }
        }
    }

    /// Takes what is in the files now; whether it is something new.
    fn look(&self) -> Result<bool, LoadError> {
        let texts = read(&self.files)?;
        if self.current.read().unwrap_or_else(PoisonError::into_inner).texts == texts {
            return Ok(false);
        }
        let new = Current::of(&self.files, texts)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(true)
    }
}

impl Current {
    fn of(files: &config::Tls, texts: (String, Zeroizing<String>)) -> Result<Self, LoadError> {
        let unfit = |path: &Path, why: String| LoadError::Unfit(path.to_owned(), why);
        let chain = certificates(&files.certificate, &texts.0)?;
        let key = PrivateKeyDer::from_pem_slice(texts.1.as_bytes());
        let key = key.map_err(|error| unfit(&files.key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| unfit(&files.certificate, error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { texts, config: Arc::new(config) })
    }
}

fn read(files: &config::Tls) -> Result<(String, Zeroizing<String>), LoadError> {
    Ok((text(&files.certificate)?, Zeroizing::new(text(&files.key)?)))
}

/// The certificates in a PEM text; one without any is an error.
pub(crate) fn certificates(path: &Path, pem: &str) -> Result<Vec<CertificateDer<'static>>, LoadError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(LoadError::Unfit(path.to_owned(), "it holds no certificate in PEM form".to_owned())),
    }
}

const PAUSE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::Identity;
    use crate::config::Tls;
    use std::sync::Arc;

    fn write(files: &Tls) {
        let certified = rcgen::generate_simple_self_signed(vec!["lender.example".to_owned()]).unwrap();
        std::fs::write(&files.certificate, certified.cert.pem()).unwrap();
        std::fs::write(&files.key, certified.signing_key.serialize_pem()).unwrap();
    }

    #[test]
    fn a_new_certificate_serves_and_one_that_can_not_be_used_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let files = Tls { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        write(&files);
        let identity = Identity::open(&files).unwrap();
        let first = identity.current();
        assert!(!identity.look().unwrap());
        write(&files);
        assert!(identity.look().unwrap());
        let second = identity.current();
        assert!(!Arc::ptr_eq(&first, &second));
        std::fs::write(&files.certificate, "half").unwrap();
        assert!(identity.look().is_err());
        assert!(Arc::ptr_eq(&second, &identity.current()));
    }
}
