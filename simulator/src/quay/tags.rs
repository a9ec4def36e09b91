//! What tags a repository has: `repository/{repository}/tag/`.

use jiff::fmt::rfc2822;
use serde_json::{Value, json};

use super::access::Access;
use super::call::Call;
use super::reply::{Outcome, Reply};
use super::router::Route;
use super::state::State;

pub(super) const ROUTES: &[Route] = &[Route::new("repository/{repository}/tag/", &[("GET", list)])];

/// Tags on one page, unless it is asked for fewer.
const PAGE: usize = 50;
/// At most so many.
const LARGEST: usize = 100;

/// The newest first. What tags were before is not kept.
fn list(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_read(namespace, name))?;
    let repository = state.repositories.get(call.parameter("repository")).ok_or_else(Reply::not_found)?;
    let wanted = call.query("specificTag").filter(|tag| !tag.is_empty());
    let mut tags: Vec<Value> = repository.tags.values().map(view).collect();
    tags.retain(|tag| wanted.is_none_or(|wanted| tag["name"] == wanted));
    tags.sort_by_key(|tag| std::cmp::Reverse(tag["start_ts"].as_i64()));
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let (page, limit) = (number("page").unwrap_or(1).max(1), number("limit").unwrap_or(PAGE).clamp(1, LARGEST));
    let has_more = tags.len() > page * limit;
    let shown: Vec<Value> = tags.into_iter().skip((page - 1) * limit).take(limit).collect();
    Ok(Reply::ok(json!({"tags": shown, "page": page, "has_additional": has_more})))
}

fn view(tag: &Value) -> Value {
    let seconds = |member: &str| rfc2822::parse(tag[member].as_str()?).ok().map(|time| time.timestamp().as_second());
    let mut view = json!({
        "name": tag["name"],
        "reversion": false,
        "immutable": false,
        "start_ts": seconds("last_modified"),
        "manifest_digest": tag["manifest_digest"],
        "is_manifest_list": false,
        "size": tag["size"],
        "last_modified": tag["last_modified"],
    });
    if let Some(end) = seconds("expiration") {
        view["end_ts"] = json!(end);
        view["expiration"] = tag["expiration"].clone();
    }
    view
}
