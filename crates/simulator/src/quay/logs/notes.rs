//! What is noted of what was done, for the usage logs.

use serde_json::{Map, Value, json};

use super::usage_logs::{OF_SERVER, now, service_account};
use crate::quay::call::Call;
use crate::quay::records::LogEntry;
use crate::quay::releases::bare;
use crate::quay::state::State;

/// Operations, with the kinds that the recordings and Quay's source name for them.
const KINDS: &[(&str, &str)] = &[
    ("POST organization/", "org_create"),
    ("DELETE organization/{}", "org_delete"),
    ("PUT organization/{}/robots/{}", "create_robot"),
    ("DELETE organization/{}/robots/{}", "delete_robot"),
    ("POST organization/{}/robots/{}/regenerate", "regenerate_robot_token"),
    ("PUT user/robots/{}", "create_robot"),
    ("DELETE user/robots/{}", "delete_robot"),
    ("POST user/robots/{}/regenerate", "regenerate_robot_token"),
    ("POST organization/{}/robots/{}/federation", "create_robot_federation"),
    ("DELETE organization/{}/robots/{}/federation", "delete_robot_federation"),
    ("POST user/robots/{}/federation", "create_robot_federation"),
    ("DELETE user/robots/{}/federation", "delete_robot_federation"),
    ("DELETE organization/{}/team/{}", "org_delete_team"),
    ("POST organization/{}/team/{}/syncing", "enable_team_sync"),
    ("DELETE organization/{}/team/{}/syncing", "disable_team_sync"),
    ("POST organization/{}/prototypes", "create_prototype_permission"),
    ("PUT organization/{}/prototypes/{}", "modify_prototype_permission"),
    ("DELETE organization/{}/prototypes/{}", "delete_prototype_permission"),
    ("POST organization/{}/applications", "create_application"),
    ("PUT organization/{}/applications/{}", "update_application"),
    ("DELETE organization/{}/applications/{}", "delete_application"),
    ("POST organization/{}/applications/{}/resetclientsecret", "reset_application_client_secret"),
    ("POST organization/{}/applications/{}/tokens", "create_oauth_api_token"),
    ("DELETE organization/{}/applications/{}/tokens/{}", "revoke_oauth_api_token"),
    ("POST organization/{}/proxycache", "create_proxy_cache_config"),
    ("DELETE organization/{}/proxycache", "delete_proxy_cache_config"),
    ("POST organization/{}/quota", "org_create_quota"),
    ("PUT organization/{}/quota/{}", "org_change_quota"),
    ("DELETE organization/{}/quota/{}", "org_delete_quota"),
    ("POST organization/{}/quota/{}/limit", "org_create_quota_limit"),
    ("PUT organization/{}/quota/{}/limit/{}", "org_change_quota_limit"),
    ("DELETE organization/{}/quota/{}/limit/{}", "org_delete_quota_limit"),
    ("POST organization/{}/mirror", "org_mirror_enabled"),
    ("PUT organization/{}/mirror", "org_mirror_config_changed"),
    ("DELETE organization/{}/mirror", "org_mirror_disabled"),
    ("POST organization/{}/mirror/sync-now", "org_mirror_sync_now_requested"),
    ("POST organization/{}/mirror/sync-cancel", "org_mirror_sync_cancelled"),
    ("POST organization/{}/notifications", "create_namespace_notification"),
    ("POST organization/{}/notifications/{}", "reset_namespace_notification"),
    ("DELETE organization/{}/notifications/{}", "delete_namespace_notification"),
    ("POST user/namespacenotifications", "create_namespace_notification"),
    ("POST user/namespacenotifications/{}", "reset_namespace_notification"),
    ("DELETE user/namespacenotifications/{}", "delete_namespace_notification"),
    ("POST organization/{}/immutabilitypolicy/", "create_immutability_policy"),
    ("PUT organization/{}/immutabilitypolicy/{}", "update_immutability_policy"),
    ("DELETE organization/{}/immutabilitypolicy/{}", "delete_immutability_policy"),
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
    ("POST repository/{}/notification/{}", "reset_repo_notification"),
    ("DELETE repository/{}/notification/{}", "delete_repo_notification"),
    ("POST repository/{}/immutabilitypolicy/", "create_immutability_policy"),
    ("PUT repository/{}/immutabilitypolicy/{}", "update_immutability_policy"),
    ("DELETE repository/{}/immutabilitypolicy/{}", "delete_immutability_policy"),
    ("PUT repository/{}/trigger/{}", "toggle_repo_trigger"),
    ("DELETE repository/{}/build/{}", "cancel_build"),
    ("POST repository/{}/autoprunepolicy/", "create_repository_autoprune_policy"),
    ("PUT repository/{}/autoprunepolicy/{}", "update_repository_autoprune_policy"),
    ("DELETE repository/{}/autoprunepolicy/{}", "delete_repository_autoprune_policy"),
    ("POST user/apptoken", "create_app_specific_token"),
    ("DELETE user/apptoken/{}", "revoke_app_specific_token"),
    ("POST user/clientkey", "user_generate_client_key"),
    ("POST superuser/takeownership/{}", "take_ownership"),
    ("POST superuser/approvedkeys/{}", "service_key_approve"),
    ("POST superuser/keys", "service_key_create"),
    ("DELETE superuser/keys/{}", "service_key_delete"),
    ("POST superuser/users/", "user_create"),
    ("DELETE superuser/users/{}", "user_delete"),
];

