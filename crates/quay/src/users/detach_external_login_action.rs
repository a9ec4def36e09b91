//! Action `quay_detach_external_login`.
//!
//! Endpoint: `detachexternal/{service}`; see [`crate::api::account`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result, check};

use crate::api::account::{self, LoginJson};
use crate::client::Quay;
use crate::features;

/// Separates the token's own user from its account at another service, such as GitHub or a company's OpenID Connect: it does not log in to Quay
/// with that any more.
///
/// It is refused when the user has no other login left, and no password: it could not log in any more.
///
/// Scope: `user:admin`. Needs FEATURE_DIRECT_LOGIN.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_detach_external_login", subcategory = "Users")]
pub struct DetachExternalLogin {
    /// Id of the service, as Quay's configuration has it: `github`, `google`, or the name before `_LOGIN_CONFIG` in lower-case letters.
    #[attribute(required, check = check::length(1, 255))]
    service: String,
}

#[async_trait]
impl Action for DetachExternalLogin {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let service = &config.service;
        let user = cx.send(account::logins()).await?;
        refuse(&user.username, service, &user.logins.unwrap_or_default(), user.has_password_set)?;
        cx.send(account::detach(service)).await?;
        progress.say(format!("{} does not log in with {service} any more.", user.username)).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: DetachExternalLoginView, report: &mut Report) {
        cx.expect(&features::EXTERNAL_LOGINS, report).await;
    }
}

/// Quay says the same of a login that is not there.
fn refuse(username: &str, service: &str, logins: &[LoginJson], has_password: bool) -> Result<()> {
    let (these, others): (Vec<_>, Vec<_>) = logins.iter().partition(|login| login.service == service);
    if these.is_empty() {
        let names: Vec<&str> = others.iter().map(|login| login.service.as_str()).collect();
        let detail = match names.is_empty() {
            true => "It has no login of another service at all.".to_owned(),
            false => format!("Its logins are: {}.", names.join(", ")),
        };
        return Err(Error::new(format!("User {username} has no login of {service}"), detail).at("service"));
    }
    if others.is_empty() && !has_password {
        let detail = "It has no other login, and no password: it could not log in any more. Choose a password on Quay's web pages first. Nothing \
                      was changed.";
        return Err(Error::new(format!("{service} is the only login of user {username}"), detail).at("service"));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_last_login_stays() {
        let login = |service: &str| LoginJson { service: service.to_owned() };
        let (github, both) = ([login("github")], [login("github"), login("google")]);
        assert!(refuse("erin", "github", &github, true).is_ok() && refuse("erin", "github", &both, false).is_ok());
        assert!(refuse("erin", "github", &github, false).unwrap_err().summary().contains("only login"));
        assert!(refuse("erin", "gitlab", &both, true).unwrap_err().detail().contains("github, google"));
    }
}
