//! Action `quay_reset_oauth_client_secret`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Result, check};

use crate::api::applications::{self, ApplicationKey};
use crate::client::Quay;
use crate::names;

/// Gives an OAuth application a new client secret. The old one stops working at once; the application's tokens go on.
///
/// A `quay_oauth_application` with `store_client_secret = true` has the new secret after its next refresh, but its
/// `client_secret_version` stays as it is: where other resources shall follow a new secret, change `rotation` of the
/// `quay_oauth_application` instead.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_reset_oauth_client_secret", subcategory = "OAuth applications")]
pub struct ResetOauthClientSecret {
    /// Organization that the application belongs to.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Client id of the application.
    #[attribute(required, check = check::length(1, 255))]
    client_id: String,
}

#[async_trait]
impl Action for ResetOauthClientSecret {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = ApplicationKey { organization: config.organization, client_id: config.client_id };
        cx.send(applications::reset_secret(&key)).await?;
        progress.say(format!("OAuth application {key} has a new client secret; the old one no longer works.")).await;
        Ok(())
    }
}
