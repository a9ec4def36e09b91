//! What notifications of repositories, organizations and users have in common: how somebody is told.

use secrecy::SecretString;
use serde_json::{Map, Value as Json, json};
use terraform_framework::model::SecretArgumentView;
use terraform_framework::schema::{Check, Modify};
use terraform_framework::value::Value;
use terraform_framework::{Error, Nested, Path, PlanValue, Report, Result, Secret, SecretArgument, check};

use crate::api::notifications::{NewNotification, NotificationJson};

/// What can happen to an organization or a user.
pub(super) const OF_NAMESPACES: &[&str] = &["quota_warning", "quota_error"];

/// How somebody is told: one of these.
#[derive(Debug, Clone, Nested)]
pub struct Methods {
    /// Posts JSON to an address. A change replaces the notification.
    #[attribute(optional, requires_replace_if = replaces)]
    pub webhook: Option<Webhook>,
    /// Sends an e-mail. A change replaces the notification.
    #[attribute(optional, requires_replace_if = replaces)]
    pub email: Option<Email>,
    /// Writes to a channel of Slack. A change replaces the notification.
    #[attribute(optional, requires_replace_if = replaces)]
    pub slack: Option<Slack>,
    /// Writes to the team inbox of a Flowdock flow. A change replaces the notification.
    #[attribute(optional, requires_replace_if = replaces)]
    pub flowdock: Option<Flowdock>,
    /// Writes to a room of HipChat. A change replaces the notification.
    #[attribute(optional, requires_replace_if = replaces)]
    pub hipchat: Option<Hipchat>,
    /// Tells users on the web pages of Quay. A change replaces the notification.
    #[attribute(optional, requires_replace_if = replaces)]
    pub quay_notification: Option<QuayNotification>,
}

/// Posts JSON to an address.
#[derive(Debug, Clone, Nested)]
pub struct Webhook {
    /// The address, by HTTP or HTTPS; not the server's own machine. It is a secret, because addresses of webhooks often hold a token.
    /// Exactly one of `url` and `url_wo` must be set.
    #[attribute(optional, check = web_address())]
    url: SecretArgument,
    /// The body to post, in which `${...}` stands for parts of the event: JSON. Without it, the whole event is posted.
    #[attribute(optional, check = check::json())]
    template: Option<String>,
}

/// Sends an e-mail.
#[derive(Debug, Clone, Nested)]
pub struct Email {
    /// The address. For the notification of a repository, Quay must have been allowed to write to it about this repository: the action
    /// `quay_authorize_notification_email` asks the owner of the address, who confirms it.
    #[attribute(required, check = crate::names::address())]
    address: String,
}

/// Writes to a channel of Slack.
#[derive(Debug, Clone, Nested)]
pub struct Slack {
    /// The address of an incoming webhook. Exactly one of `url` and `url_wo` must be set.
    #[attribute(optional, check = web_address())]
    url: SecretArgument,
}

/// Writes to the team inbox of a Flowdock flow.
#[derive(Debug, Clone, Nested)]
pub struct Flowdock {
    /// The token of the flow. Exactly one of `flow_api_token` and `flow_api_token_wo` must be set.
    #[attribute(optional, check = check::length(1, 4096))]
    flow_api_token: SecretArgument,
}

/// Writes to a room of HipChat.
#[derive(Debug, Clone, Nested)]
pub struct Hipchat {
    /// Id of the room.
    #[attribute(required, check = check::length(1, 255))]
    room_id: String,
    /// The token for notifications in the room. Exactly one of `notification_token` and `notification_token_wo` must be set.
    #[attribute(optional, check = check::length(1, 4096))]
    notification_token: SecretArgument,
}

/// Tells users on the web pages of Quay.
#[derive(Debug, Clone, Nested)]
pub struct QuayNotification {
    /// Who is told: a `user`, the members of a `team` of the organization, or the owners of the organization (`org`).
    #[attribute(required, check = check::one_of(&["user", "team", "org"]))]
    kind: String,
    /// Name of the user, the team or the organization, which must be the one that the notification is about.
    #[attribute(required, check = check::length(1, 255))]
    name: String,
}

/// An address of the web. What is wrong is said without repeating it: it may hold a token.
fn web_address() -> Check {
    check::text("an address such as `https://hooks.example.com/quay`", |text| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match rest.and_then(host).as_deref() {
            // Quay fails without a host, and refuses its own machine.
            None => Err("It must be an address such as \"https://hooks.example.com/quay\".".to_owned()),
            Some("localhost" | "127.0.0.1") => Err("Quay does not send to its own machine.".to_owned()),
            Some(_) if text.contains(char::is_whitespace) => Err("An address has no blanks.".to_owned()),
            Some(_) => Ok(()),
        }
    })
}

/// The host of an address, out of what stands behind the `//`: behind the user and the password, before the port.
fn host(rest: &str) -> Option<String> {
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (_, place) = place.rsplit_once('@').unwrap_or(("", place));
    let host = match place.strip_prefix('[') {
        Some(address) => address.split_once(']')?.0,
        None => place.split(':').next().unwrap_or_default(),
    };
    let good = !host.is_empty() && (place.starts_with('[') || !host.contains(['[', ']']));
    good.then(|| host.to_lowercase())
}

