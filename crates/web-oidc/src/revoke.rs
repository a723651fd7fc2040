//! `POST /revoke` [RFC7009-2].

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use oidc::token::Call;
use web::{App, CONTENT_POLICY, Cors, Facts, read_form};

use crate::token::authorization;

pub(crate) async fn revoke(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = read_form(&headers, &body);
    let call = Call { form: &form, authorization: authorization(&headers) };
    let (call, cors) = (&call, &Cors::of(&headers));
    let done = app.work(&realm, &facts, |cx| async move {
        let revoked = oidc::revoke::revoke(&cx, call).await?;
        let mut writes = revoked.client.writes;
        writes.append(revoked.writes);
        Ok(((), writes))
    });
    let mut response = match done.await {
        Ok(()) => {
            let mut response = Response::default();
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
            response
        }
        Err(failure) => failure.into_plain_json(),
    };
    cors.expose(response.headers_mut());
    response
}
