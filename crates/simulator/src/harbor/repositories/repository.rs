//! Repositories of a project: to list, read, describe and delete. Pushes make them, or changes of the state.

use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::project_ref::ProjectRef;
use crate::harbor::query::{Column, Listing};
use crate::harbor::records::Repository;
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::wire::{Reply, decode_path, sparse};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project_name}/repositories", list),
    route("GET", "/projects/{project_name}/repositories/{repository_name}", show),
    route("PUT", "/projects/{project_name}/repositories/{repository_name}", update),
    route("DELETE", "/projects/{project_name}/repositories/{repository_name}", delete),
];

const DESCRIPTION: Shape = Shape::Struct("Repository", &[("description", Shape::Text)]);

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewDescription {
    description: String,
}

/// How many repositories a project has.
pub(crate) fn count(state: &State, project_id: i64) -> usize {
    state.repositories.iter().filter(|(_, repository)| repository.project_id == project_id).count()
}

/// A repository as answers show it.
pub(crate) fn shown(id: i64, repository: &Repository) -> Value {
    sparse(
        json!({
            "id": id,
            "project_id": repository.project_id,
            "name": repository.name,
            "description": repository.description,
            "artifact_count": repository.artifact_count,
            "pull_count": repository.pull_count,
            "creation_time": repository.creation_time,
            "update_time": repository.update_time,
        }),
        &["artifact_count", "pull_count"],
    )
}

/// Sorts repositories as lists show them.
pub(crate) fn newest_first(rows: &mut [(i64, &Repository)]) {
    rows.sort_by_key(|(id, repository)| std::cmp::Reverse((repository.creation_time, *id)));
}

/// A field of a repository.
pub(crate) fn column(id: i64, repository: &Repository, key: &str) -> Option<Column> {
    match key {
        "repositoryid" => Some(Column::Number(id)),
        "name" => Some(Column::Text(repository.name.clone())),
        "pullcount" => Some(Column::Number(repository.pull_count)),
        "creationtime" => Some(Column::Text(repository.creation_time.sortable())),
        "updatetime" => Some(Column::Text(repository.update_time.sortable())),
        _ => None,
    }
}

/// `GET /projects/{name}/repositories`: newest first. The path takes a name only.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let reference = ProjectRef::Name(call.segment("project_name").into());
    call.require_project(&reference, "repository", "list")?;
    let project_id = call.state.find_project(&reference)?.0;
    let filters = listing.filters()?;
    let all = call.state.repositories.iter();
    let mut rows: Vec<(i64, &Repository)> = all.filter(|(_, repository)| repository.project_id == project_id).collect();
    newest_first(&mut rows);
    let page = listing.select(rows, &filters, |(id, repository), key| column(*id, repository, key));
    let rows = page.rows.into_iter().map(|(id, repository)| shown(id, repository)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}

/// The repository of the path, whose name is decoded a second time here.
fn repository_of_path(call: &Call<'_>, action: &str) -> Result<(i64, Repository), Failure> {
    let project = call.segment("project_name");
    call.require_project(&ProjectRef::Name(project.into()), "repository", action)?;
    let name = format!("{project}/{}", decode_path(call.segment("repository_name")));
    let found = call.state.repositories.iter().find(|(_, repository)| repository.name == name);
    let found = found.map(|(id, repository)| (id, repository.clone()));
    found.ok_or_else(|| Failure::not_found(format!("repository {name} not found")))
}

/// `GET /projects/{name}/repositories/{repository}`.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, repository) = repository_of_path(call, "read")?;
    Ok(Reply::json(shown(id, &repository)))
}

/// `PUT /projects/{name}/repositories/{repository}`: the description is stored escaped for HTML.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewDescription = call.request.body("repository", &DESCRIPTION)?;
    let (id, _) = repository_of_path(call, "update")?;
    let now = call.state.now();
    if let Some(row) = call.state.repositories.get_mut(id) {
        row.description = escaped(&new.description);
        row.update_time = now;
    }
    Ok(Reply::empty())
}

/// Go's escaping for HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\0' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// `DELETE /projects/{name}/repositories/{repository}`: what it took is free again.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, repository) = repository_of_path(call, "delete")?;
    if repository.immutable {
        let problem = format!("the repository {} is configured as immutable, cannot be deleted", repository.name);
        return Err(Failure::precondition(problem));
    }
    call.state.repositories.rows.remove(&id);
    let quotas = call.state.quotas.rows.values_mut().filter(|quota| quota.project_id == repository.project_id);
    quotas.for_each(|quota| quota.used = quota.used.saturating_sub(repository.size));
    Ok(Reply::empty())
}
