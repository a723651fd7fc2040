//! `UPDATE_PASSWORD`: a new password, checked against the realm's policy.

use std::sync::Arc;

use domain::{Person, Result, Writes};
use model::{Event, EventType};
use oidc::{Cx, Form};

use super::{Action, Done};
use crate::face::{Challenge, Kind, Message};
use crate::flow::Attempt;

const ALIAS: &str = "UPDATE_PASSWORD";

pub(super) const ACTION: Action = Action {
    alias: ALIAS,
    due: |_, _, _| false,
    ask: |_, _, person| page(person, Message::new(Kind::Warning, "updatePasswordMessage")),
    submit: |cx, attempt, person, form| Box::pin(submit(cx, attempt, person, form)),
};

fn page(person: &Person, message: Message) -> Challenge {
    Challenge::UpdatePassword { username: person.user.username.clone(), message }
}

async fn submit(cx: &Cx<'_>, attempt: &mut Attempt<'_>, person: Arc<Person>, form: &Form) -> Result<Done> {
    let (Some(password), confirmed) = (form.some("password-new"), form.find("password-confirm")) else {
        return Ok(again(&person, "password-new", "missingPasswordMessage", Vec::new()));
    };
    if confirmed != Some(password) {
        return Ok(again(&person, "password-confirm", "notMatchPasswordMessage", Vec::new()));
    }
    let user = &person.user;
    let mut writes = Writes::default();
    if let Err(violation) = cx.core().set_password(&cx.plan, user, password, &mut writes).await? {
        return Ok(again(&person, "password", violation.message_key, violation.params));
    }
    let mut changed = user.clone();
    changed.required_actions.retain(|a| a != ALIAS);
    let unique = !cx.plan.realm.duplicate_emails_allowed;
    store::users::update(&mut writes.batch, &cx.plan.realm.id, &changed, unique);
    if form.some("logout-sessions").is_some() {
        store::sessions::delete_of_user(&mut writes.batch, &user.id, false);
        store::sessions::delete_of_user(&mut writes.batch, &user.id, true);
        attempt.session = None;
    }
    for kind in [EventType::UpdatePassword, EventType::UpdateCredential] {
        let mut event = Event::new(kind);
        event.client_id = Some(attempt.request.client.client.client_id.clone());
        event.user_id = Some(user.id.clone());
        event.detail("credential_type", "password").detail("custom_required_action", ALIAS);
        event.detail("username", user.username.clone());
        writes.events.push(event);
    }
    attempt.writes.append(writes);
    changed.version += 1;
    attempt.person =
        Some(Arc::new(Person { user: changed, roles: person.roles.clone(), groups: person.groups.clone() }));
    Ok(Done::Yes)
}

fn again(person: &Person, field: &'static str, key: &str, arguments: Vec<String>) -> Done {
    Done::Again(Box::new(page(person, Message::filled(Kind::Field(field), key, arguments))))
}
