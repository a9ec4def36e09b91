//! `quay_oauth_application_token`: API tokens of OAuth applications.
//!
//! Endpoints: `organization/{organization}/applications/{client_id}/tokens...`; see [`crate::api::application_tokens`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use registry_http::Kind;
use registry_service::dates;
use terraform_framework::schema::Modify;
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, Secret, check,
};

use super::credentials::rotates;
use crate::api::application_tokens::{
    self, ApplicationTokenJson, ApplicationTokenKey, ApplicationTokens, FURTHER, NewApplicationToken,
};
use crate::api::applications::{self, ApplicationKey};
use crate::client::Quay;
use crate::{features, names};

/// The scopes of Quay's API.
pub(super) const SCOPES: &[&str] =
    &["org:admin", "repo:admin", "repo:create", "repo:read", "repo:write", "super:user", "user:admin", "user:read"];
/// Seconds of ten years: as long as a token lives, by default and at most.
pub(super) const LONGEST: i64 = 315_576_000;
/// Seconds between the two clocks that a server reads when it makes a token.
const APART: i64 = 60;
/// Notes, in private data, that the lifetime was not asked for here but worked out from the times that the server shows.
const WORKED_OUT: &str = "lifetime_worked_out";

/// Manages an API token of an OAuth application: it acts for the user whose token the provider has, as far as its scopes go.
///
/// Quay shows a token once, when it is made. So it is of use only with `store_token = true`, which keeps it in the state; where that is
/// not wanted, take the ephemeral resource `quay_oauth_application_token`. Nothing of a token can be changed: changes replace it. With
/// `create_before_destroy`, the old token works until the new one has arrived everywhere. A token whose time is over is taken for gone:
/// the next apply makes a new one.
///
/// Scopes: `org:admin`, and every scope that the new token is to have: Quay lets no token give more than it may do itself.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_oauth_application_token",
    id = "{organization}/{client_id}/{uuid}",
    identity(organization, client_id, uuid),
    subcategory = "OAuth applications"
)]
pub struct OauthApplicationToken {
    /// Organization that the application belongs to.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Client id of the application.
    #[attribute(required, requires_replace, check = check::length(1, 255))]
    client_id: String,
    /// Name by which people know the token. Others may have the same.
    #[attribute(required, requires_replace, check = names::trimmed(), check = check::length(1, 255))]
    name: String,
    /// What the token may do: `repo:read`, `repo:write`, `repo:admin`, `repo:create`, `user:read`, `user:admin`, `org:admin`,
    /// `super:user`.
    #[attribute(required, requires_replace, check = check::count(1, 8), check = check::each(check::one_of(SCOPES)))]
    scopes: BTreeSet<String>,
    /// How long the token lives, in seconds. By default, and at most, 315576000: ten years.
    #[attribute(optional, computed, use_state_for_unknown, requires_replace, check = check::between(1, LONGEST), semantic_equals = is_worked_out)]
    expiration_s: Computed<i64>,
    /// Any text; changing it from one to another replaces the token.
    #[attribute(optional, requires_replace_if = rotates)]
    rotation: Option<String>,
    /// Keeps the token in the state: then `token` is set. False by default. Quay does not show a token again, so this counts from the
    /// making of the token on: for one that was imported, or made without it, `token` stays null until another one is made.
    #[attribute(optional, default = false)]
    store_token: bool,
    /// Names the token.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
    /// The token itself; null unless `store_token` was true when it was made.
    #[computed(sensitive, unknown_on_change_of("store_token"))]
    token: Computed<Option<Secret>>,
    /// When it was made (RFC 3339).
    #[computed(use_state_for_unknown)]
    created: Computed<String>,
    /// When it ends (RFC 3339).
    #[computed(use_state_for_unknown)]
    expires_at: Computed<String>,
    /// The user for whom it acts.
    #[computed(use_state_for_unknown)]
    created_by: Computed<String>,
}

