//! Harbor's REST API v2.0: wire types and endpoints, one file per area.
//!
//! Observed for all: errors come in one envelope; writes answer with an empty body and no content type; zero values are left out of
//! answers; a page holds at most 100 items; the answer to a GET of an unknown object depends on the caller (404 for an
//! administrator, 403 for a user, 401 for nobody).

use crate::http::Endpoint;

pub mod projects;
pub mod quotas;
pub mod repositories;
pub mod robots;
pub mod system;

/// Most items that a page can hold.
pub const PAGE: usize = 100;

/// Says that the path holds a project's name: a project may be called `123`, which would be taken for an id.
fn by_name<T: 'static>(endpoint: Endpoint<T>) -> Endpoint<T> {
    endpoint.header("x-is-resource-name", "true")
}

/// Encodes a value for the `q` parameter, which Harbor decodes once more than the rest of the query: a `+` would become a blank.
fn in_q(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::in_q;

    #[test]
    fn a_plus_survives_being_decoded_twice() {
        assert_eq!(in_q("proj+ci"), "proj%2Bci");
    }
}
