//! Robot accounts.
//!
//! Observed: creating answers 201; an unknown robot is a 400 with a flat message; the list matches by pattern (`_` is any
//! character) and may hold robots of other organizations; list and regeneration lack `unstructured_metadata`.

use registry_http::{Collection, Endpoint, Listing, NotFound, Repetition, Seen};
use serde::{Deserialize, Serialize};
use terraform_framework::Secret;

use super::keys::Namespace;
use super::namespaces::same_name;
use super::permissions::{OfHolder, OfRepository};
use super::prototypes::Prototypes;
use super::teams::TeamMembers;

/// A robot account as Quay shows it.
#[derive(Clone, Deserialize)]
pub struct RobotJson {
    /// `namespace+short`.
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    /// Absent for readers that are not administrators.
    #[serde(default, deserialize_with = "secret")]
    pub token: Option<Secret>,
    /// RFC 2822.
    #[serde(default)]
    pub created: Option<String>,
    /// RFC 2822; null before the first use.
    #[serde(default)]
    pub last_accessed: Option<String>,
    /// Absent in lists and after a regeneration; null in the answer to a creation without it.
    #[serde(default)]
    pub unstructured_metadata: Option<serde_json::Value>,
}

/// Reads a secret that may be null.
///
/// # Errors
/// When it is no text.
pub(super) fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::from))
}

/// What a new robot is made of. Neither can be changed later.
#[derive(Debug, Clone, Serialize)]
pub struct NewRobot {
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unstructured_metadata: Option<serde_json::Value>,
}

/// Names one robot.
#[derive(Debug, Clone)]
pub struct RobotKey {
    pub namespace: Namespace,
    /// The short name.
    pub name: String,
}

impl RobotKey {
    /// `acme+ci`.
    pub fn full_name(&self) -> String {
        format!("{}+{}", self.namespace.name, self.name)
    }

    /// The route of a robot, or of something below it.
    pub(super) fn route(&self, organization: &'static str, user: &'static str) -> (&'static str, Vec<&str>) {
        match self.namespace.own {
            true => (user, vec![&self.name]),
            false => (organization, vec![&self.namespace.name, &self.name]),
        }
    }
}

const ROBOT: (&str, &str) = ("organization/{organization}/robots/{robot}", "user/robots/{robot}");
const REGENERATE: (&str, &str) =
    ("organization/{organization}/robots/{robot}/regenerate", "user/robots/{robot}/regenerate");
/// How a robot that is not there is told.
pub(super) const UNKNOWN: NotFound = NotFound::message(400, "Could not find robot");

/// The scope that robots of a namespace need.
pub(super) fn scope(namespace: &Namespace) -> &'static str {
    if namespace.own { "user:admin" } else { "org:admin" }
}

/// The robots of a namespace.
pub struct Robots;

impl Collection for Robots {
    type Key = RobotKey;
    type Item = RobotJson;
    const NAME: &'static str = "robots";

    fn parent(key: &RobotKey) -> String {
        key.namespace.name.clone()
    }

    fn name(key: &RobotKey) -> String {
        key.full_name()
    }

    fn name_of(namespace: &str, robot: &RobotJson) -> Option<String> {
        let (of, _) = robot.name.split_once('+')?;
        (of == namespace).then(|| robot.name.clone())
    }

    fn single(key: &RobotKey) -> Endpoint<RobotJson> {
        get(key)
    }

    fn list(key: &RobotKey) -> Listing<RobotJson> {
        list(&key.namespace)
    }
}

fn is(key: &RobotKey) -> impl Fn(&RobotJson) -> bool + Send + Sync + 'static {
    let name = key.full_name();
    move |robot| same_name(&robot.name, &name)
}

/// One robot.
pub fn get(key: &RobotKey) -> Endpoint<RobotJson> {
    let (route, names) = key.route(ROBOT.0, ROBOT.1);
    Endpoint::get(route, &names)
        .describe(format!("read robot {}", key.full_name()))
        .not_found_when(UNKNOWN)
        .requires_scope(scope(&key.namespace))
        .held_by(&key.namespace.name)
        .identified(is(key))
}

/// All robots of a namespace, and perhaps others: see [`Robots::name_of`].
pub fn list(namespace: &Namespace) -> Listing<RobotJson> {
    Listing::whole(listing(namespace).within("/robots"))
}

/// The same without their tokens.
pub fn list_without_tokens(namespace: &Namespace) -> Listing<RobotJson> {
    Listing::whole(listing(namespace).query("token", false).within("/robots"))
}

fn listing(namespace: &Namespace) -> Endpoint<Vec<RobotJson>> {
    let endpoint = match namespace.own {
        true => Endpoint::get("user/robots", &[]),
        false => Endpoint::get("organization/{organization}/robots", &[&namespace.name]),
    };
    endpoint.describe(format!("list the robots of {}", namespace.name)).requires_scope(scope(namespace))
}

/// Creates a robot; one that exists already is refused.
pub fn create(key: &RobotKey, body: &NewRobot) -> Endpoint<RobotJson> {
    let (route, names) = key.route(ROBOT.0, ROBOT.1);
    let wanted = body.clone();
    Endpoint::put(route, &names)
        .describe(format!("create robot {}", key.full_name()))
        .json(body)
        .requires_scope(scope(&key.namespace))
        .invalidates::<Robots>(&key.namespace.name)
        .identified(is(key))
        .repetition(Repetition::confirmed(get(key), move |found| match wanted.describes(&found) {
            true => Seen::Ours(found),
            false => Seen::other("it has another description or metadata"),
        }))
}

impl NewRobot {
    /// Whether a single read shows what this would have made.
    fn describes(&self, found: &RobotJson) -> bool {
        let empty = serde_json::json!({});
        let metadata = |value: &Option<serde_json::Value>| value.clone().unwrap_or_else(|| empty.clone());
        found.description.as_deref().unwrap_or_default() == self.description
            && metadata(&found.unstructured_metadata) == metadata(&self.unstructured_metadata)
    }
}

/// Gives a robot a new token; the old one ends at once.
pub fn regenerate(key: &RobotKey) -> Endpoint<RobotJson> {
    let (route, names) = key.route(REGENERATE.0, REGENERATE.1);
    // Whichever of several new tokens is the last one counts, and the answer to the last request shows it.
    Endpoint::post(route, &names)
        .describe(format!("regenerate the token of robot {}", key.full_name()))
        .requires_scope(scope(&key.namespace))
        .invalidates::<Robots>(&key.namespace.name)
        .identified(is(key))
        .repetition(Repetition::IDEMPOTENT)
}

/// Deletes a robot.
pub fn delete(key: &RobotKey) -> Endpoint<()> {
    let (route, names) = key.route(ROBOT.0, ROBOT.1);
    Endpoint::delete(route, &names)
        .describe(format!("delete robot {}", key.full_name()))
        .not_found_when(UNKNOWN)
        .requires_scope(scope(&key.namespace))
        .held_by(&key.namespace.name)
        .invalidates::<Robots>(&key.namespace.name)
        // Its permissions go with it.
        .invalidates_all::<OfRepository>()
        .invalidates_all::<OfHolder>()
        // So do the default permissions that name it.
        .invalidates::<Prototypes>(&key.namespace.name)
        // Its memberships go with it.
        .invalidates_all::<TeamMembers>()
        .no_content()
}
