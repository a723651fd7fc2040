//! The token endpoint [RFC6749-3.2]: the checks that all grants share, in Keycloak's order [KC 1.2].

use domain::{Error, Result};
use model::Event;

use crate::client_auth::{self, AuthenticatedClient, Claim};
use crate::cx::Cx;
use crate::form::Form;
use crate::grants::{self, TokenAnswer, TokenRequest};
use crate::refusals::{BEARER_ONLY, DUPLICATED, GRANT_TYPE_MISSING, GRANT_TYPE_UNKNOWN, WRONG_PROTOCOL};

/// A call of an endpoint for clients.
pub struct Call<'a> {
    /// The form.
    pub form: &'a Form,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
}

/// A token answer and the client that it goes to, for CORS.
pub struct Answered {
    /// The answer.
    pub answer: TokenAnswer,
    /// The client.
    pub client: AuthenticatedClient,
}

/// Exchanges a grant for tokens.
pub async fn exchange(cx: &Cx<'_>, call: &Call<'_>) -> Result<Answered> {
    cx.check_open()?;
    let Some(grant_type) = call.form.find("grant_type") else { return Err(GRANT_TYPE_MISSING.into()) };
    let Some(grant) = grants::find(grant_type) else { return Err(GRANT_TYPE_UNKNOWN.into()) };
    let mut event = Event::new(grant.event);
    event.detail("grant_type", grant.id);
    event.client_id = named_client(call);
    let client = match authenticate(cx, call).await {
        Ok(client) => client,
        Err(error) => return Err(with_event(error, event)),
    };
    event.client_id = Some(client.plan.client.client_id.clone());
    event.detail("client_auth_method", client.method);
    if call.form.repeats() {
        return Err(with_event(used_up(DUPLICATED.into(), client), event));
    }
    let request = TokenRequest { cx, form: call.form, client: &client };
    match (grant.exchange)(&request, &mut event).await {
        Ok(mut answer) => {
            answer.writes.events.push(event);
            Ok(Answered { answer, client })
        }
        Err(error) => Err(with_event(used_up(error, client), event)),
    }
}

/// Lets a refusal use up the client's assertion all the same.
pub(crate) fn used_up(error: Error, client: AuthenticatedClient) -> Error {
    let Error::Refused(mut refused) = error else { return error };
    let mut writes = client.writes;
    writes.append(std::mem::take(&mut refused.writes));
    refused.writes = writes;
    Error::Refused(refused)
}

/// Authenticates the client and refuses those that ask for no tokens.
pub(crate) async fn authenticate(cx: &Cx<'_>, call: &Call<'_>) -> Result<AuthenticatedClient> {
    let client = client_auth::authenticate(cx, &claim(call, &audiences(cx))).await?;
    if client.plan.client.bearer_only {
        return Err(BEARER_ONLY.into());
    }
    if client.plan.client.protocol != "openid-connect" {
        return Err(WRONG_PROTOCOL.into());
    }
    Ok(client)
}

/// What a caller shows of who it is.
pub(crate) fn claim<'a>(call: &'a Call<'a>, audiences: &'a [String]) -> Claim<'a> {
    Claim { form: call.form, authorization: call.authorization, audiences }
}

/// What an assertion may be meant for: the issuer, the token endpoint, the introspection endpoint [KC 1.3].
pub(crate) fn audiences(cx: &Cx<'_>) -> Vec<String> {
    let issuer = cx.issuer();
    let endpoint = |name: &str| format!("{issuer}/protocol/openid-connect/{name}");
    vec![
        endpoint("token"),
        endpoint("token/introspect"),
        endpoint("ext/par/request"),
        endpoint("ext/ciba/auth"),
        issuer.clone(),
    ]
}

/// The client as named in the request, for the event of a refusal.
pub(crate) fn named_client(call: &Call<'_>) -> Option<String> {
    call.form.some("client_id").map(|id| id.chars().take(255).collect())
}

/// Gives a refusal its event.
pub(crate) fn with_event(error: Error, mut event: Event) -> Error {
    let Error::Refused(mut refused) = error else { return error };
    if !refused.refusal.event.is_empty() {
        event.error = Some(refused.refusal.event);
        let told = event.details.iter().any(|(name, _)| *name == "reason");
        if !told && !WITHOUT_REASON.contains(&refused.refusal.event) {
            event.detail("reason", refused.refusal.description.to_string());
        }
        refused.writes.events.push(event);
    }
    Error::Refused(refused)
}

/// Errors whose event has no reason beside them: it would say the same, or what a guesser did wrong [KC 8].
const WITHOUT_REASON: &[&str] = &[
    "client_not_found",
    "client_disabled",
    "invalid_client_credentials",
    "invalid_code",
    "invalid_user_credentials",
    "user_disabled",
    "user_not_found",
    "user_temporarily_disabled",
];