#[async_trait]
impl Resource for OauthApplicationToken {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let (key, body) = (plan.application(), plan.body());
        let mut token = plan;
        for _ in 0..ATTEMPTS {
            let made = cx.send(application_tokens::create(&key, &body)).await.map_err(|e| explain(&key, &body, e))?;
            token.take(&made);
            if made.token.is_some() || !token.store_token {
                token.token = Computed::from(made.token.filter(|_| token.store_token));
                return Ok(token);
            }
            // The answer that held it was lost: nobody knows it.
            token.token = Computed::from(None);
            cx.save(&token);
            cx.delete(application_tokens::delete(&token.key()?)).await?;
        }
        cx.forget();
        Err(lost(&key, &body))
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(found) = find(cx, &state.key()?).await? else { return Ok(None) };
        let mut token = state;
        if token.expiration_s.known().is_none() {
            cx.private_mut().set(WORKED_OUT, true)?;
        }
        token.take(&found);
        if token.token.known().is_none() {
            // An imported one: nobody can know it any more.
            token.token = Computed::from(None);
        }
        if token.expires_at.known().is_some_and(|end| dates::is_over(end)) {
            cx.warn(
                format!("The time of token {:?} is over", token.name),
                format!("It ended at {}. It is taken for gone, so that a new one is made.", token.expires_at.get()?),
            );
            return Ok(None);
        }
        Ok(Some(token))
    }

    async fn update(_: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let kept = state.token.known().cloned().flatten().filter(|_| plan.store_token);
        Ok(Self { rotation: plan.rotation, store_token: plan.store_token, token: Computed::from(kept), ..state })
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(application_tokens::delete(&state.key()?)).await?;
        Ok(())
    }

    fn plan(planning: &mut ModifyPlan<OauthApplicationTokenView>) {
        let Some(plan) = &planning.plan else { return };
        let stored = plan.store_token.known() == Some(&true);
        let unknown = |state: &OauthApplicationTokenView| state.token.is_null();
        if planning.updates() && stored && planning.state.as_ref().is_some_and(unknown) {
            let detail = "Quay does not show a token again, so `token` stays null. To have one that is known, let Terraform make another \
                          one: terraform apply -replace=ADDRESS.";
            planning.report.warn("store_token", "Nobody knows this token", detail);
        }
        if planning.creates() && !stored {
            let detail = "Quay shows a token once, when it is made, and without `store_token = true` it is kept nowhere. To use a token \
                          without storing it, take the ephemeral resource quay_oauth_application_token.";
            planning.report.warn("store_token", "Nobody will know this token", detail);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _: OauthApplicationTokenView, report: &mut Report) {
        cx.expect(&features::APPLICATION_TOKENS, report).await;
    }
}

impl OauthApplicationToken {
    fn listed(key: &ApplicationKey, json: &ApplicationTokenJson) -> Self {
        let mut token = Self {
            organization: key.organization.clone(),
            client_id: key.client_id.clone(),
            name: String::new(),
            scopes: BTreeSet::new(),
            expiration_s: Computed::UNSET,
            rotation: None,
            store_token: false,
            uuid: Computed::UNSET,
            token: Computed::from(None),
            created: Computed::UNSET,
            expires_at: Computed::UNSET,
            created_by: Computed::UNSET,
        };
        token.take(json);
        token
    }

    fn application(&self) -> ApplicationKey {
        ApplicationKey { organization: self.organization.clone(), client_id: self.client_id.clone() }
    }

    fn key(&self) -> Result<ApplicationTokenKey> {
        Ok(ApplicationTokenKey { application: self.application(), uuid: self.uuid.get()?.clone() })
    }

    fn body(&self) -> NewApplicationToken {
        NewApplicationToken {
            name: self.name.clone(),
            scope: scope_of(&self.scopes),
            expiration: self.expiration_s.known().copied(),
        }
    }

    fn take(&mut self, json: &ApplicationTokenJson) {
        self.name = json.name.clone().unwrap_or_default();
        self.scopes = json.scopes().map(str::to_owned).collect();
        self.expiration_s = Computed::from(lifetime(json, self.expiration_s.known().copied()));
        self.uuid = Computed::from(json.uuid.clone());
        let date = |text: &Option<String>| text.as_deref().map(|t| dates::rfc3339(t).unwrap_or_else(|| t.to_owned()));
        self.created = Computed::from(date(&json.created).unwrap_or_default());
        self.expires_at = Computed::from(date(&json.expires_at).unwrap_or_default());
        self.created_by = Computed::from(json.created_by.clone().unwrap_or_default());
    }
}

/// Tokens that are made because the answer to the one before was lost.
const ATTEMPTS: usize = 3;

