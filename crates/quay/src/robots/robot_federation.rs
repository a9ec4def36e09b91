//! `quay_robot_federation`: whose identity tokens a robot accepts.
//!
//! Endpoints: `organization/{organization}/robots/{robot}/federation` and `user/robots/{robot}/federation`; see
//! [`crate::api::federation`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_http::Collection;
use registry_service::exists_already;
use terraform_framework::schema::Check;
use terraform_framework::{Context, Error, Found, List, Model, Nested, Report, Resource, Result, check};

use super::robot::key_of;
use crate::api::federation::{self, IdentityJson};
use crate::api::robots::{self, RobotKey, Robots};
use crate::client::Quay;
use crate::names;

/// Manages the keyless login of a robot account: whose identity tokens (OpenID Connect) may be exchanged for a short-lived token of the
/// robot. A CI job then needs no password; see the ephemeral resource `quay_federated_robot_token`.
///
/// It is authoritative: there is one list for a robot, and this resource holds all of it. A list that is there already has to be
/// imported. The robot's own token goes on working beside it.
///
/// Scopes: `org:admin`, or `user:admin` for robots of the token's own user. Organizations' robots have it since Quay 3.13, users' robots
/// since 3.18.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robot_federation", id = "{robot}", identity(robot), subcategory = "Robots")]
pub struct RobotFederation {
    /// Full name of the robot: `username` of `quay_robot`, such as `acme+ci`. A change sets up another robot and clears this one's list.
    #[attribute(required, requires_replace, check = names::robot_username())]
    robot: String,
    /// Whose identity tokens are accepted. At least one; their order does not matter.
    #[attribute(required, check = check::count(1, usize::MAX))]
    identities: BTreeSet<Identity>,
}

/// Somebody, as an issuer of identity tokens knows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Identity {
    /// Address of the issuer, exactly as its tokens have it in `iss`, such as `https://token.actions.githubusercontent.com`. Quay asks it
    /// for its keys at each exchange, by HTTPS only.
    #[attribute(required, check = issuer())]
    issuer: String,
    /// Whom the issuer vouches for, exactly as its tokens have it in `sub`, such as `repo:acme/app:ref:refs/heads/main`. There are no
    /// patterns.
    #[attribute(required, check = check::length(1, usize::MAX))]
    subject: String,
}

fn issuer() -> Check {
    check::text("an address that begins with `https://`", |text| match text.strip_prefix("https://") {
        Some(rest) if !rest.is_empty() => Ok(()),
        _ => Err(format!(
            "{text:?} does not begin with \"https://\". Quay asks an issuer for its keys by HTTPS only, so that no token of this one could \
             ever be exchanged."
        )),
    })
}

#[async_trait]
impl Resource for RobotFederation {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = key_of(cx, &plan.robot).await?;
        let lock = cx.lock(&format!("federation of robot {}", plan.robot));
        let _alone = lock.lock().await;
        let there = cx.find(federation::get(&key)).await.map_err(|e| explain(&key, e))?;
        let there = there.ok_or_else(|| no_robot(&plan.robot).at("robot"))?;
        // The request that creates would also take over what is there.
        if !there.is_empty() {
            return Err(exists_already(
                "quay_robot_federation",
                &format!("federation of robot {}", plan.robot),
                &plan.robot,
            ));
        }
        let made = cx.send(federation::create(&key, &plan.wanted())).await.map_err(|e| explain(&key, e))?;
        Ok(plan.with(made))
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = key_of(cx, &state.robot).await?;
        let found = cx.find(federation::get(&key)).await?.filter(|found| !found.is_empty());
        Ok(found.map(|found| state.with(found)))
    }

    async fn update(cx: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        let key = key_of(cx, &plan.robot).await?;
        let written = cx.send(federation::replace(&key, &plan.wanted())).await.map_err(|e| explain(&key, e))?;
        Ok(plan.with(written))
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = key_of(cx, &state.robot).await?;
        cx.delete(federation::clear(&key)).await?;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, plan: RobotFederationView, report: &mut Report) {
        let Some((namespace, _)) = plan.robot.known().and_then(|robot| robot.split_once('+')) else { return };
        if let Ok(namespace) = cx.namespace(namespace).await {
            cx.expect(federation::ability(namespace.own), report).await;
        }
    }
}

impl RobotFederation {
    fn wanted(&self) -> Vec<IdentityJson> {
        let json = |one: &Identity| IdentityJson { issuer: one.issuer.clone(), subject: one.subject.clone() };
        self.identities.iter().map(json).collect()
    }

    fn with(self, found: Vec<IdentityJson>) -> Self {
        let identity = |json: IdentityJson| Identity { issuer: json.issuer, subject: json.subject };
        Self { identities: found.into_iter().map(identity).collect(), ..self }
    }
}

fn explain(key: &RobotKey, error: registry_http::Error) -> Error {
    if error.is_not_found() { no_robot(&key.full_name()).at("robot") } else { error.into() }
}

/// The error for a robot that is not there.
pub(crate) fn no_robot(username: &str) -> Error {
    let detail = "Create it first, for example with quay_robot, and refer to its `username` here, so that Terraform keeps the order.";
    Error::new(format!("There is no robot {username}"), detail)
}

#[async_trait]
impl List for RobotFederation {
    type Query = RobotFederationQuery;

    async fn list(cx: &mut Context<Quay>, query: RobotFederationQuery, found: &mut Found<Self>) -> Result<()> {
        let namespace = cx.namespace(&query.namespace).await?;
        let listed = cx.list(robots::list_without_tokens(&namespace)).await?;
        if listed.is_empty() {
            cx.ensure_namespace(&namespace.name).await?;
        }
        for json in listed {
            // The list matches by pattern: robots of other namespaces may be in it.
            let Some(robot) = Robots::name_of(&query.namespace, &json) else { continue };
            let key = key_of(cx, &robot).await?;
            let Some(identities) = cx.find(federation::get(&key)).await? else { continue };
            let federation = RobotFederation { robot, identities: BTreeSet::new() };
            if !identities.is_empty() && !found.push(&federation.with(identities)).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the robots of a namespace that accept identity tokens. Each robot takes a request.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robot_federation")]
pub struct RobotFederationQuery {
    /// Organization, or the token's own user.
    #[attribute(required, check = names::namespace())]
    namespace: String,
}
