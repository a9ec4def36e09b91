//! Policies about tags: by which tags are deleted, and which tags cannot be changed.
//!
//! Observed: creating answers 201 with the UUID alone, `PUT` 204, `DELETE` 200; `PUT` replaces all, so that what is left out goes back to
//! its default; the list of an unknown organization is empty for those who may see every organization, 403 for others. A pattern is
//! trimmed; null instead of a pattern is refused. Two auto-prune policies that are alike cannot be created, but changed into each other;
//! two immutability policies never have the same pattern. The first policies of a namespace, made at once, fail with 500 at times.

use std::fmt;
use std::marker::PhantomData;

use registry_http::{Ability, Collection, Endpoint, Listing, Repetition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keys::RepositoryKey;
use crate::features;

/// What policies hang on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All repositories of an organization.
    Organization(String),
    /// All repositories of the token's own user.
    User(String),
    /// One repository.
    Repository(RepositoryKey),
}

impl Place {
    /// The namespace that it is in, or is.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Organization(name) | Self::User(name) => name,
            Self::Repository(key) => &key.namespace,
        }
    }

    /// What import ids begin with: `acme`, `acme/app`.
    pub fn id(&self) -> String {
        match self {
            Self::Organization(name) | Self::User(name) => name.clone(),
            Self::Repository(key) => key.full_name(),
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Self::Organization(name) => vec![name],
            Self::User(_) => Vec::new(),
            Self::Repository(key) => vec![&key.namespace, &key.name],
        }
    }

    fn scope(&self) -> &'static str {
        match self {
            Self::Organization(_) => "org:admin",
            Self::User(_) => "user:admin",
            Self::Repository(_) => "repo:admin",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(name) => write!(f, "organization {name}"),
            Self::User(name) => write!(f, "user {name}"),
            Self::Repository(key) => write!(f, "repository {}", key.full_name()),
        }
    }
}

/// Names one policy.
#[derive(Debug, Clone)]
pub struct PolicyKey {
    pub place: Place,
    pub uuid: String,
}

impl PolicyKey {
    /// Its import id: `acme/<uuid>`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.place.id(), self.uuid)
    }

    fn names(&self) -> Vec<&str> {
        let mut names = self.place.names();
        names.push(&self.uuid);
        names
    }
}

/// A kind of policy, as the server shows it.
pub trait Policy: Clone + DeserializeOwned + Send + Sync + 'static {
    /// What it is called.
    const NAME: &'static str;
    /// What it is made of.
    type Body: Clone + Serialize + Send + Sync + 'static;

    /// Its UUID.
    fn uuid(&self) -> &str;
    /// Whether it is what a body makes.
    fn is(&self, body: &Self::Body) -> bool;
    /// The routes of all policies of a place, and of one.
    fn routes(place: &Place) -> (&'static str, &'static str);
    /// What the server must be able to do.
    fn ability(place: &Place) -> &'static Ability;
}

/// By which tags are deleted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AutoPruneJson {
    pub uuid: String,
    /// `number_of_tags` or `creation_date`.
    pub method: String,
    /// A number, or a text such as `7d`.
    pub value: Value,
    /// Absent before 3.13, as is the next one.
    #[serde(default, rename = "tagPattern")]
    pub tag_pattern: Option<String>,
    #[serde(default, rename = "tagPatternMatches")]
    pub tag_pattern_matches: Option<bool>,
}

/// What an auto-prune policy is made of. What is left out has its default.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AutoPruneBody {
    pub method: String,
    pub value: Value,
    #[serde(rename = "tagPattern", skip_serializing_if = "Option::is_none")]
    pub tag_pattern: Option<String>,
    #[serde(rename = "tagPatternMatches", skip_serializing_if = "Option::is_none")]
    pub tag_pattern_matches: Option<bool>,
}

impl Policy for AutoPruneJson {
    const NAME: &'static str = "auto-prune policy";
    type Body = AutoPruneBody;

    fn uuid(&self) -> &str {
        &self.uuid
    }

