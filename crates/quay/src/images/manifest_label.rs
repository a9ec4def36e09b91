//! `quay_manifest_label`: labels that are added to images after they were pushed.
//!
//! Endpoints: `repository/{repository}/manifest/{manifest}/labels...`; see [`crate::api::labels`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Report, Resource, Result, check};

use super::references;
use super::tag::repositories_of;
use crate::api::keys::RepositoryKey;
use crate::api::labels::{self, LabelJson, LabelKey, Labels, NewLabel};
use crate::api::manifests::ManifestKey;
use crate::api::tags::{self, Wanted};
use crate::client::Quay;
use crate::names;

/// Manages a label of an image: a key and a value that Quay keeps with it, beside the labels that it was built with.
///
/// A label that is there already is not taken over: import it. Quay cannot change a label: a change replaces it. Labels that came with the
/// image are shown by the data source `quay_manifest_labels`; they cannot be managed.
///
/// When the last tag goes that points to an image, Quay shows its labels no more, and they are taken for gone. As long as the namespace keeps
/// deleted tags the labels are kept too: when a tag points to the image again, they are back, and those that Terraform has lost meanwhile
/// are to be imported again. The `label_id` to import is in the error that then tells so.
///
/// Scope: `repo:write`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_manifest_label",
    id = "{namespace}/{repository*}@{manifest_digest}/{label_id}",
    identity(namespace, repository, manifest_digest, label_id),
    subcategory = "Tags and manifests"
)]
pub struct ManifestLabel {
    /// Organization or user that owns the repository. A change replaces the label.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change replaces the label.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// Digest of the image, such as the `manifest_digest` of a `quay_tag`. A change replaces the label.
    #[attribute(required, requires_replace, check = references::digest())]
    manifest_digest: String,
    /// Key of the label. A change replaces the label.
    #[attribute(required, requires_replace, check = references::label_key())]
    key: String,
    /// Value of the label, which may be empty. A change replaces the label.
    #[attribute(required, requires_replace)]
    value: String,
    /// What the value is: `text/plain` or `application/json`. Without it, Quay looks at the value. It does not check that JSON is right. A
    /// change replaces the label.
    #[attribute(optional, computed, use_state_for_unknown, requires_replace, check = check::one_of(&["text/plain", "application/json"]))]
    media_type: Computed<String>,
    /// UUID that Quay gives it.
    #[computed(use_state_for_unknown)]
    label_id: Computed<String>,
}

#[async_trait]
impl Resource for ManifestLabel {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let new =
            NewLabel { key: plan.key.clone(), value: plan.value.clone(), media_type: plan.media_type.known().cloned() };
        let manifest = plan.manifest();
        // Quay would add an equal one beside it.
        let lock = cx.lock(&format!("labels of {}", manifest.full_name()));
        let _alone = lock.lock().await;
        if let Some(found) = cx.find(labels::equal(&manifest, &new)).await? {
            let name = manifest.full_name();
            let what = format!("label {:?} with this value of {name}", found.key);
            return Err(exists_already("quay_manifest_label", &what, &format!("{name}/{}", found.id)));
        }
        match cx.send(labels::create(&manifest, &new)).await {
            Ok(made) => Ok(plan.with(&made)),
            Err(error) => Err(plan.explain(cx, error).await),
        }
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = cx.read::<Labels>(&state.label_key()?).await?;
        // It has no key yet while it is imported.
        if found.as_ref().is_some_and(|found| found.is_of_image() && state.key.is_empty()) {
            let detail = "It stays with the image, and cannot be managed: neither Terraform nor anybody else can take it away. The data source \
                          `quay_manifest_labels` shows it.";
            let name = format!("{}/{}", state.manifest().full_name(), state.label_id.get()?);
            return Err(Error::new(format!("Label {name} came with the image"), detail));
        }
        Ok(found.map(|found| state.with(&found)))
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let deleted = cx.find(labels::delete(&state.label_key()?)).await;
        if deleted.as_ref().is_err_and(|error| error.message().is_some_and(|m| m.contains("immutable label"))) {
            let deleted = deleted.map_err(Error::from);
            let hint = "It came with the image, and stays with it. `terraform state rm` takes it out of the state.";
            return deleted.map(drop).map_err(|error| error.with_hint(hint));
        }
        Ok(deleted.map(drop)?)
    }

    fn validate(config: &ManifestLabelView, report: &mut Report) {
        if let (Some(value), Some("application/json")) =
            (config.value.known(), config.media_type.known().map(String::as_str))
            && serde_json::from_str::<serde_json::Value>(value).is_err()
        {
            let why = "`media_type` says that it is JSON, and it is not. (Quay would take it all the same.) Use jsonencode().";
            report.error("value", "The value is not JSON", why);
        }
    }
}

