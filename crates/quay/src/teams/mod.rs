//! Teams, their members, invitations and synchronization.

mod accept_team_invitation_action;
mod decline_team_invitation_action;
mod invitation_code;
pub(crate) mod team;
mod team_data_source;
mod team_invitation;
mod team_member;
mod team_members;
mod team_permissions_data_source;
mod team_sync;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<team::Team>()
        .listed::<team_invitation::TeamInvitation>()
        .listed::<team_member::TeamMember>()
        .listed::<team_members::Members>()
        .listed::<team_sync::TeamSync>()
        .data::<team_data_source::TeamData>()
        .data::<team_permissions_data_source::TeamPermissionsData>()
        .action::<accept_team_invitation_action::AcceptTeamInvitation>()
        .action::<decline_team_invitation_action::DeclineTeamInvitation>()
}
