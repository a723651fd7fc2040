//! `auth-cookie`: the browser is logged in already (single sign-on).

use domain::Result;
use oidc::Cx;

use super::{Authenticator, no_form};
use crate::flow::{Attempt, Outcome};

pub(super) const AUTHENTICATOR: Authenticator = Authenticator {
    id: "auth-cookie",
    configured: None,
    enter: |cx, attempt| Box::pin(enter(cx, attempt)),
    submit: no_form,
};

async fn enter(cx: &Cx<'_>, attempt: &mut Attempt<'_>) -> Result<Outcome> {
    let Some(session) = &attempt.session else { return Ok(Outcome::Attempted) };
    let person = cx.core().person(&cx.plan, &session.user_id).await?;
    let Some(person) = person.filter(|p| p.user.enabled) else {
        attempt.session = None;
        return Ok(Outcome::Attempted);
    };
    attempt.person = Some(person);
    if must_prove_again(cx, attempt) {
        return Ok(Outcome::Attempted);
    }
    attempt.tab.set_note("sso", "true");
    Ok(Outcome::Success)
}

/// Whether the client wants a proof newer than the session's [OIDCC-3.1.2.1: prompt, max_age].
pub(super) fn must_prove_again(cx: &Cx<'_>, attempt: &Attempt<'_>) -> bool {
    if attempt.request.prompts("login") {
        return true;
    }
    let Some(max_age) = attempt.request.parameter("max_age").and_then(|a| a.parse::<i64>().ok()) else { return false };
    let Some(session) = &attempt.session else { return false };
    let proved_at = session.notes.int("AUTH_TIME").unwrap_or(session.started_at);
    max_age >= 0 && cx.now() - proved_at > max_age
}
