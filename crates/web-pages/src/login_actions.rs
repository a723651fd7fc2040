//! `login-actions/…`: what the pages of a login send [KC 6.6].

use authn::{Place, act};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use oidc::Form;
use web::{App, Facts, read_form};

use crate::paint::{ACTIONS, fail, paint};
use crate::protocol::browser_of;

/// What every handler here gets.
struct Sent {
    app: App,
    realm: String,
    facts: Facts,
    headers: HeaderMap,
    query: Form,
    form: Option<Form>,
}

async fn go_on(sent: Sent, place: Place) -> Response {
    let Sent { app, realm, facts, headers, query, form } = &sent;
    let browser = browser_of(headers);
    let (browser, query, form) = (&browser, query, form.as_ref());
    let done = app.work(realm, facts, |cx| async move {
        let (answer, writes) = act(&cx, browser, place, query, form).await?;
        Ok(((answer, cx.plan.clone()), writes))
    });
    match done.await {
        Ok((answer, plan)) => {
            let cx = app.cx_on(plan, facts);
            paint(&cx, headers, query, ACTIONS, answer)
        }
        Err(failure) => fail(failure, &facts.base, &facts.id),
    }
}

macro_rules! handlers {
    ($($page:ident, $post:ident => $place:expr;)*) => {$(
        pub(crate) async fn $page(
            State(app): State<App>,
            Path(realm): Path<String>,
            facts: Facts,
            RawQuery(query): RawQuery,
            headers: HeaderMap,
        ) -> Response {
            let query = Form::parse(query.unwrap_or_default().as_bytes());
            go_on(Sent { app, realm, facts, headers, query, form: None }, $place).await
        }

        pub(crate) async fn $post(
            State(app): State<App>,
            Path(realm): Path<String>,
            facts: Facts,
            RawQuery(query): RawQuery,
            headers: HeaderMap,
            body: Bytes,
        ) -> Response {
            let query = Form::parse(query.unwrap_or_default().as_bytes());
            let form = Some(read_form(&headers, &body));
            go_on(Sent { app, realm, facts, headers, query, form }, $place).await
        }
    )*};
}

handlers! {
    authenticate_page, authenticate => Place::Authenticate;
    action_page, action => Place::RequiredAction;
    consent_page, consent => Place::Consent;
}

pub(crate) async fn restart(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    go_on(Sent { app, realm, facts, headers, query, form: None }, Place::Restart).await
}
