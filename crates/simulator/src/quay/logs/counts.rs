//! Usage logs counted by kind and day: `.../aggregatelogs`.
//!
//! From Quay's source: it groups by the day of the month alone, and takes that day for one of the month in which the time begins, or for
//! one of the month after it, if it is before the first day. Two days of the same number, a month apart, are thus counted as one, and a
//! day that the first month does not have crashes the server.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::usage_logs::{self, Place, Span};
use crate::quay::call::Call;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::FEATURES;
use crate::quay::time::rfc2822;

/// Counts of more than this are refused.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

const COUNTS: &[&str] = &["FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/aggregatelogs", &[("GET", count)]).needs(COUNTS),
    Route::new("repository/{repository}/aggregatelogs", &[("GET", count)]).needs(COUNTS),
    Route::new("user/aggregatelogs", &[("GET", count)]).needs(COUNTS),
    Route::new("superuser/aggregatelogs", &[("GET", count_all)]).needs(FEATURES),
];

fn count(state: &mut State, call: &Call) -> Outcome {
    let place = usage_logs::place(state, call)?;
    let span = usage_logs::span(state, call);
    if span.end < span.start || span.end.duration_since(span.start) > LONGEST {
        return Err(Reply::bad_json());
    }
    counts(state, call, Some(&place), &span)
}

/// Too long a time is a crash here.
fn count_all(state: &mut State, call: &Call) -> Outcome {
    crate::quay::superusers::require(state, call)?;
    let span = usage_logs::span(state, call);
    if span.end.duration_since(span.start) > LONGEST {
        return Err(Reply::crash());
    }
    counts(state, call, None, &span)
}

/// A performer who is not there is everybody.
fn counts(state: &State, call: &Call, place: Option<&Place>, span: &Span) -> Outcome {
    if !usage_logs::is_searchable(state)? {
        return Ok(usage_logs::unsearchable(json!({"aggregated": []})));
    }
    if let Some((namespace, _)) = place {
        usage_logs::is_known(state, namespace)?;
    }
    let performer = usage_logs::performer(call, place).filter(|name| usage_logs::is_anybody(state, name));
    let mut counts: BTreeMap<(&str, i8), u64> = BTreeMap::new();
    for (time, entry) in usage_logs::entries(state, call, place, span, performer) {
        *counts.entry((&entry.kind, time.to_zoned(TimeZone::UTC).day())).or_default() += 1;
    }
    let first = span.start.to_zoned(TimeZone::UTC).date();
    let view = |((kind, day), count): ((&str, i8), u64)| {
        let day = day_of(first, day)?.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp());
        Ok(json!({"kind": kind, "count": count, "datetime": rfc2822(day)}))
    };
    Ok(Reply::ok(json!({"aggregated": counts.into_iter().map(view).collect::<Result<Vec<Value>, Reply>>()?})))
}

/// The date that the server takes for a day of a month.
fn day_of(first: Date, day: i8) -> Result<Date, Reply> {
    let date = Date::new(first.year(), first.month(), day).map_err(|_| Reply::crash())?;
    if day < first.day() { date.checked_add(1.month()).map_err(|_| Reply::crash()) } else { Ok(date) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::day_of;

    #[test]
    fn a_day_is_of_the_month_of_the_first_or_of_the_next() {
        assert_eq!(day_of(date(2026, 11, 20), 20).ok(), Some(date(2026, 11, 20)));
        assert_eq!(day_of(date(2026, 11, 20), 19).ok(), Some(date(2026, 12, 19)));
        assert!(day_of(date(2027, 2, 28), 29).is_err());
    }
}
