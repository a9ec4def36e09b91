//! Lines in the form that Terraform parses. What is not in that form it shows as raw text, at the level DEBUG.

use std::fmt;
use std::io::{self, Write};
use std::sync::Mutex;

use serde_json::{Map, Value as Json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::{FRAMEWORK, PROTOCOL, PROVIDER};
use crate::plugin::screen;

/// Longest line with its end, in bytes. Terraform splits longer ones and takes the parts for raw text.
const LONGEST_LINE: usize = 64 << 10;

/// What stands at the end of a text that was cut.
const CUT: &str = "... (cut)";

/// Writes events. Whole lines only, one at a time.
pub(super) struct Lines<W> {
    name: &'static str,
    out: Mutex<W>,
}

impl<W: Write + Send + 'static> Lines<W> {
    /// `name` is the provider's.
    pub(super) fn new(name: &'static str, out: W) -> Self {
        Self { name, out: Mutex::new(out) }
    }
}

/// A span's fields.
struct Fields(Map<String, Json>);

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + Send + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Map::new();
        attributes.record(&mut Collect(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Fields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(&mut Collect(&mut fields.0));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Map::new();
        event.record(&mut Collect(&mut fields));
        let message = fields.remove("message");
        let message = message.as_ref().and_then(Json::as_str).unwrap_or_default();
        let metadata = event.metadata();
        let mut line = head(*metadata.level(), message, &module(self.name, metadata.target()));
        if let Some(caller) = caller(metadata) {
            line.insert("@caller".to_owned(), caller.into());
        }
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(Fields(fields)) = span.extensions().get::<Fields>() {
                line.extend(fields.clone());
            }
        }
        line.extend(fields);
        let line = text(line);
        if let Ok(mut out) = self.out.lock() {
            // Nobody is left to be told.
            let _ = out.write_all(line.as_bytes());
        }
    }
}

/// Writes a line without a subscriber.
pub(super) fn write_alone(
    out: &mut impl Write,
    message: &str,
    location: &str,
    backtrace: Option<&str>,
) -> io::Result<()> {
    let mut line = head(Level::ERROR, message, "sdk.proto");
    line.insert("location".to_owned(), location.into());
    if let Some(backtrace) = backtrace {
        line.insert("backtrace".to_owned(), backtrace.into());
    }
    out.write_all(text(line).as_bytes())
}

/// The keys that every line has. All are text: another type makes Terraform panic.
fn head(level: Level, message: &str, module: &str) -> Map<String, Json> {
    // Exactly six digits of a second, or Terraform takes the whole line for raw text.
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let level = level.as_str().to_ascii_lowercase();
    let pairs = [("@level", level.as_str()), ("@message", message), ("@module", module), ("@timestamp", now.as_str())];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect()
}

/// Our targets, as other providers name the parts of theirs: `quay.http`, `sdk.proto`.
fn module(name: &str, target: &str) -> String {
    if target.starts_with(PROTOCOL) {
        return "sdk.proto".to_owned();
    }
    if target.starts_with(FRAMEWORK) {
        return "sdk.framework".to_owned();
    }
    let package = target.strip_prefix(PROVIDER).and_then(|own| own.split("::").next());
    match package.filter(|package| *package != name) {
        Some(package) => format!("{name}.{package}"),
        None => name.to_owned(),
    }
}

fn caller(metadata: &Metadata<'_>) -> Option<String> {
    Some(format!("{}:{}", metadata.file()?, metadata.line()?))
}

/// As JSON with its end of line; the longest text is halved until it fits. Terraform prints messages and fields as they are: messages have
/// one line.
fn text(mut line: Map<String, Json>) -> String {
    for (key, value) in &mut line {
        if let Json::String(text) = value {
            let all = std::mem::take(text);
            *text = if key == "@message" { screen::line(all) } else { screen::paragraphs(all) };
        }
    }
    loop {
        // Fails for maps with keys that are not text, and for writers that fail: neither is here.
        let mut text = serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
        if text.len() <= LONGEST_LINE {
            return text;
        }
        let texts = line.values_mut().filter_map(|value| match value {
            Json::String(text) => Some(text),
            _ => None,
        });
        match texts.max_by_key(|text| text.len()).filter(|text| text.len() > 2 * CUT.len()) {
            Some(longest) => cut(longest),
            None => return String::new(),
        }
    }
}

fn cut(text: &mut String) {
    let half = text.len() / 2;
    let end = (0..=half).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    text.truncate(end);
    text.push_str(CUT);
}

/// Collects fields as JSON.
struct Collect<'a>(&'a mut Map<String, Json>);

