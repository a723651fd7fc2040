//! The declarative user profile: which attributes users have, who may see and change them, what values may be [KC 4.7].
//!
//! A realm that never changed it has the one of `default.json`; else a component holds it as JSON text.

#[cfg(test)]
mod tests;
mod validators;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use model::Document;
use serde_json::{Map, Value};

use crate::Plan;
pub use validators::VALIDATORS;

/// Attributes and their values.
pub type Attributes = BTreeMap<String, Vec<String>>;

/// A realm's user profile.
#[derive(Clone, Debug)]
pub struct UserProfile {
    /// The attributes in their order.
    pub attributes: Vec<Attribute>,
    /// What becomes of attributes that aren't declared.
    pub unmanaged: Unmanaged,
    /// The configuration as it was written.
    pub doc: Document,
}

/// A declared attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its name for people, maybe a key of a message in `${}`.
    pub display_name: Option<String>,
    /// Whether it may have more than one value.
    pub multivalued: bool,
    view: Vec<String>,
    edit: Vec<String>,
    required: Option<Required>,
    validations: Map<String, Value>,
}

#[derive(Clone, Debug)]
struct Required {
    roles: Vec<String>,
    scopes: Vec<String>,
}

/// What becomes of attributes that aren't declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmanaged {
    /// They are neither shown nor taken.
    Disabled,
    /// Everybody sees and changes them.
    Enabled,
    /// Administrators see them.
    AdminView,
    /// Administrators see and change them.
    AdminEdit,
}

/// Who looks or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// An administrator.
    Admin,
    /// The user.
    User,
}

impl By {
    fn role(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}

/// A value that may not be.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The attribute.
    pub field: String,
    /// The key of the message.
    pub message: &'static str,
    /// What the message's places stand for; the attribute's name first.
    pub params: Vec<Value>,
}

/// The provider type of the component that holds it.
pub const PROVIDER_TYPE: &str = "org.keycloak.userprofile.UserProfileProvider";
/// The component's provider.
pub const PROVIDER_ID: &str = "declarative-user-profile";
/// The component's configuration entry.
pub const CONFIG: &str = "kc.user.profile.config";

impl UserProfile {
    /// The profile of a realm.
    pub fn of(plan: &Plan) -> Self {
        plan.profile.clone()
    }

    /// Reads the profile among a realm's components.
    pub fn among(components: &[(String, Document)], realm: &str) -> Self {
        let component = components.iter().find(|(_, doc)| doc.text("providerType") == Some(PROVIDER_TYPE));
        let text = component.and_then(|(_, doc)| {
            let value = doc.object("config")?.get(CONFIG)?;
            value.as_str().or_else(|| value.as_array()?.first()?.as_str())
        });
        match text.map(Document::parse) {
            Some(Ok(doc)) => Self::read(doc),
            Some(Err(error)) => {
                tracing::warn!(realm, %error, "the user profile can't be read; the usual one applies");
                Self::usual()
            }
            None => Self::usual(),
        }
    }

    /// The profile of a realm that never changed it.
    pub fn usual() -> Self {
        static USUAL: LazyLock<UserProfile> =
            LazyLock::new(|| UserProfile::read(Document::parse(include_str!("default.json")).unwrap_or_default()));
        USUAL.clone()
    }

    /// Reads a configuration.
    pub fn read(doc: Document) -> Self {
        let attributes = doc.list("attributes").iter().filter_map(Attribute::read).collect();
        let unmanaged = match doc.text("unmanagedAttributePolicy") {
            Some("ENABLED") => Unmanaged::Enabled,
            Some("ADMIN_VIEW") => Unmanaged::AdminView,
            Some("ADMIN_EDIT") => Unmanaged::AdminEdit,
            _ => Unmanaged::Disabled,
        };
        Self { attributes, unmanaged, doc }
    }

    /// The profile with the attribute that holds the language a user chose, as administrators have it in a realm whose
    /// pages speak several.
    #[must_use]
    pub fn with_locale(mut self) -> Self {
        if self.attribute(LOCALE).is_none() {
            self.attributes.insert(0, Attribute::free(LOCALE));
        }
        self
    }

