//! Components, flows, required actions and identity providers [KC 4.12].

use super::Kind::{Flag, List, Map, Number, Text, Texts};
use super::Rep;

/// A component.
pub const COMPONENT: Rep = Rep {
    name: "ComponentRepresentation",
    members: &[
        ("id", Text),
        ("name", Text),
        ("providerId", Text),
        ("providerType", Text),
        ("parentId", Text),
        ("subType", Text),
        ("config", Map),
    ],
};

/// A component with those below it, as a realm's file has it.
pub const COMPONENT_EXPORT: Rep = Rep {
    name: "ComponentExportRepresentation",
    members: &[
        ("id", Text),
        ("name", Text),
        ("providerId", Text),
        ("subType", Text),
        ("subComponents", Map),
        ("config", Map),
    ],
};

/// An authentication flow.
pub const FLOW: Rep = Rep {
    name: "AuthenticationFlowRepresentation",
    members: &[
        ("id", Text),
        ("alias", Text),
        ("description", Text),
        ("providerId", Text),
        ("topLevel", Flag),
        ("builtIn", Flag),
        ("authenticationExecutions", List),
    ],
};

/// An authenticator's configuration.
pub const AUTHENTICATOR_CONFIG: Rep =
    Rep { name: "AuthenticatorConfigRepresentation", members: &[("id", Text), ("alias", Text), ("config", Map)] };

/// A required action.
pub const REQUIRED_ACTION: Rep = Rep {
    name: "RequiredActionProviderRepresentation",
    members: &[
        ("alias", Text),
        ("name", Text),
        ("providerId", Text),
        ("enabled", Flag),
        ("defaultAction", Flag),
        ("priority", Number),
        ("config", Map),
    ],
};

/// An identity provider.
pub const IDENTITY_PROVIDER: Rep = Rep {
    name: "IdentityProviderRepresentation",
    members: &[
        ("alias", Text),
        ("displayName", Text),
        ("internalId", Text),
        ("providerId", Text),
        ("enabled", Flag),
        ("updateProfileFirstLoginMode", Text),
        ("trustEmail", Flag),
        ("storeToken", Flag),
        ("addReadTokenRoleOnCreate", Flag),
        ("authenticateByDefault", Flag),
        ("linkOnly", Flag),
        ("hideOnLogin", Flag),
        ("firstBrokerLoginFlowAlias", Text),
        ("postBrokerLoginFlowAlias", Text),
        ("organizationLinks", List),
        ("config", Map),
        ("types", Texts),
        ("updateProfileFirstLogin", Flag),
        ("organizationId", Text),
    ],
};

/// A mapper of an identity provider.
pub const IDENTITY_PROVIDER_MAPPER: Rep = Rep {
    name: "IdentityProviderMapperRepresentation",
    members: &[
        ("id", Text),
        ("name", Text),
        ("identityProviderAlias", Text),
        ("identityProviderMapper", Text),
        ("config", Map),
    ],
};

/// The declarative user profile.
pub const USER_PROFILE: Rep =
    Rep { name: "UPConfig", members: &[("attributes", List), ("groups", List), ("unmanagedAttributePolicy", Text)] };
