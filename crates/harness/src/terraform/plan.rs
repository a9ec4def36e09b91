//! What a plan says, per address, from `terraform show -json`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result, ResultExt};
use crate::process::Finished;

/// One of the things that Terraform does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Makes it.
    Create,
    /// Reads a data source while applying.
    Read,
    /// Changes it in place.
    Update,
    /// Deletes it.
    Delete,
    /// Takes it out of the state and leaves it as it is.
    Forget,
    /// Opens an ephemeral resource.
    Open,
}

/// What happens to one address, or, in [`Plan::drift`], what has happened to it behind Terraform's back.
#[derive(Clone, Debug)]
pub struct Change {
    /// The address, for example `quay_robot.ci["a"]`.
    pub address: String,
    /// The address that it had before a `moved` block.
    pub previous_address: Option<String>,
    /// The resource type.
    pub kind: String,
    /// What is done, in order: a replacement is a deletion and a creation.
    pub actions: Vec<Action>,
    /// The object before; null when there is none.
    pub before: Value,
    /// The object after, without what is unknown.
    pub after: Value,
    /// The shape of [`after`](Self::after), with `true` where a value is unknown.
    pub after_unknown: Value,
    /// The shape of [`before`](Self::before), with `true` where a value is sensitive.
    pub before_sensitive: Value,
    /// The shape of [`after`](Self::after), with `true` where a value is sensitive.
    pub after_sensitive: Value,
    /// The paths that force a replacement, for example `["description"]`.
    pub replace_paths: Vec<Value>,
    /// Why it is replaced or deleted, in Terraform's words, for example `replace_because_tainted`.
    pub reason: Option<String>,
    /// What it is imported by (`{"id": …}` or `{"identity": …}`), when it is.
    pub importing: Option<Value>,
}

impl Change {
    /// Whether anything happens to the object: it is changed, imported, moved or forgotten.
    #[must_use]
    pub fn is_change(&self) -> bool {
        let moved = self.previous_address.as_ref().is_some_and(|previous| *previous != self.address);
        moved || self.importing.is_some() || !matches!(self.actions[..], [Action::NoOp | Action::Read | Action::Open])
    }

    /// Whether it is changed in place.
    #[must_use]
    pub fn is_update(&self) -> bool {
        self.actions == [Action::Update]
    }

    /// Whether it is made where nothing is.
    #[must_use]
    pub fn is_create(&self) -> bool {
        self.actions == [Action::Create]
    }

    /// Whether it is deleted and made again, in either order.
    #[must_use]
    pub fn is_replace(&self) -> bool {
        self.actions.contains(&Action::Create) && self.actions.contains(&Action::Delete)
    }

    /// The names of the top-level attributes that differ between before and after, the unknown ones among them.
    #[must_use]
    pub fn attributes(&self) -> Vec<String> {
        let names = [&self.before, &self.after, &self.after_unknown]
            .into_iter()
            .filter_map(Value::as_object)
            .flat_map(|object| object.keys());
        let mut names: Vec<String> = names
            .filter(|name| {
                let at = |object: &Value| object.get(name.as_str()).filter(|value| !value.is_null()).cloned();
                at(&self.before) != at(&self.after) || has_true(self.after_unknown.get(name.as_str()))
            })
            .cloned()
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether the top-level attribute `name`, or anything in it, is unknown after.
    #[must_use]
    pub fn is_unknown(&self, name: &str) -> bool {
        has_true(self.after_unknown.get(name))
    }
}

/// One line, without values: they may be secrets.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}", self.address, self.actions, self.attributes().join(", "))?;
        match &self.reason {
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

fn has_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Array(items)) => items.iter().any(|item| has_true(Some(item))),
        Some(Value::Object(members)) => members.values().any(|item| has_true(Some(item))),
        _ => false,
    }
}

