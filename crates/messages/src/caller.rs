//! Who asks: the bearer of a token of this realm, with a right of the client `message-signing` or a participant role.

use std::sync::Arc;

use domain::Result;
use domain::network::Network;
use domain::network::ledger::Open;
use oidc::Cx;
use registry::{Role, Status};

use crate::refusals::{NO_NETWORK, NO_RIGHT, NO_TOKEN};

/// The client whose roles are the rights.
pub const MESSAGE_SIGNING: &str = "message-signing";

/// What not every client may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Have messages verified.
    VerifyMessages,
    /// Have messages signed with the realm's keys.
    SignMessages,
    /// See everybody's evidence.
    ViewEvidence,
    /// Take everybody's evidence away in bundles.
    ExportEvidence,
}

impl Right {
    /// The role of the client that gives it.
    pub fn role(self) -> &'static str {
        match self {
            Self::VerifyMessages => "verify-messages",
            Self::SignMessages => "sign-messages",
            Self::ViewEvidence => "view-evidence",
            Self::ExportEvidence => "export-evidence",
        }
    }
}

/// Whoever asks, known and in a realm with participants.
pub struct Caller {
    /// The client's clientId.
    pub client_id: String,
    /// Its participant role, if it has one that is approved.
    pub role: Option<Arc<Role>>,
    rights: Arc<str>,
}

impl Caller {
    /// Finds out who asks.
    ///
    /// # Errors
    /// 404 in a realm without participants, 401 for a token that doesn't count.
    pub async fn of(cx: &Cx<'_>, token: Option<&str>) -> Result<Self> {
        network(cx)?;
        cx.check_open()?;
        let token = token.ok_or(NO_TOKEN)?;
        let holder = cx.holder(token, MESSAGE_SIGNING).await?.ok_or(NO_TOKEN)?;
        let client_id = holder.active.client.client.client_id.clone();
        let role = cx.core().role_of_client(&cx.plan.realm.id, &client_id).await?;
        Ok(Self { client_id, role: role.filter(|role| role.status() == Status::Approved), rights: holder.roles })
    }

    /// Whether they have a right.
    pub fn has(&self, right: Right) -> bool {
        self.rights.split(' ').any(|role| role == right.role())
    }

    /// Goes on only with a right.
    ///
    /// # Errors
    /// 403, naming the role that is missing.
    pub fn need(self, right: Right) -> Result<Self> {
        match self.has(right) {
            true => Ok(self),
            false => {
                let text = format!("This takes the role {} of the client {MESSAGE_SIGNING}", right.role());
                Err(NO_RIGHT.describe(text).into())
            }
        }
    }

    /// Goes on only for a participant or with a right.
    ///
    /// # Errors
    /// 403.
    pub fn need_participant_or(self, right: Right) -> Result<Self> {
        if self.role.is_some() { Ok(self) } else { self.need(right) }
    }

    /// What replays are told apart by: the role that receives, or the client where it has none.
    pub(crate) fn receiver(&self) -> String {
        match &self.role {
            Some(role) => format!("role {}", role.id),
            None => format!("client {}", self.client_id),
        }
    }
}

/// What the realm has besides.
///
/// # Errors
/// 404 for a realm without participants.
pub(crate) fn network<'c>(cx: &'c Cx<'_>) -> Result<&'c Network> {
    cx.plan.network.as_ref().ok_or_else(|| NO_NETWORK.into())
}

/// The realm's ledger.
pub(crate) async fn ledger<'c>(cx: &'c Cx<'_>) -> Result<&'c Open> {
    network(cx)?;
    cx.core().ledger(&cx.plan).await
}
