//! Builds of images, and files that they are made from.
//!
//! Observed: a build without an archive and a file is a 400; a new one is `waiting`, its tags are `latest` unless others are asked for. From
//! Quay's source: a list shows the newest, five unless more are asked for, and has no pages; the status is told in the same words as the build
//! itself; logs are a file elsewhere once they are archived; a build can be cancelled until its image is pushed (400 after that); the routes of
//! the status and the logs say with a 400 that there is no such build.

use std::collections::BTreeSet;

use bytes::Bytes;
use registry_http::{Acknowledgement, Endpoint, Listing, NotFound, Repetition};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::keys::RepositoryKey;
use super::namespaces::same_name;
use super::scopes::SUPERUSER;
use super::triggers::TriggerJson;
use crate::features;

/// A build as Quay shows it. Its trigger may hold secrets.
#[derive(Clone, Deserialize)]
pub struct BuildJson {
    pub id: String,
    /// `waiting`, `build-scheduled`, `unpacking`, `pulling`, `building`, `pushing`, `complete`, `error`, `internalerror`, `cancelled`,
    /// `expired`, or `cannot_load` where the server does not know just now.
    pub phase: String,
    /// RFC 2822.
    #[serde(default)]
    pub started: Option<String>,
    #[serde(default)]
    pub display_name: String,
    /// How far it is; empty unless it goes on.
    #[serde(default)]
    pub status: StatusJson,
    #[serde(default)]
    pub dockerfile_path: Option<String>,
    #[serde(default)]
    pub context: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub manual_user: Option<String>,
    #[serde(default)]
    pub trigger: Option<TriggerJson>,
    /// What the trigger knows of the commit; null for those who may not know.
    #[serde(default)]
    pub trigger_metadata: Option<MetadataJson>,
    /// Id of the uploaded file.
    #[serde(default)]
    pub resource_key: Option<String>,
    #[serde(default)]
    pub pull_robot: Option<RobotJson>,
    pub repository: OfJson,
    #[serde(default)]
    pub error: Option<String>,
    /// Only for those who may push, and for all readers where FEATURE_READER_BUILD_LOGS is on. The address of an uploaded file may let in
    /// whoever has it.
    #[serde(default)]
    pub archive_url: Option<String>,
}

/// The repository of a build.
#[derive(Debug, Clone, Deserialize)]
pub struct OfJson {
    pub namespace: String,
    pub name: String,
}

impl OfJson {
    fn is(&self, key: &RepositoryKey) -> bool {
        same_name(&self.namespace, &key.namespace) && self.name == key.name
    }
}

/// A robot.
#[derive(Debug, Clone, Deserialize)]
pub struct RobotJson {
    pub name: String,
}

/// How far a build is.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatusJson {
    #[serde(default)]
    pub total_commands: Option<i64>,
    #[serde(default)]
    pub current_command: Option<i64>,
}

/// The commit of a build.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct MetadataJson {
    #[serde(default)]
    pub commit: Option<String>,
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    #[serde(default)]
    pub git_url: Option<String>,
    #[serde(default)]
    pub default_branch: Option<String>,
    #[serde(default)]
    pub commit_info: Option<CommitJson>,
}

/// What a service tells of a commit; a plain Git server, what its report says.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CommitJson {
    #[serde(default)]
    pub message: Option<String>,
    /// As the service writes it.
    #[serde(default)]
    pub date: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub author: Option<PersonJson>,
    #[serde(default)]
    pub committer: Option<PersonJson>,
}

/// Who wrote a commit, or made it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PersonJson {
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub avatar_url: Option<String>,
}

/// What a build has said, from the entry `start` on.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct LogsJson {
    #[serde(default)]
    pub total: i64,
    #[serde(default)]
    pub logs: Vec<EntryJson>,
    /// Where the logs are, once they are archived. It may let in whoever has it.
    #[serde(default)]
    pub logs_url: Option<String>,
}

/// An entry of a build's log.
#[derive(Debug, Clone, Deserialize)]
pub struct EntryJson {
    #[serde(default)]
    pub message: Value,
    /// `phase`, `command` or `error`; none for what a command prints.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

impl EntryJson {
    /// What it says.
    pub fn text(&self) -> String {
        self.message.as_str().map_or_else(|| self.message.to_string(), str::to_owned)
    }
}

/// What is to be built.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewBuild {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dockerfile_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_robot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_tags: Option<Vec<String>>,
}