/// Quay cannot change a notification: what differs for the server replaces it. That is not so of the first version of a write-only argument,
/// nor of a secret that moves out of the state as it is.
fn replaces(modify: &Modify<'_>) -> bool {
    let (Value::Object(state), Value::Object(plan)) = (modify.state, &modify.plan) else {
        return *modify.state != modify.plan;
    };
    state.iter().any(|(name, old)| {
        let new = plan.get(name).unwrap_or(&Value::Null);
        if name.ends_with("_wo_version") {
            return !old.is_null() && !new.is_null() && old != new;
        }
        let moves_out = !old.is_null() && new.is_null() && plan.contains_key(&format!("{name}_wo"));
        match moves_out {
            true => modify.config.attribute(&format!("{name}_wo")) != Some(old),
            false => old != new,
        }
    })
}

/// What a method is for the server: its name, what it needs, and what of that is secret.
struct Told {
    method: &'static str,
    config: Json,
    secrets: Vec<SecretString>,
}

impl Told {
    fn new(method: &'static str, config: Json) -> Self {
        Self { method, config, secrets: Vec::new() }
    }

    fn with(mut self, name: &str, secret: &SecretArgument) -> Result<Self> {
        let given = secret.given().ok_or_else(|| missing(self.method, name))?;
        self.config[name] = json!(given.expose());
        self.secrets.push(SecretString::from(given.expose().to_owned()));
        Ok(self)
    }
}

fn missing(method: &str, name: &str) -> Error {
    let detail = format!("Neither `{name}` nor `{name}_wo` is set.");
    Error::new(format!("Argument of {method} is missing"), detail).at(Path::attribute(method).child(name))
}

impl Methods {
    /// None at all, as after an import.
    pub(super) fn none() -> Self {
        Self { webhook: None, email: None, slack: None, flowdock: None, hipchat: None, quay_notification: None }
    }

    fn told(&self) -> Result<Told> {
        if let Some(webhook) = &self.webhook {
            let mut told = Told::new("webhook", json!({})).with("url", &webhook.url)?;
            if let Some(template) = &webhook.template {
                told.config["template"] = json!(template);
            }
            return Ok(told);
        }
        if let Some(email) = &self.email {
            return Ok(Told::new("email", json!({ "email": email.address })));
        }
        if let Some(slack) = &self.slack {
            return Told::new("slack", json!({})).with("url", &slack.url);
        }
        if let Some(flowdock) = &self.flowdock {
            return Told::new("flowdock", json!({})).with("flow_api_token", &flowdock.flow_api_token);
        }
        if let Some(hipchat) = &self.hipchat {
            let told = Told::new("hipchat", json!({ "room_id": hipchat.room_id }));
            return told.with("notification_token", &hipchat.notification_token);
        }
        if let Some(QuayNotification { kind, name }) = &self.quay_notification {
            return Ok(Told::new("quay_notification", json!({ "target": { "kind": kind, "name": name } })));
        }
        Err(Error::bug("a notification without a method"))
    }

    /// What a new notification is made of.
    pub(super) fn body(&self, title: &str, event: &str, event_config: Map<String, Json>) -> Result<NewNotification> {
        let Told { method, config, secrets } = self.told()?;
        let (title, event, event_config) = (title.to_owned(), event.to_owned(), Json::Object(event_config));
        Ok(NewNotification { title, event, method, config, event_config, secrets })
    }

    /// What the server shows; what the user keeps out of the state stays out.
    pub(super) fn shown(&self, json: &NotificationJson) -> Result<Self> {
        let text = |pointer: &str| json.config.pointer(pointer).and_then(Json::as_str).unwrap_or_default().to_owned();
        let secret = |known: Option<&SecretArgument>, name: &str| {
            known.cloned().unwrap_or_default().shown(Secret::from(text(&format!("/{name}"))))
        };
        let mut shown = Self::none();
        match json.method.as_str() {
            "webhook" => {
                let url = secret(self.webhook.as_ref().map(|known| &known.url), "url");
                let template = Some(text("/template")).filter(|template| !template.is_empty());
                shown.webhook = Some(Webhook { url, template });
            }
            "email" => shown.email = Some(Email { address: text("/email") }),
            "slack" => {
                shown.slack = Some(Slack { url: secret(self.slack.as_ref().map(|known| &known.url), "url") });
            }
            "flowdock" => {
                let known = self.flowdock.as_ref().map(|known| &known.flow_api_token);
                shown.flowdock = Some(Flowdock { flow_api_token: secret(known, "flow_api_token") });
            }
            "hipchat" => {
                let known = self.hipchat.as_ref().map(|known| &known.notification_token);
                let notification_token = secret(known, "notification_token");
                shown.hipchat = Some(Hipchat { room_id: text("/room_id"), notification_token });
            }
            "quay_notification" => {
                let (kind, name) = (text("/target/kind"), text("/target/name"));
                shown.quay_notification = Some(QuayNotification { kind, name });
            }
            other => {
                let detail = format!("It tells by {other:?}, which this version of the provider does not know.");
                return Err(Error::new(format!("Notification {} cannot be read", json.uuid), detail));
            }
        }
        Ok(shown)
    }
}

