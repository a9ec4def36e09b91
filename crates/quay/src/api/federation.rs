//! Robots that log in with identity tokens of another issuer.
//!
//! Observed: the answer to a POST is the whole new list, which takes the old one's place; `[]` clears it; the same pair twice is a 400;
//! only issuer and subject are kept, in the order given, which means nothing; DELETE says 204 to everything but an unknown robot. A robot
//! without any is an empty list. The exchange is outside `/api/v1/`, and takes a robot's name and an identity token as user and password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use registry_http::{Ability, Endpoint, Kind, Repetition, Seen};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use terraform_framework::Secret;

use super::robots::{RobotKey, UNKNOWN, scope, secret};
use crate::features;

/// Whose identity tokens a robot accepts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentityJson {
    pub issuer: String,
    pub subject: String,
}

#[derive(Deserialize)]
struct TokenJson {
    #[serde(default, deserialize_with = "secret")]
    token: Option<Secret>,
}

const FEDERATION: (&str, &str) =
    ("organization/{organization}/robots/{robot}/federation", "user/robots/{robot}/federation");

/// What a server must have for robots of this namespace.
pub fn ability(own: bool) -> &'static Ability {
    if own { &features::USER_FEDERATION } else { &features::FEDERATION }
}

/// Whose identity tokens a robot accepts; none is an empty list.
pub fn get(key: &RobotKey) -> Endpoint<Vec<IdentityJson>> {
    let (route, names) = key.route(FEDERATION.0, FEDERATION.1);
    Endpoint::get(route, &names)
        .describe(format!("read the federation of robot {}", key.full_name()))
        .not_found_when(UNKNOWN)
        .ability(ability(key.namespace.own))
        .requires_scope(scope(&key.namespace))
        .held_by(&key.namespace.name)
}

/// Puts other identities in the place of all that were there.
pub fn replace(key: &RobotKey, identities: &[IdentityJson]) -> Endpoint<Vec<IdentityJson>> {
    let (route, names) = key.route(FEDERATION.0, FEDERATION.1);
    let wanted = sorted(identities.to_vec());
    Endpoint::<Vec<IdentityJson>>::post(route, &names)
        .describe(format!("set the federation of robot {}", key.full_name()))
        .json(&identities)
        .not_found_when(UNKNOWN)
        .ability(ability(key.namespace.own))
        .requires_scope(scope(&key.namespace))
        .identified(move |now| sorted(now.clone()) == wanted)
        .repetition(Repetition::IDEMPOTENT)
}

fn sorted(mut all: Vec<IdentityJson>) -> Vec<IdentityJson> {
    all.sort();
    all
}

/// Sets identities where none were. When no answer comes at all, a look tells whether it was done.
pub fn create(key: &RobotKey, identities: &[IdentityJson]) -> Endpoint<Vec<IdentityJson>> {
    let wanted = sorted(identities.to_vec());
    let there = get(key).check(|found, _| match found.is_empty() {
        true => Err((Kind::NotFound, "the robot accepts no identity tokens".to_owned())),
        false => Ok(()),
    });
    replace(key, identities).repetition(Repetition::confirmed(there, move |found| {
        match sorted(found.clone()) == wanted {
            true => Seen::Ours(found),
            false => Seen::other("it holds other identities"),
        }
    }))
}

/// Takes all identities away.
pub fn clear(key: &RobotKey) -> Endpoint<()> {
    let (route, names) = key.route(FEDERATION.0, FEDERATION.1);
    Endpoint::delete(route, &names)
        .describe(format!("clear the federation of robot {}", key.full_name()))
        .not_found_when(UNKNOWN)
        .ability(ability(key.namespace.own))
        .requires_scope(scope(&key.namespace))
        .held_by(&key.namespace.name)
        .no_content()
}

/// Exchanges an identity token for one of a robot, which ends after an hour.
pub fn exchange(robot: &str, identity: &Secret) -> Endpoint<Secret> {
    let pair = SecretString::from(STANDARD.encode(format!("{robot}:{}", identity.expose())));
    let basic = format!("Basic {}", secrecy::ExposeSecret::expose_secret(&pair));
    Endpoint::<TokenJson>::get("/oauth2/federation/robot/token", &[])
        .describe(format!("exchange an identity token for one of robot {robot}"))
        .anonymous()
        .header("authorization", basic)
        .hiding(&pair)
        .hiding(&SecretString::from(identity.expose().to_owned()))
        .ability(&features::FEDERATION)
        .check(|found, _| match &found.token {
            Some(_) => Ok(()),
            None => Err((Kind::Undecodable, "it holds no token".to_owned())),
        })
        .map(|found| found.token.unwrap_or_else(|| Secret::from("")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::keys::Namespace;

    #[test]
    fn users_robots_have_a_route_and_an_ability_of_their_own() {
        let key = |own| RobotKey { namespace: Namespace { name: "acme".to_owned(), own }, name: "ci".to_owned() };
        assert_eq!(get(&key(false)).path(), Ok("organization/acme/robots/ci/federation"));
        assert_eq!(get(&key(true)).path(), Ok("user/robots/ci/federation"));
        assert_eq!((ability(false).since, ability(true).since), (Some("3.13"), Some("3.18")));
    }
}
