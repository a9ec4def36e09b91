//! Finding a robot by its name. Harbor shows names with a prefix that the server's settings hold, and that not everybody may read.

use registry_http::{Advice, Kind, Seen};
use terraform_framework::{Computed, Error, Result};

use super::Robot;
use crate::api::projects::{self, Projects};
use crate::api::robot_names::RobotName;
use crate::api::robots::{self, CreatedJson, NewRobot, Place, RobotJson};
use crate::client::Harbor;
use crate::names;

/// Where robots of a project, or of the system, belong.
pub async fn place(cx: &Harbor, project: Option<&str>) -> Result<Place> {
    let Some(name) = project else { return Ok(Place::System) };
    match cx.read::<Projects>(&name.to_owned()).await? {
        Some(found) => Ok(Place::Project(found.project_id)),
        None => {
            let detail = format!("There is no project {name} on this server. Create it first, or correct `project`.");
            Err(Error::new(format!("Project {name} does not exist"), detail).at("project"))
        }
    }
}

/// Creates a robot. Where its full name does not tell that the answer is about it, it is looked for; its prefix is known from then on. An
/// answer about another robot tells as little as one that was lost.
pub async fn create(
    cx: &Harbor,
    place: Place,
    name: &RobotName,
    body: &NewRobot,
) -> registry_http::Result<CreatedJson> {
    let made = cx.send(robots::create(place, name, body)).await?;
    if name.is_certain(&made.name) {
        return Ok(made);
    }
    let another = match cx.find(robots::find(place, name)).await {
        Ok(Some(found)) => {
            cx.deduce_prefix(found.name.strip_suffix(&name.stored()).unwrap_or_default());
            if found.id == made.id {
                return Ok(made);
            }
            match robots::made(found, body) {
                Seen::Ours(found) => return Ok(found),
                Seen::Other(why) => format!("of the robot of this name on the server: {why}"),
            }
        }
        Ok(None) => "there is no robot of this name on the server".to_owned(),
        Err(error) if error.kind() == Kind::Undecodable => error.summary(),
        // What the answer tells is the best that there is to know.
        Err(_) => return Ok(made),
    };
    let message =
        format!("POST /api/v2.0/robots was answered with robot {}, number {}; {another}.", made.name, made.id);
    let remedy = "Look on the server whether the robot was created. If so, import it or remove it; then apply again.";
    let error = registry_http::Error::new(Kind::UnknownOutcome, format!("create robot {}", name.stored()));
    Err(error.with_message(message).with_advice(Advice::remedy(remedy)))
}

/// The short name of a robot.
pub async fn short_name(cx: &Harbor, robot: &RobotJson) -> Result<String> {
    if robot.level == "project" {
        return Ok(robot.name.rsplit('+').next().unwrap_or_default().to_owned());
    }
    let mut possible = candidates(&robot.name, cx.robot_prefix().await?);
    if possible.len() > 1 {
        // Only the server knows which; one robot tells it for all.
        let mut known = None;
        for name in possible {
            let known_as = cx.robot_name(None, &name).await?;
            if cx.find(robots::find(Place::System, &known_as)).await?.is_some_and(|found| found.id == robot.id) {
                cx.deduce_prefix(robot.name.strip_suffix(&name).unwrap_or_default());
                known = Some(name);
                break;
            }
        }
        possible = known.into_iter().collect();
    }
    Ok(possible.pop().unwrap_or_else(|| robot.name.clone()))
}

