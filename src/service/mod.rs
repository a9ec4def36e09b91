//! What the services share where framework and HTTP meet: the arguments of a connection, and errors in a user's words.

mod connection;
pub mod dates;
pub mod docker;
mod error;
pub mod functions;
pub mod random;
mod refusal;
pub mod size;

pub use connection::{ConnectionArgs, Credential, from_env};
pub use refusal::exists_already;
