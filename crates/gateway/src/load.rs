//! From a configuration to what it names: the files with keys, secrets, profiles and authorities.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jose::{Algorithm, SigningKey};
use ledger::VerifierKey;
use receiver::keep::Keep;
use receiver::{Settings, Signer};
use rustls::RootCertStore;
use signing::Profile;
use zeroize::Zeroizing;

use crate::config::{self, Config, Secret, seconds};
use crate::tls::certificates;

/// Why something that the configuration names can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file that can't be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// A file that holds something else.
    #[error("{0} cannot be used: {1}")]
    Unfit(PathBuf, String),
    /// A value that means nothing.
    #[error("{0:?} is no {1}")]
    Unknown(String, &'static str),
}

/// Settings of the receiver within a gateway.
pub(crate) fn settings(config: &Config, disk: Arc<dyn Keep>) -> Result<Settings, LoadError> {
    let server = &config.server;
    let secret = secret(&server.client_secret)?;
    let mut settings = Settings::new(&server.realm, &config.role.id, &config.role.origin, &server.client_id, &secret);
    settings.issuer.clone_from(&server.issuer);
    settings.own_scope.clone_from(&server.own_scope);
    settings.peer_scope.clone_from(&server.peer_scope);
    settings.signer = Some(signer(&config.role)?);
    settings.server_time = seconds(server.timeout_seconds);
    settings.fresh = seconds(server.fresh_seconds);
    settings.keys_kept = seconds(server.keys_seconds);
    settings.reply_keys.clone_from(&server.reply_keys);
    settings.logs = server.logs.iter().map(|text| log(text)).collect::<Result<_, _>>()?;
    settings.roots = roots(&server.authorities)?;
    settings.keep = Some(disk);
    if let Some(spool) = &config.spool {
        settings.stale = seconds(spool.stale_seconds);
        settings.keys_kept = settings.keys_kept.max(settings.stale);
    }
    if let Some(inbound) = &config.inbound {
        settings.audience.clone_from(&inbound.audience);
        settings.mode = match inbound.mode {
            config::Mode::Local => receiver::Mode::Local,
            config::Mode::Server => receiver::Mode::Server,
        };
        settings.addresses = match inbound.addresses {
            config::Addresses::Registered => receiver::Addresses::Registered,
            config::Addresses::Any => receiver::Addresses::Any,
        };
        settings.body_bound = inbound.body_bytes;
        settings.body_time = seconds(inbound.body_seconds);
    }
    Ok(settings)
}

fn log(text: &str) -> Result<VerifierKey, LoadError> {
    VerifierKey::parse(text).map_err(|_| LoadError::Unknown(text.to_owned(), "key of a log"))
}

fn signer(role: &config::Role) -> Result<Signer, LoadError> {
    let profile = profile(&role.profile)?;
    let keys: Result<Vec<_>, LoadError> = role.keys.iter().map(|key| signing_key(key, &profile)).collect();
    Ok(Signer { keys: keys?, profile, issuer: role.issuer.clone(), anchor: role.anchor.clone() })
}

/// A key, and the second from which it signs.
fn signing_key(named: &config::Key, profile: &Profile) -> Result<(i64, SigningKey), LoadError> {
    let algorithm = Algorithm::parse(&named.algorithm)
        .ok_or_else(|| LoadError::Unknown(named.algorithm.clone(), "algorithm of signatures"))?;
    let from = match &named.from {
        None => i64::MIN,
        Some(text) => {
            let time: Result<jiff::Timestamp, _> = text.parse();
            time.map_err(|_| LoadError::Unknown(text.clone(), "time in RFC 3339"))?.as_second()
        }
    };
    let text = Zeroizing::new(text(&named.file)?);
    let key = SigningKey::from_file(Some(algorithm), &text)
        .map_err(|error| LoadError::Unfit(named.file.clone(), error.to_string()))?;
    if !profile.takes(algorithm) {
        let why = format!("the profile {} does not take {}", profile.name, algorithm.name());
        return Err(LoadError::Unfit(named.file.clone(), why));
    }
    Ok((from, key.with_kid(&named.kid)))
}

fn profile(name: &str) -> Result<Profile, LoadError> {
    if let Some(known) = Profile::find(name) {
        return Ok(known.clone());
    }
    if !name.contains(['/', '.']) {
        return Err(LoadError::Unknown(name.to_owned(), "profile; name one that every realm has, or a file"));
    }
    let path = PathBuf::from(name);
    // The realm may judge by one that was defined before a rule came.
    Profile::recorded(&text(&path)?).map_err(|error| LoadError::Unfit(path, error.to_string()))
}

fn secret(secret: &Secret) -> Result<Zeroizing<String>, LoadError> {
    match secret {
        Secret::Known(value) => Ok(value.clone()),
        Secret::Env(name) => Err(LoadError::Unknown(name.clone(), "variable that was read")),
        Secret::File(path) => {
            let text = Zeroizing::new(text(path)?);
            Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    }
}

fn roots(files: &[PathBuf]) -> Result<Option<RootCertStore>, LoadError> {
    if files.is_empty() {
        return Ok(None);
    }
    let mut roots = RootCertStore::empty();
    for path in files {
        for certificate in certificates(path, &text(path)?)? {
            roots.add(certificate).map_err(|error| LoadError::Unfit(path.clone(), error.to_string()))?;
        }
    }
    Ok(Some(roots))
}

/// A file's text.
pub(crate) fn text(path: &Path) -> Result<String, LoadError> {
    fs::read_to_string(path).map_err(|error| LoadError::Unreadable(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::{LoadError, signing_key};
    use crate::config::Key;
    use jose::{Curve, Jwk, SigningKey, b64, generate};
    use signing::Profile;

    #[test]
    fn a_key_is_read_from_jwk_as_well_and_one_of_another_kind_is_named_with_the_algorithm() {
        let folder = tempfile::tempdir().unwrap();
        let der = generate::ed25519().unwrap();
        let public = SigningKey::from_der(jose::Algorithm::EdDSA, &der).unwrap().public_jwk().unwrap();
        let mut jwk = public.to_value();
        // The seed is the end of this form.
        jwk["d"] = b64::encode(&der[16..48]).into();
        let key = |name: &str, text: &str, algorithm: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            let named = Key { file, kid: "2026-1".to_owned(), algorithm: algorithm.to_owned(), from: None };
            signing_key(&named, Profile::find("strict").unwrap()).map(|(_, key)| key)
        };
        let read = key("key.jwk", &jwk.to_string(), "EdDSA").unwrap();
        assert_eq!((read.kid(), read.public_jwk().unwrap().thumbprint()), ("2026-1", Jwk::thumbprint(&public)));
        let ec = b64::encode_standard(generate::ec(Curve::P256).unwrap());
        let refused = key("key.pem", &ec, "RS256").unwrap_err();
        assert!(matches!(&refused, LoadError::Unfit(_, why) if why == "RS256 cannot be used with this P-256 key"));
    }
}
