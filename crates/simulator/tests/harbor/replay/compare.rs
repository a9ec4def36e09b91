//! Compares the simulator's answers with recorded ones.

use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;
use serde_json::{Map, Value};

use super::ids::Learned;
use super::recording::Exchange;
use super::rules::{self, Place, segments};
use super::session::Answer;

/// What Go shows for a time that was never set.
const ZERO: &str = "0001-01-01T00:00:00.000Z";

static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$").unwrap());

/// The methods of a path, which come in no order.
static METHODS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(method \w+ is not allowed, but )\[(.*)\] are$").unwrap());

/// Compares status, headers and body.
pub(super) fn answers(expected: &Exchange, got: &Answer, learned: &mut Learned) -> Result<(), String> {
    let mut tried = learned.clone();
    if expected.status != got.status {
        let shown: String = got.text.chars().take(300).collect();
        return Err(format!("status {} instead of {}: {shown}", got.status, expected.status));
    }
    made(expected, got, &mut tried)?;
    body(expected, got, &mut tried)?;
    headers(expected, got, &tried)?;
    *learned = tried;
    Ok(())
}

/// Learns the id of what was made.
pub(super) fn made(expected: &Exchange, got: &Answer, learned: &mut Learned) -> Result<(), String> {
    let (Some(recorded), Some(own)) = (expected.response_headers.get("Location"), got.header("location")) else {
        return Ok(());
    };
    let (recorded, own) = (segments(recorded), segments(own));
    let fits = |pattern: &[String], path: &[String]| {
        pattern.len() == path.len()
            && pattern.iter().zip(path).all(|(pattern, found)| pattern == "*" || pattern == found)
    };
    let kind = rules::LOCATION_IDS.iter().find(|(_, pattern)| fits(pattern, &recorded) && fits(pattern, &own));
    match (kind, recorded.last(), own.last()) {
        (Some((kind, _)), Some(recorded), Some(own)) if recorded.parse::<i64>().is_ok() => {
            learned.new_id(kind, recorded, own)
        }
        _ => Ok(()),
    }
}

fn headers(expected: &Exchange, got: &Answer, learned: &Learned) -> Result<(), String> {
    for (by_value, name) in rules::HEADERS.iter() {
        let is_type = name == "Content-Type";
        if expected.response_headers_cut.is_some() && !is_type {
            continue;
        }
        let recorded = match is_type {
            true => expected.response_content_type.clone(),
            false => expected.response_headers.get(name).cloned(),
        };
        let own = got.header(&name.to_lowercase());
        if recorded.is_some() != own.is_some() {
            return Err(format!("header {name}: {own:?} instead of {recorded:?}"));
        }
        let recorded = recorded.map(|recorded| match name.as_str() {
            "Location" => learned.path(&recorded),
            "Link" => learned.link(&recorded),
            _ => recorded,
        });
        if *by_value && recorded.as_deref() != own {
            return Err(format!("header {name}: {own:?} instead of {recorded:?}"));
        }
    }
    Ok(())
}

fn body(expected: &Exchange, got: &Answer, learned: &mut Learned) -> Result<(), String> {
    let walk = Walk { method: &expected.method, path: expected.below() };
    if rules::OPAQUE.iter().any(|place| place.is_at(walk.method, walk.path, &["body".to_owned()])) {
        return if got.text.is_empty() { Err("no text".into()) } else { Ok(()) };
    }
    if expected.response_body_is == "empty" {
        return if got.text.is_empty() { Ok(()) } else { Err(format!("body {:?} instead of none", got.text)) };
    }
    if expected.response_body_is == "text" {
        let text = expected.response_body.as_str().unwrap();
        return if text == got.text { Ok(()) } else { Err(format!("body {:?} instead of {text:?}", got.text)) };
    }
    let own: Value = serde_json::from_str(&got.text).map_err(|error| format!("{error}: {:?}", got.text))?;
    let cut = expected.response_body_cut.as_deref();
    match (cut, &expected.response_body, own) {
        (None, recorded, own) => walk.values(recorded, &own, &mut Vec::new(), learned),
        (Some("this key only"), Value::Object(recorded), Value::Object(mut own)) => {
            own.retain(|name, _| recorded.contains_key(name));
            walk.objects(recorded, &own, &mut Vec::new(), learned)
        }
        (Some(cut), Value::Array(recorded), Value::Array(mut own)) => {
            let numbers: Vec<usize> = cut.split(' ').filter_map(|word| word.parse().ok()).collect();
            if numbers.get(1) != Some(&own.len()) {
                return Err(format!("{} items, of which it is: {cut}", own.len()));
            }
            own.truncate(recorded.len());
            walk.arrays(recorded, &own, &mut Vec::new(), learned)
        }
        (Some(cut), ..) => Err(format!("cannot be compared: {cut}")),
    }
}

