//! The list of `quay_build_trigger`: those that are set up.

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Found, List, Model, Result};

use super::BuildTrigger;
use crate::api::keys::RepositoryKey;
use crate::api::triggers;
use crate::client::Quay;
use crate::names;

#[async_trait]
impl List for BuildTrigger {
    type Query = BuildTriggerQuery;

    async fn list(cx: &mut Context<Quay>, query: BuildTriggerQuery, found: &mut Found<Self>) -> Result<()> {
        let key = RepositoryKey { namespace: query.namespace, name: query.repository };
        let listed = cx.list(triggers::list(&key)).await?;
        if listed.is_empty() {
            cx.ensure_repository(&key).await?;
        }
        // What is not set up cannot be imported.
        for json in listed.into_iter().filter(|json| json.is_active) {
            let trigger = Self::named(&key, &json.id).with(json);
            if !found.push(&trigger).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the build triggers of a repository that are set up.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_build_trigger")]
pub struct BuildTriggerQuery {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
}

impl BuildTrigger {
    /// One that is still to be read.
    fn named(repository: &RepositoryKey, id: &str) -> Self {
        Self {
            namespace: repository.namespace.clone(),
            repository: repository.name.clone(),
            trigger_id: id.to_owned(),
            build_source: String::new(),
            dockerfile_path: String::new(),
            context: String::new(),
            tag_templates: BTreeSet::new(),
            default_tag_from_ref: true,
            latest_for_default_branch: true,
            branch_tag_regex: None,
            pull_robot: None,
            enabled: true,
            store_webhook_url: false,
            service: Computed::UNSET,
            repository_url: Computed::UNSET,
            disabled_reason: Computed::UNSET,
            ssh_public_key: Computed::UNSET,
            webhook_url: Computed::UNSET,
        }
    }
}
