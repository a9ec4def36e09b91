//! Data source `quay_vulnerabilities`.
//!
//! Endpoint: `repository/{repository}/manifest/{manifest}/security`; see [`crate::api::manifests`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;
use terraform_framework::value::Number;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use super::references;
use crate::api::keys::RepositoryKey;
use crate::api::manifests::{self, FeatureJson, SecurityJson, VulnerabilityJson};
use crate::client::Quay;
use crate::names;

/// Reads what the security scanner says of an image: its packages and their vulnerabilities.
///
/// Images are scanned some time after they were pushed: look at `status` first. Without a report there are no packages and no
/// vulnerabilities, which says nothing of the image. A list of manifests is not scanned; the manifests in it are. The server needs
/// FEATURE_SECURITY_SCANNER.
///
/// Scope: `repo:read`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_vulnerabilities", exactly_one_of(manifest_digest, tag), subcategory = "Tags and manifests")]
pub struct VulnerabilitiesData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Digest of the image.
    #[attribute(optional, check = references::digest())]
    manifest_digest: Option<String>,
    /// Tag that points to the image.
    #[attribute(optional, check = references::tag())]
    tag: Option<String>,
    /// How far the scan is: `scanned`, `queued`, `failed`, `unsupported` or `manifest_layer_too_large`.
    #[computed]
    status: Computed<String>,
    /// How many vulnerabilities there are, by severity as the scanner names it: `Critical`, `High`, `Medium`, `Low`, `Negligible`,
    /// `Unknown`. A severity without any is left out.
    #[computed]
    counts: Computed<BTreeMap<String, i64>>,
    /// How many of them a newer version of their package would cure.
    #[computed]
    fixable: Computed<i64>,
    /// The highest `cvss_score` of all; null where no vulnerability has one.
    #[computed]
    highest_cvss_score: Computed<Option<Number>>,
    /// The packages, by name and version.
    #[computed]
    packages: Computed<Vec<ScannedPackage>>,
    /// All vulnerabilities, by package and name.
    #[computed]
    vulnerabilities: Computed<Vec<Vulnerability>>,
}

/// A package in an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct ScannedPackage {
    /// Name of the package.
    #[computed]
    name: String,
    /// Its version.
    #[computed]
    version: String,
    /// How its versions are written, where the scanner says so.
    #[computed]
    version_format: String,
    /// What it is a package of, such as a distribution, where the scanner says so.
    #[computed]
    namespace_name: String,
    /// Digest of the layer that brought it.
    #[computed]
    added_by: String,
    /// CVE numbers of its vulnerabilities. Older servers do not tell.
    #[computed]
    cve_ids: Vec<String>,
    /// CVSS scores of its vulnerabilities, as far as they have one, the highest first. Older servers do not tell.
    #[computed]
    base_scores: Vec<Number>,
}

/// A vulnerability of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Vulnerability {
    /// Name of the package.
    #[computed]
    package: String,
    /// Version of the package.
    #[computed]
    package_version: String,
    /// Name of the vulnerability, such as `CVE-2023-0286` or `RHSA-2023:0946`.
    #[computed]
    name: String,
    /// How grave it is, as in `counts`.
    #[computed]
    severity: String,
    /// Version of the package that cures it; null where there is none.
    #[computed]
    fixed_by: Option<String>,
    /// Whose list of vulnerabilities it stands in, where the scanner says so.
    #[computed]
    namespace_name: String,
    /// What it is.
    #[computed]
    description: String,
    /// Addresses that tell more of it.
    #[computed]
    links: Vec<String>,
    /// Its score by CVSS version 3, from 0 to 10, in the National Vulnerability Database; null where the scanner knows none.
    #[computed]
    cvss_score: Option<Number>,
    /// What the score is made of, such as `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H`; null where the scanner knows none.
    #[computed]
    cvss_vector: Option<String>,
    /// Which part of the scanner brought it, such as `rhel-vex`.
    #[computed]
    updated_by: Option<String>,
    /// Name of the repository of packages that the package comes from, where the scanner knows it.
    #[computed]
    repo_name: Option<String>,
    /// Address of that repository.
    #[computed]
    repo_link: Option<String>,
    /// Name of the distribution that the package belongs to, where the scanner knows it.
    #[computed]
    distro_name: Option<String>,
    /// Version of that distribution.
    #[computed]
    distro_version: Option<String>,
}

