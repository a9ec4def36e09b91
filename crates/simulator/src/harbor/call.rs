//! One request on its way through a handler, and the table of all handlers.

use super::access::Caller;
use super::failure::Failure;
use super::projects::ProjectRef;
use super::state::State;
use super::version::Version;
use super::wire::{Reply, Request, decode_path, is_on};
use super::{
    configuration, labels, members, metadata, project_list, project_new, projects, quotas, registries, repositories,
    retention, robots, robots_v1, search, system, user_groups, users,
};

/// A request with all that a handler needs to answer it.
pub(super) struct Call<'a> {
    pub(super) state: &'a mut State,
    pub(super) caller: Caller,
    pub(super) request: &'a Request,
    /// Values of the path's parameters, decoded once.
    pub(super) path: Vec<(&'static str, String)>,
    /// Number of this request: answers whose order is random on a real server are shuffled by it.
    pub(super) turn: u64,
}

impl Call<'_> {
    /// A parameter of the path; empty where the route has none of this name.
    pub(super) fn segment(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// A parameter of the path that is a number.
    ///
    /// # Errors
    /// 422 when it is something else.
    pub(super) fn id(&self, name: &str) -> Result<i64, Failure> {
        let text = self.segment(name);
        text.parse().map_err(|_| Failure::invalid(format!("{name} in path must be of type int64: \"{text}\"")))
    }

    /// The project of a path that takes its name or its id: what looks like a number is an id, unless the header
    /// `X-Is-Resource-Name` says otherwise.
    pub(super) fn project(&self) -> ProjectRef {
        let text = self.segment("project_name_or_id");
        let is_name = self.request.header("x-is-resource-name").is_some_and(is_on);
        match text.parse() {
            Ok(id) if !is_name => ProjectRef::Id(id),
            _ => ProjectRef::Name(text.to_owned()),
        }
    }

    /// The address of something made by a POST to this path.
    pub(super) fn location(&self, name: impl std::fmt::Display) -> String {
        format!("{}/{name}", self.request.path)
    }
}

