//! Data source `quay_build`.
//!
//! Endpoints: `repository/{repository}/build/{build_uuid}...`, and for superusers `superuser/{build_uuid}/...`; see
//! [`crate::api::builds`].

use async_trait::async_trait;
use registry_http::{Course, Kind};
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Nested, Result, Secret, check};

use super::build_progress::none;
use super::builds_data_source::date;
use crate::api::builds::{self, BuildJson, CommitJson, EntryJson, LogsJson, PersonJson};
use crate::api::keys::RepositoryKey;
use crate::client::Quay;
use crate::logs::log_query;
use crate::names;

/// Reads a build: how far it is, what it is made of, and, with `include_logs`, what it has said.
///
/// Without `namespace` and `repository` a superuser reads any repository's build.
///
/// Once a build is over Quay moves its logs to its storage. Only superusers read them from there (since Quay 3.18), and only without `namespace`
/// and `repository`; for others `logs_url` says where they are.
///
/// With `include_addresses` it says where the archive that was built and the archived logs are. Quay has its storage sign such addresses anew
/// with each read: they are good for 5 minutes, let in whoever has them, and differ in each plan. Storage that signs none is reached through
/// Quay; there the address of an uploaded archive lets in whoever has it, for as long as the file is there.
///
/// Scope: `repo:read`, and for the logs `repo:write` (unless FEATURE_READER_BUILD_LOGS is on); without a repository `super:user`, of a superuser.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_build", together(namespace, repository), subcategory = "Builds")]
pub struct BuildData {
    /// Organization or user that owns the repository; without it, a superuser's rights are used.
    #[attribute(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Name of the repository within the namespace.
    #[attribute(optional, check = names::repository())]
    repository: Option<String>,
    /// Id of the build.
    #[attribute(required, check = check::length(1, 255))]
    build_id: String,
    /// Whether the logs are wanted too. False by default: they would stand in the state, and what a build prints may be secret.
    #[attribute(optional)]
    include_logs: Option<bool>,
    /// Whether `archive_url` and `logs_url` are wanted too. False by default: they would stand in the state, and differ in each plan.
    #[attribute(optional)]
    include_addresses: Option<bool>,
    /// Full name of the repository, such as `acme/app`.
    #[computed]
    repository_name: Computed<String>,
    /// How far it is: `waiting`, `build-scheduled`, `unpacking`, `pulling`, `building`, `pushing`, `complete`, `error`, `internalerror`,
    /// `cancelled`, `expired`, or `cannot_load` where the server does not know.
    #[computed]
    phase: Computed<String>,
    /// The step of the Dockerfile that is carried out; null unless the build goes on.
    #[computed]
    current_command: Computed<Option<i64>>,
    /// How many steps the Dockerfile has; null unless the build goes on.
    #[computed]
    total_commands: Computed<Option<i64>>,
    /// When it was started (RFC 3339).
    #[computed]
    started: Computed<String>,
    /// What the web pages call it.
    #[computed]
    display_name: Computed<String>,
    /// Path of the Dockerfile.
    #[computed]
    dockerfile_path: Computed<String>,
    /// Folder that the Dockerfile sees.
    #[computed]
    context: Computed<String>,
    /// Tags that the image gets.
    #[computed]
    tags: Computed<Vec<String>>,
    /// Who started it by hand; null if nobody did.
    #[computed]
    manual_user: Computed<Option<String>>,
    /// Id of the trigger that started it; null if none did, or if it is deleted.
    #[computed]
    trigger_id: Computed<Option<String>>,
    /// Where that trigger's source is: `custom-git`, `github`, `gitlab` or `bitbucket`; null without a trigger.
    #[computed]
    trigger_service: Computed<Option<String>>,
    /// The source of that trigger, without a password that its address may hold; null without a trigger, and for those who may not know.
    #[computed]
    build_source: Computed<Option<String>>,
    /// The commit that is built; null where there is none, and for those who may not know.
    #[computed]
    commit: Computed<Option<String>>,
    /// Git's reference of that commit, such as `refs/heads/main`.
    #[computed]
    git_ref: Computed<Option<String>>,
    /// Address from which the commit is fetched, without a password that it may hold.
    #[computed]
    git_url: Computed<Option<String>>,
    /// The default branch of the source; null where the service does not tell.
    #[computed]
    default_branch: Computed<Option<String>>,
    /// What the service tells of the commit; null where it tells nothing.
    #[computed]
    commit_info: Computed<Option<CommitInfo>>,
    /// Where the archive is that is built; null without one, for those who may not push (unless FEATURE_READER_BUILD_LOGS is on), and unless
    /// `include_addresses` is true.
    #[computed(sensitive)]
    archive_url: Computed<Option<Secret>>,
    /// Full name of the robot that pulls base images; null without one.
    #[computed]
    pull_robot: Computed<Option<String>>,
    /// Why the server does not know how far it is; else null.
    #[computed]
    error: Computed<Option<String>>,
    /// What it has said, in order; null unless `include_logs` is true, and while Quay cannot read it (`phase` is `cannot_load`, and a warning says
    /// so). Also null once it is archived: only superusers read the archive, where `namespace` and `repository` are left out.
    #[computed]
    logs: Computed<Option<Vec<LogEntry>>>,
    /// Where its logs are, once they are archived; null before that, and unless `include_addresses` is true.
    #[computed(sensitive)]
    logs_url: Computed<Option<Secret>>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct CommitInfo {
    /// Its message.
    #[computed]
    message: Option<String>,
    /// When it was made (RFC 3339), or what the service says of that.
    #[computed]
    date: Option<String>,
    /// Its page.
    #[computed]
    url: Option<String>,
    /// Who wrote it.
    #[computed]
    author: Option<CommitPerson>,
    /// Who made it.
    #[computed]
    committer: Option<CommitPerson>,
}

/// Somebody at the service that has the source.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct CommitPerson {
    /// Name at the service.
    #[computed]
    username: Option<String>,
    /// The page.
    #[computed]
    url: Option<String>,
    /// The picture.
    #[computed]
    avatar_url: Option<String>,
}

