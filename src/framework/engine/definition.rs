//! What the engine knows of a resource, data source and so on: the model's own declaration, and what the framework adds.

use std::time::Duration;

use crate::framework::check;
use crate::framework::model::{IdTemplate, Limits, Model, Object};
use crate::framework::schema::{Attribute, IdentitySchema, Mode, Nesting, Schema, Shape};
use crate::framework::value::{Type, Value};

/// The attribute that Terraform shows as the object's id.
pub const ID: &str = "id";
/// The attribute that holds a resource's time limits.
pub const TIMEOUTS: &str = "timeouts";

/// An operation that has a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Making it.
    Create,
    /// Reading it, and data sources, lists and ephemeral resources.
    Read,
    /// Changing it.
    Update,
    /// Deleting it.
    Delete,
}

/// What the engine knows of a thing.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its type name.
    pub type_name: String,
    /// Its whole schema, `id` and `timeouts` included.
    pub schema: Schema,
    /// What names it for good.
    pub identity: Option<IdentitySchema>,
    /// Its import ids.
    pub ids: Vec<IdTemplate>,
    /// Its default time limits.
    pub limits: Limits,
}

impl Definition {
    /// A managed resource.
    pub fn resource<M: Model>() -> Self {
        let mut this = Self::plain::<M>();
        this.identity = M::identity_schema();
        this.schema.block.attributes.insert(0, id_attribute(&this.ids));
        this.schema.block.attributes.push(timeouts_attribute());
        this
    }

    /// Anything else.
    pub fn plain<M: Model>() -> Self {
        let meta = M::meta();
        Self {
            type_name: meta.type_name.to_owned(),
            schema: M::schema(),
            identity: None,
            ids: meta.ids.iter().map(|t| IdTemplate::new(t)).collect(),
            limits: meta.timeouts,
        }
    }

    /// The id of an object: unknown as long as something that it is made of is.
    pub(crate) fn render_id(&self, object: &Object) -> Value {
        self.ids.iter().map(|t| t.render(object)).find(|v| !v.is_null()).unwrap_or(Value::Null)
    }

    /// The identity of an object.
    pub(crate) fn identity_of(&self, object: &Object) -> Option<Value> {
        let schema = self.identity.as_ref()?;
        let pair = |a: &crate::framework::schema::IdentityAttribute| {
            (a.name.clone(), object.get(&a.name).cloned().unwrap_or(Value::Null))
        };
        Some(Value::Object(schema.attributes.iter().map(pair).collect()))
    }

    /// How long an operation may take.
    pub(crate) fn limit(&self, operation: Operation, object: &Object) -> Duration {
        let (name, default, fallback) = match operation {
            Operation::Create => ("create", self.limits.create, "20m"),
            Operation::Read => ("read", self.limits.read, "10m"),
            Operation::Update => ("update", self.limits.update, "20m"),
            Operation::Delete => ("delete", self.limits.delete, "20m"),
        };
        let configured = match object.get(TIMEOUTS) {
            Some(Value::Object(limits)) => limits.get(name).and_then(Value::as_str),
            _ => None,
        };
        let text = configured.or(default).unwrap_or(fallback);
        check::parse_duration(text).unwrap_or(Duration::from_secs(1200))
    }
}

fn id_attribute(ids: &[IdTemplate]) -> Attribute {
    let mut id = Attribute::new(ID, Shape::Plain(Type::String), Mode::Computed);
    let forms: Vec<String> = ids.iter().map(|t| format!("`{}`", t.describe())).collect();
    id.doc = format!("Its import id: {}.", forms.join(" or "));
    id
}

fn timeouts_attribute() -> Attribute {
    let limit = |name: &str, what: &str| {
        let mut limit = Attribute::new(name, Shape::Plain(Type::String), Mode::Optional);
        limit.doc = format!("How long {what} may take, such as `90s` or `10m`.");
        limit.checks.push(check::duration());
        limit
    };
    let limits = vec![
        limit("create", "creating it"),
        limit("read", "reading it"),
        limit("update", "changing it"),
        limit("delete", "deleting it"),
    ];
    let mut timeouts = Attribute::new(TIMEOUTS, Shape::Nested(Nesting::Single, limits), Mode::Optional);
    timeouts.doc = "Time limits of its operations, waiting and retries included.".to_owned();
    timeouts
}
