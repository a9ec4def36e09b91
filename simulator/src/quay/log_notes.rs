//! What is noted of what was done, for the usage logs.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::logs::{LogEntry, OF_SERVER, now};
use super::releases::bare;
use super::state::State;

/// Operations, with the kinds that the recordings name for them.
const KINDS: &[(&str, &str)] = &[
    ("POST organization/", "org_create"),
    ("DELETE organization/{}", "org_delete"),
    ("PUT organization/{}/robots/{}", "create_robot"),
    ("DELETE organization/{}/robots/{}", "delete_robot"),
    ("POST organization/{}/robots/{}/regenerate", "regenerate_robot_token"),
    ("PUT user/robots/{}", "create_robot"),
    ("DELETE user/robots/{}", "delete_robot"),
    ("POST user/robots/{}/regenerate", "regenerate_robot_token"),
    ("DELETE organization/{}/team/{}", "org_delete_team"),
    ("POST organization/{}/prototypes", "create_prototype_permission"),
    ("PUT organization/{}/prototypes/{}", "modify_prototype_permission"),
    ("DELETE organization/{}/prototypes/{}", "delete_prototype_permission"),
    ("POST organization/{}/applications", "create_application"),
    ("PUT organization/{}/applications/{}", "update_application"),
    ("DELETE organization/{}/applications/{}", "delete_application"),
    ("POST organization/{}/applications/{}/resetclientsecret", "reset_application_client_secret"),
    ("POST organization/{}/proxycache", "create_proxy_cache_config"),
    ("DELETE organization/{}/proxycache", "delete_proxy_cache_config"),
    ("POST organization/{}/autoprunepolicy/", "create_namespace_autoprune_policy"),
    ("PUT organization/{}/autoprunepolicy/{}", "update_namespace_autoprune_policy"),
    ("DELETE organization/{}/autoprunepolicy/{}", "delete_namespace_autoprune_policy"),
    ("POST user/autoprunepolicy/", "create_namespace_autoprune_policy"),
    ("PUT user/autoprunepolicy/{}", "update_namespace_autoprune_policy"),
    ("DELETE user/autoprunepolicy/{}", "delete_namespace_autoprune_policy"),
    ("POST repository", "create_repo"),
    ("PUT repository/{}", "set_repo_description"),
    ("DELETE repository/{}", "delete_repo"),
    ("POST repository/{}/changevisibility", "change_repo_visibility"),
    ("PUT repository/{}/changestate", "change_repo_state"),
    ("PUT repository/{}/permissions/user/{}", "change_repo_permission"),
    ("PUT repository/{}/permissions/team/{}", "change_repo_permission"),
    ("DELETE repository/{}/permissions/user/{}", "delete_repo_permission"),
    ("DELETE repository/{}/permissions/team/{}", "delete_repo_permission"),
    ("POST repository/{}/notification/", "add_repo_notification"),
    ("DELETE repository/{}/notification/{}", "delete_repo_notification"),
    ("POST repository/{}/autoprunepolicy/", "create_repository_autoprune_policy"),
    ("PUT repository/{}/autoprunepolicy/{}", "update_repository_autoprune_policy"),
    ("DELETE repository/{}/autoprunepolicy/{}", "delete_repository_autoprune_policy"),
    ("POST user/apptoken", "create_app_specific_token"),
    ("DELETE user/apptoken/{}", "revoke_app_specific_token"),
    ("POST superuser/keys", "service_key_create"),
    ("DELETE superuser/keys/{}", "service_key_delete"),
    ("POST superuser/users/", "user_create"),
    ("DELETE superuser/users/{}", "user_delete"),
];

/// Notes what was done. (Other things than these are done without a note here, unlike on a real server.)
pub(super) fn note(state: &mut State, call: &Call, method: &str, route: &str) {
    let operation = format!("{method} {}", bare(route));
    let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == operation) else { return };
    let body: Value = serde_json::from_slice(&call.content).unwrap_or_default();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let own = || call.caller.user.clone();
    let (namespace, repository) = match *kind {
        kind if kind.starts_with(OF_SERVER) || kind.starts_with("user_") => (None, None),
        "org_create" => (text("name"), None),
        "create_repo" => (text("namespace").or_else(own), text("repository")),
        _ if !call.parameter("repository").is_empty() => {
            let (namespace, name) = call.repository();
            (Some(namespace.to_owned()), Some(name.to_owned()))
        }
        _ if operation.contains(" user/") => (own(), None),
        _ => (call.parameters.first().map(|(_, organization)| organization.clone()), None),
    };
    let mut metadata = Map::new();
    metadata.extend(namespace.iter().map(|name| ("namespace".to_owned(), json!(name))));
    metadata.extend(repository.iter().map(|name| ("repo".to_owned(), json!(name))));
    let robot = call.parameter("robot_shortname");
    if !robot.is_empty() {
        metadata.insert("robot".to_owned(), json!(robot));
    }
    let (time, performer) = (now(state).to_string(), own());
    state.logs.push(LogEntry { kind: (*kind).to_owned(), time, namespace, repository, performer, metadata });
}