/// One answer's body.
struct Walk<'a> {
    method: &'a str,
    path: &'a str,
}

impl Walk<'_> {
    fn is(&self, places: &[Place], at: &[String]) -> bool {
        places.iter().any(|place| place.is_at(self.method, self.path, at))
    }

    fn values(&self, expected: &Value, got: &Value, at: &mut Vec<String>, learned: &mut Learned) -> Result<(), String> {
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => self.objects(expected, got, at, learned),
            (Value::Array(expected), Value::Array(got)) => self.arrays(expected, got, at, learned),
            (Value::String(recorded), Value::String(own)) if at.last().is_some_and(|name| name == "message") => {
                let recorded = learned.message(recorded);
                let sorted = |text: &str| match METHODS.captures(text) {
                    Some(found) => {
                        let mut methods: Vec<&str> = found[2].split(',').collect();
                        methods.sort_unstable();
                        format!("{}{methods:?}", &found[1])
                    }
                    None => text.to_owned(),
                };
                match sorted(&recorded) == sorted(own) {
                    true => Ok(()),
                    false => Err(format!("{own:?} instead of {recorded:?}")),
                }
            }
            _ if expected == got => Ok(()),
            _ => Err(format!("{got} instead of {expected} at /{}", at.join("/"))),
        }
    }

    fn arrays(
        &self,
        expected: &[Value],
        got: &[Value],
        at: &mut Vec<String>,
        learned: &mut Learned,
    ) -> Result<(), String> {
        if expected.len() != got.len() {
            return Err(format!("{} items instead of {} at /{}", got.len(), expected.len(), at.join("/")));
        }
        if self.is(&rules::UNORDERED, at) {
            return self.in_any_order(expected, got, at, learned);
        }
        for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
            at.push(index.to_string());
            self.values(expected, got, at, learned)?;
            at.pop();
        }
        Ok(())
    }

    /// Finds a partner for each item.
    fn in_any_order(
        &self,
        expected: &[Value],
        got: &[Value],
        at: &mut Vec<String>,
        learned: &mut Learned,
    ) -> Result<(), String> {
        let mut left: Vec<&Value> = got.iter().collect();
        for item in expected {
            let mut tried = learned.clone();
            let found = left.iter().position(|own| {
                tried = learned.clone();
                let mut at = [at.as_slice(), &["0".to_owned()]].concat();
                self.values(item, own, &mut at, &mut tried).is_ok()
            });
            let Some(found) = found else {
                return Err(format!("no partner for {item} in {got:?} at /{}", at.join("/")));
            };
            left.remove(found);
            *learned = tried;
        }
        Ok(())
    }

    fn objects(
        &self,
        expected: &Map<String, Value>,
        got: &Map<String, Value>,
        at: &mut Vec<String>,
        learned: &mut Learned,
    ) -> Result<(), String> {
        if let Some(name) = got.keys().find(|name| !expected.contains_key(*name)) {
            return Err(format!("surplus {name:?} at /{}", at.join("/")));
        }
        for (name, recorded) in expected {
            let own = got.get(name).ok_or_else(|| format!("{name:?} is missing at /{}", at.join("/")))?;
            at.push(name.clone());
            let place = format!("/{}", at.join("/"));
            let with_place = |problem: String| format!("{problem} at {place}");
            if let Some(kind) = self.kind(at, expected) {
                id(&kind, recorded, own, learned).map_err(with_place)?;
            } else if self.is(&rules::TIMES, at) {
                time(recorded, own).map_err(with_place)?;
            } else if self.is(&rules::UNIX_TIMES, at) {
                unix_time(recorded, own, expected, got).map_err(with_place)?;
            } else if self.is(&rules::GENERATED, at) {
                generated(recorded, own, learned).map_err(with_place)?;
            } else if !self.is(&rules::OPAQUE, at) {
                self.values(recorded, own, at, learned)?;
            }
            at.pop();
        }
        Ok(())
    }

    /// The kind of id that stands at a place. Of some a neighbour decides.
    fn kind(&self, at: &[String], object: &Map<String, Value>) -> Option<String> {
        let (kind, _) = rules::IDS.iter().find(|(_, place)| place.is_at(self.method, self.path, at))?;
        let says = |name: &str, value: &str| object.get(name).is_some_and(|found| found == value);
        Some(match at.last().map(String::as_str) {
            Some("entity_id") if says("entity_type", "g") => "usergroup".to_owned(),
            Some("creator_ref") if says("creator_type", "local") => "user".to_owned(),
            _ => kind.clone(),
        })
    }
}

