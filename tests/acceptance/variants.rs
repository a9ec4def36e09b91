//! `examples/resources/<type>/variants.json`: how the example `<type>.example` changes in its life.
//!
//! ```json
//! {
//!   "object": "/quay/robots/{id}",
//!   "changes": [
//!     {"set": {"description": "Another one."}, "expect": "update"},
//!     {"set": {"rotation": "1"}, "expect": "update", "same": ["/quay/robots/{id}/token"]},
//!     {"set": {"rotation": "2"}, "expect": "update", "differs": ["/quay/robots/{id}/token"]},
//!     {"set": {"limit": "1 KiB"}, "expect": "update", "holds": {"/quay/x/{name}/limit_bytes": 1024}},
//!     {"set": {"namespace": "${quay_organization.other.name}"}, "expect": "replace",
//!      "with": {"quay_organization": {"other": {"name": "example-robot-other"}}}}
//!   ],
//!   "drift": [
//!     {"pointer": "/quay/robots/{id}/description", "value": "Somebody else's.", "shows": ["description"]},
//!     {"edit": [{"op": "remove", "path": "/quay/x/{name}/y"}], "shows": ["y", "z"]},
//!     {"set": {"store_token": true}, "pointer": "/quay/robots/{id}/token", "value": "X", "shows": ["token"]}
//!   ],
//!   "beside": {"quay_robot": {"another": {"namespace": "example-robot", "name": "another"}}},
//!   "unobserved": {"rotation": "Known to Terraform alone."}
//! }
//! ```
//!
//! - `changes` build on each other: what one has set stays set until a later one sets it otherwise (null takes it away). Values are
//!   as in Terraform's JSON syntax: `"${...}"` is an expression. `with` adds further resources, which stay too. After the last
//!   change the example stands as it was written. `edit`, a JSON patch, is what happens on the server before the change: what somebody
//!   else has to do first. Terraform must not notice it.
//! - After each change the server is looked at. Where the drift of a changed argument points, it must hold something else than
//!   before, and the argument's own value where the two are alike: a text, a number, a flag (also as a text), or a list of such.
//!   What is written otherwise there, or held elsewhere, is told by `holds`: by pointer, exactly what must be there then (null:
//!   nothing), instead of the former. `differs` points at what must be otherwise, and `same` at what must not.
//! - `object` is where the server holds the whole object. It must be there after each change, and after a replacement the old one
//!   must be gone; in the same place, it must be another.
//! - `drift` begins from the example as it was written, or with what `set` sets, which stays set for the drift that follows: put
//!   it last. Either `pointer` and `value`, or `edit`: a JSON patch, in which `value`s are taken as they stand. The server must
//!   then be healed; `renews` points at what healing makes anew instead, because the server alone can.
//! - Pointers go into the simulator's dump; `{name}` in them is the attribute of that name, with `/` and `~` escaped as JSON
//!   pointers want it; a step `[id={id}]` is the item (of an array or an object) whose member `id` has that value, and `[=x]` the
//!   item that is `x`.
//! - `beside` are further resources that stand beside the example while lists are asked: a list of one cannot show that it is
//!   whole.
//! - `deleted` is `"update"` for what cannot be gone as long as that exists which it belongs to: an authoritative list. When its
//!   content is deleted behind Terraform's back it is changed in place, and not created again. It is `"nothing"` for what goes when
//!   it has served its purpose: an invitation.
//! - `follows` names attributes of other resources in the example, as `type.attribute`, that the server changes along and that the
//!   configuration leaves to it: Terraform sees that they have changed, and plans nothing for them.
//! - `unobserved` names arguments that no change can set, and attributes that no drift can show, with the reason.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::dump;

/// How an example changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variants {
    /// Pointer to the object on the server.
    pub object: Option<String>,
    /// Changes of the configuration, in order.
    #[serde(default)]
    pub changes: Vec<Step>,
    /// Changes behind Terraform's back, in order.
    #[serde(default)]
    pub drift: Vec<Drift>,
    /// What a deletion behind Terraform's back leads to, unless to a creation.
    pub deleted: Option<Deleted>,
    /// Further resources, by type and name, while lists are asked.
    #[serde(default)]
    pub beside: BTreeMap<String, Map<String, Value>>,
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
    /// A JSON patch: what somebody else does on the server before.
    #[serde(default)]
    pub edit: Vec<Map<String, Value>>,
    /// Pointers to what this changes on the server besides what `drift` tells of.
    #[serde(default)]
    pub differs: Vec<String>,
    /// Pointers to what this leaves as it is on the server.
    #[serde(default)]
    pub same: Vec<String>,
    /// What the server must hold then, by pointer.
    #[serde(default)]
    pub holds: BTreeMap<String, Value>,
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
    /// Nothing: what came of it is no drift.
    Nothing,
}

/// A change behind Terraform's back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Arguments that are set before.
    #[serde(default)]
    pub set: Map<String, Value>,
    /// Further resources that are added before, by type and name.
    #[serde(default)]
    pub with: BTreeMap<String, Map<String, Value>>,
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
    /// Pointers to what healing makes anew.
    #[serde(default)]
    pub renews: Vec<String>,
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
        let key = dump.pointer(&place).and_then(|items| key_of(items, member, &unescape(wanted)));
        let key = key.ok_or_else(|| format!("{place} has no item {step}"))?;
        place = format!("{place}/{key}");
    }
    Ok(place)
}

/// The index or the name of the item whose `member`, or that itself, is `wanted`.
fn key_of(items: &Value, member: &str, wanted: &str) -> Option<String> {
    let is_it = |item: &Value| {
        let held = if member.is_empty() { item } else { &item[member] };
        held.as_str().map_or(held.to_string(), str::to_owned) == wanted && !dump::is_deleted(item)
    };
    match items {
        Value::Array(items) => items.iter().position(is_it).map(|index| index.to_string()),
        Value::Object(items) => items.iter().find(|(_, item)| is_it(item)).map(|(name, _)| escape(name)),
        _ => None,
    }
}

/// A text as a step of a pointer.
fn escape(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// What is in `dump` where `pointer` points for the resource with these attributes. Nothing: also what is null, and what the server
/// keeps only as deleted.
pub fn held<'d>(pointer: &str, attributes: &Value, dump: &'d Value) -> Option<&'d Value> {
    let place = locate(pointer, attributes, dump).ok()?;
    dump.pointer(&place).filter(|value| !value.is_null() && !dump::is_deleted(value))
}

/// Fills attributes into the braces of `pointer`.
fn fill(pointer: &str, attributes: &Value) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = pointer;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| format!("{pointer}: a brace is not closed"))?;
        let text = match &attributes[name] {
            Value::String(text) => escape(text),
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