/// A saved plan, read back.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The exit code of `plan -detailed-exitcode`: 0 for no changes, 2 for some.
    pub code: i32,
    /// By address, all resources of the plan, also those to which nothing happens. Only a deposed object's address has
    /// ` (deposed …)` after it.
    pub resources: BTreeMap<String, Change>,
    /// By address, what differs from the last applied state before anything is done.
    pub drift: BTreeMap<String, Change>,
    /// By name, the outputs that change.
    pub outputs: BTreeMap<String, Vec<Action>>,
    /// The whole document, for what is not above.
    pub json: Value,
    /// The `plan` command, with what it said to a person.
    pub command: Finished,
}

impl Plan {
    /// Reads `terraform show -json <plan>`.
    pub(super) fn parse(code: i32, command: Finished, json: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(json).context(|| "cannot read the plan's JSON".to_owned())?;
        let raw: RawPlan =
            serde_json::from_value(json.clone()).context(|| "the plan's JSON has an unknown shape".to_owned())?;
        Ok(Self {
            code,
            resources: by_address(raw.resource_changes),
            drift: by_address(raw.resource_drift),
            outputs: raw
                .output_changes
                .into_iter()
                .filter(|(_, change)| change.actions != [Action::NoOp])
                .map(|(name, change)| (name, change.actions))
                .collect(),
            json,
            command,
        })
    }

    /// The changes, in the order of their addresses.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.resources.values().filter(|change| change.is_change())
    }

    /// The addresses to which something happens.
    #[must_use]
    pub fn changed(&self) -> Vec<&str> {
        self.changes().map(|change| change.address.as_str()).collect()
    }

    /// What happens to `address`.
    ///
    /// # Errors
    /// When the plan does not know it.
    pub fn resource(&self, address: &str) -> Result<&Change> {
        self.resources.get(address).ok_or_else(|| Error::new(format!("the plan has no {address}\n{}", self.summary())))
    }

    /// Nothing must happen: no change to any resource or output, no drift, and exit code 0.
    ///
    /// # Errors
    /// When anything does, with what.
    pub fn expect_empty(&self) -> Result<&Self> {
        self.expect_changes(&[])?;
        if self.code == 0 && self.outputs.is_empty() && self.drift.is_empty() {
            return Ok(self);
        }
        Err(Error::new(format!("the plan should be empty\n{}", self.summary())))
    }

    /// Exactly these addresses must change, in any order, and the exit code must say so.
    ///
    /// # Errors
    /// When others do, or not all of them.
    pub fn expect_changes(&self, addresses: &[&str]) -> Result<&Self> {
        let mut wanted = addresses.to_vec();
        wanted.sort_unstable();
        let code_fits = wanted.is_empty() || self.code == 2;
        if self.changed() == wanted && code_fits {
            return Ok(self);
        }
        Err(Error::new(format!("the plan should change [{}]\n{}", wanted.join(", "), self.summary())))
    }

    /// All that changes, a line each, without values.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut lines = vec![format!("exit code {} of {}", self.code, self.command.command)];
        lines.extend(self.changes().map(|change| format!("  change: {change}")));
        lines.extend(self.drift.values().map(|change| format!("  drift:  {change}")));
        lines.extend(self.outputs.iter().map(|(name, actions)| format!("  output: {name} {actions:?}")));
        lines.join("\n")
    }
}

#[derive(Deserialize)]
struct RawPlan {
    #[serde(default)]
    resource_changes: Vec<RawResource>,
    #[serde(default)]
    resource_drift: Vec<RawResource>,
    #[serde(default)]
    output_changes: BTreeMap<String, RawOutput>,
}

