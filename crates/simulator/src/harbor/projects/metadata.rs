//! The settings of a project: texts by key. `/projects/{x}/metadatas`.

use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::records::Project;
use crate::harbor::router::{Route, route};
use crate::harbor::version::Version;
use crate::harbor::wire::Reply;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project_name_or_id}/metadatas", list),
    route("POST", "/projects/{project_name_or_id}/metadatas", add),
    route("GET", "/projects/{project_name_or_id}/metadatas/{meta_name}", show),
    route("PUT", "/projects/{project_name_or_id}/metadatas/{meta_name}", update),
    route("DELETE", "/projects/{project_name_or_id}/metadatas/{meta_name}", delete),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Flag,
    Severity,
    Speed,
    Connections,
    /// Set by the server.
    Retention,
    /// A pattern of the newest release, or its kind.
    Text,
}

/// Every key, its kind, and the first release that knows it.
const KEYS: &[(&str, Kind, Version)] = &[
    ("public", Kind::Flag, Version::minor(0)),
    ("enable_content_trust", Kind::Flag, Version::minor(0)),
    ("enable_content_trust_cosign", Kind::Flag, Version::minor(0)),
    ("prevent_vul", Kind::Flag, Version::minor(0)),
    ("severity", Kind::Severity, Version::minor(0)),
    ("auto_scan", Kind::Flag, Version::minor(0)),
    ("auto_sbom_generation", Kind::Flag, Version::minor(11)),
    ("reuse_sys_cve_allowlist", Kind::Flag, Version::minor(0)),
    ("retention_id", Kind::Retention, Version::minor(0)),
    ("proxy_speed_kb", Kind::Speed, Version::minor(12)),
    ("max_upstream_conn", Kind::Connections, Version::minor(15)),
    ("proxy_cache_local_on_not_found", Kind::Flag, Version::exact(15, 2)),
    ("proxy_referrer_api", Kind::Flag, Version::minor(16)),
    ("proxy_cache_filter_pattern", Kind::Text, Version::minor(16)),
    ("proxy_cache_filter_kind", Kind::Text, Version::minor(16)),
];

/// What is dropped from requests about projects that cache nothing.
pub(super) const ONLY_FOR_PROXIES: &[&str] =
    &["proxy_speed_kb", "max_upstream_conn", "proxy_cache_filter_pattern", "proxy_cache_filter_kind"];

fn kind_of(version: Version, key: &str) -> Option<Kind> {
    KEYS.iter().find(|(known, _, since)| *known == key && *since <= version).map(|(_, kind, _)| *kind)
}

/// Metadata in the body of a project.
pub(super) const METADATA: Shape = Shape::Struct(
    "ProjectMetadata",
    &[
        ("public", Shape::Text),
        ("enable_content_trust", Shape::Text),
        ("enable_content_trust_cosign", Shape::Text),
        ("prevent_vul", Shape::Text),
        ("severity", Shape::Text),
        ("auto_scan", Shape::Text),
        ("auto_sbom_generation", Shape::Text),
        ("reuse_sys_cve_allowlist", Shape::Text),
        ("retention_id", Shape::Text),
        ("proxy_speed_kb", Shape::Text),
        ("max_upstream_conn", Shape::Text),
        ("proxy_cache_local_on_not_found", Shape::Text),
        ("proxy_referrer_api", Shape::Text),
        ("proxy_cache_filter_pattern", Shape::Text),
        ("proxy_cache_filter_kind", Shape::Text),
    ],
);

/// One pair, as the endpoints for single keys take it.
const PAIR: Shape = Shape::Map("map[string]string", &Shape::Text);

/// Binds the metadata of a project's body: unknown keys are dropped without a word.
pub(super) fn bind(version: Version, given: BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let known = given.into_iter().filter(|(key, _)| kind_of(version, key).is_some());
    known.filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
}

/// Checks the numbers of a proxy cache.
///
/// # Errors
/// 400 when one is no 32-bit number.
pub(super) fn check_numbers(given: &BTreeMap<String, String>) -> Result<(), Failure> {
    for key in ["proxy_speed_kb", "max_upstream_conn"] {
        if let Some(value) = given.get(key).filter(|value| value.parse::<i32>().is_err()) {
            return Err(Failure::bad_request(format!("metadata.{key} should by an int32, but got: '{value}'")));
        }
    }
    Ok(())
}