impl NewBuild {
    fn describes(&self, found: &BuildJson) -> bool {
        let place = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let sorted = |tags: &[String]| tags.iter().cloned().collect::<BTreeSet<_>>();
        let robot = found.pull_robot.as_ref().map(|robot| &robot.name);
        found.trigger.is_none()
            && found.resource_key == self.file_id
            && (self.archive_url.is_none() || self.archive_url == found.archive_url)
            && place(&self.dockerfile_path, &found.dockerfile_path)
            && place(&self.context, &found.context)
            && robot == self.pull_robot.as_ref()
            && self.docker_tags.as_ref().is_none_or(|tags| sorted(tags) == sorted(&found.tags))
    }
}

/// A place for a file.
#[derive(Clone, Deserialize)]
pub struct DropJson {
    /// Where the file is to be put. Whoever has it may.
    pub url: String,
    pub file_id: String,
}

const READ: &str = "repo:read";
const WRITE: &str = "repo:write";
/// So many builds are looked at for one whose answer was lost.
const RECENT: usize = 100;

/// No build of this id, as the routes of the status and the logs say it.
const UNKNOWN: NotFound = NotFound::message(400, "Unable to locate a build");

fn all(key: &RepositoryKey) -> Endpoint<Vec<BuildJson>> {
    let wanted = key.clone();
    Endpoint::<Vec<BuildJson>>::get("repository/{namespace}/{+repository}/build/", &key.names())
        .within("/builds")
        .identified(move |all| all.iter().all(|build| build.repository.is(&wanted)))
        .describe(format!("list the builds of repository {}", key.full_name()))
        .requires_scope(READ)
}

/// The newest builds, at most so many; those since a time (seconds since 1970).
pub fn newest(key: &RepositoryKey, limit: usize, since: Option<i64>) -> Endpoint<Vec<BuildJson>> {
    let endpoint = all(key).query("limit", limit);
    match since {
        Some(since) => endpoint.query("since", since),
        None => endpoint,
    }
}

fn one<'a>(key: &'a RepositoryKey, uuid: &'a str) -> [&'a str; 3] {
    let [namespace, name] = key.names();
    [namespace, name, uuid]
}

/// One build.
pub fn get(key: &RepositoryKey, uuid: &str) -> Endpoint<BuildJson> {
    let wanted = uuid.to_owned();
    Endpoint::<BuildJson>::get("repository/{namespace}/{+repository}/build/{build_uuid}", &one(key, uuid))
        .describe(format!("read build {uuid} of repository {}", key.full_name()))
        .requires_scope(READ)
        .identified(move |found| found.id == wanted)
}

/// How far one build is.
pub fn status(key: &RepositoryKey, uuid: &str) -> Endpoint<BuildJson> {
    let wanted = uuid.to_owned();
    Endpoint::<BuildJson>::get("repository/{namespace}/{+repository}/build/{build_uuid}/status", &one(key, uuid))
        .describe(format!("read the status of build {uuid} of repository {}", key.full_name()))
        .not_found_when(UNKNOWN)
        .requires_scope(READ)
        .identified(move |found| found.id == wanted)
}

/// What a build has said, from an entry on.
pub fn logs(key: &RepositoryKey, uuid: &str, start: i64) -> Endpoint<LogsJson> {
    Endpoint::get("repository/{namespace}/{+repository}/build/{build_uuid}/logs", &one(key, uuid))
        .query("start", start)
        .describe(format!("read the logs of build {uuid} of repository {}", key.full_name()))
        .not_found_when(UNKNOWN)
        .requires_scope("repo:write (or repo:read where FEATURE_READER_BUILD_LOGS is on)")
}

