//! Manifests: what images are made of, what was found in them, and how often they were pulled.
//!
//! Observed: they are named by their digest alone; a tag in its place is a 404. Layers come with the lowest first; a list of manifests
//! has none. Without a security scanner there is no route for its reports, and Quay takes their address for a repository's.

use registry_http::Endpoint;
use serde::Deserialize;
use serde_json::Value;

use super::keys::RepositoryKey;
use crate::features;

/// Names one manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestKey {
    pub repository: RepositoryKey,
    /// `sha256:...`.
    pub digest: String,
}

impl ManifestKey {
    /// `acme/app@sha256:...`.
    pub fn full_name(&self) -> String {
        format!("{}@{}", self.repository.full_name(), self.digest)
    }

    pub(super) fn names(&self) -> [&str; 3] {
        [&self.repository.namespace, &self.repository.name, &self.digest]
    }
}

const READ: &str = "repo:read";

/// A manifest.
#[derive(Debug, Clone, Deserialize)]
pub struct ManifestJson {
    pub digest: String,
    pub is_manifest_list: bool,
    /// The manifest itself, word for word.
    pub manifest_data: String,
    #[serde(default)]
    pub config_media_type: Option<String>,
    /// Bytes. Since 3.11.
    #[serde(default)]
    pub layers_compressed_size: Option<i64>,
    /// Null for a list of manifests.
    #[serde(default)]
    pub layers: Option<Vec<LayerJson>>,
    /// Only when asked for, and where there is one. Since 3.14.
    #[serde(default)]
    pub modelcard: Option<String>,
}

/// A layer of an image.
#[derive(Debug, Clone, Deserialize)]
pub struct LayerJson {
    pub index: i64,
    /// Bytes.
    #[serde(default)]
    pub compressed_size: Option<i64>,
    #[serde(default)]
    pub is_remote: bool,
    #[serde(default)]
    pub urls: Option<Vec<String>>,
    /// Nearly always a list of words; whatever an image says.
    #[serde(default)]
    pub command: Value,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default)]
    pub author: Option<String>,
    #[serde(default)]
    pub blob_digest: Option<String>,
    /// RFC 2822.
    #[serde(default)]
    pub created_datetime: Option<String>,
}

/// One manifest; with the description of a model (a model card), where it has one and that is asked for.
pub fn get(key: &ManifestKey, with_model_card: bool) -> Endpoint<ManifestJson> {
    let wanted = key.digest.clone();
    let endpoint =
        Endpoint::<ManifestJson>::get("repository/{namespace}/{+repository}/manifest/{manifest}", &key.names())
            .describe(format!("read manifest {}", key.full_name()))
            .requires_scope(READ)
            .identified(move |found| found.digest == wanted);
    if with_model_card { endpoint.query("include_modelcard", true) } else { endpoint }
}

/// What the security scanner says of a manifest.
#[derive(Debug, Clone, Deserialize)]
pub struct SecurityJson {
    /// `scanned`, `failed`, `queued`, `unsupported` or `manifest_layer_too_large`.
    pub status: String,
    /// Null unless it was scanned.
    #[serde(default)]
    pub data: Option<ReportJson>,
}

/// What was found.
#[derive(Debug, Clone, Deserialize)]
pub struct ReportJson {
    #[serde(rename = "Layer")]
    pub layer: ScannedJson,
}

/// The image as a whole, which the scanner calls a layer.
#[derive(Debug, Clone, Deserialize)]
pub struct ScannedJson {
    #[serde(default, rename = "Features")]
    pub features: Option<Vec<FeatureJson>>,
}

/// A package in an image.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FeatureJson {
    pub name: String,
    #[serde(default)]
    pub version: Option<String>,
    #[serde(default)]
    pub version_format: Option<String>,
    #[serde(default)]
    pub namespace_name: Option<String>,
    /// Digest of the layer that brought it.
    #[serde(default)]
    pub added_by: Option<String>,
    /// Scores of its vulnerabilities.
    #[serde(default)]
    pub base_scores: Option<Vec<Value>>,
    #[serde(default, rename = "CVEIds")]
    pub cve_ids: Option<Vec<String>>,
    #[serde(default)]
    pub vulnerabilities: Option<Vec<VulnerabilityJson>>,
}

