//! `quay_tag`: names that point to images.
//!
//! Endpoints: `repository/{repository}/tag/...`; see [`crate::api::tags`].

use async_trait::async_trait;
use registry_http::Origin;
use registry_service::{dates, exists_already};
use terraform_framework::schema::Modify;
use terraform_framework::{
    Computed, Context, Found, List, Model, ModifyPlan, PlanValue, Report, Resource, Result, Value,
};

use super::references;
use super::tag_changes::{bring, explain, point, undo};
use crate::api::keys::RepositoryKey;
use crate::api::manifests::ManifestKey;
use crate::api::repositories;
use crate::api::tags::{self, TagJson, TagKey, Tags, Wanted};
use crate::client::Quay;
use crate::{features, names};

/// Manages a tag of a repository: a name that points to an image.
///
/// The image, named by its digest, must be in the repository already: images arrive by pushes. Where no tag points to it any more, it is
/// restored, which Quay can for as long as the namespace keeps deleted tags. A tag that is there already is not taken
/// over: import it. A push of the tag, or anything else that lets it point to another image, is drift. A tag that has expired is taken for
/// gone.
///
/// A destroyed tag stays in the repository's history for as long as the namespace keeps deleted tags, and can be restored until then
/// (action `quay_restore_tag`), unless it is deleted for good (action `quay_purge_tag`).
///
/// An immutable tag is not moved, given an end or destroyed: its plan or its destruction is refused. Set `immutable = false`
/// first; in one plan with that, it may also move. Immutability also comes of policies (`quay_repository_immutability_policy`,
/// `quay_org_immutability_policy`) and of labels of images. To take it away is an administrator's right: the token then needs
/// `repo:admin`.
///
/// Scope: `repo:write`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_tag",
    id = "{namespace}/{repository*}:{name}",
    identity(namespace, repository, name),
    subcategory = "Tags and manifests"
)]
pub struct Tag {
    /// Organization or user that owns the repository. A change replaces the tag.
    #[attribute(required, requires_replace, check = names::namespace())]
    pub(super) namespace: String,
    /// Name of the repository within the namespace. A change replaces the tag.
    #[attribute(required, requires_replace, check = names::repository())]
    pub(super) repository: String,
    /// Name of the tag. A change replaces the tag.
    #[attribute(required, requires_replace, check = references::tag())]
    pub(super) name: String,
    /// Digest of the image that the tag points to, such as the `digest` of the data source `quay_manifest`. The tag of an image for
    /// several architectures points to its list of manifests. A change moves the tag.
    #[attribute(required, check = references::digest())]
    pub(super) manifest_digest: String,
    /// When the tag ends (RFC 3339), such as `2030-01-01T00:00:00Z`, or `never`. Without it, the server decides: a new or moved tag ends when
    /// a label of the image says so, and else never; what is set stays. Quay allows ends from one hour to 104 weeks after the tag began to
    /// point to its image, unless its administrator allows others (LABELED_EXPIRATION_MINIMUM, LABELED_EXPIRATION_MAXIMUM).
    #[attribute(optional, computed, unknown_on_change_of("manifest_digest"), check = references::moment_or_never(), semantic_equals = is_same_moment)]
    pub(super) expiration: Computed<String>,
    /// Whether the tag can be neither changed nor deleted. Without it, the server decides: policies and labels of images make tags
    /// immutable; what is set stays. A tag with an end cannot be immutable, unless the server has FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE. Needs
    /// Quay 3.17 with FEATURE_IMMUTABLE_TAGS.
    #[attribute(optional, computed, unknown_on_change_of("manifest_digest"))]
    pub(super) immutable: Computed<bool>,
    /// Whether it points to a list of manifests: an image for several architectures.
    #[computed(unknown_on_change_of("manifest_digest"))]
    is_manifest_list: Computed<bool>,
    /// Size of the image's compressed layers in bytes; null for a list of manifests.
    #[computed(unknown_on_change_of("manifest_digest"))]
    size: Computed<Option<i64>>,
    /// Since when it points to the image (RFC 3339).
    #[computed]
    last_modified: Computed<String>,
}

