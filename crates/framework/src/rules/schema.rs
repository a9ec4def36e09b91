//! What a schema must be like: what Terraform insists on when it loads a provider, and what it would let pass although it
//! cannot work.

use std::collections::BTreeSet;
use std::fmt;

use crate::schema::{
    Attribute, Block, BlockNesting, FunctionSchema, IdentitySchema, Mode, NestedBlock, Nesting, Schema, Shape,
};
use crate::server::ProviderSchema;
use crate::value::Type;

/// Names of root attributes that Terraform takes for itself in resources and data sources.
const RESERVED: [&str; 7] = ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];
/// The same in provider blocks.
const RESERVED_IN_PROVIDER: [&str; 2] = ["alias", "version"];

/// Checks all that a provider offers. Each entry says what is wrong, and where.
pub fn check_schema(provider: &ProviderSchema) -> Vec<String> {
    let mut checker = Checker::default();
    checker.schema("the provider block", &provider.provider, Role::Provider);
    let roles = [
        ("resource", &provider.resources, Role::Resource),
        ("data source", &provider.data_sources, Role::DataSource),
        ("ephemeral resource", &provider.ephemeral_resources, Role::Ephemeral),
        ("list resource", &provider.list_resources, Role::Arguments),
        ("action", &provider.actions, Role::Action),
    ];
    for (kind, schemas, role) in roles {
        for (name, schema) in schemas {
            checker.name(&format!("{kind} {name}"), name);
            checker.schema(&format!("{kind} {name}"), schema, role);
        }
    }
    for name in provider.list_resources.keys() {
        if !provider.resources.contains_key(name) || !provider.identities.contains_key(name) {
            checker.fail(format!("list resource {name}"), "there is no resource of this type with an identity");
        }
    }
    for (name, identity) in &provider.identities {
        if !provider.resources.contains_key(name) {
            checker.fail(format!("identity of {name}"), "there is no resource of this type");
        }
        checker.identity(&format!("identity of {name}"), identity);
    }
    for (name, function) in &provider.functions {
        checker.function(name, function);
    }
    checker.found
}

/// What a schema is for, and so what can be in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Provider,
    Resource,
    DataSource,
    Ephemeral,
    /// Arguments only: nothing is answered in this shape.
    Arguments,
    /// Arguments only, which are never stored.
    Action,
}

#[derive(Default)]
struct Checker {
    found: Vec<String>,
}

impl Checker {
    fn fail(&mut self, place: impl fmt::Display, what: impl fmt::Display) {
        self.found.push(format!("{place}: {what}"));
    }

    fn schema(&mut self, place: &str, schema: &Schema, role: Role) {
        if schema.version < 0 {
            self.fail(place, "the version is negative");
        }
        let reserved = match role {
            Role::Provider => &RESERVED_IN_PROVIDER[..],
            Role::Resource | Role::DataSource | Role::Ephemeral => &RESERVED[..],
            Role::Arguments | Role::Action => &[],
        };
        let names = schema.block.attributes.iter().map(|a| &a.name).chain(schema.block.blocks.iter().map(|b| &b.name));
        for name in names.filter(|name| reserved.contains(&name.as_str())) {
            self.fail(format!("{place}.{name}"), "the name is reserved by Terraform");
        }
        self.block(place, &schema.block, Within { role, set: false });
    }

    fn block(&mut self, place: &str, block: &Block, within: Within) {
        let names = block.attributes.iter().map(|a| &a.name).chain(block.blocks.iter().map(|b| &b.name));
        self.unique(place, names);
        for attribute in &block.attributes {
            self.attribute(&format!("{place}.{}", attribute.name), attribute, within);
        }
        for nested in &block.blocks {
            self.nested_block(&format!("{place}.{}", nested.name), nested, within);
        }
    }

