//! Which projects a caller sees.

use super::project::shown;
use crate::harbor::access::ALL_PROJECTS_SCOPE;
use crate::harbor::call::Call;
use crate::harbor::caller::Caller;
use crate::harbor::failure::Failure;
use crate::harbor::query::{Column, Condition, Listing};
use crate::harbor::records::Project;
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::wire::Reply;

pub(super) const ROUTES: &[Route] = &[route("GET", "/projects", list)];

/// `GET /projects`: what the caller may see; for an anonymous one, public projects.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let public = call.request.flag("public");
    let with_detail = call.request.flag("with_detail").unwrap_or(true);
    let mut filters = listing.filters()?;
    if let Some(name) = call.request.parameter("name").filter(|name| !name.is_empty()) {
        filters.and("name", Condition::Fuzzy(name.into()));
    }
    if let Some(owner) = call.request.parameter("owner").filter(|owner| !owner.is_empty()) {
        filters.and("owner", Condition::Exact(owner.into()));
    }
    if let Some(public) = public {
        filters.and("public", Condition::Exact(public.to_string()));
    }
    let state = &*call.state;
    let mut projects: Vec<(i64, &Project)> = state.projects.iter().filter(|(_, project)| !project.deleted).collect();
    projects.retain(|(id, project)| sees(call, *id, project, public));
    projects.sort_by(|left, right| left.1.name.cmp(&right.1.name));
    let page = listing.select(projects, &filters, |(id, project), key| column(state, *id, project, key));
    let rows = page.rows.iter().map(|(id, project)| shown(call, *id, project, with_detail)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}

/// Whether a list shows a project to the caller. Public ones are shown to all, unless only private ones are wanted.
fn sees(call: &Call<'_>, id: i64, project: &Project, public: Option<bool>) -> bool {
    let as_public = project.is_public() && public != Some(false);
    match call.caller {
        Caller::Anonymous => as_public,
        Caller::User(_) => call.is_system_admin() || as_public || !call.roles(id).is_empty(),
        Caller::Robot(_) => {
            let scope = format!("/project/{id}");
            let covers = |scope: &str| {
                call.robot().is_some_and(|(_, robot)| robot.permissions.iter().any(|rule| rule.scope == scope))
            };
            call.may_in_system("project", "list") || covers(ALL_PROJECTS_SCOPE) || covers(&scope) || as_public
        }
    }
}

fn column(state: &State, id: i64, project: &Project, key: &str) -> Option<Column> {
    Some(match key {
        "projectid" => Column::Number(id),
        "name" => Column::Text(project.name.clone()),
        "ownerid" => Column::Number(project.owner_id),
        "registryid" => Column::Number(project.registry_id),
        "creationtime" => Column::Text(project.creation_time.sortable()),
        "updatetime" => Column::Text(project.update_time.sortable()),
        "public" => Column::Text(project.is_public().to_string()),
        "owner" => Column::Text(state.username(project.owner_id)),
        _ => return None,
    })
}
