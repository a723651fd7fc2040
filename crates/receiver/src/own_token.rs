//! The receiver's own access token, renewed before it ends.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::server::{Server, ServerError};
use crate::settings::Settings;

/// A token by client credentials [RFC6749-4.4].
pub(crate) struct OwnToken {
    client_id: String,
    basic: Zeroizing<String>,
    form: String,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<(Arc<HeaderValue>, i64)>,
    failed: Option<(ServerError, i64)>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: i64,
}

impl OwnToken {
    pub(crate) fn new(settings: &Settings, scope: Option<String>) -> Self {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        // Both are form-encoded before they become a Basic credential [RFC6749-2.3.1].
        let pair =
            Zeroizing::new(format!("{}:{}", encoded(&settings.client_id), encoded(settings.client_secret.as_str())));
        let mut form = "grant_type=client_credentials".to_owned();
        if let Some(scope) = scope {
            form.push_str("&scope=");
            form.push_str(&encoded(&scope));
        }
        let basic = Zeroizing::new(format!("Basic {}", jose::b64::encode_standard(pair.as_bytes())));
        Self {
            client_id: settings.client_id.clone(),
            basic,
            form,
            clock: settings.clock.clone(),
            state: Mutex::default(),
        }
    }

    /// `Bearer …`, of a token that counts for some time yet. Callers at once share one call.
    pub(crate) async fn get(&self, server: &Server) -> Result<Arc<HeaderValue>, ServerError> {
        let mut state = self.state.lock().await;
        let now = (self.clock)();
        if let Some((token, _)) = state.token.as_ref().filter(|(_, until)| now < *until) {
            return Ok(token.clone());
        }
        if let Some((error, _)) = state.failed.as_ref().filter(|(_, at)| now.saturating_sub(*at) < PAUSE_MS) {
            return Err(error.clone());
        }
        match self.fetch(server).await {
            Ok((token, seconds)) => {
                // A tenth of its life, at least a second, is left for the way and for clocks that differ.
                let life_ms = seconds.clamp(0, LONGEST_SECONDS) * 1000;
                *state = State { token: Some((token.clone(), now + life_ms - (life_ms / 10).max(1000))), failed: None };
                Ok(token)
            }
            Err(error) => {
                state.failed = Some((error.clone(), (self.clock)()));
                Err(error)
            }
        }
    }

    /// Forgets a token that the server would not take.
    pub(crate) async fn forget(&self, token: &Arc<HeaderValue>) {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|(held, _)| held == token) {
            state.token = None;
        }
    }

    async fn fetch(&self, server: &Server) -> Result<(Arc<HeaderValue>, i64), ServerError> {
        let unfit = |what: &str| ServerError::Untrusted(format!("the token endpoint's reply: {what}"));
        let mut basic = HeaderValue::from_str(&self.basic).map_err(|_| unfit("no credential"))?;
        basic.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, basic);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = Bytes::from(self.form.clone());
        let reply = server.send(Method::POST, "/protocol/openid-connect/token", headers, body).await;
        let reply = reply.map_err(|error| match error {
            ServerError::Refused(status @ 401, why) => {
                let client = &self.client_id;
                let why = format!("it gives the client {client:?} no token, whose id or secret is wrong here ({why})");
                ServerError::Refused(status, why)
            }
            other => other,
        })?;
        let answer: Answer = serde_json::from_slice(&reply.body).map_err(|_| unfit("no token"))?;
        let bearer = Zeroizing::new(format!("Bearer {}", Zeroizing::new(answer.access_token).as_str()));
        let mut token = HeaderValue::from_str(&bearer).map_err(|_| unfit("no token"))?;
        token.set_sensitive(true);
        Ok((Arc::new(token), answer.expires_in))
    }
}

const PAUSE_MS: i64 = 1000;
const LONGEST_SECONDS: i64 = 3600;
