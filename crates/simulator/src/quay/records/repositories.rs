//! Repositories.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::builds::{Build, Trigger};
use super::images::{Images, Manifest, Reach, Tag, now_ms};
use super::mirrors::Mirror;
use super::notifications::ExternalNotification;
use super::permissions::Role;
use super::policies::Policies;

/// Whether a repository can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RepositoryState {
    /// It can.
    Normal,
    /// It can not.
    ReadOnly,
    /// Only by mirroring.
    Mirror,
}

/// A repository.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Tells the order of creation.
    pub number: u64,
    /// Markdown.
    pub description: String,
    /// Whether everybody may pull.
    pub is_public: bool,
    /// Whether it can be written.
    pub state: RepositoryState,
    /// Opens its status badge.
    pub status_token: String,
    /// Roles of users and robots (full names).
    pub users: BTreeMap<String, Role>,
    /// Roles of teams of its organization.
    pub teams: BTreeMap<String, Role>,
    /// Tags by name: those that there are, and those that ended by themselves.
    #[serde(default)]
    pub tags: BTreeMap<String, Tag>,
    /// What belongs to its images beside them.
    #[serde(default)]
    pub images: Images,
    /// Bytes that it holds.
    #[serde(default)]
    pub quota_bytes: u64,
    /// Policies about its tags.
    #[serde(default)]
    pub policies: Policies,
    /// What it mirrors.
    #[serde(default)]
    pub mirror: Option<Mirror>,
    /// Rules that creations of a mirror left behind when they failed.
    #[serde(default)]
    pub lost_mirror_rules: Vec<Vec<String>>,
    /// Whom to tell of what, by UUID.
    #[serde(default)]
    pub external_notifications: BTreeMap<String, ExternalNotification>,
    /// E-mail addresses that may be told, and whether their owners agreed.
    #[serde(default)]
    pub authorized_emails: BTreeMap<String, bool>,
    /// What starts builds, by UUID.
    #[serde(default)]
    pub triggers: BTreeMap<String, Trigger>,
    /// Builds by UUID.
    #[serde(default)]
    pub builds: BTreeMap<String, Build>,
    /// Users who marked it with a star.
    #[serde(default)]
    pub stars: BTreeSet<String>,
}

impl Repository {
    /// A tag that stands for a manifest now.
    pub(crate) fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.get(name).filter(|tag| tag.is_alive(now_ms()))
    }

    /// Whatever was, is, or keeps a manifest.
    pub(crate) fn all_tags(&self) -> impl Iterator<Item = &Tag> {
        self.tags.values().chain(&self.images.history)
    }

    /// A manifest, if it is as near as this.
    pub(crate) fn manifest(&self, digest: &str, reach: Reach) -> Option<&Manifest> {
        let found = self.images.manifests.get(digest)?;
        let now = now_ms();
        let alive = |tag: &&Tag| tag.is_alive(now) && (reach == Reach::Pushed || !tag.hidden);
        let mut alive = self.all_tags().filter(alive);
        let holds = |tag: &Tag| {
            let parent = self.images.manifests.get(&tag.manifest_digest);
            tag.manifest_digest == digest
                || parent.is_some_and(|parent| parent.children().iter().any(|child| child == digest))
        };
        (reach == Reach::All || alive.any(holds)).then_some(found)
    }

    /// Bytes of a tag's layers; none of a list of manifests.
    pub(crate) fn tag_size(&self, tag: &Tag) -> Option<u64> {
        match self.images.manifests.get(&tag.manifest_digest) {
            Some(manifest) => manifest.layers_size(),
            None => tag.size,
        }
    }
}
