//! Ephemeral resource `quay_oauth_client_secret`: the secret of an OAuth application, stored nowhere.

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Ephemeral, Model, Opened, Result, Secret, check};

use super::oauth_application::secret_of;
use crate::api::applications::{self, ApplicationKey};
use crate::client::Quay;
use crate::names;

/// Gives an OAuth application's client secret without storing it in state or plan.
///
/// Use the `client_id` of a `quay_oauth_application` here: while the application is still to be made, Terraform then waits with reading
/// the secret.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_oauth_client_secret", subcategory = "OAuth applications")]
pub struct OauthClientSecret {
    /// Organization that the application belongs to.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Client id of the application.
    #[attribute(required, check = check::length(1, 255))]
    client_id: String,
    /// What the application proves itself with.
    #[computed(sensitive)]
    client_secret: Computed<Secret>,
}

#[async_trait]
impl Ephemeral for OauthClientSecret {
    type Client = Quay;
    type Private = ();

    async fn open(cx: &mut Context<Quay>, config: Self) -> Result<Opened<Self>> {
        let key = ApplicationKey { organization: config.organization.clone(), client_id: config.client_id.clone() };
        let found = cx.send(applications::get(&key)).await?;
        let result = Self { client_secret: Computed::from(secret_of(&found)?), ..config };
        Ok(Opened { result, private: (), renew_at: None })
    }
}
