//! What the actions about the token's own account share: whose it is, and whether the server lets people sign up.

use terraform_framework::{Context, Error, Result};

use crate::api::repositories;
use crate::client::Quay;

/// Refuses an account that is not the token's own.
pub(crate) async fn is_own(cx: &Quay, username: &str) -> Result<()> {
    let own = cx.authenticated_user().await?;
    if own == username {
        return Ok(());
    }
    let detail = format!(
        "The token belongs to {own}, and this is done to the token's own user alone. Nothing was changed. Use a token of {username}, or name \
         {own}."
    );
    Err(Error::new(format!("{username} is not the token's own user"), detail).at("username"))
}

/// Refuses an account whose namespace holds repositories.
pub(super) async fn holds_nothing(cx: &Context<Quay>, username: &str) -> Result<()> {
    let held = cx.list(repositories::list(username)).await?;
    if held.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> =
        held.iter().take(20).map(|found| format!("repository {username}/{}", found.name)).collect();
    let detail = format!(
        "The user {username} still has {} repositories:\n\n  {}\n\nDeleting the user would delete all of them, images included. Remove them \
         first, or set `force_destroy = true`.",
        held.len(),
        shown.join("\n  ")
    );
    Err(Error::new(format!("The namespace of user {username} is not empty"), detail))
}

/// Why nobody can sign up, as far as the server tells.
pub(super) async fn closed(cx: &Quay) -> Option<Error> {
    for feature in ["USER_CREATION", "DIRECT_LOGIN"] {
        if cx.lacks(feature).await {
            let detail = format!(
                "FEATURE_{feature} is off on this server. Ask its administrator to switch it on; or have a superuser make the user, with the \
                 resource quay_user."
            );
            return Some(Error::new("Nobody can sign up on this Quay", detail));
        }
    }
    None
}
