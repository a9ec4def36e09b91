//! Mirrors of repositories and of whole organizations.

mod cancel_org_mirror_sync_action;
mod cancel_repository_mirror_sync_action;
mod mirror_health_data_source;
mod mirror_settings;
mod org_mirror;
mod org_mirror_repositories_data_source;
mod repository_mirror;
mod sync_org_mirror_action;
mod sync_repository_mirror_action;
mod verify_org_mirror_action;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<org_mirror::OrgMirror>()
        .listed::<repository_mirror::RepositoryMirror>()
        .data::<mirror_health_data_source::MirrorHealthData>()
        .data::<org_mirror_repositories_data_source::OrgMirrorRepositoriesData>()
        .action::<cancel_org_mirror_sync_action::CancelOrgMirrorSync>()
        .action::<cancel_repository_mirror_sync_action::CancelRepositoryMirrorSync>()
        .action::<sync_org_mirror_action::SyncOrgMirror>()
        .action::<sync_repository_mirror_action::SyncRepositoryMirror>()
        .action::<verify_org_mirror_action::VerifyOrgMirror>()
}