/// Metadata as a project shows it: the keys that its release knows, the severity in the words of CVSS.
pub(super) fn shown(version: Version, stored: &BTreeMap<String, String>) -> Value {
    let known = stored.iter().filter_map(|(key, value)| Some((key, value, kind_of(version, key)?)));
    let shown = known.filter(|(key, value, _)| *key != "public" || !value.is_empty()).map(|(key, value, kind)| {
        let value =
            if kind == Kind::Severity { severity(value).unwrap_or("unknown").to_owned() } else { value.clone() };
        (key.clone(), Value::String(value))
    });
    Value::Object(shown.collect())
}

fn severity(value: &str) -> Option<&'static str> {
    let known = ["none", "low", "medium", "high", "critical"];
    let value = value.to_lowercase();
    if value == "negligible" { Some("none") } else { known.into_iter().find(|known| *known == value) }
}

/// Go's reading of a boolean.
fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Checks and normalises one pair, as the endpoints for single keys do.
///
/// # Errors
/// 400 for an unknown key or a value that does not fit.
fn normalised(version: Version, key: &str, value: &str) -> Result<String, Failure> {
    let wrong = || Failure::bad_request(format!("invalid value: {value}"));
    let number = || value.parse::<i32>().map_err(|_| wrong());
    match kind_of(version, key) {
        Some(Kind::Flag) => boolean(value).map(|flag| flag.to_string()).ok_or_else(wrong),
        Some(Kind::Severity) => severity(value).map(str::to_owned).ok_or_else(wrong),
        Some(Kind::Speed) => number().map(|number| number.to_string()),
        Some(Kind::Connections) => match number()? {
            number if number <= 0 && number != -1 => {
                Err(Failure::bad_request(format!("invalid value for {key}: {number}")))
            }
            number => Ok(number.to_string()),
        },
        Some(Kind::Text) => Ok(value.to_owned()),
        Some(Kind::Retention) | None => Err(Failure::bad_request(format!("invalid key: {key}"))),
    }
}

fn project_of_path<'c>(call: &'c mut Call<'_>, action: &str) -> Result<(i64, &'c mut Project), Failure> {
    let reference = call.project();
    call.require_project(&reference, "metadata", action)?;
    let id = call.state.find_project(&reference)?.0;
    call.state.projects.get_mut(id).map(|project| (id, project)).ok_or_else(Failure::internal)
}

/// `GET /projects/{x}/metadatas/`: all that is stored.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (_, project) = project_of_path(call, "list")?;
    Ok(Reply::json(json!(project.metadata)))
}

/// `POST /projects/{x}/metadatas/`: one pair with a new key.
fn add(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let given: BTreeMap<String, String> = call.request.body("metadata", &PAIR)?;
    let version = call.state.version();
    let (id, project) = project_of_path(call, "create")?;
    let mut pairs = given.iter();
    let (Some((key, value)), None) = (pairs.next(), pairs.next()) else {
        return Err(Failure::bad_request("only allow one key/value pair"));
    };
    let value = normalised(version, key, value)?;
    if project.metadata.contains_key(key) {
        return Err(Failure::conflict(format!("metadata {key} already exists for project {id}")));
    }
    project.metadata.insert(key.clone(), value);
    Ok(Reply::empty())
}

/// `GET /projects/{x}/metadatas/{name}`: `{}` for a key that is not set.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let name = call.segment("meta_name").to_owned();
    let (_, project) = project_of_path(call, "read")?;
    Ok(Reply::json(project.metadata.get(&name).map_or(json!({}), |value| json!({ (name): value }))))
}

/// `PUT /projects/{x}/metadatas/{name}`: changes nothing, and says so to nobody, when the key is not set.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let given: BTreeMap<String, String> = call.request.body("metadata", &PAIR)?;
    let version = call.state.version();
    let name = call.segment("meta_name").to_owned();
    let (_, project) = project_of_path(call, "update")?;
    let value = normalised(version, &name, given.get(&name).map(String::as_str).unwrap_or_default())?;
    if let Some(stored) = project.metadata.get_mut(&name) {
        *stored = value;
    }
    Ok(Reply::empty())
}

/// `DELETE /projects/{x}/metadatas/{name}`: 200 whether it was set or not.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let name = call.segment("meta_name").to_owned();
    let (_, project) = project_of_path(call, "delete")?;
    project.metadata.remove(&name);
    Ok(Reply::empty())
}
