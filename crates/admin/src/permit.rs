//! Proof that an administrator may: only a check makes a [`Permit`], and an operation asks for the one it needs [KC 5.3].
//!
//! A realm's own administrators have roles of its client `realm-management`; those of master have roles of master's
//! client `<realm>-realm`, which the role `admin` brings along. Nobody else administers anything.

use std::marker::PhantomData;

use domain::Result;
use domain::network::Network;
use model::{AdminEvent, AdminOperation, MESSAGE_SIGNING, Right};
use oidc::{Bearer, Cx};
use registry::Actor;
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
    /// Seeing who takes part in the network: participants, their roles, keys and history.
    ViewParticipants = OF_PARTICIPANTS;
    /// Registering and changing them.
    ManageParticipants = &["manage-participants"];
    /// Deciding on their approval.
    ApproveParticipants = &["approve-participants"];
    /// Changing a role's settings or its approval; the operation itself looks which.
    ChangeRoles = &["manage-participants", "approve-participants"];
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
    "view-participants",
    "manage-participants",
    "approve-participants",
    REALM_ADMIN,
];

/// Those of them that only realms with participants have.
pub const OF_PARTICIPANTS: &[&str] = &["view-participants", "manage-participants", "approve-participants"];

/// The role of a realm's own administrators that brings all others along.
pub(crate) const REALM_ADMIN: &str = "realm-admin";

/// Who asks: the bearer of a token that counts, or the server's own command line, which holds the store anyway.
pub struct Administrator {
    bearer: Option<Bearer>,
}

impl Administrator {
    /// Whoever bears the token.
    pub fn new(bearer: Bearer) -> Self {
        Self { bearer: Some(bearer) }
    }

    /// Whoever sits at the server's own command line; never made for a request.
    pub fn at_the_command_line() -> Self {
        Self { bearer: None }
    }

    /// The token; none at the command line.
    pub fn bearer(&self) -> Option<&Bearer> {
        self.bearer.as_ref()
    }

    /// The realm that the token is of; that of the command line has no name.
    pub fn realm(&self) -> &str {
        self.bearer.as_ref().map_or("", |bearer| &bearer.plan.realm.name)
    }

    /// Who it is, as records of the registry say it.
    pub fn actor(&self) -> Actor {
        let realm = self.realm().to_owned();
        match &self.bearer {
            Some(bearer) => Actor {
                realm,
                client_id: bearer.client.client.client_id.clone(),
                user_id: Some(bearer.person.user.id.clone()),
            },
            None => Actor { realm, client_id: COMMAND_LINE.to_owned(), user_id: None },
        }
    }

    /// Whether they have a role over a realm.
    pub fn has(&self, realm: &str, role: &str) -> bool {
        let Some(bearer) = &self.bearer else { return true };
        let own = self.realm();
        let client = match (own == realm, own == MASTER) {
            (_, true) => client_of(realm),
            (true, false) => REALM_MANAGEMENT.to_owned(),
            (false, false) => return false,
        };
        bearer.has_client_role(&client, role)
    }

    /// Whether they have a role over a realm, or all that it stands for: master's clients have no `realm-admin`, so
    /// there it is every other one that there is.
    fn has_all_of(&self, realm: &str, role: &str) -> bool {
        let is_part = |one: &&&str| match **one {
            REALM_ADMIN => false,
            one if OF_PARTICIPANTS.contains(&one) => self.knows(realm, one),
            _ => true,
        };
        self.has(realm, role)
            || role == REALM_ADMIN
                && self.realm() == MASTER
                && ADMINISTRATORS.iter().filter(is_part).all(|one| self.has(realm, one))
    }

    /// Whether master's client for a realm has a role.
    fn knows(&self, realm: &str, role: &str) -> bool {
        let bearer = self.bearer.as_ref();
        bearer.is_some_and(|bearer| bearer.plan.roles.client_role(&client_of(realm), role).is_some())
    }

    /// Whether they may do something to a realm.
    pub fn may<P: Permission>(&self, realm: &str) -> bool {
        P::ROLES.is_empty() || P::ROLES.iter().any(|role| self.has(realm, role))
    }

    /// Whether they may make realms.
    pub fn may_create_realms(&self) -> bool {
        self.has_supreme("create-realm")
    }

    /// Whether they administer all realms.
    pub fn may_everything(&self) -> bool {
        self.has_supreme("admin")
    }

    /// Whether they have a role of master that stands above all realms.
    fn has_supreme(&self, role: &str) -> bool {
        match &self.bearer {
            Some(bearer) => self.realm() == MASTER && bearer.has_realm_role(role),
            None => true,
        }
    }

    /// Who and where from, as administrators' events say it.
    fn details(&self, ip: &str) -> Value {
        match &self.bearer {
            Some(bearer) => json!({
                "realmId": bearer.plan.realm.id,
                "clientId": bearer.client.client.id,
                "userId": bearer.person.user.id,
                "ipAddress": ip,
            }),
            None => json!({"clientId": COMMAND_LINE, "ipAddress": ip}),
        }
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
    /// 403 for who may not; 404 for what is about participants, in a realm without them.
    pub fn check(cx: Cx<'a>, who: &'a Administrator) -> Result<Self> {
        let is_of_participants = !P::ROLES.is_empty() && P::ROLES.iter().all(|role| OF_PARTICIPANTS.contains(role));
        if is_of_participants && cx.plan.network.is_none() {
            return Err(refusals::NOT_FOUND.into());
        }
        match who.may::<P>(&cx.plan.realm.name) {
            true => Ok(Self { cx, who, proof: PhantomData }),
            false => Err(refusals::FORBIDDEN.into()),
        }
    }

    /// Whether the same person may do something else to the same realm.
    pub fn also<Q: Permission>(&self) -> bool {
        self.who.may::<Q>(&self.cx.plan.realm.name)
    }

    /// The proof that the same person may do something else to the same realm, if they may.
    pub(crate) fn narrowed<Q: Permission>(&self) -> Option<Permit<'a, Q>> {
        self.also::<Q>().then(|| self.widened())
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
    /// having it oneself, and so do those over messages, so that nobody raises themselves or others above what they are.
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
        if let Some(right) = Right::of_role(role).filter(|_| Network::is_on(&self.cx.plan.realm)) {
            return self.may_give(right);
        }
        let realm = &self.cx.plan.realm.name;
        match &role.client {
            Some(client) if client.client_id == REALM_MANAGEMENT => self.who.has_all_of(realm, &role.name),
            Some(client) if realm == MASTER => match client.client_id.strip_suffix("-realm") {
                Some(of) => self.who.has_all_of(of, &role.name),
                None => true,
            },
            None if realm == MASTER && SUPREME.contains(&role.name.as_str()) => self.who.has_supreme(&role.name),
            _ => true,
        }
    }

    /// Whether they may give or take away a right over messages: who has it, or all that there is over the realm. That of
    /// having messages verified is for who keeps participants, too, since each that receives needs it.
    fn may_give(&self, right: Right) -> bool {
        let realm = &self.cx.plan.realm.name;
        let has_it = |bearer: &&Bearer| {
            bearer.plan.realm.id == self.cx.plan.realm.id && bearer.has_client_role(MESSAGE_SIGNING, right.role())
        };
        self.who.has_all_of(realm, REALM_ADMIN)
            || self.who.bearer().filter(has_it).is_some()
            || right == Right::VerifyMessages && self.also::<ManageParticipants>()
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

/// What records and events call the command line.
const COMMAND_LINE: &str = "command-line";

/// The client of a realm whose roles administer it.
pub(crate) const REALM_MANAGEMENT: &str = "realm-management";
