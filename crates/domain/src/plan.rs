//! A realm's plan: its configuration as read, given meaning and kept, with the version it was read at.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{ClientScope, Document, Flow, Realm, RequiredAction};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder};
use store::Store;
use store::parts::Kind;
use store::realms::RealmRow;

use crate::groups::Groups;
use crate::keys::Keys;
use crate::network::Network;
use crate::password_policy::PasswordPolicy;
use crate::roles::{RoleSet, Roles};
use crate::user_profile::UserProfile;
use crate::{Fault, Result};

/// A realm ready for use. Every change of its configuration makes a new one.
pub struct Plan {
    /// The version of the realm's configuration that this was read at.
    pub version: i64,
    /// The realm's settings.
    pub realm: Realm,
    /// Its keys.
    pub keys: Keys,
    /// Its roles, its clients' included.
    pub roles: Roles,
    /// Its groups.
    pub groups: Groups,
    /// Its client scopes, by name.
    pub scopes: HashMap<String, ClientScope>,
    /// Its authentication flows, by alias.
    pub flows: HashMap<String, Flow>,
    /// Configurations of authenticators, by alias.
    pub authenticator_configs: HashMap<String, Document>,
    /// Its required actions, by priority.
    pub required_actions: Vec<RequiredAction>,
    /// Its password policy.
    pub password_policy: PasswordPolicy,
    /// What its users' profiles must hold.
    pub profile: UserProfile,
    /// Its components other than keys, with their ids.
    pub components: Vec<(String, Document)>,
    /// What it has besides where it has participants.
    pub network: Option<Network>,
    scope_mappings: HashMap<String, Vec<String>>,
    checked_ms: AtomicI64,
}

/// How fresh a plan must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fresh {
    /// As the store has it now: one cheap read.
    Now,
    /// As it is kept, whatever its age: for operations whose own read tells the realm's version as well.
    Kept,
    /// As the store had it within the last half second: for what changes seldom and hurts nobody (certs, discovery).
    WithinASecond,
}

impl Plan {
    async fn read(store: &Store, row: RealmRow, now_ms: i64) -> Result<Self> {
        // The row, and so the version, was read first: what changes from here on shows as a newer version.
        let parts = store::parts::list(store, &row.id).await?;
        let of = |kind: Kind| parts.iter().filter(move |p| p.kind == kind);
        let keys = Keys::read(of(Kind::Component).map(|p| (p.id.as_str(), &p.doc)));
        let mut scope_mappings: HashMap<String, Vec<String>> = HashMap::new();
        for (holder, role) in store::realms::scope_mappings(store, &row.id).await? {
            scope_mappings.entry(holder).or_default().push(role);
        }
        let mut required_actions: Vec<RequiredAction> =
            of(Kind::RequiredAction).map(|p| RequiredAction::read(&p.name, &p.doc)).collect();
        required_actions.sort_by_key(|a| a.priority);
        let realm = Realm::read(&row.id, &row.name, row.doc);
        let components: Vec<(String, Document)> = of(Kind::Component)
            .filter(|p| p.doc.text("providerType") != Some(crate::keys::KEY_PROVIDER))
            .map(|p| (p.id.clone(), p.doc.clone()))
            .collect();
        let password_policy = PasswordPolicy::parse(&realm.password_policy).unwrap_or_else(|error| {
            tracing::warn!(realm = %realm.name, %error, "the password policy can't be read; none applies");
            PasswordPolicy::default()
        });
        Ok(Self {
            version: row.version,
            keys,
            roles: Roles::new(store::realms::roles(store, &row.id).await?),
            groups: Groups::new(store::realms::groups(store, &row.id).await?),
            scopes: of(Kind::ClientScope)
                .map(|p| (p.name.clone(), ClientScope::read(&p.id, &p.name, p.doc.clone())))
                .collect(),
            flows: of(Kind::Flow).map(|p| (p.name.clone(), Flow::read(&p.id, &p.name, &p.doc))).collect(),
            authenticator_configs: of(Kind::AuthenticatorConfig).map(|p| (p.name.clone(), p.doc.clone())).collect(),
            profile: UserProfile::among(&components, &realm.name),
            components,
            required_actions,
            password_policy,
            network: Network::read(store, &realm).await?,
            realm,
            scope_mappings,
            checked_ms: AtomicI64::new(now_ms),
        })
    }