/// Refuses secrets that are given twice or not at all, and targets that do not belong to `namespace` (known, if it is an organization).
pub(super) fn validate(methods: &MethodsView, namespace: Option<&str>, report: &mut Report) {
    if let Some(webhook) = methods.webhook.known() {
        check_secret("webhook", "url", &webhook.url, report);
    }
    if let Some(slack) = methods.slack.known() {
        check_secret("slack", "url", &slack.url, report);
    }
    if let Some(flowdock) = methods.flowdock.known() {
        check_secret("flowdock", "flow_api_token", &flowdock.flow_api_token, report);
    }
    if let Some(hipchat) = methods.hipchat.known() {
        check_secret("hipchat", "notification_token", &hipchat.notification_token, report);
    }
    let Some(target) = methods.quay_notification.known() else { return };
    if let (PlanValue::Known(kind), PlanValue::Known(name), Some(namespace)) = (&target.kind, &target.name, namespace)
        && kind == "org"
        && name != namespace
    {
        // Quay fails then, without a word.
        let why = format!("Only the organization itself can be told, {namespace:?}, and not {name:?}.");
        report.error(Path::attribute("quay_notification").child("name"), "Another organization", why);
    }
}

/// The rules between the three arguments of a secret inside a method.
fn check_secret(method: &str, name: &str, secret: &SecretArgumentView, report: &mut Report) {
    let path = Path::attribute(method).child(name);
    let (wo, version) = (format!("{name}_wo"), format!("{name}_wo_version"));
    let mut error = |summary: &str, detail: String| report.error(path.clone(), summary, detail);
    if !secret.value.is_null() && !secret.write_only.is_null() {
        error("Arguments that exclude each other", format!("Only one of `{name}` and `{wo}` can be set."));
    }
    if secret.value.is_null() && secret.write_only.is_null() {
        error("Missing argument", format!("Set exactly one of `{name}` and `{wo}`."));
    }
    if secret.write_only.is_null() != secret.version.is_null() {
        error("Arguments that belong together", format!("Set both of `{wo}` and `{version}`, or none."));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use terraform_framework::{Field, Object};

    fn methods(object: &[(&str, &[(&str, Value)])]) -> Methods {
        let inner = |members: &[(&str, Value)]| members.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        let object: Object = object.iter().map(|(n, m)| ((*n).to_owned(), Value::Object(inner(m)))).collect();
        terraform_framework::Fields::from_object(&object).unwrap()
    }

    fn shown(method: &str, config: Json) -> NotificationJson {
        let json = json!({ "uuid": "u", "event": "repo_push", "method": method, "config": config, "event_config": {} });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn addresses_are_refused_without_being_repeated() {
        let refused = |text: &str| (web_address().test)(&Value::from(text)).err();
        for bad in [
            "https:///secret",
            "ftp://secret",
            "http://localhost/secret",
            "http://127.0.0.1:80/secret",
            "secret",
            "https://user@/secret",
            "https://:443/secret",
            "https://[::1/secret",
            "http://u:secret@localhost/",
        ] {
            assert!(refused(bad).is_some_and(|why| !why.contains("secret")), "{bad}");
        }
        assert_eq!(refused("https://hooks.example.com/x"), None);
    }

    #[test]
    fn each_method_is_read_as_it_is_sent() {
        let all = [
            methods(&[("webhook", &[("url", Value::from("https://a.b/c")), ("template", Value::from("{}"))])]),
            methods(&[("email", &[("address", Value::from("a@b.c"))])]),
            methods(&[("slack", &[("url", Value::from("https://a.b/c"))])]),
            methods(&[("flowdock", &[("flow_api_token", Value::from("t"))])]),
            methods(&[("hipchat", &[("room_id", Value::from("1")), ("notification_token", Value::from("t"))])]),
            methods(&[("quay_notification", &[("kind", Value::from("team")), ("name", Value::from("devs"))])]),
        ];
        for sent in all {
            let new = sent.body("", "repo_push", Map::new()).unwrap();
            let back = Methods::none().shown(&shown(new.method, new.config.clone())).unwrap();
            assert_eq!(back.body("", "repo_push", Map::new()).unwrap().config, new.config);
        }
    }

    #[test]
    fn a_secret_that_is_write_only_stays_out_of_the_state() {
        let version = ("url_wo_version", Value::Number(1.into()));
        let known = methods(&[("slack", &[version])]);
        let read = known.shown(&shown("slack", json!({ "url": "https://a.b/secret" }))).unwrap();
        let mut object = Object::new();
        Field::write(&read.slack, "slack", &mut object);
        assert!(object["slack"].attribute("url").unwrap().is_null());
        assert!(!object["slack"].attribute("url_wo_version").unwrap().is_null());
    }
}
