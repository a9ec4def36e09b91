//! Data sources `harbor_project` and `harbor_projects`.

use async_trait::async_trait;

use crate::framework::{Context, DataSource, Error, Model, Nested, Out, Result, check};
use crate::harbor::api::projects::{self, ProjectJson};
use crate::harbor::project::{self, Limit};
use crate::harbor::{Harbor, names};
use crate::service::dates;

/// Reads a project, by its name or its number.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_project", exactly_one_of(name, project_id))]
pub struct ProjectData {
    /// Name of the project.
    #[arg(optional, computed, check = names::project())]
    name: Out<String>,
    /// Number of the project.
    #[arg(optional, computed, check = check::between(1, i64::MAX))]
    project_id: Out<i64>,
    /// Whether everybody may pull from it.
    #[out]
    public: Out<bool>,
    /// Number of the registry that it caches; null when it is no proxy cache.
    #[out]
    registry_id: Out<Option<i64>>,
    /// Most data that it may hold, such as `10 GiB` or `unlimited`; null when the credentials do not show it.
    #[out]
    storage_limit: Out<Option<Limit>>,
    /// How many repositories it holds.
    #[out]
    repository_count: Out<i64>,
    /// User name of the owner.
    #[out]
    owner: Out<String>,
    /// When it was made (RFC 3339).
    #[out]
    created: Out<String>,
}

#[async_trait]
impl DataSource for ProjectData {
    type Client = Harbor;

    async fn read(cx: &mut Context<Harbor>, config: Self) -> Result<Self> {
        // A public project is shown to anybody: this says when the credentials are not good.
        cx.version().await?;
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
            project_id: Out::from(found.project_id),
            public: Out::from(found.setting("public") == Some("true")),
            registry_id: Out::from(Some(found.registry_id).filter(|id| *id != 0)),
            storage_limit: Out::from(limit),
            repository_count: Out::from(found.repo_count),
            created: Out::from(dates::rfc3339(&found.creation_time).unwrap_or(found.creation_time)),
            owner: Out::from(found.owner_name),
            name: Out::from(found.name),
        })
    }
}

/// Finds projects that the credentials may see.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_projects")]
pub struct ProjectsData {
    /// A part of the name, whatever the case of its letters.
    #[arg(optional)]
    name_contains: Option<String>,
    /// Only public projects, or only private ones.
    #[arg(optional)]
    public: Option<bool>,
    /// The projects, by name.
    #[out]
    projects: Out<Vec<Listed>>,
}

/// A project.
#[derive(Debug, Clone, Nested)]
pub struct Listed {
    /// Name of the project.
    #[out]
    name: String,
    /// Number of the project.
    #[out]
    project_id: i64,
    /// Whether everybody may pull from it.
    #[out]
    public: bool,
    /// Number of the registry that it caches; null when it is no proxy cache.
    #[out]
    registry_id: Option<i64>,
    /// How many repositories it holds.
    #[out]
    repository_count: i64,
    /// User name of the owner.
    #[out]
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
        // Public projects are listed for anybody: this says when the credentials are not good.
        cx.version().await?;
        let mut found = cx.list(projects::list(config.name_contains.as_deref(), config.public)).await?;
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let projects: Vec<Listed> = found.into_iter().map(Listed::of).collect();
        Ok(Self { projects: Out::from(projects), ..config })
    }
}
