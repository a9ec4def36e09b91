//! One request on its way through a handler.

use super::caller::Caller;
use super::failure::Failure;
use super::project_ref::ProjectRef;
use super::state::State;
use super::wire::{Request, is_on};

/// A request with all that a handler needs to answer it.
pub(super) struct Call<'a> {
    pub(super) state: &'a mut State,
    pub(super) caller: Caller,
    pub(super) request: &'a Request,
    /// Values of the path's parameters, decoded once.
    pub(super) path: Vec<(&'static str, String)>,
    /// Number of this request: answers whose order is random on a real server are shuffled by it.
    pub(super) request_number: u64,
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