    /// The roles that a client or client scope may carry, and what they bring along.
    pub fn scope_mapping(&self, holder: &str) -> RoleSet<'_> {
        let ids = self.scope_mappings.get(holder).map_or(&[][..], Vec::as_slice);
        self.roles.expand(ids.iter().map(String::as_str))
    }

    /// Whether a client or client scope is limited to roles at all.
    pub fn has_scope_mapping(&self, holder: &str) -> bool {
        self.scope_mappings.get(holder).is_some_and(|m| !m.is_empty())
    }

    /// Ids of the roles mapped to a holder, without what they bring along.
    pub fn direct_scope_mapping(&self, holder: &str) -> &[String] {
        self.scope_mappings.get(holder).map_or(&[], Vec::as_slice)
    }

    /// The realm's default role's id.
    pub fn default_role(&self) -> Option<&str> {
        let name = self.realm.default_role.as_deref()?;
        self.roles.realm_role(name).map(|r| r.id.as_str())
    }

    /// A rough size in bytes, by which the cache is bounded.
    fn weight(&self) -> u64 {
        let documents = self.realm.doc.0.len() * 64
            + self.scopes.values().map(|s| 400 + s.mappers.len() * 500).sum::<usize>()
            + self.flows.len() * 1500
            + self.components.len() * 600
            + self.keys.all.len() * 5000;
        let graph = self.roles.iter().map(|r| 200 + r.composites.len() * 80).sum::<usize>()
            + self.groups.iter().map(|g| 250 + g.roles.len() * 60).sum::<usize>();
        (documents + graph) as u64
    }
}

/// The plans in use, bounded by their size.
pub struct Plans {
    by_name: Cache<String, Arc<Plan>, Weigh>,
}

#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<String, Arc<Plan>> for Weigh {
    fn weight(&self, _: &String, plan: &Arc<Plan>) -> u64 {
        plan.weight()
    }
}

/// All plans together take about this many bytes at the most.
const PLANS_BYTES: u64 = 13 * 1024 * 1024 / 2;
/// How many that may be, about.
const PLANS: usize = 200;
const FRESH_MS: i64 = 500;

impl Default for Plans {
    fn default() -> Self {
        // In one shard: a plan may take most of the room, as that of a master with a thousand realms does.
        let options =
            OptionsBuilder::new().shards(1).estimated_items_capacity(PLANS).weight_capacity(PLANS_BYTES).build();
        let by_name = match options {
            Ok(options) => {
                Cache::with_options(options, Weigh, DefaultHashBuilder::default(), DefaultLifecycle::default())
            }
            Err(_) => Cache::with_weighter(PLANS, PLANS_BYTES, Weigh),
        };
        Self { by_name }
    }
}

impl Plans {
    /// The plan of the realm with that name, as fresh as asked; None when there is no such realm.
    pub async fn find(&self, store: &Store, name: &str, fresh: Fresh, now_ms: i64) -> Result<Option<Arc<Plan>>> {
        if let Some(plan) = self.by_name.get(name) {
            if fresh == Fresh::Kept {
                return Ok(Some(plan));
            }
            let age = now_ms - plan.checked_ms.load(Ordering::Relaxed);
            if fresh == Fresh::WithinASecond && (0..FRESH_MS).contains(&age) {
                return Ok(Some(plan));
            }
            if store::realms::version(store, &plan.realm.id).await? == Some(plan.version) {
                plan.checked_ms.store(now_ms, Ordering::Relaxed);
                return Ok(Some(plan));
            }
            self.by_name.remove(name);
        }
        let Some(row) = store::realms::find(store, name).await? else { return Ok(None) };
        // In a box, since most requests need no room for it.
        let plan = Arc::new(Box::pin(Plan::read(store, row, now_ms)).await?);
        self.by_name.insert(name.to_owned(), Arc::clone(&plan));
        Ok(Some(plan))
    }
}

/// A fault for what a plan must hold and doesn't.
pub fn missing(what: &str) -> Fault {
    Fault::new(format!("the realm has no {what}"))
}
