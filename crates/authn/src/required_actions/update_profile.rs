//! `UPDATE_PROFILE` and `VERIFY_PROFILE`: the realm's user profile, where it is asked for or incomplete [KC 4.7, 6.2].

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::passwords::profile_problems;
use domain::user_profile::{By, Problem};
use domain::{Person, Result, Writes};
use model::{Event, EventType, User};
use oidc::{Cx, Form};
use serde_json::{Map, Value};

use super::{Action, Done};
use crate::face::{Challenge, Kind, Message, ProfileValue};
use crate::flow::Attempt;

const UPDATE_PROFILE: &str = "UPDATE_PROFILE";
const VERIFY_PROFILE: &str = "VERIFY_PROFILE";

pub(super) const UPDATE: Action = Action {
    alias: UPDATE_PROFILE,
    due: |_, _, _| false,
    ask: |cx, _, person| page(cx, &values_of(cx, &person.user), &[]),
    submit: |cx, attempt, person, form| Box::pin(submit(cx, attempt, person, form)),
};

pub(super) const VERIFY: Action = Action {
    alias: VERIFY_PROFILE,
    due: |cx, _, person| !profile_problems(&cx.plan, &person.user).is_empty(),
    ..UPDATE
};

type Values = BTreeMap<String, Vec<String>>;

fn values_of(cx: &Cx<'_>, user: &User) -> Values {
    cx.plan.profile.attributes.iter().map(|a| (a.name.clone(), user.attribute(&a.name))).collect()
}

/// Whether the user may change an attribute here.
fn is_open(cx: &Cx<'_>, name: &str) -> bool {
    cx.plan.profile.may_edit(name, By::User) && (name != "username" || cx.plan.realm.edit_username_allowed)
}

fn page(cx: &Cx<'_>, values: &Values, problems: &[Problem]) -> Challenge {
    let shown = cx.plan.profile.attributes.iter().filter(|a| a.may_view(By::User));
    let shown = shown.filter(|a| a.name != "username" || cx.plan.realm.edit_username_allowed);
    let fields = shown.map(|a| ProfileValue {
        name: a.name.clone(),
        label: a.display_name.clone().unwrap_or_else(|| a.name.clone()),
        values: values.get(&a.name).cloned().unwrap_or_default(),
        required: a.is_required(By::User),
        read_only: !is_open(cx, &a.name),
        error: problems.iter().find(|p| p.field == a.name).map(message),
    });
    Challenge::UpdateProfile { fields: fields.collect() }
}

fn message(problem: &Problem) -> Message {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    Message::filled(Kind::Error, problem.message, problem.params.iter().map(text).collect())
}

async fn submit(cx: &Cx<'_>, attempt: &mut Attempt<'_>, person: Arc<Person>, form: &Form) -> Result<Done> {
    let mut values = values_of(cx, &person.user);
    for attribute in &cx.plan.profile.attributes {
        if is_open(cx, &attribute.name) {
            let sent =
                form.iter().filter(|(name, _)| *name == attribute.name).map(|(_, value)| value.trim().to_owned());
            let sent: Vec<String> = sent.filter(|v| !v.is_empty()).take(MOST_VALUES).collect();
            values.insert(attribute.name.clone(), sent);
        }
    }
    let mut problems = cx.plan.profile.validate(&values, By::User, true);
    let changed = with_values(cx, &person.user, &values);
    let realm = &cx.plan.realm;
    if let (true, Some(email)) = (problems.is_empty() && !realm.duplicate_emails_allowed, &changed.email) {
        let other = store::users::find_by_email(&cx.core().store, &realm.id, email).await?;
        if other.is_some_and(|u| u.id != changed.id) {
            problems.push(Problem { field: "email".to_owned(), message: "emailExistsMessage", params: Vec::new() });
        }
    }
    if problems.is_empty() && changed.username != person.user.username {
        let other = store::users::find_by_username(&cx.core().store, &realm.id, &changed.username).await?;
        if other.is_some_and(|u| u.id != changed.id) {
            problems.push(Problem {
                field: "username".to_owned(),
                message: "usernameExistsMessage",
                params: Vec::new(),
            });
        }
    }
    if !problems.is_empty() {
        return Ok(Done::Again(Box::new(page(cx, &values, &problems))));
    }
    let mut writes = Writes::default();
    store::users::update(&mut writes.batch, &realm.id, &changed, !realm.duplicate_emails_allowed);
    let mut event = Event::new(EventType::UpdateProfile);
    event.client_id = Some(attempt.request.client.client.client_id.clone());
    event.user_id = Some(changed.id.clone());
    event.detail("username", changed.username.clone());
    writes.events.push(event);
    attempt.writes.append(writes);
    // The row will be one version on when this login looks at it again.
    let changed = User { version: changed.version + 1, ..changed };
    attempt.person =
        Some(Arc::new(Person { user: changed, roles: person.roles.clone(), groups: person.groups.clone() }));
    Ok(Done::Yes)
}

/// The user with the values sent.
fn with_values(cx: &Cx<'_>, user: &User, values: &Values) -> User {
    let mut changed = user.clone();
    changed.required_actions.retain(|a| a != UPDATE_PROFILE && a != VERIFY_PROFILE);
    let mut attributes: Map<String, Value> = user.doc.object("attributes").cloned().unwrap_or_default();
    for (name, given) in values.iter().filter(|(name, _)| is_open(cx, name)) {
        let first = given.first().cloned();
        match name.as_str() {
            "username" => changed.username = first.map_or_else(|| user.username.clone(), |v| v.to_lowercase()),
            "email" => {
                let email = first.map(|v| v.to_lowercase());
                changed.email_verified &= email == user.email;
                changed.email = email;
            }
            "firstName" => changed.first_name = first,
            "lastName" => changed.last_name = first,
            _ if given.is_empty() => drop(attributes.remove(name)),
            _ => drop(attributes.insert(name.clone(), Value::from(given.clone()))),
        }
    }
    changed.doc.set("attributes", attributes);
    changed
}

/// Values of one attribute, at most.
const MOST_VALUES: usize = 50;