/// Finds the robot of an import: by number, by full name, or by level, project and short name. Gives `false` when there is none.
pub(super) async fn locate(cx: &Harbor, robot: &mut Robot) -> Result<bool> {
    let full_name = robot.full_name.known().cloned();
    let found = match full_name {
        Some(number) if number.parse::<i64>().is_ok() => by_number(cx, number.parse().unwrap_or_default()).await?,
        Some(full_name) => by_full_name(cx, &full_name).await?,
        None => {
            let place = place(cx, robot.project.as_deref()).await?;
            let name = cx.robot_name(robot.project.as_deref(), &robot.name).await?;
            cx.find(robots::find(place, &name)).await?.map(|json| Located {
                project: robot.project.clone(),
                name: robot.name.clone(),
                place,
                id: json.id,
            })
        }
    };
    let Some(found) = found else { return Ok(false) };
    robot.robot_id = Computed::from(found.id);
    robot.project_id = Computed::from(match found.place {
        Place::System => None,
        Place::Project(id) => Some(id),
    });
    (robot.name, robot.project) = (found.name, found.project);
    Ok(true)
}

struct Located {
    place: Place,
    project: Option<String>,
    name: String,
    id: i64,
}

async fn by_number(cx: &Harbor, id: i64) -> Result<Option<Located>> {
    let Some(json) = cx.find(robots::get(id)).await? else { return Ok(None) };
    let name = short_name(cx, &json).await?;
    if json.level != "project" {
        return Ok(Some(Located { place: Place::System, project: None, name, id }));
    }
    // A robot of a project has one place, which is its project; without one, its name still tells.
    let project = match json.permissions.first() {
        Some(block) => block.namespace.clone(),
        None => return by_full_name(cx, &json.name).await,
    };
    let place = place(cx, Some(&project)).await?;
    Ok(Some(Located { place, project: Some(project), name, id }))
}

async fn by_full_name(cx: &Harbor, full_name: &str) -> Result<Option<Located>> {
    let prefix = cx.robot_prefix().await?;
    let Some((front, short)) = full_name.rsplit_once('+') else {
        for name in candidates(full_name, prefix) {
            let known_as = cx.robot_name(None, &name).await?;
            let found = cx.find(robots::find(Place::System, &known_as)).await?;
            if let Some(json) = found.filter(|json| json.name == full_name) {
                return Ok(Some(Located { place: Place::System, project: None, name, id: json.id }));
            }
        }
        return Ok(None);
    };
    for project in candidates(front, prefix) {
        let project_id = match cx.find(projects::get(&project)).await {
            Ok(Some(found)) => found.project_id,
            // Who is no administrator gets the same answer for a project that is not there.
            Err(e) if e.kind() != Kind::Forbidden => return Err(e.into()),
            _ => continue,
        };
        let place = Place::Project(project_id);
        let name = cx.robot_name(Some(&project), short).await?;
        let found = cx.find(robots::find(place, &name)).await?;
        if let Some(json) = found.filter(|json| json.name == full_name) {
            return Ok(Some(Located { place, project: Some(project), name: short.to_owned(), id: json.id }));
        }
    }
    Ok(None)
}

/// What a name can be without its prefix. Where the prefix is not known, every end of the name that could be a name is possible, the longest
/// first; a `$` belongs to the prefix, because no name holds one, but need not be its end.
fn candidates(name: &str, prefix: Option<&str>) -> Vec<String> {
    if let Some(rest) = prefix.and_then(|prefix| name.strip_prefix(prefix)) {
        return Some(rest.to_owned()).filter(|rest| names::is_plain(rest)).into_iter().collect();
    }
    let rest = name.rsplit_once('$').map_or(name, |(_, rest)| rest);
    rest.char_indices().map(|(at, _)| rest[at..].to_owned()).filter(|end| names::is_plain(end)).collect()
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn a_prefix_is_known_or_found() {
        assert_eq!(candidates("robot$ci", Some("robot$")), ["ci"]);
        assert_eq!(candidates("bot-ci", Some("bot-")), ["ci"]);
        assert_eq!(candidates("robot$prod-ci", Some("robot$prod-")), ["ci"]);
        assert_eq!(candidates("x$ci", None), ["ci", "i"]);
        assert_eq!(candidates("b-ci", None), ["b-ci", "ci", "i"]);
        assert!(candidates("robot$", Some("robot$")).is_empty());
    }
}
