//! Bodies: bounded, and read as forms only when they say they are.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use oidc::Form;

use crate::respond::json_error;
use crate::work::Failure;

/// The longest body of the protocol's endpoints, in octets.
pub const LONGEST_BODY: usize = 1024 * 1024;

/// Octets of a body that is read for anybody.
const SHORT: u64 = 64 * 1024;

/// Whether a body is known to be so short that reading it costs less than to look who sends it.
pub fn is_short(body: &Body) -> bool {
    body.size_hint().upper().is_some_and(|most| most <= SHORT)
}

/// Reads a body of at most that many octets, or says what is wrong with it. One that is longer than [`LONGEST_BODY`]
/// needs room that all share, and gives it back when it is dropped.
pub async fn read_body<R>(
    mut body: Body,
    longest: usize,
    room: impl Fn() -> Option<R>,
) -> Result<(Bytes, Option<R>), Response> {
    let (mut octets, mut taken) = (BytesMut::new(), None);
    if body.size_hint().lower() > longest as u64 {
        return Err(too_long());
    }
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| json_error(400, "invalid_request", "The request's body did not come whole"))?;
        let Ok(data) = frame.into_data() else { continue };
        if octets.len() + data.len() > longest {
            return Err(too_long());
        }
        if octets.len() + data.len() > LONGEST_BODY && taken.is_none() {
            taken = Some(room().ok_or_else(|| Failure::Unavailable.into_json())?);
        }
        octets.extend_from_slice(&data);
    }
    Ok((octets.freeze(), taken))
}

fn too_long() -> Response {
    json_error(413, "invalid_request", "The request is too long")
}

/// Reads a form; a body of another content type counts as none [KC 1.2].
pub fn read_form(headers: &HeaderMap, body: &[u8]) -> Form {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        true => Form::parse(body),
        false => Form::default(),
    }
}
