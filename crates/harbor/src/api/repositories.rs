//! Repositories of a project, as far as deleting a project needs them.

use registry_http::{Endpoint, Listing};
use serde::Deserialize;

use super::{PAGE, by_name, open};

/// A repository.
#[derive(Debug, Clone, Deserialize)]
pub struct RepositoryJson {
    /// With the project's name in front: `library/nginx`.
    pub name: String,
}

/// All repositories of a project.
pub fn list(project: &str) -> Listing<RepositoryJson> {
    let prefix = format!("{project}/");
    let endpoint = open(Endpoint::<Vec<RepositoryJson>>::get("projects/{project}/repositories", &[project]))
        .identified(move |found| found.iter().all(|repository| repository.name.starts_with(&prefix)));
    let endpoint = by_name(endpoint).describe(format!("list the repositories of project {project}"));
    Listing::numbered(endpoint.requires_scope("the permission repository:list of the project"), PAGE)
}

/// Deletes a repository by its name without the project's. Harbor decodes the name twice, so that it can hold slashes.
pub fn delete(project: &str, name: &str) -> Endpoint<()> {
    by_name(Endpoint::delete("projects/{project}/repositories/{%repository}", &[project, name]))
        .describe(format!("delete repository {project}/{name}"))
        .requires_scope("the permission repository:delete of the project")
}

#[cfg(test)]
mod tests {
    use super::list;
    use registry_http::Answer;

    #[test]
    fn repositories_of_another_project_are_no_answer() {
        let is_answer =
            |body: &'static str| list("acme").first().decode(&Answer::new(200, "application/json", body)).is_ok();
        assert!(is_answer(r#"[{"name": "acme/app"}, {"name": "acme/team/app"}]"#) && is_answer("[]"));
        assert!(!is_answer(r#"[{"name": "acme/app"}, {"name": "acme2/app"}]"#));
    }
}
