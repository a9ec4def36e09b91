//! What a schema must be like.

use super::super::check_schema;
use super::*;
use crate::schema::{FunctionSchema, IdentityAttribute, IdentitySchema, Parameter};
use crate::server::ProviderSchema;

fn resource(schema: Schema) -> ProviderSchema {
    ProviderSchema { resources: [("r".to_owned(), schema)].into(), ..ProviderSchema::default() }
}

fn attribute(attribute: Attribute) -> Vec<String> {
    check_schema(&resource(of(vec![attribute])))
}

fn block(nested: NestedBlock) -> Vec<String> {
    check_schema(&resource(with_blocks(vec![], vec![nested])))
}

fn dynamic(name: &str) -> Attribute {
    plain(name, Type::Dynamic)
}

fn identity(ty: Type) -> IdentitySchema {
    let attribute = IdentityAttribute { name: "name".to_owned(), ty, doc: String::new(), required_for_import: true };
    IdentitySchema { version: 0, attributes: vec![attribute] }
}

#[test]
fn a_good_provider_passes() {
    let element = vec![text("a", Mode::Required), text("b", Mode::Computed)];
    let schema = with_blocks(
        vec![
            Attribute { default: Some("x".into()), ..text("name", Mode::OptionalComputed) },
            write_only("secret_wo"),
            dynamic("anything"),
            nested("of", Nesting::Single, Mode::Optional, vec![write_only("inner_wo")]),
            nested("many", Nesting::Set, Mode::Optional, element.clone()),
        ],
        vec![
            NestedBlock { min_items: 1, max_items: 1, ..blocks("one", BlockNesting::Single, element.clone()) },
            NestedBlock { min_items: 2, max_items: 0, ..blocks("more", BlockNesting::List, element.clone()) },
            blocks("by_key", BlockNesting::Map, element),
        ],
    );
    let mut provider = resource(schema);
    provider.identities.insert("r".to_owned(), identity(Type::List(Box::new(Type::String))));
    provider.list_resources.insert("r".to_owned(), of(vec![text("count", Mode::Optional)]));
    provider.data_sources.insert("r".to_owned(), of(vec![text("id", Mode::Computed)]));
    assert_eq!(check_schema(&provider), <[String; 0]>::default());
}

#[test]
fn versions_are_not_negative() {
    let negative = Schema { version: -1, ..Schema::default() };
    let mut provider = resource(negative.clone());
    provider.provider = negative.clone();
    provider.data_sources.insert("d".to_owned(), negative);
    provider.identities.insert("r".to_owned(), IdentitySchema { version: -1, ..identity(Type::String) });
    let places = ["the provider block", "resource r", "data source d", "identity of r"];
    assert_eq!(check_schema(&provider), places.map(|place| format!("{place}: the version is negative")));
}

#[test]
fn names_are_identifiers_and_unique() {
    let rule = "a name consists of lower-case letters, digits and underscores, and begins with no digit";
    for name in ["Name", "na-me", "1st", "", "é"] {
        assert_eq!(attribute(text(name, Mode::Optional)), [format!("resource r.{name}: {rule}")]);
        let found = block(blocks(name, BlockNesting::List, vec![]));
        assert_eq!(found, [format!("resource r.{name}: {rule}")]);
    }
    let twice = with_blocks(vec![text("a", Mode::Optional)], vec![blocks("a", BlockNesting::List, vec![])]);
    assert_eq!(check_schema(&resource(twice)), ["resource r.a: the name is there twice"]);
    let inner = vec![text("a", Mode::Optional), text("a", Mode::Optional)];
    let found = attribute(nested("n", Nesting::Single, Mode::Optional, inner));
    assert_eq!(found, ["resource r.n.a: the name is there twice"]);
}