impl ManifestLabel {
    fn manifest(&self) -> ManifestKey {
        let repository = RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() };
        ManifestKey { repository, digest: self.manifest_digest.clone() }
    }

    fn label_key(&self) -> Result<LabelKey> {
        Ok(LabelKey { manifest: self.manifest(), id: self.label_id.get()?.clone() })
    }

    fn with(self, json: &LabelJson) -> Self {
        Self {
            key: json.key.clone(),
            value: json.value.clone(),
            media_type: Computed::from(json.media_type.clone()),
            label_id: Computed::from(json.id.clone()),
            ..self
        }
    }

    async fn explain(&self, cx: &Context<Quay>, error: registry_http::Error) -> Error {
        match error.is_not_found() {
            true => cx.missing_manifest(&self.manifest()).await,
            false if error.message().is_some_and(|message| message.contains("reserved prefix")) => Error::from(error)
                .with_hint(
                    "The server's administrator has reserved the beginning of this key (LABEL_KEY_RESERVED_PREFIXES).",
                )
                .at("key"),
            false => error.into(),
        }
    }

    fn of(manifest: &ManifestKey, json: &LabelJson) -> Self {
        let label = Self {
            namespace: manifest.repository.namespace.clone(),
            repository: manifest.repository.name.clone(),
            manifest_digest: manifest.digest.clone(),
            key: String::new(),
            value: String::new(),
            media_type: Computed::UNSET,
            label_id: Computed::UNSET,
        };
        label.with(json)
    }
}

#[async_trait]
impl List for ManifestLabel {
    type Query = ManifestLabelQuery;

    async fn list(cx: &mut Context<Quay>, query: ManifestLabelQuery, found: &mut Found<Self>) -> Result<()> {
        for repository in repositories_of(cx, query.namespace.clone(), query.repository.clone()).await? {
            let digests = match &query.manifest_digest {
                Some(digest) => BTreeSet::from([digest.clone()]),
                None => tagged(cx, &repository).await?,
            };
            for digest in digests {
                let key = ManifestKey { repository: repository.clone(), digest };
                let listed = match cx.list(labels::list(&key, None)).await {
                    Ok(listed) => listed,
                    Err(error) if error.is_not_found() && query.manifest_digest.is_some() => {
                        return Err(references::no_manifest(&key));
                    }
                    // It went while this was listed.
                    Err(error) if error.is_not_found() => continue,
                    Err(error) => return Err(error.into()),
                };
                for json in listed.iter().filter(|label| !label.is_of_image()) {
                    if !found.push(&Self::of(&key, json)).await {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn validate_query(query: &ManifestLabelQueryView, report: &mut Report) {
        if query.repository.is_null() && !query.manifest_digest.is_null() {
            report.error(
                "repository",
                "Missing argument",
                "`manifest_digest` is looked for in one repository: name it.",
            );
        }
    }
}

/// The digests of what tags of a repository point to.
async fn tagged(cx: &Context<Quay>, repository: &RepositoryKey) -> Result<BTreeSet<String>> {
    let all = cx.list(tags::list(repository, &Wanted { active: true, ..Wanted::default() })).await?;
    Ok(all.into_iter().map(|tag| tag.manifest_digest).collect())
}

/// Finds the labels that were added to images: to one image, or to all to which a tag points, of a repository or of all repositories of a
/// namespace. Labels that came with an image are not among them.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_manifest_label")]
pub struct ManifestLabelQuery {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace; without it, all of them are looked into.
    #[attribute(optional, check = names::repository())]
    repository: Option<String>,
    /// Digest of the image; without it, all images to which a tag points are looked at.
    #[attribute(optional, check = references::digest())]
    manifest_digest: Option<String>,
}
