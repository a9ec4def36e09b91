//! Ephemeral resource `quay_build_trigger_webhook`: where a Git server reports what is pushed, stored nowhere.
//!
//! Endpoint: `repository/{repository}/trigger/`; see [`crate::api::triggers`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Ephemeral, Error, Model, Opened, Result, Secret, check};

use super::build_trigger::{WEBHOOK, unknown};
use crate::api::keys::RepositoryKey;
use crate::api::triggers::{self, TriggerKey};
use crate::client::Quay;
use crate::names;

/// Gives the address to which a plain Git server must report what is pushed, without storing it in state or plan: it holds a secret.
///
/// Quay makes it when the trigger is set up: before that it is null, also in the plan that is to set the trigger up. Triggers of other services
/// (GitHub, GitLab, Bitbucket) have no such address, because Quay tells these itself: for them it is an error.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_build_trigger_webhook", subcategory = "Builds")]
pub struct BuildTriggerWebhook {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Id of the trigger, of the service `custom-git`.
    #[attribute(required, check = check::length(1, 255))]
    trigger_id: String,
    /// The address; null as long as the trigger is not set up.
    #[computed(sensitive)]
    webhook_url: Computed<Option<Secret>>,
}

#[async_trait]
impl Ephemeral for BuildTriggerWebhook {
    type Client = Quay;
    type Private = ();

    async fn open(cx: &mut Context<Quay>, config: Self) -> Result<Opened<Self>> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let key = TriggerKey { repository, id: config.trigger_id.clone() };
        let found = cx.find(triggers::among(&key)).await?.ok_or_else(|| unknown(&key))?;
        if found.service != "custom-git" {
            let detail = format!("Quay itself tells {} where to report what is pushed.", found.service);
            return Err(Error::new(format!("The {} has no address to report to", key.said()), detail).at("trigger_id"));
        }
        let address = found.config.credential(WEBHOOK).cloned();
        let result = Self { webhook_url: Computed::from(address), ..config };
        Ok(Opened { result, private: (), renew_at: None })
    }
}
