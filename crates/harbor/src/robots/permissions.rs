//! What robots may do: the set that users write, and what of it is the same to Harbor.

use std::collections::{BTreeMap, BTreeSet};

use terraform_framework::schema::{Attribute, Shape};
use terraform_framework::{Attr, Mismatch, Nested, Nullable, PlanValue, Report, Value, check};

use crate::api::grants::{AccessJson, PermissionJson, Place, effective, grants, same_grants};
use crate::client::accepted_permissions::{Accepted, Pairs};

/// What a robot may do in one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Permission {
    /// `system` for what concerns the whole server, `project` for what concerns projects.
    #[attribute(required, check = check::one_of(&["system", "project"]))]
    pub kind: String,
    /// `/` for the kind `system`; for the kind `project` the project's name, or `*` for all projects (only for robots of the system).
    #[attribute(required, check = check::length(1, 255))]
    pub namespace: String,
    /// What it may do there.
    #[attribute(required, check = check::count(1, usize::MAX))]
    pub access: BTreeSet<Access>,
}

/// One thing that a robot may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Access {
    /// Such as `repository`. The data source `harbor_robot_permissions` tells what the server accepts.
    #[attribute(required, check = check::length(1, 255))]
    pub resource: String,
    /// Such as `push`.
    #[attribute(required, check = check::length(1, 255))]
    pub action: String,
    /// `allow`, which is the same as leaving it out, or `deny`.
    #[attribute(optional, check = check::one_of(&["allow", "deny"]))]
    pub effect: Option<String>,
}

/// All that a robot may do. Harbor merges permissions of one place and tells them in random order: two sets are the same when they grant
/// the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(pub BTreeSet<Permission>);

impl Permissions {
    /// As Harbor is told: each place once, each access once. An effect is sent only where the user wrote one, because Harbor compares
    /// permissions of robots made by robots as texts.
    pub fn to_json(&self) -> Vec<PermissionJson> {
        let mut all: BTreeMap<Place, BTreeMap<(String, String, Option<String>), Option<String>>> = BTreeMap::new();
        for block in &self.0 {
            let here = all.entry((block.kind.clone(), block.namespace.clone())).or_default();
            for access in &block.access {
                let effect = effective(access.effect.as_deref());
                here.insert((access.resource.clone(), access.action.clone(), effect), access.effect.clone());
            }
        }
        let access =
            |((resource, action, _), effect): ((String, String, _), _)| AccessJson { resource, action, effect };
        let block = |((kind, namespace), here): (Place, BTreeMap<_, _>)| PermissionJson {
            kind,
            namespace,
            access: here.into_iter().map(access).collect(),
        };
        all.into_iter().map(block).collect()
    }

    /// What Harbor tells, in the spelling of `known` if that grants the same.
    pub fn of_json(found: &[PermissionJson], known: &Permissions) -> Self {
        if same_grants(found, &known.to_json()) {
            return known.clone();
        }
        let access = |(resource, action, effect)| Access { resource, action, effect };
        let block = |((kind, namespace), here): (Place, BTreeSet<_>)| Permission {
            kind,
            namespace,
            access: here.into_iter().map(access).collect(),
        };
        Self(grants(found).into_iter().map(block).collect())
    }
}

impl Nullable for Permissions {}

impl Attr for Permissions {
    type View = <BTreeSet<Permission> as Attr>::View;

    fn shape() -> Shape {
        <BTreeSet<Permission> as Attr>::shape()
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        Attr::from_value(value).map(Self)
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn view(value: &Value) -> Self::View {
        <BTreeSet<Permission> as Attr>::view(value)
    }

    fn adjust(attribute: &mut Attribute) {
        <BTreeSet<Permission> as Attr>::adjust(attribute);
        attribute.same = Some(same);
        attribute.checks.push(check::count(1, usize::MAX));
    }
}

fn same(earlier: &Value, later: &Value) -> bool {
    let json = |value| Permissions::from_value(value).map(|p| p.to_json());
    matches!((json(earlier), json(later)), (Ok(a), Ok(b)) if same_grants(&a, &b))
}

/// Says what of some permissions is not accepted, and what would be.
pub fn judge(accepted: &Accepted, permissions: &<Permissions as Attr>::View, server: &str, report: &mut Report) {
    for block in permissions.iter().filter_map(PlanValue::known) {
        let Some(kind) = block.kind.known() else { continue };
        let (Some(pairs), Some(access)) = (accepted.of(kind), block.access.known()) else { continue };
        for access in access.iter().filter_map(PlanValue::known) {
            let (Some(resource), Some(action)) = (access.resource.known(), access.action.known()) else { continue };
            if !pairs.contains(&(resource.clone(), action.clone())) {
                let detail = refusal(pairs, kind, resource, action, server);
                report.error("permissions", "Permission is not accepted by this Harbor", detail);
            }
        }
    }
}

fn refusal(pairs: &Pairs, kind: &str, resource: &str, action: &str, server: &str) -> String {
    let actions: Vec<&str> = pairs.iter().filter(|(r, _)| r == resource).map(|(_, a)| a.as_str()).collect();
    let right = if actions.is_empty() {
        let resources: BTreeSet<&str> = pairs.iter().map(|(r, _)| r.as_str()).collect();
        let resources: Vec<&str> = resources.into_iter().collect();
        format!("Resources of this kind are: {}.", resources.join(", "))
    } else {
        format!("Actions on {resource} are: {}.", actions.join(", "))
    };
    format!(
        "{server} does not accept the action {action:?} on the resource {resource:?} in permissions of the kind {kind:?}. {right}"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn block(kind: &str, namespace: &str, access: &[(&str, &str, Option<&str>)]) -> Permission {
        let access = access.iter().map(|(resource, action, effect)| Access {
            resource: (*resource).to_owned(),
            action: (*action).to_owned(),
            effect: effect.map(ToOwned::to_owned),
        });
        Permission { kind: kind.to_owned(), namespace: namespace.to_owned(), access: access.collect() }
    }

    #[test]
    fn equal_places_and_spelled_out_effects_are_the_same() {
        let pull = ("repository", "pull", None);
        let push = ("repository", "push", None);
        let one = Permissions(BTreeSet::from([block("project", "a", &[pull, push])]));
        let allow = ("repository", "pull", Some("allow"));
        let split = BTreeSet::from([block("project", "a", &[allow]), block("project", "a", &[pull, push])]);
        let split = Permissions(split);
        assert!(same(&one.to_value(), &split.to_value()));
        assert_eq!(split.to_json().len(), 1);
        assert_eq!(split.to_json()[0].access.len(), 2);
        assert_eq!(Permissions::of_json(&one.to_json(), &split), split, "the user's own spelling stays");
        let deny = Permissions(BTreeSet::from([block("project", "a", &[("repository", "pull", Some("deny")), push])]));
        assert!(!same(&one.to_value(), &deny.to_value()));
        assert_eq!(Permissions::of_json(&deny.to_json(), &one), deny);
    }

    #[test]
    fn an_effect_that_nobody_wrote_is_not_sent() {
        let all = Permissions(BTreeSet::from([block("system", "/", &[("project", "list", None)])]));
        let json = serde_json::to_value(all.to_json()).unwrap();
        let expected = serde_json::json!([{"kind": "system", "namespace": "/", "access": [{"resource": "project", "action": "list"}]}]);
        assert_eq!(json, expected);
    }
}
