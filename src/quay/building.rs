//! What the actions about builds share: they wait for a build, tell of its phases, and say why it failed.

use std::time::Duration;

use tokio::time::Instant;

use super::Quay;
use super::api::builds::{self, BuildJson, EntryJson};
use super::api::repositories::RepositoryKey;
use crate::framework::{Context, Error, Progress, Result, check};

/// The last lines of a build's log that an error shows.
const SHOWN: usize = 10;

/// Whether a build is waited for, and how long.
pub(super) struct Patience {
    wait: bool,
    limit: Option<Duration>,
}

impl Patience {
    /// As the arguments say; without them, it is waited for as long as the action may take.
    pub(super) fn of(wait: Option<bool>, timeout: Option<&String>) -> Self {
        Self { wait: wait.unwrap_or(true), limit: timeout.and_then(|text| check::parse_duration(text)) }
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
    patience: &Patience,
    progress: &Progress,
) -> Result<()> {
    let uuid = started.id.clone();
    let tags = started.tags.join(", ");
    let name = key.full_name();
    progress.say(format!("Build {uuid} of repository {name} is asked for (tags: {tags}).")).await;
    if !patience.wait {
        return Ok(());
    }
    let deadline = patience.limit.map_or(cx.deadline(), |limit| cx.deadline().min(Instant::now() + limit));
    let mut told = String::new();
    let mut build = started;
    loop {
        let now = said(&build);
        if now != told {
            progress.say(format!("Build {uuid}: {now}")).await;
            told = now;
        }
        if is_over(&build.phase) {
            return outcome(cx, key, &build).await;
        }
        let next = Instant::now() + cx.poll;
        let unfinished =
            |detail: &str| Err(Error::new(format!("Build {uuid} of repository {name} is not over"), detail));
        if next >= deadline {
            return unfinished("It was waited for as long as it may take. It goes on at the server.");
        }
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = cx.stop().cancelled() => return unfinished("The wait was stopped. The build goes on at the server."),
        }
        build = cx.find(builds::status(key, &uuid)).await?.ok_or_else(|| none(key, &uuid))?;
    }
}

/// How far a build is, for people.
fn said(build: &BuildJson) -> String {
    match (build.status.current_command, build.status.total_commands) {
        (Some(step), Some(steps)) => format!("{} (step {step} of {steps})", build.phase),
        _ => build.phase.clone(),
    }
}

async fn outcome(cx: &Context<Quay>, key: &RepositoryKey, build: &BuildJson) -> Result<()> {
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
            let detail = match last_lines(cx, key, &build.id).await {
                Some(lines) => format!("The end of its log:\n\n  {}", lines.join("\n  ")),
                None => "Its log, on the server's web pages, says why.".to_owned(),
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
    let detail = "The data source quay_builds shows which there are. With a build trigger Quay deletes the builds that it started.";
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
}
