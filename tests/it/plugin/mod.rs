//! The plugin transport, as Terraform meets it: real processes, real sockets, real TLS.

mod calls;
pub(crate) mod client;
mod command_line;
mod debug;
mod engine;
mod fake;
mod lifecycle;
mod log;
pub(crate) mod process;
mod table;
mod transport;
