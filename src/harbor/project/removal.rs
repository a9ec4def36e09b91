//! Deleting a project, and what it holds if the user said so.

use crate::framework::{Context, Error, Result};
use crate::harbor::Harbor;
use crate::harbor::api::{projects, repositories};
use crate::http::Kind;

/// How many repositories a refusal names.
const NAMED: usize = 10;

/// Deletes a project. One that holds repositories is refused, unless they may be deleted with it.
pub(super) async fn remove(cx: &mut Context<Harbor>, project: &str, force: bool) -> Result<()> {
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

/// The names of its repositories, without its own.
async fn held(cx: &Context<Harbor>, project: &str) -> Result<Vec<String>> {
    let prefix = format!("{project}/");
    let all = cx.list(repositories::list(project)).await?;
    Ok(all.into_iter().map(|r| r.name.strip_prefix(&prefix).map_or(r.name.clone(), ToOwned::to_owned)).collect())
}

fn refusal(project: &str, held: &[String]) -> Error {
    let named: Vec<String> = held.iter().take(NAMED).map(|name| format!("{project}/{name}")).collect();
    let more = match held.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail = format!(
        "It holds repositories: {}{more}. Nothing was deleted. To delete them with the project, set `force_destroy = true`, apply, and destroy \
         again; or delete them first.",
        named.join(", ")
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
