//! Deleting a project, and what it holds if the user said so.

use registry_http::Kind;
use terraform_framework::{Context, Error, Result};

use crate::api::projects::ProjectJson;
use crate::api::{projects, repositories, retentions};
use crate::client::Harbor;

/// How many repositories, or robots, a text names.
const NAMED: usize = 10;

/// Deletes a project. One that holds repositories is refused, unless they may be deleted with it; one whose deletion would end the server
/// is refused in any case.
pub(super) async fn remove(cx: &mut Context<Harbor>, project: &str, force: bool) -> Result<()> {
    let Some(found) = cx.find(projects::get(project)).await? else { return Ok(()) };
    check(cx, &found).await?;
    let error = match cx.delete(projects::delete(project)).await {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == Kind::Conflict => error,
        Err(error) => return Err(error.into()),
    };
    let held = held(cx, project).await?;
    if held.is_empty() {
        return Err(error.into());
    }
    if !force {
        return Err(refusal(project, &held));
    }
    for repository in &held {
        // Harbor has no way to delete them together. One that keeps an immutable tag is refused.
        cx.delete(repositories::delete(project, repository)).await.map_err(|error| match error.kind() {
            Kind::Conflict => Error::from(error).with_hint(
                "An immutable tag probably keeps the repository from being deleted. Delete or change the project's rules for \
                 immutable tags, then apply again.",
            ),
            _ => error.into(),
        })?;
    }
    cx.delete(projects::delete(project)).await?;
    Ok(())
}

/// Refuses what would end the server. A policy that may not be read could be one that does.
async fn check(cx: &Harbor, project: &ProjectJson) -> Result<()> {
    match obstacle(cx, project).await {
        Ok(None) => Ok(()),
        Ok(Some(refusal)) => Err(refusal),
        Err(error) => {
            let hint = format!(
                "Project {} was not deleted: where the trigger of its retention policy has no `cron`, that would end Harbor's process, so the \
                 policy has to be read first.",
                project.name
            );
            Err(Error::from(error).with_hint(hint))
        }
    }
}

/// Why Harbor would not survive the deletion of a project, if it would not: see [`retentions`].
///
/// # Errors
/// When that cannot be known.
pub(super) async fn obstacle(cx: &Harbor, project: &ProjectJson) -> registry_http::Result<Option<Error>> {
    let Some(id) = project.setting("retention_id") else { return Ok(None) };
    let mut policy = cx.find(retentions::get(id)).await?;
    // Harbor words it like this when its database fails, too, and takes the number of a policy that it deletes from the project (both as
    // recorded): where a project that is read now still names it, that answer counts only if it comes a second time.
    if policy.is_none()
        && let Some(now) = cx.find(projects::get(&project.name)).await?
        && now.setting("retention_id") == Some(id)
    {
        policy = cx.find(retentions::get(id)).await?;
    }
    Ok(policy.filter(|policy| !policy.has_cron()).map(|_| ends_the_server(&project.name, id)))
}

fn ends_the_server(project: &str, policy: &str) -> Error {
    let detail = format!(
        "The trigger of its retention policy (number {policy}) has no `cron`. Harbor does not survive the deletion of such a project: its \
         process ends right after it, and whatever it is doing for others then is lost. Nothing was deleted.\n\nWhat to do: Harbor's API can \
         neither repair nor delete such a policy (it answers 500). Let Harbor's administrator write an empty cron into the policy in \
         Harbor's database (`\"trigger\": {{\"kind\": \"Schedule\", \"settings\": {{\"cron\": \"\"}}}}`), then apply again; or let them delete the \
         project themselves when a restart of Harbor does no harm, after which Terraform sees that it is gone."
    );
    Error::new(format!("Project {project} cannot be deleted safely"), detail)
}

/// Some names, and how many more there are.
pub(super) fn named(names: &[String]) -> String {
    let some = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}

/// The names of its repositories, without its own.
async fn held(cx: &Context<Harbor>, project: &str) -> Result<Vec<String>> {
    let prefix = format!("{project}/");
    let all = cx.list(repositories::list(project)).await?;
    let name = |name: &str| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
    let mut names: Vec<String> = all.iter().map(|repository| name(&repository.name)).collect();
    // Harbor lists them by the time of their creation.
    names.sort();
    Ok(names)
}

fn refusal(project: &str, held: &[String]) -> Error {
    let held: Vec<String> = held.iter().map(|name| format!("{project}/{name}")).collect();
    let detail = format!(
        "It holds repositories: {}. Nothing was deleted. To delete them with the project, set `force_destroy = true`, apply, and destroy \
         again; or delete them first.",
        named(&held)
    );
    Error::new(format!("Project {project} is not empty"), detail)
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn a_refusal_names_ten_and_counts_the_rest() {
        let held: Vec<String> = (0..12).map(|n| format!("app{n}")).collect();
        let error = refusal("acme", &held);
        assert!(error.detail().contains("acme/app9 and 2 more") && !error.detail().contains("acme/app10"));
    }
}
