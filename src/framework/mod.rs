//! Terraform's meaning, without gRPC and without HTTP: values and their codecs, schemas, the rules that Terraform
//! enforces, the engine that plans and applies, and the traits that resources are written against.

pub mod diagnostic;
pub mod path;
pub mod rules;
pub mod schema;
pub mod server;
pub mod value;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use path::{Path, Step};
pub use value::{Number, Refinement, Type, Value};
