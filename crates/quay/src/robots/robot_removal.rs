//! Deleting a robot, which Quay refuses while a mirror uses it: also one that is switched off, for the API cannot delete mirrors, and one
//! whose repository was deleted, until Quay has cleaned up (source).

use registry_http::Collection;
use terraform_framework::{Context, Error, Result};
use tokio::time::Instant;

use crate::api::keys::RepositoryKey;
use crate::api::mirrors;
use crate::api::permissions::{GrantKey, Holder, OfHolder};
use crate::api::robots::{self, RobotKey};
use crate::client::Quay;

/// How often it is looked whether what a destroyed mirror left behind goes with its repository, which may be deleted at the same time.
const LOOKS: u32 = 4;

/// Who uses a robot.
enum Use {
    /// The mirror of a repository.
    Mirror(String),
    /// What a destroyed mirror has left behind in a repository.
    LeftBehind(String),
    /// Nothing that can be seen any more.
    Nothing,
}

/// Deletes a robot; waits for mirrors that are about to go.
pub(super) async fn remove(cx: &Context<Quay>, key: &RobotKey) -> Result<()> {
    let mut looks = 0;
    loop {
        let deleted = cx.find(robots::delete(key)).await;
        let refusal = match deleted {
            Err(error) if is_used(&error) => error,
            done => return Ok(done.map(drop)?),
        };
        let used = user_of(cx, key).await?;
        let patient = match used {
            Use::Mirror(_) => false,
            Use::LeftBehind(_) => looks < LOOKS,
            Use::Nothing => true,
        };
        let next = Instant::now() + cx.poll;
        if !patient || next >= cx.deadline() {
            return Err(Error::from(refusal).with_hint(hint(&key.full_name(), &used)));
        }
        looks += 1;
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = cx.stop().cancelled() => {
                return Err(Error::from(refusal).with_hint("It was waited for the mirror to go, until that was stopped."));
            }
        }
    }
}

fn is_used(error: &registry_http::Error) -> bool {
    error.message().is_some_and(|message| message.contains("used by a mirror"))
}

fn hint(robot: &str, used: &Use) -> String {
    match used {
        Use::Mirror(repository) => format!(
            "The mirror of repository {repository} pushes as {robot}. Give that mirror another robot in `robot_username` first."
        ),
        Use::LeftBehind(repository) => format!(
            "Repository {repository} was a mirror that pushed as {robot}. The mirror is switched off, but Quay's API cannot delete it. Delete \
             the repository, or make it a mirror again with another robot in `robot_username`; then the robot can be deleted."
        ),
        Use::Nothing => format!(
            "No mirror that uses {robot} can be seen: it was that of a repository that was deleted. Quay lets the robot go when it has \
             cleaned up. Destroy again later, or allow more time in `timeouts.delete`."
        ),
    }
}

/// Looks through the repositories in which the robot has a permission: a mirror gives it one.
async fn user_of(cx: &Context<Quay>, key: &RobotKey) -> Result<Use> {
    let holder = Holder::User(key.full_name());
    let held = OfHolder::list(&GrantKey { namespace: key.namespace.clone(), repository: String::new(), holder });
    let mut left_behind = Use::Nothing;
    for grant in cx.list(held).await? {
        let repository = RepositoryKey { namespace: key.namespace.name.clone(), name: grant.name };
        let mirror = cx.find(mirrors::get(&repository)).await?;
        let Some(mirror) = mirror.filter(|mirror| mirror.robot_username == Some(key.full_name())) else { continue };
        match mirror.is_enabled {
            true => return Ok(Use::Mirror(repository.full_name())),
            false => left_behind = Use::LeftBehind(repository.full_name()),
        }
    }
    Ok(left_behind)
}
