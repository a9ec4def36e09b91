//! What the actions about builds share: they wait for a build, tell of its phases, and say why it failed.

use std::time::Duration;

use terraform_framework::schema::Check;
use terraform_framework::{Context, Error, Nested, Progress, Report, Result, check};
use tokio::time::{Instant, sleep_until};

use crate::api::builds::{self, BuildJson, EntryJson};
use crate::api::keys::RepositoryKey;
use crate::client::Quay;

/// The last lines of a build's log that an error shows.
const SHOWN: usize = 10;
/// So long a build is waited for, unless the configuration says otherwise.
const USUAL: Duration = Duration::from_secs(3600);
/// So long it is waited for at most: less than the actions may take.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Whether a build is waited for, how long, and whether the end of its log is shown where it fails.
#[derive(Debug, Clone, Nested)]
pub struct Waiting {
    /// Waits until the build is over, which is the default.
    #[attribute(optional)]
    wait: Option<bool>,
    /// How long to wait, such as `30m`: `24h` at most, and `1h` by default.
    #[attribute(optional, check = timeout())]
    timeout: Option<String>,
    /// Whether the error of a build that fails shows the last 10 lines of its log. False by default: what a build prints may be secret, and who
    /// runs Terraform for others often keeps what it says.
    #[attribute(optional)]
    show_log: Option<bool>,
}

/// How long to wait.
fn timeout() -> Check {
    check::text("a duration such as `30m` or `1h30m`, `24h` at most", |text| match check::parse_duration(text) {
        Some(limit) if limit <= LONGEST => Ok(()),
        _ => Err(format!("{text:?} is not a duration of at most 24 hours; write for example \"30m\" or \"1h30m\".")),
    })
}

impl Waiting {
    fn limit(&self) -> Duration {
        self.timeout.as_deref().and_then(check::parse_duration).unwrap_or(USUAL)
    }
}

/// Says in the plan that nothing will come of builds on a server that has them switched off.
pub(super) async fn expect_builder(cx: &Quay, report: &mut Report) {
    if cx.lacks("BUILD_SUPPORT").await {
        let detail = "FEATURE_BUILD_SUPPORT is off on this server: it takes builds, and nobody carries them out, so that they wait for ever. \
                      Ask its administrator to switch it on and to run a builder.";
        report.warn_all("The server does not build images", detail);
    }
}

/// Whether nothing more happens to a build in this phase.
pub(super) fn is_over(phase: &str) -> bool {
    matches!(phase, "complete" | "error" | "cancelled" | "expired")
}

/// Says that a build was started, and waits for it, if it is to be waited for.
pub(super) async fn follow(
    cx: &Context<Quay>,
    key: &RepositoryKey,
    started: BuildJson,
    waiting: &Waiting,
    progress: &Progress,
) -> Result<()> {
    let uuid = started.id.clone();
    let tags = started.tags.join(", ");
    progress.say(format!("Build {uuid} of repository {} is asked for (tags: {tags}).", key.full_name())).await;
    if waiting.wait == Some(false) {
        return Ok(());
    }
    let deadline = cx.deadline().min(Instant::now() + waiting.limit());
    let mut told = String::new();
    let mut build = started;
    loop {
        let now = said(&build);
        if now != told {
            progress.say(format!("Build {uuid}: {now}")).await;
            told = now;
        }
        if is_over(&build.phase) {
            return outcome(cx, key, &build, waiting.show_log == Some(true)).await;
        }
        let late = || unfinished(key, &build, "It was waited for as long as `timeout` allows.");
        let now = Instant::now();
        if now >= deadline {
            return Err(late());
        }
        // The last look is at the end of the time; a server that does not answer it is not waited for much longer.
        let next = (now + cx.poll).min(deadline);
        let look = async {
            sleep_until(next).await;
            cx.find(builds::status(key, &uuid)).await
        };
        let found = tokio::select! {
            biased;
            () = cx.stop().cancelled() => return Err(unfinished(key, &build, "The wait was stopped.")),
            found = look => found,
            () = sleep_until(deadline + cx.poll) => return Err(late()),
        };
        build = match found {
            Ok(Some(build)) => build,
            Ok(None) => return Err(vanished(key, &uuid)),
            Err(error) => {
                let hint = format!(
                    "Build {uuid} was {told} when it was seen last. It goes on at the server, and is not waited for any more."
                );
                return Err(Error::from(error).with_hint(hint));
            }
        };
    }
}

