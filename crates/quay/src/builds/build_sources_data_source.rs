//! Data source `quay_build_sources`.
//!
//! Endpoints: `repository/{repository}/trigger/{trigger_uuid}/...`; see [`crate::api::trigger_sources`].

use async_trait::async_trait;
use registry_http::Kind;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Nested, Result, check};

use super::build_trigger::unknown;
use crate::api::keys::RepositoryKey;
use crate::api::trigger_sources as asked;
use crate::api::trigger_sources::{
    AnalysisJson, CandidateJson, DockerfilesJson, RefJson, SourceJson, SourceNamespaceJson,
};
use crate::api::triggers::{self, ConfigJson, TriggerKey};
use crate::client::Quay;
use crate::names;

/// Asks the service of a build trigger (GitHub, GitLab or Bitbucket) what there is to build: where it keeps sources; with `source_namespace`,
/// the sources there; with `build_source`, the Dockerfiles, branches and tags of a source, and what Quay thinks of building it.
///
/// It is asked with the login that made the trigger. A plain Git server (`custom-git`) cannot be asked: that is an error.
///
/// Scopes: `repo:admin` and `user:admin`, of the user who made the trigger.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_build_sources", subcategory = "Builds")]
pub struct BuildSourcesData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Id of the trigger.
    #[attribute(required, check = check::length(1, 255))]
    trigger_id: String,
    /// Where sources are looked for, such as an organization at GitHub: `id` of one of `source_namespaces`.
    #[attribute(optional, check = check::length(1, 255))]
    source_namespace: Option<String>,
    /// The source that is looked at: `full_name` of one of `sources`.
    #[attribute(optional, check = check::length(1, 4096))]
    build_source: Option<String>,
    /// Path of the Dockerfile for which `analysis` is made; `/Dockerfile` by default.
    #[attribute(optional, check = check::length(1, 4096))]
    dockerfile_path: Option<String>,
    /// Folder that the Dockerfile sees, for `analysis`; `/` by default.
    #[attribute(optional, check = check::length(1, 4096))]
    context: Option<String>,
    /// Where the service keeps sources.
    #[computed]
    source_namespaces: Computed<Vec<SourceNamespace>>,
    /// The sources in `source_namespace`; null without that.
    #[computed]
    sources: Computed<Option<Vec<BuildSource>>>,
    /// The Dockerfiles of `build_source`; null without that.
    #[computed]
    dockerfiles: Computed<Option<Vec<Dockerfile>>>,
    /// Branches and tags of `build_source`; null without that. Of GitLab, Quay asks for the first page alone, and of GitHub it shows the branch
    /// `master` and no tags where GitHub refuses the login or fails.
    #[computed]
    refs: Computed<Option<Vec<GitRef>>>,
    /// What Quay thinks of building `build_source`; null without that.
    #[computed]
    analysis: Computed<Option<Analysis>>,
}

/// Where a service keeps sources.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct SourceNamespace {
    /// Names it.
    #[computed]
    id: String,
    /// For people.
    #[computed]
    title: String,
    /// Whether it is the own one of whoever made the trigger.
    #[computed]
    personal: bool,
    /// Its page; null where the service has none.
    #[computed]
    url: Option<String>,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct BuildSource {
    /// Its name.
    #[computed]
    name: String,
    /// Its name with that of its namespace, as `build_source` wants it.
    #[computed]
    full_name: String,
    /// What its owner says of it.
    #[computed]
    description: String,
    /// Its page.
    #[computed]
    url: Option<String>,
    /// Whether whoever made the trigger may set up what it needs there.
    #[computed]
    has_admin_permissions: bool,
    /// Whether it is private.
    #[computed]
    private: bool,
    /// When something was pushed to it at last (RFC 3339); null where the service does not tell.
    #[computed]
    last_updated: Option<String>,
}

/// A Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Dockerfile {
    /// Its path, as `dockerfile_path` wants it.
    #[computed]
    path: String,
    /// The folders that can be its `context`.
    #[computed]
    contexts: Vec<String>,
}

/// A branch or a tag.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct GitRef {
    /// `branch` or `tag`.
    #[computed]
    kind: String,
    /// Its name.
    #[computed]
    name: String,
}

/// What Quay thinks of building a source.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Analysis {
    /// `publicbase`: nothing is missing; `requiresrobot`: the base image is in this registry, and `pull_robot` is needed; `warning` or `error`.
    #[computed]
    status: String,
    /// What is wrong; null if nothing is.
    #[computed]
    message: Option<String>,
    /// The repository of the base image, where that is in this registry, such as `acme/base`; else null.
    #[computed]
    base_repository: Option<String>,
    /// Robots of the repository's namespace, by their names; none where the base image is in another namespace, and for a token without
    /// `org:admin`.
    #[computed]
    robots: Vec<CandidateRobot>,
}

/// A robot that could pull a base image.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct CandidateRobot {
    /// Full name, such as `acme+builder`.
    #[computed]
    name: String,
    /// Whether it may already read the repository of the base image.
    #[computed]
    can_read: bool,
}

