//! Finding things by names and words.
//!
//! From Quay's source: of each sort the server shows a few only (ten users and ten teams where names are completed; five of each sort in a
//! search for everything), and does not say that there are more. Repositories come in pages of ten; beyond the tenth page the server
//! answers with the tenth again. A namespace that is not there is ignored.

use registry_http::{Endpoint, Repetition};
use serde::Deserialize;
use terraform_framework::value::Number;

/// The most users, and the most teams, among the completions of a name.
pub const ENTITIES: usize = 10;
/// The most of each sort in a search for everything.
pub const EACH: usize = 5;

/// Whose name begins so.
#[derive(Debug, Clone, Deserialize)]
pub struct EntityJson {
    pub name: String,
    /// `user`, `team`, `org`, or `external` for a user of the directory who is not known to Quay.
    pub kind: String,
    #[serde(default)]
    pub is_robot: bool,
    /// Only where an organization was asked about.
    #[serde(default)]
    pub is_org_member: Option<bool>,
    /// The e-mail address of an `external`.
    #[serde(default)]
    pub title: Option<String>,
}

/// What names begin so, and where to look.
#[derive(Debug, Clone)]
pub struct Completion<'a> {
    pub prefix: &'a str,
    /// Whose robots and teams are looked at too.
    pub namespace: Option<&'a str>,
    pub teams: bool,
    pub organization: bool,
}

/// Users, robots and teams whose names begin so.
pub fn entities(asked: &Completion<'_>) -> Endpoint<Vec<EntityJson>> {
    let endpoint = Endpoint::get("entities/{prefix}", &[asked.prefix])
        .within("/results")
        .describe(format!("find names that begin with {:?}", asked.prefix))
        .query("includeTeams", asked.teams)
        .query("includeOrgs", asked.organization);
    match asked.namespace {
        Some(namespace) => endpoint.query("namespace", namespace),
        None => endpoint,
    }
}

/// A user of the directory, as Quay knows it then.
#[derive(Debug, Clone, Deserialize)]
pub struct LinkedJson {
    pub name: String,
}

/// Has Quay make its own record of a user of the directory. 404 where the server has no directory.
pub fn link(username: &str) -> Endpoint<LinkedJson> {
    Endpoint::post("entities/link/{username}", &[username])
        .within("/entity")
        .describe(format!("make user {username} of the directory known"))
        .repetition(Repetition::IDEMPOTENT)
}

/// Something that was found.
#[derive(Debug, Clone, Deserialize)]
pub struct ResultJson {
    /// `repository`, `team`, `robot`, `user` or `organization`.
    pub kind: String,
    pub name: String,
    /// Whose repository it is.
    #[serde(default)]
    pub namespace: Option<OwnerJson>,
    /// Whose team it is.
    #[serde(default)]
    pub organization: Option<OwnerJson>,
    /// Of repositories.
    #[serde(default)]
    pub description: Option<String>,
    /// Of repositories.
    #[serde(default)]
    pub is_public: Option<bool>,
    /// The better it fits, the higher.
    #[serde(default)]
    pub score: f64,
    /// Its web page, below the server's address.
    #[serde(default)]
    pub href: String,
    /// Seconds since 1970, if usage was asked for.
    #[serde(default)]
    pub last_modified: Option<i64>,
    /// If usage was asked for.
    #[serde(default)]
    pub stars: Option<i64>,
    /// If usage was asked for.
    #[serde(default)]
    pub popularity: Option<f64>,
}

/// A measure of the server's as a number.
pub fn measure(value: f64) -> Number {
    Number::try_from(value).unwrap_or_else(|_| Number::from(0_i64))
}

/// Whose something is.
#[derive(Debug, Clone, Deserialize)]
pub struct OwnerJson {
    pub name: String,
}

/// The few best of each sort, the best first.
pub fn everything(query: &str) -> Endpoint<Vec<ResultJson>> {
    Endpoint::get("find/all", &[]).within("/results").describe(format!("search for {query:?}")).query("query", query)
}

/// A page of repositories.
#[derive(Debug, Clone, Deserialize)]
pub struct RepositoriesJson {
    pub results: Vec<ResultJson>,
    #[serde(default)]
    pub has_additional: bool,
    /// Which page it is: not the one that was asked for, where there are no more.
    pub page: usize,
}

/// Repositories that the token's user may see, the most popular first.
pub fn repositories(query: &str, usage: bool, page: usize) -> Endpoint<RepositoriesJson> {
    Endpoint::get("find/repositories", &[])
        .describe(format!("search for repositories by {query:?}"))
        .query("query", query)
        .query("includeUsage", usage)
        .query("page", page)
}
