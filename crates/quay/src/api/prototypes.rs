//! Default permissions, which Quay calls prototypes.
//!
//! Observed: they are not unique, so that equal requests make equal objects; there is no read of a single one, and the order of the
//! list changes with updates; robots are of the kind `user`; without an activating user the member must be left out, as null is refused;
//! a change takes the role alone and ignores the rest.

use registry_http::{Collection, Endpoint, Listing, Repetition};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A default permission as Quay shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct PrototypeJson {
    pub id: String,
    /// `read`, `write` or `admin`.
    pub role: String,
    /// Null: it holds for the repositories of everybody.
    #[serde(default)]
    pub activating_user: Option<NameJson>,
    pub delegate: DelegateJson,
}

/// A user or robot by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NameJson {
    pub name: String,
}

/// Who gets the permission.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DelegateJson {
    pub name: String,
    /// `user` or `team`.
    pub kind: String,
    /// Absent of teams.
    #[serde(default)]
    pub is_robot: bool,
}

/// What a new default permission is made of.
#[derive(Debug, Clone, Serialize)]
pub struct NewPrototype {
    pub role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activating_user: Option<Value>,
    pub delegate: Value,
}

impl NewPrototype {
    /// For a delegate of a kind: `user`, of robots too, or `team`.
    pub fn new(role: &str, kind: &str, name: &str, activating_user: Option<&str>) -> Self {
        Self {
            role: role.to_owned(),
            activating_user: activating_user.map(|name| json!({ "name": name })),
            delegate: json!({ "name": name, "kind": kind }),
        }
    }

    fn describes(&self, found: &PrototypeJson) -> bool {
        let activating = self.activating_user.as_ref().and_then(|user| user["name"].as_str());
        found.role == self.role
            && found.activating_user.as_ref().map(|user| user.name.as_str()) == activating
            && self.delegate == json!({ "name": found.delegate.name, "kind": found.delegate.kind })
    }
}

/// Names one default permission.
#[derive(Debug, Clone)]
pub struct PrototypeKey {
    pub organization: String,
    /// UUID.
    pub id: String,
}

impl PrototypeKey {
    fn names(&self) -> [&str; 2] {
        [&self.organization, &self.id]
    }
}

const ADMIN: &str = "org:admin";
const ONE: &str = "organization/{organization}/prototypes/{prototype}";

/// The default permissions of an organization.
pub struct Prototypes;

impl Collection for Prototypes {
    type Key = PrototypeKey;
    type Item = PrototypeJson;
    const NAME: &'static str = "default permissions";
    // A single one is read by the list too.
    const SINGLES: u32 = 0;

    fn parent(key: &PrototypeKey) -> String {
        key.organization.clone()
    }

    fn name(key: &PrototypeKey) -> String {
        key.id.clone()
    }

    fn name_of(_: &str, item: &PrototypeJson) -> Option<String> {
        Some(item.id.clone())
    }

    fn single(key: &PrototypeKey) -> Endpoint<PrototypeJson> {
        get(key)
    }

    fn list(key: &PrototypeKey) -> Listing<PrototypeJson> {
        list(&key.organization)
    }
}

fn listing(organization: &str) -> Endpoint<Vec<PrototypeJson>> {
    Endpoint::get("organization/{organization}/prototypes", &[organization])
        .describe(format!("list the default permissions of {organization}"))
        .requires_scope(ADMIN)
        .within("/prototypes")
}

/// All default permissions of an organization.
pub fn list(organization: &str) -> Listing<PrototypeJson> {
    Listing::whole(listing(organization))
}

/// One default permission, out of the list.
fn get(key: &PrototypeKey) -> Endpoint<PrototypeJson> {
    let wanted = key.id.clone();
    listing(&key.organization)
        .held_by(&key.organization)
        .describe(format!("read default permission {} of {}", key.id, key.organization))
        .pick("the organization has no such default permission", move |found| {
            found.into_iter().find(|item| item.id == wanted)
        })
}

/// Creates a default permission. Equal ones may be there, so a lost answer is looked for among those that are new.
pub fn create(organization: &str, new: &NewPrototype) -> Endpoint<PrototypeJson> {
    let (wanted, delegate) = (new.clone(), new.delegate.clone());
    Endpoint::<PrototypeJson>::post("organization/{organization}/prototypes", &[organization])
        .describe(format!("create a default permission of {organization}"))
        .json(new)
        .requires_scope(ADMIN)
        .invalidates::<Prototypes>(organization)
        .identified(move |made| delegate["name"] == made.delegate.name.as_str())
        .repetition(Repetition::compared(
            format!("default permissions of {organization}"),
            list(organization),
            |item| item.id.clone(),
            move |found: PrototypeJson| wanted.describes(&found).then_some(found),
            |made| made.id.clone(),
        ))
}

/// Changes the role.
pub fn update(key: &PrototypeKey, role: &str) -> Endpoint<PrototypeJson> {
    let id = key.id.clone();
    Endpoint::<PrototypeJson>::put(ONE, &key.names())
        .describe(format!("change default permission {} of {}", key.id, key.organization))
        .json(&json!({ "role": role }))
        .requires_scope(ADMIN)
        .invalidates::<Prototypes>(&key.organization)
        .identified(move |changed| changed.id == id)
        .repetition(Repetition::IDEMPOTENT)
}

/// Deletes a default permission. Repositories that were made with it keep what they got.
pub fn delete(key: &PrototypeKey) -> Endpoint<()> {
    Endpoint::delete(ONE, &key.names())
        .describe(format!("delete default permission {} of {}", key.id, key.organization))
        .requires_scope(ADMIN)
        .held_by(&key.organization)
        .invalidates::<Prototypes>(&key.organization)
        .no_content()
}
