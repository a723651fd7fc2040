//! Client credentials: a client's own tokens [RFC6749-4.4], [KC 1.7].

use std::sync::Arc;

use domain::{Person, Result, Writes};
use model::{Document, Event, EventType};

use super::{Grant, TokenAnswer, TokenRequest};
use crate::cx::Cx;
use crate::refusals::{NO_SERVICE_ACCOUNT, PUBLIC_SERVICE_ACCOUNT, SERVICE_ACCOUNT_DISABLED, SERVICE_ACCOUNT_GONE};
use crate::scope::Granted;
use crate::session::{Login, first_refresh};
use crate::tokens::{Issue, Refresh, SessionFacts};

pub(super) const GRANT: Grant = Grant {
    id: "client_credentials",
    event: EventType::ClientLogin,
    exchange: |request, event| Box::pin(exchange(request, event)),
};

/// The client's account as it is now, by one read.
async fn service_account(cx: &Cx<'_>, client: &str) -> Result<Option<Arc<Person>>> {
    let state = store::users::service_account_state(&cx.core().store, &cx.plan.realm.id, client).await?;
    let Some(state) = state else { return Ok(None) };
    cx.confirm(state.realm_version)?;
    match state.user {
        Some((id, version)) => cx.core().person_at(&cx.plan, &id, version).await,
        None => Ok(None),
    }
}

async fn exchange(request: &TokenRequest<'_>, event: &mut Event) -> Result<TokenAnswer> {
    let (cx, plan) = (request.cx, &request.client.plan);
    if plan.client.public {
        return Err(PUBLIC_SERVICE_ACCOUNT.into());
    }
    if !plan.client.service_accounts {
        return Err(NO_SERVICE_ACCOUNT.into());
    }
    let mut granted = Granted::parse(plan, request.form.find("scope"))?;
    let Some(person) = service_account(cx, &plan.client.id).await? else {
        return Err(SERVICE_ACCOUNT_GONE.into());
    };
    event.user_id = Some(person.user.id.clone());
    event.detail("username", person.user.username.clone());
    if !person.user.enabled {
        return Err(SERVICE_ACCOUNT_DISABLED.describe(format!("User '{}' disabled", person.user.username)).into());
    }
    granted.restrict(&cx.plan, &person);
    let mut notes = Document::default();
    notes.set("client_id", plan.client.client_id.as_str());
    notes.set("clientHost", cx.request.ip.as_str());
    notes.set("clientAddress", cx.request.ip.as_str());
    let mut writes = Writes::default();
    let mut session = SessionFacts {
        id: None,
        offline: false,
        remember_me: false,
        started_at: cx.now(),
        notes,
        client_notes: Document::default(),
    };
    let mut refresh = Refresh::No;
    if plan.client.switch("client_credentials.use_refresh_token") {
        let mut login = Login {
            id: domain::ids::session()?,
            person: &person,
            client: plan,
            remember_me: false,
            begins: true,
            started_at: cx.now(),
            notes: session.notes,
            client_notes: Document::default(),
        };
        login.client_notes.set("scope", request.form.find("scope").unwrap_or_default());
        refresh = first_refresh(cx, plan, granted.all(), &mut login.client_notes)?;
        session = login.facts(false);
        login.write(cx, false, &mut writes);
    }
    event.session_id.clone_from(&session.id);
    let issue = Issue {
        client: plan,
        person: &person,
        session: &session,
        granted: &granted,
        grant: "cc",
        nonce: None,
        refresh,
    };
    let issued = issue.answer(cx, event).await?;
    Ok(TokenAnswer { body: issued.body, writes })
}
