//! `quay_app_token`: app tokens of the token's own user.
//!
//! Endpoints: `user/apptoken...`; see [`crate::api::app_tokens`].

use async_trait::async_trait;
use registry_service::{dates, docker};
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, Secret, check,
};

use super::credentials::rotates;
use crate::api::app_tokens::{self, AppTokenJson, AppTokens};
use crate::client::Quay;
use crate::features;

/// Name under which programs log in with an app token.
pub(super) const USERNAME: &str = "$app";

/// Manages an app token: a password with which the token's own user logs in to the registry from a program, under the name `$app`.
///
/// The token is not stored in the state unless `store_token` is true. (The ephemeral resource `quay_app_token` makes one for the time
/// that Terraform runs.) Titles are not unique, and cannot be changed: another title replaces the token. A token of another user than the
/// provider's is an error, not a token that is gone. A token whose time is over is taken for gone: the next apply makes a new one.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_app_token", id = "{uuid}", identity(uuid), subcategory = "App tokens")]
pub struct AppToken {
    /// Title by which the user knows the token. A change replaces the token.
    #[attribute(required, requires_replace, check = check::length(0, 255))]
    title: String,
    /// Any text; changing it from one to another replaces the token.
    #[attribute(optional, requires_replace_if = rotates)]
    rotation: Option<String>,
    /// Keeps the token in the state: then `token` and `docker_config_json` are set. False by default.
    #[attribute(optional, default = false)]
    store_token: bool,
    /// Names the token.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
    /// The user whose token it is.
    #[computed(use_state_for_unknown)]
    user: Computed<String>,
    /// Name to log in with: always `$app`.
    #[computed(use_state_for_unknown)]
    username: Computed<String>,
    /// Password to log in with; null unless `store_token` is true.
    #[computed(sensitive, unknown_on_change_of("store_token"))]
    token: Computed<Option<Secret>>,
    /// Content of a Docker `config.json` with the login; null unless `store_token` is true.
    #[computed(sensitive, unknown_on_change_of("store_token"))]
    docker_config_json: Computed<Option<Secret>>,
    /// When it was made (RFC 3339).
    #[computed(use_state_for_unknown)]
    created: Computed<String>,
    /// When it ends (RFC 3339); null unless the server lets app tokens end (APP_SPECIFIC_TOKEN_EXPIRATION).
    #[computed(use_state_for_unknown)]
    expires_at: Computed<Option<String>>,
}

#[async_trait]
impl Resource for AppToken {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let user = cx.authenticated_user().await?;
        let made = cx.send(app_tokens::create(&plan.title)).await?;
        let mut token = Self { user: Computed::from(user), username: Computed::from(USERNAME), ..plan };
        token.take(&made);
        (token.token, token.docker_config_json) = (Computed::from(None), Computed::from(None));
        cx.save(&token);
        if token.store_token {
            let code = code_of(cx, made).await?;
            token.keep(cx, code);
        }
        Ok(token)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let user = cx.authenticated_user().await?;
        if let Some(owner) = state.user.known().filter(|owner| **owner != user) {
            let detail = format!(
                "The token that the provider uses is {user}'s, and Quay shows a user's app tokens to that user alone. Use a token of \
                 {owner}. Nothing was removed from the state."
            );
            return Err(Error::new(format!("App token {:?} belongs to user {owner}", state.title), detail));
        }
        let uuid = state.uuid.get()?.clone();
        let Some(found) = cx.read::<AppTokens>(&uuid).await? else { return Ok(None) };
        let mut token = Self { user: Computed::from(user), username: Computed::from(USERNAME), ..state };
        token.take(&found);
        if let Some(end) = token.over() {
            cx.warn(
                format!("The time of app token {:?} is over", token.title),
                format!("It ended at {end}. It is taken for gone, so that a new one is made."),
            );
            return Ok(None);
        }
        match (token.store_token, token.token.known()) {
            // It never changes, and lists do not show it.
            (true, Some(Some(_))) => {}
            (true, _) => {
                let code = code_of(cx, found.into_inner()).await?;
                token.keep(cx, code);
            }
            (false, _) => (token.token, token.docker_config_json) = (Computed::from(None), Computed::from(None)),
        }
        Ok(Some(token))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let mut token = Self { rotation: plan.rotation, store_token: plan.store_token, ..state };
        match (token.store_token, token.token.known()) {
            (true, Some(Some(_))) => {}
            (true, _) => {
                let found = cx.send(app_tokens::get(token.uuid.get()?)).await?;
                let code = code_of(cx, found).await?;
                token.keep(cx, code);
            }
            (false, _) => (token.token, token.docker_config_json) = (Computed::from(None), Computed::from(None)),
        }
        Ok(token)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(app_tokens::revoke(state.uuid.get()?)).await?;
        Ok(())
    }

    fn plan(planning: &mut ModifyPlan<AppTokenView>) {
        if planning.replaces() || planning.destroys() {
            let detail = "What logs in with it is refused from then on.";
            planning.report.warn_all("An app token will stop working", detail);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _: AppTokenView, report: &mut Report) {
        cx.expect(&features::APP_TOKENS, report).await;
    }
}

impl AppToken {
    fn take(&mut self, json: &AppTokenJson) {
        let date = |text: &String| dates::rfc3339(text).unwrap_or_else(|| text.clone());
        self.title.clone_from(&json.title);
        self.uuid = Computed::from(json.uuid.clone());
        self.created = Computed::from(json.created.as_ref().map(date).unwrap_or_default());
        self.expires_at = Computed::from(json.expiration.as_ref().map(date));
    }

    /// When it ended. Quay deletes those that have ended some time later.
    fn over(&self) -> Option<&String> {
        self.expires_at.known().and_then(Option::as_ref).filter(|end| dates::is_over(end))
    }

    fn keep(&mut self, cx: &Context<Quay>, code: Secret) {
        let config = docker::config_json(&docker::host(cx.url()), USERNAME, &code);
        (self.token, self.docker_config_json) = (Computed::from(Some(code)), Computed::from(Some(config)));
    }
}

/// The password of a token. A list does not show it, and so neither does what was found after a lost answer.
pub(super) async fn code_of(cx: &Context<Quay>, json: AppTokenJson) -> Result<Secret> {
    let shown = |json: AppTokenJson| json.token_code.filter(|code| !code.expose().is_empty());
    let uuid = json.uuid.clone();
    if let Some(code) = shown(json) {
        return Ok(code);
    }
    shown(cx.send(app_tokens::get(&uuid)).await?).ok_or_else(|| {
        let detail = "The server shows the app token without its password. Use a token with the scope user:admin.";
        Error::new(format!("The password of app token {uuid} is not shown"), detail)
    })
}

#[async_trait]
impl List for AppToken {
    type Query = AppTokenQuery;

    async fn list(cx: &mut Context<Quay>, _: AppTokenQuery, found: &mut Found<Self>) -> Result<()> {
        let user = cx.authenticated_user().await?;
        for json in cx.list(app_tokens::list()).await? {
            let mut token = Self {
                title: String::new(),
                rotation: None,
                store_token: false,
                uuid: Computed::UNSET,
                user: Computed::from(user.clone()),
                username: Computed::from(USERNAME),
                token: Computed::from(None),
                docker_config_json: Computed::from(None),
                created: Computed::UNSET,
                expires_at: Computed::UNSET,
            };
            token.take(&json);
            if token.over().is_none() && !found.push(&token).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the app tokens of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_app_token")]
pub struct AppTokenQuery {}
