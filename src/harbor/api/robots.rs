//! Robot accounts of the system and of projects.
//!
//! Observed: a POST ignores `secret` and `disable`; the secret is shown in the answers to POST and to PATCH without a secret, and
//! nowhere else; PUT replaces everything, takes the full name, and never touches the secret; an expiry counts from the creation; the
//! order of permissions is random, equal scopes are merged; robots cannot use PUT and PATCH at all.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::projects::is_fresh;
use super::{PAGE, in_q};
use crate::framework::Secret;
use crate::harbor::permissions::same_grants;
use crate::http::{Collection, Endpoint, Gone, Listing, Repetition, Seen};

/// A robot as Harbor shows it: never with its secret.
#[derive(Debug, Clone, Deserialize)]
pub struct RobotJson {
    pub id: i64,
    /// Full name, with the prefix of today: `robot$ci`, `robot$proj+ci`.
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// `system` or `project`.
    #[serde(default)]
    pub level: String,
    /// Days; -1 for ever.
    #[serde(default)]
    pub duration: Option<i64>,
    /// False for robots of the first version of the API.
    #[serde(default)]
    pub editable: bool,
    #[serde(default)]
    pub disable: bool,
    /// Seconds since 1970; -1 is never.
    #[serde(default)]
    pub expires_at: i64,
    #[serde(default)]
    pub permissions: Vec<PermissionJson>,
    #[serde(default)]
    pub creation_time: String,
}

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

/// What a new robot is made of.
#[derive(Debug, Clone, Serialize)]
pub struct NewRobot {
    /// Short name.
    pub name: String,
    pub description: String,
    pub level: String,
    pub duration: i64,
    pub permissions: Vec<PermissionJson>,
}

/// The whole of a robot, to replace it.
#[derive(Debug, Clone, Serialize)]
pub struct WholeRobot {
    pub id: i64,
    /// Full name as it was read.
    pub name: String,
    pub description: String,
    pub level: String,
    pub duration: i64,
    pub disable: bool,
    pub permissions: Vec<PermissionJson>,
}

/// The answer to a creation.
#[derive(Clone, Deserialize)]
pub struct CreatedJson {
    pub id: i64,
    /// Full name.
    pub name: String,
    /// Absent when the answer was lost and the robot found afterwards.
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<Secret>,
    #[serde(default)]
    pub creation_time: String,
    #[serde(default)]
    pub expires_at: i64,
}

/// The answer to a new secret: empty when the caller chose it.
#[derive(Clone, Deserialize)]
pub struct SecretJson {
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<Secret>,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()).map(Secret::from))
}

/// Where a robot belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To the system.
    System,
    /// To the project with this number.
    Project(i64),
}

impl Place {
    /// A name for the collection of its robots.
    fn name(self) -> String {
        match self {
            Self::System => "system".to_owned(),
            Self::Project(id) => id.to_string(),
        }
    }

    /// The filter of its robots. `Level` is case-sensitive; unknown keys are ignored without a word.
    fn filter(self) -> String {
        match self {
            Self::System => "Level=system".to_owned(),
            Self::Project(id) => format!("Level=project,ProjectID={id}"),
        }
    }
}

/// Names one robot.
#[derive(Debug, Clone, Copy)]
pub struct RobotKey {
    pub place: Place,
    pub id: i64,
}

/// The robots of the system, or of a project.
pub struct Robots;

impl Collection for Robots {
    type Key = RobotKey;
    type Item = RobotJson;
    const NAME: &'static str = "robots";

    fn parent(key: &RobotKey) -> String {
        key.place.name()
    }

    fn name(key: &RobotKey) -> String {
        key.id.to_string()
    }

    fn name_of(parent: &str, robot: &RobotJson) -> Option<String> {
        let system = parent == Place::System.name();
        (system == (robot.level == "system")).then(|| robot.id.to_string())
    }

    fn single(key: &RobotKey) -> Endpoint<RobotJson> {
        get(key.id)
    }

    fn list(key: &RobotKey) -> Listing<RobotJson> {
        list(key.place)
    }
}

/// One robot.
pub fn get(id: i64) -> Endpoint<RobotJson> {
    Endpoint::<RobotJson>::get("robots/{id}", &[&id.to_string()])
        .to(format!("read robot {id}"))
        .identified(move |found| found.id == id)
        .needs("the permission robot:read")
}

