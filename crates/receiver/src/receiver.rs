//! A receiver of signed messages: who sends, from where, is the message theirs, is it on record. In this order, and closed
//! at each step.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use ledger::{KeyType, VerifierKey};
use signing::profile::Coding;
use signing::{Code, Verdict};

use crate::body::is_coded;
use crate::causes::Causes;
use crate::client::Client;
use crate::heads::Heads;
use crate::logs::Logs;
use crate::refusal::{Refusal, codes};
use crate::role::Role;
use crate::roles::Roles;
use crate::server::{Server, ServerError};
use crate::settings::{Addresses, Mode, Settings};
use crate::trouble::Trouble;
use crate::{bearer, record};

/// A receiver; cloning shares all that it knows.
#[derive(Clone)]
pub struct Receiver(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) server: Server,
    pub(crate) tokens: bearer::Tokens,
    pub(crate) roles: Roles,
    pub(crate) heads: Heads,
    pub(crate) logs: Logs,
    pub(crate) trouble: Trouble,
    causes: Causes,
    pub(crate) client: Client,
}

/// Why a receiver can't be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The realm's address is none.
    #[error("{0:?} is not the address of a realm: it begins with https:// or http:// and has no query")]
    Realm(String),
    /// TLS can't be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// Heads that come with receipts could not be checked.
    #[error(
        "of the log {0} the line of its Ed25519 key is missing: receipts come under heads with the signature of that one \
         alone. Take it from the operator, by another way than from the server"
    )]
    NoReceiptKey(String),
    /// What an earlier life kept of the log's keys is damaged.
    #[error("the keys of the log that were kept: {0}")]
    Logs(#[from] ledger::Error),
}

/// What a request says of itself: the method, and path and query as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The method.
    pub method: String,
    /// The target.
    pub target: String,
}

/// A sender whose token showed who it is, and nothing more yet.
#[derive(Clone, Debug)]
pub struct Identified {
    /// Who it is.
    pub role: Arc<Role>,
    token: String,
}

/// A sender who may send, before the message itself was looked at.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Who it is.
    pub role: Arc<Role>,
    token: String,
}

/// A message that may be passed on.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Who sent it.
    pub role: Arc<Role>,
    /// The key that it is signed with.
    pub kid: String,
    /// The entry in the server's log; none while the server has not heard of the message.
    pub entry: Option<String>,
}

impl Receiver {
    /// A receiver that asks nobody yet.
    ///
    /// # Errors
    /// When the realm's address is none, a log is named without the key that counts for receipts, TLS can't be set up, or what is known of the log's keys is damaged.
    pub fn new(mut settings: Settings) -> Result<Self, SetupError> {
        // Another spelling of the address is not another realm, of which nothing was seen.
        settings.realm.truncate(settings.realm.trim_end_matches('/').len());
        let realm: Option<http::Uri> = settings.realm.parse().ok();
        let sound = realm.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("https" | "http")) && uri.authority().is_some() && uri.query().is_none()
        });
        if !sound {
            return Err(SetupError::Realm(settings.realm));
        }
        let is_ed25519 = |key: &&VerifierKey| key.kind() == KeyType::Ed25519;
        for log in &settings.logs {
            if !settings.logs.iter().filter(is_ed25519).any(|key| key.name() == log.name()) {
                return Err(SetupError::NoReceiptKey(log.name().to_owned()));
            }
        }
        let client = Client::new(settings.roots.clone())?;
        Ok(Self(Arc::new(Inner {
            server: Server::new(&settings, client.clone()),
            tokens: bearer::Tokens::new(),
            roles: Roles::new(&settings),
            heads: Heads::new(&settings.seen.heads),
            logs: Logs::new(&settings)?,
            trouble: Trouble::default(),
            causes: Causes::default(),
            client,
            settings,
        })))
    }

    /// What it was told.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Its HTTP client, for whoever calls others beside it.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Whether it can judge tokens by keys of the realm that it has and that count.
    pub fn has_keys(&self) -> bool {
        self.0.server.keys.any()
    }

    /// What kept the last message from its record, if it was not put there and the message itself was not to blame; not for
    /// longer than half a minute, since whoever is told so may send no further one.
    pub fn trouble(&self) -> Option<ServerError> {
        self.0.trouble.now(self.now_ms())
    }

    /// A participant role by its id, as the registry has it.
    ///
    /// # Errors
    /// When the server can't be asked and nothing that counts is remembered.
    pub async fn role(&self, id: &str) -> Result<Option<Arc<Role>>, ServerError> {
        self.0.roles.get(&self.0.server, id, self.now_ms()).await
    }

    /// Who sends, by the token in a request's headers: before anything of its body is taken.
    ///
    /// # Errors
    /// The refusal: 401 for the token, 403 for a sender that nobody knows, 503 where the server is needed and away.
    pub async fn identify(&self, headers: &HeaderMap) -> Result<Identified, Refusal> {
        let settings = &self.0.settings;
        let token = bearer::of(headers)?;
        let wanted = bearer::Wanted {
            issuer: settings.issuer.as_deref().unwrap_or(&settings.realm),
            audience: settings.audience.as_deref(),
            now: self.now_ms() / 1000,
        };
        let bearer = bearer::sender(token, &self.0.tokens, &self.0.server.keys, &wanted).await??;
        let role = self.role(&bearer.role).await?.ok_or(Code::ParticipantUnknown)?;
        // What names the role counts only as long as its client is the role's.
        if role.client != bearer.client {
            return Err(Code::TokenParticipantMismatch.into());
        }
        Ok(Identified { role, token: token.to_owned() })
    }

    /// Whether a sender may send, from an address.
    ///
    /// # Errors
    /// The refusal, 403.
    pub fn admit(&self, sender: Identified, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Admitted, Refusal> {
        let Identified { role, token } = sender;
        states_itself(headers, role.id())?;
        if !role.sender.approved {
            return Err(Code::ParticipantNotApproved.into());
        }
        if self.0.settings.addresses == Addresses::Registered && !role.calls_from(from) {
            let detail = "The sender is not registered to call from this address";
            return Err(Refusal::new(StatusCode::FORBIDDEN, codes::ADDRESS_NOT_ALLOWED, detail));
        }
        Ok(Admitted { role, token })
    }

    /// Judges a whole message of an admitted sender, and has the server record it.
    ///
    /// # Errors
    /// The refusal: 400 for the message, 401 and 403 for who sends it, 503 where the server is needed and away.
    pub async fn accept(
        &self,
        sender: Admitted,
        line: &Line,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Accepted, Refusal> {
        let role = sender.role;
        if is_coded(headers) && role.profile.coding == Coding::None {
            let detail = "Send the body without Content-Encoding: what is signed is what is sent";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, codes::BODY_CODED, detail));
        }
        let message = record::Whole { line, headers, body, answers: None };
        if self.0.settings.mode == Mode::Server {
            let signature = message.one_signature(&role.profile)?;
            return Ok(self.record(&role, &message, signature, Some(&sender.token)).await?);
        }
        let judged = self.judge(&role, &message);
        if !judged.verdict.is_ok() {
            return Err(judged.verdict.into());
        }
        self.on_record(&role, &message, judged.kid.unwrap_or_default()).await
    }

    /// Judges octets by the sender's profile and keys, here and now; with the likely cause where a signature doesn't match.
    pub(crate) fn judge(&self, role: &Role, message: &record::Whole<'_>) -> signing::Judged {
        let settings = &self.0.settings;
        let record::Whole { line, headers, body, answers } = *message;
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let message = signing::Message { headers: &headers, method: &line.method, target: &line.target, body, answers };
        let own = signing::Receiver { id: &settings.role, origin: &settings.origin };
        let now_ms = self.now_ms();
        let mut judged = signing::judge(&role.profile, Some(&role.sender), &message, Some(&own), now_ms / 1000);
        if judged.verdict.code == Code::SignatureInvalid
            && self.0.causes.may_search(now_ms)
            && let Some(cause) = signing::cause::find(&role.profile, &role.sender, &message, &[])
        {
            let detail = format!("{}. {cause}", Code::SignatureInvalid.sentence());
            judged.verdict = Verdict::new(Code::SignatureInvalid, detail);
        }
        judged
    }

    pub(crate) fn now_ms(&self) -> i64 {
        (self.0.settings.clock)()
    }
}

