//! Data source `quay_repository`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use super::repository::refuse_anonymous;
use crate::api::keys::RepositoryKey;
use crate::api::repositories::{self, TagJson};
use crate::client::Quay;
use crate::names;

/// Reads a repository with its tags.
///
/// Scope: `repo:read`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository")]
pub struct RepositoryData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name within the namespace, such as `app` or `team/app`.
    #[attribute(required, check = names::repository())]
    name: String,
    /// `public` or `private`.
    #[computed]
    visibility: Computed<String>,
    /// Description in Markdown.
    #[computed]
    description: Computed<String>,
    /// `NORMAL`, `READ_ONLY` or `MIRROR`.
    #[computed]
    state: Computed<String>,
    /// Seconds for which deleted tags are kept in this namespace.
    #[computed]
    tag_expiration_s: Computed<Option<i64>>,
    /// Tags by name.
    #[computed]
    tags: Computed<BTreeMap<String, Tag>>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Tag {
    /// Digest of the manifest that it names.
    #[computed]
    manifest_digest: Option<String>,
    /// Size of the image in bytes; null for a list of manifests.
    #[computed]
    size: Option<i64>,
    /// When it was last moved (RFC 3339).
    #[computed]
    last_modified: Option<String>,
}

impl From<TagJson> for Tag {
    fn from(json: TagJson) -> Self {
        let last_modified = json.last_modified.map(|text| dates::rfc3339(&text).unwrap_or(text));
        Self { manifest_digest: json.manifest_digest, size: json.size, last_modified }
    }
}

#[async_trait]
impl DataSource for RepositoryData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let key = RepositoryKey { namespace: config.namespace.clone(), name: config.name.clone() };
        let found = cx.send(repositories::with_tags(&key)).await?;
        refuse_anonymous(cx, &found).await?;
        Ok(Self {
            visibility: Computed::from(found.visibility()),
            description: Computed::from(found.description.unwrap_or_default()),
            state: Computed::from(found.state.unwrap_or_else(|| "NORMAL".to_owned())),
            tag_expiration_s: Computed::from(found.tag_expiration_s),
            tags: Computed::from(
                found.tags.into_iter().map(|(name, tag)| (name, tag.into())).collect::<BTreeMap<_, _>>(),
            ),
            ..config
        })
    }
}