    fn is(&self, body: &AutoPruneBody) -> bool {
        let matches = |given: Option<bool>| given.unwrap_or(true);
        self.method == body.method
            && self.value == body.value
            && self.tag_pattern == body.tag_pattern
            && matches(self.tag_pattern_matches) == matches(body.tag_pattern_matches)
    }

    fn routes(place: &Place) -> (&'static str, &'static str) {
        match place {
            Place::Organization(_) => {
                ("organization/{organization}/autoprunepolicy/", "organization/{organization}/autoprunepolicy/{policy}")
            }
            Place::User(_) => ("user/autoprunepolicy/", "user/autoprunepolicy/{policy}"),
            Place::Repository(_) => (
                "repository/{namespace}/{+repository}/autoprunepolicy/",
                "repository/{namespace}/{+repository}/autoprunepolicy/{policy}",
            ),
        }
    }

    fn ability(place: &Place) -> &'static Ability {
        match place {
            Place::Repository(_) => &features::REPOSITORY_AUTO_PRUNE,
            Place::Organization(_) | Place::User(_) => &features::AUTO_PRUNE,
        }
    }
}

/// Which tags cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ImmutabilityJson {
    pub uuid: String,
    #[serde(rename = "tagPattern")]
    pub tag_pattern: String,
    #[serde(default, rename = "tagPatternMatches")]
    pub tag_pattern_matches: Option<bool>,
}

/// What an immutability policy is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImmutabilityBody {
    #[serde(rename = "tagPattern")]
    pub tag_pattern: String,
    #[serde(rename = "tagPatternMatches")]
    pub tag_pattern_matches: bool,
}

impl Policy for ImmutabilityJson {
    const NAME: &'static str = "immutability policy";
    type Body = ImmutabilityBody;

    fn uuid(&self) -> &str {
        &self.uuid
    }

    fn is(&self, body: &ImmutabilityBody) -> bool {
        self.tag_pattern == body.tag_pattern && self.tag_pattern_matches.unwrap_or(true) == body.tag_pattern_matches
    }

    fn routes(place: &Place) -> (&'static str, &'static str) {
        match place {
            Place::Repository(_) => (
                "repository/{namespace}/{+repository}/immutabilitypolicy/",
                "repository/{namespace}/{+repository}/immutabilitypolicy/{policy}",
            ),
            Place::Organization(_) | Place::User(_) => (
                "organization/{organization}/immutabilitypolicy/",
                "organization/{organization}/immutabilitypolicy/{policy}",
            ),
        }
    }

    fn ability(_: &Place) -> &'static Ability {
        &features::IMMUTABILITY
    }
}

/// The policies of one kind of a place.
pub struct Policies<P>(PhantomData<P>);

impl<P: Policy> Collection for Policies<P> {
    type Key = PolicyKey;
    type Item = P;
    const NAME: &'static str = P::NAME;

    fn parent(key: &PolicyKey) -> String {
        key.place.to_string()
    }

    fn name(key: &PolicyKey) -> String {
        key.uuid.clone()
    }

    fn name_of(_: &str, policy: &P) -> Option<String> {
        Some(policy.uuid().to_owned())
    }

    fn single(key: &PolicyKey) -> Endpoint<P> {
        get(key)
    }

    fn list(key: &PolicyKey) -> Listing<P> {
        list(&key.place)
    }
}

/// What all requests about policies of a place have in common.
fn about<P: Policy, T: 'static>(endpoint: Endpoint<T>, place: &Place) -> Endpoint<T> {
    endpoint.requires_scope(place.scope()).ability(P::ability(place))
}

/// One policy.
pub fn get<P: Policy>(key: &PolicyKey) -> Endpoint<P> {
    let endpoint = Endpoint::get(P::routes(&key.place).1, &key.names());
    let wanted = key.uuid.clone();
    about::<P, _>(endpoint, &key.place)
        .identified(move |policy: &P| policy.uuid() == wanted)
        .held_by(key.place.namespace())
        .describe(format!("read {} {} of {}", P::NAME, key.uuid, key.place))
}