/// A sender may say who it is; then its token must say the same.
fn states_itself(headers: &HeaderMap, id: &str) -> Result<(), Refusal> {
    match headers.get_all(SENDER).iter().all(|stated| stated == id) {
        true => Ok(()),
        false => Err(Verdict::from(Code::TokenParticipantMismatch).into()),
    }
}

/// The header by which a sender says which participant role it is.
pub const SENDER: &str = "x-countersign-sender";

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Away(why) => {
                tracing::warn!(why, "the server is away");
                Self::unavailable(codes::SERVER_AWAY, "The server can't be asked at this moment: try again")
            }
            ServerError::Untrusted(why) => {
                tracing::error!(why, "what answers in the server's place can't be trusted");
                Self::unavailable(codes::SERVER_UNTRUSTED, "What answers in the server's place can't be trusted")
            }
            ServerError::NotKept(why) => {
                tracing::error!(why, "what the server answered could not be kept");
                Self::unavailable(codes::NOT_KEPT, "The receipt could not be kept: try again")
            }
            ServerError::Refused(status, why) => {
                tracing::error!(status, why, "the server does not serve this receiver");
                Self::unavailable(codes::SERVER_REFUSED, "The server does not serve this receiver")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Receiver, SetupError};
    use crate::Settings;
    use ledger::{KeyType, VerifierKey};

    #[test]
    fn a_log_is_named_with_the_key_that_signs_the_heads_of_receipts() {
        let key = |name: &str, kind, length| VerifierKey::new(name, kind, &vec![5; length]).unwrap();
        let beside = key("log.example/a", KeyType::MlDsaCosignature, 1312);
        let with = |logs: &[&VerifierKey]| {
            let settings = Settings::new("https://auth.example/realms/n", "lender", "https://lender.example", "c", "s");
            Receiver::new(Settings { logs: logs.iter().map(|key| (*key).clone()).collect(), ..settings }).map(drop)
        };
        let (own, other) = (key("log.example/a", KeyType::Ed25519, 32), key("log.example/b", KeyType::Ed25519, 32));
        for lacking in [&[&beside][..], &[&beside, &other]] {
            let refused = with(lacking).unwrap_err().to_string();
            assert!(refused.contains("of the log log.example/a the line of its Ed25519 key is missing"), "{refused}");
        }
        assert!(with(&[&beside, &own]).is_ok());
    }

    #[test]
    fn a_realm_has_an_address_without_a_query() {
        let new = |realm: &str| Receiver::new(Settings::new(realm, "lender", "https://lender.example", "c", "s"));
        assert!(new("https://auth.example/realms/network/").is_ok());
        let spelt = Settings::new("https://auth.example/realms/network", "lender", "https://lender.example", "c", "s");
        let spelt = Settings { realm: format!("{}/", spelt.realm), ..spelt };
        assert_eq!(Receiver::new(spelt).unwrap().settings().realm, "https://auth.example/realms/network");
        for bad in ["", "auth.example", "ftp://auth.example/", "https://auth.example/?realm=x"] {
            assert!(matches!(new(bad), Err(SetupError::Realm(_))), "{bad}");
        }
    }
}
