//! Times as the registry writes them: ISO 8601 in UTC, to the millisecond, in one spelling.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970; written as `2026-11-26T21:24:33.123Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// A time in milliseconds since 1970, brought within the years 1970 to 9999.
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(0, LAST))
    }

    /// Milliseconds since 1970.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Reads a time as callers write it: any form of RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        let at: jiff::Timestamp = text.parse().ok()?;
        (0..=LAST).contains(&at.as_millisecond()).then(|| Self(at.as_millisecond()))
    }
}

/// The last millisecond of the year 9999.
const LAST: i64 = 253_402_300_799_999;

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => Err(fmt::Error),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("not a time such as 2026-11-26T21:24:33.123Z");
        let at = Self::parse(&text).ok_or_else(wrong)?;
        if at.to_string() == text { Ok(at) } else { Err(wrong()) }
    }
}
