//! What a request's operation works with.

use std::sync::Arc;

use domain::{Core, Plan, RequestFacts, Result};
use model::Client;
use quick_cache::sync::Cache;

use crate::client_plan::ClientPlan;
use crate::jwks::ForeignKeys;
use crate::verified::VerifiedTokens;

/// The protocol's state: caches only.
pub struct Oidc {
    /// What it stands on.
    pub core: Arc<Core>,
    clients: Cache<(String, String), Arc<ClientPlan>>,
    pub(crate) verified: VerifiedTokens,
    documents: Cache<(String, String), (i64, Arc<str>)>,
    /// Clients' keys that were fetched from their `jwks_uri`.
    pub foreign_keys: ForeignKeys,
}

/// Clients kept in memory, at most.
const CLIENTS: usize = 1000;

/// Discovery documents kept in memory, at most: one for each realm and public URL.
const DOCUMENTS: usize = 200;

/// One request's view: the realm as it is now, the time, and where the request came from.
#[derive(Clone)]
pub struct Cx<'a> {
    /// The protocol's state.
    pub oidc: &'a Oidc,
    /// The realm's plan.
    pub plan: Arc<Plan>,
    /// What the request brought.
    pub request: &'a RequestFacts,
    /// The request's millisecond.
    pub now_ms: i64,
}

impl Oidc {
    /// The protocol on a core.
    pub fn new(core: Arc<Core>) -> Self {
        Self { core, clients: Cache::new(CLIENTS), verified: VerifiedTokens::default(), documents: Cache::new(DOCUMENTS), foreign_keys: ForeignKeys::default() }
    }
}

impl Cx<'_> {
    /// What everything stands on.
    pub fn core(&self) -> &Core {
        &self.oidc.core
    }

    /// The request's second.
    pub fn now(&self) -> i64 {
        self.now_ms / 1000
    }

    /// Scheme, host and prefix of the realm's URLs: the realm's own, or the server's.
    pub fn base(&self) -> &str {
        self.plan.realm.frontend_url.as_deref().map_or(&self.request.base, |u| u.trim_end_matches('/'))
    }

    /// The realm's issuer.
    pub fn issuer(&self) -> String {
        format!("{}/realms/{}", self.base(), self.plan.realm.name)
    }

    /// The client of that `clientId`, enabled or not.
    pub async fn client(&self, client_id: &str) -> Result<Option<Arc<ClientPlan>>> {
        let key = (self.plan.realm.id.clone(), client_id.to_owned());
        if let Some(kept) = self.oidc.clients.get(&key)
            && kept.version == self.plan.version
        {
            return Ok(Some(kept));
        }
        let Some(client) = store::clients::find(&self.core().store, &self.plan.realm.id, client_id).await? else {
            return Ok(None);
        };
        Ok(Some(self.keep(key, client)))
    }

    /// The client of that id, enabled or not.
    pub async fn client_by_id(&self, id: &str) -> Result<Option<Arc<ClientPlan>>> {
        let found = store::clients::find_by_id(&self.core().store, &self.plan.realm.id, id).await?;
        let Some(client) = found else { return Ok(None) };
        let key = (self.plan.realm.id.clone(), client.client_id.clone());
        match self.oidc.clients.get(&key) {
            Some(kept) if kept.version == self.plan.version && kept.client.id == id => Ok(Some(kept)),
            _ => Ok(Some(self.keep(key, client))),
        }
    }

    /// The discovery document, made anew only when the realm changed.
    pub fn discovery(&self) -> Arc<str> {
        let key = (self.plan.realm.id.clone(), self.base().to_owned());
        if let Some((version, text)) = self.oidc.documents.get(&key)
            && version == self.plan.version
        {
            return text;
        }
        let text: Arc<str> = crate::discovery::document(self).into();
        self.oidc.documents.insert(key, (self.plan.version, Arc::clone(&text)));
        text
    }

    fn keep(&self, key: (String, String), client: Client) -> Arc<ClientPlan> {
        let plan = Arc::new(ClientPlan::new(&self.plan, client));
        self.oidc.clients.insert(key, Arc::clone(&plan));
        plan
    }
}
