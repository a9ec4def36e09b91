//! Quotas and their limits by their ids: of an organization, or of the token's own user.
//!
//! From Quay's source: of the own user's quota the route of one limit answers with the whole quota. Since 3.16 the limits of an
//! organization are shown to its members, and to superusers who may do everything.

use registry_http::Endpoint;

use super::quota_types::{QuotaJson, QuotaLimitJson};
use crate::features;

const QUOTA: [&str; 2] = ["organization/{organization}/quota/{quota}", "user/quota/{quota}"];
const LIMITS: [&str; 2] = ["organization/{organization}/quota/{quota}/limit", "user/quota/{quota}/limit"];
const LIMIT: [&str; 2] =
    ["organization/{organization}/quota/{quota}/limit/{limit}", "user/quota/{quota}/limit/{limit}"];

/// Whose quota it is, and what it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaId<'a> {
    /// None for the token's own user.
    pub organization: Option<&'a str>,
    pub id: i64,
}

impl std::fmt::Display for QuotaId<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.organization {
            Some(name) => write!(f, "quota {} of organization {name}", self.id),
            None => write!(f, "quota {} of the token's own user", self.id),
        }
    }
}

impl QuotaId<'_> {
    fn names(&self) -> Vec<String> {
        self.organization.map(str::to_owned).into_iter().chain([self.id.to_string()]).collect()
    }

    fn ask<T: serde::de::DeserializeOwned + 'static>(
        &self,
        routes: [&'static str; 2],
        limit: Option<i64>,
        action: String,
    ) -> Endpoint<T> {
        let (route, needs) = match self.organization {
            Some(_) => (routes[0], "org:admin (of a member), or super:user (of a superuser)"),
            None => (routes[1], "user:admin"),
        };
        let names: Vec<String> = self.names().into_iter().chain(limit.map(|limit| limit.to_string())).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Endpoint::get(route, &names).describe(action).requires_scope(needs).ability(&features::QUOTAS)
    }
}

/// One quota.
pub fn quota(id: QuotaId<'_>) -> Endpoint<QuotaJson> {
    let wanted = id.id;
    id.ask::<QuotaJson>(QUOTA, None, format!("read {id}")).identified(move |quota| quota.id == Some(wanted))
}

/// The limits of a quota.
pub fn limits(id: QuotaId<'_>) -> Endpoint<Vec<QuotaLimitJson>> {
    id.ask(LIMITS, None, format!("list the limits of {id}"))
}

/// One limit of a quota.
pub fn limit(id: QuotaId<'_>, limit: i64) -> Endpoint<QuotaLimitJson> {
    let action = format!("read limit {limit} of {id}");
    let wanted = id.id;
    match id.organization {
        Some(_) => id.ask::<QuotaLimitJson>(LIMIT, Some(limit), action).identified(move |found| found.id == limit),
        None => id
            .ask::<QuotaJson>(LIMIT, Some(limit), action)
            .identified(move |quota| quota.id == Some(wanted))
            .pick("there is no such limit", move |quota| quota.limits.into_iter().find(|found| found.id == limit)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::Answer;

    #[test]
    fn a_limit_of_the_own_user_is_found_in_its_quota() {
        let (own, acme) = (QuotaId { organization: None, id: 7 }, QuotaId { organization: Some("acme"), id: 7 });
        let quota = Answer::new(
            200,
            "application/json",
            r#"{"id":7,"limit_bytes":5,"limits":[{"id":2,"type":"Reject","limit_percent":90}]}"#,
        );
        assert_eq!(limit(own, 2).path().unwrap(), "user/quota/7/limit/2");
        assert_eq!(limit(own, 2).decode(&quota).unwrap().limit_percent, 90);
        assert!(limit(own, 3).decode(&quota).is_err());
        let one = Answer::new(200, "application/json", r#"{"id":2,"type":"Reject","limit_percent":90}"#);
        assert_eq!(limit(acme, 2).path().unwrap(), "organization/acme/quota/7/limit/2");
        assert_eq!(limit(acme, 2).decode(&one).unwrap().id, 2);
    }
}
