//! Data source `quay_build`.
//!
//! Endpoints: `repository/{repository}/build/{build_uuid}...`, and for superusers `superuser/{build_uuid}/...`; see
//! [`crate::quay::api::builds`].

use async_trait::async_trait;

use super::builds::date;
use crate::framework::{Context, DataSource, Error, Model, Nested, Out, Result, check};
use crate::http::Kind;
use crate::quay::api::builds::{self, BuildJson, EntryJson};
use crate::quay::api::repositories::RepositoryKey;
use crate::quay::building::none;
use crate::quay::{Quay, names};

/// Reads a build: how far it is, what it is made of, and, with `include_logs`, what it has said.
///
/// Without `namespace` and `repository` a superuser reads any repository's build.
///
/// Once a build is over Quay moves its logs to its storage, from which only superusers read them here (since Quay 3.18); for others `logs_url`
/// says where they are.
///
/// Scope: `repo:read`, and for the logs `repo:write` (unless FEATURE_READER_BUILD_LOGS is on); without a repository `super:user`, of a superuser.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_build", together(namespace, repository), area = "Builds")]
pub struct BuildData {
    /// Organization or user that owns the repository; without it, a superuser's rights are used.
    #[arg(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Name of the repository within the namespace.
    #[arg(optional, check = names::repository())]
    repository: Option<String>,
    /// Id of the build.
    #[arg(required, check = check::length(1, 255))]
    build_id: String,
    /// Whether the logs are wanted too. False by default: they would stand in the state.
    #[arg(optional)]
    include_logs: Option<bool>,
    /// Full name of the repository, such as `acme/app`.
    #[out]
    repository_name: Out<String>,
    /// How far it is: `waiting`, `build-scheduled`, `unpacking`, `pulling`, `building`, `pushing`, `complete`, `error`, `internalerror`,
    /// `cancelled`, `expired`, or `cannot_load` where the server does not know.
    #[out]
    phase: Out<String>,
    /// The step of the Dockerfile that is carried out; null unless the build goes on.
    #[out]
    current_command: Out<Option<i64>>,
    /// How many steps the Dockerfile has; null unless the build goes on.
    #[out]
    total_commands: Out<Option<i64>>,
    /// When it was started (RFC 3339).
    #[out]
    started: Out<String>,
    /// What the web pages call it.
    #[out]
    display_name: Out<String>,
    /// Path of the Dockerfile.
    #[out]
    dockerfile_path: Out<String>,
    /// Folder that the Dockerfile sees.
    #[out]
    context: Out<String>,
    /// Tags that the image gets.
    #[out]
    tags: Out<Vec<String>>,
    /// Who started it by hand; null if nobody did.
    #[out]
    manual_user: Out<Option<String>>,
    /// Id of the trigger that started it; null if none did, or if it is deleted.
    #[out]
    trigger_id: Out<Option<String>>,
    /// The commit that is built; null where there is none, and for those who may not know.
    #[out]
    commit: Out<Option<String>>,
    /// Git's reference of that commit, such as `refs/heads/main`.
    #[out]
    git_ref: Out<Option<String>>,
    /// Address from which the commit is fetched.
    #[out]
    git_url: Out<Option<String>>,
    /// Where the archive is that is built; null without one, and for those who may not push.
    #[out]
    archive_url: Out<Option<String>>,
    /// Full name of the robot that pulls base images; null without one.
    #[out]
    pull_robot: Out<Option<String>>,
    /// Why the server does not know how far it is; else null.
    #[out]
    error: Out<Option<String>>,
    /// What it has said, in order; null unless `include_logs` is true, and where it is only at `logs_url`.
    #[out]
    logs: Out<Option<Vec<LogEntry>>>,
    /// Where its logs are, once they are archived; null before that, and unless `include_logs` is true.
    #[out]
    logs_url: Out<Option<String>>,
}

/// An entry of a build's log.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct LogEntry {
    /// `phase`, `command` or `error`; null for what a command prints.
    #[out]
    kind: Option<String>,
    /// What it says.
    #[out]
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
        let logs = match config.include_logs.unwrap_or_default() {
            true => Some(said(cx, key.as_ref(), &uuid).await?),
            false => None,
        };
        let mut data = config.with(found);
        if let Some(Said { entries, url }) = logs {
            let entries = entries.map(|entries| entries.into_iter().map(LogEntry::from).collect::<Vec<_>>());
            data.logs = Out::from(entries);
            data.logs_url = Out::from(url);
        }
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

/// What a build has said, and where that is once it is archived. `None` when it is only there.
struct Said {
    entries: Option<Vec<EntryJson>>,
    url: Option<String>,
}

/// What a build has said, from its first entry to its last.
async fn said(cx: &Context<Quay>, key: Option<&RepositoryKey>, uuid: &str) -> Result<Said> {
    let mut all = Vec::new();
    loop {
        let start = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let page = match key {
            Some(key) => cx.find(builds::logs(key, uuid, start)).await?.ok_or_else(|| none(key, uuid))?,
            None => cx.send(builds::any_logs(uuid, start)).await?,
        };
        if page.logs_url.is_some() {
            let entries = if key.is_none() { archived(cx, uuid).await? } else { None };
            return Ok(Said { entries, url: page.logs_url });
        }
        let came = page.logs.len();
        all.extend(page.logs);
        if came == 0 || i64::try_from(all.len()).is_ok_and(|had| had >= page.total) {
            return Ok(Said { entries: Some(all), url: None });
        }
    }
}

/// What a superuser reads of archived logs: nothing before 3.18.
async fn archived(cx: &Context<Quay>, uuid: &str) -> Result<Option<Vec<EntryJson>>> {
    match cx.find(builds::any_archive(uuid)).await {
        // There is no archive of a build that said nothing.
        Ok(archive) => Ok(Some(archive.unwrap_or_default().logs)),
        Err(error) if error.kind() == Kind::NotOffered => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl BuildData {
    fn with(self, json: BuildJson) -> Self {
        let metadata = json.trigger_metadata.unwrap_or_default();
        Self {
            repository_name: Out::from(format!("{}/{}", json.repository.namespace, json.repository.name)),
            phase: Out::from(json.phase),
            current_command: Out::from(json.status.current_command),
            total_commands: Out::from(json.status.total_commands),
            started: Out::from(date(json.started)),
            display_name: Out::from(json.display_name),
            dockerfile_path: Out::from(json.dockerfile_path.unwrap_or_default()),
            context: Out::from(json.context.unwrap_or_default()),
            tags: Out::from(json.tags),
            manual_user: Out::from(json.manual_user),
            trigger_id: Out::from(json.trigger.map(|trigger| trigger.id)),
            commit: Out::from(metadata.commit),
            git_ref: Out::from(metadata.reference),
            git_url: Out::from(metadata.git_url),
            archive_url: Out::from(json.archive_url),
            pull_robot: Out::from(json.pull_robot.map(|robot| robot.name)),
            error: Out::from(json.error),
            logs: Out::from(None),
            logs_url: Out::from(None),
            ..self
        }
    }
}
