//! Data source `quay_entities`.
//!
//! Endpoint: `entities/{prefix}`; see [`crate::api::search`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use crate::api::search::{self, Completion, ENTITIES, EntityJson};
use crate::client::Quay;
use crate::names;

/// Finds users, robot accounts and teams by the beginning of their names, as Quay's web pages do where a name is entered.
///
/// The server shows at most ten users and robot accounts together (sometimes nine), ten teams, and ten users of its directory, from which it
/// leaves out those whom it shows already: `truncated` says when there may be more, and which are shown then is not promised. All users are
/// in the data source `quay_users`, which takes a superuser. Where FEATURE_PARTIAL_USER_AUTOCOMPLETE is off, users are found by their whole
/// names only.
///
/// It needs no scope to find users. Robot accounts and teams are shown to members of the organization: `org:admin`; the robot accounts of
/// the token's own user need `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_entities", subcategory = "Search")]
pub struct EntitiesData {
    /// What the names begin with. Letter case does not matter.
    #[attribute(required, check = check::length(1, 255))]
    prefix: String,
    /// Organization or user whose robot accounts are looked at too; without it, only users are found.
    #[attribute(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Whether teams of the organization `namespace` are found too. False by default.
    #[attribute(optional)]
    include_teams: Option<bool>,
    /// Whether the organization `namespace` itself is found too. False by default.
    #[attribute(optional)]
    include_organization: Option<bool>,
    /// What was found, by kind and name.
    #[computed]
    entities: Computed<Vec<Entity>>,
    /// Whether the server shows as many as it ever does: then there may be more.
    #[computed]
    truncated: Computed<bool>,
}

/// Something whose name begins so.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Entity {
    /// Name; of a robot account in full.
    #[computed]
    name: String,
    /// `user`, `robot`, `team`, `organization`, or `external`: a user of the server's directory who has not logged in to Quay yet.
    #[computed]
    kind: String,
    /// Whether the server counts it among the organization `namespace`; null without one. Quay says so of every user that it finds.
    #[computed]
    is_org_member: Option<bool>,
    /// E-mail address of a user of the directory; null for everything else.
    #[computed]
    email: Option<String>,
}

/// Whether the server shows as many as it ever does.
fn is_full(prefix: &str, entities: &[Entity]) -> bool {
    let count = |kinds: &[&str]| entities.iter().filter(|entity| kinds.contains(&entity.kind.as_str())).count();
    // It looks for the exact name first, which it may find among the others again: then it shows one less. (With the exact name it finds robot
    // accounts by the beginning of theirs, and other letters than those of ASCII it takes for some that look alike.)
    let exact = prefix.replace(' ', "").to_lowercase();
    let is_exact = |entity: &Entity| {
        entity.kind == "robot" || entity.kind == "user" && (entity.name == exact || !prefix.is_ascii())
    };
    let most = if entities.iter().any(is_exact) { ENTITIES - 1 } else { ENTITIES };
    // Of the users of the directory it shows those only who are not among its own users here.
    count(&["user", "robot"]) >= most || count(&["team"]) >= ENTITIES || count(&["user", "external"]) >= ENTITIES
}

impl From<EntityJson> for Entity {
    fn from(json: EntityJson) -> Self {
        let kind = match json.kind.as_str() {
            "user" if json.is_robot => "robot".to_owned(),
            "org" => "organization".to_owned(),
            _ => json.kind,
        };
        let email = json.title.filter(|title| kind == "external" && !title.is_empty());
        Self { name: json.name, kind, is_org_member: json.is_org_member, email }
    }
}

#[async_trait]
impl DataSource for EntitiesData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let asked = Completion {
            prefix: &config.prefix,
            namespace: config.namespace.as_deref(),
            teams: config.include_teams.unwrap_or_default(),
            organization: config.include_organization.unwrap_or_default(),
        };
        let found = cx.send(search::entities(&asked)).await?;
        if let Some(namespace) =
            asked.namespace.filter(|_| found.iter().all(|entity| entity.kind == "user" && !entity.is_robot))
        {
            cx.ensure_namespace(namespace).await?;
        }
        let mut entities: Vec<Entity> = found.into_iter().map(Entity::from).collect();
        entities.sort_by(|one, other| (&one.kind, &one.name).cmp(&(&other.kind, &other.name)));
        let truncated = is_full(&config.prefix, &entities);
        Ok(Self { entities: Computed::from(entities), truncated: Computed::from(truncated), ..config })
    }
}
