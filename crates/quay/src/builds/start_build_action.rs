//! Action `quay_start_build`.
//!
//! Endpoints: `repository/{repository}/build/` and `filedrop/`; see [`crate::api::builds`].

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};

use async_trait::async_trait;
use bytes::Bytes;
use registry_http::Kind;
use terraform_framework::schema::Check;
use terraform_framework::{Action, Context, Error, Flatten, Model, Progress, Report, Result, check};

use super::build_progress::{self, Waiting, follow};
use super::build_trigger::no_robot;
use crate::api::builds::{self, DropJson, NewBuild};
use crate::api::keys::RepositoryKey;
use crate::client::Quay;
use crate::client::lookup::no_repository;
use crate::images::references;
use crate::names;

/// Builds an image from an archive with a Dockerfile, and pushes it to a repository.
///
/// The archive (`.tar.gz`) is at an address that the builder can reach (`archive_url`), or in a file here, which is uploaded
/// (`archive_file`). Without `wait = false` the action tells of the phases of the build until it is over, and fails if it fails, is cancelled or
/// takes too long. A build that is no longer waited for goes on at the server.
///
/// The server needs a builder (FEATURE_BUILD_SUPPORT): without one a build waits for ever.
///
/// Scope: `repo:write`; with `pull_robot` also `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_start_build",
    exactly_one_of(archive_url, archive_file),
    timeouts(update = "25h"),
    subcategory = "Builds"
)]
pub struct StartBuild {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Address of the archive, with `http` or `https`. Quay shows it to all who may push to the repository; to all who may read it, which is
    /// everybody if it is public, where FEATURE_READER_BUILD_LOGS is on.
    #[attribute(optional, check = web_address())]
    archive_url: Option<String>,
    /// Path of the archive on the machine that Terraform runs on: of 512 MiB at most, because it is held in memory. Where Quay's storage
    /// is S3 (Amazon's, or another server's that Quay is told to treat so), Google's or IBM's, the archive is uploaded there, which this machine
    /// must reach. Elsewhere it goes through Quay's own web server, which takes 1 MiB, unless its administrator allows more. The upload may take
    /// as long as `request_timeout` allows, and a second more for each 16 KiB. Put a larger archive at an address, and give that as `archive_url`.
    #[attribute(optional, check = check::length(1, 4096))]
    archive_file: Option<String>,
    /// Path of the Dockerfile in the archive, such as `/app/Dockerfile`; `Dockerfile` in the context by default.
    #[attribute(optional, check = check::length(1, 4096))]
    dockerfile_path: Option<String>,
    /// Folder in the archive that the Dockerfile sees; by default that of the Dockerfile, or else `/`.
    #[attribute(optional, check = check::length(1, 4096))]
    context: Option<String>,
    /// Tags that the image gets, of 127 characters at most: Quay cuts what is longer. `latest` by default.
    #[attribute(
        optional,
        check = check::count(1, 100),
        check = check::each(references::built_tag())
    )]
    tags: Option<BTreeSet<String>>,
    /// Full name of the robot with which base images are pulled from this registry, such as `acme+builder`. The token's user must administrate
    /// the robot's organization.
    #[attribute(optional, check = names::robot_username())]
    pull_robot: Option<String>,
    /// Whether it is waited for, and how long.
    #[attribute(optional)]
    waiting: Flatten<Waiting>,
}

/// An address that Quay takes archives from.
fn web_address() -> Check {
    check::text("an address that begins with `http://` or `https://`, of ASCII characters", |text| {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Err(format!("{text:?} does not begin with \"http://\" or \"https://\"."));
        }
        // Quay fails at others.
        match text.is_ascii() {
            true => Ok(()),
            false => Err(format!("{text:?} has other characters than those of ASCII: encode them, as in \"%C3%A9\".")),
        }
    })
}

/// What an archive is.
const ARCHIVE: &str = "application/gzip";
/// The bytes of the largest archive that is uploaded.
const LARGEST: u64 = 512 << 20;

#[async_trait]
impl Action for StartBuild {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let file_id = match &config.archive_file {
            Some(path) => {
                // What was uploaded stays there.
                cx.ensure_repository(&key).await?;
                Some(upload(cx, path, progress).await?)
            }
            None => None,
        };
        let new = NewBuild {
            file_id,
            archive_url: config.archive_url.clone(),
            dockerfile_path: config.dockerfile_path.clone(),
            context: config.context.clone(),
            pull_robot: config.pull_robot.clone(),
            docker_tags: config.tags.map(Vec::from_iter),
        };
        let Some(started) = cx.find(builds::start(&key, &new)).await? else {
            // Of two things that may be missing, one is.
            cx.ensure_repository(&key).await?;
            return Err(new.pull_robot.map_or_else(|| no_repository(&key), |robot| no_robot(&robot)));
        };
        follow(cx, &key, started, &config.waiting.0, progress).await
    }

    async fn preflight(cx: &mut Context<Quay>, _: StartBuildView, report: &mut Report) {
        build_progress::expect_builder(cx, report).await;
    }
}

/// What a file holds; none if that is too much. The size of a pipe or a device is not known before.
fn content_of(path: &str) -> io::Result<Option<Bytes>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > LARGEST {
        return Ok(None);
    }
    let mut content = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= LARGEST).then(|| content.into()))
}

/// Uploads an archive; its id.
async fn upload(cx: &Context<Quay>, path: &str, progress: &Progress) -> Result<String> {
    let from = path.to_owned();
    // A large file must not hold up what else goes on.
    let read = tokio::task::spawn_blocking(move || content_of(&from)).await.map_err(Error::bug)?;
    let content =
        read.map_err(|error| Error::new("Cannot read the archive", format!("{path}: {error}.")).at("archive_file"))?;
    let Some(content) = content else {
        let detail = format!(
            "{path} has more than 512 MiB. Put it at an address that the builder can reach, and give that as `archive_url`."
        );
        return Err(Error::new("The archive is too large to be uploaded", detail).at("archive_file"));
    };
    let size = content.len();
    let mut again = true;
    loop {
        // A place is there for some minutes only: each attempt gets a new one.
        let place = cx.send(builds::announce(ARCHIVE)).await?;
        match cx.send(builds::upload(&place, ARCHIVE, content.clone())).await {
            Ok(()) => {
                progress.say(format!("{path} is uploaded ({size} bytes).")).await;
                return Ok(place.file_id);
            }
            Err(error) if again && matches!(error.kind(), Kind::NoAnswer | Kind::Unavailable) => again = false,
            Err(error) => return Err(not_uploaded(error, &place, size)),
        }
    }
}

/// Why an archive was not uploaded. An address without a signature is that of Quay's own web server, which may cut off what is too large before
/// it answers.
fn not_uploaded(error: registry_http::Error, place: &DropJson, size: usize) -> Error {
    let may_be_too_large = error.status() == Some(413) || error.kind() == Kind::NoAnswer && size > 1 << 20;
    let through_quay = !place.url.contains('?');
    let error = Error::from(error);
    match may_be_too_large && through_quay {
        true => error.with_hint(
            "The storage behind this Quay takes no direct uploads, so the archive goes through Quay's own web server, which takes 1 MiB unless \
             its administrator allows more. Put the archive at an address that the builder can reach, and give that as `archive_url`.",
        ),
        false => error,
    }
    .at("archive_file")
}
