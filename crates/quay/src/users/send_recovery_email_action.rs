//! Action `quay_send_recovery_email`.
//!
//! Endpoints: `superusers/users/{user}/sendrecovery` and `recovery`; see [`crate::api::user`] and [`crate::api::account`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result};

use crate::api::{account, user};
use crate::client::Quay;
use crate::{features, names};

/// Sends a user an e-mail with which it can choose a new password. Its old password works until then.
///
/// By `username` it takes a superuser, and Quay tells where the e-mail went. By `email` anybody may ask for it, as on Quay's login page; Quay
/// does not tell then whether somebody has that address. To the address of an organization it sends who owns the organization.
///
/// Scope: `super:user`, of a superuser, for `username`; none for `email`. Needs FEATURE_MAILING.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_send_recovery_email", subcategory = "Users", exactly_one_of(username, email))]
pub struct SendRecoveryEmail {
    /// Name of the user.
    #[attribute(optional, check = names::user())]
    username: Option<String>,
    /// E-mail address of the user, in place of `username`.
    #[attribute(optional, check = names::address())]
    email: Option<String>,
}

#[async_trait]
impl Action for SendRecoveryEmail {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let said = match (&config.username, &config.email) {
            (Some(username), _) => {
                let sent = cx.send(user::send_recovery(username)).await?;
                format!("An e-mail for {username} went to {}.", sent.email)
            }
            (None, Some(email)) => {
                let sent = cx.send(account::recover(email)).await.map_err(explain)?;
                match sent.status.as_str() {
                    "org" => format!("{email} is the address of an organization: an e-mail tells there who owns it."),
                    _ => format!("An e-mail goes to {email}, if a user has this address."),
                }
            }
            (None, None) => return Err(Error::bug("neither a name nor an address was given")),
        };
        progress.say(said).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, config: SendRecoveryEmailView, report: &mut Report) {
        if !config.username.is_null() {
            cx.expect(&features::RECOVERY, report).await;
        } else {
            cx.expect(&features::RECOVERY_BY_ADDRESS, report).await;
        }
    }
}

fn explain(error: registry_http::Error) -> Error {
    let asks = error.message().is_some_and(|message| message.to_lowercase().contains("are you a bot"));
    let error = Error::from(error);
    match asks {
        true => error.with_hint(
            "This server asks a captcha of whoever wants such an e-mail (FEATURE_RECAPTCHA). A superuser can send it by `username`.",
        ),
        false => error,
    }
}
