//! JSON texts, the same however they are spelled.

use super::{Attr, Mismatch};
use crate::schema::{Attribute, Shape};
use crate::value::{Type, Value};

/// A JSON text. Blanks and the order of keys do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// The text, as the user or the server wrote it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What it says.
    pub fn parse(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Self {
        Self(value.to_string())
    }
}

impl Attr for Json {
    type View = Json;

    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        String::from_value(value).map(Json)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }

    fn view(value: &Value) -> Json {
        Json(String::view(value))
    }

    fn adjust(attribute: &mut Attribute) {
        attribute.same = Some(same);
        attribute.checks.insert(0, crate::check::json());
    }
}

fn same(earlier: &Value, later: &Value) -> bool {
    let parse = |value: &Value| match value {
        Value::String(text) => serde_json::from_str::<serde_json::Value>(text).ok().map(sorted),
        _ => None,
    };
    matches!((parse(earlier), parse(later)), (Some(a), Some(b)) if a == b)
}

/// With the keys of objects in order: comparing maps that keep insertion order must not depend on it.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let mut pairs: Vec<_> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            serde_json::Value::Object(pairs.into_iter().collect())
        }
        serde_json::Value::Array(items) => serde_json::Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
