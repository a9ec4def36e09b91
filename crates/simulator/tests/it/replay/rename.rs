//! Gives every organization, user, robot, team and repository of a recording another name, in requests and answers
//! alike.
//!
//! A new name has other letters and digits in the same places, so that what the server accepts and refuses stays the
//! same.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

use super::recording::{Exchange, preparations};

/// Words of paths that are no names.
const ROUTES: &[&str] = &[
    "api",
    "v1",
    "organization",
    "organizations",
    "robots",
    "team",
    "members",
    "repository",
    "permissions",
    "user",
    "users",
    "superuser",
    "superusers",
    "sendrecovery",
    "takeownership",
    "keys",
    "approvedkeys",
    "message",
    "quota",
    "limit",
    "invite",
    "syncing",
    "regenerate",
    "oauth2",
    "robot",
    "token",
    "tokens",
    "authorizations",
    "assignedauthorization",
    "app",
    "apptokens",
    "resetclientsecret",
    "v2",
    "auth",
    "federation",
    "collaborators",
    "changevisibility",
    "changestate",
    "transitive",
    "notifications",
    "teaminvite",
    "registrysize",
    "tag",
    "mirror",
    "build",
    "trigger",
    "messages",
    "proxycache",
    "validateproxycache",
    "sync-now",
    "sync-cancel",
    "verify",
    "repositories",
    "apptoken",
    "autoprunepolicy",
    "immutabilitypolicy",
    "prototypes",
    "applications",
    "logs",
    "notification",
    "namespacenotifications",
    "authorizedemail",
    "test",
    "health",
    "clientkey",
    "convert",
    "signin",
    "recovery",
    "registry",
    "registrystatus",
    "capabilities",
    "initialize",
    "filedrop",
    "error",
    "activate",
    "analyze",
    "builds",
    "fields",
    "refs",
    "signatures",
    "start",
    "status",
    "starred",
    "aggregatelogs",
    "exportlogs",
    "entities",
    "find",
    "all",
    "sync-now",
    "sync-cancel",
    "manifest",
    "manifests",
    "labels",
    "restore",
    "expire",
    "security",
    "pull_statistics",
    "blobs",
    "uploads",
    "list",
    "_catalog",
    "tags",
    "",
];

/// Words of paths behind which no name stands.
const KEPT_BEHIND: &[&str] = &["invite", "error", "tag", "manifests", "tokens"];

/// Members whose values are never names.
const NO_NAMES: &[&str] = &[
    "role",
    "kind",
    "type",
    "state",
    "visibility",
    "description",
    "email",
    "contact_email",
    "invoice_email_address",
    "error_type",
    "title",
    "unstructured_metadata",
    "hash",
    "color",
    "created",
    "token",
    "tags",
    "status_token",
    "id",
    "code",
    "limit",
    "issuer",
    "scope",
    "subject",
    "company",
    "family_name",
    "given_name",
    "location",
    "running_backfill",
    "backfill_status",
    "prompts",
    "config",
    "error",
    "errors",
];

/// Members whose members are named by names.
const BY_NAME: &[&str] = &["teams", "permissions", "organizations", "users"];

/// Names that are also words of messages; there they are names only in quotes or before a colon.
const WORDS: &[&str] = &["a", "admin"];

/// A change of names.
pub(super) struct Renaming {
    shift: u8,
    /// The longest first.
    names: Vec<String>,
}

