//! Permissions of repositories, and those that new repositories begin with.

mod default_permission;
mod effective_permission_data_source;
mod repository_permission;
mod repository_permissions;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<default_permission::DefaultPermission>()
        .listed::<repository_permission::RepositoryPermission>()
        .listed::<repository_permissions::RepositoryPermissions>()
        .data::<effective_permission_data_source::EffectivePermissionData>()
}
