//! How requests name projects, and which project is meant.

use super::failure::Failure;
use super::records::Project;
use super::state::State;

/// How a request names a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProjectRef {
    /// By number.
    Id(i64),
    /// By name.
    Name(String),
}

impl State {
    /// The project with a name.
    ///
    /// # Errors
    /// 404 when there is none, 400 when the name has a blank.
    pub(super) fn project_named(&self, name: &str) -> Result<(i64, &Project), Failure> {
        if name.contains(' ') {
            return Err(Failure::bad_request(format!("invalid project name: '{name}'")));
        }
        let found = self.projects.iter().find(|(_, project)| !project.deleted && project.name == name);
        found.ok_or_else(|| Failure::not_found(format!("project {name} not found")))
    }

    /// The project that a reference means.
    ///
    /// # Errors
    /// As [`State::project_named`].
    pub(super) fn find_project(&self, reference: &ProjectRef) -> Result<(i64, &Project), Failure> {
        match reference {
            ProjectRef::Name(name) => self.project_named(name),
            ProjectRef::Id(id) => {
                let found = self.projects.get(*id).filter(|project| !project.deleted);
                found.map(|project| (*id, project)).ok_or_else(|| Failure::not_found(format!("project {id} not found")))
            }
        }
    }
}
