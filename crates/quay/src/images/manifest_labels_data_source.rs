//! Data source `quay_manifest_labels`.
//!
//! Endpoint: `repository/{repository}/manifest/{manifest}/labels`; see [`crate::api::labels`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use super::references;
use crate::api::keys::RepositoryKey;
use crate::api::labels::{self, LabelJson};
use crate::client::Quay;
use crate::names;

/// Reads the labels of an image: those that it was built with, and those that were added.
///
/// Scope: `repo:read`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_manifest_labels", exactly_one_of(manifest_digest, tag), subcategory = "Tags and manifests")]
pub struct ManifestLabelsData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Digest of the image.
    #[attribute(optional, check = references::digest())]
    manifest_digest: Option<String>,
    /// Tag that points to the image.
    #[attribute(optional, check = references::tag())]
    tag: Option<String>,
    /// Reads only labels whose keys begin with this text.
    #[attribute(optional, check = check::length(1, 255))]
    key_prefix: Option<String>,
    /// The labels, by key, value and id.
    #[computed]
    labels: Computed<Vec<LabelItem>>,
}

/// A label of an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct LabelItem {
    /// Key of the label.
    #[computed]
    key: String,
    /// Value of the label.
    #[computed]
    value: String,
    /// UUID of the label.
    #[computed]
    label_id: String,
    /// Where it comes from: `manifest` is the image itself, `api` is added later.
    #[computed]
    source_type: String,
    /// What the value is: `text/plain` or `application/json`.
    #[computed]
    media_type: String,
}

impl From<LabelJson> for LabelItem {
    fn from(json: LabelJson) -> Self {
        Self {
            key: json.key,
            value: json.value,
            label_id: json.id,
            source_type: json.source_type,
            media_type: json.media_type,
        }
    }
}

#[async_trait]
impl DataSource for ManifestLabelsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let key = references::manifest_of(cx, repository, config.manifest_digest.as_ref(), config.tag.as_ref()).await?;
        let found = match cx.list(labels::list(&key, config.key_prefix.as_deref())).await {
            Err(error) if error.is_not_found() => return Err(cx.missing_manifest(&key).await),
            found => found?,
        };
        let mut items: Vec<LabelItem> = found.into_iter().map(LabelItem::from).collect();
        items.sort();
        Ok(Self { labels: Computed::from(items), ..config })
    }
}
