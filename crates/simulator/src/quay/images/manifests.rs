//! Manifests of images: what they are made of, how often they were pulled, what a scanner says of them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dates::last_pull;
use super::rights::readable;
use crate::quay::call::Call;
use crate::quay::records::images::{Reach, array, digests, is_digest};
use crate::quay::records::{Manifest, Repository};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::time::rfc2822;

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/manifest/{manifestref}", &[("GET", get)]),
    Route::new("repository/{repository}/manifest/{manifestref}/security", &[("GET", security)])
        .needs(&["FEATURE_SECURITY_SCANNER"]),
    Route::new("repository/{repository}/manifest/{manifestref}/pull_statistics", &[("GET", pull_statistics)])
        .needs(&["FEATURE_IMAGE_PULL_STATS"]),
];

/// The layer that stands for a step of a build that changed no file, and its size.
const EMPTY_LAYER: (&str, u64) = ("sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4", 32);

/// What an image's configuration may be.
const CONFIGURATIONS: &[&str] =
    &["application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"];

/// The blobs that a manifest refers to.
pub(super) fn blobs_of(manifest: &Manifest) -> Vec<String> {
    let parsed = manifest.parsed();
    let config = parsed["config"]["digest"].as_str().map(str::to_owned);
    let layers = array(&parsed["layers"]).iter().filter(|layer| array(&layer["urls"]).is_empty());
    let layers: Value = layers.cloned().collect();
    config.into_iter().chain(digests(&layers)).collect()
}

/// The configuration of an image; null of anything else.
pub(super) fn configuration(repository: &Repository, manifest: &Manifest) -> Value {
    let parsed = manifest.parsed();
    let kind = parsed["config"]["mediaType"].as_str().unwrap_or_default();
    let blob = parsed["config"]["digest"].as_str().and_then(|digest| repository.images.blobs.get(digest));
    match blob {
        Some(blob) if CONFIGURATIONS.contains(&kind) => serde_json::from_slice(&blob.0).unwrap_or_default(),
        _ => Value::Null,
    }
}

/// The manifest of the path, for one who may read it. A tag is no name for it, and whoever may not read learns nothing of that.
pub(super) fn found<'s>(state: &'s State, call: &Call, reach: Reach) -> Result<&'s Manifest, Reply> {
    let digest = call.parameter("manifestref");
    let repository = readable(state, call)?;
    if !is_digest(digest) {
        return Err(Reply::not_found());
    }
    repository.manifest(digest, reach).ok_or_else(Reply::not_found)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let manifest = found(state, call, Reach::Tagged)?;
    let repository = readable(state, call)?;
    let parsed = manifest.parsed();
    let size = manifest.layers_size().unwrap_or_default();
    let mut view = json!({
        "digest": call.parameter("manifestref"),
        "is_manifest_list": manifest.is_list(),
        "manifest_data": manifest.content,
        "config_media_type": parsed["config"]["mediaType"],
        "layers_compressed_size": size,
        "layers": if manifest.is_list() { Value::Null } else { layers(repository, manifest) },
    });
    let wanted = call.flag("include_modelcard", false) && state.feature("FEATURE_UI_MODELCARD");
    if let Some(card) = model_card(repository, &parsed).filter(|_| wanted) {
        view["modelcard"] = json!(card);
    }
    Ok(Reply::ok(view))
}

/// The description of a model: the only layer of such an artifact, or the one that is a README.
fn model_card(repository: &Repository, parsed: &Value) -> Option<String> {
    let layers = array(&parsed["layers"]);
    let is_readme = |layer: &&Value| layer["annotations"]["org.opencontainers.image.title"] == "README.md";
    let layer = match (parsed["artifactType"].as_str(), layers) {
        (Some("application/x-mlmodel"), [only]) => only,
        (Some("application/x-mlmodel"), _) => layers.iter().find(is_readme)?,
        _ => return None,
    };
    let content = repository.images.blobs.get(layer["digest"].as_str()?)?;
    String::from_utf8(content.0.clone()).ok()
}

/// The layers in the order in which they lie on each other, each with the step of the build that made it.
fn layers(repository: &Repository, manifest: &Manifest) -> Value {
    let parsed = manifest.parsed();
    let mut blobs = array(&parsed["layers"]).iter();
    let configuration = configuration(repository, manifest);
    let views: Vec<Value> = match &configuration["history"] {
        Value::Array(steps) => steps
            .iter()
            .map(|step| match step["empty_layer"].as_bool() {
                Some(true) => layer(&json!({"digest": EMPTY_LAYER.0, "size": EMPTY_LAYER.1}), step),
                _ => layer(blobs.next().unwrap_or(&Value::Null), step),
            })
            .collect(),
        _ => blobs.map(|blob| layer(blob, &Value::Null)).collect(),
    };
    let numbered = views.into_iter().enumerate().map(|(index, mut view)| {
        view["index"] = json!(index);
        view
    });
    numbered.collect()
}

fn layer(blob: &Value, step: &Value) -> Value {
    let command = step["created_by"].as_str().map(|text| match serde_json::from_str::<Value>(text) {
        Ok(command) => command,
        Err(_) => json!([text]),
    });
    let created = step["created"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    json!({
        "compressed_size": blob["size"],
        "is_remote": !array(&blob["urls"]).is_empty(),
        "urls": blob["urls"],
        "command": command,
        "comment": step["comment"],
        "author": step["author"],
        "blob_digest": blob["digest"],
        "created_datetime": created.map(rfc2822),
    })
}

/// What a scanner said. With `vulnerabilities` or without, the answer is the same, as Quay gives it since its scanner is Clair 4. The setting
/// `SIMULATED_SCANNER_IS_DOWN` says that it does not answer; it is asked for what was found, while Quay knows by itself how far a scan is.
fn security(state: &mut State, call: &Call) -> Outcome {
    let manifest = found(state, call, Reach::All)?;
    let report = manifest.security.clone();
    let is_scanned = report.as_ref().is_some_and(|report| report["status"] == "scanned");
    if is_scanned && state.feature("SIMULATED_SCANNER_IS_DOWN") {
        return Err(Reply::downstream("Cannot connect to the security scanner"));
    }
    Ok(Reply::ok(report.unwrap_or_else(|| json!({"status": "queued", "data": null}))))
}

fn pull_statistics(state: &mut State, call: &Call) -> Outcome {
    let manifest = found(state, call, Reach::Tagged)?;
    Ok(Reply::ok(json!({
        "manifest_digest": call.parameter("manifestref"),
        "manifest_pull_count": manifest.pulls.count,
        "last_manifest_pull_date": last_pull(&manifest.pulls),
    })))
}
