//! `harbor_robot`: robot accounts of the system and of projects.
//!
//! Endpoints: `robots`, `robots/{id}`; see [`crate::api::robots`].

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::{chosen, dates, exists_already};
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, Secret, SecretArgument,
    changed, check,
};

use super::permissions::{Permissions, judge};
use crate::api::grants::same_grants;
use crate::api::robot_names::RobotName;
use crate::api::robots::{self, CreatedJson, NewRobot, Place, RobotJson, RobotKey, Robots, WholeRobot};
use crate::client::Harbor;
use crate::names;

pub(super) mod lookup;
mod planning;

/// Manages a robot account: a named secret with which programs pull and push, of the whole system or of one project.
///
/// Give it a secret of your own (`secret`, or `secret_wo`, which is never stored), or let Harbor generate one: Harbor shows a generated
/// secret once, and it is kept in the state only if `store_secret` is true. Without any of these nobody knows the secret. For a secret
/// that lives only as long as Terraform runs, there is the ephemeral resource `harbor_temporary_robot`.
///
/// Permissions are changed in place, all at once. The order in which Harbor tells them does not matter, nor how often a place is named,
/// nor whether `effect = "allow"` is written out.
///
/// Deleting a project deletes its robots, also when the project is replaced, which no plan of the robots shows: `replace_triggered_by`, as in
/// the example, creates such a robot again in the same apply. From robots of the system Harbor takes their permissions in that project; the
/// next apply gives them back.
///
/// Permissions: `robot:create`, `robot:read`, `robot:list` and `robot:delete` (since Harbor 2.12), for a robot of a project also
/// `project:read` of it, or the administrator of the system or project. Robots can create and delete robots, and grant only what they have
/// themselves. `disable`, chosen secrets, rotation and every other change need `robot:update`, which Harbor knows for users only; but a
/// robot of the system that has `project:update` on all projects (`*`) may change robots of projects.
#[derive(Debug, Clone, Model)]
#[model(
    type = "harbor_robot",
    subcategory = "Robots",
    id = "{full_name}",
    identity(level, project, name),
    conflicting(secret, secret_wo, rotation)
)]
pub struct Robot {
    /// Short name, without prefix and project. A change replaces the robot.
    #[attribute(required, requires_replace, check = names::robot())]
    name: String,
    /// `system`, or `project` for a robot of one project. A change replaces the robot.
    #[attribute(required, requires_replace, check = check::one_of(&["system", "project"]))]
    level: String,
    /// Name of the project, for the level `project`. A change replaces the robot.
    #[attribute(optional, requires_replace, check = names::project())]
    project: Option<String>,
    /// What the robot may do. The level `project` takes exactly one place, which is the project.
    #[attribute(required)]
    permissions: Permissions,
    /// What the robot is for.
    #[attribute(optional, default = "", check = check::length(0, 1024))]
    description: String,
    /// How many days the robot lives, counted from its creation; -1 for ever, which is the default. To extend the life of a robot, raise
    /// it: a number of days that is already over is refused.
    #[attribute(optional, default = -1, check = names::days())]
    duration: i64,
    /// Keeps the robot from logging in. Default: false.
    #[attribute(optional, default = false)]
    disable: bool,
    /// Secret to log in with: 8 to 128 characters with a lower-case letter, an upper-case letter and a digit. Left out, Harbor
    /// generates one.
    #[attribute(optional, check = names::secret(), not_returned = "Harbor never shows a secret again")]
    secret: SecretArgument,
    /// Any text; changing it from one to another generates a new secret in place.
    #[attribute(optional)]
    rotation: Option<String>,
    /// Keeps a generated secret in the state, as `generated_secret`. Harbor shows it only when it is made: for a robot that is there
    /// already, change `rotation` too. Default: false.
    #[attribute(optional, default = false)]
    store_secret: bool,
    /// Name to log in with, as Harbor shows it: with its prefix (`robot$` by default), and for a robot of a project with the project.
    #[computed(use_state_for_unknown)]
    full_name: Computed<String>,
    /// Number of the robot.
    #[computed(use_state_for_unknown)]
    robot_id: Computed<i64>,
    /// Number of the project; null for a robot of the system.
    #[computed(use_state_for_unknown)]
    project_id: Computed<Option<i64>>,
    /// The secret that Harbor generated; null unless `store_secret` is true, and where the secret was chosen.
    #[computed(sensitive, unknown_on_change_of("rotation", "store_secret"))]
    generated_secret: Computed<Option<Secret>>,
    /// Goes up by one with each new secret by this resource: for `*_wo_version` arguments of what uses it.
    #[computed(unknown_on_change_of("rotation"))]
    secret_version: Computed<i64>,
    /// When the robot expires (RFC 3339); null for never.
    #[computed(unknown_on_change_of("duration"))]
    expires_at: Computed<Option<String>>,
    /// When the robot was made (RFC 3339).
    #[computed(use_state_for_unknown)]
    creation_time: Computed<String>,
}

