//! What the routes of superusers have in common.

use serde_json::{Value, json};

use super::access::Access;
use super::call::Call;
use super::reply::{Outcome, Reply};
use super::state::State;
use super::views::shuffled;

pub(super) const FEATURES: &[&str] = &["FEATURE_SUPER_USERS"];

/// The most that may be asked for on one page.
const LARGEST_PAGE: i64 = 100;

const PAGE_TOKEN: &str = "gAAAAAB";

/// Lets only superusers go on.
pub(super) fn require(state: &State, call: &Call) -> Result<(), Reply> {
    call.require(Access::new(state, &call.caller).superuser())
}

/// One page of namespaces if a limit is asked for; else all of them, in no order.
pub(super) fn page(call: &Call, key: &str, mut found: Vec<(u64, Value)>) -> Outcome {
    let Some(limit) = call.query("limit") else {
        let all: Vec<Value> = shuffled(found).into_iter().map(|(_, view)| view).collect();
        return Ok(Reply::ok(json!({key: all})));
    };
    let limit = limit.parse::<i64>().ok().filter(|limit| (0..=LARGEST_PAGE).contains(limit));
    let limit = limit
        .ok_or_else(|| Reply::bad_query("limit", "Limit to the number of results to return per page. Max 100."))?;
    let first = call.query("next_page").and_then(|token| token.strip_prefix(PAGE_TOKEN)?.parse::<u64>().ok());
    found.retain(|(number, _)| first.is_none_or(|first| *number >= first));
    found.sort_by_key(|(number, _)| *number);
    let rest = found.split_off(found.len().min(usize::try_from(limit).unwrap_or_default()));
    let views: Vec<Value> = found.into_iter().map(|(_, view)| view).collect();
    let mut answer = json!({key: views});
    if let (Some((number, _)), true) = (rest.first(), limit > 0) {
        answer["next_page"] = json!(format!("{PAGE_TOKEN}{number:020}"));
    }
    Ok(Reply::ok(answer))
}
