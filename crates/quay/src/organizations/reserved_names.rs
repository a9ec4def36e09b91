//! Names of deleted organizations and users, which stay reserved until Quay has cleaned up.

use registry_http::Kind;
use terraform_framework::{Context, Error, Result};
use tokio::time::Instant;

use crate::client::Quay;

/// True for a refusal (400) that says this; letter case does not matter.
pub(crate) fn says(error: &registry_http::Error, text: &str) -> bool {
    let message = error.message().unwrap_or_default().to_lowercase();
    error.status() == Some(400) && message.contains(&text.to_lowercase())
}

/// Sends a creation, and sends it again as long as its name is reserved by a deletion that is under way.
///
/// # Errors
/// When the time for it is over, or the user stops it. Any other failure is handed on inside.
pub(crate) async fn once_free<T, F>(cx: &Context<Quay>, send: impl Fn() -> F) -> Result<registry_http::Result<T>>
where
    F: Future<Output = registry_http::Result<T>>,
{
    let hint = "The name belongs to an organization or user that was deleted; it is free again when Quay has cleaned up. Apply again \
                later, or allow more time in `timeouts.create`.";
    let mut is_reserved = false;
    loop {
        let error = match send().await {
            Err(error) if says(&error, "Username is not available") => error,
            Err(error) if is_reserved && error.kind() == Kind::TimedOut => {
                return Err(Error::from(error).with_hint(hint));
            }
            answer => return Ok(answer),
        };
        is_reserved = true;
        let next = Instant::now() + cx.poll;
        if next >= cx.deadline() {
            return Err(Error::from(error).with_hint(hint));
        }
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = cx.stop().cancelled() => {
                return Err(Error::from(error).with_hint("It was waited for the name to become free, until that was stopped."));
            }
        }
    }
}
