//! `quay_organization`: organizations, which hold repositories, robots and teams.
//!
//! Endpoints: `organization/`, `organization/{organization}`; the list is `superuser/organizations/`, or else `user/`; see
//! [`crate::api::organizations`].

use async_trait::async_trait;
use registry_http::{Collection, Kind};
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Number, Report, Resource, Result, check};

use super::reserved_names::{once_free, says};
use crate::api::keys::Namespace;
use crate::api::organizations::{self, NewOrganization, OrganizationChange, OrganizationJson, Organizations};
use crate::api::robots::{self, Robots};
use crate::api::web::WebConfigJson;
use crate::api::{namespaces, repositories, user};
use crate::client::Quay;
use crate::names;
use crate::oauth::credentials::passing_uuid;

/// Manages an organization: a namespace that holds repositories, robot accounts and teams.
///
/// The token's user becomes an owner of an organization that it creates. Deleting an organization deletes all that it holds, at
/// once and for good; so that is refused while it holds repositories or robots, unless `force_destroy` is true. The name of a deleted
/// organization stays reserved until Quay has cleaned up; creating one of that name waits for it, up to the create timeout.
///
/// Another name replaces the organization, and with it everything inside. To keep what is inside, see the action
/// `quay_rename_organization`.
///
/// A superuser who does not own the organization, on a server that lets superusers do only some things (FEATURE_SUPERUSERS_FULL_ACCESS is
/// off), sees nothing but its address, and can destroy it if `force_destroy` is true; that takes the scope `super:user`.
///
/// Scopes: `user:admin` to create, `org:admin` for everything else.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_organization",
    id = "{name}",
    identity(name),
    timeouts(create = "20m"),
    subcategory = "Organizations"
)]
pub struct Organization {
    /// Name: lower-case letters and digits, with single `.`, `_`, `-` between them. No user may have the same.
    #[attribute(required, requires_replace, check = names::namespace())]
    name: String,
    /// E-mail address of the organization's contact; `""` (the default) for none. No user may have the same, and before Quay 3.18 no other
    /// organization either. Before Quay 3.18 a new organization must have one where FEATURE_MAILING is on. (The API of Quay 3.18 and newer
    /// also calls it `contact_email`.)
    #[attribute(optional, default = "", check = names::email())]
    email: String,
    /// How long deleted and overwritten tags can be brought back, in seconds. One of those that the server offers in
    /// TAG_EXPIRATION_OPTIONS, usually 0, 86400, 604800, 1209600 and 2419200. By default, and when it is taken out of the configuration,
    /// it stays as it is; a new organization has the server's default, usually 1209600 (two weeks).
    #[attribute(optional, computed, use_state_for_unknown, check = check::between(0, 1 << 31))]
    tag_expiration_s: Computed<i64>,
    /// Whether invoices are sent by e-mail; false by default. Of use on quay.io.
    #[attribute(optional, default = false)]
    invoice_email: bool,
    /// Where invoices are sent; `""` (the default) for the address in `email`.
    #[attribute(optional, default = "", check = names::email())]
    invoice_email_address: String,
    /// Allows to destroy the organization while it holds repositories or robots: all of them are deleted with it. False by default. Only
    /// the provider knows it; it must be applied before the organization is destroyed.
    #[attribute(optional, default = false)]
    force_destroy: bool,
}

