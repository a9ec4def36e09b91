//! Storage limits of projects: `/quotas`.

use crate::harbor::call::Call;
use crate::harbor::clock::Time;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::project_ref::ProjectRef;
use crate::harbor::query::{Column, Condition, Filters, Listing};
use crate::harbor::records::{Quota, is_first};
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::wire::Reply;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(super) const ROUTES: &[Route] =
    &[route("GET", "/quotas", list), route("GET", "/quotas/{id}", show), route("PUT", "/quotas/{id}", update)];

/// The most that a limit can be: 1024 TiB, in bytes.
const HIGHEST: i64 = 1_125_899_906_842_624;

const LIMITS: Shape = Shape::Struct("QuotaUpdateReq", &[("hard", Shape::Map("models.ResourceList", &Shape::Whole))]);

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewQuota {
    hard: BTreeMap<String, i64>,
}

/// Checks a limit in bytes.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_limit(limit: i64) -> Result<(), String> {
    match limit {
        -1 | 1..=HIGHEST => Ok(()),
        ..=0 => Err(format!("invalid non-positive value for quota limit, value={limit}")),
        _ => Err(format!("exceeded 1024TB, which is {HIGHEST} Bytes, value={limit}")),
    }
}

fn shown(state: &State, id: i64, quota: &Quota) -> Value {
    let project = state.find_project(&ProjectRef::Id(quota.project_id)).ok();
    let reference = project.map(|(id, project)| {
        // Owners are looked up among the users that lists show, and the first administrator is not one of them.
        let is_listed = !is_first(project.owner_id);
        let owner = if is_listed { state.username(project.owner_id) } else { String::new() };
        json!({"id": id, "name": project.name, "owner_name": owner})
    });
    json!({
        "id": id,
        "ref": reference.unwrap_or(json!({})),
        "hard": {"storage": quota.hard},
        "used": {"storage": quota.used},
        "creation_time": quota.creation_time,
        "update_time": quota.update_time,
    })
}

/// A number of bytes to sort by, in which no limit is more than any.
fn sortable(bytes: i64) -> Column {
    Column::Number(if bytes == -1 { i64::MAX } else { bytes })
}

/// `GET /quotas`, newest first.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    call.require_system("quota", "list")?;
    let mut filters = Filters::default();
    for key in ["reference", "reference_id"] {
        if let Some(value) = call.request.parameter(key).filter(|value| !value.is_empty()) {
            filters.and(key, Condition::Exact(value.into()));
        }
    }
    let mut rows: Vec<(i64, &Quota)> = call.state.quotas.iter().collect();
    if !listing.sorts_by(&["hard.storage", "used.storage"]) {
        rows.sort_by_key(|(id, quota)| Reverse((quota.creation_time, *id)));
    }
    let page = listing.select(rows, &filters, |(_, quota), key| match key {
        "reference" => Some(Column::Text("project".into())),
        "referenceid" => Some(Column::Text(quota.project_id.to_string())),
        "hard.storage" => Some(sortable(quota.hard)),
        "used.storage" => Some(sortable(quota.used)),
        _ => None,
    });
    let rows = page.rows.into_iter().map(|(id, quota)| shown(call.state, id, quota)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}

fn quota_of_path(call: &Call<'_>, action: &str) -> Result<(i64, Quota), Failure> {
    let id = call.id("id")?;
    call.require_system("quota", action)?;
    let quota = call.state.quotas.get(id).cloned();
    quota.map(|quota| (id, quota)).ok_or_else(|| Failure::not_found(format!("quota {id} not found")))
}

/// `GET /quotas/{id}`, which does not know when the quota was changed.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, quota) = quota_of_path(call, "read")?;
    Ok(Reply::json(shown(call.state, id, &Quota { update_time: Time::default(), ..quota })))
}

/// `PUT /quotas/{id}`. A limit below what is used is taken.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewQuota = call.request.body("hard", &LIMITS)?;
    let (id, mut quota) = quota_of_path(call, "update").map_err(|failure| {
        let empty = failure.status == 404 && new.hard.is_empty();
        if empty { Failure::bad_request("hard required in body") } else { failure }
    })?;
    if new.hard.is_empty() {
        return Err(Failure::bad_request("hard required in body"));
    }
    if let Some(other) = new.hard.keys().find(|key| *key != "storage") {
        return Err(Failure::bad_request(format!("resource {other} not support")));
    }
    let limit = new.hard.get("storage").copied().unwrap_or_default();
    check_limit(limit).map_err(Failure::bad_request)?;
    quota.hard = limit;
    quota.update_time = call.state.now();
    if let Some(row) = call.state.quotas.get_mut(id) {
        *row = quota;
    }
    Ok(Reply::empty())
}
