//! Panics: a defect of ours, told to the user and to the log, and never a hang.
//!
//! Terraform watches a provider's standard error for a line that begins with `panic: `. It keeps what follows, and when
//! the command fails it prints it under "The plugin crashed!". That is right for a panic that nobody caught. A panic in a
//! call is caught, and told in the call's own error, with the place; to call that a crash would be wrong, and would bury
//! the error. So its `panic: ` report is a log line.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::future::Future;
use std::io::Write;
use std::panic::PanicHookInfo;

use super::log;
use crate::framework::Diagnostic;

tokio::task_local! {
    /// Set within a call.
    static CALL: ();
}

thread_local! {
    /// Between the hook and the place that catches, on the thread that panics.
    static REPORT: RefCell<Option<Report>> = const { RefCell::new(None) };
}

/// What is known of a panic.
#[derive(Debug)]
struct Report {
    message: String,
    location: String,
}

/// Installs the hook for the whole process.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(hook));
}

/// Panics in `work` are caught by the caller.
pub(crate) async fn expected<T>(work: impl Future<Output = T>) -> T {
    CALL.scope((), work).await
}

/// The error of the call that panicked.
pub(crate) fn diagnostic(payload: &(dyn Any + Send)) -> Diagnostic {
    let report = REPORT.take();
    let (message, place) = match &report {
        Some(report) => (report.message.as_str(), format!(" at {}", report.location)),
        None => (text(payload), String::new()),
    };
    Diagnostic::error(
        "The provider ran into a defect of its own",
        format!(
            "The provider panicked during this call{place}:\n\n{message}\n\nWhether the server was changed before that is \
             not known; the next plan will show it. Other operations are not affected. Please report this to the \
             provider's maintainers, with this text and the configuration that leads to it."
        ),
    )
}

fn hook(info: &PanicHookInfo<'_>) {
    let message = text(info.payload());
    let location = info.location().map_or_else(|| "unknown place".to_owned(), ToString::to_string);
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    if CALL.try_with(|()| ()).is_ok() {
        log::panic(message, &location, backtrace.as_deref());
        REPORT.set(Some(Report { message: message.to_owned(), location }));
        return;
    }
    let mut report = format!("panic: {message}\n\nat {location}\n");
    if let Some(backtrace) = backtrace {
        report.push_str(&backtrace);
    }
    let _ = std::io::stderr().lock().write_all(report.as_bytes());
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let string = payload.downcast_ref::<String>().map(String::as_str);
    string.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
