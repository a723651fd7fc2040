//! What a token for a client and a user would hold.

use domain::{Error, Result, ids};
use model::Document;
use oidc::Granted;
use oidc::tokens::{Issue, Refresh, SessionFacts};
use serde_json::{Map, Value};

use super::find;
use crate::permit::{Permit, ViewClients, ViewUsers};
use crate::refusals;

/// Which example is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// An access token.
    Access,
    /// An ID token.
    Id,
}

/// The claims of a token that a user would get by a client with a scope.
pub async fn example(
    permit: &Permit<'_, ViewClients>,
    id: &str,
    user_id: &str,
    scope: &str,
    example: Example,
) -> Result<Value> {
    if !permit.also::<ViewUsers>() {
        return Err(refusals::FORBIDDEN.into());
    }
    find(permit, id).await?;
    let cx = &permit.cx;
    let client = cx.client_by_id(id).await?.ok_or_else(|| Error::from(refusals::CLIENT_NOT_FOUND))?;
    let person = cx.core().person(&cx.plan, user_id).await?.ok_or_else(|| Error::from(refusals::USER_NOT_FOUND))?;
    let granted = Granted::of(&client, scope);
    let mut client_notes = Document::default();
    client_notes.set("acr", "1");
    let session = SessionFacts {
        id: Some(ids::session()?),
        offline: false,
        remember_me: false,
        started_at: cx.now(),
        notes: Document::default(),
        client_notes,
    };
    let issue = Issue {
        client: &client,
        person: &person,
        session: &session,
        granted: &granted,
        grant: "ac",
        nonce: None,
        refresh: Refresh::No,
    };
    let access = issue.access_token(cx).await?;
    let token = match example {
        Example::Access => access.token,
        Example::Id => {
            let hashes = oidc::tokens::Hashes { access_token: Some(&access.token), code: None, state: None };
            issue.id_token(cx, access.expires_at, None, &hashes).await?
        }
    };
    Ok(Value::Object(claims(&token)?))
}

fn claims(token: &str) -> Result<Map<String, Value>> {
    Ok(jose::Compact::parse(token)?.claims()?)
}
