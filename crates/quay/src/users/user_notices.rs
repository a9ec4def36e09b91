//! All that Quay tells the token's own user.

use terraform_framework::{Context, Error, Result};

use crate::api::notices::{self, NoticeJson};
use crate::client::Quay;

/// How many are asked for first.
const FIRST: usize = 100;

/// All notices that were not put away, the newest first. They are asked for at once, since what stands between two of Quay's pages is on neither.
pub(crate) async fn all(cx: &Context<Quay>) -> Result<Vec<NoticeJson>> {
    let mut limit = FIRST;
    loop {
        let found = cx.send(notices::newest(limit)).await?;
        if !found.additional {
            return Ok(found.notifications);
        }
        if limit >= registry_service::MOST {
            return Err(registry_service::endless("the notices of the token's own user"));
        }
        limit = limit.saturating_mul(10).min(registry_service::MOST);
    }
}

/// There is none of this name.
pub(super) fn none(uuid: &str) -> Error {
    let detail = "The data source quay_user_notices shows those of the token's own user that were not dismissed. Another user's are not \
                  found, and Quay takes an invitation's away when it is accepted or declined.";
    Error::new(format!("There is no notice {uuid} of the token's own user"), detail).at("uuid")
}
