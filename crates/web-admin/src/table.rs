//! The Admin API as a table: what is asked, what it takes, what answers. Reading it is knowing the API.

use std::pin::Pin;

use admin::permit::Permission;

use crate::answer::Done;
use crate::call::Visit;
use crate::routes::{
    attack_detection, authentication, client_scopes, clients, components, events, groups, identity_provider,
    localization, participants, protocol_mappers, realms, role_mappings, roles, scope_mappings, server, users,
};

/// A route.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, its parts in braces.
    pub path: &'static str,
    /// The permission's name.
    pub permission: &'static str,
    /// Roles of which one is needed; none where any token will do, or the operation itself looks.
    pub roles: &'static [&'static str],
    pub(crate) run: for<'a> fn(Visit<'a>) -> Pin<Box<dyn Future<Output = Done> + Send + 'a>>,
}

impl Route {
    /// Whether it may change a realm's configuration: everything but reading, and but its users.
    pub(crate) fn reconfigures(&self) -> bool {
        let is_of_users = self.path.starts_with("/admin/realms/{realm}/users");
        self.method != Method::Get && self.path.contains("{realm}") && !is_of_users
    }

    /// How long a body may be.
    pub(crate) fn longest_body(&self) -> usize {
        match self.path {
            "/admin/realms" | "/admin/realms/{realm}/partialImport" => LONGEST_REALM,
            _ => LONGEST_BODY,
        }
    }
}

/// Octets of a body: a realm's file is the longest there is.
const LONGEST_REALM: usize = 64 * 1024 * 1024;
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// The methods of the Admin API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the method of that name")]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

macro_rules! routes {
    ($($method:ident $path:literal $permission:ident $handler:path;)*) => {
        &[$(Route {
            method: Method::$method,
            path: $path,
            permission: <admin::permit::$permission as Permission>::NAME,
            roles: <admin::permit::$permission as Permission>::ROLES,
            run: |visit| Box::pin(async move {
                let permit = visit.permit::<admin::permit::$permission>()?;
                $handler(permit, visit.call).await
            }),
        },)*]
    };
}

