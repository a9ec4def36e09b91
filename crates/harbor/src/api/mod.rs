//! Harbor's REST API v2.0: wire types and endpoints, one file per area.
//!
//! Observed for all: errors come in one envelope; writes answer with an empty body and no content type; zero values are left out of
//! answers; a page holds at most 100 items; the answer to a request for a project that does not exist depends on the caller (404 for an
//! administrator, 403 for a user, 401 for nobody). Robots and repositories are looked for first: 404 for whoever is known.

use registry_http::Endpoint;

pub mod grants;
pub mod projects;
pub mod quotas;
pub mod repositories;
pub mod retentions;
pub mod robot_names;
pub mod robots;
pub mod system;

/// Most items that a page can hold.
pub const PAGE: usize = 100;

/// Says that the path holds a project's name: a project may be called `123`, which would be taken for an id.
fn by_name<T: 'static>(endpoint: Endpoint<T>) -> Endpoint<T> {
    endpoint.header("x-is-resource-name", "true")
}

/// Says that the route is open to all: it answers wrong credentials as it answers nobody. Its lists, and its "not there", count only
/// when the login is proven.
fn open<T: 'static>(endpoint: Endpoint<T>) -> Endpoint<T> {
    endpoint.ability(&system::OPEN)
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
