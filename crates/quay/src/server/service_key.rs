//! `quay_service_key`: keys with which services sign.
//!
//! Endpoints: `superuser/keys`, `superuser/keys/{kid}`; see [`crate::api::service_keys`].

use async_trait::async_trait;
use registry_service::dates;
use serde_json::{Map, Value as JsonValue, json};
use terraform_framework::schema::Check;
use terraform_framework::{
    Computed, Context, Error, Found, Json, List, Model, ModifyPlan, Report, Resource, Result, Secret, check,
};

use crate::api::service_keys::{self, MadeServiceKey, NewServiceKey, ServiceKeyChange, ServiceKeyJson, ServiceKeys};
use crate::client::Quay;
use crate::features;

/// Manages a service key: with its private half a service, such as a security scanner, signs what it sends to Quay.
///
/// Quay makes the key, approves it at once, and shows the private half this one time. It is kept in the state only with
/// `store_private_key = true`; without it nobody has the private half, and the key is of no use. A key that a service has brought itself
/// is not made here: import it, or approve it with the action `quay_approve_service_key`.
///
/// Changing `rotation` makes another key in place of this one. With `lifecycle { create_before_destroy = true }` the old key stays
/// until what uses it has the new one. Destroying a key means that what it signed is no longer believed.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_service_key", id = "{kid}", identity(kid), subcategory = "Service keys")]
pub struct ServiceKey {
    /// Name of the service that signs with the key: lower-case letters, digits and `_`. A change replaces the key.
    #[attribute(required, requires_replace, check = service_name())]
    service: String,
    /// What the key is called: letters, digits, spaces and `-`, `_`, `:`, `/`. Empty by default.
    #[attribute(optional, default = "", check = check::length(0, 255), check = key_name())]
    name: String,
    /// When the key ends (RFC 3339), such as `2030-01-01T00:00:00Z`; without it, never. Quay deletes keys some time after their end.
    #[attribute(optional, check = date())]
    expiration: Option<String>,
    /// A JSON object that is kept with the key. Quay adds `created_by`, `creator` and `ip`, which are not shown here. It cannot take
    /// anything out again: what is removed here stays there as null.
    #[attribute(optional, default = "{}", check = check::json_object(), check = free_metadata())]
    metadata: Json,
    /// Why the key was approved. Empty by default. Quay cannot change it: a change replaces the key.
    #[attribute(optional, default = "", requires_replace)]
    notes: String,
    /// Any text; changing it from one to another replaces the key.
    #[attribute(optional)]
    rotation: Option<String>,
    /// Keeps the private half in the state, as `private_key`. Only for a key that is made: Quay never shows it again. False by default.
    #[attribute(optional, default = false)]
    store_private_key: bool,
    /// Id of the key.
    #[computed(use_state_for_unknown)]
    kid: Computed<String>,
    /// The private half in PEM; null unless `store_private_key` is true.
    #[computed(sensitive, unknown_on_change_of("store_private_key"))]
    private_key: Computed<Option<Secret>>,
    /// The public half as a JSON Web Key.
    #[computed(use_state_for_unknown)]
    jwk: Computed<Json>,
    /// Whether the key was approved: until then it is not believed.
    #[computed(use_state_for_unknown)]
    approved: Computed<bool>,
    /// Superuser who approved it; null where the server did itself, and where nobody has.
    #[computed(use_state_for_unknown)]
    approved_by: Computed<Option<String>>,
    /// When it was approved (RFC 3339).
    #[computed(use_state_for_unknown)]
    approved_at: Computed<Option<String>>,
    /// When it was made (RFC 3339).
    #[computed(use_state_for_unknown)]
    created: Computed<String>,
}

fn service_name() -> Check {
    check::text("lower-case letters, digits and `_`", |text| {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        match !text.is_empty() && text.chars().all(good) {
            true => Ok(()),
            false => Err(format!(
                "{text:?} cannot be the name of a service: it must be lower-case letters, digits and \"_\"."
            )),
        }
    })
}

