//! Which participant role a client's own tokens are of: claims as the registry has them, that no mapper sets.

use domain::{Person, Result};
use model::Client;
use registry::Status;

use crate::claims::Claims;
use crate::cx::Cx;

/// The organisation.
pub const PARTICIPANT: &str = "participantId";
/// Its role, by id.
pub const ROLE_ID: &str = "participantRoleId";
/// What the role is, such as `LENDER`.
pub const ROLE: &str = "participantRole";

const CLAIMS: &[&str] = &[PARTICIPANT, ROLE_ID, ROLE];

/// Whether a token stands for its client itself, and for no person who came by it.
pub fn is_its_own(client: &Client, person: &Person) -> bool {
    person.user.service_account.as_deref() == Some(client.id.as_str())
}

impl Cx<'_> {
    /// Says in an access token which role its client has; nothing in a token that is not the client's own, and for a role
    /// that is not approved at this moment.
    pub(crate) async fn name_participant(&self, client: &Client, person: &Person, claims: &mut Claims) -> Result<()> {
        if self.plan.network.is_none() {
            return Ok(());
        }
        for name in CLAIMS {
            claims.remove(name);
        }
        if !is_its_own(client, person) {
            return Ok(());
        }
        let role = self.core().role_of_client(&self.plan.realm.id, &client.client_id).await?;
        if let Some(role) = role.filter(|role| role.status() == Status::Approved) {
            claims.set(PARTICIPANT, role.participant_id.as_str());
            claims.set(ROLE_ID, role.id.as_str());
            claims.set(ROLE, role.settings.participant_role.as_str());
        }
        Ok(())
    }

    /// Takes the role out of an ID token or userinfo, which are about people: only an access token says it, and no mapper.
    pub(crate) fn name_no_participant(&self, claims: &mut Claims) {
        for name in CLAIMS.iter().filter(|_| self.plan.network.is_some()) {
            claims.remove(name);
        }
    }

    /// Repeats in introspection's answer what the token itself says.
    pub(crate) fn repeat_participant(&self, token: &Claims, told: &mut Claims) {
        if self.plan.network.is_none() {
            return;
        }
        for name in CLAIMS {
            told.remove(name);
            if let Some(value) = token.find(name) {
                told.set(*name, value.clone());
            }
        }
    }
}
