//! What builds are asked for with: from an archive or an uploaded file, or by a trigger.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha224};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::Trigger;
use crate::quay::reply::Reply;
use crate::quay::schema;
use crate::quay::state::State;

/// A build that can be queued.
pub(super) struct Prepared {
    pub(crate) display_name: String,
    pub(crate) subdirectory: String,
    pub(crate) context: String,
    pub(crate) tags: Vec<String>,
    pub(crate) trigger: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) file: Option<String>,
    pub(crate) pull_robot: Option<String>,
    pub(crate) archive_url: Option<String>,
}

/// The schema of a request to build from an archive.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Description of a new repository build.",
        "properties": {
            "file_id": {
                "type": "string",
                "description": "The file id that was generated when the build spec was uploaded"
            },
            "archive_url": {
                "type": "string",
                "description": "The URL of the .tar.gz to build. Must start with \"http\" or \"https\"."
            },
            "subdirectory": {
                "type": "string",
                "description": "Subdirectory in which the Dockerfile can be found. You can only specify this or dockerfile_path"
            },
            "dockerfile_path": {
                "type": "string",
                "description": "Path to a dockerfile. You can only specify this or subdirectory."
            },
            "context": {
                "type": "string",
                "description": "Pass in the context for the dockerfile. This is optional."
            },
            "pull_robot": {
                "type": "string",
                "description": "Username of a Quay robot account to use as pull credentials"
            },
            "docker_tags": {
                "type": "array",
                "description": "The tags to which the built images will be pushed. If none specified, \"latest\" is used.",
                "items": {"type": "string"},
                "minItems": 1,
                "uniqueItems": true
            }
        }
    })
}

/// Looks through a request to build from an archive.
pub(super) fn prepared(state: &State, call: &Call, body: &Value) -> Result<Prepared, Reply> {
    let text = |member: &str| body[member].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let (file, archive_url) = (text("file_id"), text("archive_url"));
    if file.is_none() && archive_url.is_none() {
        return Err(Reply::invalid("file_id or archive_url required"));
    }
    if archive_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(Reply::invalid("Invalid Archive URL: Must be http or https"));
    }
    let (context, subdirectory) = places(body);
    let tags = body["docker_tags"].as_array().map_or_else(|| vec!["latest".to_owned()], |tags| texts(tags));
    let pull_robot = text("pull_robot");
    if let Some(robot) = &pull_robot {
        let (namespace, _) = robot.split_once('+').ok_or_else(Reply::unauthorized)?;
        if !state.robots.contains_key(robot) {
            return Err(Reply::not_found());
        }
        call.require(Access::new(state, &call.caller).org_admin(namespace))?;
    }
    let display_name = match (&file, &archive_url) {
        (Some(id), _) => match state.files.get(id).and_then(|file| file.content.as_ref()) {
            Some(content) => short(content),
            None => return Err(Reply::invalid(format!("File {id} could not be found or is invalid"))),
        },
        (None, url) => short(url.as_deref().unwrap_or_default()),
    };
    let tags = tags.iter().map(|tag| escaped(tag)).collect();
    let (trigger, metadata) = (None, Map::new());
    Ok(Prepared { display_name, subdirectory, context, tags, trigger, metadata, file, pull_robot, archive_url })
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The first letters of the SHA-224 of a text.
fn short(text: &str) -> String {
    Sha224::digest(text.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>()[..7].to_owned()
}

/// A tag as a build gets it. From the source: of 127 characters, though the registry takes 128.
fn escaped(tag: &str) -> String {
    let fits = |(at, c): (usize, char)| c.is_ascii_alphanumeric() || c == '_' || at > 0 && matches!(c, '.' | '-');
    let tag: String = tag.chars().enumerate().map(|(at, c)| if fits((at, c)) { c } else { '_' }).take(127).collect();
    if tag.is_empty() { "latest".to_owned() } else { tag }
}

/// The context and the path of the Dockerfile.
fn places(body: &Value) -> (String, String) {
    let context = body["context"].as_str().unwrap_or("/").to_owned();
    if let Some(path) = body["dockerfile_path"].as_str() {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| if folder.is_empty() { "/" } else { folder });
        let context = if body["context"].is_string() { context } else { folder.to_owned() };
        return (context, path.to_owned());
    }
    let below = |folder: &str| match folder.ends_with('/') {
        true => format!("{folder}Dockerfile"),
        false => format!("{folder}/Dockerfile"),
    };
    match body["subdirectory"].as_str() {
        Some(folder) => (folder.to_owned(), below(folder)),
        None => (context.clone(), below(&context)),
    }
}

/// What a trigger makes of the commit that it is to build.
pub(super) fn of_trigger(uuid: &str, trigger: &Trigger, metadata: Map<String, Value>) -> Result<Prepared, Reply> {
    let commit = metadata["commit"].as_str().unwrap_or_default();
    let wrong = schema::violation(&json!(commit), &json!({"pattern": "^([A-Fa-f0-9]{7,})$"}));
    if let Some(wrong) = wrong {
        return Err(Reply::invalid(wrong.lines().next().unwrap_or_default()));
    }
    let place =
        |name: &str| trigger.config.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(Reply::crash);
    Ok(Prepared {
        display_name: commit[..7].to_owned(),
        subdirectory: place("dockerfile_path")?,
        context: place("context")?,
        tags: tags(trigger, &metadata, commit).iter().map(|tag| escaped(tag)).collect(),
        trigger: Some(uuid.to_owned()),
        metadata,
        file: None,
        pull_robot: trigger.pull_robot.clone(),
        archive_url: None,
    })
}

/// The tags that an image gets: of templates, of the branch or tag, `latest`, or else of the commit.
fn tags(trigger: &Trigger, metadata: &Map<String, Value>, commit: &str) -> BTreeSet<String> {
    let flag = |name: &str| trigger.config.get(name).and_then(Value::as_bool).unwrap_or(true);
    let reference = metadata.get("ref").and_then(Value::as_str);
    let name = reference.and_then(|reference| reference.splitn(3, '/').nth(2));
    let mut tags = BTreeSet::new();
    let templates = trigger.config.get("tag_templates").and_then(Value::as_array).cloned().unwrap_or_default();
    for template in texts(&templates) {
        let kind = reference.and_then(|reference| reference.split('/').nth(1));
        let part = |wanted: &str| name.filter(|_| kind == Some(wanted));
        let known = [
            ("${commit_info.short_sha}", Some(&commit[..7])),
            ("${commit}", Some(commit)),
            ("${parsed_ref.branch}", part("heads")),
            ("${parsed_ref.tag}", part("tags")),
        ];
        let filled = known
            .iter()
            .fold(template, |text, (place, value)| value.map_or(text.clone(), |value| text.replace(place, value)));
        // What is not known makes no tag.
        if !filled.is_empty() && !filled.contains("${") {
            tags.insert(filled);
        }
    }
    if let Some(name) = name {
        if flag("default_tag_from_ref") {
            tags.insert(name.to_owned());
        }
        let is_default = metadata.get("default_branch").and_then(Value::as_str) == Some(name);
        if flag("latest_for_default_branch") && is_default {
            tags.insert("latest".to_owned());
        }
    }
    if tags.is_empty() {
        tags.insert(commit[..7].to_owned());
    }
    tags
}
