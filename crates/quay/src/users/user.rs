//! `quay_user`: users of the registry, as superusers manage them.
//!
//! Endpoints: `superuser/users/`, `superuser/users/{user}`; see [`crate::api::users`].

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::{chosen, exists_already, random};
use terraform_framework::schema::Check;
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, Secret, SecretArgument, check,
};

use crate::api::keys::Namespace;
use crate::api::users::{self, NewUser, UserChange, UserJson, Users};
use crate::api::{namespaces, repositories, robots};
use crate::client::Quay;
use crate::organizations::reserved_names::{once_free, says};
use crate::{features, names};

/// Manages a user of the registry.
///
/// Quay makes up the password of a new user, and shows it once. Choose another one with `password_wo`, which is never stored, or with
/// `password`; or have the one that Quay made up kept in the state with `store_password = true`. Without any of these nobody knows the
/// password: then the user has to ask for a new one by e-mail, which needs FEATURE_MAILING.
///
/// A new address is confirmed as soon as a superuser has set it, so changing `email` sets `verified`. Quay changes and deletes no
/// superuser: one of the server's SUPER_USERS can be imported and read, and nothing else.
///
/// Deleting a user deletes the repositories and robot accounts of the user's own namespace, at once and for good; so that is refused
/// while there are repositories, or where the server does not show them (FEATURE_SUPERUSERS_FULL_ACCESS is off), unless `force_destroy` is
/// true. Organizations stay, also those that the user alone owned: the action
/// `quay_take_ownership` gives a superuser access to them. The name of a deleted user stays reserved until Quay has cleaned up; creating
/// one of that name waits for it, up to the create timeout.
///
/// Scope: `super:user`, of a superuser. Needs a server with FEATURE_SUPER_USERS that keeps its users itself
/// (`AUTHENTICATION_TYPE: Database`).
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user", id = "{username}", identity(username), timeouts(create = "20m"), subcategory = "Users")]
pub struct User {
    /// Name: lower-case letters and digits, with single `.`, `_`, `-` between them. No organization may have the same. A change replaces
    /// the user.
    #[attribute(required, requires_replace, check = names::user())]
    username: String,
    /// E-mail address. No other user may have the same. Required where the server sends mail (FEATURE_MAILING); elsewhere Quay makes up
    /// a text for a user that has none. When it is taken out of the configuration, it stays as it is.
    #[attribute(optional, computed, use_state_for_unknown, check = check::length(1, 255))]
    email: Computed<String>,
    /// Whether the user may log in, and the user's tokens and robots work; true by default.
    #[attribute(optional, default = true)]
    enabled: bool,
    /// Password to log in with: at least 8 characters, no white space.
    #[attribute(optional, check = good_password(), not_returned = "Quay never shows a password again")]
    password: SecretArgument,
    /// Keeps the password that Quay made up in the state, as `generated_password`. Quay shows it only when the user is made. False by
    /// default.
    #[attribute(optional, default = false)]
    store_password: bool,
    /// Allows to destroy the user while its namespace holds repositories, or may hold some that the server does not show: all of them are
    /// deleted with it. False by default. Only the provider knows it; it must be applied before the user is destroyed.
    #[attribute(optional, default = false)]
    force_destroy: bool,
    /// The password that Quay made up; null unless `store_password` is true, and where a password was chosen.
    #[computed(sensitive, unknown_on_change_of("store_password", "password", "password_wo_version"))]
    generated_password: Computed<Option<Secret>>,
    /// Whether the e-mail address was confirmed.
    #[computed(unknown_on_change_of("email"))]
    verified: Computed<bool>,
    /// Whether the user is one of the server's SUPER_USERS.
    #[computed(use_state_for_unknown)]
    super_user: Computed<bool>,
}

pub(super) fn good_password() -> Check {
    check::text("at least 8 characters, no white space", |text| {
        match text.chars().count() >= 8 && !text.contains(char::is_whitespace) {
            true => Ok(()),
            false => Err("It must have at least 8 characters, and no white space.".to_owned()),
        }
    })
}

