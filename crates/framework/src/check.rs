//! Checks of configured values. They run at plan time, on known values only, and say what would be right.

use std::sync::Arc;
use std::time::Duration;

use super::schema::Check;
use super::value::{Number, Value};

/// A check of anything.
pub fn value(what: impl Into<String>, test: impl Fn(&Value) -> Result<(), String> + Send + Sync + 'static) -> Check {
    Check { what: what.into(), test: Arc::new(test) }
}

/// A check of a text.
pub fn text(what: impl Into<String>, test: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static) -> Check {
    value(what, move |v| match v {
        Value::String(text) => test(text),
        _ => Ok(()),
    })
}

/// A check of a number.
pub fn number(what: impl Into<String>, test: impl Fn(&Number) -> Result<(), String> + Send + Sync + 'static) -> Check {
    value(what, move |v| match v {
        Value::Number(n) => test(n),
        _ => Ok(()),
    })
}

/// A text of `min` to `max` characters.
pub fn length(min: usize, max: usize) -> Check {
    let what = match (min, max) {
        (0, _) => format!("at most {max} characters"),
        (1, usize::MAX) => "at least 1 character".to_owned(),
        (_, usize::MAX) => format!("at least {min} characters"),
        _ => format!("{min} to {max} characters"),
    };
    text(what.clone(), move |t| {
        let count = t.chars().count();
        if (min..=max).contains(&count) {
            Ok(())
        } else {
            Err(format!("It has {count} characters; it must have {what}."))
        }
    })
}

/// One of some texts.
pub fn one_of(allowed: &'static [&'static str]) -> Check {
    let quoted: Vec<String> = allowed.iter().map(|a| format!("`{a}`")).collect();
    let what = format!("one of {}", quoted.join(", "));
    text(what.clone(), move |t| {
        if allowed.contains(&t) {
            Ok(())
        } else {
            Err(format!("{t:?} is not known; it must be {}.", what.replace('`', "\"")))
        }
    })
}

/// A number from `min` to `max`.
pub fn between(min: i64, max: i64) -> Check {
    number(format!("{min} to {max}"), move |n| {
        let inside = *n >= Number::from(min) && *n <= Number::from(max);
        if inside { Ok(()) } else { Err(format!("It must be between {min} and {max}.")) }
    })
}

/// A number within bounds that are stated once.
pub fn within(range: &std::ops::RangeInclusive<i64>) -> Check {
    between(*range.start(), *range.end())
}

/// A number without fraction that fits 64 bits.
pub fn whole_number() -> Check {
    number("a whole number", |n| match n.as_i64() {
        Some(_) => Ok(()),
        None => Err("It must be a whole number between -2^63 and 2^63-1.".to_owned()),
    })
}

/// A JSON text.
pub fn json() -> Check {
    text("JSON", |t| match serde_json::from_str::<serde_json::Value>(t) {
        Ok(_) => Ok(()),
        Err(e) => Err(format!("It is not JSON (line {}, column {}); use jsonencode().", e.line(), e.column())),
    })
}

/// A JSON text that holds an object.
pub fn json_object() -> Check {
    text("a JSON object", |t| match serde_json::from_str::<serde_json::Value>(t) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        _ => Err("It must hold a JSON object; use jsonencode({ ... }).".to_owned()),
    })
}

/// The check for each known element of a collection.
pub fn each(check: Check) -> Check {
    let test = check.test;
    value(format!("each: {}", check.what), move |v| {
        let items: Vec<&Value> = match v {
            Value::List(items) => items.iter().collect(),
            Value::Set(items) => items.iter().collect(),
            Value::Map(items) => items.values().collect(),
            _ => Vec::new(),
        };
        items.into_iter().filter(|v| !v.is_null() && !v.is_unknown()).try_for_each(|v| test(v))
    })
}