#[async_trait]
impl Resource for Robot {
    type Client = Harbor;

    async fn create(cx: &mut Context<Harbor>, plan: Self) -> Result<Self> {
        if plan.needs_update_of_system() && cx.is_robot().await {
            return Err(planning::robots_cannot());
        }
        let place = lookup::place(cx, plan.project.as_deref()).await?;
        let mut robot = plan.clone();
        let made = robot.make(cx, place).await?;
        if plan.disable {
            // A creation ignores it. A robot that must not log in is not left behind enabled.
            let whole = robot.whole(made.id, &made.name);
            if let Err(error) = cx.send(robots::update(place, &whole)).await {
                let undone = cx.delete(robots::delete(place, made.id, &made.name)).await;
                return Err(Error::from(error).with_hint(match undone {
                    Ok(_) => "The robot had been made enabled, and was deleted again.",
                    Err(_) => {
                        "The robot is there, and ENABLED: it could not be deleted either. Disable or delete it by hand."
                    }
                }));
            }
        }
        if let Some(secret) = plan.secret.given() {
            cx.send(robots::set_secret(place, made.id, &made.name, Some(secret))).await?;
        } else if made.secret.is_none() && plan.store_secret {
            robot.recover_secret(cx, place, &made).await?;
        }
        chosen::note(cx.private_mut(), &plan.secret)?;
        Ok(robot)
    }

    async fn read(cx: &mut Context<Harbor>, state: Self) -> Result<Option<Self>> {
        let mut robot = state;
        if robot.robot_id.known().is_none() && !lookup::locate(cx, &mut robot).await? {
            return Ok(None);
        }
        let key = RobotKey { place: robot.place()?, id: *robot.robot_id.get()? };
        let Some(found) = cx.read::<Robots>(&key).await? else { return Ok(None) };
        robot.take(found.into_inner());
        if let Some(Some(at)) = robot.expires_at.known()
            && dates::seconds(at).is_some_and(|at| at <= now())
            && !robot.disable
        {
            let name = robot.full_name.get()?;
            let detail = format!(
                "It expired at {at} and cannot log in. Raise `duration`, which counts from its creation, or remove the robot."
            );
            cx.warn_at("duration", format!("Robot {name} has expired"), detail);
        }
        Ok(Some(robot))
    }

    async fn update(cx: &mut Context<Harbor>, state: Self, plan: Self) -> Result<Self> {
        let (place, id) = (state.place()?, *state.robot_id.get()?);
        let mut robot = plan.clone();
        robot.keep(&state);
        let chosen = chosen::to_send(cx.private(), &plan.secret, &state.secret);
        if chosen.is_none() && plan.secret.has_first_version_since(&state.secret) {
            chosen::warn_of_unsent(cx, "secret");
        }
        let renews = chosen.is_some() || changed(&state.rotation, &plan.rotation);
        if !renews && robot.is_like(&state) {
            robot.warn_of_unknown_secret(cx, &state);
            chosen::note(cx.private_mut(), &plan.secret)?;
            return Ok(robot);
        }
        // Harbor wants the name with the prefix of today, and starts a new term only when the duration differs from its own.
        let current = cx.send(robots::get(id)).await?;
        let whole = robot.whole(id, &current.name);
        if whole.differs(&current) {
            if !current.editable {
                return Err(planning::is_legacy(&current.name));
            }
            planning::check_term(&current.creation_time, current.duration, plan.duration)?;
            cx.send(robots::update(place, &whole)).await.map_err(with_hint)?;
            let after = cx.send(robots::get(id)).await?;
            robot.expires_at = Computed::from(moment(after.expires_at));
            // Should the next step fail, the secret is still the old one, and the next apply tries again.
            cx.save(&Self {
                secret: state.secret.clone(),
                rotation: state.rotation.clone(),
                store_secret: state.store_secret,
                generated_secret: state.generated_secret.clone(),
                ..robot.clone()
            });
        }
        if renews {
            let answer = cx.send(robots::set_secret(place, id, &current.name, chosen)).await?;
            robot.generated_secret = Computed::from(answer.secret.filter(|_| chosen.is_none() && plan.store_secret));
            robot.secret_version = Computed::from(*state.secret_version.get()? + 1);
        } else {
            robot.warn_of_unknown_secret(cx, &state);
        }
        chosen::note(cx.private_mut(), &plan.secret)?;
        Ok(robot)
    }

