//! A client made through the Admin API: what it gets where the request says nothing [KC 3.5].

use domain::{Result, Writes, ids, realm_defaults};
use model::{AdminOperation, Document};
use serde_json::{Map, Value, json};
use url::Url;

use super::{changed, check, secret, service_account};
use crate::permit::{CreateClients, ManageClients, Permit};

/// Makes a client; its id.
pub async fn create(permit: &Permit<'_, CreateClients>, sent: &Document) -> Result<(String, Writes)> {
    let given_id = sent.text("id").filter(|id| !id.is_empty());
    let id = given_id.map_or_else(ids::uuid, |id| Ok(id.to_owned()))?;
    check::id(permit.realm_id(), &id)?;
    let client_id = sent.text("clientId").filter(|c| !c.is_empty()).unwrap_or(&id).to_owned();
    check::is_free(permit, &client_id).await?;
    let mut doc = defaults(sent);
    check::input(&permit.cx.plan.realm, &doc)?;
    let protocol = doc.text("protocol").unwrap_or("openid-connect").to_owned();
    if !doc.flag("publicClient") && doc.text("secret").is_none_or(str::is_empty) && protocol == "openid-connect" {
        secret::put(&mut doc, permit.cx.now())?;
    }
    complete_mappers(&mut doc)?;
    give_scopes(permit, &mut doc, sent, &protocol);
    let mut account = Writes::default();
    // Who may make a client may make all that belongs to it.
    let manage = permit.widened::<ManageClients>();
    if doc.flag("serviceAccountsEnabled") {
        service_account::add(&manage, &mut doc, &id, &client_id, &mut account).await?;
    }
    let mut writes = Writes::default();
    store::clients::insert(permit.store(), &mut writes.batch, permit.realm_id(), &id, &client_id, &doc)?;
    changed(&manage, &mut writes, AdminOperation::Create, &id, Some(sent.clone().into_value()));
    writes.append(account);
    Ok((id, writes))
}

/// What was sent over what a new client has.
fn defaults(sent: &Document) -> Document {
    let mut doc = Document(realm_defaults::new_client());
    for member in ["id", "clientId", "defaultClientScopes", "optionalClientScopes"] {
        doc.take(member);
    }
    let mut given = sent.clone();
    for member in ["id", "clientId", "access", "origin", "defaultRoles"] {
        given.take(member);
    }
    let mut attributes = Map::new();
    attributes.insert("realm_client".to_owned(), "false".into());
    if let Some(Value::Object(sent)) = given.take("attributes") {
        attributes.extend(sent.into_iter().filter(|(_, value)| !value.is_null() && value != ""));
    }
    doc.merge(&given);
    doc.set("attributes", attributes);
    if doc.flag("publicClient") {
        doc.take("secret");
    }
    if sent.0.get("webOrigins").is_none_or(Value::is_null) {
        doc.set("webOrigins", origins(&doc.texts("redirectUris")));
    }
    doc
}

/// Completes the mappers sent; of which kind they are is the sender's business.
fn complete_mappers(doc: &mut Document) -> Result<()> {
    let mut mappers = doc.list("protocolMappers").to_vec();
    for mapper in mappers.iter_mut().filter_map(Value::as_object_mut) {
        if !mapper.get("id").is_some_and(Value::is_string) {
            mapper.insert("id".to_owned(), ids::uuid()?.into());
        }
        mapper.entry("consentRequired").or_insert(Value::Bool(false));
        realm_defaults::complete_mapper(mapper);
    }
    if !mappers.is_empty() {
        doc.set("protocolMappers", mappers);
    }
    Ok(())
}

/// The origins of absolute redirect URIs, each once.
fn origins(redirects: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for uri in redirects {
        let Ok(url) = Url::parse(uri.trim_end_matches('*')) else { continue };
        if matches!(url.scheme(), "http" | "https") && !out.contains(&url.origin().ascii_serialization()) {
            out.push(url.origin().ascii_serialization());
        }
    }
    out
}

/// Gives a client that names no scopes those that the realm gives by its protocol; unknown ones are left aside.
fn give_scopes(permit: &Permit<'_, CreateClients>, doc: &mut Document, sent: &Document, protocol: &str) {
    let realm = &permit.cx.plan.realm;
    let scopes = &permit.cx.plan.scopes;
    let fits = |name: &String| scopes.get(name).is_some_and(|scope| scope.protocol == protocol);
    for (member, usual) in [
        ("defaultClientScopes", &realm.default_default_client_scopes),
        ("optionalClientScopes", &realm.default_optional_client_scopes),
    ] {
        let names = match sent.0.get(member) {
            Some(Value::Array(_)) => sent.texts(member),
            _ => usual.clone(),
        };
        let known: Vec<String> = names.into_iter().filter(fits).collect();
        doc.set(member, json!(known));
    }
}
