//! What the bodies of answers are decoded to, and why one is of no use.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::answer::Answer;
use super::error::Kind;
use super::extent;

pub(crate) type Decode<T> = Arc<dyn Fn(&Answer) -> Result<T, Unusable> + Send + Sync>;

/// Why an answer with a good status is of no use.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// The body ends too early: it was probably cut on the way, and a repetition may help.
    Cut(String),
    /// The body is of another shape.
    Unreadable(String),
    /// The endpoint's own check refused it.
    Refused(Kind, String),
}

/// The whole answer as JSON.
pub(super) fn whole<T: DeserializeOwned + 'static>() -> Decode<T> {
    Arc::new(|answer| json(answer))
}

/// The part of an answer at a JSON pointer.
pub(super) fn within<T: DeserializeOwned + 'static>(pointer: &'static str) -> Decode<T> {
    Arc::new(move |answer| serde_json::from_str(part(answer, pointer)?).map_err(|error| unusable(&error)))
}

/// The whole answer as JSON, which may borrow from it. One that holds too much is refused before anything is made of it.
pub(super) fn json<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Unusable> {
    if answer.is_blank() {
        return Err(Unusable::Cut("an empty body came where JSON was expected".to_owned()));
    }
    extent::check(answer.body()).map_err(Unusable::Unreadable)?;
    serde_json::from_slice(answer.body()).map_err(|error| no_json(answer, &error))
}

fn no_json(answer: &Answer, error: &serde_json::Error) -> Unusable {
    if answer.is_html() || (error.is_syntax() && !starts_like_json(answer.body())) {
        Unusable::Unreadable(answer.excerpt())
    } else {
        unusable(error)
    }
}

/// The part of an answer at a JSON pointer, as text: so that a type is decoded by the same code whether it is the whole or a part.
pub(super) fn part<'a>(answer: &'a Answer, pointer: &str) -> Result<&'a str, Unusable> {
    let whole: &RawValue = json(answer)?;
    let part = pointer.split('/').skip(1).try_fold(whole, |part, step| match step.parse::<usize>() {
        Ok(at) => serde_json::from_str::<Vec<&RawValue>>(part.get()).ok()?.get(at).copied(),
        Err(_) => serde_json::from_str::<BTreeMap<String, &RawValue>>(part.get()).ok()?.remove(step),
    });
    let missing = || Unusable::Unreadable(format!("it has nothing at {pointer}"));
    part.map(RawValue::get).ok_or_else(missing)
}

fn starts_like_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'))
}

/// The parser's message without the values of the answer in it: they may be secrets. What is kept is of our own types: names of fields, and
/// what they hold. Messages of any other form are not kept.
fn unusable(error: &serde_json::Error) -> Unusable {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let place =
        if error.line() > 0 { format!(" (line {}, column {})", error.line(), error.column()) } else { String::new() };
    match error.classify() {
        Category::Eof => Unusable::Cut(format!("the JSON ends too early{place}")),
        Category::Data => {
            let why = missing_field(message).or_else(|| expected(message));
            Unusable::Unreadable(format!("{}{place}", why.as_deref().unwrap_or("a field has an unexpected value")))
        }
        Category::Syntax | Category::Io => Unusable::Unreadable(format!("it is not valid JSON{place}")),
    }
}

fn missing_field(message: &str) -> Option<String> {
    let name = message.strip_prefix("missing field `")?.strip_suffix('`')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    is_name.then(|| message.to_owned())
}

/// What was expected, of a message that names the value first.
fn expected(message: &str) -> Option<String> {
    let forms = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    forms.iter().find(|form| message.starts_with(**form))?;
    message.rsplit_once(", expected ").map(|(_, expected)| format!("expected {expected}"))
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
