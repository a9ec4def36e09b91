//! Robot accounts of the system and of projects.
//!
//! Observed: a POST ignores `secret` and `disable`; the secret is shown in the answers to POST and to PATCH without a secret, and
//! nowhere else; PUT replaces everything, takes the full name, and never touches the secret; an expiry counts from the creation; the
//! order of permissions is random, equal scopes are merged. A robot account may PUT and PATCH robots of projects if it holds `project:update`
//! on all projects (`*`), and those of the system never (Harbor 2.15.2).

use registry_http::{Collection, Endpoint, Listing, NotFound, Repetition, Seen};
use serde::{Deserialize, Serialize};
use serde_json::json;
use terraform_framework::Secret;

use super::grants::{PermissionJson, same_grants};
use super::projects::is_fresh;
use super::robot_names::RobotName;
use super::{PAGE, in_q};

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

/// The level of robots of the system.
pub const SYSTEM: &str = "system";
/// The level of robots of a project.
pub const PROJECT: &str = "project";

/// Where a robot belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To the system.
    System,
    /// To the project with this number.
    Project(i64),
}

impl Place {
    /// What a change of its robots needs. There is no such permission for robot accounts; only on all projects `project` stands for all that is
    /// below a project.
    fn update(self) -> &'static str {
        match self {
            Self::System => "robot:update of the system (an administrator's)",
            Self::Project(_) => {
                "robot:update of the project (its administrator's; of a robot account, project:update on all projects)"
            }
        }
    }

    /// A name for the collection of its robots.
    fn name(self) -> String {
        match self {
            Self::System => "system".to_owned(),
            Self::Project(id) => id.to_string(),
        }
    }

    /// Whether a robot can belong here, as far as it shows: its level, and not which project.
    fn holds(self, robot: &RobotJson) -> bool {
        robot.level == if self == Self::System { SYSTEM } else { PROJECT }
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
        .describe(format!("read robot {id}"))
        .identified(move |found| found.id == id)
        .requires_scope("the permission robot:read")
}

/// All robots of a place.
pub fn list(place: Place) -> Listing<RobotJson> {
    let endpoint = Endpoint::<Vec<RobotJson>>::get("robots", &[]).query("q", place.filter());
    let endpoint = endpoint.identified(move |found| found.iter().all(|robot| place.holds(robot)));
    Listing::numbered(
        endpoint.describe(words("list the robots of", place)).requires_scope("the permission robot:list"),
        PAGE,
    )
}

/// Robots of a place whose stored name (`ci`, `proj+ci`) contains a text.
pub fn list_like(place: Place, part: &str) -> Listing<RobotJson> {
    let filter = format!("{},name=~{}", place.filter(), in_q(part));
    let endpoint = Endpoint::<Vec<RobotJson>>::get("robots", &[]).query("q", filter);
    let endpoint = endpoint.identified(move |found| found.iter().all(|robot| place.holds(robot)));
    Listing::numbered(
        endpoint.describe(words("list the robots of", place)).requires_scope("the permission robot:list"),
        PAGE,
    )
}

/// The robot of a place with this name. The filter matches the stored name exactly, so that there is one robot or none (`[]`). Where the filter
/// was lost on the way, or is not known, the list holds other robots: that is no answer, and never one of them is taken.
pub fn find(place: Place, name: &RobotName) -> Endpoint<RobotJson> {
    let stored = name.stored();
    let (one, wanted) = (name.clone(), name.clone());
    Endpoint::<Vec<RobotJson>>::get("robots", &[])
        .query("q", format!("{},name={}", place.filter(), in_q(&stored)))
        .not_found_when(NotFound::empty_list(200))
        .describe(format!("find robot {stored}"))
        .requires_scope("the permission robot:list")
        .identified(move |found| found.iter().filter(|robot| one.is_of(robot)).count() == 1)
        .pick("there is no such robot", move |found| found.into_iter().find(|robot| wanted.is_of(robot)))
}

fn words(what: &str, place: Place) -> String {
    match place {
        Place::System => format!("{what} the system"),
        Place::Project(id) => format!("{what} project {id}"),
    }
}

/// Creates a robot: enabled, and with a generated secret, whatever is asked for. After a lost answer the robot that was just made like
/// this is taken; its secret is lost. An answer whose name [is not certain](RobotName::is_certain) is still to be confirmed.
pub fn create(place: Place, name: &RobotName, body: &NewRobot) -> Endpoint<CreatedJson> {
    let (wanted, asked) = (body.clone(), name.clone());
    Endpoint::<CreatedJson>::post("robots", &[])
        .json(body)
        .describe(format!("create robot {}", name.stored()))
        .requires_scope("the permission robot:create")
        .invalidates::<Robots>(place.name())
        .identified(move |made| asked.may_be(&made.name))
        .repetition(Repetition::confirmed(find(place, name), move |found| made(found, &wanted)))
}

