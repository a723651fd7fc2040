//! A user with all that is theirs.

use domain::{Plan, Result};
use model::{Credential, Document, User};
use serde_json::{Value, json};
use store::Store;

use super::Secrets;
use crate::rep::{CREDENTIAL, USER};
use crate::roles;

/// A user's representation.
pub(super) async fn representation(store: &Store, plan: &Plan, user: &User, secrets: Secrets) -> Result<Value> {
    let mut doc = user.doc.clone();
    doc.set("id", user.id.as_str());
    doc.set("username", user.username.as_str());
    for (name, value) in [("firstName", &user.first_name), ("lastName", &user.last_name), ("email", &user.email)] {
        if let Some(value) = value {
            doc.set(name, value.as_str());
        }
    }
    if doc.object("attributes").is_some_and(serde_json::Map::is_empty) {
        doc.take("attributes");
    }
    doc.set("emailVerified", user.email_verified);
    doc.set("enabled", user.enabled);
    doc.set("createdTimestamp", user.created_ms);
    let credentials = store::users::credentials(store, &user.id).await?;
    doc.set("totp", credentials.iter().any(|c| c.kind == "otp"));
    if secrets == Secrets::Shown {
        doc.set("credentials", credentials.iter().map(shown).collect::<Vec<_>>());
    }
    doc.set("disableableCredentialTypes", json!([]));
    doc.set("requiredActions", user.required_actions.clone());
    doc.set("notBefore", user.not_before);
    memberships(store, plan, user, &mut doc).await?;
    if let Some(client) = &user.service_account
        && let Some((_, client_id)) = store::clients::names(store, std::slice::from_ref(client)).await?.pop()
    {
        doc.set("serviceAccountClientId", client_id);
    }
    Ok(USER.ordered(doc))
}

async fn memberships(store: &Store, plan: &Plan, user: &User, doc: &mut Document) -> Result<()> {
    let (role_ids, groups) = store::users::memberships(store, &user.id).await?;
    let (of_realm, of_clients) = roles::names(plan, &role_ids);
    if !of_realm.is_empty() {
        doc.set("realmRoles", of_realm);
    }
    if !of_clients.is_empty() {
        doc.set("clientRoles", of_clients);
    }
    let mut paths: Vec<String> =
        groups.iter().filter(|id| plan.groups.find(id).is_some()).map(|id| plan.groups.path(id)).collect();
    paths.sort();
    doc.set("groups", paths);
    let consents = store::consents::list(store, &user.id).await?;
    if !consents.is_empty() {
        let ids: Vec<String> = consents.iter().map(|(client, _)| client.clone()).collect();
        let names = store::clients::names(store, &ids).await?;
        let shown = consents.into_iter().filter_map(|(client, mut consent)| {
            let (_, client_id) = names.iter().find(|(id, _)| *id == client)?;
            consent.set("clientId", client_id.as_str());
            Some(consent.into_value())
        });
        doc.set("clientConsents", shown.collect::<Vec<_>>());
    }
    Ok(())
}

fn shown(credential: &Credential) -> Value {
    let mut doc = credential.doc.clone();
    doc.set("id", credential.id.as_str());
    doc.set("type", credential.kind.as_str());
    CREDENTIAL.ordered(doc)
}
