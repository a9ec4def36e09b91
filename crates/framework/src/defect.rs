//! A panic, as the error of the operation that it ended.

use std::any::Any;
use std::cell::RefCell;

use super::Diagnostic;

thread_local! {
    /// Between the panic hook and the place that catches, on the thread that panics.
    static REPORT: RefCell<Option<Report>> = const { RefCell::new(None) };
}

/// What is known of a panic.
struct Report {
    message: String,
    location: String,
}

/// Keeps what only a panic hook is told, for whoever catches the panic.
pub fn note(message: &str, location: String) {
    REPORT.set(Some(Report { message: message.to_owned(), location }));
}

/// The error of what panicked.
pub fn diagnostic(payload: &(dyn Any + Send)) -> Diagnostic {
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

/// What a panic said.
pub fn text(payload: &(dyn Any + Send)) -> &str {
    let string = payload.downcast_ref::<String>().map(String::as_str);
    string.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
