//! The quota of an organization or a user, and what happens on the way to it.
//!
//! Observed: only superusers change quotas; an organization has none or one, and its id comes from reading; sizes come as floats at
//! times; a limit is sent as `threshold_percent` and comes back as `limit_percent`; an empty change is ignored in silence; several
//! limits of one type are allowed, equal ones are not. `limit_bytes` works with every release, `limit` (a text) since 3.12. Superusers'
//! routes look neither whether it is a user or an organization, nor whether it is there at all (500); the limits of a user's quota hang on
//! the organizations' route. Since 3.16 (source) the organizations' routes refuse superusers who may not do everything
//! (FEATURE_SUPERUSERS_FULL_ACCESS is off), superusers' routes do not; but only those of organizations leave a line in the log.

use registry_http::{Acknowledgement, Answer, Endpoint, Kind, Repetition, Seen};
use serde::Serialize;

use super::organizations::{OrganizationQuotas, Organizations};
use super::quota_types::{QuotaJson, QuotaLimitJson};
use super::scopes::SUPERUSER;
use super::users::Users;
use crate::features;

/// Whose a quota is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An organization.
    Organization(String),
    /// Somebody's user.
    User(String),
    /// An organization, on the routes of superusers.
    Governed(String),
}

impl Holder {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Organization(name) | Self::User(name) | Self::Governed(name) => name,
        }
    }

    /// The same on the routes of superusers, if it has other ones.
    pub fn governed(&self) -> Option<Self> {
        match self {
            Self::Organization(name) => Some(Self::Governed(name.clone())),
            Self::User(_) | Self::Governed(_) => None,
        }
    }

    fn route(&self, routes: [&'static str; 3]) -> &'static str {
        match self {
            Self::Organization(_) => routes[0],
            Self::User(_) => routes[1],
            Self::Governed(_) => routes[2],
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.route(["organization", "user", "organization"]), self.name())
    }
}

impl QuotaLimitJson {
    /// Its type, which servers have spelled in several ways.
    pub fn spelled(&self) -> &str {
        match self.kind.to_lowercase().as_str() {
            "warning" => "Warning",
            "reject" => "Reject",
            _ => &self.kind,
        }
    }
}

/// A new limit.
#[derive(Debug, Clone, Serialize)]
pub struct NewQuotaLimit {
    #[serde(rename = "type")]
    pub kind: String,
    pub threshold_percent: i64,
}

#[derive(Serialize)]
struct Bytes {
    limit_bytes: i64,
}

/// What all requests about quotas have in common.
fn about<T: 'static>(endpoint: Endpoint<T>, action: &str, holder: &Holder) -> Endpoint<T> {
    endpoint.describe(format!("{action} of {holder}")).requires_scope(SUPERUSER).ability(&features::QUOTAS)
}

/// A change of a quota, which the views of its holder show.
fn change<T: 'static>(endpoint: Endpoint<T>, action: &str, holder: &Holder) -> Endpoint<T> {
    let endpoint = about(endpoint, action, holder);
    match holder {
        Holder::Organization(name) | Holder::Governed(name) => {
            endpoint.invalidates::<Organizations>(name).invalidates::<OrganizationQuotas>("")
        }
        Holder::User(_) => endpoint.invalidates::<Users>(""),
    }
}

const ALL: [&str; 3] = [
    "organization/{organization}/quota",
    "superuser/users/{user}/quota",
    "superuser/organization/{organization}/quota",
];
const ONE: [&str; 3] = [
    "organization/{organization}/quota/{quota}",
    "superuser/users/{user}/quota/{quota}",
    "superuser/organization/{organization}/quota/{quota}",
];
const LIMITS: &str = "organization/{organization}/quota/{quota}/limit";
const LIMIT: &str = "organization/{organization}/quota/{quota}/limit/{limit}";

/// The quota of an organization or user as its own route shows it: none, its own, or (of organizations, without an id) the default of the
/// whole registry.
pub fn list(holder: &Holder) -> Endpoint<Vec<QuotaJson>> {
    about(Endpoint::get(holder.route(ALL), &[holder.name()]), "read the quota", holder)
}

/// The quota of the token's own user.
pub fn list_own() -> Endpoint<Vec<QuotaJson>> {
    let endpoint = Endpoint::get("user/quota", &[]).describe("read the quota of the token's own user");
    endpoint.requires_scope("user:admin").ability(&features::QUOTAS)
}

/// The organization's or user's own quota; the default of the whole registry counts as none.
pub fn get(holder: &Holder) -> Endpoint<QuotaJson> {
    list(holder)
        .check(|quotas, _| match quotas.iter().any(|quota| quota.id.is_some()) {
            true => Ok(()),
            false => Err((Kind::NotFound, "there is no quota".to_owned())),
        })
        .map(|quotas| quotas.into_iter().find(|quota| quota.id.is_some()).unwrap_or_else(none))
}

fn none() -> QuotaJson {
    QuotaJson { id: None, limit_bytes: 0, limits: Vec::new(), default_config_exists: None }
}

