//! Bearer tokens of administrators and of people who manage their own account.

use std::collections::HashSet;
use std::sync::Arc;

use domain::{Fresh, Person, Plan, RequestFacts, Result};
use jose::Compact;
use model::Role;

use crate::active::{ActiveToken, Kind};
use crate::client_plan::ClientPlan;
use crate::cx::{Cx, Oidc};
use crate::scope::Granted;
use crate::token_roles::TokenRoles;
use crate::verified::Verified;

/// A bearer token that counts, with the roles that it carries.
pub struct Bearer {
    /// The plan of the realm that issued it.
    pub plan: Arc<Plan>,
    /// Whose it is.
    pub person: Arc<Person>,
    /// The client that it was issued for.
    pub client: Arc<ClientPlan>,
    /// Its session's id.
    pub session_id: Option<String>,
    /// The token.
    pub verified: Arc<Verified>,
    roles: HashSet<String>,
}

impl Bearer {
    /// Whether it carries a role of a client, by `clientId`.
    pub fn has_client_role(&self, client_id: &str, role: &str) -> bool {
        self.plan.roles.client_role(client_id, role).is_some_and(|r| self.roles.contains(&r.id))
    }

    /// Whether it carries a role of the realm.
    pub fn has_realm_role(&self, role: &str) -> bool {
        self.plan.roles.realm_role(role).is_some_and(|r| self.roles.contains(&r.id))
    }
}

/// Judges a bearer token of any realm; None for one that doesn't count. Which roles it carries is computed anew, so
/// that lightweight tokens have theirs, and a role taken away is gone at once.
pub async fn verify(oidc: &Oidc, request: &RequestFacts, token: &str) -> Result<Option<Bearer>> {
    let Some(realm) = issuer_realm(token) else { return Ok(None) };
    let Some(plan) = oidc.core.plan(&realm, Fresh::Now).await? else { return Ok(None) };
    if !plan.realm.enabled {
        return Ok(None);
    }
    let cx = Cx { oidc, plan: Arc::clone(&plan), request, now_ms: oidc.core.clock.now_ms(), confirmed: Arc::default() };
    let Ok(active) = cx.active(token, &[Kind::Access]).await? else { return Ok(None) };
    if active.claims().text("typ") != Some("Bearer") {
        return Ok(None);
    }
    let mut granted = Granted::of(&active.client, active.claims().text("scope").unwrap_or_default());
    granted.restrict(&plan, &active.person);
    let roles = TokenRoles::new(&plan, &active.client, &granted, &active.person).iter().map(|r| r.id.clone()).collect();
    Ok(Some(Bearer {
        session_id: active.claims().text("sid").map(str::to_owned),
        verified: active.verified,
        person: active.person,
        client: active.client,
        roles,
        plan,
    }))
}

/// A token of this realm that counts, with the roles of one client that it carries.
pub struct Holder {
    /// The token, and whom it stands for.
    pub active: ActiveToken,
    /// The names of the client's roles, separated by blanks.
    pub roles: Arc<str>,
}

impl Cx<'_> {
    /// Judges a bearer token of this realm, and tells which roles of a client it carries; None for one that doesn't count.
    pub async fn holder(&self, token: &str, client_id: &str) -> Result<Option<Holder>> {
        let Ok(active) = self.active(token, &[Kind::Access]).await? else { return Ok(None) };
        if active.claims().text("typ") != Some("Bearer") {
            return Ok(None);
        }
        let roles = self.describe(&format!("roles of {client_id}"), token, &active, || {
            let mut granted = Granted::of(&active.client, active.claims().text("scope").unwrap_or_default());
            granted.restrict(&self.plan, &active.person);
            let carried = TokenRoles::new(&self.plan, &active.client, &granted, &active.person);
            let of_client = |role: &&Role| role.client.as_ref().is_some_and(|client| client.client_id == client_id);
            carried.iter().filter(of_client).map(|role| role.name.as_str()).collect::<Vec<_>>().join(" ")
        });
        Ok(Some(Holder { active, roles }))
    }
}

/// The realm that a token says it is of; its signature is checked against that realm's keys.
fn issuer_realm(token: &str) -> Option<String> {
    let claims = Compact::parse(token).ok()?.claims().ok()?;
    let issuer = claims.get("iss")?.as_str()?;
    Some(issuer.rsplit_once("/realms/")?.1.to_owned())
}
