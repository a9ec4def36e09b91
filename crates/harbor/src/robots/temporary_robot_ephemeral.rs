//! Ephemeral resource `harbor_temporary_robot`: a robot that lives as long as Terraform runs.

use std::hash::{BuildHasher, Hasher, RandomState};

use async_trait::async_trait;
use registry_service::docker;
use serde::{Deserialize, Serialize};
use terraform_framework::{Computed, Context, Ephemeral, Error, Model, Opened, Result, Secret, check};

use super::permissions::Permissions;
use super::robot::{lookup, moment};
use crate::api::robots::{self, NewRobot, Place};
use crate::client::Harbor;
use crate::names;

/// Days that a robot lives that nobody could delete: the fewest that Harbor knows.
const DAYS: i64 = 1;
/// What its robots carry, so that it deletes no others.
const MARK: &str = "Temporary robot of a Terraform run; deleted when it ends.";

/// Makes a robot account when it is opened, and deletes it when it is closed: a login for the time that Terraform runs, which is stored
/// nowhere.
///
/// **Plans open it too**: each plan and each apply makes a robot of its own and deletes it at its end. It has a random name and lives for
/// one day in any case, should Terraform be killed before it can delete it; expired robots that earlier runs left behind in the same
/// place under the same `name_prefix` are deleted when it is opened.
///
/// Permissions: those of `harbor_robot`; robots may use it too, and grant what they have themselves.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_temporary_robot")]
pub struct TemporaryRobot {
    /// What its short name begins with; a random text follows. Default: `terraform`.
    #[attribute(optional, default = "terraform", check = names::robot(), check = check::length(1, 200))]
    name_prefix: String,
    /// Name of the project; left out, the robot is one of the system.
    #[attribute(optional, check = names::project())]
    project: Option<String>,
    /// What the robot may do. A robot of a project takes exactly one place, which is the project.
    #[attribute(required)]
    permissions: Permissions,
    /// Name to log in with.
    #[computed]
    full_name: Computed<String>,
    /// Secret to log in with.
    #[computed(sensitive)]
    secret: Computed<Secret>,
    /// Content of a Docker `config.json` with the robot's login.
    #[computed(sensitive)]
    docker_config_json: Computed<Secret>,
    /// Number of the robot.
    #[computed]
    robot_id: Computed<i64>,
    /// When the robot expires if it is not deleted before (RFC 3339).
    #[computed]
    expires_at: Computed<Option<String>>,
}

/// What closing needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct Open {
    id: i64,
    name: String,
    project_id: Option<i64>,
}

impl Open {
    fn place(&self) -> Place {
        self.project_id.map_or(Place::System, Place::Project)
    }
}

#[async_trait]
impl Ephemeral for TemporaryRobot {
    type Client = Harbor;
    type Private = Open;

    async fn open(cx: &mut Context<Harbor>, config: Self) -> Result<Opened<Self>> {
        let place = lookup::place(cx, config.project.as_deref()).await?;
        let random = random();
        let name = format!("{}-{random}", config.name_prefix);
        let level = if config.project.is_some() { "project" } else { "system" };
        let known_as = cx.robot_name(config.project.as_deref(), &name).await?;
        let body = NewRobot {
            name,
            description: MARK.to_owned(),
            level: level.to_owned(),
            duration: DAYS,
            permissions: config.permissions.to_json(),
        };
        let made = lookup::create(cx, place, &known_as, &body).await?;
        let project_id = match place {
            Place::System => None,
            Place::Project(id) => Some(id),
        };
        let open = Open { id: made.id, name: made.name.clone(), project_id };
        let Some(secret) = made.secret else {
            cx.delete(robots::delete(place, made.id, &made.name)).await?;
            let detail = "The answer that held it was lost; the robot was deleted again. Run Terraform again.";
            return Err(Error::new(format!("The secret of robot {} is not known", made.name), detail));
        };
        if let Some(begins) = made.name.strip_suffix(&random) {
            config.clean(cx, place, begins).await;
        }
        let login = docker::config_json(&docker::host(cx.url()), &made.name, &secret);
        let result = Self {
            full_name: Computed::from(made.name),
            secret: Computed::from(secret),
            docker_config_json: Computed::from(login),
            robot_id: Computed::from(made.id),
            expires_at: Computed::from(moment(made.expires_at)),
            ..config
        };
        Ok(Opened { result, private: open, renew_at: None })
    }

    async fn close(cx: &mut Context<Harbor>, open: Open) -> Result<()> {
        cx.delete(robots::delete(open.place(), open.id, &open.name)).await?;
        Ok(())
    }
}

impl TemporaryRobot {
    /// Deletes what earlier runs left behind: expired robots whose full names begin like that of the one just made, before its random
    /// text, which tells the server's prefix and the project too. Whatever hinders it hinders nothing else.
    async fn clean(&self, cx: &mut Context<Harbor>, place: Place, begins: &str) {
        let now = jiff::Timestamp::now().as_second();
        let part = format!("{}-", self.name_prefix);
        let Ok(found) = cx.list(robots::list_like(place, &part)).await else { return };
        for robot in found {
            let is_left_behind = robot.description == MARK
                && robot.name.strip_prefix(begins).is_some_and(is_random)
                && robot.expires_at > 0
                && robot.expires_at < now;
            if is_left_behind && let Err(error) = cx.delete(robots::delete(place, robot.id, &robot.name)).await {
                cx.warn(format!("Robot {} of an earlier run could not be deleted", robot.name), error.detail());
            }
        }
    }
}

/// Sixteen hexadecimal digits that no other run uses. It is no secret.
fn random() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Whether a text may have come out of [`random`]. (`prod-1` has not: what has the prefix `terraform-prod` is not `terraform`'s.)
fn is_random(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::{is_random, random};

    #[test]
    fn names_differ() {
        assert_ne!(random(), random());
        assert!(is_random(&random()) && !is_random("prod-0123456789a") && !is_random("cafe"));
        assert!(crate::robots::temporary_robot_ephemeral::names::is_plain(&random()));
    }
}