/// Gives a quota to an organization or user; one that has its own already is refused.
pub fn create(holder: &Holder, limit_bytes: i64) -> Endpoint<()> {
    let endpoint = Endpoint::<String>::post(holder.route(ALL), &[holder.name()]);
    change(endpoint, "create the quota", holder)
        .json(&Bytes { limit_bytes })
        .acknowledged(Acknowledgement::Word(&["Created"]))
        .repetition(Repetition::confirmed(get(holder), move |found| {
            match found.limit_bytes == limit_bytes && found.limits.is_empty() {
                true => Seen::Ours(()),
                false => Seen::other("it has another size, or limits"),
            }
        }))
}

/// Changes the size.
pub fn update(holder: &Holder, id: i64, limit_bytes: i64) -> Endpoint<QuotaJson> {
    let endpoint = Endpoint::<QuotaJson>::put(holder.route(ONE), &[holder.name(), &id.to_string()]);
    change(endpoint, "change the quota", holder)
        .json(&Bytes { limit_bytes })
        .identified(move |found| found.id == Some(id))
        .repetition(Repetition::IDEMPOTENT)
}

/// Takes the quota away, with its limits.
pub fn delete(holder: &Holder, id: i64) -> Endpoint<()> {
    let endpoint = Endpoint::delete(holder.route(ONE), &[holder.name(), &id.to_string()]);
    change(endpoint, "delete the quota", holder).no_content()
}

/// Adds a limit; an equal one is refused.
pub fn add_limit(holder: &Holder, id: i64, limit: &NewQuotaLimit) -> Endpoint<()> {
    let wanted = limit.clone();
    let is_there = move |quota: &QuotaJson, _: &Answer| match quota.limits.iter().any(|l| wanted.is(l)) {
        true => Ok(()),
        false => Err((Kind::NotFound, "there is no such limit".to_owned())),
    };
    let endpoint = Endpoint::<String>::post(LIMITS, &[holder.name(), &id.to_string()]);
    change(endpoint, "add a limit to the quota", holder)
        .json(limit)
        .acknowledged(Acknowledgement::Word(&["Created"]))
        .repetition(Repetition::confirmed(get(holder).check(is_there), |_| Seen::Ours(())))
}

impl NewQuotaLimit {
    /// Whether a limit is as this one will be. (The server spells the type its own way.)
    pub fn is(&self, limit: &QuotaLimitJson) -> bool {
        limit.kind.eq_ignore_ascii_case(&self.kind) && limit.limit_percent == self.threshold_percent
    }
}

/// Changes a limit in place; gives the quota. Quay does not look whether another one is equal then.
pub fn change_limit(holder: &Holder, id: i64, limit: i64, to: &NewQuotaLimit) -> Endpoint<QuotaJson> {
    let endpoint = Endpoint::<QuotaJson>::put(LIMIT, &[holder.name(), &id.to_string(), &limit.to_string()]);
    change(endpoint, "change a limit of the quota", holder)
        .json(to)
        .identified(move |found| found.id == Some(id))
        .repetition(Repetition::IDEMPOTENT)
}

/// Takes a limit away.
pub fn delete_limit(holder: &Holder, id: i64, limit: i64) -> Endpoint<()> {
    let endpoint = Endpoint::delete(LIMIT, &[holder.name(), &id.to_string(), &limit.to_string()]);
    change(endpoint, "delete a limit of the quota", holder).no_content()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<QuotaJson, String> {
        get(&Holder::Organization("acme".to_owned())).decode(&Answer::new(200, "application/json", body.to_owned()))
    }

    #[test]
    fn sizes_may_come_as_floats() {
        let quota =
            read(r#"[{"id":1,"limit_bytes":1073741824.0,"limits":[{"id":2,"type":"Warning","limit_percent":80}]}]"#)
                .unwrap();
        assert_eq!(quota.limit_bytes, 1 << 30);
        assert!(NewQuotaLimit { kind: "Warning".to_owned(), threshold_percent: 80 }.is(&quota.limits[0]));
        let largest = read(r#"[{"id":1,"limit_bytes":9223372036854775807}]"#).unwrap();
        assert_eq!(largest.limit_bytes, i64::MAX);
    }

    #[test]
    fn limits_of_users_hang_on_the_route_of_organizations() {
        let dave = Holder::User("dave".to_owned());
        let limit = NewQuotaLimit { kind: "Reject".to_owned(), threshold_percent: 90 };
        assert_eq!(create(&dave, 1).path().unwrap(), "superuser/users/dave/quota");
        assert_eq!(add_limit(&dave, 7, &limit).path().unwrap(), "organization/dave/quota/7/limit");
    }

    #[test]
    fn the_default_of_the_registry_is_no_quota_of_the_organization() {
        assert!(read(r#"[{"id":null,"limit_bytes":5,"limits":[],"default_config":true}]"#).is_err());
        assert!(read("[]").is_err());
    }
}
