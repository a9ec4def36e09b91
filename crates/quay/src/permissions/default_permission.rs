//! `quay_default_permission`: what new repositories of an organization begin with. Quay's API calls it a prototype.
//!
//! Endpoints: `organization/{organization}/prototypes...`; see [`crate::api::prototypes`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Resource, Result, check};

use crate::api::prototypes::{self, NewPrototype, PrototypeJson, PrototypeKey, Prototypes};
use crate::api::teams::TeamKey;
use crate::client::Quay;
use crate::names;
use crate::robots::robot_federation::no_robot;
use crate::teams::team::{no_organization, no_team};

/// Manages a default permission of an organization: a permission that each of its repositories gets when it is created.
///
/// It does not change repositories that are there already. Quay lets equal default permissions stand beside each other, and then the
/// role of any of them may count: keep one for each user, robot or team (and creator).
///
/// When its user, robot or team is deleted, Quay deletes it too.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_default_permission",
    id = "{organization}/{prototype_id}",
    identity(organization, prototype_id),
    exactly_one_of(user, robot, team),
    subcategory = "Permissions"
)]
pub struct DefaultPermission {
    /// The organization. A change replaces the default permission.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Name of the user who gets the permission. A change replaces the default permission.
    #[attribute(optional, requires_replace, check = names::user())]
    user: Option<String>,
    /// Full name of the robot account that gets the permission, such as `acme+ci`: best the `username` of a `quay_robot`. A change
    /// replaces the default permission.
    #[attribute(optional, requires_replace, check = names::robot_username())]
    robot: Option<String>,
    /// Name of the organization's team that gets the permission. A change replaces the default permission.
    #[attribute(optional, requires_replace, check = names::team())]
    team: Option<String>,
    /// What it allows: `read` is pulling, `write` is pulling and pushing, `admin` is also changing and deleting the repository.
    #[attribute(required, check = check::one_of(names::ROLES))]
    role: String,
    /// User, or full name of the robot, whose new repositories get the permission; without it, those of everybody do. A change replaces
    /// the default permission.
    #[attribute(optional, requires_replace, check = names::user_or_robot())]
    activating_user: Option<String>,
    /// UUID that Quay gives it.
    #[computed(use_state_for_unknown)]
    prototype_id: Computed<String>,
}

#[async_trait]
impl Resource for DefaultPermission {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let new = plan.body()?;
        match cx.send(prototypes::create(&plan.organization, &new)).await {
            Ok(made) => Ok(Self { prototype_id: Computed::from(made.id), ..plan }),
            Err(error) if error.is_not_found() => Err(no_organization(&plan.organization)),
            Err(error) => Err(plan.explain(error)),
        }
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = cx.read::<Prototypes>(&state.key()?).await?;
        Ok(found.map(|json| Self::of(state.organization, &json)))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        cx.send(prototypes::update(&state.key()?, &plan.role)).await?;
        Ok(Self { prototype_id: state.prototype_id, ..plan })
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(prototypes::delete(&state.key()?)).await?;
        Ok(())
    }
}

impl DefaultPermission {
    fn of(organization: String, json: &PrototypeJson) -> Self {
        let name = |wanted: bool| wanted.then(|| json.delegate.name.clone());
        let is_team = json.delegate.kind == "team";
        let is_robot = !is_team && json.delegate.is_robot;
        Self {
            organization,
            user: name(!is_team && !is_robot),
            robot: name(is_robot),
            team: name(is_team),
            role: json.role.clone(),
            activating_user: json.activating_user.as_ref().map(|user| user.name.clone()),
            prototype_id: Computed::from(json.id.clone()),
        }
    }

    /// What a refusal means. Quay words that of an unknown team as its program has it.
    fn explain(&self, error: registry_http::Error) -> Error {
        let says = |text: &str| error.status() == Some(400) && error.message().is_some_and(|m| m.contains(text));
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let organization = &self.organization;
        if says("Team does not exist") {
            let key = TeamKey { organization: organization.clone(), team: name(&self.team) };
            return no_team(&key).at("team");
        }
        if says("Unknown activating user") {
            let detail = "Name a user of this Quay, or a robot in full, such as `acme+ci`.";
            let who = name(&self.activating_user);
            return Error::new(format!("There is no user or robot {who}"), detail).at("activating_user");
        }
        if says("Missing delegate") {
            return match &self.robot {
                Some(robot) => no_robot(robot).at("robot"),
                None => {
                    let detail = "Users have to exist in Quay before they can be given permissions.";
                    Error::new(format!("There is no user {}", name(&self.user)), detail).at("user")
                }
            };
        }
        error.into()
    }

    fn key(&self) -> Result<PrototypeKey> {
        Ok(PrototypeKey { organization: self.organization.clone(), id: self.prototype_id.get()?.clone() })
    }

    fn body(&self) -> Result<NewPrototype> {
        let (kind, name) = match (&self.team, self.robot.as_ref().or(self.user.as_ref())) {
            (Some(team), _) => ("team", team),
            (None, Some(user)) => ("user", user),
            (None, None) => return Err(Error::bug("a default permission for nobody")),
        };
        Ok(NewPrototype::new(&self.role, kind, name, self.activating_user.as_deref()))
    }
}

#[async_trait]
impl List for DefaultPermission {
    type Query = DefaultPermissionQuery;

    async fn list(cx: &mut Context<Quay>, query: DefaultPermissionQuery, found: &mut Found<Self>) -> Result<()> {
        for json in cx.list(prototypes::list(&query.organization)).await? {
            if !found.push(&Self::of(query.organization.clone(), &json)).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the default permissions of an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_default_permission")]
pub struct DefaultPermissionQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(delegate: &serde_json::Value) -> DefaultPermission {
        let json = json!({ "id": "u", "role": "read", "activating_user": null, "delegate": delegate });
        DefaultPermission::of("acme".to_owned(), &serde_json::from_value(json).unwrap())
    }

    #[test]
    fn robots_are_told_from_users_though_their_kind_is_user() {
        let robot = shown(&json!({ "name": "acme+ci", "kind": "user", "is_robot": true }));
        assert_eq!(
            (robot.user.as_deref(), robot.robot.as_deref(), robot.team.as_deref()),
            (None, Some("acme+ci"), None)
        );
        assert_eq!(robot.body().unwrap().delegate, json!({ "name": "acme+ci", "kind": "user" }));
        let team = shown(&json!({ "name": "devs", "kind": "team" }));
        assert_eq!((team.user.as_deref(), team.robot.as_deref(), team.team.as_deref()), (None, None, Some("devs")));
    }

    #[test]
    fn nobody_is_left_out_and_not_null() {
        let body = serde_json::to_value(shown(&json!({ "name": "devs", "kind": "team" })).body().unwrap()).unwrap();
        assert_eq!(body, json!({ "role": "read", "delegate": { "name": "devs", "kind": "team" } }));
    }
}
