//! Checks a request's body against a JSON schema and words what is wrong as Python's `jsonschema` does, because Quay
//! hands its messages through.
//!
//! Keywords that Quay's schemas use: `type`, `required`, `properties`, `additionalProperties`, `items`, `enum`,
//! `maxLength`, `minLength`, `minimum`, `maximum`, `pattern`, `oneOf`, `anyOf`, `not`.

use regex::Regex;
use serde_json::{Map, Value};

use super::python::{pformat, repr, repr_text};

/// Width at which `jsonschema` breaks what it prints.
const WIDTH: usize = 72;

/// A step in a path: a member's name or an item's index.
#[derive(Clone)]
enum Step {
    Name(String),
    Index(usize),
}

/// One violation.
struct Violation<'a> {
    keyword: String,
    message: String,
    instance: &'a Value,
    schema: &'a Value,
    path: Vec<Step>,
    schema_path: Vec<Step>,
    /// For `oneOf` and `anyOf`: what is wrong with each alternative.
    context: Vec<Violation<'a>>,
}

/// The message about what is wrong with `instance`, if anything is.
pub(super) fn violation(instance: &Value, schema: &Value) -> Option<String> {
    let mut best = best(violations(instance, schema))?;
    while !best.context.is_empty() {
        best = deepest(std::mem::take(&mut best.context))?;
    }
    Some(best.text())
}

/// The first of those nearest to the top; `oneOf` and `anyOf` count less than others.
fn best(violations: Vec<Violation<'_>>) -> Option<Violation<'_>> {
    violations.into_iter().rev().max_by_key(|violation| (-depth(violation), !is_choice(violation)))
}

/// The first of those farthest from the top.
fn deepest(violations: Vec<Violation<'_>>) -> Option<Violation<'_>> {
    violations.into_iter().min_by_key(|violation| (-depth(violation), !is_choice(violation)))
}

fn is_choice(violation: &Violation<'_>) -> bool {
    matches!(violation.keyword.as_str(), "oneOf" | "anyOf")
}

fn depth(violation: &Violation<'_>) -> isize {
    isize::try_from(violation.path.len()).unwrap_or(isize::MAX)
}

impl<'a> Violation<'a> {
    fn new(keyword: &str, message: String, instance: &'a Value, schema: &'a Value) -> Self {
        let schema_path = vec![Step::Name(keyword.to_owned())];
        Self {
            keyword: keyword.to_owned(),
            message,
            instance,
            schema,
            path: Vec::new(),
            schema_path,
            context: Vec::new(),
        }
    }

    /// The same, seen from the outside.
    fn below(mut self, path: Option<Step>, schema_path: &[Step]) -> Self {
        if let Some(step) = path {
            self.path.insert(0, step);
        }
        self.schema_path.splice(0..0, schema_path.iter().cloned());
        self
    }

    fn text(&self) -> String {
        format!(
            "{}\n\nFailed validating {} in schema{}:\n{}\n\nOn instance{}:\n{}",
            self.message,
            repr_text(&self.keyword),
            index(&self.schema_path[..self.schema_path.len() - 1]),
            indented(&pformat(self.schema, WIDTH)),
            index(&self.path),
            indented(&pformat(self.instance, WIDTH)),
        )
    }
}

fn index(path: &[Step]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Name(name) => format!("[{}]", repr_text(name)),
            Step::Index(at) => format!("[{at}]"),
        })
        .collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// All that is wrong, in the order of the schema's keywords.
fn violations<'a>(instance: &'a Value, schema: &'a Value) -> Vec<Violation<'a>> {
    let Some(keywords) = schema.as_object() else { return Vec::new() };
    keywords
        .iter()
        .flat_map(|(keyword, value)| match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => in_properties(instance, properties),
            ("items", items) => in_items(instance, items),
            ("oneOf", Value::Array(schemas)) => one_of(instance, schema, schemas).into_iter().collect(),
            ("anyOf", Value::Array(schemas)) => any_of(instance, schema, schemas).into_iter().collect(),
            ("required", Value::Array(names)) => required(instance, schema, names),
            _ => plain(keyword, value, instance, keywords)
                .map(|message| Violation::new(keyword, message, instance, schema))
                .into_iter()
                .collect(),
        })
        .collect()
}