    async fn delete(cx: &mut Context<Harbor>, state: Self) -> Result<()> {
        let name = state.full_name.known().unwrap_or(&state.name);
        cx.delete(robots::delete(state.place()?, *state.robot_id.get()?, name)).await?;
        Ok(())
    }

    fn validate(config: &RobotView, report: &mut Report) {
        planning::validate(config, report);
    }

    fn plan(planning: &mut ModifyPlan<RobotView>) {
        planning::plan(planning);
    }

    async fn preflight(cx: &mut Context<Harbor>, plan: RobotView, report: &mut Report) {
        if let Some(path) = planning::not_for_robots(&plan)
            && cx.is_robot().await
        {
            let error = planning::robots_cannot();
            report.error(path, error.summary().to_owned(), error.detail().to_owned());
        }
        let Some(permissions) = plan.permissions.known() else { return };
        if let Ok(accepted) = cx.accepted().await {
            judge(accepted, permissions, &cx.name().await, report);
        }
    }
}

impl Robot {
    /// Where it belongs, once it is known.
    fn place(&self) -> Result<Place> {
        Ok(self.project_id.get()?.map_or(Place::System, Place::Project))
    }

    /// A creation ignores these, and changes of robots of the system are not for robots.
    fn needs_update_of_system(&self) -> bool {
        self.level == "system" && (self.disable || self.secret.given().is_some())
    }

    /// The full name of the robot that is there already, as the server says it, or as it would most likely say it.
    async fn name_on_server(&self, cx: &Context<Harbor>, place: Place, name: &RobotName) -> String {
        if let Ok(Some(found)) = cx.find(robots::find(place, name)).await {
            return found.name;
        }
        let prefix = cx.robot_prefix().await.ok().flatten().unwrap_or("robot$").to_owned();
        format!("{prefix}{}", name.stored())
    }

    /// Creates it, enabled and with a secret of Harbor's, and saves what there is.
    async fn make(&mut self, cx: &mut Context<Harbor>, place: Place) -> Result<CreatedJson> {
        let body = NewRobot {
            name: self.name.clone(),
            description: self.description.clone(),
            level: self.level.clone(),
            duration: self.duration,
            permissions: self.permissions.to_json(),
        };
        let name = cx.robot_name(self.project.as_deref(), &self.name).await?;
        let made = match lookup::create(cx, place, &name, &body).await {
            Ok(made) => made,
            Err(e) if e.kind() == Kind::Conflict && e.status() == Some(409) => {
                let name = self.name_on_server(cx, place, &name).await;
                return Err(exists_already("harbor_robot", &format!("robot {name}"), &name));
            }
            Err(e) => return Err(with_hint(e)),
        };
        self.robot_id = Computed::from(made.id);
        self.full_name = Computed::from(made.name.clone());
        self.project_id = Computed::from(match place {
            Place::System => None,
            Place::Project(id) => Some(id),
        });
        self.expires_at = Computed::from(moment(made.expires_at));
        self.secret_version = Computed::from(dates::seconds(&made.creation_time).unwrap_or(1));
        self.creation_time = Computed::from(date(&made.creation_time));
        let keeps = self.store_secret && self.secret.given().is_none();
        self.generated_secret = Computed::from(made.secret.clone().filter(|_| keeps));
        cx.save(self);
        Ok(made)
    }

    /// The answer that held the secret was lost: generates another one; who may not do that makes the robot again.
    async fn recover_secret(&mut self, cx: &mut Context<Harbor>, place: Place, made: &CreatedJson) -> Result<()> {
        let secret = match cx.send(robots::set_secret(place, made.id, &made.name, None)).await {
            Ok(answer) => answer.secret,
            Err(e) if e.kind() == Kind::Forbidden => {
                cx.delete(robots::delete(place, made.id, &made.name)).await?;
                self.make(cx, place).await?.secret
            }
            Err(e) => return Err(e.into()),
        };
        if secret.is_none() {
            let detail = "The answer that held it was lost. Apply again: the robot is made anew.";
            return Err(Error::new(format!("The secret of robot {} is not known", made.name), detail));
        }
        self.generated_secret = Computed::from(secret);
        cx.save(self);
        Ok(())
    }

    /// Whether the server need not be told of a change.
    fn is_like(&self, state: &Self) -> bool {
        let told = |robot: &Self| (robot.description.clone(), robot.duration, robot.disable);
        told(self) == told(state) && same_grants(&self.permissions.to_json(), &state.permissions.to_json())
    }