impl From<CommitJson> for CommitInfo {
    fn from(json: CommitJson) -> Self {
        Self {
            message: json.message,
            date: json.date.map(|text| dates::rfc3339(&text).unwrap_or(text)),
            url: json.url,
            author: json.author.map(CommitPerson::from),
            committer: json.committer.map(CommitPerson::from),
        }
    }
}

impl From<PersonJson> for CommitPerson {
    fn from(json: PersonJson) -> Self {
        Self { username: json.username, url: json.url, avatar_url: json.avatar_url }
    }
}

/// An entry of a build's log.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct LogEntry {
    /// `phase`, `command` or `error`; null for what a command prints.
    #[computed]
    kind: Option<String>,
    /// What it says.
    #[computed]
    message: String,
}

impl From<EntryJson> for LogEntry {
    fn from(json: EntryJson) -> Self {
        Self { message: json.text(), kind: json.kind }
    }
}

#[async_trait]
impl DataSource for BuildData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let uuid = config.build_id.clone();
        let key = match (&config.namespace, &config.repository) {
            (Some(namespace), Some(name)) => Some(RepositoryKey { namespace: namespace.clone(), name: name.clone() }),
            _ => None,
        };
        let found = match &key {
            Some(key) => cx.find(builds::get(key, &uuid)).await?.ok_or_else(|| none(key, &uuid))?,
            None => anywhere(cx, &uuid).await?,
        };
        let wanted = (config.include_logs == Some(true), config.include_addresses == Some(true));
        let cannot_load = found.phase == CANNOT_LOAD;
        let mut data = config.with(found);
        let logs = match wanted {
            (true, _) => said(cx, key.as_ref(), &uuid, cannot_load).await?,
            (false, true) => {
                Said { entries: None, url: page(cx, &mut cx.course(), key.as_ref(), &uuid, 0).await?.logs_url }
            }
            (false, false) => return Ok(data),
        };
        let entries = logs.entries.map(|entries| entries.into_iter().map(LogEntry::from).collect::<Vec<_>>());
        data.logs = Computed::from(entries);
        data.logs_url = Computed::from(logs.url.filter(|_| wanted.1).map(Secret::from));
        Ok(data)
    }
}

/// Any repository's build. While it goes on, its status is the newer word.
async fn anywhere(cx: &Context<Quay>, uuid: &str) -> Result<BuildJson> {
    let unknown = || {
        let detail = "No repository has a build of this id.";
        Error::new(format!("There is no build {uuid}"), detail).at("build_id")
    };
    cx.find(builds::any(uuid)).await?.ok_or_else(unknown)?;
    cx.find(builds::any_status(uuid)).await?.ok_or_else(unknown)
}

/// The phase of a build where Quay cannot ask Redis, which knows how far it is and what it has said.
const CANNOT_LOAD: &str = "cannot_load";

