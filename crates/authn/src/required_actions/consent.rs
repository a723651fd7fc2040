//! Consent: what a client may have, asked of the user once [KC 1.16, 6.3].

use std::sync::Arc;

use domain::{Person, Result, Writes};
use model::Document;
use oidc::{Cx, Form, Granted};
use serde_json::json;

use super::{Action, Done};
use crate::face::{Challenge, ScopeAsked};
use crate::flow::Attempt;

pub(super) const ACTION: Action = Action {
    alias: "CONSENT_GRANT",
    due: |_, _, _| false,
    ask: |cx, attempt, _| ask(cx, attempt),
    submit: |cx, attempt, person, form| Box::pin(submit(cx, attempt, person, form)),
};

/// The names of the scopes that the user must agree to.
fn wanted(attempt: &Attempt<'_>) -> Vec<String> {
    let granted = Granted::of(&attempt.request.client, attempt.request.parameter("scope").unwrap_or_default());
    granted.scopes.iter().filter(|s| s.on_consent_screen).map(|s| s.name.clone()).collect()
}

/// Whether the user must be asked.
pub(super) async fn is_due(cx: &Cx<'_>, attempt: &mut Attempt<'_>, person: &Person) -> Result<bool> {
    let client = &attempt.request.client.client;
    if !client.consent_required || attempt.tab.note("consent").is_some() {
        return Ok(false);
    }
    let given = store::consents::find(&cx.core().store, &person.user.id, &client.id).await?;
    let given = given.map(|d| d.texts("grantedClientScopes")).unwrap_or_default();
    let wanted = wanted(attempt);
    let all =
        !wanted.is_empty() && wanted.iter().all(|name| given.contains(name)) && !attempt.request.prompts("consent");
    if all {
        attempt.tab.set_note("consent", "persistent_consent");
    }
    Ok(!all)
}

fn ask(cx: &Cx<'_>, attempt: &Attempt<'_>) -> Challenge {
    let scopes = wanted(attempt)
        .into_iter()
        .map(|name| {
            let text = cx.plan.scopes.get(&name).and_then(|s| s.consent_text.clone()).filter(|t| !t.is_empty());
            ScopeAsked { text: text.unwrap_or_else(|| name.clone()), name }
        })
        .collect();
    Challenge::Consent { client: Arc::clone(&attempt.request.client), scopes }
}

async fn submit(cx: &Cx<'_>, attempt: &mut Attempt<'_>, person: Arc<Person>, form: &Form) -> Result<Done> {
    if form.find("cancel").is_some() || form.find("accept").is_none() {
        return Ok(Done::Denied);
    }
    let client = &attempt.request.client.client;
    let before = store::consents::find(&cx.core().store, &person.user.id, &client.id).await?;
    let mut names = before.as_ref().map(|d| d.texts("grantedClientScopes")).unwrap_or_default();
    names.extend(wanted(attempt));
    names.sort_unstable();
    names.dedup();
    let created = before.and_then(|d| d.int("createdDate")).unwrap_or(cx.now_ms);
    let doc = json!({"grantedClientScopes": names, "createdDate": created, "lastUpdatedDate": cx.now_ms});
    let mut writes = Writes::default();
    store::consents::save(&mut writes.batch, &person.user.id, &client.id, &Document::from_value(doc));
    attempt.writes.append(writes);
    attempt.tab.set_note("consent", "consent_granted");
    Ok(Done::Yes)
}
