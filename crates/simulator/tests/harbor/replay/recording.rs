//! Reads the recordings and the lists beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::recorded;

/// Where the API is.
pub(super) const BASE: &str = "/api/v2.0";

/// A recorded request with its answer.
#[derive(Clone, Deserialize)]
pub(super) struct Exchange {
    /// Who sent it.
    #[serde(rename = "as")]
    pub(super) identity: Option<String>,
    /// What was sent, where the identity does not say it all.
    pub(super) request_auth: Option<Auth>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    #[serde(default)]
    pub(super) request_headers: Option<BTreeMap<String, String>>,
    pub(super) request_content_type: Option<String>,
    pub(super) request_body: Option<Value>,
    pub(super) status: u16,
    pub(super) response_headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) response_headers_cut: Option<Value>,
    pub(super) response_content_type: Option<String>,
    pub(super) response_body: Value,
    pub(super) response_body_is: String,
    #[serde(default)]
    pub(super) response_body_cut: Option<String>,
}

/// Credentials of one request.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Auth {
    pub(super) basic: Option<[String; 2]>,
    pub(super) authorization: Option<String>,
    pub(super) cookie: Option<String>,
    pub(super) cookies_after_line: Option<usize>,
}

impl Exchange {
    /// Its path below the API's.
    pub(super) fn below(&self) -> &str {
        self.path.strip_prefix(BASE).unwrap_or(&self.path)
    }

    /// Whether it may be sent at another time: it changes nothing, and nothing but the state decides about its answer.
    pub(super) fn is_free(&self) -> bool {
        self.method == "GET" && self.request_auth.is_none() && self.path.starts_with(BASE)
    }

    /// Whether its path or query names what stands in another one's answer.
    pub(super) fn asks_for_what_was_shown_by(&self, other: &Self) -> bool {
        let shown = other.response_body.to_string();
        let asked = format!("{}?{}", self.path, self.query.as_deref().unwrap_or_default());
        let numbers = asked.split(|letter: char| !letter.is_ascii_digit()).filter(|text| !text.is_empty());
        numbers.into_iter().any(|number| shown.contains(number))
    }
}

fn text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/harbor").join(name);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A file's exchanges with their line numbers, from 0 on.
pub(super) fn read(file: &str) -> Vec<(usize, Exchange)> {
    let read = |(at, line): (usize, &str)| {
        (at, serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}:{at}: {error}")))
    };
    text(&format!("{file}.jsonl")).lines().enumerate().map(read).collect()
}

/// What must be there before a file is replayed, and what happened between its lines.
pub(super) fn preparations() -> Value {
    serde_json::from_str(&text("preparations.json")).unwrap()
}

/// Who sent requests, and with which passwords.
pub(super) fn identities() -> Value {
    serde_json::from_str(&text("identities.json")).unwrap()
}

/// The lines of one section of `generated.txt`, without comments.
pub(super) fn section(name: &str) -> Vec<String> {
    let text = text("generated.txt");
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let from_section = lines.skip_while(|line| *line != format!("[{name}]")).skip(1);
    from_section.take_while(|line| !line.starts_with('[')).map(str::to_owned).collect()
}

/// How many exchanges each file has.
pub(super) fn lines_of_files() -> BTreeMap<String, usize> {
    recorded::counts(&text("lines.txt"))
}

/// File and line of exchanges that are known to differ.
pub(super) fn known_differences() -> Vec<(String, usize)> {
    recorded::differences(&text("known-differences.txt"))
}

/// Operations that the simulator does not have, as method and path below the API's, each with a reason.
pub(super) fn left_out() -> Vec<(String, String)> {
    let text = text("left-out.txt");
    let read = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let (method, path, reason) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or_default());
        assert!(reason.len() > 10, "no reason in {line:?}");
        (method.to_owned(), path.to_owned())
    };
    recorded::lines(&text).map(read).collect()
}