/// Starts a build. After a lost answer it is looked for among the newest.
pub fn start(key: &RepositoryKey, new: &NewBuild) -> Endpoint<BuildJson> {
    let wanted = new.clone();
    Endpoint::post("repository/{namespace}/{+repository}/build/", &key.names())
        .describe(format!("start a build of repository {}", key.full_name()))
        .json(new)
        .requires_scope("repo:write (and org:admin for the robot that pulls)")
        .repetition(
            Repetition::compared(
                format!("builds of {}", key.full_name()),
                Listing::whole(newest(key, RECENT, None)),
                |build: &BuildJson| build.id.clone(),
                move |found| wanted.describes(&found).then_some(found),
                |made| made.id.clone(),
            )
            .sent_once(),
        )
}

/// Cancels a build.
pub fn cancel(key: &RepositoryKey, uuid: &str) -> Endpoint<()> {
    Endpoint::delete("repository/{namespace}/{+repository}/build/{build_uuid}", &one(key, uuid))
        .describe(format!("cancel build {uuid} of repository {}", key.full_name()))
        .requires_scope("repo:admin")
        .acknowledged(Acknowledgement::Word(&["Okay"]))
}

/// Announces a file.
pub fn announce(media_type: &str) -> Endpoint<DropJson> {
    Endpoint::post("filedrop/", &[])
        .describe("ask for a place to upload a file to")
        .json(&json!({ "mimeType": media_type }))
        .requires_scope(WRITE)
        .repetition(Repetition::IDEMPOTENT)
}

/// Puts a file in its place, which may be at another server: of the storage behind Quay. It can be given up at any time, for nobody knows the
/// file yet; and it is not repeated, because the place is there for five minutes only.
pub fn upload(place: &DropJson, media_type: &'static str, content: Bytes) -> Endpoint<()> {
    Endpoint::<Value>::put("/userfiles/{file_id}", &[&place.file_id])
        .elsewhere(&place.url)
        .bytes(media_type, content)
        .describe(format!("upload file {}", place.file_id))
        .acknowledged(Acknowledgement::Unspecified)
        .repetition(Repetition::Discardable)
}

fn of_any(endpoint: Endpoint<BuildJson>, what: &str, uuid: &str) -> Endpoint<BuildJson> {
    let wanted = uuid.to_owned();
    let endpoint =
        endpoint.describe(format!("read {what} {uuid}")).requires_scope(SUPERUSER).ability(&features::SUPERUSERS);
    endpoint.not_found_when(UNKNOWN).identified(move |found| found.id == wanted)
}

/// Any repository's build, for superusers.
pub fn any(uuid: &str) -> Endpoint<BuildJson> {
    of_any(Endpoint::get("superuser/{build_uuid}/build", &[uuid]), "build", uuid)
}

/// How far any repository's build is, for superusers.
pub fn any_status(uuid: &str) -> Endpoint<BuildJson> {
    of_any(Endpoint::get("superuser/{build_uuid}/status", &[uuid]), "the status of build", uuid)
}

/// What any repository's build has said, from an entry on, for superusers.
pub fn any_logs(uuid: &str, start: i64) -> Endpoint<LogsJson> {
    Endpoint::get("superuser/{build_uuid}/logs", &[uuid])
        .query("start", start)
        .describe(format!("read the logs of build {uuid}"))
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .not_found_when(UNKNOWN)
}

/// Nothing was said by a build whose logs are archived: then there is no archive.
const SILENT: NotFound = NotFound::message(400, "Archived logs not available");

/// The archived logs of any repository's build, for superusers.
pub fn any_archive(uuid: &str) -> Endpoint<LogsJson> {
    Endpoint::get("superuser/{build_uuid}/logs/archive", &[uuid])
        .describe(format!("read the archived logs of build {uuid}"))
        .requires_scope(SUPERUSER)
        .ability(&features::ARCHIVED_LOGS)
        .not_found_when(UNKNOWN)
        .not_found_when(SILENT)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_asked_for_with_what_is_given_alone() {
        let key = RepositoryKey { namespace: "acme".to_owned(), name: "team/app".to_owned() };
        let new = NewBuild { archive_url: Some("https://example.com/app.tar.gz".to_owned()), ..NewBuild::default() };
        let endpoint = start(&key, &new);
        assert_eq!(endpoint.path(), Ok("repository/acme/team/app/build/"));
        assert_eq!(endpoint.body(), Some(json!({ "archive_url": "https://example.com/app.tar.gz" })));
    }
}
