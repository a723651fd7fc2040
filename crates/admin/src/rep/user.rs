//! Users and credentials [KC 4.10, 4.11].

use super::Kind::{Flag, List, Map, Number, Text, Texts, Values};
use super::Rep;

/// A user.
pub const USER: Rep = Rep {
    name: "UserRepresentation",
    members: &[
        ("id", Text),
        ("username", Text),
        ("firstName", Text),
        ("lastName", Text),
        ("email", Text),
        ("emailVerified", Flag),
        ("attributes", Values),
        ("userProfileMetadata", Map),
        ("enabled", Flag),
        ("self", Text),
        ("origin", Text),
        ("createdTimestamp", Number),
        ("totp", Flag),
        ("federationLink", Text),
        ("serviceAccountClientId", Text),
        ("credentials", List),
        ("disableableCredentialTypes", Texts),
        ("requiredActions", Texts),
        ("federatedIdentities", List),
        ("realmRoles", Texts),
        ("clientRoles", Values),
        ("clientConsents", List),
        ("notBefore", Number),
        ("verifiableCredentials", List),
        ("issuedVerifiableCredentials", List),
        ("applicationRoles", Values),
        ("socialLinks", List),
        ("groups", Texts),
        ("access", Map),
    ],
};

/// A credential.
pub const CREDENTIAL: Rep = Rep {
    name: "CredentialRepresentation",
    members: &[
        ("id", Text),
        ("type", Text),
        ("userLabel", Text),
        ("createdDate", Number),
        ("secretData", Text),
        ("credentialData", Text),
        ("priority", Number),
        ("value", Text),
        ("temporary", Flag),
        ("device", Text),
        ("hashedSaltedValue", Text),
        ("salt", Text),
        ("hashIterations", Number),
        ("counter", Number),
        ("algorithm", Text),
        ("digits", Number),
        ("period", Number),
        ("config", Map),
        ("federationLink", Text),
    ],
};

/// A link to an account elsewhere.
pub const FEDERATED_IDENTITY: Rep = Rep {
    name: "FederatedIdentityRepresentation",
    members: &[("identityProvider", Text), ("userId", Text), ("userName", Text)],
};
