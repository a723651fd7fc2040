//! `/evidence/…`: checkpoints, tiles and proofs for everybody; records and search for whom they concern.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use messages::Caller;
use messages::bundle::Selection;
use messages::evidence as views;
use messages::refusals::BAD_CALL;
use registry::Moment;
use store::ledger::Search;
use web::{json, json_error, no_store};

use crate::answer::{answer, answer_text};
use crate::call::Call;

/// The parameter that says which of the realm's ledgers is meant.
const ORIGIN: &str = "origin";

/// How long what is newest stands.
const SHORTLY: &str = "public, max-age=2";
/// How long what a ledger of this name has stands, which never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The newest checkpoint, as a signed note. Like what follows of a ledger, that of the one that is open, or of the realm's that
/// has this `origin`.
pub(crate) async fn checkpoint(call: Call) -> Response {
    let call = &call;
    match call.look_kept(|cx| async move { views::checkpoint(&cx, call.once(ORIGIN)?).await }).await {
        Ok(note) => kept(note, "text/plain; charset=utf-8", SHORTLY),
        Err(failure) => failure.into_json(),
    }
}

/// A tile of the tree, or a bundle of its leaves [C2SP-tlog-tiles].
pub(crate) async fn tile(call: Call) -> Response {
    let (call, path) = (&call, call.part("path"));
    match call.look_kept(|cx| async move { views::tile(&cx, call.once(ORIGIN)?, path).await }).await {
        Ok(octets) => kept(octets, "application/octet-stream", lasting(call)),
        Err(failure) => failure.into_json(),
    }
}

/// How long a part of a ledger stands. Without an origin, another ledger may be the open one tomorrow.
fn lasting(call: &Call) -> &'static str {
    if call.text(ORIGIN).is_some() { FOREVER } else { SHORTLY }
}

fn kept(body: impl Into<Body>, kind: &'static str, how_long: &'static str) -> Response {
    let mut response = json(200, body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(how_long));
    response
}

/// An entry's index and proof.
pub(crate) async fn entry(call: Call) -> Response {
    let id = call.part("id");
    answer_text(call.look_kept(|cx| async move { views::entry(&cx, id).await }).await.map(|shown| shown.text))
}

/// The hashes that show the tree of the size `from` at the beginning of that of the size `to`, a line each.
pub(crate) async fn consistency(call: Call) -> Response {
    let call = &call;
    let size = |name: &str| call.text(name).and_then(|text| text.parse::<u64>().ok());
    let (Some(from), Some(to)) = (size("from"), size("to")) else {
        return json_error(400, "invalid_request", "from and to are sizes of the tree");
    };
    match call.look_kept(|cx| async move { views::consistency(&cx, call.once(ORIGIN)?, from, to).await }).await {
        Ok(hashes) => {
            let lines: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
            kept(lines, "text/plain; charset=utf-8", lasting(call))
        }
        Err(failure) => failure.into_json(),
    }
}

/// Every key that the realm ever signed replies and messages with, and the ledger's own.
pub(crate) async fn keys(call: Call) -> Response {
    let call = &call;
    answer(call.look(|cx| async move { views::keys(&cx, call.once(ORIGIN)?).await }).await)
}

/// A record with its salt.
pub(crate) async fn record(call: Call) -> Response {
    let (id, token) = (call.part("id"), call.token());
    let shown = call.look(|cx| async move {
        let caller = Caller::of_evidence(&cx, token).await?;
        views::record(&cx, &caller, id).await
    });
    answer(shown.await)
}

/// A bundle of evidence: what is wanted is in the body.
pub(crate) async fn export(call: Call, body: Bytes) -> Response {
    let wanted = match Selection::parse(&body) {
        Ok(wanted) => wanted,
        Err(error) => return call.refuse(error, None).await,
    };
    let (wanted, token) = (&wanted, call.token());
    let made = call.look(|cx| async move {
        let caller = Caller::of_evidence(&cx, token).await?;
        messages::bundle::export(&cx, &caller, wanted).await
    });
    match made.await {
        Ok(octets) => no_store(kept(octets, evidence::bundle::MEDIA_TYPE, "no-store")),
        Err(failure) => failure.into_json(),
    }
}

/// Messages by `participantRoleId`, `from`, `to`, `kid`, `bodySha256`, `requestId`, `traceId`, `code`; `first`, `max`.
pub(crate) async fn search(call: Call) -> Response {
    if let Err(error) = call.query_is_of(SEARCHED) {
        return call.refuse(error, None).await;
    }
    let time = |name: &'static str| match call.text(name) {
        None => Ok(None),
        Some(text) => Moment::parse(text).map(|at| Some(at.ms())).ok_or(name),
    };
    let (from_ms, to_ms) = match (time("from"), time("to")) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(name), _) | (_, Err(name)) => {
            let text = format!("{name} is a time such as 2026-11-26T21:24:33Z");
            return call.refuse(BAD_CALL.describe(text).into(), None).await;
        }
    };
    let text = |name: &str| call.text(name).map(str::to_owned);
    let wanted = &Search {
        role_id: text("participantRoleId"),
        from_ms,
        to_ms,
        kid: text("kid"),
        digest: text("bodySha256"),
        request_id: text("requestId"),
        trace_id: text("traceId"),
        verdict: text("code"),
    };
    let (first, max) = match call.page() {
        Ok(page) => page,
        Err(error) => return call.refuse(error, None).await,
    };
    let token = call.token();
    let found = call.look(|cx| async move {
        let caller = Caller::of_evidence(&cx, token).await?;
        views::search(&cx, &caller, wanted.clone(), first, max).await
    });
    answer(found.await)
}

const SEARCHED: &[&str] =
    &["participantRoleId", "from", "to", "kid", "bodySha256", "requestId", "traceId", "code", "first", "max"];
