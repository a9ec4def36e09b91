//! Models: Rust structs that are declared once, and from which schemas, conversions and views follow.
//!
//! A value flows like this: Terraform's bytes become a [`Value`], the engine plans on values, and only where a resource's
//! own code begins does a value become a model. Planning code sees views, in which every attribute is null, unknown or known;
//! code that talks to the server sees models, in which what the server has not said yet is an unset [`Computed`].

use std::collections::BTreeMap;

use super::schema::{Attribute, Block, IdentityAttribute, IdentitySchema, Nesting, Rule, Schema, Shape};
use super::value::{Type, Value};

mod attr;
mod id;
mod json;
mod maybe;
mod out;
mod secret;

pub use attr::{Attr, Mismatch, to_value};
pub(crate) use id::parse_id;
pub use id::{IdError, IdTemplate};
pub use json::Json;
pub use maybe::PlanValue;
pub use out::{Computed, Nullable, UnknownValue};
pub use secret::{Secret, SecretArgument, SecretArgumentView};

/// The attributes of an object.
pub type Object = BTreeMap<String, Value>;

/// A struct whose fields are attributes. Derived.
pub trait Fields: Sized + Send + Sync + 'static {
    /// The same with each attribute null, unknown or known.
    type View: Clone + Send + Sync;

    /// The schema of the fields, in order.
    fn attributes() -> Vec<Attribute>;
    /// Takes the fields out of an object.
    fn from_object(object: &Object) -> Result<Self, Mismatch>;
    /// Puts the fields into an object.
    fn put_into(&self, object: &mut Object);
    /// What is known of the fields.
    fn view(object: &Object) -> Self::View;
}

/// One field of a struct: usually one attribute, sometimes several that belong together ([`SecretArgument`]).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an attribute",
    note = "objects inside a model derive `Nested`; optional attributes are `Option<T>`; outputs are `Computed<T>`"
)]
pub trait Field: Sized {
    /// What views hold in its place.
    type View: Clone + Send + Sync;

    /// The type of its main attribute.
    fn shape() -> Shape;
    /// All attributes that it stands for, given the main one.
    fn attributes(main: Attribute) -> Vec<Attribute>;
    /// Takes it out of an object.
    fn read(name: &str, object: &Object) -> Result<Self, Mismatch>;
    /// Puts it into an object.
    fn write(&self, name: &str, object: &mut Object);
    /// What is known of it.
    fn view(name: &str, object: &Object) -> Self::View;
}

impl<T: Attr> Field for T {
    type View = PlanValue<T::View>;

    fn shape() -> Shape {
        T::shape()
    }

    fn attributes(mut main: Attribute) -> Vec<Attribute> {
        T::adjust(&mut main);
        vec![main]
    }

    fn read(name: &str, object: &Object) -> Result<Self, Mismatch> {
        T::from_value(object.get(name).unwrap_or(&Value::Null)).map_err(|e| e.within(name))
    }

    fn write(&self, name: &str, object: &mut Object) {
        object.insert(name.to_owned(), self.to_value());
    }

    fn view(name: &str, object: &Object) -> Self::View {
        PlanValue::of::<T>(object.get(name).unwrap_or(&Value::Null))
    }
}

/// Fields that stand in the object around them, not in an object of their own.
#[derive(Debug, Clone)]
pub struct Flatten<N>(pub N);

impl<N: Fields> Field for Flatten<N> {
    type View = N::View;

    fn shape() -> Shape {
        nested_shape::<N>()
    }

    fn attributes(_: Attribute) -> Vec<Attribute> {
        N::attributes()
    }

    fn read(_: &str, object: &Object) -> Result<Self, Mismatch> {
        N::from_object(object).map(Flatten)
    }

    fn write(&self, _: &str, object: &mut Object) {
        self.0.put_into(object);
    }

    fn view(_: &str, object: &Object) -> N::View {
        N::view(object)
    }
}

/// A whole thing that Terraform knows by name. Derived.
pub trait Model: Fields {
    /// What is said of it beside its fields.
    fn meta() -> Meta;

