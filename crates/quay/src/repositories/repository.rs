//! `quay_repository`: image repositories of organizations and users.
//!
//! Endpoints: `repository` and `repository/{repository}`; see [`crate::api::repositories`].

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Report, Resource, Result, check};

use crate::api::keys::RepositoryKey;
use crate::api::repositories::{self, NewRepository, Repositories, RepositoryJson};
use crate::client::Quay;
use crate::names;

/// Manages a repository of container images.
///
/// A repository that holds tags is destroyed only when `force_destroy` is true, because its images go with it.
///
/// Quay gives the token's own user the `admin` permission in a repository that it creates, and applies the default permissions of the
/// organization.
///
/// Scopes: `repo:create` to create it, `repo:admin` for everything else.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository", id = "{namespace}/{name*}", identity(namespace, name), subcategory = "Repositories")]
pub struct Repository {
    /// Organization or user that owns the repository. A change replaces the repository.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name within the namespace; nested names such as `team/app` are possible, but not those that end like an address of Quay's API,
    /// such as `app/tag`. A change replaces the repository.
    #[attribute(required, requires_replace, check = names::repository())]
    name: String,
    /// Who may pull: `public` is everybody, `private` is those who have a permission.
    #[attribute(optional, default = "private", check = check::one_of(&["public", "private"]))]
    visibility: String,
    /// Description in Markdown.
    #[attribute(optional, default = "")]
    description: String,
    /// What may be done with its images: in `NORMAL` everything that permissions allow, in `READ_ONLY` only pulls, in `MIRROR` pulls,
    /// and pushes by the mirror's robot. Without it, the state is left to the server: a mirror sets it. Setting another state than
    /// the server has needs FEATURE_REPO_MIRROR there, and is refused in an organization that is a mirror (`quay_org_mirror`).
    #[attribute(optional, computed, use_state_for_unknown, check = check::one_of(&["NORMAL", "READ_ONLY", "MIRROR"]))]
    state: Computed<String>,
    /// Destroys the repository even if it holds tags. It is not known to the server.
    #[attribute(optional, default = false)]
    force_destroy: bool,
}

#[async_trait]
impl Resource for Repository {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        let new = NewRepository { description: plan.description.clone(), visibility: plan.visibility.clone() };
        if let Err(error) = cx.send(repositories::create(&key, &new)).await {
            return Err(explain(cx, &key, error).await);
        }
        let wanted = plan.state.known().cloned();
        // A new repository is always in this state.
        let mut repository = Self { state: Computed::from("NORMAL"), ..plan };
        if let Some(wanted) = wanted.filter(|state| state != "NORMAL") {
            cx.save(&repository);
            change_state(cx, &key, &wanted).await?;
            repository.state = Computed::from(wanted);
        }
        Ok(repository)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(found) = cx.read::<Repositories>(&state.key()).await? else { return Ok(None) };
        refuse_anonymous(cx, &found).await?;
        Ok(Some(Self { force_destroy: state.force_destroy, ..Self::of(found.into_inner()) }))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let key = plan.key();
        if plan.description != state.description {
            cx.send(repositories::describe(&key, &plan.description)).await?;
        }
        if plan.visibility != state.visibility {
            cx.send(repositories::change_visibility(&key, &plan.visibility)).await?;
        }
        if let Some(wanted) = plan.state.known().filter(|wanted| state.state.known() != Some(wanted)) {
            change_state(cx, &key, wanted).await?;
        }
        Ok(plan)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key();
        if !state.force_destroy {
            match cx.find(repositories::with_tags(&key)).await? {
                Some(found) => refuse_tags(&key, &found)?,
                None => return Ok(()),
            }
        }
        cx.delete(repositories::delete(&key)).await?;
        Ok(())
    }

    /// A state that the server would refuse, unless the repository is in it already. A new one is `NORMAL`.
    async fn preflight(cx: &mut Context<Quay>, plan: RepositoryView, report: &mut Report) {
        let (Some(namespace), Some(name), Some(wanted)) =
            (plan.namespace.known(), plan.name.known(), plan.state.known())
        else {
            return;
        };
        if !cx.lacks("REPO_MIRROR").await {
            return;
        }
        let key = RepositoryKey { namespace: namespace.clone(), name: name.clone() };
        let Ok(found) = cx.find(repositories::get(&key)).await else { return };
        let present = found.and_then(|repository| repository.state).unwrap_or_else(|| "NORMAL".to_owned());
        if present != *wanted {
            let why = "This Quay has FEATURE_REPO_MIRROR switched off, without which the state of a repository cannot be changed. Leave \
                       `state` out.";
            report.error("state", "Not offered by this server", why);
        }
    }
}

