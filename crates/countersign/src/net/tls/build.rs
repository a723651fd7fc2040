//! From PEM files to a configuration of rustls.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, version};
use zeroize::Zeroizing;

use super::{ClientCertificates, TlsFiles};

/// Why TLS files cannot be used; names the file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} cannot be read: {cause}")]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("{path} holds no {what} in PEM form")]
    NotPem { path: PathBuf, what: &'static str },
    #[error("{certificate} and {key} cannot be used together: {cause}")]
    Unfit { certificate: PathBuf, key: PathBuf, cause: rustls::Error },
    #[error("the authorities of client certificates cannot be used: {0}")]
    Authorities(String),
}

/// The content of the files, to see whether it changed.
#[derive(PartialEq, Eq)]
pub(super) struct Files {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
    authorities: Vec<(PathBuf, Vec<u8>)>,
}

impl Files {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let mut authorities = Vec::new();
        if let ClientCertificates::Asked { authorities: paths, .. } = &files.client_certificates {
            for path in paths {
                read_authorities(path, &mut authorities)?;
            }
        }
        Ok(Self { certificate: read(&files.certificate)?, key: Zeroizing::new(read(&files.key)?), authorities })
    }
}

/// A file, or the files of a folder in the order of their names.
pub(crate) fn read_authorities(path: &Path, into: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<(), TlsError> {
    if !path.is_dir() {
        into.push((path.to_owned(), read(path)?));
        return Ok(());
    }
    let unreadable = |cause| TlsError::Unreadable { path: path.to_owned(), cause };
    let mut inside = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        inside.push(entry.map_err(unreadable)?.path());
    }
    inside.sort();
    for file in inside.into_iter().filter(|file| file.is_file()) {
        into.push((file.clone(), read(&file)?));
    }
    Ok(())
}

/// Adds the certificates in these files; a file without any is an error.
pub(crate) fn add_authorities(roots: &mut RootCertStore, files: &[(PathBuf, Vec<u8>)]) -> Result<(), TlsError> {
    for (path, pem) in files {
        for certificate in certificates(path, pem)? {
            roots.add(certificate).map_err(|cause| TlsError::Authorities(format!("{}: {cause}", path.display())))?;
        }
    }
    Ok(())
}

pub(super) fn build(files: &TlsFiles, read: &Files) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let chain = certificates(&files.certificate, &read.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&read.key)
        .map_err(|_| TlsError::NotPem { path: files.key.clone(), what: "private key" })?;
    let versions = if files.tls13_only { &[&version::TLS13][..] } else { &[&version::TLS13, &version::TLS12] };
    let unfit = |cause| TlsError::Unfit { certificate: files.certificate.clone(), key: files.key.clone(), cause };

    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).map_err(unfit)?;
    let builder = match &files.client_certificates {
        ClientCertificates::NotAsked => builder.with_no_client_auth(),
        ClientCertificates::Asked { required, .. } => {
            builder.with_client_cert_verifier(verifier(&read.authorities, *required, provider)?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(unfit)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(
    authorities: &[(PathBuf, Vec<u8>)],
    required: bool,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    add_authorities(&mut roots, authorities)?;
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if required { builder } else { builder.allow_unauthenticated() };
    builder.build().map_err(|cause| TlsError::Authorities(cause.to_string()))
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(TlsError::NotPem { path: path.to_owned(), what: "certificate" }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|cause| TlsError::Unreadable { path: path.to_owned(), cause })
}