/// All robots of a place.
pub fn list(place: Place) -> Listing<RobotJson> {
    let endpoint = Endpoint::get("robots", &[]).query("q", place.filter());
    Listing::numbered(endpoint.to(words("list the robots of", place)).needs("the permission robot:list"), PAGE)
}

/// Robots of a place whose stored name (`ci`, `proj+ci`) contains a text.
pub fn list_like(place: Place, part: &str) -> Listing<RobotJson> {
    let endpoint = Endpoint::get("robots", &[]).query("q", format!("{},name=~{}", place.filter(), in_q(part)));
    Listing::numbered(endpoint.to(words("list the robots of", place)).needs("the permission robot:list"), PAGE)
}

/// The robot of a place with this stored name, without prefix: `ci`, `proj+ci`.
pub fn find(place: Place, stored: &str) -> Endpoint<RobotJson> {
    Endpoint::get("robots", &[])
        .query("q", format!("{},name={}", place.filter(), in_q(stored)))
        .gone_when(Gone::empty_list(200))
        .to(format!("find robot {stored}"))
        .needs("the permission robot:list")
        .within("/0")
}

fn words(what: &str, place: Place) -> String {
    match place {
        Place::System => format!("{what} the system"),
        Place::Project(id) => format!("{what} project {id}"),
    }
}

/// Creates a robot: enabled, and with a generated secret, whatever is asked for. After a lost answer the robot that was just made like
/// this is taken; its secret is lost.
pub fn create(place: Place, stored: &str, body: &NewRobot) -> Endpoint<CreatedJson> {
    let (wanted, asked) = (body.clone(), stored.to_owned());
    Endpoint::<CreatedJson>::post("robots", &[])
        .json(body)
        .to(format!("create robot {stored}"))
        .needs("the permission robot:create")
        .touches::<Robots>(place.name())
        .identified(move |made| made.name.ends_with(&asked))
        .repetition(Repetition::confirmed(find(place, stored), move |found: RobotJson| {
            let same = found.description == wanted.description
                && found.duration == Some(wanted.duration)
                && !found.disable
                && same_grants(&found.permissions, &wanted.permissions);
            match same && is_fresh(&found.creation_time) {
                true => Seen::Ours(CreatedJson {
                    id: found.id,
                    name: found.name,
                    secret: None,
                    creation_time: found.creation_time,
                    expires_at: found.expires_at,
                }),
                false => Seen::other("it is older than this request, or has other settings"),
            }
        }))
}

/// Replaces description, switch, duration and permissions, all at once.
pub fn update(place: Place, body: &WholeRobot) -> Endpoint<()> {
    Endpoint::<()>::put("robots/{id}", &[&body.id.to_string()])
        .json(body)
        .to(format!("change robot {}", body.name))
        .needs("robot:update, which no robot can have")
        .touches::<Robots>(place.name())
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

/// Gives a robot another secret: the chosen one, or a generated one, which the answer tells.
pub fn set_secret(place: Place, id: i64, name: &str, chosen: Option<&Secret>) -> Endpoint<SecretJson> {
    // Whichever of several new secrets is the last one counts, and the answer to the last request shows it.
    let generated = chosen.is_none();
    let endpoint = Endpoint::<SecretJson>::patch("robots/{id}", &[&id.to_string()])
        .json(&json!({"secret": chosen.map(Secret::expose).unwrap_or_default()}))
        .to(format!("set the secret of robot {name}"))
        .needs("robot:update, which no robot can have")
        .touches::<Robots>(place.name())
        // A chosen one is not repeated.
        .identified(move |answer| answer.secret.is_some() == generated)
        .repetition(Repetition::IDEMPOTENT);
    match chosen {
        Some(secret) => endpoint.hiding(&secret.expose().to_owned().into()),
        None => endpoint,
    }
}

/// Deletes a robot.
pub fn delete(place: Place, id: i64, name: &str) -> Endpoint<()> {
    Endpoint::delete("robots/{id}", &[&id.to_string()])
        .to(format!("delete robot {name}"))
        .needs("the permission robot:delete")
        .touches::<Robots>(place.name())
}
