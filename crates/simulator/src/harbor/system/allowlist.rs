//! Lists of vulnerabilities that do not count: of a project, and of the system (`/system/CVEAllowlist`).

use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::records::Allowlist;
use crate::harbor::router::{Route, route};
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] =
    &[route("GET", "/system/CVEAllowlist", allowlist), route("PUT", "/system/CVEAllowlist", replace_allowlist)];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    cve_id: String,
}

/// An allowlist as a request gives it.
pub(crate) const ALLOWLIST: Shape = Shape::Struct(
    "CVEAllowlist",
    &[
        ("id", Shape::Whole),
        ("project_id", Shape::Whole),
        ("expires_at", Shape::Whole),
        ("items", Shape::List(&Shape::Struct("CVEAllowlistItem", &[("cve_id", Shape::Text)]))),
    ],
);

/// An allowlist in a request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewAllowlist {
    /// 0 where the request does not say.
    pub(crate) project_id: i64,
    expires_at: Option<i64>,
    items: Vec<Item>,
}

impl NewAllowlist {
    /// Puts this list in the place of another.
    ///
    /// # Errors
    /// 500 for a blank or doubled id: the server's own error has no type.
    pub(crate) fn replace(self, list: &mut Allowlist) -> Result<(), Failure> {
        let ids: Vec<String> = self.items.into_iter().map(|item| item.cve_id).collect();
        let doubled = ids.iter().enumerate().any(|(place, id)| ids.iter().take(place).any(|other| other == id));
        if doubled || ids.iter().any(|id| id.trim().is_empty()) {
            return Err(Failure::internal());
        }
        (list.cve_ids, list.expires_at) = (ids, self.expires_at);
        Ok(())
    }
}

/// An allowlist as answers show it.
pub(crate) fn shown_allowlist(list: &Allowlist, project_id: i64) -> Value {
    let items: Vec<Value> = list.cve_ids.iter().map(|id| json!({"cve_id": id})).collect();
    sparse(
        json!({
            "id": list.id,
            "project_id": project_id,
            "items": items,
            "expires_at": list.expires_at,
            "creation_time": list.creation_time,
            "update_time": list.update_time,
        }),
        if list.expires_at.is_some() { &["expires_at"] } else { &[] },
    )
}

/// `GET /system/CVEAllowlist`, for any caller who is known.
fn allowlist(call: &mut Call<'_>) -> Result<Reply, Failure> {
    call.require_known()?;
    Ok(Reply::json(shown_allowlist(&call.state.system_allowlist, 0)))
}

/// `PUT /system/CVEAllowlist`: replaces all. No robot can hold the right that it takes.
fn replace_allowlist(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let list: Option<NewAllowlist> = call.request.optional_body("allowlist", &ALLOWLIST)?;
    call.require_system("configuration", "update")?;
    let list = list.ok_or_else(Failure::crash)?;
    let now = call.state.now();
    let mut own = call.state.system_allowlist.clone();
    list.replace(&mut own)?;
    if own.id == 0 {
        own.id = call.state.take_allowlist_id();
    }
    (own.creation_time, own.update_time) = (now, now);
    call.state.system_allowlist = own;
    Ok(Reply::empty())
}
