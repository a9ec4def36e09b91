//! Data source `quay_manifest`.
//!
//! Endpoint: `repository/{repository}/manifest/{manifest}`; see [`crate::api::manifests`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use registry_service::dates;
use serde::Deserialize;
use serde_json::Value;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Nested, Result};

use super::references;
use crate::api::keys::RepositoryKey;
use crate::api::manifests::{self, LayerJson, ManifestJson};
use crate::client::Quay;
use crate::names;

/// Reads a manifest: what an image is made of, or, for a list of manifests, which images belong to it.
///
/// Scope: `repo:read`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_manifest", exactly_one_of(manifest_digest, tag), subcategory = "Tags and manifests")]
pub struct ManifestData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Digest of the manifest.
    #[attribute(optional, check = references::digest())]
    manifest_digest: Option<String>,
    /// Tag that points to the manifest.
    #[attribute(optional, check = references::tag())]
    tag: Option<String>,
    /// Reads the description of a model (its model card) too, where the image is one of a model. Needs
    /// Quay 3.14 with FEATURE_UI_MODELCARD. The default is false.
    #[attribute(optional)]
    include_model_card: Option<bool>,
    /// Digest of the manifest, however it was named.
    #[computed]
    digest: Computed<String>,
    /// What the manifest is, such as `application/vnd.oci.image.manifest.v1+json`; null where it does not say.
    #[computed]
    media_type: Computed<Option<String>>,
    /// Whether it is a list of manifests: an image for several architectures.
    #[computed]
    is_manifest_list: Computed<bool>,
    /// What its configuration is, such as `application/vnd.oci.image.config.v1+json`; null for a list of manifests.
    #[computed]
    config_media_type: Computed<Option<String>>,
    /// Digest of its configuration; null for a list of manifests.
    #[computed]
    config_digest: Computed<Option<String>>,
    /// Size of the compressed layers in bytes; 0 for a list of manifests; null before Quay 3.11, which does not tell.
    #[computed]
    layers_compressed_size: Computed<Option<i64>>,
    /// The layers, the lowest first, with the steps of the build that changed no file; none for a list of manifests.
    #[computed]
    layers: Computed<Vec<ManifestLayer>>,
    /// The manifests of a list, in its order.
    #[computed]
    manifests: Computed<Vec<Submanifest>>,
    /// Annotations of the manifest.
    #[computed]
    annotations: Computed<BTreeMap<String, String>>,
    /// The manifest itself, word for word: a JSON text, for `jsondecode()`.
    #[computed]
    manifest: Computed<String>,
    /// Description of the model in Markdown; null unless `include_model_card` is true, and where there is none.
    #[computed]
    model_card: Computed<Option<String>>,
}

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct ManifestLayer {
    /// Place of the layer, from 0 for the lowest.
    #[computed]
    index: i64,
    /// Digest of its content; null where the layer is empty: of a step that changed no file.
    #[computed]
    blob_digest: Option<String>,
    /// Compressed size in bytes; 0 where the layer is empty.
    #[computed]
    compressed_size: i64,
    /// Whether its content is at another place than this registry.
    #[computed]
    is_remote: bool,
    /// Where a remote layer's content is.
    #[computed]
    urls: Vec<String>,
    /// The command that made it.
    #[computed]
    command: Vec<String>,
    /// Comment on it.
    #[computed]
    comment: Option<String>,
    /// Who made it.
    #[computed]
    author: Option<String>,
    /// When it was made (RFC 3339).
    #[computed]
    created: Option<String>,
}

/// The content, of 32 bytes, that Quay shows for a layer without any. No manifest has to name it, and no registry to hold it.
const EMPTY: &str = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4";

impl From<LayerJson> for ManifestLayer {
    fn from(json: LayerJson) -> Self {
        let blob_digest = json.blob_digest.filter(|digest| digest != EMPTY);
        Self {
            index: json.index,
            compressed_size: json.compressed_size.filter(|_| blob_digest.is_some()).unwrap_or_default(),
            blob_digest,
            is_remote: json.is_remote,
            urls: json.urls.unwrap_or_default(),
            command: words(json.command),
            comment: json.comment,
            author: json.author,
            created: json.created_datetime.map(|date| dates::rfc3339(&date).unwrap_or(date)),
        }
    }
}

/// The words of a command. Quay shows what an image says of it, which may be anything.
fn words(command: Value) -> Vec<String> {
    let word = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    match command {
        Value::Null => Vec::new(),
        Value::Array(items) => items.into_iter().map(word).collect(),
        other => vec![word(other)],
    }
}

/// A manifest in a list of manifests.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Submanifest {
    /// Digest of the manifest.
    #[computed]
    digest: String,
    /// What it is.
    #[computed]
    media_type: Option<String>,
    /// Size of the manifest itself in bytes.
    #[computed]
    size: Option<i64>,
    /// Processor that it is for, such as `amd64`.
    #[computed]
    architecture: Option<String>,
    /// Variant of the processor, such as `v8`.
    #[computed]
    variant: Option<String>,
    /// Operating system that it is for, such as `linux`.
    #[computed]
    os: Option<String>,
    /// Version of the operating system.
    #[computed]
    os_version: Option<String>,
    /// Annotations in the list.
    #[computed]
    annotations: BTreeMap<String, String>,
}

/// The parts of a manifest that the server does not show by themselves.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Content {
    media_type: Option<String>,
    config: Option<Descriptor>,
    manifests: Vec<Descriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Descriptor {
    media_type: Option<String>,
    digest: String,
    size: Option<i64>,
    platform: Option<Platform>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Platform {
    architecture: Option<String>,
    variant: Option<String>,
    os: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
}

impl From<Descriptor> for Submanifest {
    fn from(descriptor: Descriptor) -> Self {
        let platform = descriptor.platform.unwrap_or_default();
        Self {
            digest: descriptor.digest,
            media_type: descriptor.media_type,
            size: descriptor.size,
            architecture: platform.architecture,
            variant: platform.variant,
            os: platform.os,
            os_version: platform.os_version,
            annotations: descriptor.annotations.unwrap_or_default(),
        }
    }
}

#[async_trait]
impl DataSource for ManifestData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let key = references::manifest_of(cx, repository, config.manifest_digest.as_ref(), config.tag.as_ref()).await?;
        match cx.find(manifests::get(&key, config.include_model_card == Some(true))).await? {
            Some(found) => config.with(found),
            None => Err(cx.missing_manifest(&key).await),
        }
    }
}

impl ManifestData {
    fn with(self, json: ManifestJson) -> Result<Self> {
        let content: Content = serde_json::from_str(&json.manifest_data).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Error::new(
                format!("Manifest {} cannot be understood", json.digest),
                format!("The server shows a manifest that is not as manifests are ({place})."),
            )
        })?;
        let layers: Vec<ManifestLayer> = json.layers.unwrap_or_default().into_iter().map(ManifestLayer::from).collect();
        let manifests: Vec<Submanifest> = content.manifests.into_iter().map(Submanifest::from).collect();
        Ok(Self {
            digest: Computed::from(json.digest),
            media_type: Computed::from(content.media_type),
            is_manifest_list: Computed::from(json.is_manifest_list),
            config_media_type: Computed::from(json.config_media_type),
            config_digest: Computed::from(content.config.map(|config| config.digest)),
            layers_compressed_size: Computed::from(json.layers_compressed_size),
            layers: Computed::from(layers),
            manifests: Computed::from(manifests),
            annotations: Computed::from(content.annotations.unwrap_or_default()),
            manifest: Computed::from(json.manifest_data),
            model_card: Computed::from(json.modelcard),
            ..self
        })
    }
}
