//! What a mapper can be told: the properties that the server information lists, and the ones that many mappers share.

/// One entry of a mapper's configuration.
pub struct Property {
    /// The configuration's key.
    pub name: &'static str,
    /// Keycloak's label, mostly a key of the console's own texts.
    pub label: &'static str,
    /// What its values are.
    pub kind: PropertyKind,
    /// What the console fills in for a new mapper; it does not stand in for an absent value.
    pub default: Option<&'static str>,
    /// Whether the console insists on a value.
    pub required: bool,
}

/// What a property's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// `true` or `false`.
    Boolean,
    /// Any text.
    Text,
    /// One of these texts.
    List(&'static [&'static str]),
    /// A role: `name`, or `clientId.name`.
    Role,
    /// A `clientId`.
    ClientList,
    /// A user's attribute.
    UserAttribute,
}

impl PropertyKind {
    /// Keycloak's name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Text => "String",
            Self::List(_) => "List",
            Self::Role => "Role",
            Self::ClientList => "ClientList",
            Self::UserAttribute => "UserProfileAttributeList",
        }
    }

    /// The texts to choose from.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Self::List(options) => options,
            _ => &[],
        }
    }
}

impl Property {
    /// A text.
    pub(super) const fn text(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: PropertyKind::Text, default: None, required: false }
    }

    /// A switch.
    pub(super) const fn switch(name: &'static str, label: &'static str, default: Option<&'static str>) -> Self {
        Self { name, label, kind: PropertyKind::Boolean, default, required: false }
    }

    /// Something else than a text or a switch.
    pub(super) const fn of(name: &'static str, label: &'static str, kind: PropertyKind) -> Self {
        Self { name, label, kind, default: None, required: false }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn by_default(self, value: &'static str) -> Self {
        Self { default: Some(value), ..self }
    }
}

pub(super) const CLAIM_NAME: Property = Property::text("claim.name", "tokenClaimName.label").required();
pub(super) const JSON_TYPE: Property =
    Property::of("jsonType.label", "jsonType.label", PropertyKind::List(&["String", "long", "int", "boolean", "JSON"]));
pub(super) const MULTIVALUED: Property = Property::switch("multivalued", "multivalued.label", Some("true"));
pub(super) const ID: Property = Property::switch("id.token.claim", "includeInIdToken.label", Some("true"));
pub(super) const ACCESS: Property = Property::switch("access.token.claim", "includeInAccessToken.label", Some("true"));
pub(super) const LIGHTWEIGHT: Property =
    Property::switch("lightweight.claim", "includeInLightweight.label", Some("false"));
pub(super) const USERINFO: Property = Property::switch("userinfo.token.claim", "includeInUserInfo.label", Some("true"));
pub(super) const INTROSPECTION: Property =
    Property::switch("introspection.token.claim", "includeInIntrospection.label", Some("true"));
pub(super) const RESPONSE: Property =
    Property::switch("access.tokenResponse.claim", "includeInAccessTokenResponse.label", Some("false"));
