//! What the bodies of answers are decoded to, and why one is of no use.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::answer::Answer;
use super::error::Kind;

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
    Arc::new(move |answer| serde_json::from_slice(part(answer, pointer)?).map_err(|error| unusable(&error)))
}

/// The whole answer as JSON, which may borrow from it.
pub(super) fn json<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Unusable> {
    if answer.is_blank() {
        return Err(Unusable::Cut("an empty body came where JSON was expected".to_owned()));
    }
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
fn part<'a>(answer: &'a Answer, pointer: &str) -> Result<&'a [u8], Unusable> {
    let whole: &RawValue = json(answer)?;
    let part = pointer.split('/').skip(1).try_fold(whole, |part, step| match step.parse::<usize>() {
        Ok(at) => serde_json::from_str::<Vec<&RawValue>>(part.get()).ok()?.get(at).copied(),
        Err(_) => serde_json::from_str::<BTreeMap<String, &RawValue>>(part.get()).ok()?.remove(step),
    });
    let missing = || Unusable::Unreadable(format!("it has nothing at {pointer}"));
    part.map(|part| part.get().as_bytes()).ok_or_else(missing)
}

fn starts_like_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'))
}

/// The parser's message without the values of the answer in it: they may be secrets.
fn unusable(error: &serde_json::Error) -> Unusable {
    let message = error.to_string();
    let place =
        if error.line() > 0 { format!(" (line {}, column {})", error.line(), error.column()) } else { String::new() };
    match error.classify() {
        Category::Eof => Unusable::Cut(format!("the JSON ends too early{place}")),
        Category::Data if message.starts_with("missing field") => {
            let message = message.split(" at line").next().unwrap_or_default();
            Unusable::Unreadable(format!("{message}{place}"))
        }
        Category::Data => match message
            .rsplit_once(", expected ")
            .map(|(_, expected)| expected.split(" at line").next().unwrap_or_default())
        {
            Some(expected) => Unusable::Unreadable(format!("expected {expected}{place}")),
            None => Unusable::Unreadable(format!("a field has an unexpected value{place}")),
        },
        Category::Syntax | Category::Io => Unusable::Unreadable(format!("it is not valid JSON{place}")),
    }
}
