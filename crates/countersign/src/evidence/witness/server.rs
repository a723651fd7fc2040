//! `POST /add-checkpoint`, the one thing that a witness is asked.

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use domain::clock::Clock;
use ledger::Note;
use ledger::cosignature::cosign;
use ledger::witness::{self, Refusal};

use super::Witness;
use crate::commands::Failure;

/// The router of a witness.
pub fn router(witness: Arc<Witness>, clock: Arc<dyn Clock>) -> Router {
    let add = move |request: Request| {
        let (witness, clock) = (witness.clone(), clock.clone());
        async move {
            let Ok(body) = to_bytes(request.into_body(), witness::LONGEST).await else {
                return StatusCode::PAYLOAD_TOO_LARGE.into_response();
            };
            let time = u64::try_from(clock.now_ms() / 1000).unwrap_or(0);
            let mut added = add_there(&witness, &body, time).await;
            if matches!(added, Ok(Err(Refusal::Unsigned))) && witness.follow(&body, time).await {
                added = add_there(&witness, &body, time).await;
            }
            if matches!(added, Ok(Err(Refusal::Unsigned))) {
                witness.tell_unsigned(&body, time);
            }
            witness.answer(added)
        }
    };
    Router::new().route("/add-checkpoint", post(add))
}

/// On a thread of its own: files are written there, and the disk may take its time.
async fn add_there(witness: &Arc<Witness>, body: &Bytes, time: u64) -> Result<Result<String, Refusal>, Failure> {
    let (witness, body) = (Arc::clone(witness), body.clone());
    tokio::task::spawn_blocking(move || witness.add(&body, time)).await?
}

impl Witness {
    /// Says that no key that counts signed a log's note, once in a while for each log: anybody can send such.
    fn tell_unsigned(&self, body: &[u8], now: u64) {
        let Ok(request) = witness::Request::parse(body) else { return };
        let origin = &request.checkpoint.origin;
        if !self.logs.get(origin).is_some_and(|log| log.may_tell(now)) {
            return;
        }
        match self.following.is_wanted() {
            true => tracing::info!(origin, "a checkpoint is signed by no key that counts for its log"),
            false => tracing::warn!(
                origin,
                "a checkpoint is signed by no key that is known of its log: where that has a new one, start with --follow and \
                 the log's URL, to have it shown, or name its line by --log"
            ),
        }
    }

    fn answer(&self, added: Result<Result<String, Refusal>, Failure>) -> Response {
        match added {
            Ok(Ok(lines)) => text(StatusCode::OK, "text/plain; charset=utf-8", lines),
            Ok(Err(refusal)) => {
                let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
                let (kind, body) = refusal.body();
                if refusal != Refusal::Unsigned {
                    tracing::info!(%status, "a checkpoint is not cosigned");
                }
                text(status, kind, body)
            }
            Err(cause) => {
                tracing::error!(%cause, "the state can't be kept, so nothing is cosigned");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// The cosignature's line, once the head is on disk.
    fn add(&self, body: &[u8], time: u64) -> Result<Result<String, Refusal>, Failure> {
        let request = match witness::Request::parse(body) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let origin = request.checkpoint.origin.clone();
        // Nothing of logs that aren't known is ever looked up or kept.
        let Some(log) = self.logs.get(&origin) else { return Ok(Err(Refusal::UnknownOrigin)) };
        let keys = log.keys();
        let mut answer = String::new();
        let judged = self.state.advance(&origin, |last| {
            if let Err(refusal) = request.judge(Some(&keys), last) {
                return Ok(Err(refusal));
            }
            let line = cosign(&self.signer, &request.note, time)?;
            answer = format!("{line}\n");
            // Whatever else the request carried would only fill the file.
            let of_log = keys.iter().filter_map(|key| request.note.lines.iter().find(|line| line.is_of(key)));
            let lines = of_log.cloned().chain([line]).collect();
            Ok(Ok(Note { text: request.note.text.clone(), lines }))
        })?;
        if judged.is_ok() {
            tracing::info!(origin, size = request.checkpoint.size, "cosigned");
        }
        Ok(judged.map(|()| answer))
    }
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}
