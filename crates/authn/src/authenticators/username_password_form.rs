//! `auth-username-password-form`: name and password.
//!
//! Unknown, locked and mistaken users see the same text after the same time; only who knows the password of a disabled
//! account is told that it is disabled [KC 6.8].

use domain::Result;
use domain::brute_force::Lock;
use domain::passwords::Verdict;
use oidc::{Cx, Form};

use super::Authenticator;
use super::cookie::must_prove_again;
use crate::face::{Challenge, Kind, Message};
use crate::flow::{Attempt, Outcome};

pub(super) const AUTHENTICATOR: Authenticator = Authenticator {
    id: "auth-username-password-form",
    configured: None,
    enter: |cx, attempt| Box::pin(async move { Ok(Outcome::Challenge(ask(cx, attempt, None, None))) }),
    submit: |cx, attempt, form| Box::pin(submit(cx, attempt, form)),
};

fn ask(cx: &Cx<'_>, attempt: &Attempt<'_>, typed: Option<&str>, message: Option<Message>) -> Challenge {
    let again = attempt.person.as_ref().filter(|_| must_prove_again(cx, attempt)).map(|p| p.user.username.clone());
    let hint = attempt.request.parameter("login_hint").map(str::to_owned);
    let username = typed.map(str::to_owned).or(hint).or_else(|| attempt.remembered.clone()).unwrap_or_default();
    let message = message.or_else(|| again.as_ref().map(|_| Message::new(Kind::Info, "reauthenticate")));
    let ticked = attempt.tab.note("remember_me").is_some() || attempt.remembered.is_some();
    Challenge::Login { username, again, remember_me: ticked, message }
}

async fn submit(cx: &Cx<'_>, attempt: &mut Attempt<'_>, form: &Form) -> Result<Outcome> {
    let again = attempt.person.clone().filter(|_| must_prove_again(cx, attempt));
    let typed = match &again {
        Some(person) => person.user.username.clone(),
        None => form.find("username").unwrap_or_default().to_owned(),
    };
    match form.some("rememberMe") {
        Some(_) if cx.plan.realm.remember_me => attempt.tab.set_note("remember_me", "true"),
        _ => drop(attempt.tab.notes.remove("remember_me")),
    }
    attempt.tab.set_note("attempted_username", typed.chars().take(255).collect::<String>());
    let password = form.find("password").unwrap_or_default();
    let found = cx.core().person_by_login(&cx.plan, &typed).await?;
    let Some(person) = found.filter(|p| p.user.service_account.is_none()) else {
        cx.core().verify_nobody(&cx.plan, password).await?;
        return Ok(mistaken(cx, attempt, &typed, "user_not_found"));
    };
    let lock = cx.core().lock(&cx.plan, &person.user).await?;
    let mut writes = domain::Writes::default();
    let verdict = cx.core().verify_password(&cx.plan, &person, password, &mut writes).await?;
    match lock {
        Lock::Open => {}
        Lock::Temporary => return Ok(mistaken(cx, attempt, &typed, "user_temporarily_disabled")),
        Lock::Permanent => return Ok(mistaken(cx, attempt, &typed, "user_disabled")),
    }
    if verdict == Verdict::Wrong {
        cx.core().count_failure(&cx.plan, &person.user, &cx.request.ip).await?;
        return Ok(mistaken(cx, attempt, &typed, "invalid_user_credentials"));
    }
    if !person.user.enabled {
        attempt.event_error = Some("user_disabled");
        let message = Message::new(Kind::Error, "accountDisabledMessage");
        return Ok(Outcome::Challenge(ask(cx, attempt, Some(&typed), Some(message))));
    }
    // Others may have guessed meanwhile. The failures are forgotten when the whole login is done, not before.
    if cx.core().lock(&cx.plan, &person.user).await? != Lock::Open {
        return Ok(mistaken(cx, attempt, &typed, "user_temporarily_disabled"));
    }
    attempt.writes.append(writes);
    attempt.tab.set_note("credential", "password");
    attempt.tab.set_note("fresh", "true");
    attempt.person = Some(person);
    Ok(Outcome::Success)
}

fn mistaken(cx: &Cx<'_>, attempt: &mut Attempt<'_>, typed: &str, event: &'static str) -> Outcome {
    attempt.event_error = Some(event);
    let message = Message::new(Kind::Field("username"), "invalidUserMessage");
    Outcome::Challenge(ask(cx, attempt, Some(typed), Some(message)))
}