/// Whether a robot of the name of a new one is what was just made like this: as the answer would tell it, without the secret.
pub fn made(found: RobotJson, wanted: &NewRobot) -> Seen<CreatedJson> {
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
}

/// Replaces description, switch, duration and permissions, all at once.
pub fn update(place: Place, body: &WholeRobot) -> Endpoint<()> {
    Endpoint::<()>::put("robots/{id}", &[&body.id.to_string()])
        .json(body)
        .describe(format!("change robot {}", body.name))
        .requires_scope(place.update())
        .invalidates::<Robots>(place.name())
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

/// Gives a robot another secret: the chosen one, or a generated one, which the answer tells.
pub fn set_secret(place: Place, id: i64, name: &str, chosen: Option<&Secret>) -> Endpoint<SecretJson> {
    // Whichever of several new secrets is the last one counts, and the answer to the last request shows it.
    let generated = chosen.is_none();
    let endpoint = Endpoint::<SecretJson>::patch("robots/{id}", &[&id.to_string()])
        .json(&json!({"secret": chosen.map(Secret::expose).unwrap_or_default()}))
        .describe(format!("set the secret of robot {name}"))
        .requires_scope(place.update())
        .invalidates::<Robots>(place.name())
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
        .describe(format!("delete robot {name}"))
        .requires_scope("the permission robot:delete")
        .invalidates::<Robots>(place.name())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use registry_http::Answer;

    fn name(project: Option<&str>, prefix: Option<&str>, caller: &str) -> RobotName {
        let text = |text: &str| text.to_owned();
        RobotName {
            project: project.map(text),
            short: "ci".to_owned(),
            prefix: prefix.map(text),
            caller: caller.into(),
        }
    }

    fn robot(level: &str, full_name: &str, namespace: &str) -> serde_json::Value {
        let access = [json!({ "resource": "repository", "action": "pull" })];
        let block = json!({ "kind": "project", "namespace": namespace, "access": access });
        json!({ "id": 7, "name": full_name, "level": level, "permissions": [block] })
    }

    fn found(name: &RobotName, list: &serde_json::Value) -> Option<String> {
        let place = name.project.as_ref().map_or(Place::System, |_| Place::Project(2));
        find(place, name).decode(&Answer::new(200, "application/json", list.to_string())).ok().map(|found| found.name)
    }

    #[test]
    fn only_the_robot_that_was_asked_for_is_found() {
        let system = name(None, None, "robot$caller");
        let of_project = name(Some("acme"), None, "alice");
        let (ci, acme) = (robot("system", "robot$ci", "*"), robot("project", "bot-acme+ci", "acme"));
        assert_eq!(found(&system, &json!([ci])).as_deref(), Some("robot$ci"));
        assert_eq!(found(&of_project, &json!([acme])).as_deref(), Some("bot-acme+ci"));
        let others = [
            robot("system", "robot$other", "*"),
            robot("system", "robot$my-ci", "*"),
            robot("system", "bot-acme+ci", "acme"),
            robot("project", "robot$my-acme+ci", "my-acme"),
            robot("project", "robot$acme+cd", "acme"),
        ];
        for other in &others {
            assert_eq!(found(&system, &json!([other])), None, "{other}");
            assert_eq!(found(&of_project, &json!([other])), None, "{other}");
        }
        // Where the filter was lost, the robot is what it is all the same.
        assert_eq!(found(&system, &json!([others[0], ci, others[3]])).as_deref(), Some("robot$ci"));
    }

    #[test]
    fn a_list_holds_robots_of_its_level() {
        let list_of = |place: Place, robots: serde_json::Value| {
            let answer = Answer::new(200, "application/json", robots.to_string());
            let like = list_like(place, "c").first().decode(&answer).is_ok();
            assert_eq!(list(place).first().decode(&answer).is_ok(), like);
            like
        };
        let (ci, acme) = (robot("system", "robot$ci", "*"), robot("project", "robot$acme+ci", "acme"));
        assert!(list_of(Place::System, json!([ci])) && list_of(Place::Project(2), json!([acme])));
        assert!(list_of(Place::System, json!([])) && !list_of(Place::System, json!([ci, acme])));
        assert!(!list_of(Place::Project(2), json!([ci])));
    }
}
