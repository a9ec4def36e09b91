//! What Harbor checks of a robot before it looks at the caller's rights: name, duration, level, permissions, secret.

use crate::harbor::failure::Failure;
use crate::harbor::records::Rule;
use crate::harbor::secrets::has_every_kind;
use crate::harbor::state::State;
use crate::harbor::version::{Version, permission_table};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("^[a-z0-9]+(?:[._-][a-z0-9]+)*$").ok());

/// Whether a name has the form that robots and projects share.
pub(crate) fn is_name(name: &str) -> bool {
    NAME.as_ref().is_some_and(|form| form.is_match(name))
}

/// One permission of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Access {
    pub(crate) resource: String,
    pub(crate) action: String,
    pub(crate) effect: String,
}

/// One block of permissions of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Block {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) access: Vec<Access>,
}

/// Checks a robot's short name.
///
/// # Errors
/// 400, as everything here.
pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let problem = "robot name is not in lower case or contains illegal characters";
    if is_name(name) { Ok(()) } else { Err(Failure::bad_request(problem)) }
}

/// Checks duration, level and permissions, in this order.
///
/// # Errors
/// 400 with the first thing that is wrong.
pub(super) fn check(version: Version, duration: i64, level: &str, blocks: &[Block]) -> Result<(), Failure> {
    let zero_is_fine = version < Version::minor(11);
    if duration < -1 || duration >= i64::from(i32::MAX) || (duration == 0 && !zero_is_fine) {
        let hint = if zero_is_fine { "" } else { ", duration must be either -1(Never) or a positive integer" };
        return Err(Failure::bad_request(format!("bad request error duration input: {duration}{hint}")));
    }
    if !matches!(level, "system" | "project") {
        return Err(Failure::bad_request(format!("bad request error level input: {level}")));
    }
    if blocks.is_empty() {
        return Err(Failure::bad_request("bad request empty permission"));
    }
    if blocks.iter().any(|block| block.access.is_empty()) {
        return Err(Failure::bad_request("bad request empty access"));
    }
    if level == "project" && blocks.len() > 1 {
        return Err(Failure::bad_request("bad request permission"));
    }
    blocks.iter().try_for_each(|block| check_block(version, block))
}

/// Checks the permissions of one block against the table of the release.
fn check_block(version: Version, block: &Block) -> Result<(), Failure> {
    let Some(table) = permission_table(version) else { return Ok(()) };
    let known = match block.kind.as_str() {
        "system" => &table.system,
        "project" => &table.project,
        kind => return Err(Failure::bad_request(format!("bad request permission level: {kind}"))),
    };
    let pair = |access: &Access| format!("{}:{}", access.resource, access.action);
    match block.access.iter().map(pair).find(|pair| !known.contains(pair)) {
        Some(pair) => Err(Failure::bad_request(format!("bad request permission: {pair}"))),
        None => Ok(()),
    }
}

/// Turns blocks into rules: by the id of the project, and each rule once.
///
/// # Errors
/// 400 for a kind or a namespace that does not exist, 404 for an unknown project.
pub(super) fn rules_of(state: &State, blocks: &[Block]) -> Result<Vec<Rule>, Failure> {
    let mut rules: Vec<Rule> = Vec::new();
    for block in blocks {
        let scope = scope_of(state, block)?;
        for access in &block.access {
            let rule = Rule {
                scope: scope.clone(),
                resource: access.resource.clone(),
                action: access.action.clone(),
                effect: access.effect.clone(),
            };
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    Ok(rules)
}

fn scope_of(state: &State, block: &Block) -> Result<String, Failure> {
    match (block.kind.as_str(), block.namespace.as_str()) {
        ("system", "/") => Ok(crate::harbor::access::SYSTEM_SCOPE.into()),
        ("system", _) => Err(Failure::bad_request("unknown namespace")),
        ("project", "*") => Ok(crate::harbor::access::ALL_PROJECTS_SCOPE.into()),
        ("project", name) => state.project_named(name).map(|(id, _)| format!("/project/{id}")),
        _ => Err(Failure::bad_request("unknown robot kind")),
    }
}

/// Blocks by kind and namespace, each permission as the text `resource:action:effect`.
pub(super) type Grants = BTreeMap<(String, String), Vec<String>>;

/// Whether blocks grant no more than what a robot has itself. Effects are compared as text: `` is not `allow`.
pub(super) fn is_subset(wanted: &[Block], own: &Grants) -> bool {
    wanted.iter().all(|block| {
        let exact = own.get(&(block.kind.clone(), block.namespace.clone()));
        let Some(granted) = exact.or_else(|| own.get(&(block.kind.clone(), "*".to_owned()))) else { return false };
        let text = |access: &Access| format!("{}:{}:{}", access.resource, access.action, access.effect);
        block.access.iter().all(|access| granted.contains(&text(access)))
    })
}

/// Checks a chosen secret.
///
/// # Errors
/// 400 when it is too short, too long, or lacks a kind of character.
pub(super) fn check_secret(version: Version, secret: &str) -> Result<(), Failure> {
    let longest = if version < Version::minor(9) { usize::MAX } else { 128 };
    if (8..=longest).contains(&secret.len()) && has_every_kind(secret) {
        return Ok(());
    }
    Err(Failure::bad_request(
        "the secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number",
    ))
}
