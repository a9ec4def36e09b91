//! Labels of all projects and of one: `/labels`. Those of a project survive it.

use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::project_ref::ProjectRef;
use crate::harbor::query::{Column, Listing};
use crate::harbor::records::Label;
use crate::harbor::router::{Route, route};
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/labels", list),
    route("POST", "/labels", create),
    route("GET", "/labels/{label_id}", show),
    route("PUT", "/labels/{label_id}", update),
    route("DELETE", "/labels/{label_id}", delete),
];

const LABEL: Shape = Shape::Struct(
    "Label",
    &[
        ("id", Shape::Whole),
        ("name", Shape::Text),
        ("description", Shape::Text),
        ("color", Shape::Text),
        ("scope", Shape::Text),
        ("project_id", Shape::Whole),
    ],
);

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewLabel {
    name: String,
    description: String,
    color: String,
    scope: String,
    project_id: i64,
}

fn shown(id: i64, label: &Label) -> Value {
    sparse(
        json!({
            "id": id,
            "name": label.name,
            "description": label.description,
            "color": label.color,
            "scope": label.scope,
            "project_id": label.project_id,
            "creation_time": label.creation_time,
            "update_time": label.update_time,
        }),
        &[],
    )
}

/// Checks access to the labels of all projects or of one.
fn require(call: &Call<'_>, scope: &str, project_id: i64, action: &str) -> Result<(), Failure> {
    if scope == "p" {
        call.require_project(&ProjectRef::Id(project_id), "label", action)
    } else {
        call.require_system("label", action)
    }
}

/// `GET /labels`: of all projects for anybody, of one for who may.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let project_id = call.request.number("project_id")?.unwrap_or_default();
    let filters = listing.filters()?;
    let scope = call.request.parameter("scope").unwrap_or_default().to_owned();
    match scope.as_str() {
        "g" => {}
        "p" if project_id == 0 => {
            return Err(Failure::bad_request("must with project ID when to query project labels"));
        }
        "p" => require(call, &scope, project_id, "list")?,
        other => return Err(Failure::bad_request(format!("invalid scope: {other}"))),
    }
    let part = call.request.parameter("name").unwrap_or_default().to_lowercase();
    let is_meant = |label: &Label| {
        label.scope == scope
            && (scope == "g" || label.project_id == project_id)
            && label.name.to_lowercase().contains(&part)
    };
    let mut rows: Vec<(i64, &Label)> = call.state.labels.iter().filter(|(_, label)| is_meant(label)).collect();
    if !part.is_empty() {
        rows.sort_by(|left, right| left.1.name.cmp(&right.1.name));
    }
    let page = listing.select(rows, &filters, |(id, label), key| match key {
        "id" => Some(Column::Number(*id)),
        "name" => Some(Column::Text(label.name.clone())),
        "creationtime" => Some(Column::Text(label.creation_time.sortable())),
        _ => None,
    });
    let rows = page.rows.into_iter().map(|(id, label)| shown(id, label)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}

/// Checks that a name is free among the labels of its scope.
fn check_free(call: &Call<'_>, own: Option<i64>, label: &Label) -> Result<(), Failure> {
    let is_same =
        |other: &Label| (&other.name, &other.scope, other.project_id) == (&label.name, &label.scope, label.project_id);
    if call.state.labels.iter().any(|(id, other)| Some(id) != own && is_same(other)) {
        return Err(Failure::conflict(format!("label {} already exists", label.name)));
    }
    // As wide as the columns are.
    let is_long = label.name.chars().count() > 128 || label.color.chars().count() > 16;
    if is_long { Err(Failure::internal()) } else { Ok(()) }
}

/// `POST /labels`: whether the project exists is not looked at.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewLabel = call.request.body("label", &LABEL)?;
    if !matches!(new.scope.as_str(), "g" | "p") {
        return Err(Failure::bad_request("unsupported label scope"));
    }
    require(call, &new.scope, new.project_id, "create")?;
    let now = call.state.now();
    let label = Label {
        project_id: if new.scope == "p" { new.project_id } else { 0 },
        name: new.name,
        description: new.description,
        color: new.color,
        scope: new.scope,
        creation_time: now,
        update_time: now,
    };
    if let Err(failure) = check_free(call, None, &label) {
        call.state.labels.take_id();
        return Err(failure);
    }
    let id = call.state.labels.insert(label);
    Ok(Reply::created(call.location(id), None))
}

fn label_of_path(call: &Call<'_>, action: &str) -> Result<(i64, Label), Failure> {
    let id = call.id("label_id")?;
    call.require_known()?;
    let label = call.state.labels.get(id).cloned();
    let label = label.ok_or_else(|| Failure::not_found(format!("label {id} not found")))?;
    require(call, &label.scope, label.project_id, action)?;
    Ok((id, label))
}

/// `GET /labels/{id}`.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, label) = label_of_path(call, "read")?;
    Ok(Reply::json(shown(id, &label)))
}

/// `PUT /labels/{id}`: name, description and colour, whole.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewLabel = call.request.body("label", &LABEL)?;
    let (id, mut label) = label_of_path(call, "update")?;
    if new.name.is_empty() {
        return Err(Failure::bad_request("cannot be empty"));
    }
    (label.name, label.description, label.color) = (new.name, new.description, new.color);
    check_free(call, Some(id), &label)?;
    label.update_time = call.state.now();
    if let Some(row) = call.state.labels.get_mut(id) {
        *row = label;
    }
    Ok(Reply::empty())
}

/// `DELETE /labels/{id}`.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, _) = label_of_path(call, "delete")?;
    call.state.labels.rows.remove(&id);
    Ok(Reply::empty())
}
