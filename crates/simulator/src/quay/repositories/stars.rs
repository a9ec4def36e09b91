//! Stars: `user/starred`.

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

/// Repositories on one page of a list.
const PAGE: usize = 100;

/// What a token for the next page begins with. The rest is the number of the first repository on it.
const PAGE_TOKEN: &str = "gAAAAAB";

pub(super) const ROUTES: &[Route] = &[
    Route::new("user/starred", &[("GET", list), ("POST", add)]),
    Route::new("user/starred/{repository}", &[("DELETE", remove)]),
];

fn require(state: &State, call: &Call) -> Result<(), Reply> {
    call.require(Access::new(state, &call.caller).user_admin())
}

/// Whether the caller may see a repository does not matter.
fn list(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let first = call.query("next_page").and_then(|token| token.strip_prefix(PAGE_TOKEN)?.parse::<u64>().ok());
    let user = call.caller.name();
    let mut found: Vec<(u64, Value)> = state
        .repositories
        .iter()
        .filter(|(_, repository)| {
            repository.stars.contains(user) && first.is_none_or(|first| repository.number >= first)
        })
        .filter_map(|(full, repository)| {
            let (namespace, name) = full.split_once('/')?;
            let view = json!({
                "namespace": namespace,
                "name": name,
                "description": repository.description,
                "is_public": repository.is_public,
            });
            Some((repository.number, view))
        })
        .collect();
    found.sort_by_key(|(number, _)| *number);
    let next = found.get(PAGE).map(|(number, _)| *number);
    let views: Vec<Value> = found.into_iter().take(PAGE).map(|(_, view)| view).collect();
    let mut answer = json!({"repositories": views});
    if let Some(next) = next {
        answer["next_page"] = json!(format!("{PAGE_TOKEN}{next:020}"));
    }
    Ok(Reply::ok(answer))
}

/// 200 with null for a repository that is not there.
fn add(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "required": ["namespace", "repository"],
        "properties": {
            "namespace": {"type": "string", "description": "Namespace in which the repository belongs"},
            "repository": {"type": "string", "description": "Repository name"}
        }
    }))?;
    require(state, call)?;
    let full = format!(
        "{}/{}",
        body["namespace"].as_str().unwrap_or_default(),
        body["repository"].as_str().unwrap_or_default()
    );
    let Some(repository) = state.repositories.get_mut(&full) else { return Ok(Reply::ok(Value::Null)) };
    repository.stars.insert(call.caller.name().to_owned());
    Ok(Reply::json(201, json!({"namespace": body["namespace"], "repository": body["repository"]})))
}

/// 200 with null for a repository that is not there.
fn remove(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let Some(repository) = state.repositories.get_mut(call.parameter("repository")) else {
        return Ok(Reply::ok(Value::Null));
    };
    repository.stars.remove(call.caller.name());
    Ok(Reply::gone())
}
