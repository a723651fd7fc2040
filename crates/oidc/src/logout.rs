//! Logout by a client, with its refresh token: no browser in it [KC 1.15].

use domain::{Result, Writes};
use model::{Event, EventType};

use crate::active::Kind;
use crate::client_auth::AuthenticatedClient;
use crate::cx::Cx;
use crate::refusals::{REFRESH_INVALID, REFRESH_OTHER_CLIENT};
use crate::token::{Call, authenticate, named_client, used_up, with_event};

/// Ends the session of a client's refresh token. One that has ended already is as good.
pub async fn logout(cx: &Cx<'_>, call: &Call<'_>) -> Result<(AuthenticatedClient, Writes)> {
    cx.check_open()?;
    let mut event = Event::new(EventType::Logout);
    event.client_id = named_client(call);
    let client = match authenticate(cx, call).await {
        Ok(client) => client,
        Err(error) => return Err(with_event(error, event)),
    };
    event.client_id = Some(client.plan.client.client_id.clone());
    event.detail("client_auth_method", client.method);
    match ended(cx, call, &client, &mut event).await {
        Ok(mut writes) => {
            writes.events.push(event);
            Ok((client, writes))
        }
        Err(error) => Err(with_event(used_up(error, client), event)),
    }
}

async fn ended(cx: &Cx<'_>, call: &Call<'_>, client: &AuthenticatedClient, event: &mut Event) -> Result<Writes> {
    let token = call.form.find("refresh_token").unwrap_or_default();
    let Some(verified) = cx.verify(token) else { return Err(REFRESH_INVALID.into()) };
    let claims = &verified.claims;
    let kind = Kind::of(claims).filter(|k| matches!(k, Kind::Refresh | Kind::Offline));
    let Some(kind) = kind.filter(|_| claims.text("iss") == Some(cx.issuer().as_str())) else {
        return Err(REFRESH_INVALID.into());
    };
    if claims.text("azp") != Some(client.plan.client.client_id.as_str()) {
        return Err(REFRESH_OTHER_CLIENT.into());
    }
    let id = claims.text("sid").unwrap_or_default();
    event.session_id = Some(id.to_owned());
    let mut writes = Writes::default();
    let found = store::sessions::find(&cx.core().store, &cx.plan.realm.id, id, kind == Kind::Offline).await?;
    if let Some(session) = found {
        event.user_id = Some(session.user_id.clone());
        cx.end_session(&session, &mut writes).await?;
    }
    Ok(writes)
}
