//! What robots may do, as Harbor is told and tells it: it merges permissions of one place, and tells them in random order.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What a robot may do in one place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PermissionJson {
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub namespace: String,
    #[serde(default)]
    pub access: Vec<AccessJson>,
}

/// One thing that it may do there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessJson {
    #[serde(default)]
    pub resource: String,
    #[serde(default)]
    pub action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
}

/// Kind and namespace.
pub type Place = (String, String);
/// Resource, action and effect, by place.
pub type Grants = BTreeMap<Place, BTreeSet<(String, String, Option<String>)>>;

/// What an effect means: `allow` is the same as none.
pub fn effective(effect: Option<&str>) -> Option<String> {
    effect.filter(|effect| !matches!(*effect, "" | "allow")).map(ToOwned::to_owned)
}

/// What some permissions grant, each once.
pub fn grants(blocks: &[PermissionJson]) -> Grants {
    let mut all = Grants::new();
    for block in blocks {
        let here = all.entry((block.kind.clone(), block.namespace.clone())).or_default();
        here.extend(
            block.access.iter().map(|a| (a.resource.clone(), a.action.clone(), effective(a.effect.as_deref()))),
        );
    }
    all
}

/// Whether two lists of permissions grant the same.
pub fn same_grants(one: &[PermissionJson], other: &[PermissionJson]) -> bool {
    grants(one) == grants(other)
}