fn in_properties<'a>(instance: &'a Value, properties: &'a Map<String, Value>) -> Vec<Violation<'a>> {
    let present = properties.iter().filter_map(|(name, schema)| Some((name, instance.get(name)?, schema)));
    present
        .flat_map(|(name, member, schema)| {
            let step = Step::Name(name.clone());
            let outside = [Step::Name("properties".into()), step.clone()];
            violations(member, schema).into_iter().map(move |found| found.below(Some(step.clone()), &outside))
        })
        .collect()
}

fn in_items<'a>(instance: &'a Value, schema: &'a Value) -> Vec<Violation<'a>> {
    let items = instance.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .enumerate()
        .flat_map(|(at, item)| {
            let outside = [Step::Name("items".into())];
            violations(item, schema).into_iter().map(move |found| found.below(Some(Step::Index(at)), &outside))
        })
        .collect()
}

fn required<'a>(instance: &'a Value, schema: &'a Value, names: &[Value]) -> Vec<Violation<'a>> {
    let Some(members) = instance.as_object() else { return Vec::new() };
    let missing = names.iter().filter(|name| name.as_str().is_some_and(|name| !members.contains_key(name)));
    missing
        .map(|name| Violation::new("required", format!("{} is a required property", repr(name)), instance, schema))
        .collect()
}

fn any_of<'a>(instance: &'a Value, schema: &'a Value, schemas: &'a [Value]) -> Option<Violation<'a>> {
    let found: Vec<_> = schemas.iter().map(|schema| violations(instance, schema)).collect();
    let none = found.iter().all(|found| !found.is_empty());
    none.then(|| under_none("anyOf", instance, schema, found))
}

/// That no alternative fits, with what is wrong with each. Paths in that start at the alternative.
fn under_none<'a>(
    keyword: &str,
    instance: &'a Value,
    schema: &'a Value,
    found: Vec<Vec<Violation<'a>>>,
) -> Violation<'a> {
    let message = format!("{} is not valid under any of the given schemas", repr(instance));
    let mut violation = Violation::new(keyword, message, instance, schema);
    let alternatives = found.into_iter().enumerate();
    violation.context = alternatives
        .flat_map(|(at, found)| found.into_iter().map(move |found| found.below(None, &[Step::Index(at)])))
        .collect();
    violation
}

fn one_of<'a>(instance: &'a Value, schema: &'a Value, schemas: &'a [Value]) -> Option<Violation<'a>> {
    let found: Vec<_> = schemas.iter().map(|schema| violations(instance, schema)).collect();
    let valid: Vec<&Value> =
        schemas.iter().zip(&found).filter(|(_, found)| found.is_empty()).map(|(schema, _)| schema).collect();
    match valid.as_slice() {
        [_] => None,
        [] => Some(under_none("oneOf", instance, schema, found)),
        [first, more @ ..] => {
            let valid: Vec<String> = more.iter().chain([first]).map(|schema| repr(schema)).collect();
            let message = format!("{} is valid under each of {}", repr(instance), valid.join(", "));
            Some(Violation::new("oneOf", message, instance, schema))
        }
    }
}

