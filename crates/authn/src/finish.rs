//! The end of a login: session, cookies, the answer to the client.

use domain::brute_force::Lock;
use domain::{Person, Result, Writes};
use oidc::Cx;
use oidc::authorize::{self, Proof};
use oidc::response::Delivery;

use crate::browser::{self, CookieChange};
use crate::flow::Attempt;

/// How the login came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Without a page: by the browser's cookie alone.
    Silent,
    /// By a form.
    Form,
}

/// A login at its end.
pub(crate) struct Finished {
    pub delivery: Delivery,
    pub cookies: Vec<CookieChange>,
    pub writes: Writes,
}

/// Completes a login whose user is proved and has nothing left to do.
pub(crate) async fn complete(cx: &Cx<'_>, attempt: Attempt<'_>, person: &Person, end: End) -> Result<Finished> {
    let fresh = attempt.tab.note("fresh").is_some();
    let remember_me = attempt.tab.note("remember_me").is_some();
    let session = attempt.session.filter(|s| s.user_id == person.user.id);
    let proof = Proof {
        person,
        fresh,
        remember_me: if fresh { remember_me } else { session.as_ref().is_some_and(|s| s.remember_me) },
        consent: match attempt.tab.note("consent") {
            Some("consent_granted") => "consent_granted",
            Some("persistent_consent") => "persistent_consent",
            _ => "no_consent_required",
        },
        session,
        details: Vec::new(),
    };
    let mut writes = attempt.writes;
    if fresh && cx.core().clear_failures(&cx.plan, &person.user, &mut writes).await? != Lock::Open {
        // Locked out between the last proof and now: the form is looked at anew, and refused.
        return Err(domain::Error::Lost("lock"));
    }
    let done = authorize::complete(cx, attempt.request, proof).await?;
    let mut cookies = vec![browser::identity(cx, &done.session).await?];
    if cx.plan.realm.remember_me && end == End::Form && fresh && remember_me {
        cookies.push(CookieChange::RememberMe(person.user.username.clone()));
    }
    writes.append(done.writes);
    Ok(Finished { delivery: done.delivery, cookies, writes })
}
