//! The server itself: its version, what robots may be granted, the prefix of their names.

use registry_http::{Ability, Endpoint, Kind};
use serde::Deserialize;

/// What an answer of a route that is open to all has to have before it counts: a caller whom the server knows. Observed on Harbor 2.15.2:
/// there, a wrong password, or a robot that is disabled, is answered with 200 like a request without credentials.
pub const OPEN: Ability =
    Ability { what: "answer for somebody who is logged in", since: None, feature: None, route: "" };

/// What `GET /systeminfo` tells a caller who is known.
#[derive(Debug, Clone, Deserialize)]
pub struct InfoJson {
    /// `v2.15.2-5e1f0a7d`. Only callers who are known see it.
    #[serde(default)]
    pub harbor_version: Option<String>,
}

/// The server's version. Bad credentials do not fail here, they only show less.
pub fn info() -> Endpoint<InfoJson> {
    Endpoint::get("systeminfo", &[]).describe("read Harbor's version").check(|info: &InfoJson, _| {
        match &info.harbor_version {
            Some(_) => Ok(()),
            None => {
                let why = "the answer lacks the version, which only callers who are logged in see";
                Err((Kind::AnonymousView, why.to_owned()))
            }
        }
    })
}

/// One thing that a robot can be allowed to do.
#[derive(Debug, Clone, Deserialize)]
pub struct PairJson {
    #[serde(default)]
    pub resource: String,
    #[serde(default)]
    pub action: String,
}

/// What robots can be granted. The administrator of a project sees only its half.
#[derive(Debug, Clone, Deserialize)]
pub struct PermissionsJson {
    #[serde(default)]
    pub system: Option<Vec<PairJson>>,
    #[serde(default)]
    pub project: Option<Vec<PairJson>>,
}

const PERMISSIONS: Ability =
    Ability { what: "list of what robots can be granted", since: Some("2.10"), feature: None, route: "" };

/// What this server lets robots be granted. Not for robots.
pub fn permissions() -> Endpoint<PermissionsJson> {
    Endpoint::get("permissions", &[]).describe("read what robots can be granted").ability(&PERMISSIONS)
}

/// A user, as far as it is used here.
#[derive(Debug, Clone, Deserialize)]
pub struct UserJson {
    #[serde(default)]
    user_id: i64,
    #[serde(default)]
    username: String,
}

/// The caller, if it is a user; a robot is answered with 412, and whoever is not known with 401. Only an answer that names a user proves a
/// login: a page or an object of something in front of Harbor does not.
pub fn current_user() -> Endpoint<UserJson> {
    Endpoint::get("users/current", &[]).describe("read whose the credentials are").check(
        |user: &UserJson, _| match user.user_id > 0 || !user.username.is_empty() {
            true => Ok(()),
            false => Err((Kind::Undecodable, "the answer names no user".to_owned())),
        },
    )
}

/// A setting of the server.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SettingJson {
    #[serde(default)]
    pub value: Option<String>,
}

/// The part of the server's settings that is used here.
#[derive(Debug, Clone, Deserialize)]
pub struct ConfigurationJson {
    #[serde(default)]
    pub robot_name_prefix: Option<SettingJson>,
}

/// The server's settings. For system administrators only; never for robots.
pub fn configuration() -> Endpoint<ConfigurationJson> {
    Endpoint::get("configurations", &[])
        .describe("read Harbor's settings")
        .requires_scope("the rights of a system administrator")
}

#[cfg(test)]
mod tests {
    use super::current_user;
    use registry_http::Answer;

    #[test]
    fn only_a_user_is_whose_the_credentials_are() {
        let is_user = |body: &'static str| current_user().decode(&Answer::new(200, "application/json", body)).is_ok();
        assert!(is_user(r#"{"user_id": 4, "username": "alice"}"#) && is_user(r#"{"username": "alice"}"#));
        for other in [
            r#"{"message": "sign in"}"#,
            "{}",
            "[]",
            "null",
            "\"ok\"",
            "<html>",
            r#"{"username": ""}"#,
            r#"{"user_id": 0}"#,
        ] {
            assert!(!is_user(other), "{other}");
        }
    }
}
