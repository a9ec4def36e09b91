//! Tags of repositories and what they were: `repository/{repository}/tag/...`.

use regex::Regex;
use serde_json::{Map, Value, json};

use super::dates::{date, last_pull, seconds};
use super::pushes;
use super::rights::{readable, require_write};
use super::tagging;
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::logs::image_notes;
use crate::quay::records::images::{Reach, now_ms};
use crate::quay::records::{Repository, Tag};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/tag/", &[("GET", list)]),
    Route::new("repository/{repository}/tag/{tag}", &[("PUT", change), ("DELETE", delete)]),
    Route::new("repository/{repository}/tag/{tag}/restore", &[("POST", restore)]),
    Route::new("repository/{repository}/tag/{tag}/expire", &[("POST", expire)]).needs(&["PERMANENTLY_DELETE_TAGS"]),
    Route::new("repository/{repository}/tag/{tag}/pull_statistics", &[("GET", pull_statistics)])
        .needs(&["FEATURE_IMAGE_PULL_STATS"]),
];

/// Tags on one page, unless it is asked for fewer.
const PAGE: usize = 50;
/// At most so many.
const LARGEST: usize = 100;

/// What is wrong with a name.
const BAD_NAME: &str =
    "Invalid tag: must match [A-Za-z0-9_.-], NOT start with \".\" or \"-\", and can contain 1-128 characters";

/// The repository, after [`require_write`].
fn written<'s>(state: &'s State, call: &Call) -> Result<&'s Repository, Reply> {
    state.repositories.get(call.parameter("repository")).ok_or_else(Reply::not_found)
}

/// The newest first, with what tags were before.
fn list(state: &mut State, call: &Call) -> Outcome {
    let repository = readable(state, call)?;
    let now = now_ms();
    let mut tags: Vec<&Tag> = repository.all_tags().filter(|tag| !tag.hidden).collect();
    if let Some(filter) = call.query("filter_tag_name").filter(|filter| !filter.is_empty()) {
        let (operation, name) = filter.split_once(':').ok_or_else(|| Reply::message(BAD_FILTER))?;
        match operation {
            "like" => {
                let like = like(name)?;
                tags.retain(|tag| like.is_match(&tag.name));
            }
            "eq" => tags.retain(|tag| tag.name == name),
            _ => {}
        }
    }
    if let Some(wanted) = call.query("specificTag").filter(|tag| !tag.is_empty()) {
        tags.retain(|tag| tag.name == wanted);
    }
    if call.flag("onlyActiveTags", false) {
        tags.retain(|tag| tag.is_alive(now));
    }
    tags.sort_by(|one, other| (other.start_ms, &one.name).cmp(&(one.start_ms, &other.name)));
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    let page = number("page").unwrap_or(1).max(1) as usize;
    let limit = number("limit").map_or(PAGE, |limit| limit.clamp(1, LARGEST as i64) as usize);
    let has_more = tags.len() > page * limit;
    let shown = tags.into_iter().skip((page - 1) * limit).take(limit);
    let shown: Vec<Value> = shown.map(|tag| view(state, repository, tag)).collect();
    Ok(Reply::ok(json!({"tags": shown, "page": page, "has_additional": has_more})))
}

/// What an SQL pattern takes: `_` is any letter and `%` any text.
fn like(part: &str) -> Result<Regex, Reply> {
    let piece = |letter: char| match letter {
        '_' => ".".to_owned(),
        '%' => ".*".to_owned(),
        _ => regex::escape(&letter.to_string()),
    };
    let pattern: String = part.chars().map(piece).collect();
    Regex::new(&format!("(?i){pattern}")).map_err(|_| Reply::crash())
}

const BAD_FILTER: &str =
    "Unsupported syntax for filter_tag_name. Expected <operation>:<tag_name> where <operation>can be 'like' or 'eq'.";

