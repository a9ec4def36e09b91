//! Bodies as Go reads them: what a field must be, and the words in which Go says that it is not.

use serde_json::{Value, json};

/// What stands at a place of a body.
#[derive(Debug)]
pub(super) enum Shape {
    Text,
    Whole,
    Flag,
    /// Anything: nothing is checked below.
    Any,
    List(&'static Self),
    /// Values by key, with the name of the type in Go.
    Map(&'static str, &'static Self),
    /// A struct by its name in Go, with its fields. Others are left alone.
    Struct(&'static str, &'static [(&'static str, Self)]),
}

impl Shape {
    fn name(&self) -> String {
        match self {
            Self::Text => "string".into(),
            Self::Whole => "int64".into(),
            Self::Flag => "bool".into(),
            Self::Any => "interface {}".into(),
            Self::List(Self::Struct(name, _)) => format!("[]*models.{name}"),
            Self::List(inner) => format!("[]{}", inner.name()),
            Self::Map(name, _) => (*name).into(),
            Self::Struct(name, _) => format!("models.{name}"),
        }
    }

    /// The first value that does not fit, in Go's words.
    fn misfit(&self, value: &Value, owner: &str, path: &str) -> Option<String> {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match (self, value) {
            (Self::Any, _) | (_, Value::Null) | (Self::Text, Value::String(_)) | (Self::Flag, Value::Bool(_)) => None,
            (Self::Whole, Value::Number(number)) if number.is_i64() => None,
            (Self::List(inner), Value::Array(items)) => items.iter().find_map(|item| inner.misfit(item, owner, path)),
            (Self::Map(_, inner), Value::Object(fields)) => {
                fields.values().find_map(|field| inner.misfit(field, owner, path))
            }
            (Self::Struct(name, known), Value::Object(fields)) => fields.iter().find_map(|(key, field)| {
                let (_, shape) = known.iter().find(|(known, _)| known == key)?;
                shape.misfit(field, name, &below(key))
            }),
            (_, value) => {
                let got = match (self, value) {
                    (Self::Whole, Value::Number(number)) => format!("number {number}"),
                    (_, Value::Bool(_)) => "bool".into(),
                    (_, Value::Number(_)) => "number".into(),
                    (_, Value::String(_)) => "string".into(),
                    (_, Value::Array(_)) => "array".into(),
                    _ => "object".to_owned(),
                };
                let place = if path.is_empty() { "value".into() } else { format!("struct field {owner}.{path}") };
                Some(format!("json: cannot unmarshal {got} into Go {place} of type {}", self.name()))
            }
        }
    }

    /// Null leaves a field as it is, which is the same as to leave it out. In a map it makes a zero.
    fn without_nulls(&self, value: Value) -> Value {
        match (self, value) {
            (Self::List(inner), Value::Array(items)) => {
                Value::Array(items.into_iter().map(|item| inner.without_nulls(item)).collect())
            }
            (Self::Map(_, inner), Value::Object(fields)) => {
                let zero = match inner {
                    Self::Text => json!(""),
                    Self::Whole => json!(0),
                    Self::Flag => json!(false),
                    _ => Value::Null,
                };
                let filled = fields.into_iter().map(|(name, field)| {
                    (name, if field.is_null() { zero.clone() } else { inner.without_nulls(field) })
                });
                Value::Object(filled.collect())
            }
            (Self::Struct(_, known), Value::Object(fields)) => {
                let fields = fields.into_iter().filter(|(_, field)| !field.is_null());
                let fields = fields.map(|(name, field)| {
                    let shape = known.iter().find(|(known, _)| *known == name).map_or(&Self::Any, |(_, shape)| shape);
                    let field = shape.without_nulls(field);
                    (name, field)
                });
                Value::Object(fields.collect())
            }
            (_, value) => value,
        }
    }

    /// Reads a body; none where it is empty.
    ///
    /// # Errors
    /// Why it cannot be read, in Go's words.
    pub(super) fn read(&self, text: &[u8]) -> Result<Option<Value>, String> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let end = Scanner { text, at: 0 }.value()?;
        let value = serde_json::from_slice(text.get(..end).unwrap_or(text)).map_err(|error| error.to_string())?;
        match self.misfit(&value, "", "") {
            Some(problem) => Err(problem),
            None => Ok(Some(self.without_nulls(value))),
        }
    }
}

/// Finds what Go's scanner stumbles over. Numbers and escapes are left to the parser behind it.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn wrong(&self, place: &str) -> String {
        match self.text.get(self.at) {
            None => "unexpected EOF".into(),
            Some(letter) => format!("invalid character '{}' {place}", char::from(*letter).escape_default()),
        }
    }

    /// Passes one value and gives the place behind it.
    fn value(mut self) -> Result<usize, String> {
        // The brackets that are open.
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    if self.peek() != Some(b'}') {
                        open.push(b'{');
                        self.key("looking for beginning of object key string")?;
                        continue;
                    }
                    self.at += 1;
                }
                Some(b'[') => {
                    self.at += 1;
                    if self.peek() != Some(b']') {
                        open.push(b'[');
                        continue;
                    }
                    self.at += 1;
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.word(),
                _ => return Err(self.wrong("looking for beginning of value")),
            }
            loop {
                let Some(bracket) = open.last() else { return Ok(self.at) };
                match (bracket, self.peek()) {
                    (b'{', Some(b',')) => {
                        self.at += 1;
                        self.key("looking for beginning of object key string")?;
                        break;
                    }
                    (b'[', Some(b',')) => {
                        self.at += 1;
                        break;
                    }
                    (b'{', Some(b'}')) | (b'[', Some(b']')) => {
                        self.at += 1;
                        open.pop();
                    }
                    (b'{', _) => return Err(self.wrong("after object key:value pair")),
                    _ => return Err(self.wrong("after array element")),
                }
            }
        }
    }

    fn key(&mut self, place: &str) -> Result<(), String> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong(place));
        }
        self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.wrong("after object key"));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        while let Some(letter) = self.text.get(self.at) {
            match letter {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.at += 2,
                0..=31 => return Err(self.wrong("in string literal")),
                _ => self.at += 1,
            }
        }
        Err("unexpected EOF".into())
    }

    fn word(&mut self) {
        let ends = |letter: &u8| letter.is_ascii_whitespace() || b",]}:\"[{".contains(letter);
        while self.text.get(self.at).is_some_and(|letter| !ends(letter)) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ROLE: Shape = Shape::Struct("Role", &[("id", Shape::Whole), ("name", Shape::Text)]);
    const MEMBER: Shape = Shape::Struct(
        "Member",
        &[
            ("role", ROLE),
            ("roles", Shape::List(&ROLE)),
            ("hard", Shape::Map("models.ResourceList", &Shape::Whole)),
            ("on", Shape::Flag),
        ],
    );

    #[test]
    fn what_does_not_fit_is_named_as_go_names_it() {
        let cases = [
            (r"[]", "array into Go value of type models.Member"),
            (r#"{"on":"x"}"#, "string into Go struct field Member.on of type bool"),
            (r#"{"on":true,"role":{"id":1.5}}"#, "number 1.5 into Go struct field Role.role.id of type int64"),
            (r#"{"role":{"id":1,"name":7}}"#, "number into Go struct field Role.role.name of type string"),
            (r#"{"roles":[{"id":"7"}]}"#, "string into Go struct field Role.roles.id of type int64"),
            (r#"{"roles":{}}"#, "object into Go struct field Member.roles of type []*models.Role"),
            (r#"{"hard":{"a":"b"}}"#, "string into Go struct field Member.hard of type int64"),
        ];
        for (body, expected) in cases {
            let wanted = format!("json: cannot unmarshal {expected}");
            assert_eq!(MEMBER.read(body.as_bytes()).unwrap_err(), wanted, "{body}");
        }
    }

    #[test]
    fn null_and_unknown_fields_fit() {
        let body = br#"{"role":null,"roles":[null],"other":{"on":1}}"#;
        assert_eq!(MEMBER.read(body).unwrap().unwrap(), json!({"roles": [null], "other": {"on": 1}}));
        let map = MEMBER.read(br#"{"hard":{"storage":null}}"#).unwrap().unwrap();
        assert_eq!(map, json!({"hard": {"storage": 0}}));
        assert!(MEMBER.read(b" \n").unwrap().is_none());
    }

    #[test]
    fn broken_texts_are_described_as_go_describes_them() {
        let cases = [
            ("{", "unexpected EOF"),
            ("{bad", "invalid character 'b' looking for beginning of object key string"),
            ("bad", "invalid character 'b' looking for beginning of value"),
            (r#"{"a" 1}"#, "invalid character '1' after object key"),
            (r#"{"a":1 2}"#, "invalid character '2' after object key:value pair"),
            (r#"{"a":[1 2]}"#, "invalid character '2' after array element"),
            (r#"{"a":"#, "unexpected EOF"),
            (r#"{"a":"b"#, "unexpected EOF"),
        ];
        for (body, expected) in cases {
            assert_eq!(MEMBER.read(body.as_bytes()).unwrap_err(), expected, "{body}");
        }
    }
}
