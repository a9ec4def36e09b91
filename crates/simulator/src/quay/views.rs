//! Parts of answers that several areas share.

use std::hash::{DefaultHasher, Hash, Hasher};

use rand::seq::SliceRandom;
use serde_json::{Map, Value, json};

use super::records::{Namespace, Quota};
use super::state::State;

const COLORS: &[&str] = &["#1f77b4", "#aec7e8", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2"];

/// A picture for a name. The same `key` (an e-mail address, else the name) gives the same picture.
pub(super) fn avatar(name: &str, key: &str, kind: &str) -> Value {
    let parts: Vec<u64> = (0..4u8)
        .map(|part| {
            let mut hasher = DefaultHasher::new();
            (key, part).hash(&mut hasher);
            hasher.finish()
        })
        .collect();
    let hash: String = parts.iter().map(|part| format!("{part:016x}")).collect();
    let color = COLORS[parts[0] as usize % COLORS.len()];
    json!({"name": name, "hash": hash, "color": color, "kind": kind})
}

/// The picture of a user, a robot or an organization. `kind` is the word for what is no robot.
pub(super) fn avatar_of(state: &State, name: &str, kind: &str) -> Value {
    if name.contains('+') {
        return avatar(name, name, "robot");
    }
    let email = state.namespace(name).and_then(|namespace| namespace.email.as_deref());
    avatar(name, email.unwrap_or(name), kind)
}

/// The picture of a team.
pub(super) fn team_avatar(name: &str) -> Value {
    avatar(name, name, "team")
}

/// Adds `quotas` and `quota_report` to the view of a namespace, where quotas are managed.
pub(super) fn add_quota(state: &State, namespace: &Namespace, view: &mut Map<String, Value>) {
    if !state.feature("FEATURE_QUOTA_MANAGEMENT") || !state.feature("FEATURE_EDIT_QUOTA") {
        return;
    }
    let quotas: Vec<Value> = namespace.quota.iter().map(short_quota).collect();
    let status = &namespace.backfill_status;
    view.insert("quotas".into(), json!(quotas));
    let report = json!({
        "quota_bytes": namespace.quota_bytes,
        "configured_quota": configured_quota(state, namespace),
        "running_backfill": status,
        "backfill_status": status,
    });
    view.insert("quota_report".into(), report);
}

/// The namespace's limit, or the registry's.
pub(super) fn configured_quota(state: &State, namespace: &Namespace) -> Option<u64> {
    let default = state.setting("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES").as_u64().filter(|bytes| *bytes > 0);
    namespace.quota.as_ref().map(|quota| quota.limit_bytes).or(default)
}

fn short_quota(quota: &Quota) -> Value {
    json!({"id": quota.id, "limit_bytes": quota.limit_bytes, "limits": limits(quota)})
}

/// A quota's limits in the order in which the server lists them: by kind, newest first.
pub(super) fn limits(quota: &Quota) -> Value {
    let mut limits = quota.limits.clone();
    limits.sort_by_key(|limit| (limit.kind, std::cmp::Reverse(limit.id)));
    json!(limits)
}

/// The same items in an order that nobody can rely on.
pub(super) fn shuffled<T>(mut items: Vec<T>) -> Vec<T> {
    items.shuffle(&mut rand::rng());
    items
}

/// An object with members in an order that nobody can rely on.
pub(super) fn shuffled_object(members: Vec<(String, Value)>) -> Value {
    shuffled(members).into_iter().collect()
}