#[async_trait]
impl Resource for Organization {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        plan.make(cx).await?;
        cx.save(&plan);
        let change = plan.settings();
        let view = match change == OrganizationChange::default() {
            true => cx.send(organizations::get(&plan.name)).await?,
            false => cx.send(organizations::update(&plan.name, &change)).await.map_err(with_hint)?,
        };
        let mut organization = plan;
        organization.take_checked(view)?;
        Ok(organization)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = match cx.read::<Organizations>(&state.name).await {
            Err(error) if error.kind() == Kind::AnonymousView => {
                return state.seen_by_superuser(cx, error.into()).await;
            }
            found => found?,
        };
        let Some(found) = found else { return Ok(None) };
        if !found.is_admin {
            let error = not_administrator(&state.name);
            return state.seen_by_superuser(cx, error).await;
        }
        let mut organization = state;
        organization.take(found.into_inner());
        Ok(Some(organization))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let mut change = plan.changes(&state);
        let mut organization = plan;
        if change == OrganizationChange::default() {
            organization.tag_expiration_s = state.tag_expiration_s;
            return Ok(organization);
        }
        if change.email.as_deref() == Some("") {
            change.email = Some(no_address(cx).await);
        }
        let view = cx.send(organizations::update(&organization.name, &change)).await.map_err(with_hint)?;
        organization.take_checked(view)?;
        Ok(organization)
    }

    /// Which expirations the server takes it tells its web pages; where it does not, its refusal comes at apply.
    async fn preflight(cx: &mut Context<Quay>, plan: OrganizationView, report: &mut Report) {
        let Some(wanted) = plan.tag_expiration_s.known().and_then(Number::as_i64) else { return };
        if cx.lacks("CHANGE_TAG_EXPIRATION").await {
            let present = match plan.name.known() {
                Some(name) => cx.find(organizations::get(name)).await.ok().flatten(),
                None => None,
            };
            if present.and_then(|view| view.tag_expiration_s) != Some(wanted) {
                let why = "This Quay does not let tag expirations be changed, and would ignore this one: FEATURE_CHANGE_TAG_EXPIRATION is \
                           off. Leave `tag_expiration_s` out.";
                report.error("tag_expiration_s", "Not offered by this server", why);
            }
            return;
        }
        if let Some(choices) = cx.web_config().await.and_then(WebConfigJson::tag_expirations)
            && let Some(problem) = not_offered(wanted, &choices)
        {
            report.error("tag_expiration_s", "Not a tag expiration of this server", problem);
        }
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        if cx.find(namespaces::organization(&state.name)).await?.is_none() {
            return Ok(());
        }
        if !state.force_destroy {
            refuse_if_held(&state.name, &held(cx, &state.name).await?)?;
        }
        match cx.delete(organizations::delete(&state.name)).await {
            // Superusers delete what they do not own by another way.
            Err(error) if error.kind() == Kind::Forbidden => {
                cx.delete(organizations::delete_as_superuser(&state.name)).await.map(drop).map_err(|_| error.into())
            }
            done => done.map(drop).map_err(Error::from),
        }
    }
}

impl Organization {
    /// Creates it, and waits while its name is reserved by a deletion that is under way.
    async fn make(&self, cx: &Context<Quay>) -> Result<()> {
        let body = NewOrganization { name: self.name.clone(), email: self.email.clone() };
        match once_free(cx, || cx.send(organizations::create(&body))).await? {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explain(cx, error).await),
        }
    }

    async fn explain(&self, cx: &Context<Quay>, error: registry_http::Error) -> Error {
        if says(&error, "already exists") {
            if matches!(cx.is_user(&self.name).await, Ok(true)) {
                let detail = "Users and organizations share their names. Choose another name.";
                return Error::new(format!("{} is the name of a user", self.name), detail).at("name");
            }
            return exists_already("quay_organization", &format!("organization {}", self.name), &self.name);
        }
        if says(&error, "already been used") {
            let hint = "A new organization takes no address of a user. Choose another one, or leave `email` out.";
            return Error::from(error).with_hint(hint).at("email");
        }
        if self.email.is_empty() && says(&error, "email") {
            let hint =
                "Before Quay 3.18 a new organization must have an address in `email` where FEATURE_MAILING is on.";
            return Error::from(error).with_hint(hint).at("email");
        }
        error.into()
    }

    /// What a new organization has to be told beside its name and address.
    fn settings(&self) -> OrganizationChange {
        OrganizationChange {
            email: None,
            invoice_email: self.invoice_email.then_some(true),
            invoice_email_address: Some(self.invoice_email_address.clone()).filter(|address| !address.is_empty()),
            tag_expiration_s: self.tag_expiration_s.known().copied(),
        }
    }

    /// What differs from an earlier state.
    fn changes(&self, state: &Self) -> OrganizationChange {
        let text = |new: &String, old: &String| (new != old).then(|| new.clone());
        let expiration = self.tag_expiration_s.known().filter(|new| state.tag_expiration_s.known() != Some(*new));
        OrganizationChange {
            email: text(&self.email, &state.email),
            invoice_email: (self.invoice_email != state.invoice_email).then_some(self.invoice_email),
            invoice_email_address: text(&self.invoice_email_address, &state.invoice_email_address),
            tag_expiration_s: expiration.copied(),
        }
    }

    /// What a superuser sees who does not own the organization, where superusers may not do everything: that it is there, and its address.
    /// That is enough to go on with one that is in the state already; whoever is no superuser gets the error.
    async fn seen_by_superuser(mut self, cx: &mut Context<Quay>, error: Error) -> Result<Option<Self>> {
        let Ok(all) = cx.list(organizations::list_all()).await else { return Err(error) };
        let Some(seen) = all.into_iter().find(|organization| organization.name == self.name) else { return Err(error) };
        if self.tag_expiration_s.known().is_none() {
            return Err(error);
        }
        self.email = seen.email.unwrap_or_default();
        let detail = "The token's user is a superuser and does not own the organization, and this server lets superusers do only some things \
                      (FEATURE_SUPERUSERS_FULL_ACCESS is off). So only its e-mail address was read, and nothing but its deletion will work. The \
                      action quay_take_ownership makes the user an owner.";
        cx.warn(format!("The settings of organization {} are not shown", self.name), detail);
        Ok(Some(self))
    }

    fn take(&mut self, view: OrganizationJson) {
        self.email = view.email.unwrap_or_default();
        self.invoice_email = view.invoice_email.unwrap_or_default();
        self.invoice_email_address = view.invoice_email_address.unwrap_or_default();
        self.tag_expiration_s = Computed::from(view.tag_expiration_s.unwrap_or_default());
    }

    /// Takes the answer to a change. Quay ignores an expiration in silence where it may not be changed.
    fn take_checked(&mut self, view: OrganizationJson) -> Result<()> {
        let wanted = self.tag_expiration_s.known().copied();
        let given = view.tag_expiration_s;
        self.take(view);
        match wanted {
            Some(wanted) if given != Some(wanted) => {
                let detail = format!(
                    "The server was asked for {wanted} seconds and went on with {}, without an error. Most likely its \
                     FEATURE_CHANGE_TAG_EXPIRATION is off: leave `tag_expiration_s` out, or ask the server's administrator to switch \
                     it on.",
                    given.unwrap_or_default()
                );
                Err(Error::new(format!("Organization {}: tag expiration was not changed", self.name), detail)
                    .at("tag_expiration_s"))
            }
            _ => Ok(()),
        }
    }
}

