//! Other registries, which projects can cache: `/registries`, as far as a proxy project needs them.

use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::query::{Column, Condition, Listing, in_no_order};
use crate::harbor::records::Registry;
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::version::Version;
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/registries", list),
    route("POST", "/registries", create),
    route("GET", "/registries/{id}", show),
    route("DELETE", "/registries/{id}", delete),
];

/// The kinds of registry that can be registered.
const KINDS: &[&str] = &[
    "docker-hub",
    "docker-registry",
    "harbor",
    "azure-acr",
    "aws-ecr",
    "google-gcr",
    "quay",
    "huawei-SWR",
    "ali-acr",
    "jfrog-artifactory",
    "gitlab",
    "dtr",
    "tencent-tcr",
    "github-ghcr",
    "volcengine-cr",
];

/// The kinds that a project can cache.
const CACHEABLE: &[&str] = &[
    "docker-hub",
    "harbor",
    "azure-acr",
    "ali-acr",
    "aws-ecr",
    "google-gcr",
    "docker-registry",
    "github-ghcr",
    "jfrog-artifactory",
];

const REGISTRY: Shape = Shape::Struct(
    "Registry",
    &[
        ("name", Shape::Text),
        ("type", Shape::Text),
        ("url", Shape::Text),
        ("description", Shape::Text),
        ("insecure", Shape::Flag),
        ("ca_certificate", Shape::Text),
        (
            "credential",
            Shape::Struct(
                "RegistryCredential",
                &[("type", Shape::Text), ("access_key", Shape::Text), ("access_secret", Shape::Text)],
            ),
        ),
    ],
);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credential {
    #[serde(rename = "type")]
    kind: String,
    access_key: String,
    access_secret: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewRegistry {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    url: String,
    description: String,
    insecure: bool,
    ca_certificate: String,
    credential: Credential,
}

/// Checks that a project can cache a registry.
///
/// # Errors
/// 400 for an impossible id or a kind that is not permitted; 500 for an unknown id, whose own error is wrapped away.
pub(crate) fn check_cacheable(state: &State, id: i64) -> Result<(), Failure> {
    if id <= 0 {
        let problem = format!("{id} is invalid value of registry_id, it should be geater than 0");
        return Err(Failure::bad_request_because(problem));
    }
    let kind = state.registries.get(id).map(|registry| registry.kind.as_str()).ok_or_else(Failure::internal)?;
    let quay_counts = state.version() < Version::minor(14);
    if CACHEABLE.contains(&kind) || (kind == "quay" && quay_counts) {
        return Ok(());
    }
    Err(Failure::bad_request_because(format!("unsupported registry type {kind}")))
}

/// A registry as answers show it: its secret masked. A project's summary shows none of the credential.
pub(crate) fn shown(id: i64, registry: &Registry, with_credential: bool) -> Value {
    let credential = sparse(
        json!({
            "type": registry.credential_type,
            "access_key": registry.access_key,
            "access_secret": if registry.access_secret.is_empty() { "" } else { "*****" },
        }),
        &[],
    );
    sparse(
        json!({
            "id": id,
            "name": registry.name,
            "type": registry.kind,
            "url": registry.url,
            "description": registry.description,
            "insecure": registry.insecure,
            "ca_certificate": registry.ca_certificate,
            "credential": if with_credential { credential } else { Value::Null },
            "status": registry.status,
            "creation_time": registry.creation_time,
            "update_time": registry.update_time,
        }),
        &["id"],
    )
}

/// Trims a URL, gives it a scheme, and drops query, fragment and user.
///
/// # Errors
/// 400 when nothing is left.
fn normalised(url: &str) -> Result<String, Failure> {
    let url = url.trim().trim_end_matches('/');
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if host.is_empty() || !matches!(scheme, "http" | "https") {
        return Err(Failure::bad_request(format!("invalid URL: {url}")));
    }
    Ok(path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}")))
}

/// `POST /registries`: the registry's health decides, here by the settings of the simulator.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewRegistry = call.request.body("registry", &REGISTRY)?;
    call.require_system("registry", "create")?;
    if new.name.is_empty() || new.name.len() > 64 {
        return Err(Failure::bad_request("name is required and must be at most 64 characters long"));
    }
    if call.state.registries.iter().any(|(_, registry)| registry.name == new.name) {
        return Err(Failure::conflict(format!("registry {} already exists", new.name)));
    }
    let url = normalised(&new.url)?;
    if !KINDS.contains(&new.kind.as_str()) {
        return Err(Failure::internal());
    }
    if call.state.settings.unhealthy_registries.iter().any(|start| url.starts_with(start.as_str())) {
        return Err(Failure::bad_request("the registry is unhealthy"));
    }
    let now = call.state.now();
    let mut registry = Registry {
        name: new.name,
        kind: new.kind,
        url,
        description: new.description,
        insecure: new.insecure,
        status: "healthy".into(),
        creation_time: now,
        update_time: now,
        ..Registry::default()
    };
    if call.state.version() >= Version::minor(15) {
        registry.ca_certificate = new.ca_certificate;
    }
    if !new.credential.access_key.is_empty() {
        let kind = new.credential.kind;
        registry.credential_type = if kind.is_empty() { "basic".into() } else { kind };
        registry.access_key = new.credential.access_key;
        registry.access_secret = new.credential.access_secret;
    }
    let id = call.state.registries.insert(registry);
    Ok(Reply::created(call.location(id), None))
}

/// `GET /registries`, in no order that a client could rely on.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    call.require_system("registry", "list")?;
    let mut filters = listing.filters()?;
    if let Some(name) = call.request.parameter("name") {
        filters.and("name", Condition::Fuzzy(name.into()));
    }
    let rows: Vec<(i64, &Registry)> = in_no_order(call.state.registries.iter(), |registry| registry.update_time);
    let page = listing.select(rows, &filters, |(id, registry), key| match key {
        "id" => Some(Column::Number(*id)),
        "name" => Some(Column::Text(registry.name.clone())),
        "type" => Some(Column::Text(registry.kind.clone())),
        "url" => Some(Column::Text(registry.url.clone())),
        _ => None,
    });
    let rows = page.rows.into_iter().map(|(id, registry)| shown(id, registry, true)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}

fn not_found(id: i64) -> Failure {
    Failure::not_found(format!("registry {id} not found"))
}

/// `GET /registries/{id}`: 0 is this server itself.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("id")?;
    call.require_system("registry", "read")?;
    if id == 0 {
        let local = Registry {
            name: "Local".into(),
            kind: "harbor".into(),
            url: "http://core:8080".into(),
            credential_type: "secret".into(),
            access_secret: "internal".into(),
            status: "healthy".into(),
            ..Registry::default()
        };
        return Ok(Reply::json(shown(0, &local, true)));
    }
    let registry = call.state.registries.get(id).ok_or_else(|| not_found(id))?;
    Ok(Reply::json(shown(id, registry, true)))
}

/// `DELETE /registries/{id}`: refused while a project caches it.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("id")?;
    call.require_system("registry", "delete")?;
    if call.state.projects.iter().any(|(_, project)| !project.deleted && project.registry_id == id) {
        let problem = format!("the registry {id} is referenced by proxy cache project, cannot delete it");
        return Err(Failure::precondition(problem));
    }
    call.state.registries.rows.remove(&id).map(|_| Reply::empty()).ok_or_else(|| not_found(id))
}
