//! Data source `harbor_project`.

use async_trait::async_trait;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Result, check};

use super::project::{self, Limit};
use crate::api::projects;
use crate::client::Harbor;
use crate::names;

/// Reads a project, by its name or its number.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_project", exactly_one_of(name, project_id))]
pub struct ProjectData {
    /// Name of the project.
    #[attribute(optional, computed, check = names::project())]
    name: Computed<String>,
    /// Number of the project.
    #[attribute(optional, computed, check = check::between(1, i64::MAX))]
    project_id: Computed<i64>,
    /// Whether everybody may pull from it.
    #[computed]
    public: Computed<bool>,
    /// Number of the registry that it caches; null when it is no proxy cache.
    #[computed]
    registry_id: Computed<Option<i64>>,
    /// Most data that it may hold, such as `10 GiB` or `unlimited`; null when the credentials do not show it.
    #[computed]
    storage_limit: Computed<Option<Limit>>,
    /// How many repositories it holds.
    #[computed]
    repository_count: Computed<i64>,
    /// User name of the owner.
    #[computed]
    owner: Computed<String>,
    /// When it was made (RFC 3339).
    #[computed]
    created: Computed<String>,
}

#[async_trait]
impl DataSource for ProjectData {
    type Client = Harbor;

    async fn read(cx: &mut Context<Harbor>, config: Self) -> Result<Self> {
        // A public project is shown to anybody: this says when the credentials are not good.
        cx.prove_login().await?;
        let (found, wanted) = match (config.name.known(), config.project_id.known()) {
            (Some(name), _) => (cx.find(projects::get(name)).await?, name.clone()),
            (None, Some(id)) => (cx.find(projects::get_by_id(*id)).await?, id.to_string()),
            (None, None) => return Err(Error::bug("neither a name nor a number was given")),
        };
        let Some(found) = found else {
            let detail = "The server knows no such project.";
            return Err(Error::new(format!("Project {wanted} does not exist"), detail));
        };
        let limit = project::storage_limit(cx, found.project_id, &found.name).await?;
        Ok(Self {
            project_id: Computed::from(found.project_id),
            public: Computed::from(found.setting("public") == Some("true")),
            registry_id: Computed::from(Some(found.registry_id).filter(|id| *id != 0)),
            storage_limit: Computed::from(limit),
            repository_count: Computed::from(found.repo_count),
            created: Computed::from(dates::rfc3339(&found.creation_time).unwrap_or(found.creation_time)),
            owner: Computed::from(found.owner_name),
            name: Computed::from(found.name),
        })
    }
}
