//! The server's settings: `/configurations`.

use crate::harbor::call::Call;
use crate::harbor::configuration_keys::{KEYS, Key, Kind};
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::records::{ADMIN, ANONYMOUS};
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::version::Version;
use crate::harbor::wire::Reply;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(super) const ROUTES: &[Route] = &[route("GET", "/configurations", show), route("PUT", "/configurations", update)];

/// What the values must be.
static FIELDS: LazyLock<Vec<(&'static str, Shape)>> = LazyLock::new(|| {
    let shape = |key: &Key| match key.kind {
        Kind::Flag => Shape::Flag,
        Kind::Number | Kind::Quota | Kind::Scope => Shape::Whole,
        _ => Shape::Text,
    };
    KEYS.iter().map(|key| (key.name, shape(key))).collect()
});

/// The settings that must be positive and have at most ten digits.
const POSITIVE: &[&str] = &["token_expiration", "robot_token_duration", "session_timeout"];

fn known(state: &State) -> impl Iterator<Item = &'static Key> {
    let version = state.version();
    KEYS.iter().filter(move |key| key.since <= version)
}

/// `GET /configurations`: values with whether they can be changed; passwords are left out.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    call.require_system("configuration", "read")?;
    let state = &*call.state;
    let editable = !state.settings.configuration_overwritten;
    let mut body = Map::new();
    for key in known(state).filter(|key| key.kind != Kind::Password) {
        let editable = editable && (key.name != "auth_mode" || only_admin(state));
        body.insert(key.name.into(), json!({"value": state.setting(key.name), "editable": editable}));
    }
    // Kept elsewhere now, and shown without anything.
    body.insert("scan_all_policy".into(), json!({}));
    Ok(Reply::json(Value::Object(body)))
}

/// Whether nobody but the first administrator exists, so that the way to log in can still be changed.
fn only_admin(state: &State) -> bool {
    state.users.iter().all(|(_, user)| [ADMIN, ANONYMOUS].contains(&user.username.as_str()))
}

/// `PUT /configurations`: changes the settings that are given; unknown ones are dropped without a word.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let shape = Shape::Struct("Configurations", LazyLock::force(&FIELDS).as_slice());
    let given: BTreeMap<String, Value> = call.request.body("configurations", &shape)?;
    let given: Vec<(&Key, &Value)> = known(call.state).filter_map(|key| Some((key, given.get(key.name)?))).collect();
    call.require_system("configuration", "update")?;
    if call.state.settings.configuration_overwritten {
        let problem = "current config is init by env variable: CONFIG_OVERWRITE_JSON, it cannot be updated";
        return Err(Failure::forbidden_saying(problem));
    }
    for (key, value) in &given {
        if key.name == "auth_mode" && **value != call.state.setting("auth_mode") && !only_admin(call.state) {
            let problem = "the auth mode cannot be modified as new users have been inserted into database";
            return Err(Failure::bad_request(problem));
        }
        check_value(call.state.version(), key, value).map_err(|problem| match key.kind {
            // A limit is checked where limits are.
            Kind::Quota => Failure::bad_request_because(problem),
            _ => Failure::bad_request_because(format!("item name {}: {problem}", key.name)),
        })?;
    }
    given
        .iter()
        .filter(|(key, _)| POSITIVE.contains(&key.name))
        .try_for_each(|(key, value)| check_range(key, value))?;
    for (key, value) in given {
        let value = stored(call.state.version(), key, value);
        call.state.configuration.insert(key.name.to_owned(), value);
    }
    if call.state.flag_setting("skip_audit_log_database")
        && call.state.text_setting("audit_log_forward_endpoint").is_empty()
    {
        let problem = "audit log forward endpoint should be configured before enable skip audit log in database";
        return Err(Failure::bad_request_because(problem));
    }
    Ok(Reply::empty())
}

/// Checks a value whose type fits.
///
/// # Errors
/// What is wrong with it.
fn check_value(version: Version, key: &Key, value: &Value) -> Result<(), String> {
    let number = value.as_i64().unwrap_or_default();
    let text = value.as_str().unwrap_or_default();
    let may_be_empty = key.name == "robot_name_prefix" && version < Version::minor(16);
    match key.kind {
        Kind::Scope if !(0..=2).contains(&number) => Err("invalid scope, should be 0, 1 or 2".into()),
        Kind::Quota => crate::harbor::quotas::quota::check_limit(number),
        Kind::FilledText if text.trim().is_empty() && !may_be_empty => {
            Err("the configure value can not be empty".into())
        }
        Kind::AuthMode if !["db_auth", "ldap_auth", "uaa_auth", "http_auth", "oidc_auth"].contains(&text) => {
            Err("invalid auth_mode, shoud be one of db_auth, ldap_auth, uaa_auth, http_auth, oidc_auth".into())
        }
        Kind::Restriction if !["adminonly", "everyone"].contains(&text) => {
            Err("invalid project_creation_restriction, should be adminonly or everyone".into())
        }
        Kind::Map => match serde_json::from_str::<BTreeMap<String, String>>(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        },
        _ => Ok(()),
    }
}

fn check_range(key: &Key, value: &Value) -> Result<(), Failure> {
    const HIGHEST: i64 = 9_999_999_999;
    match value.as_i64().unwrap_or_default() {
        ..=0 => Err(Failure::bad_request(format!("the {} value must be positive", key.name))),
        1..=HIGHEST => Ok(()),
        _ => Err(Failure::bad_request(format!("the {} value is over the limit value: {HIGHEST}", key.name))),
    }
}

/// A value as it is kept: JSON in a text loses its blanks and the order of its keys.
fn stored(version: Version, key: &Key, value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    match key.kind {
        Kind::Map => {
            let map: BTreeMap<String, String> = serde_json::from_str(text).unwrap_or_default();
            json!(serde_json::to_string(&map).unwrap_or_default())
        }
        Kind::FilledText if key.name == "robot_name_prefix" && version >= Version::minor(16) => json!(text.trim()),
        _ => value.clone(),
    }
}
