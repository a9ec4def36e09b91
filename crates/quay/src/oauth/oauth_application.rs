//! `quay_oauth_application`: OAuth applications of an organization.
//!
//! Endpoints: `organization/{organization}/applications...`; see [`crate::api::applications`].

use async_trait::async_trait;
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, Secret, changed, check,
};

use crate::api::applications::{self, ApplicationBody, ApplicationJson, ApplicationKey, Applications};
use crate::client::Quay;
use crate::names;
use crate::teams::team;

/// Manages an OAuth application of an organization: what a program uses Quay's API as, and what API tokens belong to.
///
/// Names are not unique: the `client_id`, which Quay gives, tells applications apart. The client secret is not stored in the state
/// unless `store_client_secret` is true; the ephemeral resource `quay_oauth_client_secret` gives it without storing it. An application
/// that is destroyed takes its tokens with it, also those that users gave it.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_oauth_application",
    id = "{organization}/{client_id}",
    identity(organization, client_id),
    subcategory = "OAuth applications"
)]
pub struct OauthApplication {
    /// Organization that the application belongs to. A change replaces the application.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Name that users see. Others may have the same.
    #[attribute(required, check = check::length(0, 255))]
    name: String,
    /// What the application is for; `""` by default.
    #[attribute(optional, default = "")]
    description: String,
    /// Address of the application's home page; `""` (the default) for none.
    #[attribute(optional, default = "", check = check::length(0, 255))]
    application_uri: String,
    /// What addresses must begin with to which users are sent back after they have allowed the application to act for them; `""` (the
    /// default) for none.
    #[attribute(optional, default = "", check = check::length(0, 255))]
    redirect_uri: String,
    /// E-mail address whose picture the application has; `""` (the default) for none.
    #[attribute(optional, default = "", check = check::length(0, 255))]
    avatar_email: String,
    /// Any text; changing it from one to another resets the client secret. The old one stops working at once.
    #[attribute(optional)]
    rotation: Option<String>,
    /// Keeps the client secret in the state: then `client_secret` is set. False by default.
    #[attribute(optional, default = false)]
    store_client_secret: bool,
    /// Names the application: a text that Quay gives.
    #[computed(use_state_for_unknown)]
    client_id: Computed<String>,
    /// What the application proves itself with; null unless `store_client_secret` is true.
    #[computed(sensitive, unknown_on_change_of("rotation", "store_client_secret"))]
    client_secret: Computed<Option<Secret>>,
    /// Goes up by one with each rotation by this resource: for `*_wo_version` arguments of what uses the secret.
    #[computed(unknown_on_change_of("rotation"))]
    client_secret_version: Computed<i64>,
}

#[async_trait]
impl Resource for OauthApplication {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let made = cx.send(applications::create(&plan.organization, &plan.body())).await;
        let made = made.map_err(|e| match e.is_not_found() {
            true => team::no_organization(&plan.organization),
            false => e.into(),
        })?;
        // The first version number is the time of the making, so that it also grows when an application is replaced.
        let mut application =
            Self { client_secret_version: Computed::from(jiff::Timestamp::now().as_second()), ..plan };
        application.take(made)?;
        Ok(application)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(found) = cx.read::<Applications>(&state.key()?).await? else { return Ok(None) };
        let mut application = state;
        if application.client_secret_version.known().is_none() {
            application.client_secret_version = Computed::from(1);
        }
        application.take(found.into_inner())?;
        Ok(Some(application))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let key = state.key()?;
        let version = *state.client_secret_version.get()?;
        let before = state.body();
        let mut application =
            Self { client_id: state.client_id.clone(), client_secret_version: Computed::from(version), ..plan };
        let mut view = None;
        if application.body() != before {
            view = Some(cx.send(applications::update(&key, &application.body())).await?);
        }
        if changed(&state.rotation, &application.rotation) {
            view = Some(cx.send(applications::reset_secret(&key)).await?);
            application.client_secret_version = Computed::from(version + 1);
        }
        let view = match view {
            Some(view) => view,
            None if application.store_client_secret && !state.store_client_secret => {
                cx.send(applications::get(&key)).await?
            }
            None => {
                let kept = state.client_secret.known().cloned().flatten().filter(|_| application.store_client_secret);
                application.client_secret = Computed::from(kept);
                return Ok(application);
            }
        };
        application.take(view)?;
        Ok(application)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(applications::delete(&state.key()?)).await?;
        Ok(())
    }

    fn validate(config: &OauthApplicationView, report: &mut Report) {
        names::doubt(report, "application_uri", &config.application_uri, &names::uri());
        names::doubt(report, "redirect_uri", &config.redirect_uri, &names::uri());
        names::doubt(report, "avatar_email", &config.avatar_email, &names::email());
    }

    fn plan(planning: &mut ModifyPlan<OauthApplicationView>) {
        if planning.replaces() || planning.destroys() {
            let detail = "What logs in with its client id is refused from then on, and all of its tokens stop working.";
            planning.report.warn_all("An OAuth application and its tokens will be gone", detail);
        }
    }
}

impl OauthApplication {
    fn key(&self) -> Result<ApplicationKey> {
        Ok(ApplicationKey { organization: self.organization.clone(), client_id: self.client_id.get()?.clone() })
    }

    fn body(&self) -> ApplicationBody {
        ApplicationBody {
            name: self.name.clone(),
            description: self.description.clone(),
            application_uri: self.application_uri.clone(),
            redirect_uri: self.redirect_uri.clone(),
            avatar_email: self.avatar_email.clone(),
        }
    }

    fn take(&mut self, json: ApplicationJson) -> Result<()> {
        let body = ApplicationBody::from(&json);
        self.name = body.name;
        self.description = body.description;
        self.application_uri = body.application_uri;
        self.redirect_uri = body.redirect_uri;
        self.avatar_email = body.avatar_email;
        self.client_secret = Computed::from(if self.store_client_secret { Some(secret_of(&json)?) } else { None });
        self.client_id = Computed::from(json.client_id);
        Ok(())
    }
}

/// The secret of an application: it must not become null in silence.
pub(super) fn secret_of(json: &ApplicationJson) -> Result<Secret> {
    json.client_secret.clone().filter(|secret| !secret.expose().is_empty()).ok_or_else(|| {
        let detail = "The server shows the application without its secret. Use a token of an administrator of the organization, with the \
                      scope org:admin.";
        Error::new(format!("The client secret of OAuth application {} is not shown", json.client_id), detail)
    })
}

#[async_trait]
impl List for OauthApplication {
    type Query = OauthApplicationQuery;

    async fn list(cx: &mut Context<Quay>, query: OauthApplicationQuery, found: &mut Found<Self>) -> Result<()> {
        for json in cx.list(applications::list(&query.organization)).await? {
            let mut application = Self {
                organization: query.organization.clone(),
                name: String::new(),
                description: String::new(),
                application_uri: String::new(),
                redirect_uri: String::new(),
                avatar_email: String::new(),
                rotation: None,
                store_client_secret: false,
                client_id: Computed::UNSET,
                client_secret: Computed::UNSET,
                client_secret_version: Computed::from(1),
            };
            application.take(json)?;
            if !found.push(&application).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the OAuth applications of an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_oauth_application")]
pub struct OauthApplicationQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}
