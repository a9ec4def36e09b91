//! Action `quay_purge_tag`.
//!
//! Endpoint: `repository/{repository}/tag/{tag}/expire`; see [`crate::api::tags`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result};

use super::references;
use super::tag_history::History;
use crate::api::keys::RepositoryKey;
use crate::api::tags::{self, Purged, TagKey};
use crate::client::Quay;
use crate::{features, names};

/// Deletes a tag for good: Quay no longer keeps it for a restoration, and deletes its image with the next collection of garbage, unless
/// another tag points to it.
///
/// Until Quay collects garbage, which it does all the time, repository by repository, `quay_tags` with `history = true` still shows what was
/// deleted, and whoever names its digest can still bring it back; `quay_restore_tag` without a digest passes it over. What nobody may use any
/// more, such as a password in an image, has to be revoked all the same.
///
/// It is either the tag that is there now, or, with `manifest_digest`, what it was: the entries of its history in which it pointed to
/// that image. An immutable tag is refused. A server can be set up to refuse it altogether (PERMANENTLY_DELETE_TAGS).
///
/// Scope: `repo:write`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_purge_tag", subcategory = "Tags and manifests")]
pub struct PurgeTag {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Name of the tag.
    #[attribute(required, check = references::tag())]
    tag: String,
    /// Digest of an image to which the tag pointed: that part of its history is deleted, and the tag that is there now is left alone.
    #[attribute(optional, check = references::digest())]
    manifest_digest: Option<String>,
    /// Lets the manifests of a list go with it at once. Otherwise those that no tag points to are kept for an hour after their push, unless the
    /// server's administrator says otherwise (PUSH_TEMP_TAG_EXPIRATION_SEC). The default is false.
    #[attribute(optional)]
    include_submanifests: Option<bool>,
}

#[async_trait]
impl Action for PurgeTag {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let repository = RepositoryKey { namespace: config.namespace, name: config.repository };
        let key = TagKey { repository, tag: config.tag };
        let name = key.full_name();
        let what = match config.manifest_digest {
            Some(digest) => Purged::Past(digest),
            None => Purged::Present,
        };
        if what == Purged::Present && references::tag_now(cx, &key).await?.immutable == Some(true) {
            let detail = "Quay does not delete it. Take its immutability away first, for example with `immutable = false` in a quay_tag.";
            return Err(Error::new(format!("Tag {name} is immutable"), detail).at("tag"));
        }
        if cx.find(tags::purge(&key, &what, config.include_submanifests == Some(true))).await?.is_some() {
            progress.say(told(&name, &what)).await;
            return Ok(());
        }
        let Purged::Past(digest) = &what else { return Err(cx.missing_tag(&key).await) };
        // Quay says the same of all that it does not delete.
        if History::read(cx, &key).await?.is_rid_of(digest) {
            progress
                .say(format!("What tag {name} was, while it pointed to {digest}, was deleted for good before."))
                .await;
            return Ok(());
        }
        Err(nothing(&name, digest))
    }

    async fn preflight(cx: &mut Context<Quay>, _: PurgeTagView, report: &mut Report) {
        cx.expect(&features::PURGE, report).await;
    }
}

fn told(name: &str, what: &Purged) -> String {
    match what {
        Purged::Present => format!("Tag {name} is deleted for good."),
        Purged::Past(digest) => format!("What tag {name} was, while it pointed to {digest}, is deleted for good."),
    }
}

/// Nothing that can be deleted.
fn nothing(name: &str, digest: &str) -> Error {
    let detail = "It never pointed to that image; or what it was then is immutable, or was deleted for good before and is collected by now. What \
                  its history holds is shown by the data source `quay_tags` with `history = true`.";
    Error::new(format!("The history of tag {name} holds nothing of {digest} to delete"), detail).at("manifest_digest")
}
