//! Who the console's user is, and what they may do in which realm [KC 5.2].

use domain::Result;
use serde_json::{Value, json};

use crate::permit::{ADMINISTRATORS, Anybody, Permit};
use crate::refusals;

/// Answers the console; nobody else.
pub fn whoami(permit: &Permit<'_, Anybody>, current_realm: Option<&str>) -> Result<Value> {
    let bearer = permit.who.bearer().ok_or(refusals::FORBIDDEN)?;
    let client = &bearer.client.client.client_id;
    if client != CONSOLE {
        let text = format!("{}{client}", refusals::NOT_CONSOLE.description);
        return Err(refusals::NOT_CONSOLE.describe(text).into());
    }
    let user = &bearer.person.user;
    let name = [user.first_name.as_deref(), user.last_name.as_deref()];
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let realm = current_realm.unwrap_or_else(|| permit.who.realm());
    let roles: Vec<&str> = ADMINISTRATORS.iter().copied().filter(|role| permit.who.has(realm, role)).collect();
    Ok(json!({
        "userId": user.id,
        "realm": permit.who.realm(),
        "displayName": if name.is_empty() { user.username.as_str() } else { name.as_str() },
        "locale": "en",
        "createRealm": permit.who.may_create_realms(),
        "realm_access": {realm: roles},
        "temporary": user.attribute("is_temporary_admin") == ["true"],
    }))
}

const CONSOLE: &str = "security-admin-console";