#[test]
fn reserved_names_are_refused_at_the_root() {
    for name in ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"] {
        let rule = format!("resource r.{name}: the name is reserved by Terraform");
        assert_eq!(attribute(text(name, Mode::Optional)), std::slice::from_ref(&rule));
        assert_eq!(block(blocks(name, BlockNesting::List, vec![])), [rule]);
        let inner = vec![text(name, Mode::Optional)];
        assert!(attribute(nested("n", Nesting::Single, Mode::Optional, inner)).is_empty());
    }
    for name in ["alias", "version"] {
        assert!(attribute(text(name, Mode::Optional)).is_empty());
        let provider = ProviderSchema { provider: of(vec![text(name, Mode::Optional)]), ..ProviderSchema::default() };
        assert_eq!(check_schema(&provider), [format!("the provider block.{name}: the name is reserved by Terraform")]);
    }
}

#[test]
fn no_dynamic_type_within_a_collection() {
    let rule = "something of dynamic type within a collection";
    assert_eq!(attribute(plain("a", Type::Map(Box::new(Type::Dynamic)))), [format!("resource r.a: {rule}")]);
    let object = Type::Object([("x".to_owned(), Type::List(Box::new(Type::Dynamic)))].into());
    assert_eq!(attribute(plain("a", object)), [format!("resource r.a: {rule}")]);
    for nesting in [Nesting::List, Nesting::Map] {
        let found = attribute(nested("n", nesting, Mode::Optional, vec![dynamic("a")]));
        assert_eq!(found, [format!("resource r.n: {rule}")]);
    }
    let found = attribute(nested("n", Nesting::Set, Mode::Optional, vec![dynamic("a")]));
    assert_eq!(found, [format!("resource r.n: {rule}"), format!("resource r.n.a: {rule}")]);
    let found = block(blocks("n", BlockNesting::Set, vec![dynamic("a")]));
    assert_eq!(found, [format!("resource r.n.a: {rule}"), format!("resource r.n: {rule}")]);
    assert!(block(blocks("n", BlockNesting::Single, vec![dynamic("a")])).is_empty());
}

#[test]
fn write_only_is_optional_or_required_and_in_a_resource() {
    let found = attribute(Attribute { write_only: true, ..text("a", Mode::OptionalComputed) });
    assert_eq!(found, ["resource r.a: write-only, so it cannot be computed"]);
    let found = attribute(nested("n", Nesting::Set, Mode::Optional, vec![write_only("a")]));
    assert_eq!(found, ["resource r.n.a: write-only within a set"]);
    let found = block(blocks("n", BlockNesting::Set, vec![write_only("a")]));
    assert_eq!(found, ["resource r.n.a: write-only within a set"]);
    let schema = of(vec![write_only("a")]);
    let data = ProviderSchema { data_sources: [("d".to_owned(), schema.clone())].into(), ..ProviderSchema::default() };
    assert_eq!(check_schema(&data), ["data source d.a: write-only, but neither in a resource nor in an action"]);
    let provider = ProviderSchema { provider: schema, ..ProviderSchema::default() };
    assert_eq!(
        check_schema(&provider),
        ["the provider block.a: write-only, but neither in a resource nor in an action"]
    );
}

#[test]
fn bounds_of_blocks() {
    let bounds = |nesting, min_items, max_items| {
        block(NestedBlock { min_items, max_items, ..blocks("n", nesting, vec![]) }).len()
    };
    let cases = [
        (BlockNesting::Single, [(0, 0), (1, 1)], [(0, 1), (2, 2)]),
        (BlockNesting::Group, [(0, 0), (0, 0)], [(1, 1), (0, 1)]),
        (BlockNesting::Map, [(0, 0), (0, 0)], [(1, 0), (0, 1)]),
        (BlockNesting::List, [(1, 2), (3, 0)], [(3, 2), (-1, 0)]),
        (BlockNesting::Set, [(1, 2), (3, 0)], [(3, 2), (-1, 0)]),
    ];
    for (nesting, good, bad) in cases {
        assert_eq!(good.map(|(min, max)| bounds(nesting, min, max)), [0, 0], "{nesting:?}");
        assert_eq!(bad.map(|(min, max)| bounds(nesting, min, max)), [1, 1], "{nesting:?}");
    }
}