/// Notes what was done. (Some other things than these are done without a note here, unlike on a real server.)
pub(crate) fn note(state: &mut State, call: &Call, method: &str, route: &str) {
    let operation = format!("{method} {}", bare(route));
    let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == operation) else { return };
    let body: Value = serde_json::from_slice(&call.content).unwrap_or_default();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let own = || call.caller.user.clone();
    let (namespace, repository) = match *kind {
        kind if kind.starts_with(OF_SERVER) => (None, None),
        "user_create" => (text("username"), None),
        "org_create" => (text("name"), None),
        "create_repo" => (text("namespace").or_else(own), text("repository")),
        _ if !call.parameter("repository").is_empty() => {
            let (namespace, name) = call.repository();
            (Some(namespace.to_owned()), Some(name.to_owned()))
        }
        "take_ownership" => (own(), None),
        _ if operation.contains(" user/") => (own(), None),
        _ => (call.parameters.first().map(|(_, organization)| organization.clone()), None),
    };
    let mut metadata = Map::new();
    if operation.contains(" superuser/users/") {
        metadata.insert("username".to_owned(), json!(namespace));
    } else if *kind == "cancel_build" {
        metadata.insert("build_uuid".to_owned(), json!(call.parameter("build_uuid")));
    } else {
        metadata.extend(namespace.iter().map(|name| ("namespace".to_owned(), json!(name))));
        metadata.extend(repository.iter().map(|name| ("repo".to_owned(), json!(name))));
    }
    for (parameter, member) in [("robot_shortname", "robot"), ("trigger_uuid", "trigger_id")] {
        let value = call.parameter(parameter);
        if !value.is_empty() {
            metadata.insert(member.to_owned(), json!(value));
        }
    }
    let namespace = namespace.or_else(|| service_account(state).filter(|_| kind.starts_with(OF_SERVER)));
    push(state, call, kind, (namespace, repository), metadata);
}

/// Notes something in the repository of the path.
pub(crate) fn of_repository(state: &mut State, call: &Call, kind: &str, more: &Value) {
    let (namespace, name) = call.repository();
    let mut metadata = Map::new();
    metadata.insert("namespace".to_owned(), json!(namespace));
    metadata.insert("repo".to_owned(), json!(name));
    metadata.extend(more.as_object().cloned().unwrap_or_default());
    push(state, call, kind, (Some(namespace.to_owned()), Some(name.to_owned())), metadata);
}

fn push(
    state: &mut State,
    call: &Call,
    kind: &str,
    (namespace, repository): (Option<String>, Option<String>),
    metadata: Map<String, Value>,
) {
    let (kind, time, performer) = (kind.to_owned(), now(state).to_string(), call.caller.user.clone());
    state.logs.push(LogEntry { kind, time, namespace, repository, performer, metadata });
}
