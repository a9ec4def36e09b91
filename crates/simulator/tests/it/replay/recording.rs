//! Reads the recordings and the lists beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::recorded::{self, lines};

/// A recorded request with its answer.
#[derive(Clone, Deserialize)]
pub(super) struct Exchange {
    #[serde(rename = "as")]
    identity: Option<String>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<Value>,
    pub(super) request_body: Option<Value>,
    pub(super) status: u16,
    response_headers: Headers,
    pub(super) response_body: Value,
    note: Option<String>,
}

#[derive(Clone, Deserialize)]
struct Headers {
    #[serde(rename = "Content-Type")]
    content_type: String,
    #[serde(rename = "Location")]
    location: Option<String>,
    #[serde(rename = "Content-Length", default)]
    content_length: String,
}

impl Exchange {
    /// Whose token was sent.
    pub(super) fn identity(&self) -> &str {
        self.identity.as_deref().unwrap_or("nobody")
    }

    pub(super) fn content_type(&self) -> &str {
        &self.response_headers.content_type
    }

    pub(super) fn location(&self) -> Option<&str> {
        self.response_headers.location.as_deref()
    }

    /// Whether the answer was an empty text in JSON, which was recorded like no answer at all.
    pub(super) fn is_empty_text(&self) -> bool {
        self.response_headers.content_length == "3" && self.response_body == ""
    }

    /// Whether the answer was longer than what was recorded of it.
    pub(super) fn is_cut(&self) -> bool {
        self.response_headers
            .content_length
            .parse()
            .is_ok_and(|length: usize| !self.response_body.is_string() && length > json_length(&self.response_body))
    }

    pub(super) fn note(&self) -> &str {
        self.note.as_deref().unwrap_or_default()
    }

    /// The query as it was sent, whether it was recorded as a text or as an object.
    pub(super) fn query_text(&self) -> String {
        match &self.query {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Object(pairs)) => {
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                pairs.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join("&")
            }
            _ => String::new(),
        }
    }

    /// Whether its path ends with an id that stands in another one's answer.
    pub(super) fn asks_for_what_was_shown_by(&self, other: &Self) -> bool {
        let id = self.path.rsplit('/').next().unwrap_or_default();
        id.len() == 36 && other.response_body.to_string().contains(id)
    }

    pub(super) fn with_location(mut self, location: Option<String>) -> Self {
        self.response_headers.location = location;
        self
    }
}

/// Bytes that a value takes as Python writes it, with a line's end.
fn json_length(value: &Value) -> usize {
    // Each letter outside of ASCII is an escape, or two.
    let text = |text: &str| {
        let beyond = text.chars().filter(|letter| !letter.is_ascii());
        let more: usize = beyond.map(|letter| 6 * letter.len_utf16() - letter.len_utf8()).sum();
        Value::from(text).to_string().len() + more
    };
    fn length(value: &Value, text: &impl Fn(&str) -> usize) -> usize {
        // Brackets, and what stands between: ", ".
        let around = |count: usize| 2 + 2 * count.saturating_sub(1);
        match value {
            Value::String(string) => text(string),
            Value::Array(items) => around(items.len()) + items.iter().map(|item| length(item, text)).sum::<usize>(),
            Value::Object(members) => {
                let each = members.iter().map(|(name, value)| text(name) + 2 + length(value, text));
                around(members.len()) + each.sum::<usize>()
            }
            other => other.to_string().len(),
        }
    }
    length(value, &text) + 1
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A file's exchanges with their line numbers.
pub(super) fn read(file: &str) -> Vec<(usize, Exchange)> {
    let read = |(at, line): (usize, &str)| (at + 1, serde_json::from_str(line).unwrap());
    text(&format!("quay/{file}.jsonl")).lines().enumerate().map(read).collect()
}

/// Where a file's server was: errors name it.
pub(super) fn recorded_at(file: &str) -> String {
    let text = text(&format!("quay/{file}.jsonl"));
    let at = text.split_once("/api/v1/error/").and_then(|(before, _)| Some(&before[before.rfind("http://")?..]));
    at.unwrap_or("http://localhost:8080").to_owned()
}

/// How many exchanges each file has, as `lines.txt` says.
pub(super) fn lines_of_files() -> BTreeMap<String, usize> {
    recorded::counts(&text("lines.txt"))
}

/// What must be there before a file runs.
pub(super) fn preparations(file: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(&text("quay/preparations.json")).unwrap();
    all[file].as_array().cloned().unwrap_or_default()
}

/// The names of one section of `generated.txt`.
pub(super) fn section(name: &str) -> Vec<String> {
    let text = text("generated.txt");
    let from_section = lines(&text).skip_while(|line| *line != format!("[{name}]")).skip(1);
    from_section.take_while(|line| !line.starts_with('[')).map(str::to_owned).collect()
}

/// File and line of exchanges that are known to differ. Each must give a reason.
pub(super) fn known_differences() -> Vec<(String, usize)> {
    recorded::differences(&text("known-differences.txt"))
}