    fn unique<'n>(&mut self, place: &str, names: impl Iterator<Item = &'n String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                self.fail(format!("{place}.{name}"), "the name is there twice");
            }
        }
    }

    /// Terraform insists on this for blocks only, but nothing else can be written in a configuration.
    fn name(&mut self, place: &str, name: &str) {
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        if !begins || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            self.fail(place, "a name consists of lower-case letters, digits and underscores, and begins with no digit");
        }
    }

    fn nested_block(&mut self, place: &str, nested: &NestedBlock, within: Within) {
        self.name(place, &nested.name);
        let (min, max) = (nested.min_items, nested.max_items);
        if min < 0 || max < 0 {
            self.fail(place, "the number of blocks has a negative bound");
        }
        let (in_order, needed) = match nested.nesting {
            BlockNesting::Single => {
                (min == max && (0..=1).contains(&min), "a single block has both bounds 0, or both 1")
            }
            BlockNesting::Group | BlockNesting::Map => (min == 0 && max == 0, "such blocks have no bounds"),
            BlockNesting::List | BlockNesting::Set => {
                (min <= max || max == 0, "the least number is above the greatest")
            }
        };
        if !in_order {
            self.fail(place, needed);
        }
        self.block(place, &nested.block, within.nested(nested.nesting == BlockNesting::Set));
        // Terraform would expect the blocks in the form of another type.
        if nested.nesting != BlockNesting::Single
            && nested.nesting != BlockNesting::Group
            && nested.block.ty().has_dynamic()
        {
            self.fail(place, "something of dynamic type within a collection");
        }
    }

    fn attribute(&mut self, place: &str, attribute: &Attribute, within: Within) {
        self.name(place, &attribute.name);
        if attribute.mode.computed() && matches!(within.role, Role::Provider | Role::Arguments | Role::Action) {
            self.fail(place, "computed, but there is no answer that could hold it");
        }
        if attribute.mode == Mode::OptionalComputed && within.set {
            self.fail(place, "optional and computed within a set, whose elements cannot be told apart");
        }
        self.write_only(place, attribute, within);
        if attribute.has_default() && attribute.mode != Mode::OptionalComputed {
            self.fail(place, "it has a default, so it must be optional and computed");
        }
        if let Some(default) = &attribute.default
            && let Err((path, what)) = default.conforms(&attribute.ty())
        {
            self.fail(place, format!("the default is not of the attribute's type: {path} {what}"));
        }
        match &attribute.shape {
            Shape::Plain(ty) => {
                if dynamic_in_collection(ty) || within.set && ty.has_dynamic() {
                    self.fail(place, "something of dynamic type within a collection");
                }
            }
            Shape::Nested(nesting, attributes) => {
                self.unique(place, attributes.iter().map(|a| &a.name));
                if *nesting != Nesting::Single && attribute.ty().has_dynamic() {
                    self.fail(place, "something of dynamic type within a collection");
                }
                for inner in attributes {
                    let within = within.nested(*nesting == Nesting::Set);
                    self.attribute(&format!("{place}.{}", inner.name), inner, within);
                }
            }
        }
    }

    fn write_only(&mut self, place: &str, attribute: &Attribute, within: Within) {
        if !attribute.write_only {
            return;
        }
        if attribute.mode.computed() {
            self.fail(place, "write-only, so it cannot be computed");
        }
        if within.set {
            self.fail(place, "write-only within a set");
        }
        // An action has no state, and takes ephemeral values in write-only arguments alone.
        if !matches!(within.role, Role::Resource | Role::Action) {
            self.fail(place, "write-only, but neither in a resource nor in an action");
        }
    }

    fn identity(&mut self, place: &str, identity: &IdentitySchema) {
        if identity.version < 0 {
            self.fail(place, "the version is negative");
        }
        if identity.attributes.is_empty() {
            self.fail(place, "it has no attributes");
        }
        self.unique(place, identity.attributes.iter().map(|a| &a.name));
        for attribute in &identity.attributes {
            let place = format!("{place}.{}", attribute.name);
            self.name(&place, &attribute.name);
            let primitives = matches!(&attribute.ty, Type::List(element) if element.is_primitive());
            if !primitives && !attribute.ty.is_primitive() {
                self.fail(&place, "it must be a primitive, or a list of primitives");
            }
        }
    }

    fn function(&mut self, name: &str, function: &FunctionSchema) {
        let place = format!("function {name}");
        if !is_identifier(name) {
            self.fail(&place, "the name is no identifier");
        }
        let parameters = || function.parameters.iter().chain(&function.variadic);
        self.unique(&place, parameters().map(|parameter| &parameter.name));
        for parameter in parameters() {
            let place = format!("{place}({})", parameter.name);
            if !is_identifier(&parameter.name) {
                self.fail(&place, "the name is no identifier");
            }
            if dynamic_in_collection(&parameter.ty) {
                self.fail(&place, "something of dynamic type within a collection");
            }
        }
        if dynamic_in_collection(&function.returns) {
            self.fail(&place, "its result has something of dynamic type within a collection");
        }
    }
}

/// Where an attribute is.
#[derive(Clone, Copy)]
struct Within {
    role: Role,
    /// At any depth.
    set: bool,
}

impl Within {
    fn nested(self, set: bool) -> Self {
        Self { set: self.set || set, ..self }
    }
}

fn dynamic_in_collection(ty: &Type) -> bool {
    match ty {
        Type::String | Type::Number | Type::Bool | Type::Dynamic => false,
        Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_dynamic(),
        Type::Object(attributes) => attributes.values().any(dynamic_in_collection),
        Type::Tuple(elements) => elements.iter().any(dynamic_in_collection),
    }
}

/// An identifier of HCL.
fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}
