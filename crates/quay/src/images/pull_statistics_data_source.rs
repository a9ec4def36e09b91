//! Data source `quay_pull_statistics`.
//!
//! Endpoints: `repository/{repository}/tag/{tag}/pull_statistics` and `repository/{repository}/manifest/{manifest}/pull_statistics`; see
//! [`crate::api::tags`] and [`crate::api::manifests`].

use async_trait::async_trait;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Result};

use super::references;
use crate::api::keys::RepositoryKey;
use crate::api::manifests::{self, ManifestKey};
use crate::api::tags::{self, TagKey};
use crate::client::Quay;
use crate::names;

/// Reads how often an image was pulled, and when at last: by a tag, or by all that leads to it.
///
/// Quay counts in the background, so that the newest pulls may be missing. A tag that is deleted loses its count. One that moves to another image
/// keeps it, and counts on: what was pulled by the tag before is in it too. Needs Quay 3.16 with FEATURE_IMAGE_PULL_STATS.
///
/// Scope: `repo:read`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_pull_statistics", exactly_one_of(manifest_digest, tag), subcategory = "Tags and manifests")]
pub struct PullStatisticsData {
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
    /// Digest of the image, however it was named. A tag's is that of the image that it points to now.
    #[computed]
    digest: Computed<String>,
    /// How often something was pulled by the tag, whatever it pointed to; null where the image was named by its digest.
    #[computed]
    tag_pull_count: Computed<Option<i64>>,
    /// When something was pulled by the tag at last (RFC 3339); null where nothing ever was, and where the image was named by its digest.
    #[computed]
    last_tag_pull: Computed<Option<String>>,
    /// Digest of what was pulled by the tag at last, which is not `digest` where the tag has moved since; null where `last_tag_pull` is.
    #[computed]
    last_tag_pull_digest: Computed<Option<String>>,
    /// How often the image was pulled, by any tag or by its digest.
    #[computed]
    manifest_pull_count: Computed<i64>,
    /// When it was pulled at last (RFC 3339); null where it never was.
    #[computed]
    last_manifest_pull: Computed<Option<String>>,
}

fn date(text: Option<String>) -> Option<String> {
    text.map(|text| dates::rfc3339(&text).unwrap_or(text))
}

#[async_trait]
impl DataSource for PullStatisticsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        if let Some(tag) = config.tag.clone() {
            let key = TagKey { repository, tag };
            let Some(found) = cx.find(tags::pulls(&key)).await? else { return Err(cx.missing_tag(&key).await) };
            // What Quay calls the current digest is that of the last pull it has counted.
            let now = references::tag_now(cx, &key).await?.manifest_digest;
            let last = found.current_manifest_digest.filter(|_| found.last_tag_pull_date.is_some());
            return Ok(Self {
                digest: Computed::from(now),
                tag_pull_count: Computed::from(Some(found.tag_pull_count)),
                last_tag_pull: Computed::from(date(found.last_tag_pull_date)),
                last_tag_pull_digest: Computed::from(last),
                manifest_pull_count: Computed::from(found.manifest_pull_count),
                last_manifest_pull: Computed::from(date(found.last_manifest_pull_date)),
                ..config
            });
        }
        let key = ManifestKey { repository, digest: config.manifest_digest.clone().unwrap_or_default() };
        let Some(found) = cx.find(manifests::pulls(&key)).await? else { return Err(cx.missing_manifest(&key).await) };
        Ok(Self {
            digest: Computed::from(key.digest),
            tag_pull_count: Computed::from(None),
            last_tag_pull: Computed::from(None),
            last_tag_pull_digest: Computed::from(None),
            manifest_pull_count: Computed::from(found.manifest_pull_count),
            last_manifest_pull: Computed::from(date(found.last_manifest_pull_date)),
            ..config
        })
    }
}