/// All policies of a place, in the order of their making.
pub fn list<P: Policy>(place: &Place) -> Listing<P> {
    let (what, kind) = P::NAME.split_once(' ').unwrap_or((P::NAME, ""));
    let kind = kind.replace("policy", "policies");
    let endpoint = Endpoint::get(P::routes(place).0, &place.names()).within("/policies");
    Listing::whole(about::<P, _>(endpoint, place).describe(format!("list the {what} {kind} of {place}")))
}

/// Makes a policy; gives its UUID.
pub fn create<P: Policy>(place: &Place, body: &P::Body) -> Endpoint<String> {
    let wanted = body.clone();
    let endpoint = Endpoint::post(P::routes(place).0, &place.names()).within("/uuid");
    about::<P, _>(endpoint, place)
        .describe(format!("create an {} of {place}", P::NAME))
        .json(body)
        .invalidates::<Policies<P>>(place.to_string())
        .repetition(
            Repetition::compared(
                format!("{} of {place}", P::NAME),
                list::<P>(place),
                |policy| policy.uuid().to_owned(),
                move |policy| policy.is(&wanted).then(|| policy.uuid().to_owned()),
                String::clone,
            )
            // So fail, at times, the first ones of a place that are made at once.
            .despite_500(),
        )
}

/// Puts another policy in its place, under the same UUID.
pub fn update<P: Policy>(key: &PolicyKey, body: &P::Body) -> Endpoint<()> {
    let endpoint = Endpoint::<()>::put(P::routes(&key.place).1, &key.names());
    about::<P, _>(endpoint, &key.place)
        .describe(format!("change {} {} of {}", P::NAME, key.uuid, key.place))
        .json(body)
        .invalidates::<Policies<P>>(key.place.to_string())
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

/// Deletes a policy.
pub fn delete<P: Policy>(key: &PolicyKey) -> Endpoint<()> {
    let deleted = key.uuid.clone();
    let endpoint = Endpoint::delete(P::routes(&key.place).1, &key.names()).returning::<String>().within("/uuid");
    about::<P, _>(endpoint, &key.place)
        .held_by(key.place.namespace())
        .describe(format!("delete {} {} of {}", P::NAME, key.uuid, key.place))
        .invalidates::<Policies<P>>(key.place.to_string())
        .identified(move |uuid| *uuid == deleted)
        .map(drop)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use registry_http::Answer;

    fn acme() -> Place {
        Place::Organization("acme".to_owned())
    }

    #[test]
    fn what_is_not_wanted_is_not_sent() {
        let body = AutoPruneBody {
            method: "number_of_tags".to_owned(),
            value: json!(10),
            tag_pattern: None,
            tag_pattern_matches: None,
        };
        assert_eq!(
            create::<AutoPruneJson>(&acme(), &body).body().unwrap(),
            json!({"method": "number_of_tags", "value": 10})
        );
    }

    #[test]
    fn a_policy_of_a_release_without_patterns_is_read() {
        let answer = Answer::new(200, "application/json", r#"{"uuid":"u","method":"creation_date","value":"7d"}"#);
        let key = PolicyKey { place: acme(), uuid: "u".to_owned() };
        let policy = get::<AutoPruneJson>(&key).decode(&answer).unwrap();
        let body = AutoPruneBody {
            method: "creation_date".to_owned(),
            value: json!("7d"),
            tag_pattern: None,
            tag_pattern_matches: None,
        };
        assert!(policy.is(&body));
        assert!(!policy.is(&AutoPruneBody { tag_pattern_matches: Some(false), ..body }));
    }

    #[test]
    fn routes_are_those_of_the_place() {
        let place = Place::Repository(RepositoryKey { namespace: "acme".to_owned(), name: "team/app".to_owned() });
        let key = PolicyKey { place, uuid: "u".to_owned() };
        assert_eq!(get::<ImmutabilityJson>(&key).path(), Ok("repository/acme/team/app/immutabilitypolicy/u"));
        assert_eq!(key.id(), "acme/team/app/u");
        let own = Place::User("alice".to_owned());
        assert_eq!(list::<AutoPruneJson>(&own).first().path(), Ok("user/autoprunepolicy/"));
        assert!(format!("{:?}", list::<AutoPruneJson>(&own).first()).starts_with("GET"));
    }
}
