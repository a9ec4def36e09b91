//! Docker credentials of projects.

mod docker_credentials;
mod docker_credentials_data_source;
mod docker_credentials_list_data_source;

use terraform_framework::Offers;

use crate::client::Saagie;

/// What there is about them.
pub(crate) fn offers() -> Offers<Saagie> {
    Offers::default()
        .listed::<docker_credentials::DockerCredentials>()
        .data::<docker_credentials_data_source::DockerCredentialsData>()
        .data::<docker_credentials_list_data_source::DockerCredentialsList>()
}
