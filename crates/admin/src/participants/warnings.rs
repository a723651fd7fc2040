//! What keeps a role from taking part though nobody refused it: told with it, and no refusal, since whoever changes several
//! things begins with one.

use domain::Result;
use domain::network::Network;
use jose::Algorithm;
use model::Client;
use registry::{Key, Moment, Role, Status};
use serde_json::{Value, json};

use super::{roles, shown};
use crate::permit::{Permission, Permit};

/// A role as it is, with its warnings if there are any.
pub(super) async fn shown<P: Permission>(permit: &Permit<'_, P>, role: &Role) -> Result<Value> {
    let mut out = shown::role(role);
    let mut warnings = Vec::new();
    if role.status() != Status::Ended {
        warnings.extend(of_client(permit, role).await?);
        warnings.extend(of_keys(roles::network(permit)?, role, Moment::from_ms(permit.cx.now_ms)));
    }
    put(&mut out, warnings);
    Ok(out)
}

/// Puts warnings into an answer, if there are any.
pub(super) fn put(answer: &mut Value, warnings: impl IntoIterator<Item = String>) {
    let warnings: Vec<String> = warnings.into_iter().collect();
    if let Some(members) = answer.as_object_mut().filter(|_| !warnings.is_empty()) {
        members.insert("warnings".to_owned(), json!(warnings));
    }
}

/// Why no message of a role can pass for its keys: there are some, and none that its profile takes.
pub(super) fn of_keys(network: &Network, role: &Role, now: Moment) -> Option<String> {
    let counts_on = |key: &&Key| key.revoked_since.is_none() && key.until().is_none_or(|end| end > now);
    let counting: Vec<&Key> = role.keys.iter().filter(counts_on).collect();
    let profile = network.profiles.find(&role.settings.profile)?;
    let fits = |key: &&Key| {
        let algorithms = profile.algorithms.iter().filter_map(|name| Algorithm::parse(name));
        algorithms.into_iter().any(|algorithm| key.verifying().serves(algorithm))
    };
    if counting.is_empty() || counting.iter().any(fits) {
        return None;
    }
    let kids: Vec<&str> = counting.iter().map(|key| key.kid.as_str()).collect();
    let (kids, name, algorithms) = (kids.join(", "), &profile.name, profile.algorithms.join(", "));
    Some(format!("No message can pass: the profile {name} takes {algorithms}, and no key is one for that ({kids})"))
}

/// Why a role's client gets no token, if so: it was changed, or deleted, by whoever may change clients.
async fn of_client<P: Permission>(permit: &Permit<'_, P>, role: &Role) -> Result<Option<String>> {
    let id = &role.settings.client_id;
    let why = match store::clients::find(permit.store(), permit.realm_id(), id).await? {
        None => Some("isn't there any more"),
        Some(client) if !client.enabled => Some("is disabled"),
        Some(client) => without_own_token(&client),
    };
    Ok(why.map(|why| format!("No token can be had: the client {id} {why}")))
}

/// What keeps a client from getting a token of its own, by the grant `client_credentials`, if something does.
pub(super) fn without_own_token(client: &Client) -> Option<&'static str> {
    if client.bearer_only {
        Some("only takes tokens (bearerOnly)")
    } else if client.public {
        Some("is a public client: a participant's has a secret or a key of its own (publicClient: false)")
    } else if !client.service_accounts {
        Some("has no service account, by which a participant gets its token (serviceAccountsEnabled: true)")
    } else {
        None
    }
}