#[test]
fn defaults_are_of_the_type_and_computed() {
    let default = |mode, default: Value| attribute(Attribute { default: Some(default), ..text("a", mode) });
    assert!(default(Mode::OptionalComputed, "x".into()).is_empty());
    let found = default(Mode::Optional, "x".into());
    assert_eq!(found, ["resource r.a: it has a default, so it must be optional and computed"]);
    assert_eq!(default(Mode::OptionalComputed, true.into()).len(), 1);
}

#[test]
fn nothing_optional_and_computed_within_a_set() {
    let found = attribute(nested("n", Nesting::Set, Mode::Optional, vec![text("a", Mode::OptionalComputed)]));
    assert_eq!(found.len(), 1);
    let found = attribute(nested("n", Nesting::List, Mode::Optional, vec![text("a", Mode::OptionalComputed)]));
    assert!(found.is_empty());
}

#[test]
fn arguments_are_not_computed() {
    let schema = of(vec![text("a", Mode::Computed)]);
    let mut provider = ProviderSchema { provider: schema.clone(), ..ProviderSchema::default() };
    provider.actions.insert("act".to_owned(), schema.clone());
    provider.ephemeral_resources.insert("e".to_owned(), schema);
    let rule = "computed, but there is no answer that could hold it";
    assert_eq!(check_schema(&provider), [format!("the provider block.a: {rule}"), format!("action act.a: {rule}")]);
}

#[test]
fn identity_attributes_are_primitives_or_lists_of_them() {
    let found = |ty: Type| {
        let mut provider = resource(of(vec![]));
        provider.identities.insert("r".to_owned(), identity(ty));
        check_schema(&provider)
    };
    let text = || Box::new(Type::String);
    for ty in [Type::String, Type::Number, Type::Bool, Type::List(text())] {
        assert!(found(ty).is_empty());
    }
    let object = Type::Object([].into());
    for ty in [Type::Map(text()), Type::Set(text()), object, Type::Dynamic, Type::List(Box::new(Type::List(text())))] {
        assert_eq!(found(ty), ["identity of r.name: it must be a primitive, or a list of primitives"]);
    }
    let mut provider = resource(of(vec![]));
    provider.identities.insert("r".to_owned(), IdentitySchema::default());
    provider.identities.insert("s".to_owned(), identity(Type::String));
    let expected = ["identity of r: it has no attributes", "identity of s: there is no resource of this type"];
    assert_eq!(check_schema(&provider), expected);
}

#[test]
fn list_resources_are_resources_with_an_identity() {
    let rule = "list resource r: there is no resource of this type with an identity";
    let mut provider = ProviderSchema::default();
    provider.list_resources.insert("r".to_owned(), of(vec![]));
    assert_eq!(check_schema(&provider), [rule]);
    provider.resources.insert("r".to_owned(), of(vec![]));
    assert_eq!(check_schema(&provider), [rule]);
    provider.identities.insert("r".to_owned(), identity(Type::String));
    assert!(check_schema(&provider).is_empty());
}

#[test]
fn functions_and_parameters_have_identifiers() {
    let parameter = |name: &str| Parameter {
        name: name.to_owned(),
        doc: String::new(),
        ty: Type::String,
        allow_null: false,
        allow_unknown: false,
        checks: Vec::new(),
    };
    let found = |name: &str, parameters: &[&str], variadic: Option<&str>| {
        let function = FunctionSchema {
            summary: String::new(),
            doc: String::new(),
            parameters: parameters.iter().map(|name| parameter(name)).collect(),
            variadic: variadic.map(parameter),
            returns: Type::String,
        };
        check_schema(&ProviderSchema { functions: [(name.to_owned(), function)].into(), ..ProviderSchema::default() })
    };
    assert!(found("parse_size", &["text", "base-2"], Some("more")).is_empty());
    assert_eq!(found("1st", &[], None), ["function 1st: the name is no identifier"]);
    assert_eq!(found("f", &["a b"], None), ["function f(a b): the name is no identifier"]);
    assert_eq!(found("f", &["a", "a"], None), ["function f.a: the name is there twice"]);
    assert_eq!(found("f", &["a"], Some("a")), ["function f.a: the name is there twice"]);
}
