//! `quay_global_message`: notices that the web pages show to everybody.
//!
//! Endpoints: `messages`, `message/{uuid}`; see [`crate::api::messages`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Found, List, Model, Report, Resource, Result, check};

use crate::api::messages::{self, MessageJson, Messages, NewMessage};
use crate::client::Quay;
use crate::features;

/// Manages a global message: a notice that Quay's web pages show to everybody, for example of a maintenance.
///
/// Quay cannot change a message: every change replaces it.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS. Reading needs no scope: everybody sees
/// the messages.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_global_message", id = "{uuid}", identity(uuid), subcategory = "Messages")]
pub struct GlobalMessage {
    /// The text. A change replaces the message.
    #[attribute(required, requires_replace)]
    content: String,
    /// `text/plain` (the default) or `text/markdown`. A change replaces the message.
    #[attribute(optional, default = "text/plain", requires_replace, check = check::one_of(&["text/plain", "text/markdown"]))]
    media_type: String,
    /// How it is shown: `info` (the default), `warning` or `error`. A change replaces the message.
    #[attribute(optional, default = "info", requires_replace, check = check::one_of(&["info", "warning", "error"]))]
    severity: String,
    /// Id of the message.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
}

#[async_trait]
impl Resource for GlobalMessage {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let uuid = cx.send(messages::create(&plan.body())).await?;
        Ok(Self { uuid: Computed::from(uuid), ..plan })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = cx.read::<Messages>(state.uuid.get()?).await?;
        Ok(found.map(|found| Self::of(found.into_inner())))
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(messages::delete(state.uuid.get()?)).await?;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _plan: GlobalMessageView, report: &mut Report) {
        cx.expect(&features::SUPERUSERS, report).await;
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
        Self {
            content: json.content,
            media_type: json.media_type,
            severity: json.severity,
            uuid: Computed::from(json.uuid),
        }
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