fn key_name() -> Check {
    check::text("letters, digits, spaces and `-`, `_`, `:`, `/`", |text| {
        let good = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || matches!(c, '-' | '_' | ':' | '/');
        match text.chars().all(good) {
            true => Ok(()),
            false => Err(format!(
                "{text:?} cannot be the name of a key: it must be letters, digits, spaces and \"-\", \"_\", \":\", \"/\"."
            )),
        }
    })
}

fn date() -> Check {
    check::text("a date in RFC 3339, such as `2030-01-01T00:00:00Z`", |text| match text.parse::<jiff::Timestamp>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("{text:?} is not a date in RFC 3339, such as \"2030-01-01T00:00:00Z\".")),
    })
}

fn free_metadata() -> Check {
    check::text("without nulls and without what Quay notes itself", |text| {
        let Ok(JsonValue::Object(members)) = serde_json::from_str(text) else { return Ok(()) };
        match members
            .iter()
            .find(|(name, value)| value.is_null() || ServiceKeyJson::OWN_METADATA.contains(&name.as_str()))
        {
            Some((name, JsonValue::Null)) => {
                Err(format!("{name:?} is null, which Quay takes for nothing. Leave it out."))
            }
            Some((name, _)) => Err(format!("{name:?} is noted by Quay itself. Choose another name.")),
            None => Ok(()),
        }
    })
}

#[async_trait]
impl Resource for ServiceKey {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let body = plan.body()?;
        let mut made = cx.send(service_keys::create(&body)).await.map_err(explain)?;
        if plan.store_private_key && made.private_key.is_none() {
            // The answer that held the private half was lost: this key is of no use to anybody.
            cx.save(&plan.made(&made));
            cx.delete(service_keys::delete(&made.kid)).await?;
            made = cx.send(service_keys::create(&body)).await.map_err(explain)?;
        }
        let mut key = plan.made(&made);
        cx.save(&key);
        if plan.store_private_key && made.private_key.is_none() {
            return Err(lost(&plan.service, &made.kid));
        }
        key.take(cx.send(service_keys::get(&made.kid)).await?);
        Ok(key)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(found) = cx.read::<ServiceKeys>(state.kid.get()?).await? else { return Ok(None) };
        let mut key = state;
        key.take(found.into_inner());
        if let Some(end) = key.expiration.as_ref().filter(|end| dates::is_over(end)) {
            let detail = format!(
                "Its `expiration` was {end}. What it signs is not believed any more, and Quay deletes it some time later. Set a later \
                 `expiration`, or none, which brings it to life again; or change `rotation`, too, for another key."
            );
            cx.warn(format!("The time of service key {} is over", key.kid.get()?), detail);
        }
        Ok(Some(key))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let change = plan.changes(&state)?;
        let mut key = plan;
        let private = state.private_key.known().cloned().flatten();
        key.private_key = Computed::from(private.filter(|_| key.store_private_key));
        if change == ServiceKeyChange::default() {
            return Ok(Self { private_key: key.private_key.clone(), ..key.with_outputs_of(state) });
        }
        let kid = state.kid.get()?.clone();
        let changed = cx.send(service_keys::update(&kid, &change)).await.map_err(explain)?;
        key.take(changed);
        Ok(key)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(service_keys::delete(state.kid.get()?)).await?;
        Ok(())
    }

    fn plan(planning: &mut ModifyPlan<ServiceKeyView>) {
        let Some(plan) = planning.plan.clone() else { return };
        let stores = plan.store_private_key.known() == Some(&true);
        let Some(state) = planning.state.clone() else {
            if plan.store_private_key.known() == Some(&false) {
                let detail = "Quay shows the private half of a key only once, when the key is made. Set `store_private_key = true` to keep it \
                              in the state; a key without it is of no use.";
                planning.report.warn("store_private_key", "Nobody will have the key's private half", detail);
            }
            return;
        };
        let rotates = matches!((state.rotation.known(), plan.rotation.known()), (Some(old), Some(new)) if old != new);
        if rotates {
            planning.replace("rotation");
        }
        if stores && state.store_private_key.known() == Some(&false) && !rotates && !planning.replaces() {
            let detail = "Quay shows it only when a key is made, so it stays null. To have another key made, whose private half is kept, change \
                          `rotation` from one text to another, or plan with -replace for this resource.";
            planning.report.warn("store_private_key", "The private half of this key is not known", detail);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _plan: ServiceKeyView, report: &mut Report) {
        cx.expect(&features::SUPERUSERS, report).await;
    }
}

