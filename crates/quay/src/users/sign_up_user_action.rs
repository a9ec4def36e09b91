//! Action `quay_sign_up_user`.
//!
//! Endpoint: `user/`; see [`crate::api::account`].

use async_trait::async_trait;
use registry_http::Kind;
use terraform_framework::{Action, Context, Diagnostic, Error, Model, Progress, Report, Result, Secret};

use super::own_account::closed;
use super::user::good_password;
use crate::api::account::{self, SigningUp};
use crate::client::Quay;
use crate::names;

/// Makes a user as people do it who sign up on Quay's web pages, with a password of their choice. It takes no superuser: whoever may use the
/// provider's token may do it, where the server lets people sign up. To manage users, there is the resource `quay_user`, for superusers.
///
/// Where the server sends mail (FEATURE_MAILING) the user gets an e-mail, and can log in when it has confirmed its address there.
///
/// Where an invitation's code or the answer to a captcha is asked for, it takes Quay's web pages.
///
/// It needs no scope. Needs FEATURE_USER_CREATION and FEATURE_DIRECT_LOGIN, on a server that keeps its users itself
/// (`AUTHENTICATION_TYPE: Database`).
#[derive(Debug, Clone, Model)]
#[model(type = "quay_sign_up_user", subcategory = "Users")]
pub struct SignUpUser {
    /// Name of the user: lower-case letters and digits, with single `.`, `_`, `-` between them. Nobody may have it.
    #[attribute(required, check = names::user())]
    username: String,
    /// Password to log in with: at least 8 characters, no white space.
    #[attribute(required, write_only, check = good_password())]
    password: Secret,
    /// E-mail address, which nobody else may have. Required where the server sends mail (FEATURE_MAILING).
    #[attribute(optional, check = names::address())]
    email: Option<String>,
}

#[async_trait]
impl Action for SignUpUser {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let name = &config.username;
        if let Some(why) = closed(cx).await {
            return Err(why);
        }
        if cx.is_user(name).await? {
            return Err(taken(name));
        }
        let mails = cx.has("MAILING").await;
        let who = SigningUp { username: name, password: &config.password, email: config.email.as_deref() };
        let made = cx.send(account::sign_up(&who, mails)).await.map_err(|error| explain(name, error))?;
        let then = match made.awaiting_verification {
            true => "It can log in when it has confirmed its e-mail address.",
            false => "It can log in.",
        };
        progress.say(format!("User {name} has signed up. {then}")).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, config: SignUpUserView, report: &mut Report) {
        if let Some(why) = closed(cx).await {
            report.push(Diagnostic::error(why.summary(), why.detail()));
        } else if config.email.is_null() && cx.has("MAILING").await {
            let detail =
                "This server sends mail (FEATURE_MAILING), and wants the e-mail address of everybody who signs up.";
            report.error("email", "Missing argument", detail);
        }
    }
}

fn taken(name: &str) -> Error {
    let detail = "Somebody has it already. Choose another name.";
    Error::new(format!("There is a user {name}"), detail).at("username")
}

/// Says what Quay means by its refusal.
fn explain(name: &str, error: registry_http::Error) -> Error {
    let says = |words: &str| error.message().is_some_and(|message| message.to_lowercase().contains(words));
    let (at, hint) = match error.kind() {
        Kind::NotFound | Kind::Unsupported => {
            let hint = "This server does not keep its users itself (AUTHENTICATION_TYPE is not Database): make them where it takes them from.";
            return Error::from(error).with_hint(hint);
        }
        _ if says("taken by an organization") => {
            ("username", "Users and organizations share their names. Choose another name.")
        }
        _ if says("username") || says("namespace") => ("username", "Choose another name."),
        _ if says("are you a bot") => {
            let hint = "This server asks a captcha of whoever signs up (FEATURE_RECAPTCHA). Have a superuser make the user, with quay_user.";
            return Error::from(error).with_hint(hint);
        }
        _ if says("email") => ("email", "Every user has an e-mail address of its own."),
        _ => return error.into(),
    };
    let conflict = error.kind() == Kind::Conflict;
    let error = Error::from(error).with_hint(hint).at(at);
    if conflict && at == "username" { taken(name) } else { error }
}
