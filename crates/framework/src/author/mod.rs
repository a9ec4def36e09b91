//! What the author of a resource, data source, ephemeral resource, action, list or function writes against.

mod action;
mod context;
mod data;
mod ephemeral;
mod error;
mod function;
mod planning;
mod provider;
mod resource;

pub use action::{Action, Progress};
pub use context::{Context, Session};
pub use data::DataSource;
pub use ephemeral::{Ephemeral, Opened};
pub use error::{Error, Result};
pub use function::{Arguments, Function};
pub use planning::{ModifyPlan, Report, changed};
pub use provider::{Connection, Offers, Provider, Variables};
pub use resource::{Found, List, MoveFrom, Resource, Upgrade};
