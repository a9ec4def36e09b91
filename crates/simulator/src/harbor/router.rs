//! Which handler an operation has, and which releases have the operation.

use super::call::Call;
use super::failure::Failure;
use super::version::Version;
use super::wire::{Reply, Request, decode_path};

type Handler = fn(&mut Call<'_>) -> Result<Reply, Failure>;

/// An operation: its method, its path under `/api/v2.0`, the releases that have it, and what answers it.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) pattern: &'static str,
    from: Version,
    until: Version,
    pub(super) handler: Handler,
}

/// An operation that every release has.
pub(super) const fn route(method: &'static str, pattern: &'static str, handler: Handler) -> Route {
    Route { method, pattern, from: Version::minor(0), until: Version::minor(u32::MAX), handler }
}

impl Route {
    /// The same operation, which this release brought.
    pub(super) const fn since(self, from: Version) -> Self {
        Self { from, ..self }
    }

    /// The same operation, which this release has no more.
    pub(super) const fn before(self, until: Version) -> Self {
        Self { until, ..self }
    }

    /// The parameters of a path, when the path is this route's.
    pub(super) fn matches(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let (mut pattern, mut path) = (self.pattern.split('/'), path.split('/'));
        let mut parameters = Vec::new();
        loop {
            match (pattern.next(), path.next()) {
                (None, None) => return Some(parameters),
                (Some(expected), Some(found)) => {
                    match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                        Some(name) => parameters.push((name, decode_path(found))),
                        None if expected == found => {}
                        None => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

/// The parameters of a path by name.
pub(super) type Parameters = Vec<(&'static str, String)>;

/// All operations, area by area.
pub(super) type Areas = [&'static [&'static [Route]]];

/// The operations one by one. Where two match, the first one counts.
pub(super) fn routes(areas: &Areas) -> impl Iterator<Item = &'static Route> {
    areas.iter().copied().flatten().copied().flatten()
}

/// The pattern of a path (without `/api/v2.0`) in any release.
pub(super) fn pattern_of(areas: &Areas, path: &str) -> Option<&'static str> {
    routes(areas).find(|route| route.matches(path).is_some()).map(|route| route.pattern)
}

/// Finds the operation of a method and a path (without `/api/v2.0`) in a release.
///
/// # Errors
/// 404 for an unknown path, 405 for a path with other methods.
pub(super) fn find(
    areas: &Areas,
    request: &Request,
    path: &str,
    version: Version,
) -> Result<(&'static Route, Parameters), Failure> {
    let known = routes(areas).filter(|route| route.from <= version && version < route.until);
    let matching: Vec<_> = known.filter_map(|route| Some((route, route.matches(path)?))).collect();
    if matching.is_empty() {
        return Err(Failure::no_such_path(&request.path));
    }
    let mut allowed: Vec<&str> = matching.iter().map(|(route, _)| route.method).collect();
    allowed.sort_unstable();
    let wanted = matching.into_iter().find(|(route, _)| route.method == request.method);
    wanted.ok_or_else(|| Failure::no_such_method(&request.method, &allowed))
}