#[async_trait]
impl Resource for User {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let body = NewUser { username: plan.username.clone(), email: plan.email.known().cloned() };
        let generated = match once_free(cx, || cx.send(users::create(&body))).await? {
            Ok(generated) => generated,
            Err(error) => return Err(plan.explain(error)),
        };
        let keeps = plan.store_password && plan.password.given().is_none();
        let mut user = plan.clone();
        user.generated_password = Computed::from(generated.filter(|_| keeps));
        cx.save(&user);
        let mut change = UserChange {
            email: None,
            enabled: (!plan.enabled).then_some(false),
            password: plan.password.given().cloned(),
        };
        if keeps && user.generated_password == Computed::from(None) {
            // The answer that held it was lost, and nothing shows it again.
            change.password = Some(random::password()?);
        }
        if !change.is_empty() {
            cx.send(users::update(&plan.username, &change)).await?;
            if keeps && change.password.is_some() {
                user.generated_password = Computed::from(change.password);
                cx.save(&user);
            }
        }
        user.take(cx.send(users::get(&plan.username)).await?);
        chosen::note(cx.private_mut(), &user.password)?;
        Ok(user)
    }

    /// Without FEATURE_MAILING any text is an address, and Quay makes up some itself.
    fn validate(config: &UserView, report: &mut Report) {
        names::doubt(report, "email", &config.email, &names::email());
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(found) = cx.read::<Users>(&state.username).await? else { return Ok(None) };
        let mut user = state;
        user.take(found.into_inner());
        Ok(Some(user))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let password = chosen::to_send(cx.private(), &plan.password, &state.password).cloned();
        let change = UserChange { password, ..plan.changes(&state) };
        let mut user = plan;
        let generated = state.generated_password.known().cloned().flatten();
        // The one that Quay made up is good until another one takes its place.
        let keeps = user.store_password && change.password.is_none();
        user.generated_password = Computed::from(generated.filter(|_| keeps));
        if user.store_password && !state.store_password && user.password.given().is_none() {
            let detail = "Quay does not show the password of a user that is there already. Choose one with `password_wo` or `password`.";
            cx.warn_at("store_password", "The password is not known", detail);
        }
        if change.password.is_none() && user.password.has_first_version_since(&state.password) {
            chosen::warn_of_unsent(cx, "password");
        }
        if change.is_empty() {
            chosen::note(cx.private_mut(), &user.password)?;
            (user.email, user.verified, user.super_user) = (state.email, state.verified, state.super_user);
            return Ok(user);
        }
        cx.send(users::update(&user.username, &change)).await.map_err(|e| user.explain(e))?;
        // The answer shows some of it as it was before.
        user.take(cx.send(users::get(&user.username)).await?);
        chosen::note(cx.private_mut(), &user.password)?;
        Ok(user)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        if !state.force_destroy && cx.find(namespaces::user(&state.username)).await?.is_some() {
            state.refuse_if_held(cx).await?;
        }
        state.remove(cx).await
    }

    fn plan(planning: &mut ModifyPlan<UserView>) {
        let chooses = planning.config.as_ref().is_some_and(|config| !config.password.is_null());
        if planning.updates() && chooses && chosen::had_none(&planning.private) {
            // The one that Quay made up, if it was kept, is not good any more.
            planning.set_unknown("generated_password");
        }
        if planning.creates()
            && let Some(config) = &planning.config
            && config.password.is_null()
            && (config.store_password.is_null() || config.store_password.known() == Some(&false))
        {
            let detail = "Quay makes one up, and shows it only once. Choose one with `password_wo` (never stored) or `password`, or set \
                          `store_password = true` to keep Quay's in the state. Otherwise the user has to ask for a new one by e-mail.";
            planning.report.warn("store_password", "Nobody will know the user's password", detail);
        }
        if planning.state.as_ref().is_some_and(|state| state.super_user.known() == Some(&true))
            && (planning.destroys() || planning.replaces())
        {
            let detail = "Take the name out of the server's SUPER_USERS first; or make Terraform forget the user without destroying it, with \
                          a `removed` block that has `destroy = false`.";
            planning.report.warn_all("Quay does not delete a superuser", detail);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _plan: UserView, report: &mut Report) {
        cx.expect(&features::SUPERUSERS, report).await;
    }
}

impl User {
    fn named(username: String) -> Self {
        Self {
            username,
            email: Computed::UNSET,
            enabled: true,
            password: SecretArgument::default(),
            store_password: false,
            force_destroy: false,
            generated_password: Computed::UNSET,
            verified: Computed::UNSET,
            super_user: Computed::UNSET,
        }
    }

    fn take(&mut self, json: UserJson) {
        self.email = Computed::from(json.email.unwrap_or_default());
        self.enabled = json.enabled;
        self.verified = Computed::from(json.verified);
        self.super_user = Computed::from(json.super_user);
        if self.generated_password.known().is_none() {
            self.generated_password = Computed::from(None);
        }
    }

    /// What differs from an earlier state, but for the password.
    fn changes(&self, state: &Self) -> UserChange {
        let email = self.email.known().filter(|email| state.email.known() != Some(*email));
        let enabled = (self.enabled != state.enabled).then_some(self.enabled);
        UserChange { email: email.cloned(), enabled, password: None }
    }