    /// Its schema, without what the framework adds for its kind.
    fn schema() -> Schema {
        let meta = Self::meta();
        let block = Block {
            attributes: Self::attributes(),
            blocks: Vec::new(),
            doc: meta.doc.to_owned(),
            deprecated: meta.deprecated,
        };
        let mut rules = meta.rules;
        rules.extend(block.attributes.iter().flat_map(secret::rules));
        Schema { version: meta.version, block, rules }
    }

    /// What names it for good.
    fn identity_schema() -> Option<IdentitySchema> {
        let meta = Self::meta();
        if meta.identity.is_empty() {
            return None;
        }
        let attributes = Self::attributes();
        let find = |name: &&str| attributes.iter().find(|a| a.name == **name);
        let attributes = meta.identity.iter().filter_map(find).map(identity_attribute).collect();
        Some(IdentitySchema { version: meta.version, attributes })
    }
}

fn identity_attribute(attribute: &Attribute) -> IdentityAttribute {
    let optional = attribute.mode == super::schema::Mode::Optional || attribute.has_default();
    IdentityAttribute {
        name: attribute.name.clone(),
        ty: attribute.ty(),
        doc: attribute.doc.clone(),
        required_for_import: !optional,
    }
}

/// What is said of a model beside its fields.
#[derive(Debug, Clone)]
pub struct Meta {
    /// As it stands in configurations, with the provider's name in front.
    pub type_name: &'static str,
    /// Markdown; the first paragraph is the summary.
    pub doc: &'static str,
    /// Heading under which the documentation's menu shows it; empty: that of the resource whose name it begins with.
    pub subcategory: &'static str,
    /// Of the schema.
    pub version: i64,
    /// Templates of its import id.
    pub ids: &'static [&'static str],
    /// Names of the attributes that name it for good.
    pub identity: &'static [&'static str],
    /// What must hold between its arguments.
    pub rules: Vec<Rule>,
    /// Default time limits.
    pub timeouts: Timeouts,
    /// Why not to use it any more, and what instead.
    pub deprecated: Option<String>,
}

/// Default time limits of a resource's operations, as users write them. None: the framework's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeouts {
    /// Of create.
    pub create: Option<&'static str>,
    /// Of read.
    pub read: Option<&'static str>,
    /// Of update.
    pub update: Option<&'static str>,
    /// Of delete.
    pub delete: Option<&'static str>,
}

/// A model out of an object value.
pub fn from_value<M: Fields>(value: &Value) -> Result<M, Mismatch> {
    match value {
        Value::Object(object) => M::from_object(object),
        other => Err(Mismatch::expected("an object", other)),
    }
}

/// An object value out of a model.
pub fn into_value<M: Fields>(model: &M) -> Value {
    let mut object = Object::new();
    model.put_into(&mut object);
    Value::Object(object)
}

/// The shape of a nested struct. For the derive.
pub fn nested_shape<N: Fields>() -> Shape {
    Shape::Nested(Nesting::Single, N::attributes())
}

/// A nested struct out of a value; null gives one whose fields are null. For the derive.
pub fn nested_from_value<N: Fields>(value: &Value) -> Result<N, Mismatch> {
    match value {
        Value::Object(object) => N::from_object(object),
        Value::Null => N::from_object(&Object::new()),
        other => Err(Mismatch::expected("an object", other)),
    }
}

/// A value out of a nested struct. For the derive.
pub fn nested_to_value<N: Fields>(nested: &N) -> Value {
    into_value(nested)
}

/// What is known of a nested struct that is known. For the derive.
pub fn nested_view<N: Fields>(value: &Value) -> N::View {
    match value {
        Value::Object(object) => N::view(object),
        _ => N::view(&Object::new()),
    }
}

/// An object in which every attribute of the type is null.
pub fn nulls(ty: &Type) -> Value {
    match ty {
        Type::Object(attributes) => Value::Object(attributes.keys().map(|k| (k.clone(), Value::Null)).collect()),
        _ => Value::Null,
    }
}
