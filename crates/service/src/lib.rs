//! What the services share where framework and HTTP meet: the arguments of a connection, and errors in a user's words.

pub mod chosen;
mod connection;
pub mod dates;
pub mod docker;
pub mod functions;
pub mod random;
mod refusal;
pub mod size;
mod source;

pub use connection::{ConnectionArgs, warn_of};
pub use refusal::{MOST, endless, exists_already};
pub use source::{Source, secret_file};
