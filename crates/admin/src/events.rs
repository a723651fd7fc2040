//! What is recorded: read, cleared, and what is to be recorded at all [KC 8, 5.3b].

use domain::{Result, Writes};
use model::{AdminOperation, Document};
use serde_json::{Map, Value};
use store::events::Query;

use crate::permit::{ManageEvents, Permit, ViewEvents};
use crate::realms::{rewrite, row_of};
use crate::refusals;
use crate::rep::EVENTS_CONFIG;

/// Lists a page of events of people and clients.
pub async fn list(permit: &Permit<'_, ViewEvents>, query: &Query, first: i64, max: i64) -> Result<Value> {
    let rows = store::events::list(permit.store(), permit.realm_id(), query, first, max).await?;
    let shown = rows.into_iter().map(|row| {
        let mut map = Map::new();
        map.insert("id".to_owned(), row.id.into());
        map.insert("time".to_owned(), row.time_ms.into());
        map.insert("type".to_owned(), row.kind.into());
        map.insert("realmId".to_owned(), permit.realm_id().into());
        for (name, value) in [
            ("clientId", row.client_id),
            ("userId", row.user_id),
            ("sessionId", row.session_id),
            ("ipAddress", row.ip),
            ("error", row.error),
        ] {
            if let Some(value) = value {
                map.insert(name.to_owned(), value.into());
            }
        }
        map.insert("details".to_owned(), serde_json::from_str(&row.details).unwrap_or(Value::Null));
        Value::Object(map)
    });
    Ok(shown.collect())
}

/// Lists a page of administrators' events.
pub async fn list_admin(permit: &Permit<'_, ViewEvents>, query: &Query, first: i64, max: i64) -> Result<Value> {
    let rows = store::events::list_admin(permit.store(), permit.realm_id(), query, first, max).await?;
    let shown = rows.into_iter().map(|row| {
        let mut doc = Document::parse(&row.doc).unwrap_or_default();
        let mut map = Map::new();
        map.insert("id".to_owned(), row.id.into());
        map.insert("time".to_owned(), row.time_ms.into());
        map.insert("realmId".to_owned(), permit.realm_id().into());
        map.insert("authDetails".to_owned(), doc.take("authDetails").unwrap_or(Value::Null));
        map.insert("operationType".to_owned(), row.operation.into());
        map.insert("resourceType".to_owned(), row.resource_type.into());
        if !row.resource_path.is_empty() {
            map.insert("resourcePath".to_owned(), row.resource_path.into());
        }
        if let Some(sent) = doc.take("representation").filter(|r| !r.is_null()) {
            map.insert("representation".to_owned(), sent);
        }
        Value::Object(map)
    });
    Ok(shown.collect())
}

/// Forgets the realm's events.
pub fn clear(permit: &Permit<'_, ManageEvents>) -> Writes {
    let mut writes = Writes::default();
    store::events::clear(&mut writes.batch, permit.realm_id());
    writes
}

/// Forgets the realm's administrators' events.
pub fn clear_admin(permit: &Permit<'_, ManageEvents>) -> Writes {
    let mut writes = Writes::default();
    store::events::clear_admin(&mut writes.batch, permit.realm_id());
    writes
}

/// Reads what is to be recorded; a realm that names no types records the usual ones.
pub fn config(permit: &Permit<'_, ViewEvents>) -> Value {
    let realm = &permit.cx.plan.realm;
    let mut types = realm.enabled_event_types.clone();
    if types.is_empty() {
        types = USUAL_TYPES.iter().flat_map(|name| with_error(name)).collect();
    }
    let mut doc = Document::default();
    doc.set("eventsEnabled", realm.events_enabled);
    if realm.events_expiration > 0 {
        doc.set("eventsExpiration", realm.events_expiration);
    }
    doc.set("eventsListeners", realm.doc.texts("eventsListeners"));
    doc.set("enabledEventTypes", types);
    doc.set("adminEventsEnabled", realm.admin_events_enabled);
    doc.set("adminEventsDetailsEnabled", realm.admin_events_details_enabled);
    EVENTS_CONFIG.ordered(doc)
}

/// Changes what is to be recorded.
pub fn update_config(permit: &Permit<'_, ManageEvents>, sent: &Document) -> Result<Writes> {
    let row = row_of(&permit.cx);
    let mut doc = row.doc.clone();
    doc.merge(sent);
    let mut writes = Writes::default();
    rewrite(permit, &mut writes, &row.name, &doc)?;
    let shown = sent.clone().into_value();
    writes.admin_events.push(permit.event(AdminOperation::Update, "REALM", "events/config", Some(shown)));
    Ok(writes)
}

