//! Tags: names that point to images, with what they pointed to before.
//!
//! Observed: every change is answered with 201 and "Updated", also one that does nothing, so that only a read tells what came of it; an
//! empty change of a tag that is not there is such a success. A body is worked on in the order expiration, immutability, manifest, and
//! the first two want a tag that is there: a new one takes several requests. A tag that moves forgets its expiration and its
//! immutability, but for what policies and the image's own labels say. An expiration is pressed, without a word, into what the server
//! allows (LABELED_EXPIRATION_MINIMUM and _MAXIMUM, counted from when the tag began to point there); one that is over is a 400 without
//! words. A tag that was deleted, or has expired, stays in the history until the namespace's time for that is over. A manifest to which no tag
//! points is a 404 for a change, also where the history holds it; a restoration takes any that is not collected yet. What is deleted for
//! good only gets an end that lies before that time, often before its start, and stays in the history until it is collected.

use std::collections::BTreeMap;

use registry_http::{Acknowledgement, Collection, Endpoint, Listing, Repetition, Seen};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::RepositoryKey;
use crate::features;

/// A tag, as it is or was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct TagJson {
    pub name: String,
    pub manifest_digest: String,
    /// Whether it came here by a restoration.
    #[serde(default)]
    pub reversion: bool,
    /// Absent where the server knows no immutable tags.
    #[serde(default)]
    pub immutable: Option<bool>,
    /// Seconds since 1970 from which on it points there.
    #[serde(default)]
    pub start_ts: Option<i64>,
    /// Seconds since 1970 until which it does or did; absent where there is no end.
    #[serde(default)]
    pub end_ts: Option<i64>,
    #[serde(default)]
    pub is_manifest_list: bool,
    /// Bytes of the compressed layers; null for a list of manifests.
    #[serde(default)]
    pub size: Option<i64>,
    /// Only of lists of manifests, since 3.17, as the three that follow: whether some of its manifests are not there.
    #[serde(default)]
    pub is_sparse: Option<bool>,
    #[serde(default)]
    pub child_manifest_count: Option<i64>,
    #[serde(default)]
    pub present_child_count: Option<i64>,
    /// By digest.
    #[serde(default)]
    pub child_manifests_presence: Option<BTreeMap<String, bool>>,
}

/// Names one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagKey {
    pub repository: RepositoryKey,
    pub tag: String,
}

impl TagKey {
    /// `acme/app:v1`.
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.repository.full_name(), self.tag)
    }

    fn names(&self) -> [&str; 3] {
        [&self.repository.namespace, &self.repository.name, &self.tag]
    }
}

const READ: &str = "repo:read";
const WRITE: &str = "repo:write";
const ONE: &str = "repository/{namespace}/{+repository}/tag/{tag}";

/// Tags on a page: the most that Quay gives.
const PAGE: usize = 100;

/// The tags that a repository has now.
pub struct Tags;

impl Tags {
    /// The parent of a repository's tags.
    pub fn of(repository: &RepositoryKey) -> String {
        repository.full_name()
    }
}

impl Collection for Tags {
    type Key = TagKey;
    type Item = TagJson;
    const NAME: &'static str = "tags";
    /// Ten pages. Repositories may have many thousands of tags, of which few are managed.
    const MAX_ITEMS: usize = 1_000;

    fn parent(key: &TagKey) -> String {
        Self::of(&key.repository)
    }

    fn name(key: &TagKey) -> String {
        key.tag.clone()
    }

    fn name_of(_: &str, tag: &TagJson) -> Option<String> {
        Some(tag.name.clone())
    }

    fn single(key: &TagKey) -> Endpoint<TagJson> {
        get(key)
    }

    fn list(key: &TagKey) -> Listing<TagJson> {
        list(&key.repository, &Wanted { active: true, ..Wanted::default() })
    }
}

/// Which tags of a repository.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only the tag of this name.
    pub name: Option<String>,
    /// Only tags whose names hold this, where `_` is any letter and `%` any text.
    pub holding: Option<String>,
    /// Only what is there now, without the history.
    pub active: bool,
}

