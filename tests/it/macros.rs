//! A model with some of everything, and the schema that the derive makes of it. What it says of wrong models is tested in `macros/`.

use std::collections::{BTreeMap, BTreeSet};

use terraform_framework::schema::Mode;
use terraform_framework::{Computed, Flatten, Json, Model, Nested, Secret, SecretArgument, check};

/// Manages a thing.
#[derive(Debug, Clone, Model)]
#[allow(dead_code)]
#[model(
    type = "test_thing",
    id = "{owner}/{name*}",
    id = "{name}",
    identity(owner, name),
    version = 2,
    subcategory = "Things",
    conflicting(color, colors),
    requires(password_wo, color),
    timeouts(create = "5m"),
    deprecated = "Use something else."
)]
struct Thing {
    /// Who owns it.
    #[attribute(required, requires_replace, check = check::length(1, 10))]
    owner: String,
    /// Its name.
    #[attribute(required, requires_replace)]
    name: String,
    /// Its color.
    #[attribute(optional, default = "red", check = check::one_of(&["red", "blue"]))]
    color: String,
    /// More colors.
    #[attribute(optional)]
    colors: BTreeSet<String>,
    /// Its size.
    #[attribute(optional, computed, use_state_for_unknown)]
    size: Computed<i64>,
    /// Its password.
    #[attribute(optional, not_returned = "the server keeps only a hash")]
    password: SecretArgument,
    /// What is kept with it.
    #[attribute(optional, default = "{}")]
    data: Json,
    /// Its parts.
    #[attribute(optional)]
    parts: Vec<Part>,
    /// Its labels.
    #[attribute(optional)]
    labels: BTreeMap<String, String>,
    /// Shared arguments.
    #[attribute(optional)]
    shared: Flatten<Shared>,
    /// Its key.
    #[computed(sensitive, unknown_on_change_of("color"))]
    key: Computed<Option<Secret>>,
}

/// A part.
#[derive(Debug, Clone, Nested)]
struct Part {
    /// What kind of part it is.
    #[attribute(required)]
    kind: String,
}

/// Arguments of all.
#[derive(Debug, Clone, Nested)]
struct Shared {
    /// Whether it is on.
    #[attribute(optional, name = "enabled")]
    on: Option<bool>,
}

#[test]
fn a_model_declares_all_of_its_schema() {
    let schema = Thing::schema();
    let names: Vec<&str> = schema.block.attributes.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "owner",
            "name",
            "color",
            "colors",
            "size",
            "password",
            "password_wo",
            "password_wo_version",
            "data",
            "parts",
            "labels",
            "enabled",
            "key"
        ]
    );
    assert_eq!(schema.version, 2);
    assert_eq!(schema.block.attributes[2].mode, Mode::OptionalComputed);
    assert_eq!(Thing::meta().subcategory, "Things");
    assert_eq!(Thing::identity_schema().map(|i| i.attributes.len()), Some(2));
}
