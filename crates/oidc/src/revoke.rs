//! Revocation [RFC7009], [KC 1.13].

use domain::{Result, Writes};
use model::{Event, EventType};

use crate::active::Kind;
use crate::claims::Claims;
use crate::client_auth::AuthenticatedClient;
use crate::cx::Cx;
use crate::refusals::{DUPLICATED, REVOKE_INVALID, REVOKE_NO_TOKEN, REVOKE_OTHER_CLIENT, REVOKE_TYPE};
use crate::token::{Call, authenticate, named_client, used_up, with_event};

/// What revoking asks to be written, and for whom.
pub struct Revoked {
    /// The client.
    pub client: AuthenticatedClient,
    /// The writes.
    pub writes: Writes,
}

/// Revokes a token of the client's.
pub async fn revoke(cx: &Cx<'_>, call: &Call<'_>) -> Result<Revoked> {
    cx.check_open()?;
    let mut event = Event::new(EventType::RevokeGrant);
    event.client_id = named_client(call);
    let client = match authenticate(cx, call).await {
        Ok(client) => client,
        Err(error) => return Err(with_event(error, event)),
    };
    event.client_id = Some(client.plan.client.client_id.clone());
    event.detail("client_auth_method", client.method);
    match revoked(cx, call, &client, &mut event) {
        Ok(mut writes) => {
            writes.events.push(event);
            Ok(Revoked { client, writes })
        }
        Err(error) => Err(with_event(used_up(error, client), event)),
    }
}

fn revoked(cx: &Cx<'_>, call: &Call<'_>, client: &AuthenticatedClient, event: &mut Event) -> Result<Writes> {
    if call.form.repeats() {
        return Err(DUPLICATED.into());
    }
    let Some(token) = call.form.some("token") else { return Err(REVOKE_NO_TOKEN.into()) };
    let Some(verified) = cx.verify(token) else { return Err(REVOKE_INVALID.into()) };
    let claims = &verified.claims;
    let kind = match Kind::of(claims) {
        Some(Kind::Id) | None => return Err(REVOKE_TYPE.into()),
        Some(kind) => kind,
    };
    if claims.text("iss") != Some(cx.issuer().as_str()) || cx.is_expired(claims) {
        return Err(REVOKE_INVALID.into());
    }
    if claims.text("azp") != Some(client.plan.client.client_id.as_str()) {
        return Err(REVOKE_OTHER_CLIENT.into());
    }
    event.user_id = claims.text("sub").map(str::to_owned);
    event.session_id = claims.text("sid").map(str::to_owned);
    let mut writes = Writes::default();
    match kind {
        Kind::Access => {
            let id = claims.text("jti").unwrap_or_default();
            event.detail("token_id", id);
            let until = claims.int("exp").filter(|e| *e > 0).unwrap_or(cx.now() + FOR_TOKENS_WITHOUT_END);
            store::logins::revoke_token(&mut writes.batch, &cx.plan.realm.id, id, until);
        }
        _ => end_client_session(&mut writes, claims, kind == Kind::Offline, client, event),
    }
    Ok(writes)
}

/// Ends the client's part in the token's session, and the session with its last part.
fn end_client_session(
    writes: &mut Writes,
    claims: &Claims,
    offline: bool,
    client: &AuthenticatedClient,
    event: &mut Event,
) {
    let session = claims.text("sid").unwrap_or_default();
    event.detail("refresh_token_id", claims.text("jti").unwrap_or_default());
    event.detail("refresh_token_type", if offline { "Offline" } else { "Refresh" });
    event.detail("revoked_client", client.plan.client.client_id.clone());
    store::sessions::delete_client(&mut writes.batch, session, offline, &client.plan.client.id);
    store::sessions::delete_if_empty(&mut writes.batch, session, offline);
}

/// Ten years: access tokens always end, but nothing is forgotten if one did not.
const FOR_TOKENS_WITHOUT_END: i64 = 315_360_000;
