//! Data source `harbor_projects`.

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::projects::{self, ProjectJson};
use crate::client::Harbor;

/// Finds projects that the credentials may see.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_projects")]
pub struct ProjectsData {
    /// A part of the name, whatever the case of its letters.
    #[attribute(optional)]
    name_contains: Option<String>,
    /// Only public projects, or only private ones.
    #[attribute(optional)]
    public: Option<bool>,
    /// The projects, by name.
    #[computed]
    projects: Computed<Vec<Listed>>,
}

/// A project.
#[derive(Debug, Clone, Nested)]
pub struct Listed {
    /// Name of the project.
    #[computed]
    name: String,
    /// Number of the project.
    #[computed]
    project_id: i64,
    /// Whether everybody may pull from it.
    #[computed]
    public: bool,
    /// Number of the registry that it caches; null when it is no proxy cache.
    #[computed]
    registry_id: Option<i64>,
    /// How many repositories it holds.
    #[computed]
    repository_count: i64,
    /// User name of the owner.
    #[computed]
    owner: String,
}

impl Listed {
    fn of(json: ProjectJson) -> Self {
        Self {
            project_id: json.project_id,
            public: json.setting("public") == Some("true"),
            registry_id: Some(json.registry_id).filter(|id| *id != 0),
            repository_count: json.repo_count,
            owner: json.owner_name,
            name: json.name,
        }
    }
}

#[async_trait]
impl DataSource for ProjectsData {
    type Client = Harbor;

    async fn read(cx: &mut Context<Harbor>, config: Self) -> Result<Self> {
        let mut found = cx.list(projects::list(config.name_contains.as_deref(), config.public)).await?;
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let projects: Vec<Listed> = found.into_iter().map(Listed::of).collect();
        Ok(Self { projects: Computed::from(projects), ..config })
    }
}