type Handler = fn(&mut Call<'_>) -> Result<Reply, Failure>;

/// An operation: its method, its path under `/api/v2.0`, the releases that have it, and what answers it.
pub(super) struct Route {
    pub(super) method: &'static str,
    pattern: &'static str,
    from: Version,
    until: Version,
    pub(super) handler: Handler,
}

const fn route(method: &'static str, pattern: &'static str, handler: Handler) -> Route {
    Route { method, pattern, from: Version::minor(0), until: Version::minor(u32::MAX), handler }
}

impl Route {
    const fn since(self, from: Version) -> Self {
        Self { from, ..self }
    }

    const fn before(self, until: Version) -> Self {
        Self { until, ..self }
    }

    /// The parameters of a path, when the path is this route's.
    fn matches(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
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

/// All operations. Where two match, the first one counts.
pub(super) static ROUTES: &[Route] = &[
    route("GET", "/ping", system::ping),
    route("GET", "/health", system::health),
    route("GET", "/systeminfo", system::system_info),
    route("GET", "/permissions", system::permissions).since(Version::minor(10)),
    route("GET", "/search", search::search),
    route("GET", "/statistics", search::statistics),
    route("GET", "/users", users::list),
    route("POST", "/users", users::create),
    route("GET", "/users/current", system::current_user),
    route("GET", "/users/{user_id}", users::show),
    route("PUT", "/users/{user_id}", users::update),
    route("DELETE", "/users/{user_id}", users::delete),
    route("PUT", "/users/{user_id}/sysadmin", users::set_administrator),
    route("PUT", "/users/{user_id}/password", users::set_password),
    route("GET", "/usergroups", user_groups::list),
    route("POST", "/usergroups", user_groups::create),
    route("GET", "/usergroups/{group_id}", user_groups::show),
    route("PUT", "/usergroups/{group_id}", user_groups::update),
    route("DELETE", "/usergroups/{group_id}", user_groups::delete),
    route("GET", "/labels", labels::list),
    route("POST", "/labels", labels::create),
    route("GET", "/labels/{label_id}", labels::show),
    route("PUT", "/labels/{label_id}", labels::update),
    route("DELETE", "/labels/{label_id}", labels::delete),
    route("GET", "/system/CVEAllowlist", system::allowlist),
    route("PUT", "/system/CVEAllowlist", system::replace_allowlist),
    route("GET", "/configurations", configuration::show),
    route("PUT", "/configurations", configuration::update),
    route("GET", "/projects", project_list::list),
    route("POST", "/projects", project_new::create),
    route("HEAD", "/projects", projects::exists),
    route("GET", "/projects/{project_name_or_id}", projects::show),
    route("PUT", "/projects/{project_name_or_id}", projects::update),
    route("DELETE", "/projects/{project_name_or_id}", projects::delete),
    route("GET", "/projects/{project_name_or_id}/_deletable", projects::deletable),
    route("GET", "/projects/{project_name_or_id}/summary", projects::summary),
    route("GET", "/projects/{project_name_or_id}/metadatas", metadata::list),
    route("POST", "/projects/{project_name_or_id}/metadatas", metadata::add),
    route("GET", "/projects/{project_name_or_id}/metadatas/{meta_name}", metadata::show),
    route("PUT", "/projects/{project_name_or_id}/metadatas/{meta_name}", metadata::update),
    route("DELETE", "/projects/{project_name_or_id}/metadatas/{meta_name}", metadata::delete),
    route("GET", "/projects/{project_name_or_id}/members", members::list),
    route("POST", "/projects/{project_name_or_id}/members", members::add),
    route("GET", "/projects/{project_name_or_id}/members/{mid}", members::show),
    route("PUT", "/projects/{project_name_or_id}/members/{mid}", members::update),
    route("DELETE", "/projects/{project_name_or_id}/members/{mid}", members::delete),
    route("GET", "/projects/{project_name_or_id}/robots", robots_v1::list).before(Version::minor(13)),
    route("POST", "/projects/{project_name_or_id}/robots", robots_v1::create).before(Version::minor(13)),
    route("GET", "/projects/{project_name_or_id}/robots/{robot_id}", robots_v1::show).before(Version::minor(13)),
    route("PUT", "/projects/{project_name_or_id}/robots/{robot_id}", robots_v1::update).before(Version::minor(13)),
    route("DELETE", "/projects/{project_name_or_id}/robots/{robot_id}", robots_v1::delete).before(Version::minor(13)),
    route("GET", "/repositories", search::repositories),
    route("GET", "/projects/{project_name}/repositories", repositories::list),
    route("GET", "/projects/{project_name}/repositories/{repository_name}", repositories::show),
    route("PUT", "/projects/{project_name}/repositories/{repository_name}", repositories::update),
    route("DELETE", "/projects/{project_name}/repositories/{repository_name}", repositories::delete),
    route("GET", "/quotas", quotas::list),
    route("GET", "/quotas/{id}", quotas::show),
    route("PUT", "/quotas/{id}", quotas::update),
    route("GET", "/registries", registries::list),
    route("POST", "/registries", registries::create),
    route("GET", "/registries/{id}", registries::show),
    route("DELETE", "/registries/{id}", registries::delete),
    route("POST", "/retentions", retention::create),
    route("GET", "/retentions/metadatas", retention::choices),
    route("GET", "/retentions/{id}", retention::show),
    route("PUT", "/retentions/{id}", retention::update),
    route("DELETE", "/retentions/{id}", retention::delete),
    route("GET", "/robots", robots::list),
    route("POST", "/robots", robots::create),
    route("GET", "/robots/{robot_id}", robots::show),
    route("PUT", "/robots/{robot_id}", robots::update),
    route("PATCH", "/robots/{robot_id}", robots::refresh_secret),
    route("DELETE", "/robots/{robot_id}", robots::delete),
];

/// The pattern of a path (without `/api/v2.0`) in any release.
pub(super) fn pattern_of(path: &str) -> Option<&'static str> {
    ROUTES.iter().find(|route| route.matches(path).is_some()).map(|route| route.pattern)
}

/// The parameters of a path by name.
pub(super) type Parameters = Vec<(&'static str, String)>;

/// Finds the operation of a method and a path (without `/api/v2.0`) in a release.
///
/// # Errors
/// 404 for an unknown path, 405 for a path with other methods.
pub(super) fn find(request: &Request, path: &str, version: Version) -> Result<(&'static Route, Parameters), Failure> {
    let known = ROUTES.iter().filter(|route| route.from <= version && version < route.until);
    let matching: Vec<_> = known.filter_map(|route| Some((route, route.matches(path)?))).collect();
    if matching.is_empty() {
        return Err(Failure::no_such_path(&request.path));
    }
    let mut allowed: Vec<&str> = matching.iter().map(|(route, _)| route.method).collect();
    allowed.sort_unstable();
    let wanted = matching.into_iter().find(|(route, _)| route.method == request.method);
    wanted.ok_or_else(|| Failure::no_such_method(&request.method, &allowed))
}
