//! Action `quay_restore_tag`.
//!
//! Endpoint: `repository/{repository}/tag/{tag}/restore`; see [`crate::api::tags`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Result};

use super::references;
use super::tag_history::History;
use crate::api::keys::RepositoryKey;
use crate::api::manifests::ManifestKey;
use crate::api::tags::{self, TagJson, TagKey};
use crate::client::Quay;
use crate::names;

/// Lets a tag point again to an image to which it pointed before: it was deleted, has expired, or was moved.
///
/// Images that no tag points to any more are kept for as long as the namespace keeps deleted tags (`tag_expiration_s` of its
/// `quay_organization` or `quay_user_settings`). The tag gets the end and the immutability that a new one would get. Where a `quay_tag`
/// manages the tag, its next plan moves it back, or finds it there already.
///
/// Scope: `repo:write`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_restore_tag", subcategory = "Tags and manifests")]
pub struct RestoreTag {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Name of the tag.
    #[attribute(required, check = references::tag())]
    tag: String,
    /// Digest of the image; without it, the image is taken to which the tag pointed last, and to which it does not point now. What was deleted
    /// for good is passed over then, though Quay's history shows it until it collects garbage.
    #[attribute(optional, check = references::digest())]
    manifest_digest: Option<String>,
}

#[async_trait]
impl Action for RestoreTag {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let repository = RepositoryKey { namespace: config.namespace, name: config.repository };
        let key = TagKey { repository: repository.clone(), tag: config.tag };
        let name = key.full_name();
        let now = cx.find(tags::get(&key)).await?;
        let digest = match config.manifest_digest {
            Some(digest) => digest,
            None => last(cx, &key, now.as_ref()).await?,
        };
        if now.as_ref().is_some_and(|now| now.manifest_digest == digest) {
            progress.say(format!("Tag {name} points to {digest} already.")).await;
            return Ok(());
        }
        match cx.send(tags::restore(&key, &digest)).await {
            Ok(()) => progress.say(format!("Tag {name} points to {digest}.")).await,
            Err(error) if error.is_not_found() => {
                return Err(cx.lost_manifest(&ManifestKey { repository, digest }).await);
            }
            Err(error) if error.status() == Some(409) => {
                let hint = "The tag is immutable and points to another image. Take its immutability away first, for example with \
                            `immutable = false` in a quay_tag.";
                return Err(Error::from(error).with_hint(hint));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// The image to which a tag pointed last, out of its history.
async fn last(cx: &Context<Quay>, key: &TagKey, now: Option<&TagJson>) -> Result<String> {
    let present = now.map(|now| &now.manifest_digest);
    History::read(cx, key).await?.last_but(present).ok_or_else(|| {
        let detail = "Its history holds no other image: it never pointed to one, or that was deleted for good, or too long ago. An image that Quay \
                      has not collected yet can be named by `manifest_digest`.";
        Error::new(format!("There is nothing to restore tag {} to", key.full_name()), detail).at("tag")
    })
}
