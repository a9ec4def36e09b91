//! `quay_user_settings`: what the token's own user has set for itself and its namespace.
//!
//! Endpoint: `user/`; see [`crate::api::user`].

use async_trait::async_trait;
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Model, Number, Report, Resource, Result, check};

use crate::api::user::{self, Settings, SettingsJson};
use crate::client::Quay;
use crate::names;

/// Manages the settings of the token's own user: its profile, its invoices, and how long deleted tags can be brought back in its
/// repositories.
///
/// They are always there: creating this resource sets them as configured, unless the profile or the invoices are set to something else by
/// then (import it, and look at the next plan). Destroying it clears the profile and the invoices, and leaves
/// the tag expiration as it is. Profiles (`given_name`, `family_name`, `company`, `location`) need FEATURE_USER_METADATA on the server, which
/// is off by default. The name, e-mail address and password of the account are not managed by it: `quay_user` does that, for
/// superusers.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_settings", id = "{user}", identity(user), subcategory = "Users")]
pub struct UserSettings {
    /// Name of the token's own user; another user's settings are out of reach. A change replaces the resource.
    #[attribute(required, requires_replace, check = names::user())]
    user: String,
    /// Given name; `""` (the default) for none.
    #[attribute(optional, default = "", check = check::length(0, 255))]
    given_name: String,
    /// Family name; `""` (the default) for none.
    #[attribute(optional, default = "", check = check::length(0, 255))]
    family_name: String,
    /// Company; `""` (the default) for none.
    #[attribute(optional, default = "", check = check::length(0, 255))]
    company: String,
    /// Location; `""` (the default) for none.
    #[attribute(optional, default = "", check = check::length(0, 255))]
    location: String,
    /// Whether invoices are sent by e-mail; false by default. Of use on quay.io.
    #[attribute(optional, default = false)]
    invoice_email: bool,
    /// Where invoices are sent; `""` (the default) for the address of the account.
    #[attribute(optional, default = "", check = names::email())]
    invoice_email_address: String,
    /// How long deleted and overwritten tags can be brought back, in seconds. One of those that the server offers in
    /// TAG_EXPIRATION_OPTIONS, usually 0, 86400, 604800, 1209600 and 2419200. By default, and when it is taken out of the configuration,
    /// it stays as it is.
    #[attribute(optional, computed, use_state_for_unknown, check = check::between(0, 1 << 31))]
    tag_expiration_s: Computed<i64>,
}

#[async_trait]
impl Resource for UserSettings {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let found = cx.send(user::settings()).await?;
        require_own(&plan.user, &found)?;
        plan.refuse_others(&found)?;
        // They are there already, whatever becomes of the change.
        cx.save(&plan);
        plan.send(cx, &found).await
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = cx.send(user::settings()).await?;
        require_own(&state.user, &found)?;
        Ok(Some(state.with(found)))
    }

    async fn update(cx: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        let found = cx.send(user::settings()).await?;
        require_own(&plan.user, &found)?;
        plan.send(cx, &found).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let found = cx.send(user::settings()).await?;
        require_own(&state.user, &found)?;
        cx.send(user::change(&found.username, &Settings::default())).await.map(drop).map_err(Into::into)
    }

    /// Names what the server would ignore, as far as it is something else now.
    async fn preflight(cx: &mut Context<Quay>, plan: UserSettingsView, report: &mut Report) {
        let texts = [&plan.given_name, &plan.family_name, &plan.company, &plan.location];
        let wanted = texts.map(|text| text.known().map(String::as_str));
        let expiration = plan.tag_expiration_s.known().and_then(Number::as_i64);
        let no_profile = cx.lacks("USER_METADATA").await;
        let no_expiration = expiration.is_some() && cx.lacks("CHANGE_TAG_EXPIRATION").await;
        if !no_profile && !no_expiration {
            return;
        }
        let Ok(found) = cx.send(user::settings()).await else { return };
        for (name, text) in others(wanted, &found).into_iter().filter(|_| no_profile) {
            report.error(name, "Not offered by this server", profile_is_ignored(name, text));
        }
        if no_expiration && found.tag_expiration_s != expiration {
            let why = "This Quay does not let tag expirations be changed, and would ignore this one: FEATURE_CHANGE_TAG_EXPIRATION is off. \
                       Leave `tag_expiration_s` out.";
            report.error("tag_expiration_s", "Not offered by this server", why);
        }
    }
}

