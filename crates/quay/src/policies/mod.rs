//! Policies about tags: auto-prune and immutability.

mod auto_prune;
mod immutability;
mod org_auto_prune_policy;
mod org_immutability_policy;
pub(crate) mod policy;
mod repository_auto_prune_policy;
mod repository_immutability_policy;
mod user_auto_prune_policy;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<org_auto_prune_policy::OrgAutoPrunePolicy>()
        .listed::<org_immutability_policy::OrgImmutabilityPolicy>()
        .listed::<repository_auto_prune_policy::RepositoryAutoPrunePolicy>()
        .listed::<repository_immutability_policy::RepositoryImmutabilityPolicy>()
        .listed::<user_auto_prune_policy::UserAutoPrunePolicy>()
}