#[derive(Deserialize)]
struct RawOutput {
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct RawResource {
    address: String,
    previous_address: Option<String>,
    r#type: String,
    deposed: Option<String>,
    change: RawChange,
    action_reason: Option<String>,
}

#[derive(Deserialize)]
struct RawChange {
    actions: Vec<Action>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    #[serde(default)]
    after_unknown: Value,
    #[serde(default)]
    before_sensitive: Value,
    #[serde(default)]
    after_sensitive: Value,
    #[serde(default)]
    replace_paths: Vec<Value>,
    importing: Option<Value>,
}

fn by_address(raw: Vec<RawResource>) -> BTreeMap<String, Change> {
    raw.into_iter()
        .map(|raw| {
            let key = match raw.deposed {
                Some(deposed) => format!("{} (deposed {deposed})", raw.address),
                None => raw.address.clone(),
            };
            let change = Change {
                address: raw.address,
                previous_address: raw.previous_address,
                kind: raw.r#type,
                actions: raw.change.actions,
                before: raw.change.before,
                after: raw.change.after,
                after_unknown: raw.change.after_unknown,
                before_sensitive: raw.change.before_sensitive,
                after_sensitive: raw.change.after_sensitive,
                replace_paths: raw.change.replace_paths,
                reason: raw.action_reason,
                importing: raw.change.importing,
            };
            (key, change)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn plan(code: i32, json: &Value) -> Plan {
        let command = Finished {
            command: "$ terraform plan".into(),
            code: Some(code),
            stdout: String::new(),
            stderr: String::new(),
            duration: Duration::ZERO,
        };
        Plan::parse(code, command, &json.to_string()).unwrap()
    }

    fn change(address: &str, change: &Value) -> Value {
        json!({"address": address, "mode": "managed", "type": "x", "name": "y", "change": change})
    }

    #[test]
    fn changes_are_told_from_what_stays() {
        let json = json!({"format_version": "1.2", "resource_changes": [
            change("x.stays", &json!({"actions": ["no-op"], "before": {"a": 1}, "after": {"a": 1}})),
            change("x.grows", &json!({
                "actions": ["update"], "before": {"a": 1, "b": 2, "c": 3},
                "after": {"a": 1, "b": 3}, "after_unknown": {"c": true, "d": [{}]},
            })),
            change("x.swaps", &json!({
                "actions": ["delete", "create"], "before": {"a": 1}, "after": {"a": 2}, "replace_paths": [["a"]],
            })),
        ], "output_changes": {"o": {"actions": ["no-op"]}}});
        let plan = plan(2, &json);
        assert_eq!(plan.changed(), ["x.grows", "x.swaps"]);
        let grows = plan.resource("x.grows").unwrap();
        assert!(grows.is_update() && grows.is_unknown("c") && !grows.is_unknown("d"));
        assert_eq!(grows.attributes(), ["b", "c"]);
        assert!(plan.resource("x.swaps").unwrap().is_replace());
        assert_eq!(plan.resource("x.swaps").unwrap().replace_paths, [json!(["a"])]);
        plan.expect_changes(&["x.swaps", "x.grows"]).unwrap();
        let error = plan.expect_changes(&["x.grows"]).unwrap_err().to_string();
        assert!(error.contains("x.swaps [Delete, Create] a"), "{error}");
        assert!(plan.resource("x.missing").unwrap_err().to_string().contains("x.missing"));
    }

    #[test]
    fn an_import_without_a_change_is_a_change() {
        let json = json!({"resource_changes": [
            change("x.y", &json!({"actions": ["no-op"], "before": {}, "after": {}, "importing": {"id": "1"}})),
        ]});
        assert_eq!(plan(2, &json).changed(), ["x.y"]);
    }

    #[test]
    fn drift_alone_and_outputs_alone_are_not_empty() {
        plan(0, &json!({})).expect_empty().unwrap();
        let drift = json!({"resource_drift": [
            change("x.y", &json!({"actions": ["update"], "before": {"a": "secret"}, "after": {"a": "other"}})),
        ]});
        let error = plan(0, &drift).expect_empty().unwrap_err().to_string();
        assert!(error.contains("drift:  x.y [Update] a") && !error.contains("secret"), "{error}");
        assert!(plan(2, &json!({"output_changes": {"o": {"actions": ["create"]}}})).expect_empty().is_err());
    }

    #[test]
    fn deposed_objects_do_not_hide_the_current_one() {
        let mut old = change("x.y", &json!({"actions": ["delete"], "before": {}, "after": null}));
        old["deposed"] = "abc".into();
        let current = change("x.y", &json!({"actions": ["no-op"], "before": {}, "after": {}}));
        let plan = plan(2, &json!({"resource_changes": [old, current]}));
        assert_eq!(plan.resources.keys().collect::<Vec<_>>(), ["x.y", "x.y (deposed abc)"]);
    }
}