    async fn refuse_if_held(&self, cx: &Context<Quay>) -> Result<()> {
        let name = &self.username;
        self.refuse_if_hidden(cx).await?;
        let held = cx.list(repositories::list(name)).await?;
        if held.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = held.iter().take(20).map(|r| format!("repository {name}/{}", r.name)).collect();
        let detail = format!(
            "The user {name} still has {} repositories:\n\n  {}\n\nDeleting the user would delete all of them, images included. Remove them \
             first; or set `force_destroy = true` in its resource, apply that, and destroy again.",
            held.len(),
            shown.join("\n  ")
        );
        Err(Error::new(format!("The namespace of user {name} is not empty"), detail))
    }

    /// A list of repositories shows those alone in which the token's user has a role, unless superusers may do everything. Then, and only
    /// then, the robots are shown too: elsewhere an empty list proves nothing.
    async fn refuse_if_hidden(&self, cx: &Context<Quay>) -> Result<()> {
        // Never the token's own: that is a superuser, whom Quay does not delete.
        let namespace = Namespace { name: self.username.clone(), own: false };
        match cx.list(robots::list_without_tokens(&namespace)).await {
            Err(error) if error.kind() == Kind::Forbidden => {
                cx.require(&features::SUPERUSERS).await?;
                let name = &self.username;
                let detail = format!(
                    "Deleting a user deletes the repositories of its namespace, images included, and this token is not shown those of {name}: \
                     FEATURE_SUPERUSERS_FULL_ACCESS is off on this server. Look whether there are any; then set `force_destroy = true` in the \
                     user's resource, apply that, and destroy again."
                );
                Err(Error::new(format!("It cannot be seen whether the namespace of user {name} is empty"), detail))
            }
            listed => Ok(listed.map(drop)?),
        }
    }

    /// Deletes the user. Quay answers 204 to the deletion of one that is disabled, and keeps it: so the user is read afterwards, and one that is
    /// still there is enabled first.
    async fn remove(&self, cx: &Context<Quay>) -> Result<()> {
        let name = &self.username;
        let delete = async || cx.delete(users::delete(name)).await.map_err(|e| self.explain(e));
        if !delete().await? {
            return Ok(());
        }
        let Some(left) = cx.find(users::get(name)).await? else { return Ok(()) };
        if !left.enabled {
            let enabled = UserChange { enabled: Some(true), ..UserChange::default() };
            cx.send(users::update(name, &enabled)).await?;
            if !delete().await? || cx.find(users::get(name)).await?.is_none() {
                return Ok(());
            }
        }
        let detail = format!(
            "Quay answered the deletion with success, and still shows user {name}. Delete the user on the server, or apply again."
        );
        Err(Error::new(format!("Cannot delete user {name}"), detail))
    }

    /// Says what Quay means by its refusal.
    fn explain(&self, error: registry_http::Error) -> Error {
        let name = &self.username;
        if says(&error, "taken by an organization") {
            let detail = "Users and organizations share their names. Choose another name.";
            return Error::new(format!("{name} is the name of an organization"), detail).at("username");
        }
        if says(&error, "already been taken") {
            return exists_already("quay_user", &format!("user {name}"), name);
        }
        if says(&error, "email address") || says(&error, "already used") || says(&error, "already been used") {
            let hint = "Every user has an e-mail address of its own. A server that sends mail (FEATURE_MAILING) wants one for each user.";
            return Error::from(error).with_hint(hint).at("email");
        }
        if says(&error, "non-database") {
            let hint = "This server takes its users from elsewhere (AUTHENTICATION_TYPE is not Database): make and change them there.";
            return Error::from(error).with_hint(hint);
        }
        if says(&error, "a superuser") {
            let hint = "Quay changes and deletes no superuser. Take the name out of the server's SUPER_USERS first.";
            return Error::from(error).with_hint(hint);
        }
        error.into()
    }
}

#[async_trait]
impl List for User {
    type Query = UserQuery;

    async fn list(cx: &mut Context<Quay>, _: UserQuery, found: &mut Found<Self>) -> Result<()> {
        for json in cx.list(users::list()).await? {
            let mut user = Self::named(json.username.clone());
            user.take(json);
            if !found.push(&user).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds all users of the registry, with a superuser's token that has the scope `super:user`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user")]
pub struct UserQuery {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_sent() {
        let state = User { email: Computed::from("a@example.com"), ..User::named("dave".to_owned()) };
        assert!(state.changes(&state).is_empty());
        // An address that is left to the server is not sent.
        let plan = User { email: Computed::UNSET, enabled: false, ..state.clone() };
        let change = plan.changes(&state);
        assert_eq!((change.email, change.enabled, change.password.is_none()), (None, Some(false), true));
    }

    #[test]
    fn passwords_are_as_quay_wants_them() {
        let good = |text: &str| (good_password().test)(&terraform_framework::Value::from(text)).is_ok();
        assert!(good("12345678") && !good("1234567") && !good("1234 5678"));
    }
}
