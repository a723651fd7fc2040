//! Proof that an administrator may: only a check makes a [`Permit`], and an operation asks for the one it needs [KC 5.3].
//!
//! A realm's own administrators have roles of its client `realm-management`; those of master have roles of master's
//! client `<realm>-realm`, which the role `admin` brings along. Nobody else administers anything.

use std::marker::PhantomData;

use domain::Result;
use model::{AdminEvent, AdminOperation};
use oidc::{Bearer, Cx};
use serde_json::{Value, json};

use crate::master::{MASTER, client_of};
use crate::{mask, refusals};

/// Something that not everybody may; one of the roles is enough.
pub trait Permission: Send + Sync + 'static {
    /// Its name, for tests and documents.
    const NAME: &'static str;
    /// The roles of which one is needed; none for what any token may.
    const ROLES: &'static [&'static str];
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $roles:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;

            impl Permission for $name {
                const NAME: &'static str = stringify!($name);
                const ROLES: &'static [&'static str] = $roles;
            }
        )*
    };
}

permissions! {
    /// Asking with any token of an administrator or not; the operation itself looks further.
    Anybody = &[];
    /// Being an administrator of any kind.
    AnyAdministrator = ADMINISTRATORS;
    /// Seeing the realm's settings, keys, flows, components and roles.
    ViewRealm = &["view-realm", "manage-realm"];
    /// Changing them.
    ManageRealm = &["manage-realm"];
    /// Seeing users with all that is theirs.
    ViewUsers = &["view-users", "manage-users"];
    /// Changing them.
    ManageUsers = &["manage-users"];
    /// Looking for users.
    QueryUsers = &["query-users", "view-users", "manage-users"];
    /// Looking for groups.
    QueryGroups = &["query-groups", "view-users", "manage-users"];
    /// Seeing clients and client scopes.
    ViewClients = &["view-clients", "manage-clients"];
    /// Changing them.
    ManageClients = &["manage-clients"];
    /// Making clients.
    CreateClients = &["create-client", "manage-clients"];
    /// Looking for clients.
    QueryClients = &["query-clients", "view-clients", "manage-clients"];
    /// Reading events.
    ViewEvents = &["view-events", "manage-events"];
    /// Changing what is recorded, and clearing it.
    ManageEvents = &["manage-events"];
    /// Seeing identity providers.
    ViewIdentityProviders = &["view-identity-providers", "manage-identity-providers"];
    /// Changing them.
    ManageIdentityProviders = &["manage-identity-providers"];
    /// Seeing which roles there are, to choose among them.
    ListRoles = &["view-realm", "manage-realm", "view-users", "manage-users", "view-clients", "manage-clients"];
    /// Acting as another user.
    Impersonate = &["impersonation"];
}

/// Every role by which somebody is an administrator.
pub const ADMINISTRATORS: &[&str] = &[
    "view-realm",
    "manage-realm",
    "view-users",
    "manage-users",
    "view-clients",
    "manage-clients",
    "create-client",
    "view-events",
    "manage-events",
    "view-identity-providers",
    "manage-identity-providers",
    "view-authorization",
    "manage-authorization",
    "view-organizations",
    "manage-organizations",
    "query-users",
    "query-groups",
    "query-clients",
    "query-realms",
    "query-organizations",
    "impersonation",
    REALM_ADMIN,
];

/// The role of a realm's own administrators that brings all others along.
const REALM_ADMIN: &str = "realm-admin";

/// Who asks: the bearer of a token that counts.
pub struct Administrator {
    bearer: Bearer,
}

impl Administrator {
    /// Whoever bears the token.
    pub fn new(bearer: Bearer) -> Self {
        Self { bearer }
    }

    /// The token.
    pub fn bearer(&self) -> &Bearer {
        &self.bearer
    }

    /// The realm that the token is of.
    pub fn realm(&self) -> &str {
        &self.bearer.plan.realm.name
    }

    /// Whether they have a role over a realm.
    pub fn has(&self, realm: &str, role: &str) -> bool {
        let own = self.realm();
        let client = match (own == realm, own == MASTER) {
            (_, true) => client_of(realm),
            (true, false) => REALM_MANAGEMENT.to_owned(),
            (false, false) => return false,
        };
        self.bearer.has_client_role(&client, role)
    }

