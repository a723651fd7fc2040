//! `UPDATE_PROFILE` and `VERIFY_PROFILE`: e-mail and names, where they are asked for or missing.

use std::sync::Arc;

use domain::{Person, Result, Writes};
use model::{Event, EventType};
use oidc::{Cx, Form};

use super::{Action, Done};
use crate::face::{Challenge, Kind, Message};
use crate::flow::Attempt;

const UPDATE_PROFILE: &str = "UPDATE_PROFILE";
const VERIFY_PROFILE: &str = "VERIFY_PROFILE";

pub(super) const UPDATE: Action = Action {
    alias: UPDATE_PROFILE,
    due: |_, _, _| false,
    ask: |_, _, person| page(values_of(person), Vec::new()),
    submit: |cx, attempt, person, form| Box::pin(submit(cx, attempt, person, form)),
};

pub(super) const VERIFY: Action = Action { alias: VERIFY_PROFILE, due: |_, _, p| is_incomplete(p), ..UPDATE };

const FIELDS: [&str; 3] = ["email", "firstName", "lastName"];

fn values_of(person: &Person) -> [String; 3] {
    let user = &person.user;
    [&user.email, &user.first_name, &user.last_name].map(|v| v.clone().unwrap_or_default())
}

fn is_incomplete(person: &Person) -> bool {
    values_of(person).iter().any(|v| v.trim().is_empty())
}

fn page(values: [String; 3], errors: Vec<(&'static str, Message)>) -> Challenge {
    Challenge::UpdateProfile { values, errors }
}

async fn submit(cx: &Cx<'_>, attempt: &mut Attempt<'_>, person: Arc<Person>, form: &Form) -> Result<Done> {
    let values = FIELDS.map(|name| form.find(name).unwrap_or_default().trim().to_owned());
    let mut errors = Vec::new();
    for (name, value) in FIELDS.iter().zip(&values) {
        let key = match value {
            v if v.is_empty() => "error-user-attribute-required",
            v if v.chars().count() > 255 => "error-invalid-length-too-long",
            v if *name == "email" && !is_email(v) => "error-invalid-email",
            v if *name != "email" && v.contains(['<', '>', '&', '"', '$', '%', '!', '#', '?', '§', ';', '*', '~', '/', '\\', '|', '^', '=', '[', ']', '{', '}', '(', ')', '\0']) => {
                "error-person-name-invalid-character"
            }
            _ => continue,
        };
        errors.push((*name, Message::filled(Kind::Field(name), key, vec![(*name).to_owned(), "0".to_owned(), "255".to_owned()])));
    }
    let [email, first, last] = values.clone();
    let email = email.to_lowercase();
    let realm = &cx.plan.realm;
    if errors.is_empty() && !realm.duplicate_emails_allowed {
        let other = store::users::find_by_email(&cx.core().store, &realm.id, &email).await?;
        if other.is_some_and(|u| u.id != person.user.id) {
            errors.push(("email", Message::new(Kind::Field("email"), "emailExistsMessage")));
        }
    }
    if !errors.is_empty() {
        return Ok(Done::Again(Box::new(page(values, errors))));
    }
    let mut changed = person.user.clone();
    changed.required_actions.retain(|a| a != UPDATE_PROFILE && a != VERIFY_PROFILE);
    if changed.email.as_deref() != Some(email.as_str()) {
        changed.email_verified = false;
    }
    changed.email = Some(email);
    changed.first_name = Some(first);
    changed.last_name = Some(last);
    let mut writes = Writes::default();
    store::users::update(&mut writes.batch, &realm.id, &changed, !realm.duplicate_emails_allowed);
    let mut event = Event::new(EventType::UpdateProfile);
    event.client_id = Some(attempt.request.client.client.client_id.clone());
    event.user_id = Some(changed.id.clone());
    event.detail("username", changed.username.clone());
    writes.events.push(event);
    attempt.writes.append(writes);
    changed.version += 1;
    attempt.person =
        Some(Arc::new(Person { user: changed, roles: person.roles.clone(), groups: person.groups.clone() }));
    Ok(Done::Yes)
}

fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    !local.is_empty()
        && local.len() <= 64
        && !host.is_empty()
        && !text.contains(char::is_whitespace)
        && !host.starts_with(['.', '-'])
        && !host.ends_with('.')
        && !host.contains("..")
        && host.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-')
}