/// What is said where the scanner does not know.
const UNKNOWN: &str = "Unknown";

/// A score, where it is one.
fn score(json: &Value) -> Option<Number> {
    json.as_f64().and_then(|score| Number::try_from(score).ok())
}

impl ScannedPackage {
    fn of(json: &FeatureJson) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut cve_ids = json.cve_ids.clone().unwrap_or_default();
        cve_ids.sort();
        let mut base_scores: Vec<Number> = json.base_scores.iter().flatten().filter_map(score).collect();
        base_scores.sort_by(|one, other| other.cmp(one));
        Self {
            name: json.name.clone(),
            version: text(&json.version),
            version_format: text(&json.version_format),
            namespace_name: text(&json.namespace_name),
            added_by: text(&json.added_by),
            cve_ids,
            base_scores,
        }
    }
}

impl Vulnerability {
    fn of(package: &FeatureJson, json: VulnerabilityJson) -> Self {
        let told = |text: Option<String>| text.filter(|text| !text.is_empty());
        let metadata = json.metadata.unwrap_or_default();
        let cvss = metadata.nvd.and_then(|nvd| nvd.cvss_v3).unwrap_or_default();
        Self {
            package: package.name.clone(),
            package_version: package.version.clone().unwrap_or_default(),
            name: json.name.unwrap_or_default(),
            severity: told(json.severity).unwrap_or_else(|| UNKNOWN.to_owned()),
            fixed_by: told(json.fixed_by),
            namespace_name: json.namespace_name.unwrap_or_default(),
            description: json.description.unwrap_or_default(),
            links: json.link.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            cvss_score: score(&cvss.score),
            cvss_vector: told(cvss.vectors),
            updated_by: told(metadata.updated_by),
            repo_name: told(metadata.repo_name),
            repo_link: told(metadata.repo_link),
            distro_name: told(metadata.distro_name),
            distro_version: told(metadata.distro_version),
        }
    }
}

#[async_trait]
impl DataSource for VulnerabilitiesData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let key = references::manifest_of(cx, repository, config.manifest_digest.as_ref(), config.tag.as_ref()).await?;
        match cx.find(manifests::security(&key)).await? {
            Some(found) => Ok(config.with(found)),
            None => Err(cx.missing_manifest(&key).await),
        }
    }
}

impl VulnerabilitiesData {
    fn with(self, json: SecurityJson) -> Self {
        let features = json.data.and_then(|report| report.layer.features).unwrap_or_default();
        let mut packages: Vec<ScannedPackage> = features.iter().map(ScannedPackage::of).collect();
        packages.sort();
        let mut found: Vec<Vulnerability> = Vec::new();
        for mut package in features {
            let all = package.vulnerabilities.take().unwrap_or_default();
            found.extend(all.into_iter().map(|one| Vulnerability::of(&package, one)));
        }
        found.sort();
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for one in &found {
            *counts.entry(one.severity.clone()).or_default() += 1;
        }
        let fixable = found.iter().filter(|one| one.fixed_by.is_some()).count();
        Self {
            status: Computed::from(json.status),
            counts: Computed::from(counts),
            fixable: Computed::from(i64::try_from(fixable).unwrap_or(i64::MAX)),
            highest_cvss_score: Computed::from(found.iter().filter_map(|one| one.cvss_score.clone()).max()),
            packages: Computed::from(packages),
            vulnerabilities: Computed::from(found),
            ..self
        }
    }
}