/// One moment, spelled in two ways.
fn is_same_moment(modify: &Modify<'_>) -> bool {
    let moment = |value: &Value| value.as_str().and_then(references::seconds);
    matches!((moment(&modify.plan), moment(modify.state)), (Some(one), Some(other)) if one == other)
}

#[async_trait]
impl Resource for Tag {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        // Between the look and the request nobody else here may make the same.
        let lock = cx.lock(&key.full_name());
        let _alone = lock.lock().await;
        if let Some(found) = cx.find(tags::get(&key)).await? {
            let what = format!("tag {}, which points to {},", key.full_name(), found.manifest_digest);
            return Err(exists_already("quay_tag", &what, &key.full_name()));
        }
        point(cx, &plan, tags::create(&key, &plan.manifest_digest)).await?;
        cx.save(&plan);
        match bring(cx, &plan, None).await {
            Ok(made) => Ok(made),
            Err(error) => Err(undo(cx, &plan, error).await),
        }
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = state.key();
        let mut found = cx.read::<Tags>(&key).await?;
        let is_over = |found: &TagJson| found.end_ts.is_some_and(|end| dates::is_over(&references::rfc3339(end)));
        // A list may be older than the end of a tag; the server's clock tells.
        if found.as_ref().is_some_and(|found| found.origin() == Origin::List && is_over(found)) {
            found = cx.read_uncached::<Tags>(&key).await?;
        }
        Ok(found.map(|found| state.with(&found)))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        bring(cx, &plan, Some(&state)).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let deleted = cx.find(tags::delete(&state.key())).await;
        match deleted {
            Err(error) if error.status() == Some(409) => Err(explain(cx, &state, error).await),
            deleted => Ok(deleted.map(drop)?),
        }
    }

    fn plan(planning: &mut ModifyPlan<TagView>) {
        let Some(plan) = planning.plan.clone() else { return };
        let state = planning.state.clone();
        let before = |of: fn(&TagView) -> PlanValue<String>| state.as_ref().map_or(PlanValue::Null, of);
        if let PlanValue::Known(end) = &plan.expiration
            && before(|state| state.expiration.clone()) != plan.expiration
            && dates::is_over(end)
        {
            let why = format!("{end} is over. Choose a later date, or `never`.");
            planning.report.error("expiration", "The end of a tag lies in the past", why);
        }
        let stays = state.as_ref().is_some_and(|state| state.immutable == PlanValue::Known(true))
            && plan.immutable.known() != Some(&false)
            && !planning.replaces();
        // One that is not known yet may be the same.
        let moves = matches!(&plan.manifest_digest, PlanValue::Known(_))
            && before(|state| state.manifest_digest.clone()) != plan.manifest_digest;
        if stays && moves {
            let why = "The tag is immutable, and Quay moves no such tag. Set `immutable = false` to let it move; immutability can be set again in \
                       a later run.";
            planning.report.error("manifest_digest", "An immutable tag cannot move", why);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, plan: TagView, report: &mut Report) {
        if plan.immutable.known() != Some(&true) {
            return;
        }
        cx.expect(&features::IMMUTABLE_TAGS, report).await;
        let ends = plan.expiration.known().is_some_and(|end| end != references::NEVER);
        if ends && cx.lacks("IMMUTABLE_TAGS_CAN_EXPIRE").await {
            let why = "On this Quay an immutable tag has no end (FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE is off). Set `expiration = \"never\"`, or leave \
                       `immutable` out.";
            report.error("expiration", "An immutable tag cannot expire", why);
        }
    }
}

