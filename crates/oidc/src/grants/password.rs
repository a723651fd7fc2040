//! Resource owner password credentials [RFC6749-4.3], [KC 1.6].

use domain::{Result, Writes, ids};
use model::{Document, Event, EventType};

use super::{Grant, TokenAnswer, TokenRequest};
use crate::direct_grant;
use crate::refusals::{CONSENT_NEEDED, NO_DIRECT_ACCESS, OFFLINE_NOT_ALLOWED};
use crate::scope::Granted;
use crate::session::{Login, first_refresh};
use crate::tokens::Issue;

pub(super) const GRANT: Grant =
    Grant { id: "password", event: EventType::Login, exchange: |request, event| Box::pin(exchange(request, event)) };

async fn exchange(request: &TokenRequest<'_>, event: &mut Event) -> Result<TokenAnswer> {
    let (cx, plan) = (request.cx, &request.client.plan);
    // A failure counts at once, so the plan it is counted by must be the newest.
    cx.ensure_newest().await?;
    event.detail("auth_method", "openid-connect");
    if !plan.client.direct_access_grants {
        return Err(NO_DIRECT_ACCESS.into());
    }
    if plan.client.consent_required {
        return Err(CONSENT_NEEDED.into());
    }
    let scope = request.form.find("scope");
    let mut granted = Granted::parse(plan, scope)?;
    let mut writes = Writes::default();
    let person = direct_grant::prove_user(cx, request.form, event, &mut writes).await?;
    let offline = granted.offline;
    if offline && !person.has_realm_role(&cx.plan, "offline_access") {
        return Err(OFFLINE_NOT_ALLOWED.into());
    }
    granted.restrict(&cx.plan, &person);
    let mut notes = Document::default();
    notes.set("auth_method", "openid-connect");
    let mut client_notes = Document::default();
    client_notes.set("scope", scope.unwrap_or_default());
    let refresh = first_refresh(cx, plan, granted.all(), &mut client_notes)?;
    let login = Login {
        id: ids::session()?,
        person: &person,
        client: plan,
        remember_me: false,
        begins: true,
        started_at: cx.now(),
        notes,
        client_notes,
    };
    event.session_id = Some(login.id.clone());
    login.write(cx, offline, &mut writes);
    let session = login.facts(offline);
    let issue = Issue {
        client: plan,
        person: &person,
        session: &session,
        granted: &granted,
        grant: "ro",
        nonce: None,
        refresh,
    };
    let issued = issue.answer(cx, event).await?;
    Ok(TokenAnswer { body: issued.body, writes })
}
