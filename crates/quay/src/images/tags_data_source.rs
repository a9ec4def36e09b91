//! Data source `quay_tags`.
//!
//! Endpoint: `repository/{repository}/tag/`; see [`crate::api::tags`].

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use super::references;
use crate::api::keys::RepositoryKey;
use crate::api::tags::{self, TagJson, Wanted};
use crate::client::Quay;
use crate::names;

/// Reads the tags of a repository: those that are there, or with their history.
///
/// They come in the order in which they began to point to their images, the newest first. Quay gives 100 at a time: where somebody
/// pushes or deletes between two of its answers, a tag may be missing.
///
/// Scope: `repo:read`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_tags", subcategory = "Tags and manifests")]
pub struct TagsData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Reads only the tag of this name.
    #[attribute(optional, check = references::tag())]
    name: Option<String>,
    /// Reads only tags whose names hold this text, in capitals or not.
    #[attribute(optional, check = check::length(1, 128))]
    name_contains: Option<String>,
    /// Reads the history too: tags that were deleted, have expired or have moved, for as long as the namespace keeps them. What was deleted for
    /// good (action `quay_purge_tag`) is among them too, until Quay collects garbage; it often ends before it began. The default is false.
    #[attribute(optional)]
    history: Option<bool>,
    /// Reads so many at most; without it, all.
    #[attribute(optional, check = check::between(1, 100_000))]
    limit: Option<i64>,
    /// The tags.
    #[computed]
    tags: Computed<Vec<TagItem>>,
    /// Whether there are more than `limit`.
    #[computed]
    truncated: Computed<bool>,
}

/// A tag, as it is or was.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct TagItem {
    /// Name of the tag.
    #[computed]
    name: String,
    /// Digest of the image that it points or pointed to.
    #[computed]
    manifest_digest: String,
    /// Whether it is there, and is not history.
    #[computed]
    active: bool,
    /// Whether it can be neither changed nor deleted.
    #[computed]
    immutable: bool,
    /// Whether that is a list of manifests: an image for several architectures.
    #[computed]
    is_manifest_list: bool,
    /// Size of the image's compressed layers in bytes; null for a list of manifests.
    #[computed]
    size: Option<i64>,
    /// Since when it points, or pointed, there (RFC 3339).
    #[computed]
    last_modified: String,
    /// When it ends, or ended (RFC 3339); null where it has no end.
    #[computed]
    expiration: Option<String>,
    /// Whether it came to point there by a restoration.
    #[computed]
    reversion: bool,
    /// Whether some of the list's manifests are not in the repository, as in a mirror that copies some architectures only. This, and the
    /// three that follow, are null for what is no list, and where Quay is older than 3.17.
    #[computed]
    is_sparse: Option<bool>,
    /// How many manifests the list names.
    #[computed]
    child_manifest_count: Option<i64>,
    /// How many of them are in the repository.
    #[computed]
    present_child_count: Option<i64>,
    /// Which of them are in the repository, by their digests.
    #[computed]
    child_manifests_presence: Option<BTreeMap<String, bool>>,
}

impl From<TagJson> for TagItem {
    fn from(json: TagJson) -> Self {
        let expiration = json.end_ts.map(references::rfc3339);
        Self {
            name: json.name,
            manifest_digest: json.manifest_digest,
            active: !expiration.as_deref().is_some_and(dates::is_over),
            immutable: json.immutable.unwrap_or_default(),
            is_manifest_list: json.is_manifest_list,
            size: json.size.filter(|_| !json.is_manifest_list),
            last_modified: json.start_ts.map(references::rfc3339).unwrap_or_default(),
            expiration,
            reversion: json.reversion,
            is_sparse: json.is_sparse,
            child_manifest_count: json.child_manifest_count,
            present_child_count: json.present_child_count,
            child_manifests_presence: json.child_manifests_presence,
        }
    }
}

#[async_trait]
impl DataSource for TagsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let key = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let wanted = Wanted {
            name: config.name.clone(),
            holding: config.name_contains.clone(),
            active: config.history != Some(true),
        };
        let limit = config.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let holds = config.holds();
        let mut pages = cx.pages(tags::list(&key, &wanted));
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        // One more than is shown tells whether there are more.
        while found.len() <= limit {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) if error.is_not_found() => return Err(crate::client::lookup::no_repository(&key)),
                Err(error) => return Err(error.into()),
            };
            // A push in the meantime shifts what comes then: the end of the page before comes again.
            let fresh: Vec<TagJson> = page.into_iter().filter(|tag| !seen.contains(&place(tag))).collect();
            seen.extend(fresh.iter().map(place));
            found.extend(fresh.into_iter().filter(&holds));
        }
        let truncated = found.len() > limit;
        let tags: Vec<TagItem> = found.into_iter().take(limit).map(TagItem::from).collect();
        Ok(Self { tags: Computed::from(tags), truncated: Computed::from(truncated), ..config })
    }
}

impl TagsData {
    /// Quay takes `_` for any letter, and `%` for any text.
    fn holds(&self) -> impl Fn(&TagJson) -> bool + use<> {
        let part = self.name_contains.as_ref().map(|part| part.to_lowercase());
        move |tag| part.as_ref().is_none_or(|part| tag.name.to_lowercase().contains(part))
    }
}

/// What makes a tag one of its own in a history.
fn place(tag: &TagJson) -> (String, String, Option<i64>) {
    (tag.name.clone(), tag.manifest_digest.clone(), tag.start_ts)
}
