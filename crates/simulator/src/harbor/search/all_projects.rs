//! What is asked of all projects at once: `/search`, `/statistics`, `/repositories`.

use crate::harbor::call::Call;
use crate::harbor::caller::Caller;
use crate::harbor::failure::Failure;
use crate::harbor::projects::project::shown_briefly;
use crate::harbor::query::Listing;
use crate::harbor::records::{Project, Repository};
use crate::harbor::repositories::repository;
use crate::harbor::router::{Route, route};
use crate::harbor::wire::{Reply, sparse};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/search", search),
    route("GET", "/statistics", statistics),
    route("GET", "/repositories", repositories),
];

/// Whether the caller sees a project in what concerns all of them. Robots see what everybody does.
fn sees(call: &Call<'_>, id: i64, project: &Project) -> bool {
    project.is_public() || call.is_system_admin() || !call.roles(id).is_empty()
}

/// The projects that the caller sees, by id.
fn seen<'c>(call: &'c Call<'_>) -> Vec<(i64, &'c Project)> {
    let projects = call.state.projects.iter().filter(|(id, project)| !project.deleted && sees(call, *id, project));
    projects.collect()
}

/// The repositories of the projects that the caller sees, newest first.
fn seen_repositories<'c>(call: &'c Call<'_>) -> Vec<(i64, &'c Repository)> {
    let projects: Vec<i64> = seen(call).into_iter().map(|(id, _)| id).collect();
    let all = call.state.repositories.iter();
    let mut rows: Vec<_> = all.filter(|(_, repository)| projects.contains(&repository.project_id)).collect();
    repository::newest_first(&mut rows);
    rows
}

/// `GET /search`: projects and repositories whose names have a part, for anybody.
fn search(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let part = call.request.parameter("q").filter(|part| !part.is_empty());
    let part = part.ok_or_else(|| Failure::invalid("q in query is required"))?.to_lowercase();
    let mut projects = seen(call);
    projects.retain(|(_, project)| project.name.to_lowercase().contains(&part));
    projects.sort_by(|left, right| left.1.name.cmp(&right.1.name));
    let projects: Vec<Value> = projects.into_iter().map(|(id, project)| shown_briefly(call, id, project)).collect();
    let repositories = seen_repositories(call).into_iter();
    let repositories = repositories.filter(|(_, repository)| repository.name.to_lowercase().contains(&part));
    let repositories: Vec<Value> = repositories.map(|(_, repository)| shown_repository(call, repository)).collect();
    Ok(Reply::json(json!({"project": projects, "repository": repositories})))
}

fn shown_repository(call: &Call<'_>, repository: &Repository) -> Value {
    let project = call.state.projects.get(repository.project_id);
    sparse(
        json!({
            "project_id": repository.project_id,
            "project_name": project.map(|project| project.name.clone()),
            "project_public": project.is_some_and(Project::is_public),
            "repository_name": repository.name,
            "pull_count": repository.pull_count,
            "artifact_count": repository.artifact_count,
        }),
        &["artifact_count"],
    )
}

/// `GET /statistics`: of public projects, of the caller's own, and for administrators of all.
fn statistics(call: &mut Call<'_>) -> Result<Reply, Failure> {
    call.require_known()?;
    let state = &*call.state;
    let is_admin = call.is_system_admin();
    let count = |is_counted: &dyn Fn(i64, &Project) -> bool| {
        let projects = state.projects.iter().filter(|(id, project)| !project.deleted && is_counted(*id, project));
        projects.fold((0, 0), |(projects, repositories), (id, _)| {
            (projects + 1, repositories + repository::count(state, id))
        })
    };
    let public = count(&|_, project| project.is_public());
    let private = count(&|id, project| !project.is_public() && (is_admin || !call.roles(id).is_empty()));
    let all = count(&|_, _| is_admin);
    let stored: i64 = state.quotas.iter().map(|(_, quota)| quota.used).filter(|_| is_admin).sum();
    Ok(Reply::json(json!({
        "public_project_count": public.0,
        "public_repo_count": public.1,
        "private_project_count": private.0,
        "private_repo_count": private.1,
        "total_project_count": all.0,
        "total_repo_count": all.1,
        "total_storage_consumption": stored,
    })))
}

/// `GET /repositories`: of all projects that the caller sees, newest first; for an anonymous one, of public projects.
fn repositories(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let filters = listing.filters()?;
    let rows = match call.caller {
        Caller::Robot(_) if call.may_in_system("project", "list") => {
            let mut rows: Vec<_> = call.state.repositories.iter().collect();
            repository::newest_first(&mut rows);
            rows
        }
        _ => seen_repositories(call),
    };
    let page = listing.select(rows, &filters, |(id, repository), key| repository::column(*id, repository, key));
    let rows = page.rows.into_iter().map(|(id, repository)| repository::shown(id, repository)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}
