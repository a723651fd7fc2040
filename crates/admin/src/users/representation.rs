//! Users as the Admin API shows them [KC 4.10].

use domain::Result;
use domain::brute_force::DISABLED_REASON;
use domain::user_profile::{By, UserProfile};
use model::User;
use serde_json::{Map, Value, json};

use crate::permit::{Impersonate, ManageUsers, Permission, Permit, ViewUsers};

/// How much of a user is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Everything, and everything that the asker may do with them.
    Whole,
    /// Everything, and whether the asker may manage them.
    Listed,
    /// Everything, without a word of what the asker may.
    Member,
    /// Names and address, and whether the asker may manage them.
    Brief,
    /// Names and address.
    BriefMember,
}

/// Several users.
pub(crate) async fn list<P: Permission>(permit: &Permit<'_, P>, users: &[User], shown: Shown) -> Result<Value> {
    let mut out = Vec::with_capacity(users.len());
    for user in users {
        out.push(of(permit, user, shown).await?);
    }
    Ok(Value::Array(out))
}

/// A user.
pub(crate) async fn of<P: Permission>(permit: &Permit<'_, P>, user: &User, shown: Shown) -> Result<Value> {
    let mut map = names(user);
    map.insert("emailVerified".to_owned(), user.email_verified.into());
    let is_whole = !matches!(shown, Shown::Brief | Shown::BriefMember);
    if is_whole {
        let attributes = attributes(&super::profile::of(&permit.cx.plan), user);
        if !attributes.is_empty() {
            map.insert("attributes".to_owned(), attributes.into());
        }
    }
    map.insert("enabled".to_owned(), user.enabled.into());
    map.insert("createdTimestamp".to_owned(), user.created_ms.into());
    if is_whole {
        map.insert("totp".to_owned(), has_totp(permit, user).await?.into());
        if let Some(link) = user.doc.text("federationLink") {
            map.insert("federationLink".to_owned(), link.into());
        }
        map.insert("disableableCredentialTypes".to_owned(), json!([]));
        map.insert("requiredActions".to_owned(), user.required_actions.clone().into());
        map.insert("notBefore".to_owned(), user.not_before.into());
    }
    match shown {
        Shown::Whole => {
            map.insert("access".to_owned(), access(permit));
        }
        Shown::Listed | Shown::Brief => {
            map.insert("access".to_owned(), json!({"manage": permit.also::<ManageUsers>()}));
        }
        Shown::Member | Shown::BriefMember => {}
    }
    Ok(Value::Object(map))
}

fn names(user: &User) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("id".to_owned(), user.id.as_str().into());
    map.insert("username".to_owned(), user.username.as_str().into());
    for (name, value) in [("firstName", &user.first_name), ("lastName", &user.last_name), ("email", &user.email)] {
        if let Some(value) = value {
            map.insert(name.to_owned(), value.as_str().into());
        }
    }
    map
}

/// What administrators see of a user's attributes; why somebody was disabled is always told.
fn attributes(profile: &UserProfile, user: &User) -> Map<String, Value> {
    let mut attributes = user.doc.object("attributes").cloned().unwrap_or_default();
    attributes.retain(|name, _| name == DISABLED_REASON || profile.may_view(name, By::Admin));
    for value in attributes.values_mut().filter(|value| value.is_string()) {
        *value = json!([value.take()]);
    }
    attributes
}

async fn has_totp<P: Permission>(permit: &Permit<'_, P>, user: &User) -> Result<bool> {
    Ok(store::users::credentials(permit.store(), &user.id).await?.iter().any(|c| c.kind == "otp"))
}

fn access<P: Permission>(permit: &Permit<'_, P>) -> Value {
    let manages = permit.also::<ManageUsers>();
    json!({
        "manageGroupMembership": manages,
        "resetPassword": manages,
        "view": permit.also::<ViewUsers>(),
        "mapRoles": manages,
        "impersonate": permit.also::<Impersonate>(),
        "manage": manages,
    })
}
