//! Proving a user without a browser: the flow "direct grant" [KC 1.6, 6.1].
//!
//! Order: lock, username, password, one-time password, enabled, required actions. Whoever fails before the end of the
//! password learns nothing but "Invalid user credentials", after the same time.

use std::sync::Arc;

use domain::brute_force::Lock;
use domain::passwords::{self, Verdict};
use domain::{Error, Person, Refusal, Result, Writes};
use model::Event;

use crate::cx::Cx;
use crate::form::Form;
use crate::refusals::{ACCOUNT_DISABLED, ACCOUNT_NOT_SET_UP, USER_CREDENTIALS, USERNAME_MISSING};

/// Proves the user of a form's `username`, `password` and `totp`.
pub async fn prove_user(cx: &Cx<'_>, form: &Form, event: &mut Event, writes: &mut Writes) -> Result<Arc<Person>> {
    let Some(username) = form.find("username") else { return Err(USERNAME_MISSING.into()) };
    event.detail("username", username);
    let password = form.find("password").unwrap_or_default();
    let found = cx.core().person_by_login(&cx.plan, username).await?;
    let Some(person) = found.filter(|p| p.user.service_account.is_none()) else {
        cx.core().verify_nobody(&cx.plan, password).await?;
        return Err(refused("user_not_found"));
    };
    event.user_id = Some(person.user.id.clone());
    let lock = cx.core().lock(&cx.plan, &person.user).await?;
    let verdict = cx.core().verify_password(&cx.plan, &person, password, writes).await?;
    match lock {
        Lock::Open => {}
        Lock::Temporary => return Err(refused("user_temporarily_disabled")),
        Lock::Permanent => return Err(refused("user_disabled")),
    }
    if verdict == Verdict::Wrong {
        cx.core().count_failure(&cx.plan, &person.user, &cx.request.ip).await?;
        return Err(refused("invalid_user_credentials"));
    }
    if !cx.core().verify_otp(&cx.plan, &person, form.some("totp"), writes).await? {
        cx.core().count_failure(&cx.plan, &person.user, &cx.request.ip).await?;
        return Err(refused("invalid_user_credentials"));
    }
    if !person.user.enabled {
        return Err(ACCOUNT_DISABLED.into());
    }
    if passwords::not_set_up(&cx.plan, &person.user) {
        event.detail("reason", "Account is not fully set up");
        return Err(ACCOUNT_NOT_SET_UP.into());
    }
    match cx.core().clear_failures(&cx.plan, &person.user, writes).await? {
        Lock::Open => Ok(person),
        Lock::Temporary => Err(refused("user_temporarily_disabled")),
        Lock::Permanent => Err(refused("user_disabled")),
    }
}

fn refused(event: &'static str) -> Error {
    Refusal { event, ..USER_CREDENTIALS.clone() }.into()
}