/// How far a build is, for people.
fn said(build: &BuildJson) -> String {
    match (build.status.current_command, build.status.total_commands, &build.error) {
        (Some(step), Some(steps), _) => format!("{} (step {step} of {steps})", build.phase),
        (_, _, Some(why)) if !why.is_empty() => format!("{} ({why})", build.phase),
        _ => build.phase.clone(),
    }
}

/// It is not waited for any more.
fn unfinished(key: &RepositoryKey, build: &BuildJson, why: &str) -> Error {
    let (uuid, name) = (&build.id, key.full_name());
    let more = match build.phase.as_str() {
        "waiting" => " Does the server have a builder that is free?",
        _ => "",
    };
    let detail = format!(
        "{why} It is {} and goes on at the server: the data source quay_build tells how far it is, and the action quay_cancel_build \
         cancels it.{more}",
        said(build)
    );
    Error::new(format!("Build {uuid} of repository {name} is not over"), detail)
}

/// It was there.
fn vanished(key: &RepositoryKey, uuid: &str) -> Error {
    let detail = "It was deleted while it was waited for, as it happens when its repository is deleted.";
    Error::new(format!("Build {uuid} of repository {} is gone", key.full_name()), detail)
}

async fn outcome(cx: &Context<Quay>, key: &RepositoryKey, build: &BuildJson, show_log: bool) -> Result<()> {
    let what = format!("Build {} of repository {}", build.id, key.full_name());
    match build.phase.as_str() {
        "complete" => Ok(()),
        "cancelled" => {
            Err(Error::new(format!("{what} was cancelled"), "Somebody cancelled it while it was waited for."))
        }
        "expired" => {
            let detail = "Quay tried it a few times, and no builder carried it out. Is there a builder, and can it reach the server?";
            Err(Error::new(format!("{what} was given up"), detail))
        }
        _ => {
            let lines = if show_log { last_lines(cx, key, &build.id).await } else { None };
            let detail = match lines {
                Some(lines) => format!("The end of its log:\n\n  {}", lines.join("\n  ")),
                None if show_log => "Its log cannot be read here; the server's web pages show it.".to_owned(),
                None => "Its log says why: on the server's web pages, or with `include_logs` of the data source quay_build. (With \
                         `show_log` the action shows the end of it in an error. What a build prints may be secret.)"
                    .to_owned(),
            };
            Err(Error::new(format!("{what} failed"), detail))
        }
    }
}

/// The end of a build's log, where it can be read.
async fn last_lines(cx: &Context<Quay>, key: &RepositoryKey, uuid: &str) -> Option<Vec<String>> {
    let logs = cx.send(builds::logs(key, uuid, 0)).await.ok()?.logs;
    let lines: Vec<String> = logs.iter().rev().take(SHOWN).rev().map(EntryJson::text).collect();
    (!lines.is_empty()).then_some(lines)
}

/// There is no such build.
pub(super) fn none(key: &RepositoryKey, uuid: &str) -> Error {
    let detail = "The data source quay_builds shows which there are.";
    Error::new(format!("Repository {} has no build {uuid}", key.full_name()), detail).at("build_id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_tries_again_is_not_over() {
        assert!(is_over("complete") && is_over("error") && is_over("cancelled") && is_over("expired"));
        assert!(!is_over("internalerror") && !is_over("cannot_load") && !is_over("pushing"));
    }

    #[test]
    fn a_build_is_waited_for_a_day_at_most() {
        let takes = |text: &str| (timeout().test)(&text.into()).is_ok();
        assert!(takes("24h") && takes("90s") && takes("1h30m"));
        assert!(!takes("25h") && !takes("0s") && !takes("soon"));
        let waiting =
            |timeout: Option<&str>| Waiting { wait: None, timeout: timeout.map(str::to_owned), show_log: None };
        assert_eq!(waiting(None).limit(), USUAL);
        assert_eq!(waiting(Some("2h")).limit(), Duration::from_secs(7200));
    }
}
