//! `quay_global_message`: notices that the web pages show to everybody.
//!
//! Endpoints: `messages`, `message/{uuid}`; see [`super::api::messages`].

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::api::messages::{self, MessageJson, Messages, NewMessage};
use super::{Quay, ability};
use crate::framework::{Context, Error, Found, List, Model, Out, Report, Resource, Result, check};
use crate::http::{self, Kind};

/// Manages a global message: a notice that Quay's web pages show to everybody, for example of a maintenance.
///
/// Quay cannot change a message: every change replaces it.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS. Reading needs no scope: everybody sees
/// the messages.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_global_message", id = "{uuid}", identity(uuid), area = "Messages")]
pub struct GlobalMessage {
    /// The text. A change replaces the message.
    #[arg(required, replace)]
    content: String,
    /// `text/plain` (the default) or `text/markdown`. A change replaces the message.
    #[arg(optional, default = "text/plain", replace, check = check::one_of(&["text/plain", "text/markdown"]))]
    media_type: String,
    /// How it is shown: `info` (the default), `warning` or `error`. A change replaces the message.
    #[arg(optional, default = "info", replace, check = check::one_of(&["info", "warning", "error"]))]
    severity: String,
    /// Id of the message.
    #[out(stable)]
    uuid: Out<String>,
}

#[async_trait]
impl Resource for GlobalMessage {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let new = plan.body();
        // Quay does not tell the id of a new message, so it is the one that was not there before; two at a time could not be told apart.
        let lock = cx.lock("global messages");
        let _alone = lock.lock().await;
        let before = known(cx).await?;
        let mut made = cx.send(messages::create(&new)).await;
        let mut uuid = find(cx, &new, &before).await;
        if lost(&made) && matches!(uuid, Ok(None)) {
            made = cx.send(messages::create(&new)).await;
            uuid = find(cx, &new, &before).await;
        }
        if let (Err(error), false) = (&made, lost(&made)) {
            let error = Error::from(error.clone());
            return Err(match uuid {
                Ok(Some(uuid)) => error
                    .with_hint(format!("There is a new message like it all the same, {uuid}: import or delete it.")),
                _ => error,
            });
        }
        match (uuid, made) {
            (Ok(Some(uuid)), _) => Ok(Self { uuid: Out::from(uuid), ..plan }),
            (Ok(None), Err(error)) => Err(error.into()),
            (Ok(None), Ok(())) => {
                let detail = "The server says that it made the message, but does not list it. Apply again.";
                Err(Error::new("The new global message is not listed", detail))
            }
            (Err(unclear), _) => Err(unclear),
        }
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = cx.read::<Messages>(state.uuid.get()?).await?;
        Ok(found.map(|found| Self::of(found.into_inner())))
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(messages::delete(state.uuid.get()?)).await?;
        Ok(())
    }

    async fn probe(cx: &mut Context<Quay>, _plan: GlobalMessageView, report: &mut Report) {
        cx.expect(&ability::SUPERUSERS, report).await;
    }
}

/// Whether the answer did not come, and the message may have been made.
fn lost(made: &http::Result<()>) -> bool {
    let is_lost = |error: &http::Error| {
        error.kind() == Kind::UnknownOutcome || (error.kind() == Kind::Unavailable && error.status() != Some(429))
    };
    made.as_ref().is_err_and(is_lost)
}

async fn known(cx: &Context<Quay>) -> Result<BTreeSet<String>> {
    Ok(cx.list(messages::list()).await?.into_iter().map(|message| message.uuid).collect())
}

/// The new message that is as `new`. A list may lag behind or fail, and what was made must not be lost: it is looked for a few times.
async fn find(cx: &Context<Quay>, new: &NewMessage, before: &BTreeSet<String>) -> Result<Option<String>> {
    let mut more = 2;
    loop {
        match cx.list(messages::list()).await {
            Ok(now) => {
                let found = only(now, new, before)?;
                if found.is_some() || more == 0 {
                    return Ok(found);
                }
            }
            Err(error) if more == 0 || cx.stop().is_cancelled() => {
                let hint = "The message may have been made: Quay tells its id only in this list. Look at `GET /api/v1/messages`, and import it \
                            with `terraform import`, or delete it, before you apply again.";
                return Err(Error::from(error).with_hint(hint));
            }
            Err(_) => {}
        }
        more -= 1;
        tokio::select! {
            () = tokio::time::sleep(cx.poll) => {}
            () = cx.stop().cancelled() => more = 0,
        }
    }
}

/// Takes the only message that was not there before and has the same content.
///
/// # Errors
/// When there are several: somebody else made an equal one at the same time.
fn only(now: Vec<MessageJson>, new: &NewMessage, before: &BTreeSet<String>) -> Result<Option<String>> {
    let mut found: Vec<String> =
        now.into_iter().filter(|m| !before.contains(&m.uuid) && new.is(m)).map(|m| m.uuid).collect();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => {
            let detail = format!(
                "Somebody made an equal message at the same time, and Quay does not tell which is whose: {}. Import one of them with \
                 `terraform import quay_global_message.NAME UUID` (with the resource's own address), and delete what is too many.",
                found.join(", ")
            );
            Err(Error::new("Several new global messages are equal", detail))
        }
    }
}

impl GlobalMessage {
    fn body(&self) -> NewMessage {
        NewMessage {
            content: self.content.clone(),
            media_type: self.media_type.clone(),
            severity: self.severity.clone(),
        }
    }

    fn of(json: MessageJson) -> Self {
        Self { content: json.content, media_type: json.media_type, severity: json.severity, uuid: Out::from(json.uuid) }
    }
}

#[async_trait]
impl List for GlobalMessage {
    type Query = GlobalMessageQuery;

    async fn list(cx: &mut Context<Quay>, _: GlobalMessageQuery, found: &mut Found<Self>) -> Result<()> {
        for json in cx.list(messages::list()).await? {
            if !found.push(&Self::of(json)).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the global messages of the registry.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_global_message")]
pub struct GlobalMessageQuery {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_and_equal_message_is_ours() {
        let message = |uuid: &str, content: &str| MessageJson {
            uuid: uuid.to_owned(),
            content: content.to_owned(),
            media_type: "text/plain".to_owned(),
            severity: "info".to_owned(),
        };
        let new = GlobalMessage::of(message("", "c")).body();
        let before = BTreeSet::from(["old".to_owned()]);
        let now = vec![message("old", "c"), message("other", "d"), message("ours", "c")];
        assert_eq!(only(now.clone(), &new, &before).unwrap().as_deref(), Some("ours"));
        assert_eq!(only(now[..2].to_vec(), &new, &before).unwrap(), None);
        let twice = [now, vec![message("theirs", "c")]].concat();
        assert!(only(twice, &new, &before).unwrap_err().detail().contains("ours, theirs"));
    }
}
