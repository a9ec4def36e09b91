//! Action `quay_export_logs`.
//!
//! Endpoints: `user/exportlogs`, `organization/{organization}/exportlogs`, `repository/{repository}/exportlogs`; see
//! [`crate::api::logs`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result, check};

use super::log_query;
use crate::api::logs as api;
use crate::client::Quay;
use crate::{features, names};

/// Has Quay write usage logs to a file, and send a link to it: those of an organization, of a repository, or of the token's own user.
///
/// Quay does it in the background, and does not tell its API how far it is: the action ends when the server has taken the export on, and
/// says under which id.
///
/// Needs a server with FEATURE_LOG_EXPORT.
///
/// Scope: `org:admin` for an organization, `repo:admin` for a repository, `user:admin` for the token's own user. With `namespace` alone,
/// `user:read` too, to know whether it is the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_export_logs", subcategory = "Logs")]
pub struct ExportLogs {
    /// Organization whose logs are exported, or the token's own user, which it is by default.
    #[attribute(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Name of a repository within `namespace`: then only its logs are exported.
    #[attribute(optional, check = names::repository())]
    repository: Option<String>,
    /// The first day, in UTC, such as `2026-11-20`. Without it, from 24 hours ago on.
    #[attribute(optional, check = log_query::day())]
    start: Option<String>,
    /// The last day. Without it, today. With it, `start` is needed too.
    #[attribute(optional, check = log_query::day())]
    end: Option<String>,
    /// Address to which Quay posts the link, of a place that Quay can reach; from Quay 3.18 on not in a private network, unless the
    /// server's SSRF_ALLOWED_HOSTS names it, and without a name and password. Quay notes it in its usage logs, with all that is in it. This
    /// or `callback_email` is needed, or both.
    #[attribute(optional, check = check::length(1, 4096))]
    callback_url: Option<String>,
    /// E-mail address to which Quay sends the link.
    #[attribute(optional, check = check::length(3, 255))]
    callback_email: Option<String>,
}

/// Whether Quay says that it does not take the address.
fn is_about_address(error: &registry_http::Error) -> bool {
    error.message().is_some_and(|message| message.contains("URL") || message.contains("hostname"))
}

#[async_trait]
impl Action for ExportLogs {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let place = log_query::place(cx, config.namespace.as_ref(), config.repository.as_ref(), false).await?;
        let span = log_query::span(config.start.as_ref(), config.end.as_ref(), None);
        let (url, email) = (config.callback_url.as_deref(), config.callback_email.as_deref());
        let export = match cx.send(api::export(&place, &span, url, email)).await {
            Ok(export) => export,
            Err(error) if error.status() == Some(400) && is_about_address(&error) => {
                return Err(Error::from(error).at("callback_url").with_hint(
                    "From Quay 3.18 on, the address may hold no name and password, and may not be in a private network, unless the server's \
                     configuration names its host or network in SSRF_ALLOWED_HOSTS.",
                ));
            }
            Err(error) => return Err(log_query::explain(cx, &place, &span, error).await),
        };
        let words = place.words();
        progress.say(format!("The export of the logs of {words} is taken on: {}.", export.export_id)).await;
        Ok(())
    }

    fn validate(config: &ExportLogsView, report: &mut Report) {
        log_query::refuse_nowhere(&config.namespace, &config.repository, None, report);
        log_query::refuse_disorder(&config.start, &config.end, report);
        if config.callback_url.is_null() && config.callback_email.is_null() {
            let detail = "Quay would take the export on, and nobody would learn where it is. Set `callback_url` or `callback_email`.";
            report.error("callback_url", "It is not said where the link is to go", detail);
        }
        let url = config.callback_url.known();
        if url.is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            let detail = "Quay takes addresses that begin with https:// or http:// only.";
            report.error("callback_url", "This is no address that Quay can post to", detail);
        }
        if config.callback_email.known().is_some_and(|email| !email.contains('@')) {
            report.error("callback_email", "This is no e-mail address", "There is no @ in it.");
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _: ExportLogsView, report: &mut Report) {
        cx.expect(&features::LOG_EXPORT, report).await;
    }
}
