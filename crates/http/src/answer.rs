//! What a server answered: status, headers and the whole body.

use std::borrow::Cow;
use std::fmt;

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;

use super::decode;

/// Longest excerpt of an answer that is shown to a person, in characters.
const EXCERPT: usize = 200;
/// Longest content type that is shown, in bytes.
const LONGEST_MEDIA_TYPE: usize = 60;
/// Longest JSON text of which any value is made, in bytes. A value takes up to seventy times as many bytes as its text.
const LARGEST_VALUE: usize = 256 << 10;

/// A complete answer. Its body never shows in `Debug`: it may hold secrets.
#[derive(Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// An answer from its parts, as tests of an [`ErrorModel`](super::ErrorModel) need it. An invalid status becomes 500.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers, body: body.into() }
    }

    pub(crate) fn from_parts(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self { status, headers, body }
    }

    /// The same answer with one header more. An invalid value is left out.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The status as a person reads it: `403 Forbidden`.
    pub fn status_text(&self) -> String {
        self.status.to_string().replace(" <unknown status code>", "")
    }

    /// A header's value, if it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as it came.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON, whatever the content type says (Quay sends JSON as `text/html` at times). For messages and other small things: a body
    /// of more than 256 KiB is taken for none.
    pub fn json(&self) -> Option<Value> {
        if self.body.len() > LARGEST_VALUE {
            return None;
        }
        serde_json::from_slice(&self.body).ok()
    }

    /// The text of the part of the body at a JSON pointer, however large the body is. `None` where the body is not JSON, holds too much, or
    /// has nothing there.
    pub fn text_at(&self, pointer: &str) -> Option<&str> {
        decode::part(self, pointer).ok()
    }

    /// The part of the body at a JSON pointer, if it is small: of more than 256 KiB nothing is made.
    pub fn json_at(&self, pointer: &str) -> Option<Value> {
        let text = self.text_at(pointer).filter(|text| text.len() <= LARGEST_VALUE)?;
        serde_json::from_str(text).ok()
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Whether there is nothing in the body but white space.
    pub fn is_blank(&self) -> bool {
        self.body.iter().all(u8::is_ascii_whitespace)
    }

    /// Whether the body is markup. The content type is no help: Quay sends JSON as `text/html`.
    pub fn is_html(&self) -> bool {
        self.body.trim_ascii_start().starts_with(b"<")
    }

    /// A short readable form of a body that is not this API's JSON, for an error. Of a successful answer, whatever stands in it, only what it
    /// is and how large: a secret may be anywhere in it, also behind what a proxy has written before the JSON. Of a failure, title and text
    /// of an HTML page, or the beginning of a text, up to the first bracket: what stands in brackets may be data, whatever language wrote it.
    pub fn excerpt(&self) -> String {
        self.excerpt_without(str::to_owned)
    }

    /// The same; `hide` takes out what must not be shown, before anything is shortened.
    pub(crate) fn excerpt_without(&self, hide: impl Fn(&str) -> String) -> String {
        if self.is_blank() {
            return "an empty body".to_owned();
        }
        let body = self.text();
        let is_json = matches!(body.trim_start().as_bytes().first(), Some(b'{' | b'[' | b'"'));
        if self.status.is_success() || is_json {
            return self.outline(is_json);
        }
        if self.is_html() {
            return format!("an HTML page: {}", shorten(&hide(before_data(&text_of_html(&body))), EXCERPT));
        }
        let text = before_data(&body);
        // What stands there may be nothing that can be read: a byte order mark, for one.
        if text.contains(char::is_alphanumeric) { shorten(&hide(text), EXCERPT) } else { self.outline(false) }
    }

    /// What it is, and how large.
    fn outline(&self, is_json: bool) -> String {
        let size = self.body.len();
        if self.is_html() {
            return format!("an HTML page of {size} bytes");
        }
        if is_json {
            return format!("JSON of {size} bytes");
        }
        match self.media_type() {
            Some(media_type) => format!("{size} bytes that are not JSON, sent as {media_type}"),
            None => format!("{size} bytes that are not JSON"),
        }
    }

    /// The content type without its parameters, if it looks like one: it is shown.
    fn media_type(&self) -> Option<&str> {
        let media_type = self.header("content-type")?.split(';').next()?.trim();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "/+-._".contains(c);
        (media_type.len() <= LONGEST_MEDIA_TYPE && media_type.contains('/') && media_type.chars().all(is_part))
            .then_some(media_type)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// At most `limit` characters of `text` in one line.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// What stands before the first object or list, which may hold secrets: of JSON, of a dump of Python's or Go's, of a template.
fn before_data(text: &str) -> &str {
    text.split(['{', '[']).next().unwrap_or_default()
}

/// The text between the tags, without scripts and styles. Enough for an excerpt; it is no HTML parser.
fn text_of_html(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let tag = after.get(..6).unwrap_or(after).to_ascii_lowercase();
        let end = if tag.starts_with("script") {
            "</script>"
        } else if tag.starts_with("style") {
            "</style>"
        } else if tag.starts_with("!--") {
            "-->"
        } else {
            ">"
        };
        rest = find_ignoring_case(after, end).map_or("", |start| &after[start + end.len()..]);
    }
    text.push_str(rest);
    for (entity, plain) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
    {
        text = text.replace(entity, plain);
    }
    text
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes().windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn an_html_page_is_shown_as_its_text() {
        let page = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>b{c:d}</style><script>var a = '<b>';</script></head>\
                    <body><!-- no > one --><center><h1>502 Bad&nbsp;Gateway</h1></center>\n\n<hr>nginx</body></html>";
        assert_eq!(
            Answer::new(502, "text/html", page).excerpt(),
            "an HTML page: 502 Bad Gateway 502 Bad Gateway nginx"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let excerpt = Answer::new(500, "", "é".repeat(5000)).excerpt();
        assert_eq!(excerpt.chars().count(), 201);
    }

    #[test]
    fn odd_bytes_and_unclosed_tags_are_survived() {
        for body in [
            &b"<"[..],
            b"<script",
            b"\xff\xfe<a",
            b"<!--",
            b"<a><b",
            "<\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}>x".as_bytes(),
        ] {
            let answer = Answer::new(500, "text/html", body.to_vec());
            assert!(answer.excerpt().len() < 300);
        }
    }

    #[test]
    fn json_is_not_shown() {
        assert_eq!(Answer::new(500, "application/json", r#"{"token":"SECRET"}"#).excerpt(), "JSON of 18 bytes");
        assert!(!format!("{:?}", Answer::new(200, "", "SECRET")).contains("SECRET"));
    }

    #[test]
    fn nothing_of_a_successful_answer_is_shown() {
        for (status, content_type, body, shown) in [
            (200, "application/json", "SECRET", "6 bytes that are not JSON, sent as application/json"),
            (201, "text/html; charset=utf-8", "SECRET", "6 bytes that are not JSON, sent as text/html"),
            (200, "", "SECRET", "6 bytes that are not JSON"),
            (200, "SECRET", "x", "1 bytes that are not JSON"),
            (200, "text/SECRET SECRET", "x", "1 bytes that are not JSON"),
            (200, "text/html", "<title>SECRET</title>", "an HTML page of 21 bytes"),
            (299, "", "\n<p>SECRET", "an HTML page of 10 bytes"),
            (200, "application/json", r#"{"token":"SECRET"}"#, "JSON of 18 bytes"),
            (204, "", " \n", "an empty body"),
        ] {
            assert_eq!(Answer::new(status, content_type, body).excerpt(), shown);
        }
    }

    #[test]
    fn of_a_failure_the_text_before_data_is_shown() {
        for (body, shown) in [
            ("upstream failed: {\"token\": \"SECRET\"}", "upstream failed:"),
            ("upstream failed 503 [SECRET] {x} [ {\"token\": \"SECRET\"}]", "upstream failed 503"),
            ("failed: {'token': 'SECRET'}", "failed:"),
            ("failed: {token: \"SECRET\"}", "failed:"),
            ("failed: map[token:SECRET]", "failed: map"),
            ("{'token': 'SECRET'}", "JSON of 19 bytes"),
            ("<pre>Error: {'token': 'SECRET'}</pre>", "an HTML page: Error:"),
            ("\u{feff}{\"token\":\"SECRET\"}", "21 bytes that are not JSON, sent as text/plain"),
            ("<pre>failed {\"token\":\"SECRET\"}</pre>", "an HTML page: failed"),
            ("a {", "a"),
            ("\u{feff}\0", "4 bytes that are not JSON, sent as text/plain"),
        ] {
            let excerpt = Answer::new(502, "text/plain", body).excerpt();
            assert!(excerpt.starts_with(shown) && !excerpt.contains("SECRET"), "{excerpt}");
        }
    }

    #[test]
    fn of_a_large_body_no_value_is_made() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count));
        let small = Answer::new(404, "application/json", list(1000));
        assert!(small.json().is_some() && small.json_at("/7").is_some());
        let large = Answer::new(404, "application/json", list(super::LARGEST_VALUE));
        assert!(large.json().is_none() && large.text_at("").is_none() && large.excerpt().starts_with("JSON of"));
        // What stands beside it can be read all the same, and is not copied.
        let many = list(90_000);
        let body = format!("{{\"many\":[{many},{many}],\"healthy\":false,\"few\":[1]}}");
        let object = Answer::new(503, "application/json", body);
        assert!(object.json().is_none() && object.json_at("/many").is_none() && object.text_at("/many/1").is_some());
        assert_eq!(object.text_at("/healthy"), Some("false"));
        assert_eq!(object.json_at("/few"), Some(serde_json::json!([1])));
    }
}