/// What takes an address away. Quay before 3.18 would store an empty one, of one organization only; for those without an address it has a
/// UUID in its place.
async fn no_address(cx: &Quay) -> String {
    match cx.takes("POST", "organization/", "contact_email").await {
        Some(false) => passing_uuid(),
        _ => String::new(),
    }
}

/// Why the server would not take an expiration.
fn not_offered(wanted: i64, choices: &[(String, i64)]) -> Option<String> {
    if choices.iter().any(|(_, seconds)| *seconds == wanted) {
        return None;
    }
    let offered: Vec<String> = choices.iter().map(|(text, seconds)| format!("{seconds} ({text})")).collect();
    Some(format!(
        "This server does not offer {wanted} seconds. It offers {} (TAG_EXPIRATION_OPTIONS).",
        offered.join(", ")
    ))
}

fn with_hint(error: registry_http::Error) -> Error {
    match says(&error, "tag expiration") {
        true => Error::from(error)
            .with_hint("`tag_expiration_s` must be one of the server's TAG_EXPIRATION_OPTIONS, in seconds.")
            .at("tag_expiration_s"),
        false => error.into(),
    }
}

fn not_administrator(name: &str) -> Error {
    let detail = "The server shows the organization as to an ordinary member, without its settings. Most likely the token lacks the scope \
                  org:admin, or its user is in none of the organization's teams that have the role admin. Use a token with that scope, of \
                  an owner of the organization. Nothing was removed from the state.";
    Error::new(format!("Cannot read organization {name}: the token may not administer it"), detail)
}

/// The repositories and robots of an organization, for people.
async fn held(cx: &Context<Quay>, name: &str) -> Result<Vec<String>> {
    let repositories = cx.list(repositories::list(name)).await?;
    let namespace = Namespace { name: name.to_owned(), own: false };
    let robots = cx.list(robots::list(&namespace)).await?;
    let mut held: Vec<String> = repositories.iter().map(|r| format!("repository {name}/{}", r.name)).collect();
    // The list matches by pattern: what is not of this organization does not count.
    held.extend(robots.iter().filter_map(|r| Robots::name_of(name, r)).map(|r| format!("robot {r}")));
    Ok(held)
}

fn refuse_if_held(name: &str, held: &[String]) -> Result<()> {
    const SHOWN: usize = 20;
    if held.is_empty() {
        return Ok(());
    }
    let mut list = held.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n  ");
    if held.len() > SHOWN {
        list.push_str(&format!("\n  and {} more", held.len() - SHOWN));
    }
    let detail = format!(
        "The organization {name} still holds:\n\n  {list}\n\nDeleting it would delete all of that, images included. Remove them first; or \
         set `force_destroy = true` in its resource, apply that, and destroy again."
    );
    Err(Error::new(format!("Organization {name} is not empty"), detail))
}

#[async_trait]
impl List for Organization {
    type Query = OrganizationQuery;

