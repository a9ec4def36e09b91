//! Data source `quay_search`.
//!
//! Endpoint: `find/all`; see [`crate::api::search`].

use async_trait::async_trait;
use terraform_framework::value::Number;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use crate::api::search::{self, EACH, ResultJson};
use crate::client::Quay;

/// Searches for everything: repositories, teams, robot accounts, organizations and users, as the search field of Quay's web pages does.
///
/// The server shows five of each sort: `truncated` says when there may be more. Which five is not promised but for repositories, of which it
/// shows the most popular. For more of them there is the data source `quay_repository_search`.
///
/// Fewer repositories may be found than there are: Quay looks at the 100 most popular matches only, and leaves out those that the user may
/// not see and those that nobody has a permission for. The data source `quay_repositories` has the repositories of a namespace, whole and
/// exactly.
///
/// Repositories are found that the token's user may see, by name and description; teams of that user and of organizations that it owns,
/// their robot accounts, and owners of repositories that it may see, by the beginning of their names.
///
/// It needs no scope.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_search", subcategory = "Search")]
pub struct SearchData {
    /// What to search for.
    #[attribute(required, check = check::length(1, 255))]
    query: String,
    /// What was found, the best first; what fits equally well, by kind and name.
    #[computed]
    results: Computed<Vec<SearchResult>>,
    /// Whether the server shows as many of a sort as it ever does: then there may be more. (Of repositories there may be more in any case.)
    #[computed]
    truncated: Computed<bool>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct SearchResult {
    /// `repository`, `team`, `robot`, `organization` or `user`.
    #[computed]
    kind: String,
    /// Name: of a repository or a team within what it belongs to, of a robot account in full.
    #[computed]
    name: String,
    /// Organization or user that a repository or a team belongs to; null for the others.
    #[computed]
    namespace: Option<String>,
    /// Description of a repository; null for the others.
    #[computed]
    description: Option<String>,
    /// Whether everybody may see the repository; null for the others.
    #[computed]
    is_public: Option<bool>,
    /// How well it fits, in the server's own measure.
    #[computed]
    score: Number,
    /// Address of its web page.
    #[computed]
    url: String,
}

impl SearchResult {
    fn of(json: ResultJson, server: &str) -> Self {
        Self {
            namespace: json.namespace.or(json.organization).map(|owner| owner.name),
            kind: json.kind,
            name: json.name,
            description: json.description,
            is_public: json.is_public,
            score: search::measure(json.score),
            url: format!("{server}{}", json.href),
        }
    }
}

/// The order of what fits equally well, for which the server has none.
fn rank(found: &ResultJson) -> (&str, &str, Option<&str>) {
    let owner = found.namespace.as_ref().or(found.organization.as_ref());
    (&found.kind, &found.name, owner.map(|owner| owner.name.as_str()))
}

/// As many as the server shows of a sort at most. Organizations and users are one sort.
fn is_cut(results: &[SearchResult]) -> bool {
    let many = |kinds: &[&str]| results.iter().filter(|found| kinds.contains(&found.kind.as_str())).count() >= EACH;
    many(&["repository"]) || many(&["team"]) || many(&["robot"]) || many(&["organization", "user"])
}

#[async_trait]
impl DataSource for SearchData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let mut found = cx.send(search::everything(&config.query)).await?;
        found.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| rank(one).cmp(&rank(other))));
        let results: Vec<SearchResult> = found.into_iter().map(|json| SearchResult::of(json, cx.url())).collect();
        Ok(Self { truncated: Computed::from(is_cut(&results)), results: Computed::from(results), ..config })
    }
}
