//! `quay_robot`: robot accounts of organizations and of the token's own user.
//!
//! Endpoints: `organization/{organization}/robots/...` and `user/robots/...`; see [`crate::api::robots`].

use async_trait::async_trait;
use registry_http::{Collection, Kind, Origin};
use registry_service::{dates, docker, exists_already};
use serde_json::json;
use terraform_framework::{
    Computed, Context, Error, Found, Json, List, Model, ModifyPlan, Report, Resource, Result, Secret, changed, check,
};

use super::robot_removal;
use crate::api::robots::{self, NewRobot, RobotJson, RobotKey, Robots};
use crate::client::Quay;
use crate::names;

/// Manages a robot account: a named token with which programs pull and push images.
///
/// Quay cannot change a robot: a changed description replaces it, and with it its token, permissions and team memberships. The
/// token is not stored in the state unless `store_token` is true; the ephemeral resource `quay_robot_token` gives it without
/// storing it.
///
/// Scopes: `org:admin`, or `user:admin` for robots of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robot", id = "{namespace}+{name}", identity(namespace, name), subcategory = "Robots")]
pub struct Robot {
    /// Organization that owns the robot, or the token's own user.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Short name, the part behind the `+`.
    #[attribute(required, requires_replace, check = names::robot())]
    name: String,
    /// What the robot is for. Quay cannot change it: a change replaces the robot.
    #[attribute(optional, default = "", requires_replace, check = check::length(0, 255))]
    description: String,
    /// A JSON object that is kept with the robot: less than 1 MiB. Quay cannot change it: a change replaces the robot.
    #[attribute(optional, default = "{}", requires_replace, check = check::json_object())]
    unstructured_metadata: Json,
    /// Any text; changing it from one to another regenerates the token in place.
    #[attribute(optional)]
    rotation: Option<String>,
    /// Keeps the token in the state: then `token` and `docker_config_json` are set.
    #[attribute(optional, default = false)]
    store_token: bool,
    /// Name to log in with: `namespace+name`. Not known before the robot is made, so that all that uses it follows a replacement.
    #[computed(use_state_for_unknown)]
    username: Computed<String>,
    /// Password to log in with; null unless `store_token` is true.
    #[computed(sensitive, unknown_on_change_of("rotation", "store_token"))]
    token: Computed<Option<Secret>>,
    /// Content of a Docker `config.json` with the robot's login; null unless `store_token` is true.
    #[computed(sensitive, unknown_on_change_of("rotation", "store_token"))]
    docker_config_json: Computed<Option<Secret>>,
    /// Goes up by one with each rotation by this resource: for `*_wo_version` arguments of what uses the token.
    #[computed(unknown_on_change_of("rotation"))]
    token_version: Computed<i64>,
    /// When the robot was made (RFC 3339).
    #[computed(use_state_for_unknown)]
    created: Computed<String>,
}

/// Bytes of a request for a new robot. More make Quay fail (500).
const LARGEST: usize = 1024 * 1024;

fn body(description: &str, metadata: &Json) -> NewRobot {
    let metadata = metadata.parse().ok().filter(|metadata| *metadata != json!({}));
    NewRobot { description: description.to_owned(), unstructured_metadata: metadata }
}

#[async_trait]
impl Resource for Robot {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key(cx).await?;
        let body = body(&plan.description, &plan.unstructured_metadata);
        let made = cx.send(robots::create(&key, &body)).await.map_err(|e| explain(&key, e))?;
        let mut robot = plan;
        robot.take(cx, made)?;
        Ok(robot)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = state.key(cx).await?;
        let Some(mut found) = cx.read::<Robots>(&key).await? else { return Ok(None) };
        let mut robot = state;
        // Quay cannot change the metadata of a robot, so what is known of this very robot holds; a list does not show it.
        let is_same = found.created.as_deref().and_then(dates::rfc3339).as_ref() == robot.created.known();
        if found.origin() == Origin::List && !is_same {
            match cx.read_uncached::<Robots>(&key).await? {
                Some(single) => found = single,
                None => return Ok(None),
            }
        }
        if found.origin() == Origin::Single {
            robot.unstructured_metadata = Json::from(&found.unstructured_metadata.clone().unwrap_or_else(|| json!({})));
        }
        robot.description = found.description.clone().unwrap_or_default();
        robot.take(cx, found.into_inner())?;
        Ok(Some(robot))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let key = plan.key(cx).await?;
        let mut robot = Self { username: state.username.clone(), created: state.created.clone(), ..plan };
        let version = *state.token_version.get()?;
        robot.token_version = Computed::from(version);
        if changed(&state.rotation, &robot.rotation) {
            let view = cx.send(robots::regenerate(&key)).await?;
            robot.token_version = Computed::from(version + 1);
            robot.take(cx, view)?;
        } else if robot.store_token && !state.store_token {
            let view = cx.send(robots::get(&key)).await?;
            robot.take(cx, view)?;
        } else {
            let stored = robot.store_token;
            robot.token = Computed::from(state.token.known().cloned().flatten().filter(|_| stored));
            robot.docker_config_json =
                Computed::from(state.docker_config_json.known().cloned().flatten().filter(|_| stored));
        }
        Ok(robot)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key(cx).await?;
        robot_removal::remove(cx, &key).await
    }

    fn validate(config: &RobotView, report: &mut Report) {
        if let (Some(namespace), Some(name)) = (config.namespace.known(), config.name.known())
            && namespace.len() + 1 + name.len() > 255
        {
            report.error(
                "name",
                "Name is too long",
                "A robot's full name, `namespace+name`, has at most 255 characters.",
            );
        }
        let description = config.description.known().map_or("", String::as_str);
        if let Some(metadata) = config.unstructured_metadata.known()
            && serde_json::to_vec(&body(description, metadata)).is_ok_and(|sent| sent.len() > LARGEST)
        {
            let why = format!("Quay takes at most {LARGEST} bytes (1 MiB) for a robot, its description included.");
            report.error("unstructured_metadata", "Metadata are too large", why);
        }
    }

    fn plan(planning: &mut ModifyPlan<RobotView>) {
        if planning.replaces() || planning.destroys() {
            let detail = "Its token stops working, and its permissions and team memberships go with it. Those that Terraform manages \
                          through `username` are made again.";
            planning.report.warn_all("A robot's token will stop working", detail);
        }
    }
}