/// Keywords that look at the instance alone.
fn plain(keyword: &str, value: &Value, instance: &Value, schema: &Map<String, Value>) -> Option<String> {
    let shown = || repr(instance);
    match keyword {
        "type" => {
            let types: Vec<&Value> = value.as_array().map_or_else(|| vec![value], |types| types.iter().collect());
            let names: Vec<String> = types.iter().map(|name| repr(name)).collect();
            (!types.iter().any(|name| is_of(instance, name.as_str().unwrap_or_default())))
                .then(|| format!("{} is not of type {}", shown(), names.join(", ")))
        }
        "enum" => (!value.as_array()?.contains(instance)).then(|| format!("{} is not one of {}", shown(), repr(value))),
        "maxLength" => {
            (instance.as_str()?.chars().count() as u64 > value.as_u64()?).then(|| format!("{} is too long", shown()))
        }
        "minLength" => {
            ((instance.as_str()?.chars().count() as u64) < value.as_u64()?).then(|| format!("{} is too short", shown()))
        }
        "minimum" => (instance.as_f64()? < value.as_f64()?)
            .then(|| format!("{} is less than the minimum of {}", shown(), repr(value))),
        "maximum" => (instance.as_f64()? > value.as_f64()?)
            .then(|| format!("{} is greater than the maximum of {}", shown(), repr(value))),
        "pattern" => (!Regex::new(value.as_str()?).ok()?.is_match(instance.as_str()?))
            .then(|| format!("{} does not match {}", shown(), repr(value))),
        "not" => {
            violations(instance, value).is_empty().then(|| format!("{} is not allowed for {}", repr(value), shown()))
        }
        "additionalProperties" if *value == Value::Bool(false) => unexpected(instance, schema),
        _ => None,
    }
}

fn unexpected(instance: &Value, schema: &Map<String, Value>) -> Option<String> {
    let known = schema.get("properties").and_then(Value::as_object);
    let extra: Vec<String> = instance
        .as_object()?
        .keys()
        .filter(|name| known.is_none_or(|known| !known.contains_key(*name)))
        .map(|name| repr_text(name))
        .collect();
    let verb = if extra.len() == 1 { "was" } else { "were" };
    (!extra.is_empty())
        .then(|| format!("Additional properties are not allowed ({} {verb} unexpected)", extra.join(", ")))
}

fn is_of(instance: &Value, name: &str) -> bool {
    match name {
        "string" => instance.is_string(),
        "integer" => instance.is_i64() || instance.is_u64(),
        "number" => instance.is_number(),
        "boolean" => instance.is_boolean(),
        "object" => instance.is_object(),
        "array" => instance.is_array(),
        "null" => instance.is_null(),
        _ => true,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_valid_body_has_no_violation() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}}});
        assert_eq!(violation(&json!({"a": null, "b": 1}), &schema), None);
    }

    #[test]
    fn a_violation_says_where_it_is() {
        let schema = json!({"type": "array", "items": {"properties": {"n": {"type": "integer", "minimum": 1}}}});
        let expected = "0 is less than the minimum of 1\n\nFailed validating 'minimum' in schema['items']['properties']['n']:\n    {'minimum': 1, 'type': 'integer'}\n\nOn instance[1]['n']:\n    0";
        assert_eq!(violation(&json!([{"n": 2}, {"n": 0}]), &schema).unwrap(), expected);
    }

    #[test]
    fn of_several_alternatives_the_deepest_violation_is_told() {
        let schema =
            json!({"oneOf": [{"required": ["a"]}, {"required": ["b"], "properties": {"b": {"type": "string"}}}]});
        let text = violation(&json!({"b": 1}), &schema).unwrap();
        assert!(
            text.starts_with("1 is not of type 'string'\n\nFailed validating 'type' in schema[1]['properties']['b']:"),
            "{text}"
        );
        let text = violation(&json!({"a": 1, "b": "x"}), &schema).unwrap();
        assert!(text.contains("is valid under each of {'required': ['b']"), "{text}");
    }

    #[test]
    fn unknown_members_are_named() {
        let schema = json!({"properties": {"a": {}}, "additionalProperties": false});
        let text = violation(&json!({"a": 1, "b": 1, "c": 1}), &schema).unwrap();
        assert!(text.starts_with("Additional properties are not allowed ('b', 'c' were unexpected)"), "{text}");
    }
}
