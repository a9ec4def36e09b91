//! Which handler a path belongs to, with the traps of Quay's routing: exact slashes, repositories as paths, web pages
//! that catch every other GET, and routes that vanish with their feature.

use super::call::{Call, Parameters};
use super::releases;
use super::reply::{Outcome, Reply};
use super::state::State;

/// What answers a request.
pub(super) type Handler = fn(&mut State, &Call) -> Outcome;

/// A path with its methods.
pub(super) struct Route {
    /// The path below `/api/v1/`. `{repository}` takes two or more segments, other parameters take one.
    pub(super) template: &'static str,
    /// Features without which the route is not there.
    features: &'static [&'static str],
    /// Only where the server keeps its users itself.
    own_users: bool,
    methods: &'static [(&'static str, Handler)],
}

impl Route {
    /// A route that is always there.
    pub(super) const fn new(template: &'static str, methods: &'static [(&'static str, Handler)]) -> Self {
        Self { template, features: &[], own_users: false, methods }
    }

    /// The same route, there only where the server keeps its users itself.
    pub(super) const fn of_own_users(self) -> Self {
        Self { own_users: true, ..self }
    }

    /// The same route, there only while all of these features are on.
    pub(super) const fn needs(self, features: &'static [&'static str]) -> Self {
        Self { features, ..self }
    }

    /// Whether a server with these features, of this release, has it.
    fn is_there(&self, state: &State) -> bool {
        self.features.iter().all(|feature| state.feature(feature))
            && (!self.own_users || state.keeps_users())
            && releases::has_route(releases::release(&state.release), self.template)
    }

    fn method(&self, method: &str) -> Option<Handler> {
        self.methods.iter().find(|(name, _)| *name == method).map(|(_, handler)| *handler)
    }

    /// Whether a path would be this route's if it had a slash at its end.
    fn lacks_only_slash(&self, path: &str, with_slash: &str) -> bool {
        self.template.ends_with('/') && !path.ends_with('/') && parameters(self.template, with_slash).is_some()
    }
}

/// Where a request goes.
pub(super) enum Target {
    /// A route's handler.
    Handler(&'static str, Handler, Parameters),
    /// No handler, but this answer.
    Reply(Reply),
}

/// Routes, those first that Quay tries first.
pub(super) struct Router(Vec<&'static Route>);

impl Router {
    /// Takes the routes of all areas.
    pub(super) fn new(areas: &[&[&'static [Route]]]) -> Self {
        let mut routes: Vec<&'static Route> = areas.iter().copied().flatten().copied().flatten().collect();
        // Longer ones first: a repository's name takes whatever no other route claims.
        routes.sort_by_key(|route| {
            let segments = segments(route.template);
            let parameters = segments.iter().filter(|segment| segment.starts_with('{')).count();
            (std::cmp::Reverse(segments.len()), parameters)
        });
        Self(routes)
    }

    /// The template that a path belongs to, for counting.
    pub(super) fn template(&self, path: &str) -> Option<&'static str> {
        self.0.iter().find(|route| parameters(route.template, path).is_some()).map(|route| route.template)
    }

    /// The routes that are there, with their methods.
    pub(super) fn routes(&self, state: &State) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        let there = self.0.iter().filter(|route| route.is_there(state));
        there.map(|route| (route.template, route.methods.iter().map(|(method, _)| *method).collect()))
    }

    /// Finds the handler of a path below `/api/v1/`; `url` is the whole URL without the query.
    pub(super) fn target(&self, state: &State, method: &str, path: &str, url: &str) -> Target {
        let mut allowed: Vec<&str> = Vec::new();
        let with_slash = format!("{path}/");
        for route in self.0.iter().filter(|route| route.is_there(state)) {
            let handler = route.method(method);
            match (parameters(route.template, path), handler) {
                (Some(parameters), Some(handler)) => {
                    return Target::Handler(route.template, handler, parameters);
                }
                (Some(_), None) => allowed.extend(route.methods.iter().map(|(name, _)| *name)),
                (None, Some(_)) if route.lacks_only_slash(path, &with_slash) => {
                    return Target::Reply(Reply::redirect(&format!("{url}/")));
                }
                (None, _) => {}
            }
        }
        if method == "OPTIONS" {
            let mut fitting =
                self.0.iter().filter(|route| route.is_there(state) && parameters(route.template, path).is_some());
            if let Some(route) = fitting.next() {
                let methods: Vec<&str> = route.methods.iter().map(|(name, _)| *name).collect();
                return Target::Reply(Reply::options(&allowed_text(&methods)));
            }
        }
        Target::Reply(match method {
            "GET" if path.ends_with('/') => Reply::no_such_page(),
            "GET" => Reply::redirect(&format!("{url}/")),
            _ if allowed.is_empty() => Reply::no_such_route(),
            _ => Reply::method_not_allowed(&allowed_text(&allowed)),
        })
    }
}

fn allowed_text(allowed: &[&str]) -> String {
    let mut methods: Vec<&str> = allowed.iter().copied().chain(["OPTIONS"]).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    methods.join(", ")
}

fn segments(template: &str) -> Vec<&str> {
    template.split('/').collect()
}

/// The parameters, if the path fits the template.
fn parameters(template: &'static str, path: &str) -> Option<Parameters> {
    let template = segments(template);
    let path = segments(path);
    let repository = template.iter().position(|segment| *segment == "{repository}");
    let extra = path.len().checked_sub(template.len())?;
    match repository {
        None if extra > 0 => return None,
        Some(_) if extra == 0 => return None,
        _ => {}
    }
    let mut parameters = Vec::new();
    for (at, expected) in template.iter().enumerate() {
        let from = if repository.is_some_and(|repository| at > repository) { at + extra } else { at };
        let to = if repository == Some(at) { at + extra } else { from };
        let given = path[from..=to].join("/");
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if path[from].is_empty() || path[to].is_empty() => return None,
            Some(name) => parameters.push((name, given)),
            None if *expected == given => {}
            None => return None,
        }
    }
    Some(parameters)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_takes_what_is_left() {
        let found =
            parameters("repository/{repository}/permissions/user/{username}", "repository/a/b/c/permissions/user/u")
                .unwrap();
        assert_eq!(found, [("repository", "a/b/c".to_owned()), ("username", "u".to_owned())]);
        assert!(parameters("repository/{repository}", "repository/a").is_none());
        assert!(parameters("repository/{repository}", "repository/a/").is_none());
    }

    #[test]
    fn slashes_are_exact() {
        assert!(parameters("organization/", "organization/").is_some());
        assert!(parameters("organization/", "organization").is_none());
        assert!(parameters("organization/{orgname}", "organization/").is_none());
        assert!(parameters("organization/{orgname}/robots", "organization/a/robots/").is_none());
    }
}
