//! Action `quay_delete_current_user`.
//!
//! Endpoint: `user/`; see [`crate::api::account`].

use async_trait::async_trait;
use registry_http::Kind;
use terraform_framework::{Action, Context, Error, Model, Progress, Result};

use super::own_account::{holds_nothing, is_own};
use crate::api::{account, namespaces};
use crate::client::Quay;
use crate::names;
use crate::organizations::reserved_names::says;

/// Deletes the token's own user, at once and for good: for a service that leaves, for one, and takes its account along. Superusers delete
/// other users with the resource `quay_user`.
///
/// The repositories and robot accounts of the user's own namespace are deleted with it, and its tokens end: the provider's own too, so nothing
/// else can be done with it after that. The user is not deleted while its namespace holds repositories, unless `force_destroy` is true;
/// nor while it is the only owner of an organization.
///
/// Scope: `user:admin`, and `user:read` to know whose token it is. Needs a server that keeps its users itself
/// (`AUTHENTICATION_TYPE: Database`).
#[derive(Debug, Clone, Model)]
#[model(type = "quay_delete_current_user", subcategory = "Users")]
pub struct DeleteCurrentUser {
    /// Name of the token's own user, as a confirmation: of anybody else's, nothing is done.
    #[attribute(required, check = names::user())]
    username: String,
    /// Deletes the user while its namespace holds repositories too: all of them are deleted with it, images included. False by default.
    #[attribute(optional)]
    force_destroy: Option<bool>,
}

#[async_trait]
impl Action for DeleteCurrentUser {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let name = &config.username;
        is_own(cx, name).await?;
        if config.force_destroy != Some(true) {
            holds_nothing(cx, name).await?;
        }
        match cx.send(account::leave(name)).await {
            Ok(()) => {}
            // An answer was lost, and the token ended with the user.
            Err(error)
                if error.kind() == Kind::Unauthenticated
                    && matches!(cx.find(namespaces::user(name)).await, Ok(None)) => {}
            Err(error) => return Err(explain(name, error)),
        }
        progress.say(format!("User {name} is deleted. The token that did it is of no use any more.")).await;
        Ok(())
    }
}

/// Says what Quay means by its refusal.
fn explain(name: &str, error: registry_http::Error) -> Error {
    if matches!(error.kind(), Kind::NotFound | Kind::Unsupported) {
        let detail = "This server does not keep its users itself (AUTHENTICATION_TYPE is not Database): delete them where it takes them from.";
        return Error::new(format!("User {name} cannot be deleted here"), detail);
    }
    let hint = match says(&error, "only admin") {
        true => "Make somebody else an owner of these organizations first, or delete them.",
        false => return error.into(),
    };
    Error::from(error).with_hint(hint)
}
