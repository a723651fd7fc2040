//! `/evidence/…`: checkpoints, tiles and proofs for everybody; records and search for whom they concern.

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::Writes;
use messages::bundle::Selection;
use messages::caller::Caller;
use messages::evidence as views;
use registry::Moment;
use store::ledger::Search;
use web::{App, Facts, bearer_token, json, json_error, no_store};

use crate::answer::answer;
use crate::registry::Query;

/// The newest checkpoint, as a signed note.
pub(crate) async fn checkpoint(State(app): State<App>, Path(realm): Path<String>, facts: Facts) -> Response {
    let done =
        app.work_kept(&realm, &facts, |cx| async move { Ok((views::checkpoint(&cx).await?, Writes::default())) });
    match done.await {
        Ok(note) => kept(note, "text/plain; charset=utf-8", "public, max-age=2"),
        Err(failure) => failure.into_json(),
    }
}

/// A tile of the tree, or a bundle of its leaves [C2SP-tlog-tiles].
pub(crate) async fn tile(
    State(app): State<App>,
    Path((realm, path)): Path<(String, String)>,
    facts: Facts,
) -> Response {
    let path = path.as_str();
    let done =
        app.work_kept(&realm, &facts, |cx| async move { Ok((views::tile(&cx, path).await?, Writes::default())) });
    match done.await {
        Ok(octets) => kept(octets, "application/octet-stream", "public, max-age=31536000, immutable"),
        Err(failure) => failure.into_json(),
    }
}

fn kept(body: impl Into<Body>, kind: &'static str, how_long: &'static str) -> Response {
    let mut response = json(200, body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(how_long));
    response
}

/// An entry's index and proof.
pub(crate) async fn entry(State(app): State<App>, Path((realm, id)): Path<(String, String)>, facts: Facts) -> Response {
    let id = id.as_str();
    answer(
        app.work_kept(&realm, &facts, |cx| async move { Ok((views::entry(&cx, id).await?, Writes::default())) }).await,
    )
}

/// The hashes that show the tree of the size `from` at the beginning of that of the size `to`, a line each.
pub(crate) async fn consistency(
    State(app): State<App>,
    Path(realm): Path<String>,
    RawQuery(query): RawQuery,
    facts: Facts,
) -> Response {
    let query = Query::of(query.as_deref());
    let size = |name: &str| query.text(name).and_then(|text| text.parse::<u64>().ok());
    let (Some(from), Some(to)) = (size("from"), size("to")) else {
        return json_error(400, "invalid_request", "from and to are sizes of the tree");
    };
    let done =
        app.work_kept(
            &realm,
            &facts,
            |cx| async move { Ok((views::consistency(&cx, from, to).await?, Writes::default())) },
        );
    match done.await {
        Ok(hashes) => {
            let lines: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
            kept(lines, "text/plain; charset=utf-8", "public, max-age=31536000, immutable")
        }
        Err(failure) => failure.into_json(),
    }
}

/// Every key that the realm ever signed replies and messages with.
pub(crate) async fn keys(State(app): State<App>, Path(realm): Path<String>, facts: Facts) -> Response {
    answer(app.work(&realm, &facts, |cx| async move { Ok((views::keys(&cx).await?, Writes::default())) }).await)
}

/// A record with its salt.
pub(crate) async fn record(
    State(app): State<App>,
    Path((realm, id)): Path<(String, String)>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let (id, token) = (id.as_str(), bearer_token(&headers));
    let done = app.work(&realm, &facts, |cx| async move {
        let caller = Caller::of(&cx, token).await?;
        Ok((views::record(&cx, &caller, id).await?, Writes::default()))
    });
    answer(done.await)
}

/// A bundle of evidence: what is wanted is in the body.
pub(crate) async fn export(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = match Selection::parse(&body) {
        Ok(wanted) => wanted,
        Err(error) => return answer(Err(app.fail(error, &facts))),
    };
    let (wanted, token) = (&wanted, bearer_token(&headers));
    let done = app.work(&realm, &facts, |cx| async move {
        let caller = Caller::of(&cx, token).await?;
        Ok((messages::bundle::export(&cx, &caller, wanted).await?, Writes::default()))
    });
    match done.await {
        Ok(octets) => no_store(kept(octets, evidence::bundle::MEDIA_TYPE, "no-store")),
        Err(failure) => failure.into_json(),
    }
}

/// Messages by `participantRoleId`, `from`, `to`, `kid`, `bodySha256`, `requestId`, `traceId`, `code`; `first`, `max`.
pub(crate) async fn search(
    State(app): State<App>,
    Path(realm): Path<String>,
    RawQuery(query): RawQuery,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let query = Query::of(query.as_deref());
    let time = |name: &str| match query.text(name) {
        None => Ok(None),
        Some(text) => Moment::parse(&text).map(|at| Some(at.ms())).ok_or(name.to_owned()),
    };
    let (from_ms, to_ms) = match (time("from"), time("to")) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(name), _) | (_, Err(name)) => {
            let text = format!("{name} is a time such as 2026-11-26T21:24:33Z");
            return json_error(400, "invalid_request", &text);
        }
    };
    let wanted = &Search {
        role_id: query.text("participantRoleId"),
        from_ms,
        to_ms,
        kid: query.text("kid"),
        digest: query.text("bodySha256"),
        request_id: query.text("requestId"),
        trace_id: query.text("traceId"),
        verdict: query.text("code"),
    };
    let ((first, max), token) = (query.page(), bearer_token(&headers));
    let done = app.work(&realm, &facts, |cx| async move {
        let caller = Caller::of(&cx, token).await?;
        Ok((views::search(&cx, &caller, wanted.clone(), first, max).await?, Writes::default()))
    });
    answer(done.await)
}
