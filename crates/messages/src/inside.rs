//! What a body says of itself, by a profile's pointers: read only once its signature was found good [RFC6901].

use serde_json::Value;
use signing::profile::Pointers;

/// What was found inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inside {
    /// When it was made, in milliseconds.
    pub(crate) time_ms: Option<i64>,
    /// Whether there is a time that can't be read.
    pub(crate) has_odd_time: bool,
    /// What ties a request to its callback.
    pub(crate) request_id: Option<String>,
    /// What ties a conversation together.
    pub(crate) trace_id: Option<String>,
}

/// Octets of the longest name that is kept.
const LONGEST: usize = 256;

/// Reads a body that was found to be signed.
pub(crate) fn read(pointers: Option<&Pointers>, body: &[u8]) -> Inside {
    let Some(pointers) = pointers else { return Inside::default() };
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Inside::default() };
    let at = |pointer: &Option<String>| pointer.as_deref().and_then(|pointer| value.pointer(pointer));
    let text = |pointer| {
        let found = at(pointer).and_then(Value::as_str);
        found.filter(|text| !text.is_empty() && text.len() <= LONGEST).map(str::to_owned)
    };
    let time = at(&pointers.time);
    let time_ms = time.and_then(time_of);
    Inside {
        has_odd_time: time.is_some() && time_ms.is_none(),
        time_ms,
        request_id: text(&pointers.request_id),
        trace_id: text(&pointers.trace_id),
    }
}

fn time_of(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => registry::Moment::parse(text).map(registry::Moment::ms),
        Value::Number(number) => number.as_i64()?.checked_mul(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers() -> Pointers {
        let text = |text: &str| Some(text.to_owned());
        Pointers {
            time: text("/metadata/timestamp"),
            request_id: text("/metadata/requestId"),
            trace_id: text("/metadata/traceId"),
        }
    }

    #[test]
    fn a_body_is_read_by_the_profiles_pointers() {
        let body = br#"{"metadata":{"timestamp":"2026-11-26T00:00:00Z","requestId":"r","traceId":""}}"#;
        let found = read(Some(&pointers()), body);
        assert_eq!(found.time_ms, Some(1_795_651_200_000));
        assert_eq!((found.request_id.as_deref(), found.trace_id), (Some("r"), None));
        assert_eq!(read(None, body), Inside::default());
    }

    #[test]
    fn a_time_that_cannot_be_read_is_told_from_none() {
        assert!(read(Some(&pointers()), br#"{"metadata":{"timestamp":"yesterday"}}"#).has_odd_time);
        assert!(!read(Some(&pointers()), br#"{"metadata":{}}"#).has_odd_time);
        assert!(!read(Some(&pointers()), b"no json").has_odd_time);
    }
}
