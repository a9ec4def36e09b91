//! Moments and the server's clock.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, written as Harbor writes it: UTC with milliseconds. The default is Go's zero time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) Timestamp);

impl Time {
    /// This moment plus a number of days.
    pub(super) fn plus_days(self, days: i64) -> Self {
        Self(
            Timestamp::from_second(self.0.as_second().saturating_add(days.saturating_mul(86_400)))
                .unwrap_or(Timestamp::MAX),
        )
    }

    /// This moment plus a number of milliseconds.
    pub(super) fn plus_millis(self, millis: i64) -> Self {
        Self(Timestamp::from_millisecond(self.0.as_millisecond().saturating_add(millis)).unwrap_or(Timestamp::MAX))
    }

    /// As a text that sorts as moments do.
    pub(super) fn sortable(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
    }

    /// Seconds since 1970.
    pub(super) fn seconds(self) -> i64 {
        self.0.as_second()
    }
}

impl Default for Time {
    fn default() -> Self {
        const YEAR_ONE: i64 = -62_135_596_800;
        Self(Timestamp::from_second(YEAR_ONE).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// The server's clock: a fixed moment, or the machine's clock with an offset. Tests move it to reach an expiry.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Clock {
    /// The moment that it always is; null lets the machine's clock run.
    pub(super) fixed: Option<Time>,
    /// Seconds added to the machine's clock.
    pub(super) offset_seconds: i64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_as_texts() {
        let moments = ["2026-01-01T00:00:10Z", "2026-01-01T00:00:10.12Z", "2026-01-01T00:00:10.123Z"];
        let texts: Vec<String> = moments.map(|moment| Time(moment.parse().unwrap()).sortable()).into();
        assert!(texts.is_sorted(), "{texts:?}");
    }
}
