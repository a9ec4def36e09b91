//! How much repositories and namespaces hold, as quotas count it.

use std::collections::BTreeMap;

use super::manifests::blobs_of;
use crate::quay::records::{LimitKind, Repository};
use crate::quay::state::State;

/// Whether the namespace of a repository holds so much that nothing may be pushed.
pub(crate) fn is_full(state: &State, full: &str) -> bool {
    let namespace = full.split_once('/').and_then(|(namespace, _)| state.namespace(namespace));
    let Some(namespace) = namespace.filter(|_| state.feature("FEATURE_QUOTA_MANAGEMENT")) else { return false };
    let held = i128::from(namespace.quota_bytes);
    let Some(quota) = &namespace.quota else {
        let most = state.setting("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES").as_i64().unwrap_or_default();
        return most > 0 && held >= i128::from(most);
    };
    let allowed = |percent: i64| i128::from(quota.limit_bytes) * i128::from(percent) / 100;
    let reached = quota.limits.iter().filter(|limit| held >= allowed(limit.limit_percent));
    reached.max_by_key(|limit| limit.limit_percent).is_some_and(|limit| limit.kind == LimitKind::Reject)
}

/// Bytes that the manifests of a repository refer to, and those of all repositories of its namespace: each blob once.
pub(crate) fn held(state: &State, full: &str) -> (u64, u64) {
    let blobs = |repository: &Repository| -> BTreeMap<String, u64> {
        let needed = repository.images.manifests.values().flat_map(blobs_of);
        let sized = needed.filter_map(|blob| {
            let size = repository.images.blobs.get(&blob)?.0.len();
            Some((blob, size as u64))
        });
        sized.collect()
    };
    let namespace = full.split_once('/').map(|(namespace, _)| namespace).unwrap_or_default();
    let of_namespace: BTreeMap<String, u64> =
        state.repositories_of(namespace).into_iter().flat_map(|(_, repository)| blobs(repository)).collect();
    let of_repository = state.repositories.get(full).map(blobs).unwrap_or_default();
    (of_repository.values().sum(), of_namespace.values().sum())
}

/// Adds what has come since to what is counted, and takes off what has gone.
pub(crate) fn weigh(state: &mut State, full: &str, before: (u64, u64)) {
    let after = held(state, full);
    let weighed = |counted: u64, after: u64, before: u64| (counted + after).saturating_sub(before);
    if let Some(repository) = state.repositories.get_mut(full) {
        repository.quota_bytes = weighed(repository.quota_bytes, after.0, before.0);
    }
    let namespace = full.split_once('/').and_then(|(namespace, _)| state.namespace_mut(namespace));
    if let Some(namespace) = namespace {
        namespace.quota_bytes = weighed(namespace.quota_bytes, after.1, before.1);
    }
}
