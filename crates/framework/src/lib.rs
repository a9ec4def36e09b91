//! Terraform's meaning, without gRPC and without HTTP: values and their codecs, schemas, the rules that Terraform
//! enforces, the engine that plans and applies, and the traits that resources are written against.

extern crate self as terraform_framework;

pub mod author;
pub mod check;
pub mod defect;
pub mod diagnostic;
pub mod docs;
pub mod engine;
pub mod model;
pub mod path;
pub mod rules;
pub mod schema;
pub mod server;
pub mod steering;
pub mod value;

pub use author::{
    Action, Arguments, Connection, Context, DataSource, Ephemeral, Error, Found, Function, List, ModifyPlan, MoveFrom,
    Offers, Opened, Progress, Provider, Report, Resource, Result, Session, Upgrade, changed,
};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use engine::{Engine, Private};
pub use model::{
    Attr, Computed, Field, Fields, Flatten, Json, Meta, Mismatch, Model, Nullable, Object, PlanValue, Secret,
    SecretArgument, Timeouts, UnknownValue, nested_from_value, nested_shape, nested_to_value, nested_view, to_value,
};
pub use path::{Path, Step};
pub use server::Deferred;
pub use terraform_framework_macros::{Model, Nested};
pub use value::{Number, Refinement, Type, Value};