fn listing(repository: &RepositoryKey, wanted: &Wanted) -> Endpoint<Vec<TagJson>> {
    let mut endpoint = Endpoint::<Vec<TagJson>>::get("repository/{namespace}/{+repository}/tag/", &repository.names())
        .describe(format!("list the tags of repository {}", repository.full_name()))
        .requires_scope(READ)
        .within("/tags")
        .query("limit", PAGE);
    if wanted.active {
        endpoint = endpoint.query("onlyActiveTags", true);
    }
    if let Some(name) = &wanted.name {
        let only = name.clone();
        endpoint = endpoint.query("specificTag", name).identified(move |tags| tags.iter().all(|tag| tag.name == only));
    }
    if let Some(part) = &wanted.holding {
        endpoint = endpoint.query("filter_tag_name", format!("like:{part}"));
    }
    endpoint
}

/// Tags of a repository, those that began last first.
pub fn list(repository: &RepositoryKey, wanted: &Wanted) -> Listing<TagJson> {
    Listing::while_true(listing(repository, wanted), "has_additional")
}

/// One tag as it is now, out of a list with it alone.
pub fn get(key: &TagKey) -> Endpoint<TagJson> {
    let wanted = key.tag.clone();
    listing(&key.repository, &Wanted { name: Some(key.tag.clone()), active: true, ..Wanted::default() })
        .held_by(&key.repository.namespace)
        .describe(format!("read tag {}", key.full_name()))
        .pick("the repository has no such tag", move |found| found.into_iter().find(|tag| tag.name == wanted))
}

fn change(key: &TagKey, what: String, body: &Value) -> Endpoint<()> {
    Endpoint::<()>::put(ONE, &key.names())
        .describe(what)
        .json(body)
        .requires_scope(WRITE)
        .invalidates::<Tags>(Tags::of(&key.repository))
        .repetition(Repetition::IDEMPOTENT)
        .acknowledged(Acknowledgement::Word(&["Updated"]))
}

/// Makes a tag that points to a manifest. When no answer comes, a look tells whether it does.
pub fn create(key: &TagKey, digest: &str) -> Endpoint<()> {
    let wanted = digest.to_owned();
    let what = format!("create tag {}", key.full_name());
    change(key, what, &json!({ "manifest_digest": digest })).repetition(Repetition::confirmed(get(key), move |found| {
        match found.manifest_digest == wanted {
            true => Seen::Ours(()),
            false => Seen::other(format!("it points to {}", found.manifest_digest)),
        }
    }))
}

/// Lets a tag point to another manifest.
pub fn move_to(key: &TagKey, digest: &str) -> Endpoint<()> {
    change(key, format!("move tag {} to {digest}", key.full_name()), &json!({ "manifest_digest": digest }))
}

/// Says when a tag ends, in seconds since 1970; `None` is never.
pub fn expire_at(key: &TagKey, end: Option<i64>) -> Endpoint<()> {
    change(key, format!("change the expiration of tag {}", key.full_name()), &json!({ "expiration": end }))
}

/// Says whether a tag may be changed. To take immutability away is an administrator's right.
pub fn make_immutable(key: &TagKey, immutable: bool) -> Endpoint<()> {
    let what = if immutable { "immutable" } else { "changeable again" };
    let endpoint = change(key, format!("make tag {} {what}", key.full_name()), &json!({ "immutable": immutable }));
    let endpoint = endpoint.ability(&features::IMMUTABLE_TAGS);
    if immutable { endpoint } else { endpoint.requires_scope("repo:admin") }
}

/// Deletes a tag; it stays in the history for some time.
pub fn delete(key: &TagKey) -> Endpoint<()> {
    Endpoint::delete(ONE, &key.names())
        .describe(format!("delete tag {}", key.full_name()))
        .requires_scope(WRITE)
        .held_by(&key.repository.namespace)
        .invalidates::<Tags>(Tags::of(&key.repository))
        .no_content()
}

