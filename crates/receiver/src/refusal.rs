//! Why a message is not passed on: a status for HTTP, a code for machines, a sentence for a developer.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use signing::{Code, Verdict};

/// A refusal, and how it looks on the wire: `{"code": …, "detail": …}`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// The status of the reply.
    pub status: StatusCode,
    /// A code of [`signing::Code`], or one of [`codes`].
    pub code: Cow<'static, str>,
    /// What a developer can do about it.
    pub detail: Cow<'static, str>,
}

/// Codes of refusals that are no verdict on a message.
pub mod codes {
    /// The body is longer than the bound.
    pub const BODY_TOO_LARGE: &str = "body_too_large";
    /// The body did not arrive in time.
    pub const BODY_TOO_SLOW: &str = "body_too_slow";
    /// The body broke off.
    pub const BODY_BROKEN: &str = "body_broken";
    /// The body is coded, and what was signed could not be told.
    pub const BODY_CODED: &str = "body_coded";
    /// The request's target is not one that can be signed.
    pub const TARGET_INVALID: &str = "target_invalid";
    /// The sender is not registered with the address it calls from.
    pub const ADDRESS_NOT_ALLOWED: &str = "address_not_allowed";
    /// The server can't be asked, and the message must not pass without it.
    pub const SERVER_AWAY: &str = "server_away";
    /// What answered in the server's place could not show that it is the server.
    pub const SERVER_UNTRUSTED: &str = "server_untrusted";
    /// The server does not serve this receiver.
    pub const SERVER_REFUSED: &str = "server_refused";
    /// A receipt could not be put on disk.
    pub const NOT_KEPT: &str = "not_kept";
    /// The reply of the service behind can't be passed on.
    pub const REPLY_UNFIT: &str = "reply_unfit";
}

impl Refusal {
    /// A refusal of its own.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code: code.into(), detail: detail.into() }
    }

    /// By the code that a server named.
    pub fn of_code(code: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        let known = Code::ALL.iter().find(|known| known.name() == code);
        let status = known.map_or(StatusCode::FORBIDDEN, |code| status(*code));
        Self { status, code: Cow::Owned(code.to_owned()), detail: detail.into() }
    }

    /// 503: try again later.
    pub fn unavailable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }

    /// The reply that says so.
    pub fn response(&self) -> Response<Bytes> {
        let body = serde_json::json!({"code": self.code, "detail": self.detail}).to_string();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"))),
            _ => {}
        }
        response
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Verdict::from(code).into()
    }
}

impl From<Verdict> for Refusal {
    fn from(verdict: Verdict) -> Self {
        Self { status: status(verdict.code), code: verdict.code.name().into(), detail: verdict.detail }
    }
}

/// Who is wrong is 401 or 403, what is wrong is 400.
fn status(code: Code) -> StatusCode {
    match code {
        Code::TokenInactive => StatusCode::UNAUTHORIZED,
        Code::TokenParticipantMismatch | Code::ParticipantUnknown | Code::ParticipantNotApproved => {
            StatusCode::FORBIDDEN
        }
        _ => StatusCode::BAD_REQUEST,
    }
}
