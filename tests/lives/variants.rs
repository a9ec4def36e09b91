//! `examples/resources/<type>/variants.json`: how the example `<type>.example` changes in its life.
//!
//! ```json
//! {
//!   "changes": [
//!     {"set": {"description": "Another one."}, "expect": "update"},
//!     {"set": {"rotation": "2"}, "expect": "update", "differs": ["/quay/robots/{id}/token"]},
//!     {"set": {"namespace": "${quay_organization.other.name}"}, "expect": "replace",
//!      "with": {"quay_organization": {"other": {"name": "example-robot-other"}}}}
//!   ],
//!   "drift": [
//!     {"pointer": "/quay/robots/{id}/description", "value": "Somebody else's.", "shows": ["description"]},
//!     {"edit": [{"op": "remove", "path": "/quay/x/{name}/y"}], "shows": ["y", "z"]}
//!   ],
//!   "unobserved": {"rotation": "Known to Terraform alone."}
//! }
//! ```
//!
//! - `changes` build on each other: what one has set stays set until a later one sets it otherwise (null takes it away). Values are
//!   as in Terraform's JSON syntax: `"${...}"` is an expression. `with` adds further resources, which stay too. `differs` points at
//!   what must then be otherwise on the server, besides what drift of one attribute points at. After the last change the example
//!   stands as it was written.
//! - `drift` begins from the example as it was written. Pointers go into the simulator's dump; `{name}` in them is the attribute
//!   of that name, with `/` and `~` escaped as JSON pointers want it, and a step `[id={id}]` is the item of an array whose member
//!   `id` has that value. Either `pointer` and `value`, or `edit`: a JSON patch.
//! - `deleted` is `"update"` for what cannot be gone as long as that exists which it belongs to: an authoritative list. When its
//!   content is deleted behind Terraform's back it is changed in place, and not created again.
//! - `follows` names attributes of other resources in the example, as `type.attribute`, that the server changes along and that the
//!   configuration leaves to it: Terraform sees that they have changed, and plans nothing for them.
//! - `unobserved` names arguments that no change can set, and attributes that no drift can show, with the reason.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// How an example changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variants {
    /// Changes of the configuration, in order.
    #[serde(default)]
    pub changes: Vec<Step>,
    /// Changes behind Terraform's back, in order.
    #[serde(default)]
    pub drift: Vec<Drift>,
    /// What a deletion behind Terraform's back leads to, unless to a creation.
    pub deleted: Option<Deleted>,
    /// Attributes of other resources that the server changes along.
    #[serde(default)]
    pub follows: Vec<String>,
    /// Attributes that the life leaves out, with the reason.
    #[serde(default)]
    pub unobserved: BTreeMap<String, String>,
}

/// A change of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Arguments and their new values.
    pub set: Map<String, Value>,
    /// What must happen.
    pub expect: Expect,
    /// Further resources, by type and name.
    #[serde(default)]
    pub with: BTreeMap<String, Map<String, Value>>,
    /// Pointers to what this changes on the server besides what `drift` tells of.
    #[serde(default)]
    pub differs: Vec<String>,
}

/// What a change of the configuration does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// It is changed in place.
    Update,
    /// It is deleted and made again.
    Replace,
    /// Nothing: it means the same, spelled differently.
    None,
}

/// What a deletion behind Terraform's back may lead to instead of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deleted {
    /// It is changed in place.
    Update,
}

/// A change behind Terraform's back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// What is changed.
    pub pointer: Option<String>,
    /// Its new value.
    #[serde(default)]
    pub value: Value,
    /// Or else a JSON patch.
    #[serde(default)]
    pub edit: Vec<Map<String, Value>>,
    /// The attributes that show it.
    pub shows: Vec<String>,
}

impl Drift {
    /// Pointers to what it changes.
    pub fn pointers(&self) -> impl Iterator<Item = &str> {
        let edited = self.edit.iter().filter_map(|operation| operation.get("path")?.as_str());
        self.pointer.as_deref().into_iter().chain(edited)
    }
}

impl Variants {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let variants: Self = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        for drift in &variants.drift {
            if drift.pointer.is_some() != drift.edit.is_empty() {
                let shows = drift.shows.join(", ");
                return Err(format!("{}: drift of {shows}: either `pointer` or `edit`", path.display()));
            }
            if drift.shows.is_empty() {
                return Err(format!("{}: drift that nothing shows", path.display()));
            }
        }
        Ok(variants)
    }
}

/// The place in `dump` that `pointer` means for the resource with these attributes.
///
/// # Errors
/// The name of an attribute that is not there or no plain value; an item that is not there.
pub fn locate(pointer: &str, attributes: &Value, dump: &Value) -> Result<String, String> {
    let mut place = String::new();
    for step in fill(pointer, attributes)?.split('/').skip(1) {
        let Some((member, wanted)) = step.strip_prefix('[').and_then(|s| s.strip_suffix(']')?.split_once('=')) else {
            place = format!("{place}/{step}");
            continue;
        };
        let items = dump.pointer(&place).and_then(Value::as_array).into_iter().flatten();
        let is_it = |item: &Value| item[member].as_str().map_or(item[member].to_string(), str::to_owned) == wanted;
        let index = items.into_iter().position(is_it).ok_or_else(|| format!("{place} has no item {step}"))?;
        place = format!("{place}/{index}");
    }
    Ok(place)
}

/// Fills attributes into the braces of `pointer`.
fn fill(pointer: &str, attributes: &Value) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = pointer;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| format!("{pointer}: a brace is not closed"))?;
        let text = match &attributes[name] {
            Value::String(text) => text.replace('~', "~0").replace('/', "~1"),
            Value::Number(number) => number.to_string(),
            other => return Err(format!("{pointer}: the attribute {name} is {other}")),
        };
        filled.push_str(before);
        filled.push_str(&text);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}