impl ServiceKey {
    fn named(kid: String) -> Self {
        Self {
            service: String::new(),
            name: String::new(),
            expiration: None,
            metadata: Json::from(&json!({})),
            notes: String::new(),
            rotation: None,
            store_private_key: false,
            kid: Computed::from(kid),
            private_key: Computed::UNSET,
            jwk: Computed::UNSET,
            approved: Computed::UNSET,
            approved_by: Computed::UNSET,
            approved_at: Computed::UNSET,
            created: Computed::UNSET,
        }
    }

    fn made(&self, made: &MadeServiceKey) -> Self {
        let private_key = Computed::from(made.private_key.clone().filter(|_| self.store_private_key));
        Self { kid: Computed::from(made.kid.clone()), private_key, ..self.clone() }
    }

    fn with_outputs_of(self, state: Self) -> Self {
        Self {
            kid: state.kid,
            jwk: state.jwk,
            approved: state.approved,
            approved_by: state.approved_by,
            approved_at: state.approved_at,
            created: state.created,
            ..self
        }
    }

    fn ends(&self) -> Option<i64> {
        self.expiration.as_deref().and_then(dates::seconds)
    }

    fn members(&self) -> Map<String, JsonValue> {
        self.metadata.parse().ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
    }

    /// What a new key is made of.
    fn body(&self) -> Result<NewServiceKey> {
        let expiration = self.ends();
        refuse_past(expiration)?;
        Ok(NewServiceKey {
            service: self.service.clone(),
            name: self.name.clone(),
            metadata: self.members(),
            notes: self.notes.clone(),
            expiration,
        })
    }

    /// What differs from an earlier state. Quay adds metadata to what is there, so what goes becomes null.
    fn changes(&self, state: &Self) -> Result<ServiceKeyChange> {
        let expiration = (self.ends() != state.ends()).then(|| self.ends());
        refuse_past(expiration.flatten())?;
        let (new, old) = (self.members(), state.members());
        let gone = old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name.clone(), JsonValue::Null));
        let metadata: Map<_, _> = gone.chain(new.clone()).collect();
        Ok(ServiceKeyChange {
            name: (self.name != state.name).then(|| self.name.clone()),
            metadata: (new != old).then_some(metadata),
            expiration,
        })
    }

    fn take(&mut self, json: ServiceKeyJson) {
        let expiration = json.expiration();
        if self.ends() != expiration {
            self.expiration = json.expiration_date.as_deref().and_then(dates::rfc3339);
        }
        self.metadata = Json::from(&JsonValue::Object(json.own_metadata()));
        self.notes = json.notes().to_owned();
        self.service = json.service;
        self.name = json.name.unwrap_or_default();
        self.kid = Computed::from(json.kid);
        self.jwk = Computed::from(Json::from(&json.jwk));
        self.created = Computed::from(json.created_date.as_deref().and_then(dates::rfc3339).unwrap_or_default());
        let approval = json.approval.as_ref();
        self.approved = Computed::from(approval.is_some());
        self.approved_by = Computed::from(approval.and_then(|a| Some(a.approver.as_ref()?.username.clone())));
        self.approved_at = Computed::from(approval.and_then(|a| dates::rfc3339(a.approved_date.as_deref()?)));
        if self.private_key.known().is_none() {
            self.private_key = Computed::from(None);
        }
    }
}

