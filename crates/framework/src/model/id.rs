//! Import ids: what an administrator would type, as templates over a model's attributes.

use super::Object;
use crate::schema::Schema;
use crate::value::{Number, Type, Value};

/// A template such as `{namespace}/{repository*}/user/{user}`. A starred field may hold the text that follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTemplate {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Field { name: String, greedy: bool },
}

/// An id that fits no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError(pub String);

impl IdTemplate {
    /// Parses a template; it is part of the program, checked when models are derived.
    pub fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        for piece in text.split_inclusive(['{', '}']) {
            if let Some(field) = piece.strip_suffix('}') {
                let name = field.trim_end_matches('*');
                parts.push(Part::Field { name: name.to_owned(), greedy: name != field });
            } else {
                let literal = piece.strip_suffix('{').unwrap_or(piece);
                if !literal.is_empty() {
                    parts.push(Part::Literal(literal.to_owned()));
                }
            }
        }
        Self { text: text.to_owned(), parts }
    }

    /// For people: `<namespace>/<repository>/user/<user>`.
    pub fn describe(&self) -> String {
        let part = |p: &Part| match p {
            Part::Literal(text) => text.clone(),
            Part::Field { name, .. } => format!("<{name}>"),
        };
        self.parts.iter().map(part).collect()
    }

    /// Names of its fields.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|p| match p {
            Part::Field { name, .. } => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The id of an object: `Null` when one of its fields is null (another template may fit), unknown when one is unknown.
    pub fn render(&self, object: &Object) -> Value {
        let values: Vec<_> = self.fields().map(|f| object.get(f).unwrap_or(&Value::Null)).collect();
        if values.iter().any(|v| v.is_null()) {
            return Value::Null;
        }
        if values.iter().any(|v| v.is_unknown()) {
            return Value::unknown();
        }
        let mut values = values.into_iter();
        let part = |p: &Part| match p {
            Part::Literal(text) => text.clone(),
            Part::Field { .. } => values.next().map(text_of).unwrap_or_default(),
        };
        Value::String(self.parts.iter().map(part).collect())
    }

    /// The fields of an id, or `None` when it does not have this form.
    pub fn parse(&self, id: &str) -> Option<Vec<(&str, String)>> {
        let mut found = Vec::new();
        fits(&self.parts, id, &mut found).then_some(found)
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        _ => String::new(),
    }
}

/// Matches parts against the text from the left; a starred field tries its longest match first.
fn fits<'a>(parts: &'a [Part], text: &str, found: &mut Vec<(&'a str, String)>) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return text.is_empty();
    };
    match part {
        Part::Literal(literal) => text.strip_prefix(literal.as_str()).is_some_and(|text| fits(rest, text, found)),
        Part::Field { name, greedy } => {
            let stop = match rest.first() {
                Some(Part::Literal(next)) if !greedy => text.find(next.as_str()).map_or(0..=0, |at| at..=at),
                Some(_) => 1..=text.len(),
                None => text.len()..=text.len(),
            };
            stop.rev().filter(|&end| end > 0 && text.is_char_boundary(end)).any(|end| {
                let kept = found.len();
                found.push((name, text[..end].to_owned()));
                let ok = fits(rest, &text[end..], found);
                if !ok {
                    found.truncate(kept);
                }
                ok
            })
        }
    }
}

/// Finds the template that fits, and gives the key attributes of the object; the others are null.
pub(crate) fn parse_id(templates: &[IdTemplate], schema: &Schema, id: &str) -> Result<Object, IdError> {
    let Some(fields) = templates.iter().find_map(|t| t.parse(id)) else {
        let forms: Vec<_> = templates.iter().map(|t| format!("`{}`", t.describe())).collect();
        return Err(IdError(format!("{id:?} does not have the form {}.", forms.join(" or "))));
    };
    let mut object = Object::new();
    for (name, text) in fields {
        let ty = schema.block.attribute(name).map(|a| a.ty());
        let value = match ty {
            Some(Type::Number) => {
                text.parse().map(Value::Number).map_err(|_: <Number as std::str::FromStr>::Err| {
                    IdError(format!("`{name}` must be a number, but {text:?} is not."))
                })?
            }
            _ => Value::String(text),
        };
        object.insert(name.to_owned(), value);
    }
    Ok(object)
}

impl std::fmt::Display for IdTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_starred_field_holds_separators() {
        let template = IdTemplate::new("{namespace}/{repository*}/user/{user}");
        let found = template.parse("acme/app/user/web/user/alice");
        let expected = [("namespace", "acme"), ("repository", "app/user/web"), ("user", "alice")];
        assert_eq!(found, Some(expected.map(|(n, t)| (n, t.to_owned())).to_vec()));
        assert_eq!(template.parse("acme/app/team/ops"), None);
        assert_eq!(template.parse("acme//user/alice"), None);
        assert_eq!(template.parse("acme/app/user/"), None);
    }

    #[test]
    fn a_plain_field_ends_at_the_first_separator() {
        let template = IdTemplate::new("{namespace}+{name}");
        assert_eq!(template.parse("acme+ci").map(|f| f.len()), Some(2));
        assert_eq!(template.parse("acme"), None);
        assert_eq!(template.parse("+ci"), None);
        assert_eq!(template.describe(), "<namespace>+<name>");
    }

    #[test]
    fn rendering_waits_for_unknown_fields_and_passes_on_null_ones() {
        let template = IdTemplate::new("{a}/{b}");
        let object = |b: Value| Object::from([("a".to_owned(), Value::from("x")), ("b".to_owned(), b)]);
        assert_eq!(template.render(&object(Value::from("y"))), Value::from("x/y"));
        assert!(template.render(&object(Value::unknown())).is_unknown());
        assert!(template.render(&object(Value::Null)).is_null());
    }
}