const PROFILE: [&str; 4] = ["given_name", "family_name", "company", "location"];

/// The fields of a profile that the server has otherwise than wanted, with what is wanted; `None` is not known yet.
fn others<'a>(wanted: [Option<&'a str>; 4], found: &SettingsJson) -> Vec<(&'static str, &'a str)> {
    let present = [&found.given_name, &found.family_name, &found.company, &found.location];
    let present = present.map(|text| text.as_deref().unwrap_or_default());
    let fields = PROFILE.into_iter().zip(wanted).zip(present);
    fields.filter_map(|((name, new), old)| new.filter(|new| *new != old).map(|new| (name, new))).collect()
}

fn profile_is_ignored(name: &str, wanted: &str) -> String {
    let remedy = match wanted {
        "" => format!("Set `{name}` to what it is on the server"),
        _ => format!("Leave `{name}` as it is on the server"),
    };
    format!(
        "This Quay lets no profiles of users be changed, and ignores this: FEATURE_USER_METADATA is off. {remedy}, or ask the server's \
         administrator to switch it on."
    )
}

impl UserSettings {
    /// Sends the settings of the user that was `found`.
    async fn send(self, cx: &Context<Quay>, found: &SettingsJson) -> Result<Self> {
        let view = cx.send(user::change(&found.username, &self.settings())).await?;
        let texts =
            [&self.given_name, &self.family_name, &self.company, &self.location].map(|text| Some(text.as_str()));
        if let Some((name, text)) = others(texts, &view).first() {
            return Err(Error::new(format!("`{name}` was not changed"), profile_is_ignored(name, text)).at(*name));
        }
        let wanted = self.tag_expiration_s.known().copied();
        let settings = self.with(view);
        match wanted {
            Some(wanted) if settings.tag_expiration_s.known() != Some(&wanted) => Err(ignored(wanted)),
            _ => Ok(settings),
        }
    }

    /// Creating must not overwrite what somebody has set: nobody has seen that in a plan.
    fn refuse_others(&self, found: &SettingsJson) -> Result<()> {
        let pairs = [
            (&found.given_name, &self.given_name),
            (&found.family_name, &self.family_name),
            (&found.company, &self.company),
            (&found.location, &self.location),
            (&found.invoice_email_address, &self.invoice_email_address),
        ];
        let other = |found: &Option<String>, own: &String| found.as_ref().is_some_and(|f| !f.is_empty() && f != own);
        if !pairs.into_iter().any(|(found, own)| other(found, own)) && (!found.invoice_email || self.invoice_email) {
            return Ok(());
        }
        Err(exists_already("quay_user_settings", &format!("other settings of user {}", self.user), &self.user))
    }

    fn settings(&self) -> Settings {
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Settings {
            given_name: text(&self.given_name),
            family_name: text(&self.family_name),
            company: text(&self.company),
            location: text(&self.location),
            invoice_email: self.invoice_email,
            invoice_email_address: text(&self.invoice_email_address),
            tag_expiration_s: self.tag_expiration_s.known().copied(),
        }
    }

    fn with(self, found: SettingsJson) -> Self {
        Self {
            given_name: found.given_name.unwrap_or_default(),
            family_name: found.family_name.unwrap_or_default(),
            company: found.company.unwrap_or_default(),
            location: found.location.unwrap_or_default(),
            invoice_email: found.invoice_email,
            invoice_email_address: found.invoice_email_address.unwrap_or_default(),
            tag_expiration_s: found.tag_expiration_s.map_or(Computed::UNSET, Computed::from),
            ..self
        }
    }
}

/// Another user's settings are out of reach, which is not the same as gone.
fn require_own(wanted: &str, found: &SettingsJson) -> Result<()> {
    if found.username == wanted {
        return Ok(());
    }
    let detail = format!(
        "The token belongs to {:?}, and Quay has no way to the settings of other users. Set `user` to that name, or use a token of \
         {wanted:?}.",
        found.username
    );
    Err(Error::new("Another user's settings", detail).at("user"))
}

fn ignored(wanted: i64) -> Error {
    let detail = format!(
        "Quay answered as if it had set {wanted}, but kept the old one: FEATURE_CHANGE_TAG_EXPIRATION is switched off on this server. Leave \
         `tag_expiration_s` out."
    );
    Error::new("The tag expiration was not changed", detail).at("tag_expiration_s")
}
