//! A whole realm as its representation, in the form and order of Keycloak's own exports, secrets and keys included
//! [KC 4.8]: a real Keycloak imports it. Users are read page by page, so that a realm of any size can be written.
//!
//! What an imported field meant to nobody here goes out as it came in.

mod realm;
mod users;

use domain::{Core, Fresh, Result};
use model::Document;
use serde_json::Value;

use crate::participants::file;
use crate::rep::REALM;

pub(crate) use realm::{partial, without_ids};

/// How much of a realm's secrets goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// All: the file alone makes the realm again.
    Shown,
    /// None: secrets are masked, key providers come without keys.
    Masked,
}

/// Exports a realm without its users; None when there is no such realm.
pub async fn realm(core: &Core, name: &str) -> Result<Option<Document>> {
    let Some(plan) = core.plan(name, Fresh::Now).await? else { return Ok(None) };
    let mut doc = realm::whole(&core.store, &plan, Secrets::Shown).await?;
    if plan.network.is_some() {
        doc.set(file::MEMBER, file::export(core, &plan).await?);
    }
    Ok(Some(in_order(doc)))
}

/// Exports up to `max` of a realm's users by id, after the one named; "" begins. The last one's `id` names the next page.
pub async fn users_after(core: &Core, name: &str, after: &str, max: i64) -> Result<Vec<Value>> {
    let Some(plan) = core.plan(name, Fresh::Now).await? else { return Ok(Vec::new()) };
    let page = store::users::page_after(&core.store, &plan.realm.id, after, max).await?;
    let mut out = Vec::with_capacity(page.len());
    for user in &page {
        out.push(users::representation(&core.store, &plan, user, Secrets::Shown).await?);
    }
    Ok(out)
}

/// Exports a realm with its users in one document.
pub async fn whole(core: &Core, name: &str) -> Result<Option<Document>> {
    let Some(mut doc) = realm(core, name).await? else { return Ok(None) };
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().and_then(|user| user.get("id")?.as_str()).unwrap_or_default().to_owned();
        let page = users_after(core, name, &after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all.sort_by(|a, b| a.get("username").and_then(Value::as_str).cmp(&b.get("username").and_then(Value::as_str)));
    doc.set("users", all);
    Ok(Some(in_order(doc)))
}

fn in_order(doc: Document) -> Document {
    Document::from_value(REALM.ordered(doc))
}

const PAGE: i64 = 200;
