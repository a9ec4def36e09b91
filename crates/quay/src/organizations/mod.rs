//! Organizations, their members, and their proxy caches.

mod convert_user_to_organization_action;
mod org_proxy_cache;
pub(crate) mod organization;
mod organization_collaborators_data_source;
mod organization_data_source;
mod organization_members_data_source;
mod organizations_data_source;
mod remove_organization_member_action;
mod rename_organization_action;
pub(crate) mod reserved_names;
mod take_ownership_action;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<org_proxy_cache::OrgProxyCache>()
        .listed::<organization::Organization>()
        .data::<organization_data_source::OrganizationData>()
        .data::<organization_collaborators_data_source::CollaboratorsData>()
        .data::<organization_members_data_source::MembersData>()
        .data::<organizations_data_source::OrganizationsData>()
        .action::<convert_user_to_organization_action::ConvertUserToOrganization>()
        .action::<remove_organization_member_action::RemoveOrganizationMember>()
        .action::<rename_organization_action::RenameOrganization>()
        .action::<take_ownership_action::TakeOwnership>()
}
