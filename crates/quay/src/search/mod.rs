//! Searches.

mod entities_data_source;
mod repository_search_data_source;
mod search_data_source;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .data::<entities_data_source::EntitiesData>()
        .data::<repository_search_data_source::RepositorySearchData>()
        .data::<search_data_source::SearchData>()
}
