//! Everybody's accounts, for superusers.
//!
//! Observed: creating answers 200 with a password that the server made up, whatever was sent; the answer to a change shows `enabled`
//! and `verified` as they were before; a changed address is not looked at, and counts as confirmed; superusers cannot be changed or
//! deleted (400); the name of a deleted user stays reserved until the server has collected its garbage. With FEATURE_MAILING an address
//! is required; without it the server makes up a text for a user that has none.

use registry_http::{Collection, Endpoint, Listing, Repetition, Seen};
use serde::{Deserialize, Serialize};
use terraform_framework::Secret;

use super::namespaces::same_name;
use super::quota_types::{QuotaJson, QuotaReportJson};
use super::scopes::SUPERUSER;
use crate::features;

/// A user as superusers see it.
#[derive(Debug, Clone, Deserialize)]
pub struct UserJson {
    pub username: String,
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the address was confirmed.
    #[serde(default)]
    pub verified: bool,
    /// Whether the user may log in.
    #[serde(default)]
    pub enabled: bool,
    #[serde(default)]
    pub super_user: bool,
    /// Absent on older servers.
    #[serde(default)]
    pub global_readonly_super_user: bool,
    /// None or one; absent where quotas are not managed, as is the report.
    #[serde(default)]
    pub quotas: Option<Vec<QuotaJson>>,
    #[serde(default)]
    pub quota_report: Option<QuotaReportJson>,
}

/// A new user.
#[derive(Debug, Clone, Serialize)]
pub struct NewUser {
    pub username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// What the server says of a user that it made: its password, this once.
#[derive(Clone, Deserialize)]
struct CreatedJson {
    username: String,
    password: String,
}

/// A change: what is left out stays as it is.
#[derive(Clone, Default, Serialize)]
pub struct UserChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    pub password: Option<Secret>,
}

fn exposed<S: serde::Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}

impl UserChange {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.email.is_none() && self.enabled.is_none() && self.password.is_none()
    }
}

/// All users of the registry.
pub struct Users;

impl Collection for Users {
    type Key = String;
    type Item = UserJson;
    const NAME: &'static str = "users";

    fn parent(_: &String) -> String {
        String::new()
    }

    fn name(name: &String) -> String {
        name.clone()
    }

    fn name_of(_: &str, user: &UserJson) -> Option<String> {
        Some(user.username.clone())
    }

    fn single(name: &String) -> Endpoint<UserJson> {
        get(name)
    }

    fn list(_: &String) -> Listing<UserJson> {
        list()
    }
}

/// One user.
pub fn get(name: &str) -> Endpoint<UserJson> {
    let wanted = name.to_owned();
    Endpoint::<UserJson>::get("superuser/users/{user}", &[name])
        .describe(format!("read user {name}"))
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .identified(move |found| same_name(&found.username, &wanted))
}

/// All users, also those who may not log in. Without a limit they come whole.
pub fn list() -> Listing<UserJson> {
    Listing::whole(listing())
}

/// Those users who may log in.
pub fn list_enabled() -> Listing<UserJson> {
    Listing::whole(listing().query("disabled", false))
}

fn listing() -> Endpoint<Vec<UserJson>> {
    let endpoint = Endpoint::get("superuser/users/", &[]).within("/users");
    endpoint.describe("list all users").requires_scope(SUPERUSER).ability(&features::SUPERUSERS)
}

/// Creates a user, and gives the password that the server made up; `None` when the answer that held it was lost.
pub fn create(body: &NewUser) -> Endpoint<Option<Secret>> {
    let (wanted, asked) = (body.clone(), body.username.clone());
    Endpoint::<CreatedJson>::post("superuser/users/", &[])
        .describe(format!("create user {}", body.username))
        .json(body)
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .invalidates::<Users>("")
        .identified(move |created| same_name(&created.username, &asked))
        .map(|created| Some(Secret::from(created.password)))
        .repetition(Repetition::confirmed(get(&body.username), move |found| {
            let same_address = wanted.email.is_none() || found.email == wanted.email;
            match same_address && found.enabled && !found.verified {
                true => Seen::Ours(None),
                false => Seen::other("it has another e-mail address, is disabled, or has confirmed its address"),
            }
        }))
}

/// Changes a user. What the answer shows is partly how it was before, so nothing of it is used.
pub fn update(name: &str, change: &UserChange) -> Endpoint<()> {
    let wanted = name.to_owned();
    let endpoint = Endpoint::<UserJson>::put("superuser/users/{user}", &[name])
        .describe(format!("change user {name}"))
        .json(change)
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .invalidates::<Users>("")
        .repetition(Repetition::IDEMPOTENT)
        .identified(move |found| same_name(&found.username, &wanted))
        .map(drop);
    match &change.password {
        Some(password) => endpoint.hiding(&password.expose().to_owned().into()),
        None => endpoint,
    }
}

/// Deletes a user with all that its namespace holds.
pub fn delete(name: &str) -> Endpoint<()> {
    Endpoint::delete("superuser/users/{user}", &[name])
        .describe(format!("delete user {name}"))
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .invalidates_everything()
        .no_content()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use registry_http::Answer;

    #[test]
    fn the_password_is_that_of_the_server() {
        let body = r#"{"username":"dave","email":null,"password":"GENERATED","encrypted_password":"x"}"#;
        let new = NewUser { username: "dave".to_owned(), email: None };
        let made = create(&new).decode(&Answer::new(200, "application/json", body)).unwrap();
        assert_eq!(made.unwrap().expose(), "GENERATED");
        assert_eq!(create(&new).body().unwrap(), json!({"username": "dave"}));
    }

    #[test]
    fn only_what_changes_is_sent() {
        let change = UserChange { enabled: Some(false), ..UserChange::default() };
        assert_eq!(update("dave", &change).body().unwrap(), json!({"enabled": false}));
        let change = UserChange { password: Some(Secret::from("hunter22")), ..UserChange::default() };
        assert_eq!(update("dave", &change).body().unwrap(), json!({"password": "hunter22"}));
    }
}
