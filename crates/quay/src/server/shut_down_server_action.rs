//! Action `quay_shut_down_server`.
//!
//! Endpoint: `superuser/shutdown`; see [`crate::api::server`].

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::docker;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result, check};

use crate::api::server;
use crate::client::Quay;
use crate::features;

/// Shuts the server down: Quay interrupts the first process of the container that got the request, which ends, and with it all pushes and
/// pulls that it serves. Where something starts ended containers again (Kubernetes and the Quay operator do, as does a restart policy) this
/// is a restart, so that a changed configuration counts. Where nothing does, Quay is down until somebody starts it. Of several containers only
/// one ends.
///
/// Do not trigger it beside other changes of the same server: what is sent to it meanwhile fails.
///
/// Scope: `super:user`, of a superuser. Needs FEATURE_SUPER_USERS. quay.io refuses it.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_shut_down_server", subcategory = "Server")]
pub struct ShutDownServer {
    /// Name of the server as in the provider's `url`, with the port if there is one (`quay.example.com`, `localhost:8080`), as a
    /// confirmation: of any other server, nothing is done.
    #[attribute(required, check = check::length(1, 255))]
    host: String,
}

#[async_trait]
impl Action for ShutDownServer {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let host = docker::host(cx.url());
        refuse(&config.host, &host)?;
        progress.say(format!("Shutting down {host}.")).await;
        match cx.send(server::shut_down()).await {
            Ok(()) => progress.say(format!("{host} shuts down.")).await,
            // The server may have ended before it could answer; a proxy says so with a failure of its own, and nothing else does.
            Err(error) if error.kind() == Kind::UnknownOutcome && error.status().is_none_or(|status| status >= 500) => {
                let detail = format!(
                    "{host} was asked to shut down, and its answer did not arrive: most likely it did. Look whether it runs."
                );
                cx.warn("No answer of the server", detail);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, config: ShutDownServerView, report: &mut Report) {
        if let Some(given) = config.host.known()
            && let Err(other) = refuse(given, &docker::host(cx.url()))
        {
            report.error("host", other.summary(), other.detail());
        }
        cx.expect(&features::SHUTDOWN, report).await;
    }
}

fn refuse(given: &str, host: &str) -> Result<()> {
    if given == host {
        return Ok(());
    }
    let detail = format!(
        "The provider is configured for {host}. Nothing was changed. To shut that down, set `host = \"{host}\"`."
    );
    Err(Error::new(format!("{given} is another server"), detail).at("host"))
}
