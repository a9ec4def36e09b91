//! Dates as servers write them.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

fn parse(text: &str) -> Option<Timestamp> {
    let loose = || rfc2822::parse(text).ok().map(|z| z.timestamp());
    text.parse().ok().or_else(loose)
}

/// Of a date in RFC 2822 (`Fri, 20 Nov 2026 14:09:25 -0000`) or RFC 3339, the form of RFC 3339: `2026-11-20T14:09:25Z`.
pub fn rfc3339(text: &str) -> Option<String> {
    parse(text).map(|t| t.to_string())
}

/// Of a date in RFC 2822 or RFC 3339, the seconds since 1970.
pub fn seconds(text: &str) -> Option<i64> {
    parse(text).map(|t| t.as_second())
}

/// Whether a moment, in either form, lies behind us. A text that is none does not.
pub fn is_over(text: &str) -> bool {
    parse(text).is_some_and(|end| end <= Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        assert_eq!(rfc3339("Fri, 20 Nov 2026 14:09:25 -0000").as_deref(), Some("2026-11-20T14:09:25Z"));
        assert_eq!(rfc3339("2026-11-20T14:09:25.000Z").as_deref(), Some("2026-11-20T14:09:25Z"));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:01:00 -0000"), Some(60));
        assert_eq!(rfc3339("soon"), None);
        assert!(is_over("2020-01-01T00:00:00Z") && !is_over("2999-01-01T00:00:00Z") && !is_over("soon"));
    }
}
