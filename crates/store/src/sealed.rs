//! Documents whose secret members rest sealed in a column of their own.

use model::Document;

use crate::db::Value;
use crate::{Store, StoreError};

/// Splits a document into its open text and its sealed secrets (NULL where there are none).
pub(crate) fn split(
    store: &Store,
    place: &str,
    doc: &Document,
    paths: &[&[&str]],
) -> Result<(String, Value), StoreError> {
    let mut open = doc.clone();
    let secrets = open.split_secrets(paths);
    let sealed = match secrets.0.is_empty() {
        true => Value::Null,
        false => Value::Bytes(store.vault().seal(place, secrets.to_text().as_bytes())?),
    };
    Ok((open.to_text(), sealed))
}

/// Puts a document together again.
pub(crate) fn join(store: &Store, place: &str, text: &str, sealed: Option<&[u8]>) -> Result<Document, StoreError> {
    let mut doc = parse(text)?;
    if let Some(sealed) = sealed {
        let plain = store.vault().open(place, sealed)?;
        let plain = std::str::from_utf8(&plain).map_err(|_| StoreError::broken("sealed secrets are not text"))?;
        doc.join_secrets(parse(plain)?);
    }
    Ok(doc)
}

/// Parses a stored document.
pub(crate) fn parse(text: &str) -> Result<Document, StoreError> {
    Document::parse(text).map_err(|_| StoreError::broken("a stored document is not a JSON object"))
}