impl Collect<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Json>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Collect<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let subscriber = tracing_subscriber::registry().with(Lines::new("quay", buffer.clone()));
        tracing::subscriber::with_default(subscriber, work);
        String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_line_has_what_terraform_parses() {
        let text = logged(|| tracing::warn!(count = 3, ok = true, "a \"message\"\nof two lines"));
        assert_eq!(text.matches('\n').count(), 1);
        let line: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "a \"message\"\\nof two lines");
        assert_eq!(line["@module"], "sdk.proto");
        assert!(line["@caller"].as_str().unwrap().contains("lines.rs:"));
        assert_eq!((&line["count"], &line["ok"]), (&3.into(), &true.into()));
    }

    #[test]
    fn nothing_in_a_line_steers_a_terminal() {
        let said = "\u{1b}[2J\n\u{202e}\u{9b}";
        let text = logged(|| {
            let span = tracing::info_span!("call", name = said);
            span.in_scope(|| tracing::info!(text = said, debug = ?said, shown = %said, "said: {said}"));
        });
        let line: Json = serde_json::from_str(&text).unwrap();
        let fields = line.as_object().unwrap();
        assert_eq!(fields["@message"], r"said: \u{1b}[2J\n\u{202e}\u{9b}");
        for name in ["name", "text", "debug", "shown"] {
            let field = fields[name].as_str().unwrap();
            assert!(field.contains(r"\u{1b}[2J") && field.contains(r"\u{202e}\u{9b}"), "{name}: {field}");
            assert!(field.chars().all(|c| c == '\n' || !c.is_control()), "{name}: {field}");
        }
        let mut out = Vec::new();
        write_alone(&mut out, said, said, Some(said)).unwrap();
        let line: Json = serde_json::from_slice(&out).unwrap();
        assert_eq!(line["@message"], r"\u{1b}[2J\n\u{202e}\u{9b}");
        assert!(!line.to_string().contains(r"\u001b") && line["backtrace"].as_str().unwrap().contains('\n'), "{line}");
    }

    #[test]
    fn the_timestamp_has_six_digits_of_a_second() {
        let line: Json = serde_json::from_str(&logged(|| tracing::info!("x"))).unwrap();
        let timestamp = line["@timestamp"].as_str().unwrap();
        let shape: String = timestamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000000Z");
        assert!(timestamp.parse::<jiff::Timestamp>().is_ok());
    }

    #[test]
    fn a_call_s_keys_are_on_every_line_within_it() {
        let text = logged(|| {
            let span = super::super::span("a/b/quay", "ReadResource", super::super::Subject::Resource("quay_robot"));
            span.in_scope(|| tracing::debug!("first"));
            span.in_scope(|| tracing::debug!("second"));
            tracing::debug!("outside");
        });
        let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &lines[..2] {
            assert_eq!(line["tf_rpc"], "ReadResource");
            assert_eq!(line["tf_resource_type"], "quay_robot");
            assert_eq!(line["tf_provider_addr"], "a/b/quay");
            assert_eq!(line["tf_proto_version"], "6.11");
            assert!(line.get("tf_data_source_type").is_none());
        }
        assert_eq!(lines[0]["tf_req_id"], lines[1]["tf_req_id"]);
        assert!(lines[2].get("tf_rpc").is_none());
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_still_parses() {
        let long = "\u{1}ä".repeat(LONGEST_LINE);
        let text = logged(|| tracing::error!(body = long, short = "kept", "{long}"));
        assert!(text.len() <= LONGEST_LINE);
        assert!(text.len() > LONGEST_LINE / 8, "cut too much: {}", text.len());
        let line: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(line["short"], "kept");
        assert!(line["@message"].as_str().unwrap().ends_with(CUT));
        assert!(line["body"].as_str().unwrap().ends_with(CUT));
    }

    #[test]
    fn parts_are_named_as_in_other_providers() {
        assert_eq!(module("quay", "container_registries::plugin::guard"), "sdk.proto");
        assert_eq!(module("quay", "terraform_framework::engine"), "sdk.framework");
        assert_eq!(module("quay", "registry_http::client"), "quay.http");
        assert_eq!(module("quay", "registry_quay::robot"), "quay");
        assert_eq!(module("quay", "elsewhere::http"), "quay");
    }

    #[test]
    fn a_panic_is_reported_without_a_subscriber() {
        let mut out = Vec::new();
        write_alone(&mut out, "panic: boom", "src/x.rs:1:2", None).unwrap();
        let line: Json = serde_json::from_slice(&out).unwrap();
        assert_eq!((&line["@level"], &line["@message"]), (&"error".into(), &"panic: boom".into()));
        assert_eq!(line["location"], "src/x.rs:1:2");
    }
}