/// A tag in a list of tags.
fn view(state: &State, repository: &Repository, tag: &Tag) -> Value {
    let manifest = repository.images.manifests.get(&tag.manifest_digest);
    let children = manifest.map(|manifest| manifest.children()).unwrap_or_default();
    let is_list = manifest.is_some_and(|manifest| manifest.is_list());
    let mut view = json!({
        "name": tag.name,
        "reversion": tag.reversion,
        "manifest_digest": tag.manifest_digest,
        "is_manifest_list": is_list,
        "size": repository.tag_size(tag),
    });
    if state.feature("FEATURE_IMMUTABLE_TAGS") {
        view["immutable"] = json!(tag.immutable);
    }
    if tag.start_ms > 0 {
        view["start_ts"] = json!(seconds(tag.start_ms));
        view["last_modified"] = json!(date(tag.start_ms));
    }
    if let Some(end) = tag.end_ms {
        view["end_ts"] = json!(seconds(end));
        view["expiration"] = json!(date(end));
    }
    if is_list {
        let there: Map<String, Value> = children
            .iter()
            .map(|child| (child.clone(), json!(repository.images.manifests.contains_key(child))))
            .collect();
        let present = there.values().filter(|present| **present == json!(true)).count();
        view["is_sparse"] = json!(present < children.len());
        view["child_manifest_count"] = json!(children.len());
        view["present_child_count"] = json!(present);
        view["child_manifests_presence"] = Value::Object(there);
    }
    view
}

/// The tags of a repository, as the repository itself shows them.
pub(crate) fn of_repository(repository: &Repository) -> Value {
    let now = now_ms();
    let alive = repository.tags.values().filter(|tag| tag.is_alive(now) && !tag.hidden);
    let views = alive.map(|tag| {
        let mut view = json!({
            "name": tag.name,
            "size": repository.tag_size(tag),
            "manifest_digest": tag.manifest_digest,
        });
        if tag.start_ms > 0 {
            view["last_modified"] = json!(date(tag.start_ms));
        }
        if let Some(end) = tag.end_ms {
            view["expiration"] = json!(date(end));
        }
        (tag.name.clone(), view)
    });
    views.collect()
}

/// When the newest tag was set, in seconds.
pub(crate) fn newest(repository: &Repository) -> Option<i64> {
    let now = now_ms();
    let alive = repository.tags.values().filter(|tag| tag.is_alive(now) && !tag.hidden);
    alive.map(|tag| seconds(tag.start_ms)).max()
}

/// Changes when a tag ends, whether it can be changed, and what it stands for, in this order: what is refused later does not take back
/// what was done before.
fn change(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Makes changes to a specific tag",
        "properties": {
            "manifest_digest": {
                "type": ["string", "null"],
                "description": "(If specified) The manifest digest to which the tag should point"
            },
            "expiration": {
                "type": ["number", "null"],
                "description": "(If specified) The expiration for the image"
            },
            "immutable": {
                "type": "boolean",
                "description": "(If specified) Whether the tag should be immutable. Write permission required to set, admin permission required to unset."
            }
        }
    }));
    require_write(state, call, false)?;
    let body = body?;
    let (full, name) = (call.parameter("repository"), call.parameter("tag"));
    if !tagging::is_tag(name) {
        return Err(Reply::message(BAD_NAME));
    }
    let repository = written(state, call)?;
    if let Some(expiration) = body.get("expiration") {
        repository.tag(name).ok_or_else(Reply::not_found)?;
        let end = match expiration.as_f64() {
            Some(end) if end <= now_ms() as f64 / 1000.0 => return Err(Reply::bad_json()),
            end => end.map(|end| end as i64),
        };
        let before = repository.tag(name).and_then(|tag| tag.end_ms);
        tagging::set_end(state, full, name, end)?;
        if before.is_some() || end.is_some() {
            let of = json!({"expiration_date": end, "old_expiration_date": before});
            image_notes::done_to_tag(state, call, "change_tag_expiration", of);
        }
    }
    if let Some(immutable) = body.get("immutable").filter(|_| state.feature("FEATURE_IMMUTABLE_TAGS")) {
        let tag = written(state, call)?.tag(name).ok_or_else(Reply::not_found)?;
        let before = tag.immutable;
        let (namespace, short) = call.repository();
        if *immutable == json!(false) && tag.immutable {
            // From Quay's source: here a superuser needs a role too.
            call.require(Access::new(state, &call.caller).repo_admin(namespace, short))?;
        }
        tagging::set_immutable(state, full, name, *immutable == json!(true))?;
        let of = json!({"immutable": immutable, "previous_immutable": before});
        image_notes::done_to_tag(state, call, "change_tag_immutability", of);
    }
    if let Some(digest) = body.get("manifest_digest") {
        let digest = digest.as_str().unwrap_or_default();
        let repository = written(state, call)?;
        repository.manifest(digest, Reach::Tagged).ok_or_else(Reply::not_found)?;
        let before = repository.tag(name).map(|tag| tag.manifest_digest.clone());
        pushes::point(state, full, name, digest, false).map_err(|()| Reply::tag_immutable("overwrite", name))?;
        let kind = if before.is_some() { "move_tag" } else { "create_tag" };
        let of = json!({"manifest_digest": digest, "original_manifest_digest": before});
        image_notes::done_to_tag(state, call, kind, of);
    }
    Ok(Reply::json(201, json!("Updated")))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    require_write(state, call, false)?;
    let name = call.parameter("tag");
    let tag = written(state, call)?.tag(name).ok_or_else(Reply::not_found)?;
    if tag.immutable && state.feature("FEATURE_IMMUTABLE_TAGS") {
        return Err(Reply::tag_immutable("delete", name));
    }
    tagging::delete(state, call.parameter("repository"), name);
    image_notes::done_to_tag(state, call, "delete_tag", json!({}));
    Ok(Reply::gone())
}

