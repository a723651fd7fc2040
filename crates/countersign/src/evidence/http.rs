//! Calls to the ledger and registry that the user named.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use url::Url;

use super::Unread;
use crate::commands::Failure;
use crate::outbound;

/// A client that follows no redirects, uses no proxy and waits no longer than [`PATIENCE`].
#[derive(Debug, Clone)]
pub(super) struct Http(Client);

/// For a whole call.
const PATIENCE: Duration = Duration::from_secs(20);
/// Octets of the longest answer to a question for a token.
const LONGEST_TOKEN: usize = 256 * 1024;

impl Http {
    /// Trusts the system's authorities, and those in these PEM files.
    pub(super) fn new(authorities: &[PathBuf]) -> Result<Self, Failure> {
        let client = Client::builder()
            .tls_backend_preconfigured(outbound::tls(authorities)?)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// The body behind an address, up to so many octets; None where nothing is there.
    pub(super) async fn get(&self, url: Url, bearer: Option<&str>, most: usize) -> Result<Option<Vec<u8>>, Failure> {
        let request = self.0.get(url.clone());
        let request = bearer.iter().fold(request, |request, token| request.bearer_auth(token));
        answered(request, &url, most).await
    }

    /// An access token for a client, by its secret, with what it has besides under a scope.
    pub(super) async fn token(
        &self,
        url: Url,
        client_id: &str,
        secret: &str,
        scope: Option<&str>,
    ) -> Result<String, Failure> {
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
        form.extend(scope.map(|scope| ("scope", scope)));
        let answer = answered(self.0.post(url.clone()).form(&form), &url, LONGEST_TOKEN).await?;
        let answer: Option<Value> = answer.and_then(|octets| serde_json::from_slice(&octets).ok());
        let token = answer.as_ref().and_then(|answer| answer.get("access_token")).and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| format!("{url} gave no access token").into())
    }
}

/// What is answered; each error is [`Unread`].
async fn answered(request: RequestBuilder, url: &Url, most: usize) -> Result<Option<Vec<u8>>, Failure> {
    let unread = |why: &dyn Display| Unread(format!("{url}: {why}"));
    let response = request.send().await.map_err(|cause| unread(&outbound::why(&cause)))?;
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        status if status.is_success() => {
            let body = outbound::read(response, most).await.map_err(|cause| unread(&cause))?;
            Ok(Some(body.to_vec()))
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let status = response.status();
            Err(Unread(format!("{url} refuses ({status}): its token or client is not one that may ask")).into())
        }
        status => Err(Unread(format!("{url} answered with status {status}")).into()),
    }
}
