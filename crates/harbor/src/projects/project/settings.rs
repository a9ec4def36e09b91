//! A project's settings: texts by key on the server, of which only those are there that were ever set.

use std::collections::BTreeMap;

use semver::Version;
use terraform_framework::{Context, Error, Report, Result};

use super::{Project, ProjectView};
use crate::api::projects::ProjectJson;
use crate::client::Harbor;

/// Settings to be sent, and keys to be reset to their defaults.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) set: BTreeMap<&'static str, String>,
    pub(super) reset: Vec<&'static str>,
}

impl Settings {
    /// What must be done to come here from others: what differs is set, what is no longer set is reset.
    pub(super) fn since(self, earlier: &Self) -> Self {
        let reset = earlier.set.keys().filter(|key| !self.set.contains_key(*key)).copied().collect();
        let set = self.set.into_iter().filter(|(key, value)| earlier.set.get(key) != Some(value)).collect();
        Self { set, reset }
    }
}

/// Go's reading of a truth value; one that cannot be read is not true.
fn truth(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

impl Project {
    /// The settings that are not at their defaults; a key that is not there has its default.
    pub(super) fn settings(&self) -> Settings {
        let flag = |key, value: bool, default: bool| (value != default).then(|| (key, value.to_string()));
        let number = |key, value: i64| (value != -1).then(|| (key, value.to_string()));
        let set = [
            // Always sent: it is the one setting that Harbor itself always has.
            Some(("public", self.public.to_string())),
            flag("auto_scan", self.auto_scan, false),
            flag("auto_sbom_generation", self.auto_sbom_generation, false),
            flag("prevent_vul", self.prevent_vul, false),
            self.severity.clone().map(|severity| ("severity", severity)),
            flag("enable_content_trust", self.enable_content_trust, false),
            flag("enable_content_trust_cosign", self.enable_content_trust_cosign, false),
            flag("reuse_sys_cve_allowlist", self.reuse_sys_cve_allowlist, true),
            number("proxy_speed_kb", self.proxy_speed_kb),
            number("max_upstream_conn", self.max_upstream_conn),
            flag("proxy_cache_local_on_not_found", self.proxy_cache_local_on_not_found, false),
        ];
        Settings { set: set.into_iter().flatten().collect(), reset: Vec::new() }
    }

    /// What the server says of the settings.
    pub(super) fn take_settings(&mut self, json: &ProjectJson) {
        let flag = |key: &str, default: bool| json.setting(key).map_or(default, truth);
        let number = |key: &str| json.setting(key).and_then(|text| text.parse().ok()).unwrap_or(-1);
        self.public = flag("public", false);
        self.auto_scan = flag("auto_scan", false);
        self.auto_sbom_generation = flag("auto_sbom_generation", false);
        self.prevent_vul = flag("prevent_vul", false);
        self.severity = json.setting("severity").map(str::to_lowercase);
        self.enable_content_trust = flag("enable_content_trust", false);
        self.enable_content_trust_cosign = flag("enable_content_trust_cosign", false);
        self.reuse_sys_cve_allowlist = flag("reuse_sys_cve_allowlist", true);
        self.proxy_speed_kb = number("proxy_speed_kb");
        self.max_upstream_conn = number("max_upstream_conn");
        self.proxy_cache_local_on_not_found = flag("proxy_cache_local_on_not_found", false);
    }

    /// Refuses settings that the server's release does not know, before anything is sent: it would drop them without a word.
    pub(super) async fn check_version(&self, cx: &Context<Harbor>) -> Result<()> {
        let set = self.settings().set;
        let newer = NEWER.iter().filter(|newer| set.contains_key(newer.attribute));
        for newer in newer {
            let Some(version) = cx.version().await? else { return Ok(()) };
            if let Some(detail) = newer.refusal(version) {
                return Err(Error::new(TOO_OLD, detail).at(newer.attribute));
            }
        }
        Ok(())
    }
}

/// Summary of the refusal of a newer setting.
pub(super) const TOO_OLD: &str = "Setting needs a newer Harbor";

/// A setting that not every release knows.
pub(super) struct Newer {
    pub(super) attribute: &'static str,
    /// The first release that knows it.
    since: Version,
    /// Whether a plan uses it.
    pub(super) is_used: fn(&ProjectView) -> bool,
}

impl Newer {
    /// Why a release cannot have it.
    pub(super) fn refusal(&self, version: &Version) -> Option<String> {
        (*version < self.since).then(|| {
            format!(
                "`{}` came with Harbor {}; this server is {version} and would ignore it without a word. Remove it from the configuration, or \
                 upgrade Harbor.",
                self.attribute, self.since
            )
        })
    }
}

fn is_number(value: Option<&terraform_framework::Number>) -> bool {
    value.and_then(terraform_framework::Number::as_i64).is_some_and(|n| n != -1)
}

/// Settings that came after 2.8. (Patch releases are counted: `proxy_cache_local_on_not_found` is in the API description of 2.15.2.)
pub(super) static NEWER: [Newer; 4] = [
    Newer {
        attribute: "auto_sbom_generation",
        since: Version::new(2, 11, 0),
        is_used: |p| p.auto_sbom_generation.known() == Some(&true),
    },
    Newer {
        attribute: "proxy_speed_kb",
        since: Version::new(2, 12, 0),
        is_used: |p| is_number(p.proxy_speed_kb.known()),
    },
    Newer {
        attribute: "max_upstream_conn",
        since: Version::new(2, 15, 0),
        is_used: |p| is_number(p.max_upstream_conn.known()),
    },
    Newer {
        attribute: "proxy_cache_local_on_not_found",
        since: Version::new(2, 15, 2),
        is_used: |p| p.proxy_cache_local_on_not_found.known() == Some(&true),
    },
];

/// Refuses settings that Harbor would ignore for this kind of project.
pub(super) fn validate(config: &ProjectView, report: &mut Report) {
    if config.registry_id.known().is_some() && config.enable_content_trust.known() == Some(&true) {
        let detail =
            "Harbor ignores `enable_content_trust` for a proxy cache (a project with `registry_id`). Remove it.";
        report.error("enable_content_trust", "Not for proxy caches", detail);
    }
    if !config.registry_id.is_null() {
        return;
    }
    let only_for_proxies = [
        ("proxy_speed_kb", is_number(config.proxy_speed_kb.known())),
        ("max_upstream_conn", is_number(config.max_upstream_conn.known())),
        ("proxy_cache_local_on_not_found", config.proxy_cache_local_on_not_found.known() == Some(&true)),
    ];
    for (attribute, _) in only_for_proxies.iter().filter(|(_, used)| *used) {
        let detail =
            format!("`{attribute}` has a meaning only for a proxy cache: set `registry_id` too, or remove it.");
        report.error(*attribute, "Only for proxy caches", detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_framework::Model;

    fn settings(pairs: &[(&'static str, &str)]) -> Settings {
        Settings { set: pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect(), reset: Vec::new() }
    }

    #[test]
    fn what_is_no_longer_set_is_reset() {
        let before = settings(&[("public", "true"), ("severity", "low"), ("auto_scan", "true")]);
        let after = settings(&[("public", "false"), ("auto_scan", "true")]);
        let difference = after.since(&before);
        assert_eq!(difference.set, BTreeMap::from([("public", "false".to_owned())]));
        assert_eq!(difference.reset, ["severity"]);
    }

    /// Fields of the API description's `ProjectReq`, `ProjectMetadata`, `CVEAllowlist` and `CVEAllowlistItem` (release 2.15.2), each
    /// with the attribute that it is, or why it is none.
    const FIELDS: [(&str, Result<&str, &str>); 25] = [
        ("ProjectReq.project_name", Ok("name")),
        ("ProjectReq.public", Err("deprecated; metadata.public says the same")),
        ("ProjectReq.metadata", Err("its fields are below")),
        ("ProjectReq.cve_allowlist", Ok("cve_allowlist")),
        ("ProjectReq.storage_limit", Ok("storage_limit")),
        ("ProjectReq.registry_id", Ok("registry_id")),
        ("ProjectMetadata.public", Ok("public")),
        ("ProjectMetadata.enable_content_trust", Ok("enable_content_trust")),
        ("ProjectMetadata.enable_content_trust_cosign", Ok("enable_content_trust_cosign")),
        ("ProjectMetadata.prevent_vul", Ok("prevent_vul")),
        ("ProjectMetadata.severity", Ok("severity")),
        ("ProjectMetadata.auto_scan", Ok("auto_scan")),
        ("ProjectMetadata.auto_sbom_generation", Ok("auto_sbom_generation")),
        ("ProjectMetadata.reuse_sys_cve_allowlist", Ok("reuse_sys_cve_allowlist")),
        ("ProjectMetadata.retention_id", Err("Harbor sets it when a retention policy is made, and refuses it here")),
        ("ProjectMetadata.proxy_speed_kb", Ok("proxy_speed_kb")),
        ("ProjectMetadata.max_upstream_conn", Ok("max_upstream_conn")),
        ("ProjectMetadata.proxy_cache_local_on_not_found", Ok("proxy_cache_local_on_not_found")),
        ("CVEAllowlist.id", Err("the number of a row that nothing refers to")),
        ("CVEAllowlist.project_id", Err("always the project's own")),
        ("CVEAllowlist.expires_at", Ok("cve_allowlist.expires_at")),
        ("CVEAllowlist.items", Ok("cve_allowlist.cve_ids")),
        ("CVEAllowlist.creation_time", Err("of no use")),
        ("CVEAllowlist.update_time", Err("of no use")),
        ("CVEAllowlistItem.cve_id", Ok("cve_allowlist.cve_ids")),
    ];

    /// The names of these fields, taken out of the API description itself, one line each.
    const DESCRIBED: &str = include_str!("fields-2.15.2.txt");

    #[test]
    fn every_field_of_the_api_is_an_attribute_or_excused() {
        use std::collections::BTreeSet;

        use terraform_framework::schema::Shape;
        let described: BTreeSet<&str> = DESCRIBED.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(FIELDS.iter().map(|(field, _)| *field).collect::<BTreeSet<_>>(), described);
        let schema = Project::schema();
        for (field, attribute) in FIELDS {
            let Ok(path) = attribute else { continue };
            let (outer, inner) = path.split_once('.').map_or((path, None), |(o, i)| (o, Some(i)));
            let found = schema.block.attribute(outer);
            let found = found.is_some_and(|a| match (&a.shape, inner) {
                (_, None) => true,
                (Shape::Nested(_, inside), Some(inner)) => inside.iter().any(|a| a.name == inner),
                _ => false,
            });
            assert!(found, "{field} is said to be {path}, which is no attribute");
        }
    }

    #[test]
    fn every_setting_of_the_api_is_sent_when_it_is_not_the_default() {
        let mut project = serde_json::from_str::<ProjectJson>(r#"{"name": "a"}"#).map(Project::found);
        let Ok(project) = project.as_mut() else { unreachable!("it is JSON") };
        project.severity = Some("low".to_owned());
        (project.auto_scan, project.auto_sbom_generation, project.prevent_vul) = (true, true, true);
        (project.enable_content_trust, project.enable_content_trust_cosign) = (true, true);
        (project.reuse_sys_cve_allowlist, project.proxy_cache_local_on_not_found) = (false, true);
        (project.proxy_speed_kb, project.max_upstream_conn) = (1, 2);
        let sent = project.settings().set;
        for (field, attribute) in FIELDS {
            if let (Some(key), Ok(_)) = (field.strip_prefix("ProjectMetadata."), attribute) {
                assert!(sent.contains_key(key), "{field} is not sent");
            }
        }
    }
}
