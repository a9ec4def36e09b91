//! What names things of several areas.

/// An organization, or the token's own user: their robots, for one, have routes of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// It is the token's own user.
    pub own: bool,
}

/// Names one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryKey {
    pub namespace: String,
    pub name: String,
}

impl RepositoryKey {
    /// `acme/app`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    pub(super) fn names(&self) -> [&str; 2] {
        [&self.namespace, &self.name]
    }
}
