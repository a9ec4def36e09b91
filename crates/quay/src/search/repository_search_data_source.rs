//! Data source `quay_repository_search`.
//!
//! Endpoint: `find/repositories`; see [`crate::api::search`].

use async_trait::async_trait;
use jiff::Timestamp;
use terraform_framework::value::Number;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use crate::api::search::{self, RepositoriesJson, ResultJson};
use crate::client::Quay;

/// How many are found without a limit of one's own: as many as a server shows at all, unless it is set up otherwise.
const LIMIT: i64 = 100;

/// Searches for repositories in all namespaces, by name and description: those that the token's user may see, and public ones.
///
/// A search may miss some, and Quay does not say so: it looks at the most popular matches only, about twenty times as many as it shows, and
/// leaves out those that the user may not see and those that nobody has a permission for. The data source `quay_repositories` has the
/// repositories of a namespace, whole and exactly.
///
/// It needs no scope.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository_search", subcategory = "Search")]
pub struct RepositorySearchData {
    /// What to search for: a part of a name or of a description (with MySQL, whole words). Since Quay 3.13 it may be `namespace/name` too, with
    /// the whole name of the namespace; an older one looks for the whole text in names, and hardly ever finds it. Without `query`, the most
    /// popular repositories are found.
    #[attribute(optional, check = check::length(0, 255))]
    query: Option<String>,
    /// How many are wanted at most. 100 by default, which is also where Quay ends, unless its administrator lets it show more
    /// (SEARCH_RESULTS_PER_PAGE, SEARCH_MAX_RESULT_PAGE_COUNT).
    #[attribute(optional, check = check::between(1, 10_000))]
    limit: Option<i64>,
    /// Whether `last_modified`, `stars` and `popularity` are read too. False by default.
    #[attribute(optional)]
    include_usage: Option<bool>,
    /// What was found, in the server's order: the most popular first.
    #[computed]
    repositories: Computed<Vec<FoundRepository>>,
    /// Whether there are more than `limit`, or than the server shows. False does not mean that nothing is missing: see above.
    #[computed]
    truncated: Computed<bool>,
}

/// A repository that was found.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct FoundRepository {
    /// Organization or user that owns the repository.
    #[computed]
    namespace: String,
    /// Name of the repository within the namespace.
    #[computed]
    name: String,
    /// Description, in Markdown.
    #[computed]
    description: String,
    /// Whether everybody may pull.
    #[computed]
    is_public: bool,
    /// When a tag was last changed (RFC 3339); null without `include_usage`, and without tags.
    #[computed]
    last_modified: Option<String>,
    /// How many users have marked it with a star; null without `include_usage`.
    #[computed]
    stars: Option<i64>,
    /// How often something was done in it in the last week; null without `include_usage`.
    #[computed]
    popularity: Option<Number>,
}

impl From<ResultJson> for FoundRepository {
    fn from(json: ResultJson) -> Self {
        let time = |seconds: i64| Timestamp::from_second(seconds).ok().map(|time| time.to_string());
        Self {
            namespace: json.namespace.map(|owner| owner.name).unwrap_or_default(),
            name: json.name,
            description: json.description.unwrap_or_default(),
            is_public: json.is_public.unwrap_or_default(),
            last_modified: json.last_modified.and_then(time),
            stars: json.stars,
            popularity: json.popularity.map(search::measure),
        }
    }
}

#[async_trait]
impl DataSource for RepositorySearchData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let query = config.query.as_deref().unwrap_or_default();
        let usage = config.include_usage.unwrap_or_default();
        let limit = usize::try_from(config.limit.unwrap_or(LIMIT)).unwrap_or(usize::MAX);
        let (mut found, mut more, mut asked, mut course) = (Vec::new(), true, 0, cx.course());
        while more && found.len() <= limit {
            asked += 1;
            // Another page than the one that was asked for is the last that the server shows, once more.
            let tells = |page: &RepositoriesJson| match page.page == asked {
                true => (page.results.len(), page.has_additional),
                false => (0, false),
            };
            let page = cx.page(&mut course, search::repositories(query, usage, asked), tells).await?;
            if page.page != asked {
                break;
            }
            more = page.has_additional;
            found.extend(page.results);
        }
        let truncated = more || found.len() > limit;
        found.truncate(limit);
        let repositories: Vec<FoundRepository> = found.into_iter().map(FoundRepository::from).collect();
        Ok(Self { repositories: Computed::from(repositories), truncated: Computed::from(truncated), ..config })
    }
}
