//! The settings of a `quay_repository_mirror`, between Terraform and the server.

use jiff::Timestamp;
use jiff::civil::DateTime;
use registry_service::dates;
use terraform_framework::schema::{Check, Modify};
use terraform_framework::{Error, Private, Result, Value, check};

use super::repository_mirror::RepositoryMirror;
use crate::api::mirrors::{Login, MirrorBody, ProxyJson, RegistryConfigJson, RuleJson};

/// Seconds: the shortest limit for copying that Quay takes, and what its own web pages send.
pub(super) const SKOPEO_TIMEOUT: i64 = 300;

/// The only form of dates that Quay's mirrors take.
const DATE: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A date and time in UTC, to the second.
pub(super) fn date() -> Check {
    check::text("a date and time in UTC such as `2026-12-01T00:00:00Z`", |text| match DateTime::strptime(DATE, text) {
        Ok(_) if text.len() == 20 => Ok(()),
        _ => Err(format!(
            "{text:?} is not of the form \"2026-12-01T00:00:00Z\", the only one that Quay takes: in UTC, without fractions of a second."
        )),
    })
}

/// A repository with its registry.
pub(super) fn reference() -> Check {
    check::text("a repository with its registry, without a scheme, such as `quay.io/acme/app`", |text| {
        let named = text.split_once('/').is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty());
        match named && !text.contains("://") && !text.contains(char::is_whitespace) {
            true if text.chars().count() > 255 => {
                Err("It has more than the 255 characters that Quay can store.".to_owned())
            }
            true => Ok(()),
            false => Err(format!("{text:?} is not a repository such as \"quay.io/acme/app\" (without a scheme).")),
        }
    })
}

