//! What the configuration of a repository's mirror may hold.

use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::quay::reply::Reply;
use crate::quay::state::State;
use crate::quay::upstreams;

/// Which a mirror can choose from.
pub(crate) const ARCHITECTURES: &[&str] = &["amd64", "arm64", "ppc64le", "s390x"];

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn text_or_null(description: &str) -> Value {
    json!({"type": ["string", "null"], "description": description})
}

fn at_least(minimum: u64, description: &str) -> Value {
    json!({"type": "integer", "minimum": minimum, "description": description})
}

fn properties() -> Value {
    json!({
        "is_enabled": {"type": "boolean", "description": "Used to enable or disable synchronizations."},
        "external_reference": text("Location of the external repository."),
        "external_registry_username": text_or_null("Username used to authenticate with external registry."),
        "external_registry_password": text_or_null("Password used to authenticate with external registry."),
        "sync_start_date": text("Determines the next time this repository is ready for synchronization."),
        "sync_interval": at_least(0, "Number of seconds after next_start_date to begin synchronizing."),
        "robot_username": text("Username of robot which will be used for image pushes."),
        "root_rule": {
            "type": "object",
            "required": ["rule_kind", "rule_value"],
            "properties": {
                "rule_kind": {"type": "string", "description": "The kind of rule type", "enum": ["tag_glob_csv"]},
                "rule_value": {"type": "array", "description": "Array of tag patterns", "items": {"type": "string"}}
            },
            "description": "A list of glob-patterns used to determine which tags should be synchronized."
        },
        "external_registry_config": registry_config(),
        "skopeo_timeout_interval": at_least(300, "Number of seconds mirroring job will run before timing out."),
        "architecture_filter": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "List of architectures to mirror from multi-arch images. Empty array or null means mirror all \
                            architectures. Valid values: amd64, arm64, ppc64le, s390x."
        }
    })
}

fn registry_config() -> Value {
    let proxy = |variable: &str| text_or_null(&format!("Value for {variable} environment variable during sync."));
    json!({
        "type": "object",
        "properties": {
            "verify_tls": {
                "type": "boolean",
                "description": "Determines whether HTTPs is required and the certificate is verified when communicating with the \
                                external repository."
            },
            "unsigned_images": {
                "type": "boolean",
                "description": "Determines whether the image signature will be verified when pulling from the external repository."
            },
            "proxy": {
                "type": "object",
                "description": "Proxy configuration for use during synchronization.",
                "properties": {
                    "https_proxy": proxy("HTTPS_PROXY"),
                    "http_proxy": proxy("HTTP_PROXY"),
                    "no_proxy": proxy("NO_PROXY")
                }
            }
        }
    })
}

/// The schema of a request, of a creation or of a change.
pub(super) fn schema(creates: bool) -> Value {
    if !creates {
        return json!({
            "description": "Update the repository mirroring configuration.",
            "type": "object",
            "properties": properties()
        });
    }
    json!({
        "description": "Create the repository mirroring configuration.",
        "type": "object",
        "required": ["external_reference", "sync_interval", "sync_start_date", "root_rule", "skopeo_timeout_interval"],
        "properties": properties()
    })
}

/// Whether a creation may have this member; others crash it.
pub(super) fn is_known(member: &str) -> bool {
    properties().get(member).is_some()
}

/// Dates have one form only.
pub(super) fn check_date(body: &Value) -> Result<(), Reply> {
    let date = body["sync_start_date"].as_str().unwrap_or_default();
    match DateTime::strptime("%Y-%m-%dT%H:%M:%SZ", date) {
        Ok(_) => Ok(()),
        Err(_) => Err(Reply::json(400, json!({"detail": "Incorrect DateTime format for sync_start_date."}))),
    }
}

/// The architectures that a request asks for, if it does.
pub(super) fn architectures(state: &State, body: &Value) -> Result<Option<Vec<String>>, Reply> {
    let Some(filter) = body.get("architecture_filter") else { return Ok(None) };
    let wanted: Vec<String> = serde_json::from_value(filter.clone()).unwrap_or_default();
    if !wanted.is_empty() && !state.feature("FEATURE_SPARSE_INDEX") {
        let detail = "Architecture filtering requires FEATURE_SPARSE_INDEX to be enabled.";
        return Err(Reply::json(400, json!({"detail": detail})));
    }
    let mut strange: Vec<&str> =
        wanted.iter().map(String::as_str).filter(|name| !ARCHITECTURES.contains(name)).collect();
    strange.sort_unstable();
    match strange.is_empty() {
        true => Ok(Some(wanted)),
        false => Err(Reply::invalid(format!("Invalid architectures: {}", strange.join(", ")))),
    }
}

/// Where images may come from: no URL, and no private address that the configuration does not name.
pub(super) fn check_reference(state: &State, reference: &str) -> Result<(), Reply> {
    let checked = upstreams::check_reference(state, reference);
    checked.map_err(|refusal| refusal.reply("The provided registry location is not allowed"))
}

/// The patterns of tags, kept as they come.
pub(super) fn rule(body: &Value) -> Result<Vec<String>, Reply> {
    let rule: Vec<String> = serde_json::from_value(body["root_rule"]["rule_value"].clone()).unwrap_or_default();
    if rule.is_empty() {
        let why = "validation failed: rule_value for TAG_GLOB_CSV must be a list with at least one rule";
        return Err(Reply::invalid(why));
    }
    Ok(rule)
}
