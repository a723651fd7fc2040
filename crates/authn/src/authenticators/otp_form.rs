//! `auth-otp-form`: a one-time password, after the password.

use domain::Result;
use domain::brute_force::Lock;
use oidc::{Cx, Form};

use super::Authenticator;
use crate::face::{Challenge, Kind, Message};
use crate::flow::{Attempt, Outcome};

pub(super) const AUTHENTICATOR: Authenticator = Authenticator {
    id: "auth-otp-form",
    configured: Some(|credentials| credentials.iter().any(|c| c.kind == "otp")),
    enter: |_, _| Box::pin(async { Ok(Outcome::Challenge(Challenge::Otp { message: None })) }),
    submit: |cx, attempt, form| Box::pin(submit(cx, attempt, form)),
};

async fn submit(cx: &Cx<'_>, attempt: &mut Attempt<'_>, form: &Form) -> Result<Outcome> {
    let Some(person) = attempt.person.clone() else { return Ok(Outcome::Attempted) };
    let Some(code) = form.some("otp") else { return Ok(wrong("missingTotpMessage")) };
    let mut writes = domain::Writes::default();
    let open = cx.core().lock(&cx.plan, &person.user).await? == Lock::Open;
    if !open || !cx.core().verify_otp(&cx.plan, &person, Some(code), &mut writes).await? {
        cx.core().count_failure(&cx.plan, &person.user, &cx.request.ip).await?;
        attempt.event_error = Some("invalid_user_credentials");
        return Ok(wrong("invalidTotpMessage"));
    }
    attempt.writes.append(writes);
    Ok(Outcome::Success)
}

fn wrong(key: &str) -> Outcome {
    Outcome::Challenge(Challenge::Otp { message: Some(Message::new(Kind::Field("totp"), key)) })
}