/// A moment in milliseconds, written as one or as a day; to a day, `whole` is added.
///
/// # Errors
/// 400 for anything else.
pub fn moment(name: &str, text: &str, whole: i64) -> Result<i64> {
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(ms);
    }
    let day = text.parse::<jiff::civil::Date>().ok().and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    day.map(|day| day.timestamp().as_millisecond() + whole).ok_or_else(|| {
        let text = format!("Invalid value for '{name}', expected format is yyyy-MM-dd or an Epoch timestamp");
        refusals::EVENT_DATE.describe(text).into()
    })
}

/// A day's milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// Every type with its twin; some have none.
pub(crate) fn with_error(name: &str) -> Vec<String> {
    match name {
        "PERMISSION_TOKEN" | "USER_DISABLED_BY_PERMANENT_LOCKOUT" | "USER_DISABLED_BY_TEMPORARY_LOCKOUT" => {
            vec![name.to_owned()]
        }
        _ => vec![name.to_owned(), format!("{name}_ERROR")],
    }
}

/// Every type; those that a realm records only when it names them come last.
pub(crate) static ALL_TYPES: std::sync::LazyLock<Vec<&'static str>> = std::sync::LazyLock::new(|| {
    let seldom = [
        "REFRESH_TOKEN",
        "INTROSPECT_TOKEN",
        "USER_INFO_REQUEST",
        "VALIDATE_ACCESS_TOKEN",
        "PUSHED_AUTHORIZATION_REQUEST",
    ];
    USUAL_TYPES.iter().copied().chain(seldom).collect()
});

/// The types that a realm records which names none, as Keycloak lists them.
const USUAL_TYPES: &[&str] = &[
    "AUTHREQID_TO_TOKEN",
    "CLIENT_DELETE",
    "CLIENT_INITIATED_ACCOUNT_LINKING",
    "CLIENT_LOGIN",
    "CLIENT_REGISTER",
    "CLIENT_UPDATE",
    "CODE_TO_TOKEN",
    "CUSTOM_REQUIRED_ACTION",
    "DELETE_ACCOUNT",
    "EXECUTE_ACTIONS",
    "EXECUTE_ACTION_TOKEN",
    "FEDERATED_IDENTITY_LINK",
    "FEDERATED_IDENTITY_OVERRIDE_LINK",
    "GRANT_CONSENT",
    "IDENTITY_PROVIDER_FIRST_LOGIN",
    "IDENTITY_PROVIDER_LINK_ACCOUNT",
    "IDENTITY_PROVIDER_LOGIN",
    "IDENTITY_PROVIDER_POST_LOGIN",
    "IMPERSONATE",
    "INVITE_ORG",
    "JWT_AUTHORIZATION_GRANT",
    "LOGIN",
    "LOGOUT",
    "OAUTH2_DEVICE_AUTH",
    "OAUTH2_DEVICE_CODE_TO_TOKEN",
    "OAUTH2_DEVICE_VERIFY_USER_CODE",
    "OAUTH2_EXTENSION_GRANT",
    "PERMISSION_TOKEN",
    "REGISTER",
    "REMOVE_CREDENTIAL",
    "REMOVE_FEDERATED_IDENTITY",
    "REMOVE_TOTP",
    "RESET_PASSWORD",
    "RESTART_AUTHENTICATION",
    "REVOKE_GRANT",
    "SEND_IDENTITY_PROVIDER_LINK",
    "SEND_RESET_PASSWORD",
    "SEND_VERIFY_EMAIL",
    "TOKEN_EXCHANGE",
    "UPDATE_CONSENT",
    "UPDATE_CREDENTIAL",
    "UPDATE_EMAIL",
    "UPDATE_PASSWORD",
    "UPDATE_PROFILE",
    "UPDATE_TOTP",
    "USER_DISABLED_BY_PERMANENT_LOCKOUT",
    "USER_DISABLED_BY_TEMPORARY_LOCKOUT",
    "VERIFIABLE_CREDENTIAL_CREATE_OFFER",
    "VERIFIABLE_CREDENTIAL_OFFER_REQUEST",
    "VERIFIABLE_CREDENTIAL_PRE_AUTHORIZED_GRANT",
    "VERIFIABLE_CREDENTIAL_REQUEST",
    "VERIFY_EMAIL",
    "VERIFY_PROFILE",
];
