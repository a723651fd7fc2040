//! A body taken whole, within bounds of octets and time.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::refusal::{Refusal, codes};

/// Whether a body has a content coding [RFC9110-8.4].
pub fn is_coded(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().any(|coding| coding != "identity")
}

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// More octets than the bound.
    TooLarge,
    /// Not there in time.
    TooSlow,
    /// It broke off.
    Broken,
}

/// Takes a body of at most `bound` octets that is there within `time`.
///
/// # Errors
/// For a body beyond the bound, also one that only announces it; for a slow one; for one that breaks off.
pub async fn buffer<B>(body: B, bound: usize, time: Duration) -> Result<Bytes, BodyError>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let announced = body.size_hint().lower();
    if announced > u64::try_from(bound).unwrap_or(u64::MAX) {
        return Err(BodyError::TooLarge);
    }
    let whole = Box::pin(Limited::new(body, bound).collect());
    match tokio::time::timeout(time, whole).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(cause)) if cause.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                codes::BODY_TOO_LARGE,
                "The body is larger than what is taken here",
            ),
            BodyError::TooSlow => {
                Self::new(StatusCode::REQUEST_TIMEOUT, codes::BODY_TOO_SLOW, "The body did not arrive in time")
            }
            BodyError::Broken => Self::new(StatusCode::BAD_REQUEST, codes::BODY_BROKEN, "The body broke off"),
        }
    }
}