/// A text of the server: an empty one is none.
pub(super) fn given(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// Proxies for HTTP and HTTPS, and hosts without one.
pub(super) fn proxies(config: &RegistryConfigJson) -> [Option<String>; 3] {
    let none = ProxyJson::default();
    let proxy = config.proxy.as_ref().unwrap_or(&none);
    [&proxy.http_proxy, &proxy.https_proxy, &proxy.no_proxy].map(|text| given(text.as_ref()))
}

/// The start that a server shows, if it is another one than is known. After a synchronization the server counts on, so that a later
/// date is the same start, whatever it is.
pub(super) fn moved_by_hand(known: &str, shown: Option<&str>, status: &str) -> Option<String> {
    let date = shown?.parse::<Timestamp>().ok()?;
    let text = date.strftime(DATE).to_string();
    match known.parse::<Timestamp>() {
        Ok(start) if status != "NEVER_RUN" && date >= start => None,
        _ => (text != known).then_some(text),
    }
}

/// In private data: the start that is in the state was counted on from another one, which nobody knows any more.
const COUNTED_ON: &str = "start_counted_on";

/// Notes, at the first read after an import, whether the server has counted on from the start that was once configured.
pub(super) fn note_start(private: &mut Private, status: &str) -> Result<()> {
    if status == "NEVER_RUN" {
        return Ok(());
    }
    private.set(COUNTED_ON, true)
}

/// Forgets that, when a start is sent.
pub(super) fn forget_start(private: &mut Private) {
    private.remove(COUNTED_ON);
}

/// After such an import an earlier start in the configuration may be the one that the server has counted on from: no change.
pub(super) fn is_start_counted_on(modify: &Modify<'_>) -> bool {
    let moment = |value: &Value| value.as_str().and_then(dates::seconds);
    match (moment(&modify.plan), moment(modify.state)) {
        (Some(wanted), Some(next)) => modify.private.get(COUNTED_ON).is_some() && wanted < next,
        _ => false,
    }
}

/// What makes a mirror do nothing, and forget its login: as near to a deletion as one gets.
pub(super) fn off() -> MirrorBody {
    let login = Login { username: None, password: Some(None) };
    MirrorBody { is_enabled: Some(false), login: Some(login), ..MirrorBody::default() }
}

/// A change of nothing but how the other registry is reached.
pub(super) fn only_config(config: RegistryConfigJson) -> MirrorBody {
    MirrorBody { external_registry_config: Some(config), ..MirrorBody::default() }
}

/// Quay said yes to new tags, and kept the old ones.
pub(super) fn rule_is_stuck(repository: &str) -> Error {
    let detail = "Quay answered the change of `tags` with success, and did not change them. It does so when an earlier creation of this mirror \
                  failed half-way (by a robot that was not there, for one): its tag patterns were left behind, and changes go there. Nothing \
                  in the API cures that. Either set `tags` to what they were, or delete the repository and create it again with its mirror.";
    Error::new(format!("The tags of the mirror of repository {repository} were not changed"), detail).at("tags")
}

impl RepositoryMirror {
    pub(super) fn proxies(&self) -> [Option<String>; 3] {
        [self.http_proxy.clone(), self.https_proxy.clone(), self.no_proxy.clone()]
    }

    /// With all of its members, so that merging leaves nothing old in it.
    pub(super) fn registry_config(&self) -> RegistryConfigJson {
        let [http_proxy, https_proxy, no_proxy] = self.proxies();
        RegistryConfigJson {
            verify_tls: Some(self.verify_tls),
            unsigned_images: Some(self.unsigned_images),
            proxy: Some(ProxyJson { http_proxy, https_proxy, no_proxy }),
        }
    }

    /// All settings. `skopeo`: the server knows the limit for copying.
    pub(super) fn whole(&self, skopeo: bool) -> MirrorBody {
        let password = self.external_registry_password.given().cloned();
        MirrorBody {
            is_enabled: Some(self.is_enabled),
            external_reference: Some(self.external_reference.clone()),
            robot_username: Some(self.robot_username.clone()),
            sync_interval: Some(self.sync_interval),
            sync_start_date: Some(self.sync_start_date.clone()),
            root_rule: Some(RuleJson::of(&self.tags)),
            skopeo_timeout_interval: skopeo.then_some(self.skopeo_timeout_interval),
            // Servers that do not know it fail when they are sent it.
            architecture_filter: Some(self.architecture_filter.clone()).filter(|filter| !filter.is_empty()),
            external_registry_config: Some(self.registry_config()),
            login: Some(Login { username: self.external_registry_username.clone(), password: Some(password) }),
        }
    }

    /// What differs from a state.
    pub(super) fn changes(&self, state: &Self, skopeo: bool) -> MirrorBody {
        fn changed<T: PartialEq + Clone>(new: &T, old: &T) -> Option<T> {
            (new != old).then(|| new.clone())
        }
        MirrorBody {
            is_enabled: changed(&self.is_enabled, &state.is_enabled),
            external_reference: changed(&self.external_reference, &state.external_reference),
            robot_username: changed(&self.robot_username, &state.robot_username),
            sync_interval: changed(&self.sync_interval, &state.sync_interval),
            sync_start_date: changed(&self.sync_start_date, &state.sync_start_date),
            root_rule: changed(&self.tags, &state.tags).map(|tags| RuleJson::of(&tags)),
            skopeo_timeout_interval: changed(&self.skopeo_timeout_interval, &state.skopeo_timeout_interval)
                .filter(|_| skopeo),
            architecture_filter: changed(&self.architecture_filter, &state.architecture_filter),
            external_registry_config: changed(&self.registry_config(), &state.registry_config()),
            login: self.login_since(state),
        }
    }

    /// The login, if it has changed; with the password only if that has.
    fn login_since(&self, state: &Self) -> Option<Login> {
        let (new, old) = (&self.external_registry_password, &state.external_registry_password);
        let password = match new.is_set() {
            true if new.changed_since(old) || !old.is_set() => Some(new.given().cloned()),
            false if old.is_set() || self.external_registry_username.is_none() => Some(None),
            _ => None,
        };
        let renamed = self.external_registry_username != state.external_registry_username;
        let password = password.filter(|password| renamed || password.is_some() || old.is_set());
        (renamed || password.is_some()).then(|| Login { username: self.external_registry_username.clone(), password })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::keys::RepositoryKey;
    use terraform_framework::Value;

    fn mirror() -> RepositoryMirror {
        RepositoryMirror::named(RepositoryKey { namespace: "acme".to_owned(), name: "app".to_owned() })
    }

    #[test]
    fn dates_have_one_form() {
        let ok = |text: &str| (date().test)(&Value::from(text)).is_ok();
        assert!(ok("2026-12-01T00:00:00Z"));
        for bad in ["2026-12-01", "2026-12-01T00:00:00+00:00", "2026-12-01T00:00:00.1Z", "2026-13-01T00:00:00Z", ""] {
            assert!(!ok(bad), "{bad}");
        }
    }

    #[test]
    fn a_start_that_the_server_counts_on_from_has_not_changed() {
        let start = "2026-12-01T00:00:00Z";
        let moved = |shown, status| moved_by_hand(start, Some(shown), status);
        assert_eq!(moved("2026-12-01T01:00:00.123456Z", "SUCCESS"), None);
        assert_eq!(moved("2026-12-01T01:00:00Z", "NEVER_RUN").as_deref(), Some("2026-12-01T01:00:00Z"));
        assert_eq!(moved("2026-11-01T00:00:00Z", "SUCCESS").as_deref(), Some("2026-11-01T00:00:00Z"));
        assert_eq!(moved(start, "NEVER_RUN"), None);
        assert_eq!(moved_by_hand(start, None, "CANCEL"), None);
        assert_eq!(
            moved_by_hand("", Some("2026-12-01T01:00:00.5Z"), "SUCCESS").as_deref(),
            Some("2026-12-01T01:00:00Z")
        );
    }

    #[test]
    fn references_have_no_scheme() {
        let ok = |text: &str| (reference().test)(&Value::from(text)).is_ok();
        assert!(ok("quay.io/a/b") && ok("127.0.0.1:5000/a"));
        assert!(!ok("https://quay.io/a") && !ok("quay.io") && !ok("quay.io/a b") && !ok(""));
        assert!(ok(&format!("a/{}", "b".repeat(253))) && !ok(&format!("a/{}", "b".repeat(254))));
    }

    #[test]
    fn only_changes_are_sent_but_the_registrys_settings_are_sent_whole() {
        let state = mirror();
        let mut plan = state.clone();
        (plan.http_proxy, plan.sync_interval) = (Some("http://p:1".to_owned()), 60);
        let body = serde_json::to_value(plan.changes(&state, true)).unwrap();
        let proxy = json!({ "http_proxy": "http://p:1", "https_proxy": null, "no_proxy": null });
        let config = json!({ "verify_tls": true, "unsigned_images": false, "proxy": proxy });
        assert_eq!(body, json!({ "sync_interval": 60, "external_registry_config": config }));
        assert_eq!(serde_json::to_value(state.changes(&state, true)).unwrap(), json!({}));
    }

    #[test]
    fn old_servers_are_not_sent_what_they_do_not_know() {
        let body = serde_json::to_value(mirror().whole(false)).unwrap();
        assert!(body.get("skopeo_timeout_interval").is_none() && body.get("architecture_filter").is_none());
    }
}
