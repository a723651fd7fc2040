//! Clients, client scopes and protocol mappers [KC 4.9].

use super::Kind::{Flag, List, Map, Number, Text, Texts};
use super::Rep;

/// A client.
pub const CLIENT: Rep = Rep {
    name: "ClientRepresentation",
    members: &[
        ("id", Text),
        ("clientId", Text),
        ("name", Text),
        ("description", Text),
        ("type", Text),
        ("rootUrl", Text),
        ("adminUrl", Text),
        ("baseUrl", Text),
        ("surrogateAuthRequired", Flag),
        ("enabled", Flag),
        ("alwaysDisplayInConsole", Flag),
        ("clientAuthenticatorType", Text),
        ("secret", Text),
        ("registrationAccessToken", Text),
        ("defaultRoles", Texts),
        ("redirectUris", Texts),
        ("webOrigins", Texts),
        ("notBefore", Number),
        ("bearerOnly", Flag),
        ("consentRequired", Flag),
        ("standardFlowEnabled", Flag),
        ("implicitFlowEnabled", Flag),
        ("directAccessGrantsEnabled", Flag),
        ("serviceAccountsEnabled", Flag),
        ("authorizationServicesEnabled", Flag),
        ("directGrantsOnly", Flag),
        ("publicClient", Flag),
        ("frontchannelLogout", Flag),
        ("protocol", Text),
        ("attributes", Map),
        ("authenticationFlowBindingOverrides", Map),
        ("fullScopeAllowed", Flag),
        ("nodeReRegistrationTimeout", Number),
        ("registeredNodes", Map),
        ("protocolMappers", List),
        ("clientTemplate", Text),
        ("useTemplateConfig", Flag),
        ("useTemplateScope", Flag),
        ("useTemplateMappers", Flag),
        ("defaultClientScopes", Texts),
        ("optionalClientScopes", Texts),
        ("authorizationSettings", Map),
        ("access", Map),
        ("origin", Text),
    ],
};

/// A client scope.
pub const CLIENT_SCOPE: Rep = Rep {
    name: "ClientScopeRepresentation",
    members: &[
        ("id", Text),
        ("name", Text),
        ("description", Text),
        ("protocol", Text),
        ("attributes", Map),
        ("protocolMappers", List),
    ],
};

/// A protocol mapper.
pub const PROTOCOL_MAPPER: Rep = Rep {
    name: "ProtocolMapperRepresentation",
    members: &[
        ("id", Text),
        ("name", Text),
        ("protocol", Text),
        ("protocolMapper", Text),
        ("consentRequired", Flag),
        ("consentText", Text),
        ("config", Map),
    ],
};
