//! Answers that are not those of the request, though their form may be right: made of a service's own.

use axum::http::HeaderValue;
use axum::http::header;
use axum::http::response::Parts;
use serde_json::{Number, Value};

/// Added to numbers, so that they are another object's.
const FURTHER: i64 = 1000;

/// The first half of a body.
pub fn half(body: &str) -> String {
    let middle = body.char_indices().nth(body.chars().count() / 2);
    body[..middle.map_or(0, |(at, _)| at)].to_owned()
}

/// The same JSON, as it would be of another object: these members have other values, of the same form, wherever they are. `None` where
/// there is none of them.
pub fn another(body: &str, members: &[String]) -> Option<String> {
    let mut json: Value = serde_json::from_str(body).ok()?;
    let before = json.clone();
    exchange(&mut json, members);
    (json != before).then(|| json.to_string())
}

/// Lets the address of a new object (`Location`) be another's. Gives whether there was one.
pub fn elsewhere(parts: &mut Parts) -> bool {
    let address = parts.headers.get(header::LOCATION).and_then(|address| address.to_str().ok());
    let Some((before, last)) = address.and_then(|address| address.rsplit_once('/')) else { return false };
    let last = last.parse::<i64>().map_or_else(|_| other_text(last), |number| (number + FURTHER).to_string());
    match HeaderValue::try_from(format!("{before}/{last}")) {
        Ok(address) => parts.headers.insert(header::LOCATION, address).is_some(),
        Err(_) => false,
    }
}

fn exchange(json: &mut Value, members: &[String]) {
    match json {
        Value::Object(object) => object.iter_mut().for_each(|(name, value)| match value {
            Value::String(text) if members.contains(name) && !text.is_empty() => *text = other_text(text),
            Value::Number(number) if members.contains(name) => {
                if let Some(count) = number.as_i64() {
                    *number = Number::from(count + FURTHER);
                }
            }
            value => exchange(value, members),
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| exchange(item, members)),
        _ => {}
    }
}

/// Another text of the same length and form: its last two letters or digits are others, within those that are hexadecimal too.
fn other_text(text: &str) -> String {
    let mut left = 2;
    let mut other: Vec<char> = text.chars().collect();
    for c in other.iter_mut().rev().filter(|c| c.is_ascii_alphanumeric()) {
        if left == 0 {
            break;
        }
        left -= 1;
        *c = match *c {
            'a' => 'b',
            'A' => 'B',
            '9' => '0',
            digit @ '0'..='8' => char::from_u32(u32::from(digit) + 1).unwrap_or(digit),
            upper if upper.is_ascii_uppercase() => 'A',
            _ => 'a',
        };
    }
    other.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_another_object_has_the_same_form() {
        let members = ["name", "id", "uuid"].map(str::to_owned);
        let body = r#"{"id":7,"uuid":"5f0c3a0e-6c2b-4a53-9b0e-3d1f0a7a9c11","of":[{"name":"acme+ci","role":"read"}]}"#;
        let other =
            r#"{"id":1007,"uuid":"5f0c3a0e-6c2b-4a53-9b0e-3d1f0a7a9c22","of":[{"name":"acme+aa","role":"read"}]}"#;
        assert_eq!(another(body, &members).as_deref(), Some(other));
        assert_eq!(another(r#"{"role":"read"}"#, &members), None);
        assert_eq!(another("\"Created\"", &members), None);
    }

    #[test]
    fn half_a_body_ends_between_characters() {
        assert_eq!(half("éé"), "é");
        assert_eq!(half("{\"a\":1}"), "{\"a");
        assert_eq!(half(""), "");
    }
}