    /// Whether they have a role over a realm, or all that it stands for: master's clients have no `realm-admin`, so
    /// there it is every other one.
    fn has_all_of(&self, realm: &str, role: &str) -> bool {
        self.has(realm, role)
            || role == REALM_ADMIN
                && self.realm() == MASTER
                && ADMINISTRATORS.iter().filter(|one| **one != REALM_ADMIN).all(|one| self.has(realm, one))
    }

    /// Whether they may do something to a realm.
    pub fn may<P: Permission>(&self, realm: &str) -> bool {
        P::ROLES.is_empty() || P::ROLES.iter().any(|role| self.has(realm, role))
    }

    /// Whether they may make realms.
    pub fn may_create_realms(&self) -> bool {
        self.realm() == MASTER && self.bearer.has_realm_role("create-realm")
    }

    /// Who and where from, as administrators' events say it.
    fn details(&self, ip: &str) -> Value {
        json!({
            "realmId": self.bearer.plan.realm.id,
            "clientId": self.bearer.client.client.id,
            "userId": self.bearer.person.user.id,
            "ipAddress": ip,
        })
    }
}

/// The proof that somebody may do `P` to a realm, with the view of that realm.
pub struct Permit<'a, P> {
    /// The realm as it is now.
    pub cx: Cx<'a>,
    /// Who may.
    pub who: &'a Administrator,
    proof: PhantomData<P>,
}

impl<'a, P: Permission> Permit<'a, P> {
    /// Checks.
    ///
    /// # Errors
    /// 403 for who may not.
    pub fn check(cx: Cx<'a>, who: &'a Administrator) -> Result<Self> {
        match who.may::<P>(&cx.plan.realm.name) {
            true => Ok(Self { cx, who, proof: PhantomData }),
            false => Err(refusals::FORBIDDEN.into()),
        }
    }

    /// Whether the same person may do something else to the same realm.
    pub fn also<Q: Permission>(&self) -> bool {
        self.who.may::<Q>(&self.cx.plan.realm.name)
    }

    /// The same proof for what is part of what was proved: within this crate, where it is said why.
    pub(crate) fn widened<Q: Permission>(&self) -> Permit<'a, Q> {
        Permit { cx: self.cx.clone(), who: self.who, proof: PhantomData }
    }

    /// The realm's id.
    pub fn realm_id(&self) -> &str {
        &self.cx.plan.realm.id
    }

    /// The store.
    pub fn store(&self) -> &'a store::Store {
        &self.cx.oidc.core.store
    }

    /// Whether they may give or take away a role with all that it brings along: one by which somebody administers takes
    /// having it oneself, so that nobody raises themselves or others above what they are.
    pub fn may_map(&self, role: &model::Role) -> bool {
        self.may_map_alone(role) && self.may_map_all([role.id.as_str()])
    }

    /// Whether they may let others join a group, by its id: it must bring no role that they may not give.
    pub fn may_join(&self, group: &str) -> bool {
        self.may_map_all(self.cx.plan.groups.roles([group]))
    }

    fn may_map_all<'r>(&'r self, ids: impl IntoIterator<Item = &'r str>) -> bool {
        let roles = &self.cx.plan.roles;
        roles.expand(ids).iter().all(|role| self.may_map_alone(role))
    }

    fn may_map_alone(&self, role: &model::Role) -> bool {
        let realm = &self.cx.plan.realm.name;
        match &role.client {
            Some(client) if client.client_id == REALM_MANAGEMENT => self.who.has_all_of(realm, &role.name),
            Some(client) if realm == MASTER => match client.client_id.strip_suffix("-realm") {
                Some(of) => self.who.has_all_of(of, &role.name),
                None => true,
            },
            None if realm == MASTER && SUPREME.contains(&role.name.as_str()) => {
                self.who.realm() == MASTER && self.who.bearer.has_realm_role(&role.name)
            }
            _ => true,
        }
    }

    /// An event of what they do.
    pub(crate) fn event(
        &self,
        operation: AdminOperation,
        resource_type: &'static str,
        path: impl Into<String>,
        representation: Option<Value>,
    ) -> (AdminEvent, Value) {
        let representation = representation.map(|mut said| {
            mask::secrets(&mut said);
            said.to_string()
        });
        let event = AdminEvent { operation, resource_type, resource_path: path.into(), representation };
        (event, self.who.details(&self.cx.request.ip))
    }
}

/// Realm roles of master that stand above all realms.
pub(crate) const SUPREME: &[&str] = &["admin", "create-realm"];

/// The client of a realm whose roles administer it.
pub(crate) const REALM_MANAGEMENT: &str = "realm-management";
