//! Data source `quay_repositories`.

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::repositories::{self, RepositoryJson};
use crate::client::Quay;
use crate::names;

/// Reads the repositories of an organization or user: those in which the token's user has a permission, and those that are public.
///
/// Scope: `repo:read`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repositories")]
pub struct RepositoriesData {
    /// Organization or user that owns the repositories.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// The repositories, by name.
    #[computed]
    repositories: Computed<Vec<RepositoryItem>>,
}

/// A repository in a list.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct RepositoryItem {
    /// Name within the namespace.
    #[computed]
    name: String,
    /// `public` or `private`.
    #[computed]
    visibility: String,
    /// Description in Markdown.
    #[computed]
    description: String,
    /// `NORMAL`, `READ_ONLY` or `MIRROR`.
    #[computed]
    state: String,
}

impl From<RepositoryJson> for RepositoryItem {
    fn from(json: RepositoryJson) -> Self {
        Self {
            visibility: json.visibility().to_owned(),
            name: json.name,
            description: json.description.unwrap_or_default(),
            state: json.state.unwrap_or_else(|| "NORMAL".to_owned()),
        }
    }
}

#[async_trait]
impl DataSource for RepositoriesData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = cx.list(repositories::list_visible(&config.namespace)).await?;
        if found.is_empty() {
            cx.ensure_namespace(&config.namespace).await?;
            cx.refuse_anonymous(&config.namespace).await?;
        }
        let mut items: Vec<RepositoryItem> = found.into_iter().map(RepositoryItem::from).collect();
        items.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { repositories: Computed::from(items), ..config })
    }
}