    /// A secret that is to be kept from now on is not shown again.
    fn warn_of_unknown_secret(&self, cx: &mut Context<Harbor>, state: &Self) {
        if self.store_secret && !state.store_secret && self.secret.given().is_none() {
            let detail = "Harbor does not show the secret of a robot that is there already. Change `rotation` to generate a new one.";
            cx.warn_at("store_secret", "The secret is not known", detail);
        }
    }

    /// What an update leaves as it is.
    fn keep(&mut self, state: &Self) {
        self.full_name = state.full_name.clone();
        self.robot_id = state.robot_id.clone();
        self.project_id = state.project_id.clone();
        self.creation_time = state.creation_time.clone();
        self.expires_at = state.expires_at.clone();
        self.secret_version = state.secret_version.clone();
        let secret = state.generated_secret.known().cloned().flatten();
        self.generated_secret = Computed::from(secret.filter(|_| self.store_secret && self.secret.given().is_none()));
    }

    /// All of it, to replace what is on the server.
    fn whole(&self, id: i64, name: &str) -> WholeRobot {
        WholeRobot {
            id,
            name: name.to_owned(),
            description: self.description.clone(),
            level: self.level.clone(),
            duration: self.duration,
            disable: self.disable,
            permissions: self.permissions.to_json(),
        }
    }

    /// What the server says of the robot. The first version number is the time of its making, so that it also grows when a robot is
    /// replaced.
    fn take(&mut self, json: RobotJson) {
        self.level = json.level;
        self.description = json.description;
        self.duration = json.duration.unwrap_or(-1);
        self.disable = json.disable;
        self.permissions = Permissions::of_json(&json.permissions, &self.permissions);
        self.full_name = Computed::from(json.name);
        self.robot_id = Computed::from(json.id);
        self.expires_at = Computed::from(moment(json.expires_at));
        if self.secret_version.known().is_none() {
            self.secret_version = Computed::from(dates::seconds(&json.creation_time).unwrap_or(1));
        }
        if self.generated_secret.known().is_none() {
            self.generated_secret = Computed::from(None);
        }
        self.creation_time = Computed::from(date(&json.creation_time));
    }

    fn listed(json: RobotJson, name: String, project: Option<(String, i64)>) -> Self {
        let mut robot = Self {
            name,
            level: String::new(),
            permissions: Permissions::default(),
            description: String::new(),
            duration: -1,
            disable: false,
            secret: SecretArgument::default(),
            rotation: None,
            store_secret: false,
            full_name: Computed::UNSET,
            robot_id: Computed::UNSET,
            project_id: Computed::from(project.as_ref().map(|(_, id)| *id)),
            project: project.map(|(name, _)| name),
            generated_secret: Computed::UNSET,
            secret_version: Computed::UNSET,
            expires_at: Computed::UNSET,
            creation_time: Computed::UNSET,
        };
        robot.take(json);
        robot
    }
}

impl WholeRobot {
    /// Whether a robot on the server is not like this.
    fn differs(&self, current: &RobotJson) -> bool {
        self.description != current.description
            || self.disable != current.disable
            || Some(self.duration) != current.duration
            || !same_grants(&self.permissions, &current.permissions)
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Seconds since 1970 in RFC 3339; -1 (and 0, of old releases) is never.
pub(super) fn moment(seconds: i64) -> Option<String> {
    let at = jiff::Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)?;
    Some(at.to_string())
}

pub(super) fn date(text: &str) -> String {
    dates::rfc3339(text).unwrap_or_else(|| text.to_owned())
}

/// Harbor names a permission that it does not accept, and not what would be right.
fn with_hint(error: registry_http::Error) -> Error {
    let rejected = error.kind() == Kind::Rejected;
    let error = Error::from(error);
    if rejected {
        error.with_hint("The data source harbor_robot_permissions tells which permissions this server accepts.")
    } else {
        error
    }
}

#[async_trait]
impl List for Robot {
    type Query = RobotQuery;

    async fn list(cx: &mut Context<Harbor>, query: RobotQuery, found: &mut Found<Self>) -> Result<()> {
        let place = lookup::place(cx, query.project.as_deref()).await?;
        let project = match place {
            Place::System => None,
            Place::Project(id) => query.project.map(|name| (name, id)),
        };
        let mut pages = cx.pages(robots::list(place));
        while let Some(page) = pages.next().await? {
            for json in page {
                let name = lookup::short_name(cx, &json).await?;
                if !found.push(&Self::listed(json, name, project.clone())).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Finds the robots of the system, or of one project.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_robot")]
pub struct RobotQuery {
    /// Name of the project; left out, the robots of the system are found.
    #[attribute(optional, check = names::project())]
    project: Option<String>,
}
