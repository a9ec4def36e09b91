//! Times of tags and pulls, as the API shows them.

use jiff::Timestamp;

use crate::quay::records::Pulls;
use crate::quay::time::rfc2822;

/// Milliseconds as seconds.
pub(super) fn seconds(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(1000)
}

/// Milliseconds as the API shows most dates.
pub(super) fn date(milliseconds: i64) -> String {
    rfc2822(Timestamp::from_second(seconds(milliseconds)).unwrap_or(Timestamp::MAX))
}

/// When something was last pulled, as the API shows it.
pub(super) fn last_pull(pulls: &Pulls) -> Option<String> {
    pulls.last.map(|last| date(last * 1000))
}
