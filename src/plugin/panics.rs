//! Panics: a defect of ours, told to the user and to the log, and never a hang.
//!
//! Terraform watches a provider's standard error for a line that begins with `panic: `. It keeps what follows, and when
//! the command fails it prints it under "The plugin crashed!". That is right for a panic that nobody caught. A panic in a
//! call is caught, and told in the call's own error, with the place; to call that a crash would be wrong, and would bury
//! the error. So its `panic: ` report is a log line.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::future::Future;
use std::io::Write;
use std::panic::PanicHookInfo;

use terraform_framework::defect;

use super::{log, screen};

tokio::task_local! {
    /// Set within a call.
    static CALL: ();
}

/// Installs the hook for the whole process.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(hook));
}

/// Panics in `work` are caught by the caller.
pub(crate) async fn expected<T>(work: impl Future<Output = T>) -> T {
    CALL.scope((), work).await
}

fn hook(info: &PanicHookInfo<'_>) {
    let message = defect::text(info.payload());
    let location = info.location().map_or_else(|| "unknown place".to_owned(), ToString::to_string);
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    if CALL.try_with(|()| ()).is_ok() {
        log::panic(message, &location, backtrace.as_deref());
        defect::note(message, location);
        return;
    }
    let mut report = format!("panic: {message}\n\nat {location}\n");
    if let Some(backtrace) = backtrace {
        report.push_str(&backtrace);
    }
    let _ = std::io::stderr().lock().write_all(screen::paragraphs(report).as_bytes());
}
