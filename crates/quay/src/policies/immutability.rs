//! What the two immutability resources share: which tags, and how they are kept.

use terraform_framework::{Context, Nested, Result};

use super::policy as shared;
use crate::api::policies::{self, ImmutabilityBody, ImmutabilityJson, Place, PolicyKey};
use crate::client::Quay;

/// Which tags cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Immutable {
    /// Regular expression (Python's) that says which tags the policy is about; at most 256 characters. Two policies of one place cannot have
    /// the same pattern.
    #[attribute(required, check = shared::pattern(256))]
    tag_pattern: String,
    /// With `false`, the tags that do not match `tag_pattern` are immutable.
    #[attribute(optional, default = true)]
    tag_pattern_matches: bool,
}

impl Immutable {
    /// As the server shows it.
    pub(super) fn of(json: &ImmutabilityJson) -> Self {
        Self { tag_pattern: json.tag_pattern.clone(), tag_pattern_matches: json.tag_pattern_matches.unwrap_or(true) }
    }

    fn body(&self) -> ImmutabilityBody {
        ImmutabilityBody { tag_pattern: self.tag_pattern.clone(), tag_pattern_matches: self.tag_pattern_matches }
    }
}

/// Creates a policy; gives its UUID. What stands against it has the same pattern, whatever else.
pub(super) async fn create(
    cx: &Context<Quay>,
    type_name: &str,
    place: &Place,
    immutable: &Immutable,
) -> Result<String> {
    let is_twin = |policy: &ImmutabilityJson, body: &ImmutabilityBody| policy.tag_pattern == body.tag_pattern;
    shared::create::<ImmutabilityJson>(cx, type_name, place, &immutable.body(), is_twin).await
}

/// Reads a policy.
pub(super) async fn read(cx: &Context<Quay>, key: &PolicyKey) -> Result<Option<Immutable>> {
    Ok(shared::read::<ImmutabilityJson>(cx, key).await?.map(|json| Immutable::of(&json)))
}

/// Changes a policy.
pub(super) async fn update(cx: &Context<Quay>, key: &PolicyKey, immutable: &Immutable) -> Result<()> {
    Ok(cx.send(policies::update::<ImmutabilityJson>(key, &immutable.body())).await?)
}