impl From<SourceNamespaceJson> for SourceNamespace {
    fn from(json: SourceNamespaceJson) -> Self {
        Self { id: json.id, title: json.title, personal: json.personal, url: json.url }
    }
}

impl From<SourceJson> for BuildSource {
    fn from(json: SourceJson) -> Self {
        Self {
            name: json.name,
            full_name: json.full_name,
            description: json.description.unwrap_or_default(),
            url: json.url,
            has_admin_permissions: json.has_admin_permissions,
            private: json.private,
            last_updated: json.last_updated.and_then(moment),
        }
    }
}

impl From<RefJson> for GitRef {
    fn from(json: RefJson) -> Self {
        Self { kind: json.kind, name: json.name }
    }
}

impl From<AnalysisJson> for Analysis {
    fn from(json: AnalysisJson) -> Self {
        let base = json.namespace.zip(json.name).map(|(namespace, name)| format!("{namespace}/{name}"));
        let robot = |json: CandidateJson| CandidateRobot { name: json.name, can_read: json.can_read };
        let robots = json.robots.into_iter().map(robot).collect();
        Self { status: json.status, message: json.message, base_repository: base, robots }
    }
}

#[async_trait]
impl DataSource for BuildSourcesData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let key = TriggerKey { repository, id: config.trigger_id.clone() };
        let found = cx.find(triggers::among(&key)).await?.ok_or_else(|| unknown(&key))?;
        if found.service == "custom-git" {
            let detail = "Quay cannot ask a plain Git server what it holds; only GitHub, GitLab and Bitbucket tell.";
            return Err(Error::new(format!("The service of {} cannot be asked", key.said()), detail).at("trigger_id"));
        }
        let namespaces = cx.send(asked::source_namespaces(&key)).await?;
        let sources = match &config.source_namespace {
            Some(namespace) => Some(cx.send(asked::sources(&key, namespace)).await?),
            None => None,
        };
        let mut data = Self {
            source_namespaces: Computed::from(namespaces.into_iter().map(SourceNamespace::from).collect::<Vec<_>>()),
            sources: Computed::from(
                sources.map(|sources| sources.into_iter().map(BuildSource::from).collect::<Vec<_>>()),
            ),
            dockerfiles: Computed::from(None),
            refs: Computed::from(None),
            analysis: Computed::from(None),
            ..config
        };
        if let Some(source) = data.build_source.clone() {
            data.look_at(cx, &key, &source).await?;
        }
        Ok(data)
    }
}

impl BuildSourcesData {
    async fn look_at(&mut self, cx: &Context<Quay>, key: &TriggerKey, source: &str) -> Result<()> {
        let found = cx.send(asked::dockerfiles(key, source)).await?;
        self.dockerfiles = Computed::from(Some(dockerfiles(found, source)?));
        let refs = refs(cx, key, source).await?;
        self.refs = Computed::from(Some(refs.into_iter().map(GitRef::from).collect::<Vec<_>>()));
        let settings = ConfigJson {
            build_source: Some(source.to_owned()),
            dockerfile_path: Some(self.dockerfile_path.clone().unwrap_or_else(|| "/Dockerfile".to_owned())),
            context: Some(self.context.clone().unwrap_or_else(|| "/".to_owned())),
            ..ConfigJson::default()
        };
        self.analysis = Computed::from(Some(Analysis::from(cx.send(asked::analyze(key, &settings)).await?)));
        Ok(())
    }
}

/// Seconds since 1970 as RFC 3339; none where the service does not tell.
fn moment(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().filter(|_| seconds != 0).map(|time| time.to_string())
}

/// Branches and tags, unless the service failed: then there are none (404), or Quay fails too.
async fn refs(cx: &Context<Quay>, key: &TriggerKey, source: &str) -> Result<Vec<RefJson>> {
    const WHY: &str = "The service of the trigger failed, refused the login of whoever made the trigger, or does not have the source any more.";
    match cx.find(asked::refs(key, source)).await {
        Ok(Some(refs)) => Ok(refs),
        Ok(None) => Err(Error::new(format!("Cannot look for branches and tags in {source}"), WHY).at("build_source")),
        Err(error) if error.kind() == Kind::ServerError => Err(Error::from(error).with_hint(WHY).at("build_source")),
        Err(error) => Err(error.into()),
    }
}

/// The Dockerfiles, unless the service failed: that is told with a 200.
fn dockerfiles(mut found: DockerfilesJson, source: &str) -> Result<Vec<Dockerfile>> {
    if found.status != "success" {
        let said = found.message.unwrap_or_else(|| "It does not say why.".to_owned());
        let detail = format!("The service answered: {said}");
        return Err(Error::new(format!("Cannot look for Dockerfiles in {source}"), detail).at("build_source"));
    }
    let paths = found.dockerfile_paths.into_iter();
    Ok(paths
        .map(|path| {
            let mut contexts = found.contexts.remove(&path).unwrap_or_default();
            contexts.sort();
            Dockerfile { path, contexts }
        })
        .collect())
}