/// Lets a tag stand for a manifest that it or another one once stood for.
fn restore(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Restores a tag to a specific image",
        "properties": {
            "manifest_digest": {
                "type": "string",
                "description": "If specified, the manifest digest that should be used"
            }
        }
    }));
    require_write(state, call, false)?;
    let body = body?;
    let (full, name) = (call.parameter("repository"), call.parameter("tag"));
    let repository = written(state, call)?;
    let digest = body["manifest_digest"].as_str().ok_or_else(|| Reply::invalid("Missing manifest_digest"))?;
    repository.manifest(digest, Reach::All).ok_or_else(Reply::not_found)?;
    pushes::point(state, full, name, digest, true).map_err(|()| Reply::tag_immutable("overwrite", name))?;
    image_notes::done_to_tag(state, call, "revert_tag", json!({"manifest_digest": digest}));
    Ok(Reply::ok(json!({})))
}

/// Deletes a tag, or what it was, for good. The answer is an empty text, as JSON.
fn expire(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Removes tag from the time machine window",
        "properties": {
            "manifest_digest": {
                "type": "string",
                "description": "Required if is_alive set to false. If specified, the manifest digest that should be used. Ignored when setting alive to true."
            },
            "include_submanifests": {
                "type": "boolean",
                "description": "If set to true, expire the sub-manifests as well"
            },
            "is_alive": {
                "type": "boolean",
                "description": "If true, set the expiry of the matching alive tag outside the time machine window. If false set the expiry of any expired tags with the same tag and manifest outside the time machine window."
            }
        }
    }));
    require_write(state, call, true)?;
    let body = body?;
    let (full, name) = (call.parameter("repository"), call.parameter("tag"));
    let repository = written(state, call)?;
    let is_alive = body["is_alive"] == json!(true);
    let digest = body["manifest_digest"].as_str();
    let digest = match digest {
        _ if is_alive => None,
        None => return Err(Reply::invalid("manifest_digest required when is_alive set to false")),
        Some(digest) => {
            repository.manifest(digest, Reach::All).ok_or_else(Reply::not_found)?;
            Some(digest)
        }
    };
    let of = digest.map(str::to_owned).or_else(|| repository.tag(name).map(|tag| tag.manifest_digest.clone()));
    if !tagging::expire(state, full, name, digest) {
        return Err(Reply::not_found());
    }
    if let Some(list) = of.as_ref().filter(|_| body["include_submanifests"] == json!(true)) {
        tagging::expire_children(state, full, list);
    }
    image_notes::done_to_tag(state, call, "permanently_delete_tag", json!({"manifest_digest": of}));
    Ok(Reply::ok(json!("")))
}

/// How often a tag was pulled, and the manifest that it stands for, under whatever name.
fn pull_statistics(state: &mut State, call: &Call) -> Outcome {
    let repository = readable(state, call)?;
    let name = call.parameter("tag");
    let tag = repository.tag(name).ok_or_else(Reply::not_found)?;
    let of_tag = repository.images.pulls.get(name).cloned().unwrap_or_default();
    let manifest = repository.images.manifests.get(&tag.manifest_digest);
    let of_manifest = manifest.map(|manifest| manifest.pulls.clone()).unwrap_or_default();
    Ok(Reply::ok(json!({
        "tag_name": name,
        "tag_pull_count": of_tag.count,
        "last_tag_pull_date": last_pull(&of_tag),
        // What it was when it was pulled last.
        "current_manifest_digest": of_tag.digest.as_ref().unwrap_or(&tag.manifest_digest),
        "manifest_pull_count": of_manifest.count,
        "last_manifest_pull_date": last_pull(&of_manifest),
    })))
}