/// A vulnerability of a package.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VulnerabilityJson {
    #[serde(default)]
    pub name: Option<String>,
    /// `Critical`, `High`, `Medium`, `Low`, `Negligible`, `Unknown` ...
    #[serde(default)]
    pub severity: Option<String>,
    #[serde(default)]
    pub namespace_name: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// Addresses, with blanks between them.
    #[serde(default)]
    pub link: Option<String>,
    /// Empty where there is none yet.
    #[serde(default)]
    pub fixed_by: Option<String>,
    #[serde(default)]
    pub metadata: Option<MetadataJson>,
}

/// Where a vulnerability is known from, and how grave others find it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetadataJson {
    #[serde(default)]
    pub updated_by: Option<String>,
    #[serde(default)]
    pub repo_name: Option<String>,
    #[serde(default)]
    pub repo_link: Option<String>,
    #[serde(default)]
    pub distro_name: Option<String>,
    #[serde(default)]
    pub distro_version: Option<String>,
    #[serde(default, rename = "NVD")]
    pub nvd: Option<NvdJson>,
}

/// What the National Vulnerability Database says.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct NvdJson {
    #[serde(default, rename = "CVSSv3")]
    pub cvss_v3: Option<CvssJson>,
}

/// A score by the Common Vulnerability Scoring System.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CvssJson {
    /// Empty where there is none.
    #[serde(default)]
    pub vectors: Option<String>,
    /// A number; null or an empty text where there is none.
    #[serde(default)]
    pub score: Value,
}

/// The report of the security scanner.
pub fn security(key: &ManifestKey) -> Endpoint<SecurityJson> {
    Endpoint::get("repository/{namespace}/{+repository}/manifest/{manifest}/security", &key.names())
        .query("vulnerabilities", true)
        .describe(format!("read the security report of manifest {}", key.full_name()))
        .requires_scope(READ)
        .ability(&features::SECURITY_SCANNER)
}

/// How often a manifest was pulled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ManifestPullsJson {
    pub manifest_pull_count: i64,
    /// RFC 2822; null before the first pull.
    #[serde(default)]
    pub last_manifest_pull_date: Option<String>,
}

/// How often a manifest was pulled, by a tag or by its digest.
pub fn pulls(key: &ManifestKey) -> Endpoint<ManifestPullsJson> {
    Endpoint::get("repository/{namespace}/{+repository}/manifest/{manifest}/pull_statistics", &key.names())
        .describe(format!("read the pull statistics of manifest {}", key.full_name()))
        .requires_scope(READ)
        .ability(&features::MANIFEST_PULL_STATISTICS)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use registry_http::Answer;

    #[test]
    fn reports_are_read_with_and_without_content() {
        let key = ManifestKey {
            repository: RepositoryKey { namespace: "acme".to_owned(), name: "app".to_owned() },
            digest: "sha256:ab".to_owned(),
        };
        assert_eq!(security(&key).path(), Ok("repository/acme/app/manifest/sha256%3Aab/security"));
        let read = |body: serde_json::Value| {
            security(&key).decode(&Answer::new(200, "application/json", body.to_string())).unwrap()
        };
        assert!(read(json!({ "status": "queued", "data": null })).data.is_none());
        let found = read(json!({ "status": "scanned", "data": { "Layer": { "Name": "", "Features": [
            { "Name": "openssl", "Version": "1.1", "VersionFormat": "", "NamespaceName": "", "AddedBy": "sha256:cd",
              "BaseScores": [7.5], "CVEIds": ["CVE-2023-0001"], "Vulnerabilities": [
                { "Severity": "High", "NamespaceName": "RHEL8", "Link": "https://x", "FixedBy": "1.2", "Description": "d",
                  "Name": "RHSA-1", "Metadata": { "RepoName": null, "NVD": { "CVSSv3": { "Vectors": "", "Score": "" } } } },
                { "Name": "RHSA-2", "Metadata": {} }, { "Name": "RHSA-3", "Metadata": null } ] } ] } } }));
        let features = found.data.unwrap().layer.features.unwrap();
        assert_eq!(features[0].cve_ids.as_ref().unwrap(), &["CVE-2023-0001"]);
        assert_eq!(features[0].vulnerabilities.as_ref().unwrap()[0].fixed_by.as_deref(), Some("1.2"));
    }
}
