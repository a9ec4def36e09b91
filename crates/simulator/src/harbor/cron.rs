//! Cron expressions of six fields, as Harbor reads them: seconds, minutes, hours, days, months, days of the week.

use super::clock::Time;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

/// The bounds of each field, and the names that may stand for its numbers, from its lowest one on.
const FIELDS: [(u8, u8, &[&str]); 6] = [
    (0, 59, &[]),
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// When something is run.
#[derive(Debug)]
pub(super) struct Cron {
    /// For each field, which of its numbers count.
    fields: Vec<Vec<bool>>,
    /// Whether the days of the month and those of the week are `*`.
    any_day: [bool; 2],
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, in the server's words.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.len() != FIELDS.len() {
            return Err(format!("expected exactly 6 fields, found {}: [{}]", words.len(), words.join(" ")));
        }
        let fields: Result<Vec<_>, _> =
            words.iter().zip(FIELDS).map(|(word, (low, high, names))| field(word, low, high, names)).collect();
        let is_any = |at: usize| words.get(at).is_some_and(|word| word.starts_with(['*', '?']));
        let cron = Self { fields: fields?, any_day: [is_any(3), is_any(5)] };
        if words.first() != Some(&"0") {
            return Err("the 1st field (indicating Seconds of time) of the cron setting must be 0".into());
        }
        Ok(cron)
    }

    fn has(&self, field: usize, number: i8) -> bool {
        let number = usize::try_from(number).unwrap_or_default();
        self.fields.get(field).and_then(|numbers| numbers.get(number)).copied().unwrap_or_default()
    }

    /// Whether something is run on the day of a moment.
    fn has_day(&self, moment: DateTime) -> bool {
        let day = self.has(3, moment.day());
        let weekday = self.has(5, moment.weekday().to_sunday_zero_offset());
        // Where both are restricted, either suffices.
        let fits = if self.any_day.contains(&true) { day && weekday } else { day || weekday };
        fits && self.has(4, moment.month())
    }

    /// The first moment after another; none within five years.
    pub(super) fn next(&self, after: Time) -> Option<Time> {
        let mut moment = after.0.to_zoned(TimeZone::UTC).datetime();
        moment = moment.with().second(0).subsec_nanosecond(0).build().ok()?.checked_add(1.minute()).ok()?;
        let end = moment.checked_add(5.years()).ok()?;
        while moment < end {
            let step: Span = if !self.has_day(moment) {
                moment = moment.with().hour(0).minute(0).build().ok()?;
                1.day()
            } else if !self.has(2, moment.hour()) {
                moment = moment.with().minute(0).build().ok()?;
                1.hour()
            } else if !self.has(1, moment.minute()) {
                1.minute()
            } else {
                return moment.to_zoned(TimeZone::UTC).ok().map(|moment| Time(moment.timestamp()));
            };
            moment = moment.checked_add(step).ok()?;
        }
        None
    }
}

/// One field: a list of numbers, ranges and steps.
fn field(text: &str, low: u8, high: u8, names: &[&str]) -> Result<Vec<bool>, String> {
    let number = |word: &str| -> Result<u8, String> {
        let lower = word.to_lowercase();
        if let Some(at) = names.iter().position(|name| *name == lower) {
            return Ok(low.saturating_add(u8::try_from(at).unwrap_or_default()));
        }
        word.parse()
            .map_err(|_| format!("failed to parse int from {word}: strconv.Atoi: parsing \"{word}\": invalid syntax"))
    };
    let mut numbers = vec![false; usize::from(high) + 1];
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let (start, end) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (low, high),
            Some((start, end)) => (number(start)?, number(end)?),
            None => {
                let start = number(range)?;
                (start, if step.is_some() { high } else { start })
            }
        };
        let step = step.map_or(Ok(1), number)?;
        if start < low {
            return Err(format!("beginning of range ({start}) below minimum ({low}): {part}"));
        }
        if end > high {
            return Err(format!("end of range ({end}) above maximum ({high}): {part}"));
        }
        if start > end {
            return Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"));
        }
        if step == 0 {
            return Err(format!("step of range should be a positive number: {part}"));
        }
        let chosen = numbers.iter_mut().take(usize::from(end) + 1).skip(usize::from(start)).step_by(usize::from(step));
        chosen.for_each(|number| *number = true);
    }
    Ok(numbers)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_next_moment_is_the_first_that_fits() {
        let cases = [
            ("0 0 0 * * *", "2026-12-02T00:00:00Z"),
            ("0 * * * * *", "2026-12-01T06:01:00Z"),
            ("0 0 3 * * *", "2026-12-02T03:00:00Z"),
            ("0 */15 6 * * *", "2026-12-01T06:15:00Z"),
            ("0 30 4 1,15 * *", "2026-12-15T04:30:00Z"),
            ("0 0 0 * * sun", "2026-12-06T00:00:00Z"),
            ("0 0 0 3 * 5-6", "2026-12-03T00:00:00Z"),
            ("0 0 12 29 feb *", "2028-02-29T12:00:00Z"),
        ];
        let now = Time("2026-12-01T06:00:30Z".parse().unwrap());
        for (text, expected) in cases {
            let next = Cron::parse(text).unwrap().next(now).unwrap();
            assert_eq!(next.0.to_string(), expected, "{text}");
        }
        assert!(Cron::parse("0 0 0 31 2 *").unwrap().next(now).is_none());
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            ("0 0 * * *", "expected exactly 6 fields, found 5: [0 0 * * *]"),
            ("7 0 0 * * *", "the 1st field (indicating Seconds of time) of the cron setting must be 0"),
            ("0 0 24 * * *", "end of range (24) above maximum (23): 24"),
            ("0 0 x * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
        ];
        for (text, expected) in cases {
            assert_eq!(Cron::parse(text).unwrap_err(), expected, "{text}");
        }
    }
}
