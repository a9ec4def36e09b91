//! What the server tells its own web pages of its configuration.
//!
//! From Quay's source: `GET /config`, outside of the API, for everybody. Of what it holds, only this is used here.

use std::collections::BTreeMap;

use registry_http::Endpoint;
use serde::Deserialize;
use serde_json::Value;

/// The part of the configuration that anybody may see.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct WebConfigJson {
    #[serde(default)]
    config: ConfigJson,
    /// By name without `FEATURE_`: whether each is on, or whatever else stands in the configuration.
    #[serde(default)]
    features: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct ConfigJson {
    /// Such as `["0s", "1d", "2w"]`.
    #[serde(default, rename = "TAG_EXPIRATION_OPTIONS")]
    tag_expiration_options: Option<Vec<String>>,
}

/// Reads it, without the token.
pub fn config() -> Endpoint<WebConfigJson> {
    Endpoint::get("/config", &[]).describe("read the configuration that the web pages see").anonymous()
}

impl WebConfigJson {
    /// Whether a feature is on; the name without `FEATURE_`. `None` when the server does not tell.
    pub fn feature(&self, name: &str) -> Option<bool> {
        match self.features.get(name)? {
            Value::Bool(on) => Some(*on),
            Value::String(text) => Some(text.eq_ignore_ascii_case("true")),
            _ => None,
        }
    }

    /// The tag expirations that the server takes: as it writes them, and in seconds. `None` when it does not tell.
    pub fn tag_expirations(&self) -> Option<Vec<(String, i64)>> {
        let options = self.config.tag_expiration_options.as_ref()?;
        options.iter().map(|text| Some((text.clone(), seconds(text)?))).collect()
    }
}

/// Seconds of a length of time in Quay's configuration: a number, and one of the letters s, m, h, d, w.
fn seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::Answer;

    #[test]
    fn choices_are_told_in_words_and_in_seconds() {
        let body = r#"{"config": {"TAG_EXPIRATION_OPTIONS": ["0s", "2w"], "REGISTRY_TITLE": "Quay"},
            "features": {"MAILING": true, "RATE": 3}}"#;
        let read = config().decode(&Answer::new(200, "application/json", body)).unwrap();
        assert_eq!(read.tag_expirations().unwrap(), [("0s".to_owned(), 0), ("2w".to_owned(), 1_209_600)]);
        assert_eq!((read.feature("MAILING"), read.feature("RATE"), read.feature("NONE")), (Some(true), None, None));
    }

    #[test]
    fn a_choice_that_cannot_be_read_makes_all_of_them_unknown() {
        let body = r#"{"config": {"TAG_EXPIRATION_OPTIONS": ["0s", "soon"]}}"#;
        let read = config().decode(&Answer::new(200, "application/json", body)).unwrap();
        assert_eq!(read.tag_expirations(), None);
        assert_eq!((seconds(""), seconds("é"), seconds("9y")), (None, None, None));
    }
}
