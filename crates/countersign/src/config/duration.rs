//! Durations as Keycloak's configuration writes them.

use std::time::Duration;

/// Reads `30s`, `500ms`, `5m`, `2h`, `1d`, ISO 8601 (`PT5M`, `P1DT2H`), or a bare number of seconds.
///
/// The sum of an ISO duration is checked for overflow; years and months have no fixed length and are not read.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    if let Some(iso) = upper.strip_prefix('P') {
        return parse_iso(iso);
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit.trim().to_ascii_lowercase().as_str() {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3_600).map(Duration::from_secs),
        "d" => number.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    }
}

/// The part after `P`: days, then after `T` hours, minutes and (fractional) seconds.
fn parse_iso(text: &str) -> Option<Duration> {
    let (days, time) = text.split_once('T').unwrap_or((text, ""));
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut total = Duration::ZERO;
    let mut rest = days;
    if let Some((number, after)) = rest.split_once('D') {
        total = total.checked_add(seconds(number, 86_400)?)?;
        rest = after;
    }
    if !rest.is_empty() {
        return None;
    }
    rest = time;
    for (unit, length) in [('H', 3_600), ('M', 60)] {
        if let Some((number, after)) = rest.split_once(unit) {
            total = total.checked_add(seconds(number, length)?)?;
            rest = after;
        }
    }
    if let Some((number, after)) = rest.split_once('S') {
        let value: f64 = number.parse().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(value).ok()?)?;
        rest = after;
    }
    rest.is_empty().then_some(total)
}

fn seconds(number: &str, length: u64) -> Option<Duration> {
    number.parse::<u64>().ok()?.checked_mul(length).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::parse_duration;
    use std::time::Duration;

    #[test]
    fn durations_are_read_in_keycloaks_forms() {
        for (text, milliseconds) in [
            ("30s", Some(30_000)),
            ("30", Some(30_000)),
            ("500ms", Some(500)),
            ("5m", Some(300_000)),
            ("2H", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("PT5M", Some(300_000)),
            ("pt1h30m", Some(5_400_000)),
            ("PT0.5S", Some(500)),
            ("P1DT2H", Some(93_600_000)),
            ("P1D", Some(86_400_000)),
            ("", None),
            ("P", None),
            ("PT", None),
            ("5 parsecs", None),
            ("-5s", None),
            ("PT5", None),
            ("P1M", None),
            ("99999999999999999999s", None),
            ("9999999999999999999h", None),
        ] {
            assert_eq!(parse_duration(text), milliseconds.map(Duration::from_millis), "{text:?}");
        }
    }
}