/// Quay refuses it too; this names the argument.
fn refuse_past(seconds: Option<i64>) -> Result<()> {
    match seconds {
        Some(seconds) if seconds <= jiff::Timestamp::now().as_second() => {
            let detail =
                "Quay makes no key whose time is over. Choose a later date, or leave it out for a key without end.";
            Err(Error::new("The expiration of the service key is over", detail).at("expiration"))
        }
        _ => Ok(()),
    }
}

/// The answers of two creations were lost, and with them the private halves.
fn lost(service: &str, kid: &str) -> Error {
    let detail = format!(
        "POST /api/v1/superuser/keys got no answer, twice. Key {kid} was made, but only the answer held its private half. Apply again: the key \
         is made anew."
    );
    Error::new(format!("Cannot create a service key of {service}: its private half is not known"), detail)
}

/// Quay refuses a service's name with an empty message.
fn explain(error: registry_http::Error) -> Error {
    let silent = error.status() == Some(400) && error.message().is_none_or(str::is_empty);
    match silent {
        true => Error::from(error).with_hint("Most likely it does not like `service`.").at("service"),
        false => error.into(),
    }
}

#[async_trait]
impl List for ServiceKey {
    type Query = ServiceKeyQuery;

    async fn list(cx: &mut Context<Quay>, query: ServiceKeyQuery, found: &mut Found<Self>) -> Result<()> {
        for json in cx.list(service_keys::list()).await? {
            if query.service.as_ref().is_some_and(|service| *service != json.service) {
                continue;
            }
            let mut key = Self::named(json.kid.clone());
            key.take(json);
            if !found.push(&key).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the service keys of the registry, Quay's own among them.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_service_key")]
pub struct ServiceKeyQuery {
    /// Only keys of this service.
    #[attribute(optional)]
    service: Option<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn metadata_that_goes_becomes_null() {
        let state = ServiceKey { metadata: Json::from(&json!({"a": 1, "b": 2})), ..ServiceKey::named("k".to_owned()) };
        let plan = ServiceKey { metadata: Json::from(&json!({"b": 2, "c": 3})), ..state.clone() };
        let change = plan.changes(&state).unwrap();
        assert_eq!(JsonValue::Object(change.metadata.unwrap()), json!({"a": null, "b": 2, "c": 3}));
        assert_eq!(state.changes(&state).unwrap(), ServiceKeyChange::default());
    }

    #[test]
    fn one_moment_keeps_its_spelling() {
        let spelled = Some("2030-03-17T18:46:40+01:00".to_owned());
        let mut key = ServiceKey { expiration: spelled.clone(), ..ServiceKey::named("k".to_owned()) };
        let json =
            |date: &str| serde_json::from_value(json!({"kid": "k", "service": "s", "expiration_date": date})).unwrap();
        key.take(json("Sun, 17 Mar 2030 17:46:40 GMT"));
        assert_eq!(key.expiration, spelled);
        key.take(json("Sun, 17 Mar 2030 17:46:41 GMT"));
        assert_eq!(key.expiration.as_deref(), Some("2030-03-17T17:46:41Z"));
    }

    #[test]
    fn what_quay_notes_itself_is_refused() {
        let test = |text: &str| (free_metadata().test)(&terraform_framework::Value::from(text));
        assert!(test(r#"{"a": 1}"#).is_ok());
        assert!(test(r#"{"ip": "x"}"#).is_err_and(|why| why.contains("\"ip\"")));
        assert!(test(r#"{"a": null}"#).is_err());
    }

    #[test]
    fn a_time_that_is_over_is_refused() {
        assert!(refuse_past(Some(1000)).is_err());
        assert!(refuse_past(None).is_ok());
    }
}
