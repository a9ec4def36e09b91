//! What Quay tells the token's own user: what its web pages show at the bell.
//!
//! Observed: the newest come first, without those that were put away, and one by its id is there also when it was put away. From Quay's source: five
//! are shown unless more are asked for, and a page begins one behind the end of the one before, so that the one between two pages is on none; what
//! an organization is told is shown to its administrators too.

use registry_http::{Endpoint, Repetition};
use serde::Deserialize;
use serde_json::{Value, json};

const ADMIN: &str = "user:admin";

/// What the user is told.
#[derive(Debug, Clone, Deserialize)]
pub struct NoticeJson {
    #[serde(default)]
    pub id: String,
    pub kind: String,
    /// The organization that it is told, of which the user is an administrator.
    #[serde(default)]
    pub organization: Option<String>,
    #[serde(default)]
    pub created: String,
    #[serde(default)]
    pub metadata: Value,
    #[serde(default)]
    pub dismissed: bool,
}

/// The newest of them.
#[derive(Debug, Clone, Deserialize)]
pub struct NoticesJson {
    pub notifications: Vec<NoticeJson>,
    /// There are more than were asked for.
    #[serde(default)]
    pub additional: bool,
}

/// The newest, at most so many.
pub fn newest(limit: usize) -> Endpoint<NoticesJson> {
    Endpoint::get("user/notifications", &[])
        .query("limit", limit)
        .describe("read the notices of the token's own user")
        .requires_scope(ADMIN)
}

/// One of them.
pub fn one(uuid: &str) -> Endpoint<NoticeJson> {
    about(Endpoint::get("user/notifications/{uuid}", &[uuid]), uuid).describe(format!("read notice {uuid}"))
}

/// Puts one away, or takes it back.
pub fn dismiss(uuid: &str, dismissed: bool) -> Endpoint<NoticeJson> {
    let action = if dismissed { "dismiss" } else { "take back" };
    about(Endpoint::put("user/notifications/{uuid}", &[uuid]), uuid)
        .describe(format!("{action} notice {uuid}"))
        .json(&json!({ "dismissed": dismissed }))
        .repetition(Repetition::IDEMPOTENT)
}

fn about(endpoint: Endpoint<NoticeJson>, uuid: &str) -> Endpoint<NoticeJson> {
    let wanted = uuid.to_owned();
    endpoint.requires_scope(ADMIN).identified(move |notice| notice.id == wanted)
}