    async fn list(cx: &mut Context<Quay>, _: OrganizationQuery, found: &mut Found<Self>) -> Result<()> {
        let names = all_names(cx).await?;
        for name in names {
            let mut organization = Self::named(name);
            if found.wants_objects() {
                match cx.find(organizations::get(&organization.name)).await {
                    Ok(Some(view)) if view.is_admin => organization.take(view),
                    // Not one that this token could manage.
                    Ok(_) => continue,
                    Err(error) if error.kind() == Kind::AnonymousView => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            if !found.push(&organization).await {
                break;
            }
        }
        Ok(())
    }
}

impl Organization {
    fn named(name: String) -> Self {
        Self {
            name,
            email: String::new(),
            tag_expiration_s: Computed::UNSET,
            invoice_email: false,
            invoice_email_address: String::new(),
            force_destroy: false,
        }
    }
}

/// All organizations for superusers; for others, and where there are no superusers, those that the token's user belongs to.
pub(super) async fn all_names(cx: &Context<Quay>) -> Result<Vec<String>> {
    match cx.list(organizations::list_all()).await {
        Ok(all) => Ok(all.into_iter().map(|organization| organization.name).collect()),
        Err(e) if matches!(e.kind(), Kind::Forbidden | Kind::Unsupported) => {
            let own = cx.send(user::current()).await?.organizations;
            Ok(own.into_iter().map(|organization| organization.name).collect())
        }
        Err(e) => Err(e.into()),
    }
}

/// The organizations that a list is to look into: the one that is asked for, or all. `true`: one that may not be looked into is no error.
pub(crate) async fn asked_for(cx: &Context<Quay>, organization: Option<String>) -> Result<(Vec<String>, bool)> {
    match organization {
        Some(one) => Ok((vec![one], false)),
        None => Ok((all_names(cx).await?, true)),
    }
}

/// What one of these organizations has; none also where it may not be looked into, of all.
///
/// # Errors
/// When the one that is asked for is not there, or may not be looked into.
pub(crate) async fn looked_into<T: Send + 'static>(
    cx: &Context<Quay>,
    organization: &str,
    may_be_shut: bool,
    get: registry_http::Endpoint<T>,
) -> Result<Option<T>> {
    let found = match cx.find(get).await {
        Err(error) if may_be_shut && error.kind() == Kind::Forbidden => None,
        found => found?,
    };
    if found.is_none() && !may_be_shut {
        cx.ensure_namespace(organization).await.map_err(|e| e.at("organization"))?;
    }
    Ok(found)
}

/// Finds organizations: all of them with a superuser's token that has the scope `super:user`, else those that the token's user belongs
/// to (scope `user:read`). Where whole objects are asked for, those that the token may not administer are left out.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_organization")]
pub struct OrganizationQuery {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_sent() {
        let state =
            Organization { tag_expiration_s: Computed::from(1_209_600), ..Organization::named("acme".to_owned()) };
        let plan = Organization { email: "a@example.com".to_owned(), ..state.clone() };
        let change = plan.changes(&state);
        assert_eq!(
            change,
            OrganizationChange { email: Some("a@example.com".to_owned()), ..OrganizationChange::default() }
        );
        assert_eq!(state.changes(&state), OrganizationChange::default());
    }

    #[test]
    fn what_is_left_is_named_up_to_a_limit() {
        assert!(refuse_if_held("acme", &[]).is_ok());
        let held: Vec<String> = (0..25).map(|n| format!("robot acme+r{n}")).collect();
        let error = refuse_if_held("acme", &held).unwrap_err();
        assert!(error.detail().contains("robot acme+r19\n  and 5 more"), "{}", error.detail());
    }

    #[test]
    fn an_expiration_that_is_not_offered_names_those_that_are() {
        let choices = [("0s".to_owned(), 0), ("1d".to_owned(), 86_400)];
        assert_eq!(not_offered(86_400, &choices), None);
        assert!(not_offered(5, &choices).unwrap().contains("0 (0s), 86400 (1d)"));
    }

    #[test]
    fn an_ignored_expiration_is_an_error() {
        let view = |seconds: i64| {
            let shown = serde_json::json!({ "name": "acme", "is_admin": true, "tag_expiration_s": seconds });
            serde_json::from_value(shown).unwrap()
        };
        let mut plan =
            Organization { tag_expiration_s: Computed::from(86_400), ..Organization::named("acme".to_owned()) };
        assert!(plan.clone().take_checked(view(1_209_600)).is_err());
        assert!(plan.take_checked(view(86_400)).is_ok());
    }
}