/// Lets a tag point to a manifest that no tag needs to point to now; one that is not there is made. Done twice it comes to the same.
pub fn restore(key: &TagKey, digest: &str) -> Endpoint<()> {
    Endpoint::<Value>::post("repository/{namespace}/{+repository}/tag/{tag}/restore", &key.names())
        .describe(format!("restore tag {} to {digest}", key.full_name()))
        .json(&json!({ "manifest_digest": digest }))
        .requires_scope(WRITE)
        .invalidates::<Tags>(Tags::of(&key.repository))
        .repetition(Repetition::IDEMPOTENT)
        .acknowledged(Acknowledgement::Object(&[]))
}

/// What of a tag is taken away for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purged {
    /// The tag that is there.
    Present,
    /// What it was while it pointed to this manifest.
    Past(String),
}

/// Deletes a tag, or a part of its history, so that it cannot be restored.
pub fn purge(key: &TagKey, what: &Purged, with_submanifests: bool) -> Endpoint<()> {
    let mut body = json!({ "is_alive": *what == Purged::Present, "include_submanifests": with_submanifests });
    if let Purged::Past(digest) = what {
        body["manifest_digest"] = json!(digest);
    }
    Endpoint::<()>::post("repository/{namespace}/{+repository}/tag/{tag}/expire", &key.names())
        .describe(format!("delete tag {} for good", key.full_name()))
        .json(&body)
        .requires_scope(WRITE)
        .ability(&features::PURGE)
        .invalidates::<Tags>(Tags::of(&key.repository))
        .no_content()
}

/// How often a tag was pulled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TagPullsJson {
    pub tag_pull_count: i64,
    /// RFC 2822; null before the first pull.
    #[serde(default)]
    pub last_tag_pull_date: Option<String>,
    #[serde(default)]
    pub current_manifest_digest: Option<String>,
    pub manifest_pull_count: i64,
    /// RFC 2822; null before the first pull.
    #[serde(default)]
    pub last_manifest_pull_date: Option<String>,
}

/// How often a tag was pulled, and the manifest that it points to.
pub fn pulls(key: &TagKey) -> Endpoint<TagPullsJson> {
    Endpoint::get("repository/{namespace}/{+repository}/tag/{tag}/pull_statistics", &key.names())
        .describe(format!("read the pull statistics of tag {}", key.full_name()))
        .requires_scope(READ)
        .ability(&features::PULL_STATISTICS)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::Answer;

    fn key() -> TagKey {
        let repository = RepositoryKey { namespace: "acme".to_owned(), name: "team/app".to_owned() };
        TagKey { repository, tag: "v1".to_owned() }
    }

    #[test]
    fn one_tag_is_picked_out_of_a_list() {
        let body = r#"{"tags": [{"name": "v1", "reversion": false, "start_ts": 5, "manifest_digest": "sha256:a",
            "is_manifest_list": false, "size": 105}], "page": 1, "has_additional": false}"#;
        let tag = get(&key()).decode(&Answer::new(200, "application/json", body)).unwrap();
        assert_eq!((tag.end_ts, tag.immutable, tag.size), (None, None, Some(105)));
        assert_eq!(get(&key()).path(), Ok("repository/acme/team/app/tag/"));
        let none = Answer::new(200, "application/json", r#"{"tags": [], "page": 1, "has_additional": false}"#);
        assert!(get(&key()).decode(&none).is_err());
    }

    #[test]
    fn no_end_is_sent_as_null() {
        assert_eq!(expire_at(&key(), None).body().unwrap(), json!({ "expiration": null }));
        assert_eq!(expire_at(&key(), Some(7)).body().unwrap(), json!({ "expiration": 7 }));
    }

    #[test]
    fn the_past_is_named_by_its_manifest() {
        let body = purge(&key(), &Purged::Past("sha256:a".to_owned()), true).body().unwrap();
        assert_eq!(body, json!({ "is_alive": false, "include_submanifests": true, "manifest_digest": "sha256:a" }));
        let body = purge(&key(), &Purged::Present, false).body().unwrap();
        assert_eq!(body, json!({ "is_alive": true, "include_submanifests": false }));
    }
}