impl Repository {
    pub(super) fn of(json: RepositoryJson) -> Self {
        Self {
            visibility: json.visibility().to_owned(),
            namespace: json.namespace,
            name: json.name,
            description: json.description.unwrap_or_default(),
            state: Computed::from(json.state.unwrap_or_else(|| "NORMAL".to_owned())),
            force_destroy: false,
        }
    }

    fn key(&self) -> RepositoryKey {
        RepositoryKey { namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

/// A public repository is shown to everybody, also to a token that is no good. Only a list tells who is asking.
pub(super) async fn refuse_anonymous(cx: &Quay, found: &RepositoryJson) -> Result<()> {
    if found.is_public && found.can_admin == Some(false) {
        cx.list_at_most(repositories::list_visible(&found.namespace), 1).await?;
    }
    Ok(())
}

/// Says what Quay means by its refusal.
async fn explain(cx: &Quay, key: &RepositoryKey, error: registry_http::Error) -> Error {
    let refused = matches!(error.kind(), Kind::Conflict | Kind::Rejected);
    if refused && error.message().is_some_and(|m| m.contains("already exists")) {
        return exists_already("quay_repository", &format!("repository {}", key.full_name()), &key.full_name());
    }
    // In an unknown namespace Quay fails instead of refusing.
    if error.status() == Some(500) && matches!(cx.namespace_missing(&key.namespace).await, Ok(true)) {
        let detail = "Check the name. An organization is created first, for example with quay_organization: refer to its `name` here, so that \
                      Terraform keeps the order.";
        return Error::new(format!("There is no organization or user {}", key.namespace), detail).at("namespace");
    }
    error.into()
}

/// Changes the state. Without FEATURE_REPO_MIRROR there is no such route.
async fn change_state(cx: &Quay, key: &RepositoryKey, state: &str) -> Result<()> {
    let Err(error) = cx.send(repositories::change_state(key, state)).await else { return Ok(()) };
    if error.kind() == Kind::Unsupported {
        let detail = "The server has FEATURE_REPO_MIRROR switched off, without which the state of a repository cannot be changed. Leave \
                      `state` out, or ask the server's administrator to switch FEATURE_REPO_MIRROR on.";
        let summary =
            format!("Cannot change the state of repository {}: the server does not offer this", key.full_name());
        return Err(Error::new(summary, detail).at("state"));
    }
    Err(error.into())
}

/// Tags are what is lost with a repository.
fn refuse_tags(key: &RepositoryKey, found: &RepositoryJson) -> Result<()> {
    const SHOWN: usize = 10;
    if found.tags.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = found.tags.keys().map(String::as_str).take(SHOWN).collect();
    let more = match found.tags.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let name = key.full_name();
    let detail = format!(
        "It still holds {}: {}{more}. Their images would be lost with it.\n\nDelete the tags, or set `force_destroy = true`, \
         apply that, and destroy again.",
        if found.tags.len() == 1 { "1 tag".to_owned() } else { format!("{} tags", found.tags.len()) },
        shown.join(", "),
    );
    Err(Error::new(format!("Repository {name} is not empty"), detail).at("force_destroy"))
}

#[async_trait]
impl List for Repository {
    type Query = RepositoryQuery;

    async fn list(cx: &mut Context<Quay>, query: RepositoryQuery, found: &mut Found<Self>) -> Result<()> {
        let mut pages = cx.pages(repositories::list(&query.namespace));
        let mut empty = true;
        while let Some(page) = pages.next().await? {
            for json in page {
                empty = false;
                if !found.push(&Self::of(json)).await {
                    return Ok(());
                }
            }
        }
        if empty {
            cx.ensure_namespace(&query.namespace).await?;
            cx.refuse_anonymous(&query.namespace).await?;
        }
        Ok(())
    }
}

/// Finds the repositories of a namespace.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository")]
pub struct RepositoryQuery {
    /// Organization or user.
    #[attribute(required, check = names::namespace())]
    namespace: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_is_left() {
        let key = RepositoryKey { namespace: "acme".to_owned(), name: "app".to_owned() };
        let with = |count: usize| {
            let tags: serde_json::Map<_, _> = (0..count).map(|n| (format!("v{n:02}"), serde_json::json!({}))).collect();
            serde_json::from_value(
                serde_json::json!({"namespace": "acme", "name": "app", "is_public": false, "tags": tags}),
            )
        };
        let refuse = |count| refuse_tags(&key, &with(count).unwrap_or_else(|e| panic!("{e}")));
        assert_eq!(refuse(0), Ok(()));
        let detail = refuse(12).err().map(|e| e.detail().to_owned()).unwrap_or_default();
        assert!(
            detail.starts_with("It still holds 12 tags: v00, v01,") && detail.contains("v09 and 2 more"),
            "{detail}"
        );
    }
}