/// Scopes as Quay stores them.
fn scope_of(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Of an imported token: it may have been asked for a little more than the server's two clocks show.
fn is_worked_out(modify: &Modify<'_>) -> bool {
    match (modify.plan.as_i64(), modify.state.as_i64()) {
        (Some(wanted), Some(shown)) => {
            modify.private.get(WORKED_OUT).is_some() && (0..APART).contains(&(wanted - shown))
        }
        _ => false,
    }
}

/// Seconds from the making of a token to its end: what was asked for, if that fits. Quay reads the clock twice, a moment apart.
fn lifetime(json: &ApplicationTokenJson, asked: Option<i64>) -> i64 {
    let time = |text: &Option<String>| text.as_deref()?.parse::<Timestamp>().ok();
    let (Some(from), Some(to)) = (time(&json.created), time(&json.expires_at)) else { return asked.unwrap_or(LONGEST) };
    let seconds = to.duration_since(from).as_secs_f64().ceil();
    #[allow(clippy::cast_possible_truncation, reason = "at most ten years")]
    let seconds = seconds as i64;
    asked.filter(|asked| (0..APART).contains(&(asked - seconds))).unwrap_or(seconds)
}

/// A token by its UUID.
async fn find(cx: &Context<Quay>, key: &ApplicationTokenKey) -> registry_http::Result<Option<ApplicationTokenJson>> {
    match cx.read::<ApplicationTokens>(key).await {
        Err(error) if error.message() == Some(FURTHER) => {
            match cx.list(application_tokens::list(&key.application)).await {
                Ok(all) => Ok(all.into_iter().find(|token| token.uuid == key.uuid)),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        }
        read => Ok(read?.map(registry_http::Found::into_inner)),
    }
}

/// Makes a token, and gives it with its secret. One whose answer was lost is revoked, and another one made.
pub(super) async fn make(
    cx: &Context<Quay>,
    key: &ApplicationKey,
    name: &str,
    scopes: &BTreeSet<String>,
    seconds: i64,
) -> Result<(ApplicationTokenJson, Secret)> {
    let body = NewApplicationToken { name: name.to_owned(), scope: scope_of(scopes), expiration: Some(seconds) };
    for _ in 0..ATTEMPTS {
        let mut made = cx.send(application_tokens::create(key, &body)).await.map_err(|e| explain(key, &body, e))?;
        if let Some(secret) = made.token.take() {
            return Ok((made, secret));
        }
        let unknown = ApplicationTokenKey { application: key.clone(), uuid: made.uuid };
        cx.delete(application_tokens::delete(&unknown)).await?;
    }
    Err(lost(key, &body))
}

fn lost(key: &ApplicationKey, body: &NewApplicationToken) -> Error {
    let detail = format!(
        "POST /api/v1/organization/{}/applications/{}/tokens got no answer {ATTEMPTS} times. Each time the token had been made, and was \
         revoked again, because nobody could know it.\n\nWhat to do: try again when the connection to the server is better.",
        key.organization, key.client_id
    );
    Error::new(format!("Cannot create token {:?} of OAuth application {key}: its answer was lost", body.name), detail)
}

/// Says what a refusal means.
fn explain(key: &ApplicationKey, body: &NewApplicationToken, error: registry_http::Error) -> Error {
    let says = |text: &str| error.message().is_some_and(|message| message.contains(text));
    let hint = match error.kind() {
        Kind::NotFound => format!(
            "There is no OAuth application {key}. Refer to the `client_id` of a quay_oauth_application here, so that Terraform keeps the \
             order."
        ),
        Kind::Forbidden => format!(
            "Quay lets no token give more than it may do itself. Asked for was {:?}: the provider's own token must have each of these \
             scopes, its user must be an administrator of organization {}, and for super:user a superuser.",
            body.scope, key.organization
        ),
        Kind::Rejected if says("Token limit reached") => {
            "Destroy tokens of the application that nobody needs, or use another application.".to_owned()
        }
        _ => return error.into(),
    };
    Error::from(error).with_hint(hint)
}

#[async_trait]
impl List for OauthApplicationToken {
    type Query = OauthApplicationTokenQuery;

    async fn list(cx: &mut Context<Quay>, query: OauthApplicationTokenQuery, found: &mut Found<Self>) -> Result<()> {
        let clients = match query.client_id {
            Some(client_id) => vec![client_id],
            None => {
                let all = cx.list(applications::list(&query.organization)).await?;
                all.into_iter().map(|application| application.client_id).collect()
            }
        };
        for client_id in clients {
            let key = ApplicationKey { organization: query.organization.clone(), client_id };
            // Those without a name were made in another way (by a login in the browser), and could not be made here.
            let named = cx.list(application_tokens::list(&key)).await?.into_iter().filter(|json| json.name.is_some());
            for json in named {
                if !found.push(&Self::listed(&key, &json)).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Finds the tokens of one OAuth application, or of all in an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_oauth_application_token")]
pub struct OauthApplicationTokenQuery {
    /// Organization that the application belongs to.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Client id of the application; left out, the tokens of all applications of the organization are found.
    #[attribute(optional, check = check::length(1, 255))]
    client_id: Option<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_between_two_clocks_is_no_drift() {
        let json = |expires_at: &str| -> ApplicationTokenJson {
            let json = serde_json::json!({"uuid": "u", "scope": "repo:read", "created": "2026-11-20T14:21:35.085399Z",
                "expires_at": expires_at});
            serde_json::from_value(json).unwrap()
        };
        let minute = json("2026-11-20T14:22:34.865871Z");
        assert_eq!((lifetime(&minute, None), lifetime(&minute, Some(60)), lifetime(&minute, Some(65))), (60, 60, 65));
        assert_eq!(lifetime(&minute, Some(3600)), 60);
        assert_eq!(lifetime(&json("2036-11-20T02:21:34.9Z"), None), LONGEST);
    }
}