impl Renaming {
    /// Collects the names of a recording. A shift of zero changes nothing.
    pub(super) fn new<'a>(shift: u8, exchanges: impl Iterator<Item = &'a Exchange>, file: &str) -> Self {
        let mut names: BTreeSet<String> = ["admin", "alice", "bob", "carol"].map(str::to_owned).into();
        for exchange in exchanges {
            collect_path(&exchange.path, &mut names);
            let query = exchange.query_text();
            let namespace = query.split('&').find_map(|pair| pair.strip_prefix("namespace="));
            names.extend(namespace.map(str::to_owned));
            exchange.request_body.iter().for_each(|body| collect(body, &mut names));
            collect(&exchange.response_body, &mut names);
        }
        for step in preparations(file) {
            step["path"].as_str().into_iter().for_each(|path| collect_path(path, &mut names));
            collect(&step, &mut names);
        }
        names.remove("owners");
        let is_uuid = |name: &str| name.len() == 36 && name.matches('-').count() == 4;
        // One that is too long for a name stands in messages too.
        let is_name = |name: &str| {
            name.len() <= 255 && name.contains(char::is_alphabetic) && !name.contains(['@', ':']) && !is_uuid(name)
        };
        names.retain(|name| is_name(name) && !ROUTES.contains(&name.as_str()));
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self { shift, names }
    }

    pub(super) fn is_none(&self) -> bool {
        self.shift == 0
    }

    /// The new name.
    pub(super) fn name(&self, name: &str) -> String {
        let shifted = |character: char, first: u8, count: u8| {
            char::from(first + (u8::try_from(character).unwrap() - first + self.shift) % count)
        };
        name.chars()
            .map(|character| match character {
                'a'..='z' => shifted(character, b'a', 26),
                'A'..='Z' => shifted(character, b'A', 26),
                '0'..='9' => shifted(character, b'0', 10),
                other => other,
            })
            .collect()
    }

    /// The exchange with all names changed.
    pub(super) fn exchange(&self, exchange: &Exchange) -> Exchange {
        if self.is_none() {
            return exchange.clone();
        }
        let mut renamed = exchange.clone();
        renamed.path = self.path(&exchange.path);
        renamed.query = exchange.query.as_ref().map(|_| Value::String(self.query(&exchange.query_text())));
        renamed.request_body = exchange.request_body.as_ref().map(|body| self.value(body));
        renamed.response_body = match &exchange.response_body {
            Value::String(text) if exchange.location().is_some() => {
                let location = exchange.location().unwrap();
                Value::String(text.replace(location, &self.url(location)))
            }
            body => self.value(body),
        };
        let location = exchange.location().map(|location| self.url(location));
        renamed.with_location(location)
    }

    fn url(&self, url: &str) -> String {
        let start = url.find("/api/").or_else(|| url.find("/v2/")).unwrap();
        format!("{}{}", &url[..start], self.path(&url[start..]))
    }

    fn path(&self, path: &str) -> String {
        const KEPT: &AsciiSet = &CONTROLS.add(b' ');
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut before = "";
        let segments = path.split('/').map(|segment| {
            let is_kept = KEPT_BEHIND.contains(&std::mem::replace(&mut before, segment));
            let decoded = percent_decode_str(segment).decode_utf8().unwrap().into_owned();
            match is_kept || ROUTES.contains(&segment) || decoded.contains([':', '@']) {
                true => segment.to_owned(),
                false => utf8_percent_encode(&self.composite(&decoded), KEPT).to_string(),
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        if query.is_empty() { path } else { format!("{path}?{}", self.query(query)) }
    }

    fn query(&self, query: &str) -> String {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((key @ ("namespace" | "performer"), value)) => format!("{key}={}", self.composite(value)),
            // A part of names.
            Some(("query", value)) => format!("query={}", self.name(value)),
            _ => pair.to_owned(),
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// A name, a robot's full name, or a repository's.
    fn composite(&self, text: &str) -> String {
        let known = |part: &str| self.names.iter().any(|name| name == part);
        // What is called like a part of a route keeps its name, as it does in paths.
        let is_word = |part: &str| part == "owners" || ROUTES.contains(&part);
        let mut parts = text.split(['+', '/']);
        let holds_names = known(text) || parts.clone().any(known) && parts.all(|part| known(part) || is_word(part));
        if !holds_names {
            return text.to_owned();
        }
        let renamed = text.split_inclusive(['+', '/']).map(|part| match is_word(part.trim_end_matches(['+', '/'])) {
            true => part.to_owned(),
            false => self.name(part),
        });
        renamed.collect()
    }

    /// A body with all names changed.
    pub(super) fn value(&self, value: &Value) -> Value {
        if self.is_none() { value.clone() } else { self.member("", value) }
    }

    fn member(&self, key: &str, value: &Value) -> Value {
        match value {
            // Whom a notification goes to.
            Value::Object(members) if key == "config" && members.contains_key("target") => {
                Value::Object(self.members("", members))
            }
            _ if NO_NAMES.contains(&key) => value.clone(),
            Value::Object(members) if key == "edit" => {
                Value::Object(members.iter().map(|(name, value)| (name.clone(), self.edit(name, value))).collect())
            }
            Value::Object(members) => Value::Object(self.members(key, members)),
            Value::Array(items) => items.iter().map(|item| self.member("", item)).collect(),
            Value::String(text) if matches!(key, "detail" | "message" | "error_message") => {
                Value::String(self.message(text))
            }
            Value::String(text) if matches!(key, "path" | "href") => Value::String(self.path(text)),
            // Whose token is sent, which is no name.
            Value::String(_) if matches!(key, "as" | "method") => value.clone(),
            Value::String(text) => Value::String(self.composite(text)),
            other => other.clone(),
        }
    }

    fn members(&self, key: &str, members: &Map<String, Value>) -> Map<String, Value> {
        let by_name = BY_NAME.contains(&key);
        let renamed = |name: &String| if by_name { self.composite(name) } else { name.clone() };
        members
            .iter()
            .map(|(name, value)| (renamed(name), self.member(if by_name { "" } else { name }, value)))
            .collect()
    }

    /// A part of the simulator's state, in which robots and repositories stand under their full names.
    fn edit(&self, name: &str, value: &Value) -> Value {
        match (name, value) {
            ("organizations" | "users" | "robots" | "repositories", Value::Object(members)) => members
                .iter()
                .map(|(name, value)| {
                    let value = value
                        .as_object()
                        .map_or_else(|| value.clone(), |members| Value::Object(self.members("", members)));
                    (self.composite(name), value)
                })
                .collect(),
            _ => value.clone(),
        }
    }

    /// A message: of a schema violation only the instance is changed, elsewhere every name that stands alone.
    fn message(&self, text: &str) -> String {
        match text.split_once("\n\nOn instance") {
            Some((schema, instance)) => format!("{schema}\n\nOn instance{}", self.text(instance)),
            None => self.text(text),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        let inside = |character: char| character.is_alphanumeric() || matches!(character, '.' | '_' | '-' | '@');
        while let Some(character) = rest.chars().next() {
            let before = out.chars().last();
            let found = self.names.iter().find(|name| {
                let Some(after) = rest.strip_prefix(name.as_str()) else { return false };
                let after = after.chars().next();
                let alone = !before.is_some_and(inside) && !after.is_some_and(inside);
                let quoted = matches!(before, Some('\'' | '"'))
                    || matches!(after, Some(':' | '+'))
                    || out.ends_with("organization ");
                alone && !name.is_empty() && !out.ends_with("scope: ") && (quoted || !WORDS.contains(&name.as_str()))
            });
            let length = found.map_or(character.len_utf8(), String::len);
            out.push_str(&found.map_or_else(|| character.to_string(), |name| self.name(name)));
            rest = &rest[length..];
        }
        out
    }
}

fn collect_path(path: &str, names: &mut BTreeSet<String>) {
    let path = path.split('?').next().unwrap_or_default();
    let mut before = "";
    for segment in path.split('/') {
        let is_kept = KEPT_BEHIND.contains(&std::mem::replace(&mut before, segment));
        if is_kept || ROUTES.contains(&segment) {
            continue;
        }
        let decoded = percent_decode_str(segment).decode_utf8().unwrap().into_owned();
        names.extend(decoded.split('+').map(str::to_owned));
        names.insert(decoded);
    }
}

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        // What was invited is an address, whatever it looks like.
        Value::Object(members) if members.get("kind").is_some_and(|kind| kind == "invite") => {}
        Value::Object(members) => {
            for (key, value) in members.iter().filter(|(key, _)| !NO_NAMES.contains(&key.as_str())) {
                match value {
                    Value::String(name)
                        if matches!(
                            key.as_str(),
                            "name" | "namespace" | "repository" | "username" | "org" | "team"
                        ) =>
                    {
                        names.insert(name.clone());
                        names.extend(name.split(['+', '/']).map(str::to_owned));
                    }
                    _ => collect(value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}
