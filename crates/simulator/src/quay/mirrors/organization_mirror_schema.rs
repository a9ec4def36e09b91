//! What the bodies of `organization/{orgname}/mirror` must be.

use serde_json::{Value, json};

/// Of a new mirror.
pub(super) fn new() -> Value {
    let proxy = json!({"type": ["string", "null"]});
    json!({
        "type": "object",
        "description": "Create organization mirror configuration",
        "required": [
            "external_registry_type",
            "external_registry_url",
            "external_namespace",
            "robot_username",
            "visibility",
            "sync_interval",
            "sync_start_date"
        ],
        "properties": {
            "external_registry_type": {
                "type": "string",
                "description": "Type of source registry",
                "enum": ["harbor", "quay"]
            },
            "external_registry_url": {"type": "string", "description": "URL of the source registry"},
            "external_namespace": {"type": "string", "description": "Source namespace/project name", "maxLength": 255},
            "robot_username": {
                "type": "string",
                "description": "Robot account for creating repos (format: orgname+robotname)"
            },
            "visibility": {
                "type": "string",
                "description": "Visibility for created repositories",
                "enum": ["public", "private"]
            },
            "sync_interval": {"type": "integer", "description": "Seconds between syncs", "minimum": 60},
            "sync_start_date": {"type": "string", "description": "Initial sync time (ISO 8601 format)"},
            "is_enabled": {"type": "boolean", "description": "Enable or disable mirroring", "default": true},
            "external_registry_username": login("Username"),
            "external_registry_password": login("Password"),
            "external_registry_config": {
                "type": "object",
                "description": "TLS and proxy settings",
                "properties": {
                    "verify_tls": {"type": "boolean", "description": "Verify TLS certificates"},
                    "proxy": {
                        "type": "object",
                        "properties": {"https_proxy": proxy, "http_proxy": proxy, "no_proxy": proxy}
                    }
                }
            },
            "repository_filters": {
                "type": "array",
                "description": "Glob patterns for filtering repositories",
                "items": {"type": "string"}
            },
            "skopeo_timeout": {
                "type": "integer",
                "description": "Timeout for Skopeo operations in seconds",
                "minimum": 30,
                "maximum": 3600,
                "default": 300
            }
        }
    })
}

fn login(what: &str) -> Value {
    json!({"type": ["string", "null"], "description": format!("{what} for source registry authentication")})
}

/// Of a change; there are fewer rules.
pub(super) fn changed() -> Value {
    let text = json!({"type": "string"});
    let login = json!({"type": ["string", "null"]});
    json!({
        "type": "object",
        "description": "Update organization mirror configuration",
        "properties": {
            "is_enabled": {"type": "boolean"},
            "external_registry_url": text,
            "external_namespace": {"type": "string", "maxLength": 255},
            "robot_username": text,
            "visibility": {"type": "string", "enum": ["public", "private"]},
            "sync_interval": {"type": "integer", "minimum": 60},
            "sync_start_date": text,
            "external_registry_username": login,
            "external_registry_password": login,
            "external_registry_config": {"type": "object"},
            "repository_filters": {"type": "array", "items": text},
            "skopeo_timeout": {"type": "integer", "minimum": 30, "maximum": 3600}
        }
    })
}