/// A collection of `min` to `max` elements.
pub fn count(min: usize, max: usize) -> Check {
    let what = match (min, max) {
        (1, usize::MAX) => "at least 1 element".to_owned(),
        (_, usize::MAX) => format!("at least {min} elements"),
        _ => format!("{min} to {max} elements"),
    };
    value(what.clone(), move |v| {
        let count = match v {
            Value::List(items) => items.len(),
            Value::Set(items) => items.len(),
            Value::Map(items) => items.len(),
            _ => return Ok(()),
        };
        if (min..=max).contains(&count) {
            Ok(())
        } else {
            Err(format!("It has {count} elements; it must have {what}."))
        }
    })
}

/// The longest length of time that is accepted: a hundred years, which mean "for ever". The clock cannot count on from now by the longest
/// that can be written.
pub const LONGEST_DURATION: Duration = Duration::from_secs(876_000 * 60 * 60);

/// A length of time such as `90s`, `10m`, `1h30m`.
pub fn duration() -> Check {
    text("a duration such as `90s`, `10m` or `1h30m`", |t| match parse_duration(t) {
        Some(_) => Ok(()),
        None => Err(not_a_duration(t, "\"90s\", \"10m\" or \"1h30m\"")),
    })
}

/// A length of time, as users write it: longer than zero, and [`LONGEST_DURATION`] at most.
pub fn parse_duration(text: &str) -> Option<Duration> {
    parse_duration_or_zero(text).filter(|d| !d.is_zero())
}

/// A length of time, or none at all: `0s`.
pub fn duration_or_zero() -> Check {
    text("a duration such as `30s`, or `0s`", |t| match parse_duration_or_zero(t) {
        Some(_) => Ok(()),
        None => Err(not_a_duration(t, "\"30s\" or \"0s\"")),
    })
}

/// A length of time, perhaps zero, as users write it: [`LONGEST_DURATION`] at most.
pub fn parse_duration_or_zero(text: &str) -> Option<Duration> {
    any_duration(text).filter(|d| *d <= LONGEST_DURATION)
}

fn any_duration(text: &str) -> Option<Duration> {
    let span: jiff::SignedDuration = text.parse().ok()?;
    Duration::try_from(span).ok()
}

fn not_a_duration(text: &str, examples: &str) -> String {
    match any_duration(text) {
        Some(long) if long > LONGEST_DURATION => {
            format!("{text:?} is longer than 876000 hours (a hundred years), the longest duration that is accepted.")
        }
        _ => format!("{text:?} is not a duration; write for example {examples}."),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn said(check: &Check, text: &str) -> Result<(), String> {
        (check.test)(&Value::String(text.to_owned()))
    }

    #[test]
    fn durations_are_refused_before_the_clock_would_be_overrun() {
        let now = tokio::time::Instant::now();
        for text in ["1ns", "90s", "1h30m", "876000h", "31536000s"] {
            assert_eq!((said(&duration(), text), said(&duration_or_zero(), text)), (Ok(()), Ok(())), "{text}");
            assert!(now.checked_add(parse_duration(text).unwrap()).is_some(), "{text}");
        }
        for text in [
            "876000h1ns",
            "876001h",
            "2562047788015215h",
            "153722867280912930m",
            "9223372036854775807s",
            "9223372036854775807s999ms",
            "PT2562047788015215H",
        ] {
            for check in [duration(), duration_or_zero()] {
                let why = said(&check, text).unwrap_err();
                assert!(why.contains("longer than 876000 hours"), "{text}: {why}");
            }
            assert_eq!((parse_duration(text), parse_duration_or_zero(text)), (None, None), "{text}");
        }
        for text in
            ["9223372036854775808s", "2562047788015216h", "99999999999999999999h", "-1s", "", "1", "1 fortnight"]
        {
            for check in [duration(), duration_or_zero()] {
                assert!(said(&check, text).unwrap_err().contains("is not a duration"), "{text}");
            }
        }
        assert!(said(&duration(), "0s").is_err() && said(&duration_or_zero(), "0s").is_ok());
    }
}
