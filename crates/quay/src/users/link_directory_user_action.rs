//! Action `quay_link_directory_user`.
//!
//! Endpoint: `entities/link/{username}`; see [`crate::api::search`].

use async_trait::async_trait;
use registry_http::Kind;
use terraform_framework::{Action, Context, Error, Model, Progress, Result};

use crate::api::search;
use crate::client::Quay;
use crate::names;

/// Makes a user of the server's directory (LDAP, for one) known to Quay before the first login, so that it can be given permissions and
/// put into teams.
///
/// A user who is known already stays as it is. The data source `quay_entities` finds those who are not known yet, as `external`.
///
/// Any token will do: it needs no scope.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_link_directory_user", subcategory = "Users")]
pub struct LinkDirectoryUser {
    /// Name of the user in the directory, as the directory has it (with LDAP, the e-mail address will do). Quay makes a name of its own of it
    /// where it takes no such names: of `Alice.Smith` it makes `alice_smith`.
    #[attribute(required, check = names::of_directory())]
    username: String,
}

#[async_trait]
impl Action for LinkDirectoryUser {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let found = cx.send(search::link(&config.username)).await.map_err(|error| {
            if !matches!(error.kind(), Kind::NotFound | Kind::Unsupported) {
                return Error::from(error);
            }
            let detail = "Its users are in its own database (AUTHENTICATION_TYPE: Database), or with a service that it cannot ask for users. \
                          Users of such a server become known when they sign up or log in; see also the resource quay_user.";
            Error::new("This Quay has no directory to take users from", detail)
        })?;
        progress.say(format!("User {} of the directory is known to Quay as {}.", config.username, found.name)).await;
        Ok(())
    }
}
