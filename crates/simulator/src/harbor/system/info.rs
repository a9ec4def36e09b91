//! What concerns the whole server: its health and version, and what robots may be granted.

use crate::harbor::call::Call;
use crate::harbor::caller::Caller;
use crate::harbor::failure::Failure;
use crate::harbor::router::{Route, route};
use crate::harbor::version::{Version, permission_table};
use crate::harbor::wire::Reply;
use serde_json::{Map, Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/ping", ping),
    route("GET", "/health", health),
    route("GET", "/systeminfo", system_info),
    route("GET", "/permissions", permissions).since(Version::minor(10)),
];

/// The beginning of the commit that a release was built from, as versions show it: that of 2.15.2.
const COMMIT: &str = "080b0220";

/// Where the server tells which version of the API it has.
pub(crate) const VERSION_PATH: &str = "/api/version";

/// `GET /api/version`.
pub(crate) fn api_version() -> Reply {
    Reply::text("{\"version\":\"v2.0\"}\n")
}

/// `GET /ping`: JSON for those who accept it.
fn ping(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let accepts_json = call.request.header("accept").is_some_and(|types| types.contains("application/json"));
    Ok(if accepts_json { Reply::json(json!("Pong")) } else { Reply::text("Pong") })
}

/// `GET /health`.
fn health(_call: &mut Call<'_>) -> Result<Reply, Failure> {
    let names = ["core", "database", "jobservice", "portal", "redis", "registry", "registryctl"];
    let components = names.map(|name| json!({"name": name, "status": "healthy"}));
    Ok(Reply::json(json!({"status": "healthy", "components": components})))
}

/// `GET /systeminfo`: an anonymous caller sees only what the login page needs, and no version.
fn system_info(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let state = &*call.state;
    let mut body = Map::new();
    let first = Version::minor(0);
    let keys = [
        ("auth_mode", first),
        ("self_registration", first),
        ("primary_auth_mode", Version::minor(9)),
        ("banner_message", Version::minor(9)),
    ];
    for (key, _) in keys.into_iter().filter(|(_, since)| *since <= state.version()) {
        body.insert(key.into(), state.setting(key));
    }
    if state.version() >= Version::minor(10) {
        let oidc = state.text_setting("auth_mode") == "oidc_auth";
        body.insert("oidc_provider_name".into(), if oidc { state.setting("oidc_name") } else { json!("") });
    }
    if call.caller == Caller::Anonymous {
        return Ok(Reply::json(Value::Object(body)));
    }
    for key in ["project_creation_restriction", "read_only", "notification_enable"] {
        body.insert(key.into(), state.setting(key));
    }
    let host = call.request.header("host").unwrap_or("localhost");
    let more = [
        ("harbor_version", json!(format!("v{}-{COMMIT}", state.version()))),
        ("registry_url", json!(host)),
        ("external_url", json!(format!("http://{host}"))),
        ("has_ca_root", json!(false)),
        ("registry_storage_provider_name", json!("filesystem")),
        ("current_time", json!(state.now())),
    ];
    body.extend(more.map(|(key, value)| (key.to_owned(), value)));
    Ok(Reply::json(Value::Object(body)))
}

/// `GET /permissions`: all for administrators, those of projects for who administers one, 403 for all others.
fn permissions(call: &mut Call<'_>) -> Result<Reply, Failure> {
    call.require_known().map_err(|_| Failure::unauthorized_saying(""))?;
    let is_admin = call.is_system_admin();
    let Caller::User(caller) = call.caller else { return Err(refused()) };
    let administers = |project_id: i64| call.state.projects.get(project_id).is_some_and(|project| !project.deleted);
    let mut members = call.state.members.iter().map(|(_, member)| member);
    if !is_admin
        && !members.any(|member| member.user_id == caller && member.role_id == 1 && administers(member.project_id))
    {
        return Err(refused());
    }
    let table = permission_table(call.state.version()).ok_or_else(Failure::internal)?;
    let pair = |entry: &String| {
        let (resource, action) = entry.split_once(':').unwrap_or((entry, ""));
        json!({"resource": resource, "action": action})
    };
    let system = if is_admin { table.system.iter().map(pair).collect() } else { Value::Null };
    let project: Value = table.project.iter().map(pair).collect();
    Ok(Reply::json(json!({"system": system, "project": project})))
}

fn refused() -> Failure {
    Failure::forbidden_saying("forbidden: only admins(system and project) can access permissions")
}
