//! What surrounds every call: its span and log lines, and the net under it.
//!
//! A panic in a call becomes an error of that call. The process goes on, and so do all other calls.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::{FutureExt, Stream, StreamExt};
use terraform_framework::server::{ActionEvent, ListEvent, Sink};
use terraform_framework::{Diagnostic, Diagnostics, defect};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::{Instrument, Span};

use super::panics;
use super::proto::tfplugin6 as proto;

/// Events that wait for the client before the provider has to.
const EVENTS_AHEAD: usize = 16;

/// What can say that a call failed.
pub(crate) trait Fallible: Send {
    /// Says nothing else.
    fn failed(diagnostic: Diagnostic) -> Self;
}

/// The one answer to a call.
pub(crate) trait Answer: Fallible {
    /// What it says to the user.
    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &[]
    }
}

/// One of the events of a call.
pub(crate) trait Told: Fallible {
    /// What it says to the user.
    fn diagnostics(&self) -> Option<&Diagnostics>;
}

/// Runs a call to its end.
pub(crate) async fn call<A: Answer>(span: Span, work: impl Future<Output = A> + Send) -> A {
    async {
        let report = Report::begun();
        let answer = caught(work).await.unwrap_or_else(A::failed);
        report.say(answer.diagnostics());
        report.end();
        answer
    }
    .instrument(span)
    .await
}

/// Runs a call that sends events. It runs only while the stream is polled, and dies with it.
pub(crate) fn stream<E, F>(span: Span, work: impl FnOnce(Sink<E>) -> F) -> impl Stream<Item = E> + Send
where
    E: Told + 'static,
    F: Future<Output = ()> + Send,
{
    let (sink, events) = mpsc::channel(EVENTS_AHEAD);
    let report = Arc::new(span.in_scope(Report::begun));
    let work = work(sink.clone());
    let run = async move {
        if let Err(diagnostic) = caught(work).await {
            // Fails only when nobody listens any more.
            let _ = sink.send(E::failed(diagnostic)).await;
        }
    };
    let run = run.instrument(span.clone()).into_stream().filter_map(|()| std::future::ready(None));
    let events = ReceiverStream::new(events).inspect({
        let (span, report) = (span.clone(), Arc::clone(&report));
        move |event: &E| {
            let told = event.diagnostics().into_iter().flat_map(|all| &all.0);
            span.in_scope(|| report.say(&told.cloned().map(Into::into).collect::<Vec<_>>()));
        }
    });
    let end = async move { span.in_scope(|| report.end()) }.into_stream();
    futures::stream::select(events, run).chain(end.filter_map(|()| std::future::ready(None)))
}

async fn caught<T>(work: impl Future<Output = T> + Send) -> Result<T, Diagnostic> {
    AssertUnwindSafe(panics::expected(work)).catch_unwind().await.map_err(|payload| defect::diagnostic(&*payload))
}

/// What the log is told of a call.
struct Report {
    started: Instant,
    errors: AtomicUsize,
    warnings: AtomicUsize,
}

impl Report {
    fn begun() -> Self {
        tracing::trace!("Received request");
        Self { started: Instant::now(), errors: AtomicUsize::new(0), warnings: AtomicUsize::new(0) }
    }

    /// What the user is told.
    fn say(&self, diagnostics: &[proto::Diagnostic]) {
        if !tracing::enabled!(tracing::Level::ERROR) {
            return;
        }
        for d in diagnostics {
            let attribute = d.attribute.as_ref().map(attribute_path);
            let attribute = attribute.as_deref();
            if d.severity() == proto::diagnostic::Severity::Error {
                self.errors.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    diagnostic_severity = "ERROR",
                    diagnostic_summary = d.summary,
                    diagnostic_detail = d.detail,
                    tf_attribute_path = attribute,
                    "Response contains error diagnostic"
                );
            } else {
                self.warnings.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(
                    diagnostic_severity = "WARNING",
                    diagnostic_summary = d.summary,
                    diagnostic_detail = d.detail,
                    tf_attribute_path = attribute,
                    "Response contains warning diagnostic"
                );
            }
        }
    }

    fn end(&self) {
        tracing::trace!(
            tf_req_duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            diagnostic_error_count = self.errors.load(Ordering::Relaxed),
            diagnostic_warning_count = self.warnings.load(Ordering::Relaxed),
            "Served request"
        );
    }
}

fn attribute_path(path: &proto::AttributePath) -> String {
    use proto::attribute_path::step::Selector;
    let mut text = String::new();
    for selector in path.steps.iter().filter_map(|step| step.selector.as_ref()) {
        match selector {
            Selector::AttributeName(name) if text.is_empty() => text.push_str(name),
            Selector::AttributeName(name) => text.extend([".", name]),
            Selector::ElementKeyString(key) => text.push_str(&format!("[{key:?}]")),
            Selector::ElementKeyInt(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

macro_rules! answers {
    ($($message:ident),* $(,)?) => {$(
        impl Fallible for proto::$message::Response {
            fn failed(diagnostic: Diagnostic) -> Self {
                let mut answer = Self::default();
                answer.diagnostics.push(diagnostic.into());
                answer
            }
        }

        impl Answer for proto::$message::Response {
            fn diagnostics(&self) -> &[proto::Diagnostic] {
                &self.diagnostics
            }
        }
    )*};
}

answers!(
    apply_resource_change,
    close_ephemeral_resource,
    configure_provider,
    generate_resource_config,
    get_functions,
    get_metadata,
    get_provider_schema,
    get_resource_identity_schemas,
    import_resource_state,
    move_resource_state,
    open_ephemeral_resource,
    plan_action,
    plan_resource_change,
    read_data_source,
    read_resource,
    renew_ephemeral_resource,
    upgrade_resource_identity,
    upgrade_resource_state,
    validate_action_config,
    validate_data_resource_config,
    validate_ephemeral_resource_config,
    validate_list_resource_config,
    validate_provider_config,
    validate_resource_config,
);

impl Fallible for proto::call_function::Response {
    fn failed(diagnostic: Diagnostic) -> Self {
        let error = proto::FunctionError { text: in_a_text(diagnostic), function_argument: None };
        Self { error: Some(error), result: None }
    }
}

impl Answer for proto::call_function::Response {}

impl Fallible for proto::stop_provider::Response {
    fn failed(diagnostic: Diagnostic) -> Self {
        Self { error: in_a_text(diagnostic) }
    }
}

/// A diagnostic where there is room for a text only.
fn in_a_text(diagnostic: Diagnostic) -> String {
    let diagnostic = proto::Diagnostic::from(diagnostic);
    format!("{}: {}", diagnostic.summary, diagnostic.detail)
}

impl Answer for proto::stop_provider::Response {}

impl Fallible for ListEvent {
    fn failed(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: diagnostic.into(), ..Default::default() }
    }
}

impl Fallible for ActionEvent {
    fn failed(diagnostic: Diagnostic) -> Self {
        Self::Completed(Diagnostics::from(diagnostic))
    }
}

impl Told for ListEvent {
    fn diagnostics(&self) -> Option<&Diagnostics> {
        Some(&self.diagnostics)
    }
}

impl Told for ActionEvent {
    fn diagnostics(&self) -> Option<&Diagnostics> {
        match self {
            Self::Progress(_) => None,
            Self::Completed(diagnostics) => Some(diagnostics),
        }
    }
}