impl Robot {
    fn listed(cx: &Context<Quay>, key: RobotKey, json: RobotJson) -> Result<Self> {
        let mut robot = Self {
            namespace: key.namespace.name,
            name: key.name,
            description: json.description.clone().unwrap_or_default(),
            unstructured_metadata: Json::from(&json.unstructured_metadata.clone().unwrap_or_else(|| json!({}))),
            rotation: None,
            store_token: false,
            username: Computed::UNSET,
            token: Computed::UNSET,
            docker_config_json: Computed::UNSET,
            token_version: Computed::UNSET,
            created: Computed::UNSET,
        };
        robot.take(cx, json)?;
        Ok(robot)
    }

    async fn key(&self, cx: &Context<Quay>) -> Result<RobotKey> {
        Ok(RobotKey { namespace: cx.namespace(&self.namespace).await?, name: self.name.clone() })
    }

    /// What the server says of the robot. The first version number is the time of its making, so that it also grows when a robot
    /// is replaced.
    ///
    /// # Errors
    /// When a token is to be stored and the server does not show it: it must not become null in silence.
    fn take(&mut self, cx: &Context<Quay>, json: RobotJson) -> Result<()> {
        let token = if self.store_token { Some(token_of(&json)?) } else { None };
        let config = token.as_ref().map(|t| docker::config_json(&docker::host(cx.url()), &json.name, t));
        self.docker_config_json = Computed::from(config);
        self.token = Computed::from(token);
        let created = json.created.unwrap_or_default();
        if self.token_version.known().is_none() {
            self.token_version = Computed::from(dates::seconds(&created).unwrap_or(1));
        }
        self.created = Computed::from(dates::rfc3339(&created).unwrap_or(created));
        self.username = Computed::from(json.name);
        Ok(())
    }
}

/// Says what Quay means by its refusal.
fn explain(key: &RobotKey, error: registry_http::Error) -> Error {
    let refused = matches!(error.kind(), Kind::Conflict | Kind::Rejected);
    let exists = refused && error.message().is_some_and(|m| m.contains("Existing robot"));
    match exists {
        true => exists_already("quay_robot", &format!("robot {}", key.full_name()), &key.full_name()),
        false => error.into(),
    }
}

/// The token of a robot. Quay shows robots without it to members of the organization that are not its administrators.
pub(super) fn token_of(json: &RobotJson) -> Result<Secret> {
    let hidden = || {
        let detail = "The server shows the robot without its token, as it does to members of an organization that are not its \
                      administrators. Use a token of an administrator, with the scope org:admin (user:admin for robots of the token's \
                      own user).";
        Error::new(format!("The token of robot {} is not shown", json.name), detail)
    };
    json.token.clone().filter(|token| !token.expose().is_empty()).ok_or_else(hidden)
}

/// The robot of a full name such as `acme+ci`.
pub(super) async fn key_of(cx: &Quay, username: &str) -> Result<RobotKey> {
    let (namespace, name) = username.split_once('+').unwrap_or((username, ""));
    Ok(RobotKey { namespace: cx.namespace(namespace).await?, name: name.to_owned() })
}

#[async_trait]
impl List for Robot {
    type Query = RobotQuery;

    async fn list(cx: &mut Context<Quay>, query: RobotQuery, found: &mut Found<Self>) -> Result<()> {
        let namespace = cx.namespace(&query.namespace).await?;
        let listed = cx.list(robots::list(&namespace)).await?;
        if listed.is_empty() {
            cx.ensure_namespace(&namespace.name).await?;
        }
        for json in listed {
            let Some(name) = Robots::name_of(&namespace.name, &json) else { continue };
            let short = name.split_once('+').map(|(_, short)| short.to_owned()).unwrap_or_default();
            let key = RobotKey { namespace: namespace.clone(), name: short };
            // Only a single read shows the metadata.
            let json = match found.wants_objects() {
                true => cx.find(robots::get(&key)).await?.unwrap_or(json),
                false => json,
            };
            if !found.push(&Robot::listed(cx, key, json)?).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the robots of a namespace.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robot")]
pub struct RobotQuery {
    /// Organization, or the token's own user.
    #[attribute(required, check = names::namespace())]
    namespace: String,
}
