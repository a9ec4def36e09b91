//! What users do with their own accounts: signing up, leaving, becoming an organization, other logins, sessions, lost passwords.
//!
//! Observed, and from Quay's source: an OAuth token of the user suffices for all of it. Signing up and asking for an e-mail need no right at
//! all, but a token, without which Quay takes no request that writes. Where nobody may sign up the server fails (500). After a conversion Quay
//! tries to log the new owner in, and answers with 403 if that cannot log in, though the user is an organization then. Whether anybody has
//! an e-mail address is not told.

use registry_http::{Acknowledgement, Endpoint, Kind, Repetition, Seen};
use serde::Deserialize;
use serde_json::json;
use terraform_framework::Secret;

use super::namespaces::{self, same_name};
use super::organizations::Organizations;
use super::users::Users;
use crate::features;

const ADMIN: &str = "user:admin";

/// Who signs up.
#[derive(Clone)]
pub struct SigningUp<'a> {
    pub username: &'a str,
    pub password: &'a Secret,
    pub email: Option<&'a str>,
}

/// A user that has signed up.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SignedUpJson {
    /// The address has to be confirmed before anything else.
    #[serde(default)]
    pub awaiting_verification: bool,
    /// Of one that needs not wait, who is logged in by that.
    #[serde(default)]
    username: Option<String>,
}

/// Makes a user, with the password that it chose. That there is none of that name must be known.
pub fn sign_up(who: &SigningUp<'_>, mails: bool) -> Endpoint<SignedUpJson> {
    let mut body = json!({ "username": who.username, "password": who.password.expose() });
    if let Some(email) = who.email {
        body["email"] = json!(email);
    }
    let wanted = who.username.to_owned();
    Endpoint::<SignedUpJson>::post("user/", &[])
        .describe(format!("sign up user {}", who.username))
        .json(&body)
        .hiding(&who.password.expose().to_owned().into())
        .invalidates::<Users>("")
        .identified(move |made| match &made.username {
            Some(name) => same_name(name, &wanted),
            None => made.awaiting_verification,
        })
        .repetition(Repetition::confirmed(namespaces::user(who.username), move |_| {
            Seen::Ours(SignedUpJson { awaiting_verification: mails, username: None })
        }))
}

/// Deletes the token's own user, with all that its namespace holds.
pub fn leave(user: &str) -> Endpoint<()> {
    Endpoint::delete("user/", &[])
        .describe(format!("delete user {user}"))
        .requires_scope(ADMIN)
        .invalidates::<Users>("")
        .invalidates_all::<Organizations>()
        .no_content()
}

/// Makes the token's own user an organization that `owner` owns.
pub fn convert(user: &str, owner: &str, password: &Secret) -> Endpoint<()> {
    Endpoint::<()>::post("user/convert", &[])
        .describe(format!("make an organization of user {user}"))
        .json(&json!({ "adminUser": owner, "adminPassword": password.expose() }))
        .hiding(&password.expose().to_owned().into())
        .requires_scope(ADMIN)
        .ability(&features::CONVERSION)
        .invalidates::<Users>("")
        .invalidates_all::<Organizations>()
        .acknowledged(Acknowledgement::Object(&["success"]))
}

/// How the token's own user logs in.
#[derive(Debug, Clone, Deserialize)]
pub struct LoginsJson {
    pub username: String,
    /// Only for tokens that may see it.
    #[serde(default)]
    pub logins: Option<Vec<LoginJson>>,
    #[serde(default)]
    pub has_password_set: bool,
}

/// A login of another service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LoginJson {
    /// The id of the service in Quay's configuration, such as `github`.
    pub service: String,
}

/// The logins. With user:read alone Quay does not show them, which is an error here.
pub fn logins() -> Endpoint<LoginsJson> {
    let endpoint = Endpoint::<LoginsJson>::get("user/", &[])
        .describe("read how the token's own user logs in")
        .requires_scope(ADMIN);
    endpoint.check(|user, _| match user.logins.is_some() {
        true => Ok(()),
        false => Err((Kind::Forbidden, "the server shows the user without its logins".to_owned())),
    })
}

/// Takes the login of another service from the token's own user.
pub fn detach(service: &str) -> Endpoint<()> {
    Endpoint::<()>::post("detachexternal/{service}", &[service])
        .describe(format!("take the login of {service} from the token's own user"))
        .requires_scope(ADMIN)
        .ability(&features::EXTERNAL_LOGINS)
        .repetition(Repetition::IDEMPOTENT)
        .acknowledged(Acknowledgement::Object(&["success"]))
}

/// Ends all sessions of the web pages that the token's own user has.
pub fn sign_out() -> Endpoint<()> {
    Endpoint::<()>::post("signout", &[])
        .describe("log the token's own user out of the web pages")
        .repetition(Repetition::IDEMPOTENT)
        .acknowledged(Acknowledgement::Object(&["success"]))
}

/// Where an e-mail went.
#[derive(Debug, Clone, Deserialize)]
pub struct RecoveryJson {
    /// `sent`, also when nobody has the address; `org` when only an organization has it.
    pub status: String,
}

/// Sends whoever has the address the e-mail to choose a new password.
pub fn recover(email: &str) -> Endpoint<RecoveryJson> {
    Endpoint::post("recovery", &[])
        .describe(format!("send an e-mail to {email} to recover an account"))
        .json(&json!({ "email": email }))
        .ability(&features::RECOVERY_BY_ADDRESS)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::Answer;

    #[test]
    fn who_signs_up_is_logged_in_or_waits() {
        let password = Secret::from("hunter22");
        let erin = SigningUp { username: "erin", password: &password, email: None };
        let endpoint = sign_up(&erin, true);
        assert_eq!(endpoint.body().unwrap(), json!({ "username": "erin", "password": "hunter22" }));
        let read = |body: &str| endpoint.decode(&Answer::new(200, "application/json", body.to_owned())).unwrap();
        assert!(read(r#"{"awaiting_verification": true}"#).awaiting_verification);
        assert!(!read(r#"{"username": "erin", "anonymous": false}"#).awaiting_verification);
    }

    #[test]
    fn logins_that_are_not_shown_are_not_none() {
        let read = |body: &str| logins().decode(&Answer::new(200, "application/json", body.to_owned()));
        assert!(read(r#"{"username": "erin"}"#).is_err());
        let shown = read(
            r#"{"username": "erin", "logins": [{"service": "github", "metadata": {}}], "has_password_set": true}"#,
        );
        assert_eq!(shown.unwrap().logins.unwrap()[0].service, "github");
    }
}