/// Every route of the Admin API.
#[rustfmt::skip]
pub const ROUTES: &[Route] = routes! {
    // -- the server --
    Get    "/admin/serverinfo" Anybody server::info;
    Get    "/admin/{realm}/console/whoami" Anybody server::whoami;

    // -- realms --
    Get    "/admin/realms" Anybody realms::list;
    Post   "/admin/realms" Anybody realms::create;
    Get    "/admin/realms/{realm}" AnyAdministrator realms::read;
    Put    "/admin/realms/{realm}" ManageRealm realms::update;
    Delete "/admin/realms/{realm}" ManageRealm realms::delete;
    Post   "/admin/realms/{realm}/logout-all" ManageUsers realms::logout_all;
    Post   "/admin/realms/{realm}/push-revocation" ManageRealm realms::push_revocation;
    Delete "/admin/realms/{realm}/sessions/{session}" ManageUsers realms::end_session;
    Get    "/admin/realms/{realm}/client-session-stats" ViewRealm realms::session_stats;
    Get    "/admin/realms/{realm}/keys" ViewRealm realms::keys;
    Post   "/admin/realms/{realm}/partial-export" ManageRealm realms::partial_export;
    Post   "/admin/realms/{realm}/partialImport" ManageRealm realms::partial_import;
    Post   "/admin/realms/{realm}/clear-realm-cache" ManageRealm realms::nothing_cached;
    Post   "/admin/realms/{realm}/clear-user-cache" ManageRealm realms::nothing_cached;
    Post   "/admin/realms/{realm}/clear-keys-cache" ManageRealm realms::nothing_cached;
    Get    "/admin/realms/{realm}/localization" AnyAdministrator localization::locales;
    Get    "/admin/realms/{realm}/localization/{locale}" AnyAdministrator localization::read;
    Post   "/admin/realms/{realm}/localization/{locale}" ManageRealm localization::add;
    Delete "/admin/realms/{realm}/localization/{locale}" ManageRealm localization::delete;
    Get    "/admin/realms/{realm}/localization/{locale}/{key}" AnyAdministrator localization::read_text;
    Put    "/admin/realms/{realm}/localization/{locale}/{key}" ManageRealm localization::set_text;
    Delete "/admin/realms/{realm}/localization/{locale}/{key}" ManageRealm localization::delete_text;
    Get    "/admin/realms/{realm}/default-groups" ViewRealm groups::defaults;
    Put    "/admin/realms/{realm}/default-groups/{group}" ManageRealm groups::add_default;
    Delete "/admin/realms/{realm}/default-groups/{group}" ManageRealm groups::remove_default;
    Get    "/admin/realms/{realm}/group-by-path/{*path}" ViewUsers groups::by_path;

    // -- events, attack detection --
    Get    "/admin/realms/{realm}/events" ViewEvents events::list;
    Delete "/admin/realms/{realm}/events" ManageEvents events::clear;
    Get    "/admin/realms/{realm}/events/config" ViewEvents events::config;
    Put    "/admin/realms/{realm}/events/config" ManageEvents events::update_config;
    Get    "/admin/realms/{realm}/admin-events" ViewEvents events::list_admin;
    Delete "/admin/realms/{realm}/admin-events" ManageEvents events::clear_admin;
    Get    "/admin/realms/{realm}/attack-detection/brute-force/users/{user}" ViewUsers attack_detection::status;
    Delete "/admin/realms/{realm}/attack-detection/brute-force/users/{user}" ManageUsers attack_detection::clear;
    Delete "/admin/realms/{realm}/attack-detection/brute-force/users" ManageUsers attack_detection::clear_all;

    // -- users --
    Get    "/admin/realms/{realm}/users" QueryUsers users::list;
    Post   "/admin/realms/{realm}/users" ManageUsers users::create;
    Get    "/admin/realms/{realm}/users/count" QueryUsers users::count;
    Get    "/admin/realms/{realm}/users/profile" AnyAdministrator users::profile;
    Put    "/admin/realms/{realm}/users/profile" ManageRealm users::update_profile;
    Get    "/admin/realms/{realm}/users/profile/metadata" AnyAdministrator users::profile_metadata;
    Get    "/admin/realms/{realm}/users/{user}" ViewUsers users::read;
    Put    "/admin/realms/{realm}/users/{user}" ManageUsers users::update;
    Delete "/admin/realms/{realm}/users/{user}" ManageUsers users::delete;
    Get    "/admin/realms/{realm}/users/{user}/unmanagedAttributes" ViewUsers users::unmanaged_attributes;
    Get    "/admin/realms/{realm}/users/{user}/credentials" ViewUsers users::credentials;
    Delete "/admin/realms/{realm}/users/{user}/credentials/{credential}" ManageUsers users::delete_credential;
    Put    "/admin/realms/{realm}/users/{user}/credentials/{credential}/userLabel" ManageUsers users::label_credential;
    Post   "/admin/realms/{realm}/users/{user}/credentials/{credential}/moveToFirst" ManageUsers users::move_to_first;
    Post   "/admin/realms/{realm}/users/{user}/credentials/{credential}/moveAfter/{after}" ManageUsers users::move_after;
    Put    "/admin/realms/{realm}/users/{user}/reset-password" ManageUsers users::reset_password;
    Put    "/admin/realms/{realm}/users/{user}/execute-actions-email" ManageUsers users::execute_actions_email;
    Put    "/admin/realms/{realm}/users/{user}/reset-password-email" ManageUsers users::execute_actions_email;
    Put    "/admin/realms/{realm}/users/{user}/send-verify-email" ManageUsers users::send_verify_email;
    Put    "/admin/realms/{realm}/users/{user}/disable-credential-types" ManageUsers users::disable_credentials;
    Get    "/admin/realms/{realm}/users/{user}/configured-user-storage-credential-types" ViewUsers users::no_list;
    Get    "/admin/realms/{realm}/users/{user}/groups" ViewUsers users::groups;
    Get    "/admin/realms/{realm}/users/{user}/groups/count" ViewUsers users::count_groups;
    Put    "/admin/realms/{realm}/users/{user}/groups/{group}" ManageUsers users::join_group;
    Delete "/admin/realms/{realm}/users/{user}/groups/{group}" ManageUsers users::leave_group;
    Get    "/admin/realms/{realm}/users/{user}/sessions" ViewUsers users::sessions;
    Get    "/admin/realms/{realm}/users/{user}/offline-sessions/{client}" ViewUsers users::offline_sessions;
    Post   "/admin/realms/{realm}/users/{user}/logout" ManageUsers users::logout;
    Get    "/admin/realms/{realm}/users/{user}/consents" ViewUsers users::consents;
    Delete "/admin/realms/{realm}/users/{user}/consents/{client}" ManageUsers users::revoke_consent;
    Get    "/admin/realms/{realm}/users/{user}/federated-identity" ViewUsers users::federated_identities;
    Post   "/admin/realms/{realm}/users/{user}/federated-identity/{provider}" ManageUsers users::link;
    Delete "/admin/realms/{realm}/users/{user}/federated-identity/{provider}" ManageUsers users::unlink;
    Get    "/admin/realms/{realm}/users/{user}/role-mappings" ViewUsers role_mappings::all;
    Get    "/admin/realms/{realm}/users/{user}/role-mappings/realm" ViewUsers role_mappings::list;
    Post   "/admin/realms/{realm}/users/{user}/role-mappings/realm" ManageUsers role_mappings::add;
    Delete "/admin/realms/{realm}/users/{user}/role-mappings/realm" ManageUsers role_mappings::remove;
    Get    "/admin/realms/{realm}/users/{user}/role-mappings/realm/available" ViewUsers role_mappings::available;
    Get    "/admin/realms/{realm}/users/{user}/role-mappings/realm/composite" ViewUsers role_mappings::effective;
    Get    "/admin/realms/{realm}/users/{user}/role-mappings/clients/{client}" ViewUsers role_mappings::list;
    Post   "/admin/realms/{realm}/users/{user}/role-mappings/clients/{client}" ManageUsers role_mappings::add;
    Delete "/admin/realms/{realm}/users/{user}/role-mappings/clients/{client}" ManageUsers role_mappings::remove;
    Get    "/admin/realms/{realm}/users/{user}/role-mappings/clients/{client}/available" ViewUsers role_mappings::available;
    Get    "/admin/realms/{realm}/users/{user}/role-mappings/clients/{client}/composite" ViewUsers role_mappings::effective;

    // -- groups --
    Get    "/admin/realms/{realm}/groups" QueryGroups groups::list;
    Post   "/admin/realms/{realm}/groups" ManageUsers groups::create;
    Get    "/admin/realms/{realm}/groups/count" QueryGroups groups::count;
    Get    "/admin/realms/{realm}/groups/{group}" ViewUsers groups::read;
    Put    "/admin/realms/{realm}/groups/{group}" ManageUsers groups::update;
    Delete "/admin/realms/{realm}/groups/{group}" ManageUsers groups::delete;
    Get    "/admin/realms/{realm}/groups/{group}/children" ViewUsers groups::children;
    Post   "/admin/realms/{realm}/groups/{group}/children" ManageUsers groups::create_child;
    Get    "/admin/realms/{realm}/groups/{group}/members" ViewUsers groups::members;
    Get    "/admin/realms/{realm}/groups/{group}/role-mappings" ViewUsers role_mappings::all;
    Get    "/admin/realms/{realm}/groups/{group}/role-mappings/realm" ViewUsers role_mappings::list;
    Post   "/admin/realms/{realm}/groups/{group}/role-mappings/realm" ManageUsers role_mappings::add;
    Delete "/admin/realms/{realm}/groups/{group}/role-mappings/realm" ManageUsers role_mappings::remove;
    Get    "/admin/realms/{realm}/groups/{group}/role-mappings/realm/available" ViewUsers role_mappings::available;
    Get    "/admin/realms/{realm}/groups/{group}/role-mappings/realm/composite" ViewUsers role_mappings::effective;
    Get    "/admin/realms/{realm}/groups/{group}/role-mappings/clients/{client}" ViewUsers role_mappings::list;
    Post   "/admin/realms/{realm}/groups/{group}/role-mappings/clients/{client}" ManageUsers role_mappings::add;
    Delete "/admin/realms/{realm}/groups/{group}/role-mappings/clients/{client}" ManageUsers role_mappings::remove;
    Get    "/admin/realms/{realm}/groups/{group}/role-mappings/clients/{client}/available" ViewUsers role_mappings::available;
    Get    "/admin/realms/{realm}/groups/{group}/role-mappings/clients/{client}/composite" ViewUsers role_mappings::effective;

    // -- roles --
    Get    "/admin/realms/{realm}/roles" ListRoles roles::list;
    Post   "/admin/realms/{realm}/roles" ManageRealm roles::create;
    Get    "/admin/realms/{realm}/roles/{role}" ViewRealm roles::read;
    Put    "/admin/realms/{realm}/roles/{role}" ManageRealm roles::update;
    Delete "/admin/realms/{realm}/roles/{role}" ManageRealm roles::delete;
    Get    "/admin/realms/{realm}/roles/{role}/users" ViewRealm roles::users;
    Get    "/admin/realms/{realm}/roles/{role}/groups" ViewRealm roles::groups;
    Get    "/admin/realms/{realm}/roles/{role}/composites" ViewRealm roles::composites;
    Post   "/admin/realms/{realm}/roles/{role}/composites" ManageRealm roles::add_composites;
    Delete "/admin/realms/{realm}/roles/{role}/composites" ManageRealm roles::remove_composites;
    Get    "/admin/realms/{realm}/roles/{role}/composites/realm" ViewRealm roles::realm_composites;
    Get    "/admin/realms/{realm}/roles/{role}/composites/clients/{other}" ViewRealm roles::client_composites;
    Get    "/admin/realms/{realm}/clients/{client}/roles" ViewClients roles::list;
    Post   "/admin/realms/{realm}/clients/{client}/roles" ManageClients roles::create;
    Get    "/admin/realms/{realm}/clients/{client}/roles/{role}" ViewClients roles::read;
    Put    "/admin/realms/{realm}/clients/{client}/roles/{role}" ManageClients roles::update;
    Delete "/admin/realms/{realm}/clients/{client}/roles/{role}" ManageClients roles::delete;
    Get    "/admin/realms/{realm}/clients/{client}/roles/{role}/users" ViewClients roles::users;
    Get    "/admin/realms/{realm}/clients/{client}/roles/{role}/groups" ViewClients roles::groups;
    Get    "/admin/realms/{realm}/clients/{client}/roles/{role}/composites" ViewClients roles::composites;
    Post   "/admin/realms/{realm}/clients/{client}/roles/{role}/composites" ManageClients roles::add_composites;
    Delete "/admin/realms/{realm}/clients/{client}/roles/{role}/composites" ManageClients roles::remove_composites;
    Get    "/admin/realms/{realm}/clients/{client}/roles/{role}/composites/realm" ViewClients roles::realm_composites;
    Get    "/admin/realms/{realm}/clients/{client}/roles/{role}/composites/clients/{other}" ViewClients roles::client_composites;
    Get    "/admin/realms/{realm}/roles-by-id/{role}" AnyAdministrator roles::read_by_id;
    Put    "/admin/realms/{realm}/roles-by-id/{role}" AnyAdministrator roles::update_by_id;
    Delete "/admin/realms/{realm}/roles-by-id/{role}" AnyAdministrator roles::delete_by_id;
    Get    "/admin/realms/{realm}/roles-by-id/{role}/composites" AnyAdministrator roles::composites_by_id;
    Post   "/admin/realms/{realm}/roles-by-id/{role}/composites" AnyAdministrator roles::add_composites_by_id;
    Delete "/admin/realms/{realm}/roles-by-id/{role}/composites" AnyAdministrator roles::remove_composites_by_id;
    Get    "/admin/realms/{realm}/roles-by-id/{role}/composites/realm" AnyAdministrator roles::realm_composites_by_id;
    Get    "/admin/realms/{realm}/roles-by-id/{role}/composites/clients/{other}" AnyAdministrator roles::client_composites_by_id;

    // -- clients --
    Get    "/admin/realms/{realm}/clients" QueryClients clients::list;
    Post   "/admin/realms/{realm}/clients" CreateClients clients::create;
    Get    "/admin/realms/{realm}/clients/{client}" ViewClients clients::read;
    Put    "/admin/realms/{realm}/clients/{client}" ManageClients clients::update;
    Delete "/admin/realms/{realm}/clients/{client}" ManageClients clients::delete;
    Get    "/admin/realms/{realm}/clients/{client}/client-secret" ViewClients clients::secret;
    Post   "/admin/realms/{realm}/clients/{client}/client-secret" ManageClients clients::renew_secret;
    Get    "/admin/realms/{realm}/clients/{client}/client-secret/rotated" ViewClients clients::rotated_secret;
    Delete "/admin/realms/{realm}/clients/{client}/client-secret/rotated" ManageClients clients::end_rotated_secret;
    Get    "/admin/realms/{realm}/clients/{client}/service-account-user" ViewClients clients::service_account;
    Get    "/admin/realms/{realm}/clients/{client}/session-count" ViewClients clients::session_count;
    Get    "/admin/realms/{realm}/clients/{client}/user-sessions" ViewClients clients::sessions;
    Get    "/admin/realms/{realm}/clients/{client}/offline-session-count" ViewClients clients::offline_session_count;
    Get    "/admin/realms/{realm}/clients/{client}/offline-sessions" ViewClients clients::offline_sessions;
    Post   "/admin/realms/{realm}/clients/{client}/push-revocation" ManageClients realms::nobody_reached;
    Get    "/admin/realms/{realm}/clients/{client}/default-client-scopes" ViewClients clients::default_scopes;
    Put    "/admin/realms/{realm}/clients/{client}/default-client-scopes/{scope}" ManageClients clients::add_default_scope;
    Delete "/admin/realms/{realm}/clients/{client}/default-client-scopes/{scope}" ManageClients clients::remove_default_scope;
    Get    "/admin/realms/{realm}/clients/{client}/optional-client-scopes" ViewClients clients::optional_scopes;
    Put    "/admin/realms/{realm}/clients/{client}/optional-client-scopes/{scope}" ManageClients clients::add_optional_scope;
    Delete "/admin/realms/{realm}/clients/{client}/optional-client-scopes/{scope}" ManageClients clients::remove_optional_scope;
    Get    "/admin/realms/{realm}/clients/{client}/evaluate-scopes/generate-example-access-token" ViewClients clients::example_access_token;
    Get    "/admin/realms/{realm}/clients/{client}/evaluate-scopes/generate-example-id-token" ViewClients clients::example_id_token;
    Get    "/admin/realms/{realm}/clients/{client}/protocol-mappers/models" ViewClients protocol_mappers::list;
    Post   "/admin/realms/{realm}/clients/{client}/protocol-mappers/models" ManageClients protocol_mappers::create;
    Post   "/admin/realms/{realm}/clients/{client}/protocol-mappers/add-models" ManageClients protocol_mappers::create_all;
    Get    "/admin/realms/{realm}/clients/{client}/protocol-mappers/protocol/{protocol}" ViewClients protocol_mappers::list;
    Get    "/admin/realms/{realm}/clients/{client}/protocol-mappers/models/{mapper}" ViewClients protocol_mappers::read;
    Put    "/admin/realms/{realm}/clients/{client}/protocol-mappers/models/{mapper}" ManageClients protocol_mappers::update;
    Delete "/admin/realms/{realm}/clients/{client}/protocol-mappers/models/{mapper}" ManageClients protocol_mappers::delete;
    Get    "/admin/realms/{realm}/clients/{client}/scope-mappings" ViewClients scope_mappings::all;
    Get    "/admin/realms/{realm}/clients/{client}/scope-mappings/realm" ViewClients scope_mappings::list;
    Post   "/admin/realms/{realm}/clients/{client}/scope-mappings/realm" ManageClients scope_mappings::add;
    Delete "/admin/realms/{realm}/clients/{client}/scope-mappings/realm" ManageClients scope_mappings::remove;
    Get    "/admin/realms/{realm}/clients/{client}/scope-mappings/realm/available" ViewClients scope_mappings::available;
    Get    "/admin/realms/{realm}/clients/{client}/scope-mappings/realm/composite" ViewClients scope_mappings::effective;
    Get    "/admin/realms/{realm}/clients/{client}/scope-mappings/clients/{other}" ViewClients scope_mappings::list;
    Post   "/admin/realms/{realm}/clients/{client}/scope-mappings/clients/{other}" ManageClients scope_mappings::add;
    Delete "/admin/realms/{realm}/clients/{client}/scope-mappings/clients/{other}" ManageClients scope_mappings::remove;
    Get    "/admin/realms/{realm}/clients/{client}/scope-mappings/clients/{other}/available" ViewClients scope_mappings::available;
    Get    "/admin/realms/{realm}/clients/{client}/scope-mappings/clients/{other}/composite" ViewClients scope_mappings::effective;

    // -- client scopes --
    Get    "/admin/realms/{realm}/client-scopes" ViewClients client_scopes::list;
    Post   "/admin/realms/{realm}/client-scopes" ManageClients client_scopes::create;
    Get    "/admin/realms/{realm}/client-scopes/{scope}" ViewClients client_scopes::read;
    Put    "/admin/realms/{realm}/client-scopes/{scope}" ManageClients client_scopes::update;
    Delete "/admin/realms/{realm}/client-scopes/{scope}" ManageClients client_scopes::delete;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/models" ViewClients protocol_mappers::list;
    Post   "/admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/models" ManageClients protocol_mappers::create;
    Post   "/admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/add-models" ManageClients protocol_mappers::create_all;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/protocol/{protocol}" ViewClients protocol_mappers::list;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/models/{mapper}" ViewClients protocol_mappers::read;
    Put    "/admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/models/{mapper}" ManageClients protocol_mappers::update;
    Delete "/admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/models/{mapper}" ManageClients protocol_mappers::delete;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings" ViewClients scope_mappings::all;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/realm" ViewClients scope_mappings::list;
    Post   "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/realm" ManageClients scope_mappings::add;
    Delete "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/realm" ManageClients scope_mappings::remove;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/realm/available" ViewClients scope_mappings::available;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/realm/composite" ViewClients scope_mappings::effective;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/clients/{other}" ViewClients scope_mappings::list;
    Post   "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/clients/{other}" ManageClients scope_mappings::add;
    Delete "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/clients/{other}" ManageClients scope_mappings::remove;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/clients/{other}/available" ViewClients scope_mappings::available;
    Get    "/admin/realms/{realm}/client-scopes/{scope}/scope-mappings/clients/{other}/composite" ViewClients scope_mappings::effective;
    Get    "/admin/realms/{realm}/default-default-client-scopes" ViewRealm client_scopes::defaults;
    Put    "/admin/realms/{realm}/default-default-client-scopes/{scope}" ManageRealm client_scopes::add_default;
    Delete "/admin/realms/{realm}/default-default-client-scopes/{scope}" ManageRealm client_scopes::remove_default;
    Get    "/admin/realms/{realm}/default-optional-client-scopes" ViewRealm client_scopes::optionals;
    Put    "/admin/realms/{realm}/default-optional-client-scopes/{scope}" ManageRealm client_scopes::add_optional;
    Delete "/admin/realms/{realm}/default-optional-client-scopes/{scope}" ManageRealm client_scopes::remove_optional;

    // -- components, flows, identity providers --
    Get    "/admin/realms/{realm}/components" ViewRealm components::list;
    Post   "/admin/realms/{realm}/components" ManageRealm components::create;
    Get    "/admin/realms/{realm}/components/{component}" ViewRealm components::read;
    Put    "/admin/realms/{realm}/components/{component}" ManageRealm components::update;
    Delete "/admin/realms/{realm}/components/{component}" ManageRealm components::delete;
    Get    "/admin/realms/{realm}/authentication/flows" ViewRealm authentication::flows;
    Post   "/admin/realms/{realm}/authentication/flows" ManageRealm authentication::create_flow;
    Get    "/admin/realms/{realm}/authentication/flows/{flow}" ViewRealm authentication::read_flow;
    Put    "/admin/realms/{realm}/authentication/flows/{flow}" ManageRealm authentication::update_flow;
    Delete "/admin/realms/{realm}/authentication/flows/{flow}" ManageRealm authentication::delete_flow;
    Post   "/admin/realms/{realm}/authentication/flows/{flow}/copy" ManageRealm authentication::copy_flow;
    Get    "/admin/realms/{realm}/authentication/flows/{flow}/executions" ViewRealm authentication::executions;
    Put    "/admin/realms/{realm}/authentication/flows/{flow}/executions" ManageRealm authentication::update_execution;
    Get    "/admin/realms/{realm}/authentication/config/{config}" ViewRealm authentication::read_config;
    Put    "/admin/realms/{realm}/authentication/config/{config}" ManageRealm authentication::update_config;
    Get    "/admin/realms/{realm}/authentication/required-actions" ViewRealm authentication::required_actions;
    Get    "/admin/realms/{realm}/authentication/required-actions/{action}" ViewRealm authentication::read_action;
    Put    "/admin/realms/{realm}/authentication/required-actions/{action}" ManageRealm authentication::update_action;
    Delete "/admin/realms/{realm}/authentication/required-actions/{action}" ManageRealm authentication::delete_action;
    Post   "/admin/realms/{realm}/authentication/required-actions/{action}/raise-priority" ManageRealm authentication::raise_action;
    Post   "/admin/realms/{realm}/authentication/required-actions/{action}/lower-priority" ManageRealm authentication::lower_action;
    Get    "/admin/realms/{realm}/identity-provider/instances" ViewIdentityProviders identity_provider::list;
    Post   "/admin/realms/{realm}/identity-provider/instances" ManageIdentityProviders identity_provider::create;
    Get    "/admin/realms/{realm}/identity-provider/instances/{alias}" ViewIdentityProviders identity_provider::read;
    Put    "/admin/realms/{realm}/identity-provider/instances/{alias}" ManageIdentityProviders identity_provider::update;
    Delete "/admin/realms/{realm}/identity-provider/instances/{alias}" ManageIdentityProviders identity_provider::delete;
    Get    "/admin/realms/{realm}/identity-provider/instances/{alias}/mappers" ViewIdentityProviders identity_provider::list_mappers;
    Post   "/admin/realms/{realm}/identity-provider/instances/{alias}/mappers" ManageIdentityProviders identity_provider::create_mapper;
    Get    "/admin/realms/{realm}/identity-provider/instances/{alias}/mappers/{mapper}" ViewIdentityProviders identity_provider::read_mapper;
    Put    "/admin/realms/{realm}/identity-provider/instances/{alias}/mappers/{mapper}" ManageIdentityProviders identity_provider::update_mapper;
    Delete "/admin/realms/{realm}/identity-provider/instances/{alias}/mappers/{mapper}" ManageIdentityProviders identity_provider::delete_mapper;

    // -- participants: 404 in a realm without them --
    Get    "/admin/realms/{realm}/participants" ViewParticipants participants::list;
    Post   "/admin/realms/{realm}/participants" ManageParticipants participants::create;
    Get    "/admin/realms/{realm}/participants/count" ViewParticipants participants::count;
    Get    "/admin/realms/{realm}/participants/expiring" ViewParticipants participants::expiring;
    Get    "/admin/realms/{realm}/participants/{participant}" ViewParticipants participants::read;
    Put    "/admin/realms/{realm}/participants/{participant}" ManageParticipants participants::update;
    Get    "/admin/realms/{realm}/participants/{participant}/history" ViewParticipants participants::own_history;
    Get    "/admin/realms/{realm}/participants/{participant}/roles" ViewParticipants participants::roles;
    Post   "/admin/realms/{realm}/participants/{participant}/roles" ManageParticipants participants::create_role;
    Get    "/admin/realms/{realm}/participants/{participant}/roles/{role}" ViewParticipants participants::read_role;
    Put    "/admin/realms/{realm}/participants/{participant}/roles/{role}" ChangeRoles participants::update_role;
    Get    "/admin/realms/{realm}/participants/{participant}/roles/{role}/addresses" ViewParticipants participants::addresses;
    Put    "/admin/realms/{realm}/participants/{participant}/roles/{role}/addresses" ManageParticipants participants::set_addresses;
    Get    "/admin/realms/{realm}/participants/{participant}/roles/{role}/history" ViewParticipants participants::history;
    Post   "/admin/realms/{realm}/participants/{participant}/roles/{role}/client-secret" ManageParticipants participants::rotate_secret;
    Get    "/admin/realms/{realm}/participants/{participant}/roles/{role}/keys" ViewParticipants participants::keys;
    Post   "/admin/realms/{realm}/participants/{participant}/roles/{role}/keys" ManageParticipants participants::add_key;
    Get    "/admin/realms/{realm}/participants/{participant}/roles/{role}/keys/jwks" ViewParticipants participants::jwks;
    Post   "/admin/realms/{realm}/participants/{participant}/roles/{role}/keys/nonce" ManageParticipants participants::nonce;
    Get    "/admin/realms/{realm}/participants/{participant}/roles/{role}/keys/{key}" ViewParticipants participants::read_key;
    Put    "/admin/realms/{realm}/participants/{participant}/roles/{role}/keys/{key}" ManageParticipants participants::update_key;
    Get    "/admin/realms/{realm}/product-networks" ViewParticipants participants::networks;
    Get    "/admin/realms/{realm}/product-networks/{network}/roles" ViewParticipants participants::network_roles;
    Put    "/admin/realms/{realm}/product-networks/{network}/roles/{role}" ManageParticipants participants::put_into_network;
    Delete "/admin/realms/{realm}/product-networks/{network}/roles/{role}" ManageParticipants participants::take_out_of_network;
};
