//! What a request's operation works with.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Core, Plan, RequestFacts, Result};
use model::{Client, SslRequired};
use quick_cache::sync::Cache;

use crate::allowance::Allowance;
use crate::client_plan::ClientPlan;
use crate::described::DescribedTokens;
use crate::jwks::ForeignKeys;
use crate::refusals::{HTTPS_REQUIRED, REALM_DISABLED};
use crate::verified::VerifiedTokens;

/// The protocol's state: caches only.
pub struct Oidc {
    /// What it stands on.
    pub core: Arc<Core>,
    clients: Cache<(String, String), Arc<ClientPlan>, Weigh>,
    pub(crate) verified: VerifiedTokens,
    pub(crate) described: DescribedTokens,
    documents: Cache<(String, String), (i64, Arc<str>)>,
    /// Clients' keys that were fetched from their `jwks_uri`.
    pub foreign_keys: ForeignKeys,
    /// Logins that begin with a request too long for a cookie, and so with a row that anybody can cause.
    pub long_logins: Allowance,
}

/// In the time that such a row usually lives; each takes some 70 kB at the most, where its texts are plain.
const LONG_LOGINS: u32 = 5000;
const LONG_LOGIN_SECONDS: i64 = 1800;

/// All clients kept in memory take about this many bytes at the most.
const CLIENTS_BYTES: u64 = 2 * 1024 * 1024;
const CLIENTS: usize = 200;

#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<(String, String), Arc<ClientPlan>> for Weigh {
    fn weight(&self, _: &(String, String), client: &Arc<ClientPlan>) -> u64 {
        client.weight()
    }
}

/// Discovery documents kept in memory, at most: one for each realm and public URL.
const DOCUMENTS: usize = 100;

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
    /// Whether the plan was found to be the realm's newest by this request.
    pub confirmed: Arc<AtomicBool>,
}

impl Oidc {
    /// The protocol on a core.
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            clients: Cache::with_weighter(CLIENTS, CLIENTS_BYTES, Weigh),
            verified: VerifiedTokens::default(),
            described: DescribedTokens::default(),
            documents: Cache::new(DOCUMENTS),
            foreign_keys: ForeignKeys::default(),
            long_logins: Allowance::new(LONG_LOGINS, LONG_LOGIN_SECONDS),
        }
    }
}

impl Cx<'_> {
    /// What everything stands on.
    pub fn core(&self) -> &Core {
        &self.oidc.core
    }

    /// Takes note of the realm's version as a read of the store told it.
    ///
    /// Errors: [`domain::Error::Lost`] where the plan is older; deciding anew reads the new one.
    pub fn confirm(&self, version: i64) -> Result<()> {
        if version != self.plan.version {
            return Err(domain::Error::Lost("plan"));
        }
        self.confirmed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Makes sure that the plan is the realm's newest, by one read where no other told yet.
    pub async fn ensure_newest(&self) -> Result<()> {
        if self.confirmed.load(Ordering::Relaxed) {
            return Ok(());
        }
        match store::realms::version(&self.core().store, &self.plan.realm.id).await? {
            Some(version) => self.confirm(version),
            None => Err(domain::Error::Lost("plan")),
        }
    }

    /// The request's second.
    pub fn now(&self) -> i64 {
        self.now_ms / 1000
    }

    /// Whether the realm wants TLS from where this request came, and it hasn't got it [KC 1.2].
    pub fn lacks_https(&self) -> bool {
        if self.request.secure {
            return false;
        }
        match self.plan.realm.ssl_required {
            SslRequired::None => false,
            SslRequired::External => !is_near(&self.request.ip),
            SslRequired::All => true,
        }
    }

    /// Refuses a request that must not come over plain HTTP, or to a realm that is switched off.
    pub fn check_open(&self) -> Result<()> {
        if self.lacks_https() {
            return Err(HTTPS_REQUIRED.into());
        }
        match self.plan.realm.enabled {
            true => Ok(()),
            false => Err(REALM_DISABLED.into()),
        }
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

/// Whether an address is a private or loopback one, from where plain HTTP may come.
fn is_near(ip: &str) -> bool {
    match ip.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn only_private_and_loopback_addresses_are_near() {
        for near in ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "::1", "fd00::1", "fe80::1"] {
            assert!(is_near(near), "{near}");
        }
        for far in ["192.0.2.1", "8.8.8.8", "2001:db8::1", "172.32.0.1", "", "nonsense"] {
            assert!(!is_near(far), "{far}");
        }
    }
}
