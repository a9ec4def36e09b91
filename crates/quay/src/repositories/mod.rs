//! Repositories, and stars on them.

mod repositories_data_source;
mod repository;
mod repository_data_source;
mod starred_repository;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<repository::Repository>()
        .listed::<starred_repository::StarredRepository>()
        .data::<repositories_data_source::RepositoriesData>()
        .data::<repository_data_source::RepositoryData>()
}
