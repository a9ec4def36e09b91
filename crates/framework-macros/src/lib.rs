//! Derives that turn a Rust struct into what Terraform and the engine need to know of it: one declaration, from which schema,
//! conversions, views, documentation and import ids follow.
//!
//! `#[derive(Model)]` is for whole things (a resource, a data source, a provider block ...), `#[derive(Nested)]` for objects
//! inside them. Both read the same attributes on fields:
//!
//! | attribute | meaning |
//! |---|---|
//! | `#[attribute(required)]` | the user must set it |
//! | `#[attribute(optional)]` | the user may set it |
//! | `#[attribute(optional, default = EXPR)]` | and what it is otherwise |
//! | `#[attribute(optional, computed)]` | and otherwise the server decides |
//! | `#[computed]` | the server, or the provider, sets it |
//!
//! Further words, where they make sense: `requires_replace`, `requires_replace_if = FN`, `requires_replace_if_configured`, `check = EXPR` (repeatable),
//! `sensitive`, `write_only`, `use_state_for_unknown`, `use_non_null_state_for_unknown`, `unknown_on_change_of("other", ...)`, `not_returned = "why"`, `deprecated = "what instead"`,
//! `modify = FN`, `semantic_equals = FN`, `name = "schema_name"`.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod field;
mod model;

/// Derives `Fields` and `Model`.
///
/// `#[model(type = "quay_robot", id = "{namespace}+{name}", identity(namespace, name), version = 1)]`; `id` may be repeated:
/// the first template whose fields are all set is the id, all are tried when importing. A field written `{repository*}` may hold
/// the separators that follow it. Also `exactly_one_of(a, b)`, `at_least_one_of(..)`, `conflicting(..)`, `together(..)`,
/// `requires(a, b)`, `timeouts(create = "20m", ...)`, `deprecated = "..."`, and `subcategory = "Robots"`: the heading under which the
/// documentation's menu shows it (what is named after a resource, such as its data source, takes that resource's).
#[proc_macro_derive(Model, attributes(model, attribute, computed))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    model::derive_model(&input).unwrap_or_else(|e| e.write_errors()).into()
}

/// Derives `Fields` and `Attr` for an object inside a model.
#[proc_macro_derive(Nested, attributes(attribute, computed))]
pub fn derive_nested(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    model::derive_nested(&input).unwrap_or_else(|e| e.write_errors()).into()
}