    /// The declared attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// Whether somebody sees an attribute.
    pub fn may_view(&self, name: &str, by: By) -> bool {
        match self.attribute(name) {
            Some(attribute) => attribute.may_view(by),
            None => matches!(
                (self.unmanaged, by),
                (Unmanaged::Enabled, _) | (Unmanaged::AdminView | Unmanaged::AdminEdit, By::Admin)
            ),
        }
    }

    /// Whether somebody may change an attribute.
    pub fn may_edit(&self, name: &str, by: By) -> bool {
        match self.attribute(name) {
            Some(attribute) => attribute.may_edit(by),
            None => matches!((self.unmanaged, by), (Unmanaged::Enabled, _) | (Unmanaged::AdminEdit, By::Admin)),
        }
    }

    /// Judges values; every problem in the order of the attributes. `required`: whether those that must be given are
    /// asked for, as in a form, but not in a change of one attribute.
    pub fn validate(&self, values: &Attributes, by: By, required: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        for attribute in &self.attributes {
            let given = values.get(&attribute.name).map_or(&[][..], Vec::as_slice);
            if given.iter().all(|value| value.trim().is_empty()) {
                if required && attribute.is_required(by) {
                    problems.push(attribute.problem("error-user-attribute-required", &[]));
                }
                continue;
            }
            problems.extend(attribute.validate(given));
        }
        problems
    }
}

/// The attribute that holds the language a user chose.
pub const LOCALE: &str = "locale";

impl Attribute {
    /// An attribute that everybody may set to anything.
    fn free(name: &str) -> Self {
        let all = vec![By::Admin.role().to_owned(), By::User.role().to_owned()];
        Self {
            name: name.to_owned(),
            display_name: None,
            multivalued: false,
            view: all.clone(),
            edit: all,
            required: None,
            validations: Map::new(),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        let doc = Document::from_value(value.clone());
        let permissions = Document(doc.object("permissions").cloned().unwrap_or_default());
        Some(Self {
            name: doc.string("name")?,
            display_name: doc.string("displayName"),
            multivalued: doc.flag("multivalued"),
            view: permissions.texts("view"),
            edit: permissions.texts("edit"),
            required: doc.object("required").map(|required| {
                let required = Document(required.clone());
                Required { roles: required.texts("roles"), scopes: required.texts("scopes") }
            }),
            validations: doc.object("validations").cloned().unwrap_or_default(),
        })
    }

    /// Whether somebody sees it: whoever may change it does.
    pub fn may_view(&self, by: By) -> bool {
        self.may_edit(by) || self.view.iter().any(|role| role == by.role())
    }

    /// Whether somebody may change it.
    pub fn may_edit(&self, by: By) -> bool {
        self.edit.iter().any(|role| role == by.role())
    }

    /// Whether somebody who writes the profile must give it. One that is asked for by some scopes only isn't, here.
    pub fn is_required(&self, by: By) -> bool {
        let Some(required) = &self.required else { return false };
        match required.roles.is_empty() {
            true => required.scopes.is_empty(),
            false => required.roles.iter().any(|role| role == by.role()),
        }
    }

    /// The validators and their settings.
    pub fn validations(&self) -> &Map<String, Value> {
        &self.validations
    }

    /// Judges the values by each validator.
    fn validate(&self, values: &[String]) -> Vec<Problem> {
        let mut problems = Vec::new();
        if values.len() > 1 && !self.multivalued {
            problems.push(self.problem("error-invalid-multivalued-size", &[0.into(), 1.into()]));
        }
        for (id, config) in &self.validations {
            let Some(validator) = VALIDATORS.iter().find(|v| v.id == id) else { continue };
            let config = Document::from_value(config.clone());
            if let Some((message, params)) = (validator.check)(values, &config) {
                problems.push(self.problem(message, &params));
            }
        }
        problems
    }

    fn problem(&self, message: &'static str, params: &[Value]) -> Problem {
        let params = std::iter::once(Value::from(self.name.as_str())).chain(params.iter().cloned()).collect();
        Problem { field: self.name.clone(), message, params }
    }
}
