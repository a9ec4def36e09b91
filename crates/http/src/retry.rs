//! When to try again, and how long to wait before it.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::answer::Answer;
use super::error::Error;
use super::settings::Settings;

/// Longest pause that a server may ask for. A longer one is an error at once: a person should decide.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// How HTTP writes dates.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) error: Error,
    pub(crate) again: Again,
    pub(crate) retry_after: Option<Duration>,
}

/// Whether another attempt makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It would fail the same way.
    Never,
    /// The request was not carried out: any kind of request may be sent again.
    Always,
    /// The request may have been carried out: only what is idempotent may be sent again.
    IfIdempotent,
    /// With new credentials.
    AfterLogin,
}

impl Trouble {
    pub(crate) fn new(error: Error, again: Again) -> Self {
        Self { error, again, retry_after: None }
    }
}

/// The attempts of one call and the pauses between them.
pub(crate) struct Tries {
    pauses: ExponentialBackoff,
    longest: Duration,
    pub(crate) made: u32,
}

impl Tries {
    pub(crate) fn new(settings: &Settings) -> Self {
        let pauses = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(settings.retry_wait_min)
            .with_max_delay(settings.retry_wait_max)
            .with_max_times(settings.max_retries)
            .build();
        Self { pauses, longest: settings.retry_wait_max, made: 0 }
    }

    /// How long to wait before the next attempt; `None` when all were used or the server asks for too long a pause.
    pub(crate) fn next_pause(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        // The random part is added to the longest pause too.
        let pause = self.pauses.next()?.min(self.longest);
        match retry_after {
            Some(asked) if asked > LONGEST_RETRY_AFTER => None,
            Some(asked) => Some(asked.max(pause)),
            None => Some(pause),
        }
    }
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110 §10.2.3). A date in the past is no pause. More seconds than can be counted are as
/// many as can be.
pub(crate) fn retry_after(answer: &Answer, now: jiff::Timestamp) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = match jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) {
        Ok(date) => date.duration_since(now),
        // The last day that can be written, which stands for "never", is no timestamp: time zones need it.
        Err(_) => DateTime::strptime(HTTP_DATE, text).ok()?.duration_since(now.to_zoned(TimeZone::UTC).datetime()),
    };
    Some(Duration::try_from(until).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Tries, retry_after};
    use crate::settings::LONGEST;
    use crate::{Answer, Settings};

    fn asked(value: &str) -> Option<Duration> {
        let now: jiff::Timestamp = "2026-11-20T14:00:00Z".parse().unwrap();
        retry_after(&Answer::new(503, "", "").with_header("retry-after", value), now)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Fri, 20 Nov 2026 14:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(asked("Fri, 20 Nov 2026 13:00:30 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn no_pause_that_is_asked_for_is_too_long_to_be_understood() {
        for forever in
            ["18446744073709551615", "18446744073709551616", "99999999999999999999999999999", "9223372036854775807"]
        {
            assert!(asked(forever) >= Some(Duration::from_secs(u64::MAX >> 1)), "{forever}");
            assert_eq!(Tries::new(&Settings::new("http://127.0.0.1")).next_pause(asked(forever)), None, "{forever}");
        }
        assert!(asked("Fri, 31 Dec 9999 23:59:59 GMT") > Some(Duration::from_secs(251_000_000_000)));
        for nothing in ["", "-1", "+7", "1.5", "7 7", "Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 20 Nov -1 14:00:00 GMT"] {
            assert_eq!(asked(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn the_longest_pauses_that_can_be_set_are_counted() {
        let mut settings = Settings::new("http://127.0.0.1");
        for (shortest, longest) in
            [(LONGEST, LONGEST), (Duration::from_secs(1), LONGEST), (Duration::ZERO, Duration::ZERO)]
        {
            (settings.retry_wait_min, settings.retry_wait_max, settings.max_retries) = (shortest, longest, 200);
            settings.check().unwrap_or_else(|error| panic!("{error}"));
            let mut tries = Tries::new(&settings);
            let now = tokio::time::Instant::now();
            let pauses: Vec<_> = std::iter::from_fn(|| tries.next_pause(None)).collect();
            assert!(pauses.len() == 200 && pauses.iter().all(|pause| now.checked_add(*pause).is_some()));
        }
    }

    #[test]
    fn pauses_grow_up_to_the_longest_and_end() {
        let mut settings = Settings::new("http://127.0.0.1");
        settings.retry_wait_min = Duration::from_secs(1);
        settings.retry_wait_max = Duration::from_secs(4);
        settings.max_retries = 5;
        let mut tries = Tries::new(&settings);
        let pauses: Vec<_> = std::iter::from_fn(|| tries.next_pause(None)).collect();
        assert_eq!(pauses.len(), 5);
        assert!(pauses[0] >= Duration::from_secs(1));
        assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(4)), "{pauses:?}");
    }

    #[test]
    fn a_longer_wish_of_the_server_counts_and_an_endless_one_ends_it() {
        let settings = Settings::new("http://127.0.0.1");
        assert_eq!(Tries::new(&settings).next_pause(Some(Duration::from_secs(100))), Some(Duration::from_secs(100)));
        assert_eq!(Tries::new(&settings).next_pause(Some(Duration::from_secs(301))), None);
    }
}