/// What a build has said, and where that is once it is archived. `None` when it is only there, or cannot be read.
struct Said {
    entries: Option<Vec<EntryJson>>,
    url: Option<String>,
}

/// What a build has said from an entry on, or where that is.
async fn page(
    cx: &Context<Quay>,
    course: &mut Course,
    key: Option<&RepositoryKey>,
    uuid: &str,
    start: i64,
) -> Result<LogsJson> {
    let asked = match key {
        Some(key) => builds::logs(key, uuid, start),
        None => builds::any_logs(uuid, start),
    };
    // A page of nothing may also be that of logs that cannot be read.
    let tells = |page: &LogsJson| (page.logs.len(), !page.logs.is_empty() && end_of(page, start) < page.total);
    match (cx.page(course, asked, tells).await, key) {
        (Err(error), Some(key)) if error.is_not_found() => Err(none(key, uuid)),
        (page, _) => Ok(page?),
    }
}

/// The place of the entry after the last one of a page that begins at `start`.
fn end_of(page: &LogsJson, start: i64) -> i64 {
    i64::try_from(page.logs.len()).map_or(i64::MAX, |came| start.saturating_add(came))
}

/// What a build has said, from its first entry to its last. Where Quay cannot read that, it answers as if nothing had been said.
async fn said(cx: &mut Context<Quay>, key: Option<&RepositoryKey>, uuid: &str, cannot_load: bool) -> Result<Said> {
    let (mut all, mut start, mut course) = (Vec::new(), 0, cx.course());
    loop {
        let page = page(cx, &mut course, key, uuid, start).await?;
        if page.logs_url.is_some() {
            let entries = if key.is_none() { archived(cx, uuid).await? } else { None };
            return Ok(Said { entries, url: page.logs_url });
        }
        let came = page.logs.len();
        if came == 0 && (cannot_load || !all.is_empty()) {
            let detail =
                "Quay cannot ask Redis at present, where what builds say is kept until it is archived. `logs` is null.";
            cx.warn(format!("The logs of build {uuid} cannot be read"), detail);
            return Ok(Said { entries: None, url: None });
        }
        start = end_of(&page, start);
        all.extend(page.logs);
        if came == 0 || start >= page.total {
            return Ok(Said { entries: Some(all), url: None });
        }
    }
}

/// What a superuser reads of archived logs: nothing before 3.18.
async fn archived(cx: &Context<Quay>, uuid: &str) -> Result<Option<Vec<EntryJson>>> {
    match cx.find(builds::any_archive(uuid)).await {
        // There is no archive of a build that said nothing.
        Ok(archive) => Ok(Some(archive.unwrap_or_default().logs)),
        Err(error) if error.kind() == Kind::Unsupported => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl BuildData {
    fn with(self, json: BuildJson) -> Self {
        let (metadata, trigger) = (json.trigger_metadata.unwrap_or_default(), json.trigger);
        let archive_url = json.archive_url.filter(|_| self.include_addresses == Some(true)).map(Secret::from);
        Self {
            repository_name: Computed::from(format!("{}/{}", json.repository.namespace, json.repository.name)),
            phase: Computed::from(json.phase),
            current_command: Computed::from(json.status.current_command),
            total_commands: Computed::from(json.status.total_commands),
            started: Computed::from(date(json.started)),
            display_name: Computed::from(json.display_name),
            dockerfile_path: Computed::from(json.dockerfile_path.unwrap_or_default()),
            context: Computed::from(json.context.unwrap_or_default()),
            tags: Computed::from(json.tags),
            manual_user: Computed::from(json.manual_user),
            trigger_id: Computed::from(trigger.as_ref().map(|trigger| trigger.id.clone())),
            trigger_service: Computed::from(trigger.as_ref().map(|trigger| trigger.service.clone())),
            build_source: Computed::from(
                trigger.and_then(|trigger| trigger.build_source).map(|source| log_query::without_password(&source)),
            ),
            commit: Computed::from(metadata.commit),
            git_ref: Computed::from(metadata.reference),
            git_url: Computed::from(metadata.git_url.map(|url| log_query::without_password(&url))),
            default_branch: Computed::from(metadata.default_branch),
            commit_info: Computed::from(metadata.commit_info.map(CommitInfo::from)),
            archive_url: Computed::from(archive_url),
            pull_robot: Computed::from(json.pull_robot.map(|robot| robot.name)),
            error: Computed::from(json.error),
            logs: Computed::from(None),
            logs_url: Computed::from(None),
            ..self
        }
    }
}
