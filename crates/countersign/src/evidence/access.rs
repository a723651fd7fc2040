//! How a realm is asked by somebody whom it knows.

use std::path::{Path, PathBuf};

use url::Url;

use super::http::Http;
use super::read;
use crate::commands::Failure;
use crate::config::Secret;

/// Octets of the longest access token.
const LONGEST_TOKEN: usize = 64 * 1024;

/// By which token the registry is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// With the access token in a file, read anew each time.
    TokenFile(PathBuf),
    /// As a client, which gets tokens by its secret.
    Client {
        /// Its id.
        id: String,
        /// Its secret.
        secret: Secret,
        /// What its tokens are asked for with, where its role to look stands in an optional scope.
        scope: Option<String>,
    },
}

impl Access {
    /// The access token for the realm of a ledger.
    pub(super) async fn token(&self, http: &Http, ledger: &str) -> Result<String, Failure> {
        match self {
            Self::TokenFile(place) => token_in(place),
            Self::Client { id, secret, scope } => {
                let url = under(ledger, &["protocol", "openid-connect", "token"])?;
                http.token(url, id, secret.reveal(), scope.as_deref()).await
            }
        }
    }
}

/// An address under the realm that a ledger is of: its URL without the last segment, `evidence`, and these.
pub(super) fn under(ledger: &str, path: &[&str]) -> Result<Url, Failure> {
    let realm = ledger.trim_end_matches('/').strip_suffix("/evidence");
    let realm = realm.filter(|realm| realm.starts_with("http"));
    let realm =
        realm.ok_or("--ledger is the realm's URL with /evidence, such as https://id.example/realms/net/evidence")?;
    let mut url = Url::parse(realm)?;
    url.path_segments_mut().map_err(|()| "a ledger's URL has a path")?.extend(path);
    Ok(url)
}

fn token_in(place: &Path) -> Result<String, Failure> {
    let octets = read(place, LONGEST_TOKEN)?;
    let text = octets.trim_ascii();
    // Whatever isn't one word of ASCII is another file, and must not be sent anywhere.
    match !text.is_empty() && text.iter().all(u8::is_ascii_graphic) {
        true => Ok(String::from_utf8_lossy(text).into_owned()),
        false => Err(format!("{} holds no access token", place.display()).into()),
    }
}
