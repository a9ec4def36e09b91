//! Projects.

mod project;
mod project_data_source;
mod projects_data_source;

use terraform_framework::Offers;

use crate::client::Harbor;

/// What there is about them.
pub(crate) fn offers() -> Offers<Harbor> {
    Offers::default()
        .listed::<project::Project>()
        .data::<project_data_source::ProjectData>()
        .data::<projects_data_source::ProjectsData>()
}
