//! Compares the simulator's answers with recorded ones.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::prepare::Answer;
use super::recording::{Exchange, section};

static GENERATED: LazyLock<Vec<String>> = LazyLock::new(|| section("generated"));
static OPAQUE: LazyLock<Vec<String>> = LazyLock::new(|| section("opaque"));
static UNORDERED: LazyLock<Vec<String>> = LazyLock::new(|| section("unordered"));

/// What the simulator made up instead of what the recorded server had made up.
#[derive(Clone, Default)]
pub(super) struct Learned {
    texts: BTreeMap<String, String>,
    /// Ids, under the part of a path that stands before them.
    ids: BTreeMap<(&'static str, String), String>,
}

impl Learned {
    /// A path or query with the simulator's own values in it.
    pub(super) fn path(&self, recorded: &str) -> String {
        let path = self.text(recorded);
        let mut before = "";
        let segments = path.split('/').map(|segment| {
            let own = ["quota", "limit"]
                .iter()
                .find(|kind| **kind == before)
                .and_then(|kind| self.ids.get(&(*kind, segment.to_owned())));
            before = segment;
            own.map_or(segment, String::as_str)
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// What stands for a text that the recorded server had.
    pub(super) fn stands_for(&mut self, recorded: &str, own: &str) {
        self.texts.insert(recorded.to_owned(), own.to_owned());
    }

    /// The id of an upload is told by where it is, and nowhere else.
    fn learn_upload(&mut self, recorded: Option<&str>, own: Option<&str>) {
        let id = |text: Option<&str>| text?.rsplit_once("/blobs/uploads/").map(|(_, id)| id.to_owned());
        if let (Some(recorded), Some(own)) = (id(recorded), id(own)) {
            self.texts.insert(recorded, own);
        }
    }

    /// A text with the simulator's own values in it.
    pub(super) fn text(&self, recorded: &str) -> String {
        self.texts.iter().fold(recorded.to_owned(), |text, (recorded, own)| text.replace(recorded, own))
    }

    /// Whether an object may be the one that a recorded id stands for: one that is known stays what it is.
    fn fits(&self, name: &str, recorded: &Value, own: &Value) -> bool {
        let known = recorded.as_str().filter(|_| matches!(name, "id" | "uuid")).and_then(|text| self.texts.get(text));
        known.is_none_or(|known| own.as_str() == Some(known))
    }

    fn learn(&mut self, members: &Map<String, Value>, recorded: &Value, own: &Value) {
        match (recorded, own) {
            // Short ones could be part of anything, but for those of clients.
            (Value::String(recorded), Value::String(own)) if recorded.len() > 30 || is_client(recorded) => {
                self.texts.insert(recorded.clone(), own.clone());
            }
            (Value::Number(recorded), Value::Number(own)) => {
                let kind = if members.contains_key("limit_percent") { "limit" } else { "quota" };
                self.ids.insert((kind, recorded.to_string()), own.to_string());
            }
            _ => {}
        }
    }
}

/// Whether a text is like a client's id.
fn is_client(text: &str) -> bool {
    text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Compares status, content type, location and body.
pub(super) fn answers(expected: &Exchange, got: &Answer, learned: &mut Learned) -> Result<(), String> {
    let shown = || got.body.chars().take(300).collect::<String>();
    if expected.status != got.status {
        return Err(format!("status {} instead of {}: {}", got.status, expected.status, shown()));
    }
    if expected.content_type() != got.content_type {
        return Err(format!("content type {:?} instead of {:?}", got.content_type, expected.content_type()));
    }
    body(expected, got, learned)?;
    learned.learn_upload(expected.location(), got.location.as_deref());
    // It may name what only the body tells of.
    let location = expected.location().map(|location| learned.path(location));
    match location == got.location {
        true => Ok(()),
        false => Err(format!("location {:?} instead of {location:?}", got.location)),
    }
}

fn body(expected: &Exchange, got: &Answer, learned: &mut Learned) -> Result<(), String> {
    let shown = || got.body.chars().take(300).collect::<String>();
    let location = expected.location().map(|location| learned.path(location));
    match &expected.response_body {
        _ if expected.is_empty_text() && got.body.trim() == "\"\"" => Ok(()),
        Value::String(text) if expected.content_type() != "application/json" || text.is_empty() => {
            let text = match (expected.location(), &location) {
                (Some(recorded), Some(own)) => &text.replace(recorded, own),
                _ => text,
            };
            // Only the beginning of the web interface's page was recorded.
            let is_cut = text.ends_with("...(HTML page, cut)");
            let is_page = got.body.starts_with("<!DOCTYPE html>\n<html ng-app=\"quay\"");
            match (is_cut && is_page) || *text == got.body {
                true => Ok(()),
                false => Err(format!("body {:?} instead of {text:?}", got.body)),
            }
        }
        body => {
            let own: Value = serde_json::from_str(&got.body).map_err(|error| format!("{error}: {}", shown()))?;
            let mut tried = learned.clone();
            match expected.is_cut() {
                true => part(body, &own, &mut tried)?,
                false => values(body, &own, "", &mut tried)?,
            }
            *learned = tried;
            Ok(())
        }
    }
}

/// Compares with an answer whose lists were recorded in part only: what they show must be there.
fn part(expected: &Value, got: &Value, learned: &mut Learned) -> Result<(), String> {
    let (Value::Object(members), Value::Object(own)) = (expected, got) else {
        return values(expected, got, "", learned);
    };
    for (name, value) in members {
        match (value, own.get(name).unwrap_or(&Value::Null)) {
            (Value::Array(expected), Value::Array(got)) => in_any_order(expected, got, &format!("/{name}"), learned)?,
            (expected, got) => values(expected, got, &format!("/{name}"), learned)?,
        }
    }
    Ok(())
}

fn values(expected: &Value, got: &Value, at: &str, learned: &mut Learned) -> Result<(), String> {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => objects(expected, got, at, learned),
        (Value::Array(expected), Value::Array(got)) => {
            if expected.len() != got.len() {
                return Err(format!("{} items instead of {} at {at}", got.len(), expected.len()));
            }
            let members: Vec<&str> = at.split('/').filter(|step| step.parse::<usize>().is_err()).collect();
            let place = members.join("/");
            match UNORDERED.iter().any(|unordered| place.ends_with(&format!("/{unordered}"))) {
                true => in_any_order(expected, got, at, learned),
                false => {
                    expected.iter().zip(got).enumerate().try_for_each(|(index, (expected, got))| {
                        values(expected, got, &format!("{at}/{index}"), learned)
                    })
                }
            }
        }
        _ if expected == got => Ok(()),
        // A message that names an object.
        (Value::String(expected), Value::String(got)) if learned.text(expected) == *got => Ok(()),
        _ => Err(format!("{got} instead of {expected} at {at}")),
    }
}

fn objects(
    expected: &Map<String, Value>,
    got: &Map<String, Value>,
    at: &str,
    learned: &mut Learned,
) -> Result<(), String> {
    if let Some(name) = got.keys().find(|name| !expected.contains_key(*name)) {
        return Err(format!("surplus {name:?} at {at}"));
    }
    // What the server made up comes first: the rest may name it.
    let mut members: Vec<_> = expected.iter().collect();
    members.sort_by_key(|(name, _)| !GENERATED.contains(name));
    for (name, value) in members {
        let own = got.get(name).ok_or_else(|| format!("{name:?} is missing at {at}"))?;
        let at = format!("{at}/{name}");
        let listed = |names: &[String]| {
            let place = at.split('/').filter(|step| step.parse::<usize>().is_err()).collect::<Vec<_>>().join("/");
            names.iter().any(|known| known == name || known.contains('/') && place.ends_with(&format!("/{known}")))
        };
        match (listed(&GENERATED) || listed(&OPAQUE)) && !value.is_object() {
            true => generated(value, own, &at, listed(&OPAQUE))?,
            false => values(value, own, &at, learned)?,
        }
        if !learned.fits(name, value, own) {
            return Err(format!("{own} is another than that which {value} stood for at {at}"));
        }
        if listed(&GENERATED) || listed(&OPAQUE) {
            learned.learn(expected, value, own);
        }
    }
    Ok(())
}

/// Whether a text is like a JSON web token, which holds the host's name.
fn is_signed(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() == 3
}

fn generated(expected: &Value, got: &Value, at: &str, opaque: bool) -> Result<(), String> {
    let same = match (expected, got) {
        (Value::String(expected), Value::String(got)) => {
            opaque || is_signed(expected) && is_signed(got) || expected.len() == got.len()
        }
        _ => std::mem::discriminant(expected) == std::mem::discriminant(got),
    };
    if same { Ok(()) } else { Err(format!("{got} looks unlike {expected} at {at}")) }
}

/// Finds a partner for each item.
fn in_any_order(expected: &[Value], got: &[Value], at: &str, learned: &mut Learned) -> Result<(), String> {
    let mut left: Vec<&Value> = got.iter().collect();
    for item in expected {
        let mut tried = learned.clone();
        let found = left.iter().position(|own| {
            tried = learned.clone();
            values(item, own, &format!("{at}/0"), &mut tried).is_ok()
        });
        let Some(found) = found else {
            return Err(format!("no partner for {item} in {} at {at}", Value::from(got.to_vec())));
        };
        left.remove(found);
        *learned = tried;
    }
    Ok(())
}
