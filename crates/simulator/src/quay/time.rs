//! Times and durations as Quay writes them.

use jiff::Timestamp;
use serde_json::Value;

/// The present, as Quay shows most dates: RFC 2822 with two digits for the day and `-0000`.
pub fn now() -> String {
    rfc2822(Timestamp::now())
}

/// Seconds as Quay shows dates of service keys: like other dates, but with `GMT`.
pub fn gmt(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A time as Quay shows most dates.
pub(crate) fn rfc2822(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S -0000").to_string()
}

/// Seconds of a duration such as `2w`, as `TAG_EXPIRATION_OPTIONS` has them.
pub(crate) fn seconds(text: &Value) -> Option<u64> {
    let text = text.as_str()?;
    let unit = text.chars().last()?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_two_digits() {
        assert_eq!(rfc2822(Timestamp::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 -0000");
    }
}
