//! Answers of these endpoints.

use axum::response::Response;
use serde_json::Value;
use web::{Failure, json, no_store};

/// A JSON answer that nobody keeps, or the face of what went wrong.
pub(crate) fn answer(done: Result<Value, Failure>) -> Response {
    answer_text(done.map(|body| body.to_string()))
}

/// The same of JSON that was written already.
pub(crate) fn answer_text(done: Result<String, Failure>) -> Response {
    match done {
        Ok(body) => no_store(json(200, body)),
        Err(failure) => failure.into_json(),
    }
}
