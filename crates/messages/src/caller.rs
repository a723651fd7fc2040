//! Who asks: the bearer of a token of this realm, with a right of the client `message-signing`, or a participant.
//!
//! A client's name is used by its own tokens alone, those of its service account: whoever logs in through a client has the
//! rights that they were given, and is neither the client nor the participant behind it. A token without a right, and
//! whose audience isn't `message-signing`, was made to be sent to others, who are not the client either.

use std::sync::Arc;

use domain::Result;
use domain::network::Network;
use domain::network::ledger::Open;
use model::{MESSAGE_SIGNING, Right};
use oidc::Cx;
use oidc::participant::is_its_own;
use registry::{Role, Status};

use crate::refusals::{NO_NETWORK, NO_RIGHT, NO_TOKEN};

/// Whoever asks, known and in a realm with participants.
pub struct Caller {
    /// The client's clientId.
    pub client_id: String,
    /// Its participant role, if it has one that is approved, and speaks for itself.
    pub role: Option<Arc<Role>>,
    /// The id of its participant role, whatever its standing: what it received before, it received.
    receives_as: Option<String>,
    /// Whether the token is the client's own, and meant for this.
    is_itself: bool,
    rights: Arc<str>,
}

impl Caller {
    /// Finds out who asks.
    ///
    /// # Errors
    /// 404 in a realm without participants, 401 for a token that doesn't count.
    pub async fn of(cx: &Cx<'_>, token: Option<&str>) -> Result<Self> {
        network(cx)?;
        Self::known(cx, token).await
    }

    /// Finds out who asks for evidence, which stays where it is after the realm's ledger was closed.
    ///
    /// # Errors
    /// 404 in a realm that never had a ledger, 401 for a token that doesn't count.
    pub async fn of_evidence(cx: &Cx<'_>, token: Option<&str>) -> Result<Self> {
        if cx.plan.network.is_none() {
            last_ledger(cx).await?;
        }
        Self::known(cx, token).await
    }

    async fn known(cx: &Cx<'_>, token: Option<&str>) -> Result<Self> {
        cx.check_open()?;
        let token = token.ok_or(NO_TOKEN)?;
        let holder = cx.holder(token, MESSAGE_SIGNING).await?.ok_or(NO_TOKEN)?;
        let (client, active) = (&holder.active.client.client, &holder.active);
        let is_meant = !holder.roles.is_empty() || active.claims().audiences().contains(&MESSAGE_SIGNING);
        let is_itself = is_meant && is_its_own(client, &active.person);
        let role = match is_itself {
            true => cx.core().role_of_client(&cx.plan.realm.id, &client.client_id).await?,
            false => None,
        };
        let receives_as = role.as_ref().map(|role| role.id.clone());
        let role = role.filter(|role| role.status() == Status::Approved);
        Ok(Self { client_id: client.client_id.clone(), role, receives_as, is_itself, rights: holder.roles })
    }

    /// Whether they have a right.
    pub fn has(&self, right: Right) -> bool {
        self.rights.split(' ').any(|role| role == right.role())
    }

    /// Goes on only with a right.
    ///
    /// # Errors
    /// 403, naming the role that is missing.
    fn need(self, right: Right) -> Result<Self> {
        match self.has(right) {
            true => Ok(self),
            false => {
                let text = format!("This takes the role {} of the client {MESSAGE_SIGNING}", right.role());
                Err(NO_RIGHT.describe(text).into())
            }
        }
    }

    /// Goes on only for a client with a right, which answers for what it asks.
    ///
    /// # Errors
    /// 403.
    pub fn need_client_with(self, right: Right) -> Result<Self> {
        match self.need(right)? {
            itself if itself.is_itself => Ok(itself),
            _ => Err(NO_RIGHT
                .describe("This takes a token of the client itself, by the grant client_credentials")
                .into()),
        }
    }

    /// Goes on only for a participant or with a right.
    ///
    /// # Errors
    /// 403.
    pub fn need_participant_or(self, right: Right) -> Result<Self> {
        if self.role.is_some() { Ok(self) } else { self.need(right) }
    }

    /// Whether it is the client that asked about a message.
    pub(crate) fn is_client(&self, client_id: &str) -> bool {
        self.is_itself && self.client_id == client_id
    }

    /// What replays are told apart by: the role that receives, or the client where it has none.
    pub(crate) fn receiver(&self) -> (&'static str, &str) {
        match &self.receives_as {
            Some(role) => ("role", role),
            None => ("client", &self.client_id),
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

/// The ledger that evidence is shown of: the one that is open, or else the realm's last.
///
/// # Errors
/// 404 for a realm that never had one.
pub(crate) async fn shown_ledger(cx: &Cx<'_>) -> Result<Open> {
    match cx.plan.network {
        Some(_) => Ok(ledger(cx).await?.clone()),
        None => last_ledger(cx).await,
    }
}

/// The last ledger of a realm with participants that has none open.
async fn last_ledger(cx: &Cx<'_>) -> Result<Open> {
    if !Network::is_on(&cx.plan.realm) {
        return Err(NO_NETWORK.into());
    }
    let ledgers = store::ledger::of_realm(&cx.core().store, &cx.plan.realm.id).await?;
    Ok(ledgers.into_iter().next().ok_or(NO_NETWORK)?.into())
}