fn id(kind: &str, recorded: &Value, own: &Value, learned: &mut Learned) -> Result<(), String> {
    if std::mem::discriminant(recorded) != std::mem::discriminant(own) {
        return Err(format!("{own} instead of {recorded}"));
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    learned.id(kind, &text(recorded), &text(own))
}

fn time(recorded: &Value, own: &Value) -> Result<(), String> {
    let fraction = |value: &Value| {
        let text = value.as_str().filter(|text| TIME.is_match(text))?;
        Some(text.split_once('.').map_or(0, |(_, fraction)| fraction.len()))
    };
    let is_zero = |value: &Value| value == ZERO;
    let same = is_zero(recorded) == is_zero(own) && fraction(own).is_some() && fraction(recorded) == fraction(own);
    if same { Ok(()) } else { Err(format!("{own} is no time such as {recorded}")) }
}

/// Seconds since 1970, which must be as long after the creation as recorded.
fn unix_time(
    recorded: &Value,
    own: &Value,
    expected: &Map<String, Value>,
    got: &Map<String, Value>,
) -> Result<(), String> {
    let created = |object: &Map<String, Value>| {
        let time: Option<Timestamp> =
            object.get("creation_time").and_then(Value::as_str).and_then(|time| time.parse().ok());
        time.map(Timestamp::as_second)
    };
    if recorded == &Value::from(-1) || own == &Value::from(-1) {
        return if recorded == own { Ok(()) } else { Err(format!("{own} instead of {recorded}")) };
    }
    let distance = |value: &Value, object| Some(value.as_i64()? - created(object)?);
    match (distance(recorded, expected), distance(own, got)) {
        (Some(recorded), Some(own)) if (recorded - own).abs() <= 60 => Ok(()),
        (recorded, own) => Err(format!("{own:?} seconds after the creation instead of {recorded:?}")),
    }
}

fn generated(recorded: &Value, own: &Value, learned: &mut Learned) -> Result<(), String> {
    match (recorded, own) {
        (Value::String(recorded), Value::String(own)) => {
            let is_secret = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if is_secret(recorded) && !is_secret(own) {
                return Err(format!("{own:?} looks unlike {recorded:?}"));
            }
            learned.text(recorded, own)
        }
        _ if std::mem::discriminant(recorded) == std::mem::discriminant(own) => Ok(()),
        _ => Err(format!("{own} looks unlike {recorded}")),
    }
}
