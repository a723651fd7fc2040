use super::{Fresh, Lives};
use crate::server::ServerError;

const LIVES: Lives = Lives { known: 30_000, unknown: 5_000, stale: 60_000 };

fn away() -> ServerError {
    ServerError::Away("gone".to_owned())
}

async fn asked(
    fresh: &Fresh<u32>,
    now: i64,
    says: Result<Option<u32>, ServerError>,
) -> Result<Option<u32>, ServerError> {
    fresh.get("a", now, async { says }).await
}

#[tokio::test]
async fn an_answer_counts_for_its_time_and_no_longer() {
    let fresh = Fresh::new(10, LIVES);
    assert_eq!(asked(&fresh, 0, Ok(Some(1))).await, Ok(Some(1)));
    assert_eq!(asked(&fresh, 29_999, Ok(Some(2))).await, Ok(Some(1)));
    assert_eq!(asked(&fresh, 30_000, Ok(None)).await, Ok(None));
    assert_eq!(asked(&fresh, 34_999, Ok(Some(3))).await, Ok(None));
    assert_eq!(asked(&fresh, 35_000, Ok(Some(3))).await, Ok(Some(3)));
}

#[tokio::test]
async fn an_older_answer_counts_only_while_the_server_is_away() {
    let fresh = Fresh::new(10, LIVES);
    asked(&fresh, 0, Ok(Some(1))).await.unwrap();
    assert_eq!(asked(&fresh, 40_000, Err(away())).await, Ok(Some(1)));
    let untrusted = ServerError::Untrusted("forged".to_owned());
    assert_eq!(asked(&fresh, 42_000, Err(untrusted.clone())).await, Err(untrusted));
    assert_eq!(asked(&fresh, 90_000, Err(away())).await, Err(away()));
}

#[tokio::test]
async fn nobody_known_is_never_kept_longer_because_the_server_is_away() {
    let fresh = Fresh::new(10, LIVES);
    asked(&fresh, 0, Ok(None)).await.unwrap();
    assert_eq!(asked(&fresh, 6_000, Err(away())).await, Err(away()));
}

#[tokio::test]
async fn a_failure_is_not_tried_again_at_once() {
    let fresh = Fresh::new(10, LIVES);
    assert_eq!(asked(&fresh, 0, Err(away())).await, Err(away()));
    assert_eq!(asked(&fresh, 999, Ok(Some(1))).await, Err(away()));
    assert_eq!(asked(&fresh, 1_000, Ok(Some(1))).await, Ok(Some(1)));
}
