//! A realm's parts: documents that are few and read together.

use model::Document;

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params, sealed};

/// What kind of part a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A client scope.
    ClientScope,
    /// A component: key providers, the user profile, registration policies, user storage.
    Component,
    /// An authentication flow.
    Flow,
    /// A configuration of an authenticator.
    AuthenticatorConfig,
    /// A required action.
    RequiredAction,
    /// An identity provider.
    IdentityProvider,
    /// A mapper of an identity provider.
    IdentityProviderMapper,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::ClientScope,
        Self::Component,
        Self::Flow,
        Self::AuthenticatorConfig,
        Self::RequiredAction,
        Self::IdentityProvider,
        Self::IdentityProviderMapper,
    ];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientScope => "client-scope",
            Self::Component => "component",
            Self::Flow => "flow",
            Self::AuthenticatorConfig => "authenticator-config",
            Self::RequiredAction => "required-action",
            Self::IdentityProvider => "identity-provider",
            Self::IdentityProviderMapper => "identity-provider-mapper",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.name() == name)
    }

    fn secrets(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Component => &[
                &["config", "privateKey"],
                &["config", "ecdsaPrivateKey"],
                &["config", "eddsaPrivateKey"],
                &["config", "ecdhPrivateKey"],
                &["config", "secret"],
                &["config", "keystorePassword"],
                &["config", "keyPassword"],
                &["config", "bindCredential"],
            ],
            Self::IdentityProvider => &[&["config", "clientSecret"]],
            _ => &[],
        }
    }
}

/// A part's row.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name or alias; for a component its name.
    pub name: String,
    /// Its representation, secrets included.
    pub doc: Document,
}

/// Lists all parts of a realm.
pub async fn list(store: &Store, realm_id: &str) -> Result<Vec<Part>, StoreError> {
    const SQL: &str = "SELECT id, kind, name, doc, secrets FROM realm_part WHERE realm_id = $1 ORDER BY kind, name{C}";
    store.db().read(SQL, params![realm_id]).await?.iter().map(|row| read(store, row)).collect()
}

/// Finds a part by its id.
pub async fn find(store: &Store, realm_id: &str, id: &str) -> Result<Option<Part>, StoreError> {
    const SQL: &str = "SELECT id, kind, name, doc, secrets FROM realm_part WHERE realm_id = $1 AND id = $2";
    store.db().read_one(SQL, params![realm_id, id]).await?.map(|row| read(store, &row)).transpose()
}

fn read(store: &Store, row: &Row) -> Result<Part, StoreError> {
    let id = row.text(0)?.to_owned();
    let kind = Kind::parse(row.text(1)?).ok_or_else(|| StoreError::broken("a part of an unknown kind"))?;
    let doc = sealed::join(store, &place(&id), row.text(3)?, row.bytes_opt(4)?)?;
    Ok(Part { kind, name: row.text(2)?.to_owned(), doc, id })
}

fn place(id: &str) -> String {
    format!("part/{id}")
}

/// Inserts a part.
pub fn insert(store: &Store, batch: &mut Batch, realm_id: &str, part: &Part) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &place(&part.id), &part.doc, part.kind.secrets())?;
    batch.push(
        "INSERT INTO realm_part (id, realm_id, kind, name, doc, secrets) VALUES ($1, $2, $3, $4, $5, $6)",
        params![part.id.as_str(), realm_id, part.kind.name(), part.name.as_str(), doc, secrets],
    );
    Ok(())
}

/// Replaces a part's name and document.
pub fn update(store: &Store, batch: &mut Batch, realm_id: &str, part: &Part) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &place(&part.id), &part.doc, part.kind.secrets())?;
    batch.expect(
        "UPDATE realm_part SET name = $3, doc = $4, secrets = $5 WHERE realm_id = $1 AND id = $2",
        params![realm_id, part.id.as_str(), part.name.as_str(), doc, secrets],
        1,
        "part",
    );
    Ok(())
}

/// Deletes a part.
pub fn delete(batch: &mut Batch, realm_id: &str, id: &str) {
    batch.expect("DELETE FROM realm_part WHERE realm_id = $1 AND id = $2", params![realm_id, id], 1, "part");
}