impl Tag {
    pub(super) fn key(&self) -> TagKey {
        let repository = RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() };
        TagKey { repository, tag: self.name.clone() }
    }

    pub(super) fn manifest(&self) -> ManifestKey {
        ManifestKey { repository: self.key().repository, digest: self.manifest_digest.clone() }
    }

    /// As the server shows it; the end in the words that are there already, where they mean the same.
    pub(super) fn with(self, json: &TagJson) -> Self {
        let spelled =
            self.expiration.known().filter(|text| json.end_ts.is_some() && references::seconds(text) == json.end_ts);
        let end = spelled.cloned().or_else(|| json.end_ts.map(references::rfc3339));
        Self {
            manifest_digest: json.manifest_digest.clone(),
            expiration: Computed::from(end.unwrap_or_else(|| references::NEVER.to_owned())),
            immutable: Computed::from(json.immutable.unwrap_or_default()),
            is_manifest_list: Computed::from(json.is_manifest_list),
            size: Computed::from(json.size.filter(|_| !json.is_manifest_list)),
            last_modified: Computed::from(json.start_ts.map(references::rfc3339).unwrap_or_default()),
            ..self
        }
    }

    fn named(repository: &RepositoryKey, name: &str) -> Self {
        Self {
            namespace: repository.namespace.clone(),
            repository: repository.name.clone(),
            name: name.to_owned(),
            manifest_digest: String::new(),
            expiration: Computed::UNSET,
            immutable: Computed::UNSET,
            is_manifest_list: Computed::UNSET,
            size: Computed::UNSET,
            last_modified: Computed::UNSET,
        }
    }

    /// Gives all tags of a repository; `false` when nobody wants more.
    async fn push_all(cx: &Context<Quay>, repository: &RepositoryKey, found: &mut Found<Self>) -> Result<bool> {
        let mut pages = cx.pages(tags::list(repository, &Wanted { active: true, ..Wanted::default() }));
        while let Some(page) = pages.next().await? {
            for json in page {
                if !found.push(&Self::named(repository, &json.name).with(&json)).await {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

#[async_trait]
impl List for Tag {
    type Query = TagQuery;

    async fn list(cx: &mut Context<Quay>, query: TagQuery, found: &mut Found<Self>) -> Result<()> {
        for repository in repositories_of(cx, query.namespace, query.repository).await? {
            if !Self::push_all(cx, &repository, found).await? {
                break;
            }
        }
        Ok(())
    }
}

/// A repository that is named, or all of a namespace.
pub(super) async fn repositories_of(
    cx: &Context<Quay>,
    namespace: String,
    name: Option<String>,
) -> Result<Vec<RepositoryKey>> {
    if let Some(name) = name {
        let key = RepositoryKey { namespace, name };
        cx.ensure_repository(&key).await?;
        return Ok(vec![key]);
    }
    let all = cx.list(repositories::list(&namespace)).await?;
    if all.is_empty() {
        cx.ensure_namespace(&namespace).await?;
    }
    Ok(all.into_iter().map(|json| RepositoryKey { namespace: json.namespace, name: json.name }).collect())
}

/// Finds the tags of a repository, or those of all repositories of a namespace: the present ones, without their history.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_tag")]
pub struct TagQuery {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace; without it, all of them are looked into.
    #[attribute(optional, check = names::repository())]
    repository: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(end_ts: Option<i64>) -> TagJson {
        TagJson {
            name: "v1".to_owned(),
            manifest_digest: "sha256:a".to_owned(),
            start_ts: Some(60),
            end_ts,
            size: Some(105),
            ..TagJson::default()
        }
    }

    #[test]
    fn an_end_keeps_its_spelling_and_none_is_never() {
        let key = RepositoryKey { namespace: "acme".to_owned(), name: "app".to_owned() };
        let spelled = "1970-01-01T01:02:00+01:00";
        let tag = Tag { expiration: Computed::from(spelled), ..Tag::named(&key, "v1") };
        let end = |tag: Tag, json: TagJson| tag.with(&json).expiration.known().cloned();
        assert_eq!(end(tag.clone(), json(Some(120))).as_deref(), Some(spelled));
        assert_eq!(end(tag.clone(), json(Some(121))).as_deref(), Some("1970-01-01T00:02:01Z"));
        assert_eq!(end(tag, json(None)).as_deref(), Some("never"));
        let shown = Tag::named(&key, "v1").with(&json(None));
        assert_eq!(
            (shown.immutable.known(), shown.last_modified.known().map(String::as_str)),
            (Some(&false), Some("1970-01-01T00:01:00Z"))
        );
    }
}
