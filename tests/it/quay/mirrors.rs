//! Mirrors of repositories and of organizations.

pub(crate) mod org_mirrors;
mod releases;
mod repository_mirrors;
mod synchronization;
