//! What the engine knows of a resource, data source and so on: the model's own declaration, and what the framework adds.

use std::time::Duration;

use crate::check;
use crate::model::{IdTemplate, Model, Object, Timeouts};
use crate::schema::{Attribute, IdentitySchema, Mode, Nesting, Schema, Shape};
use crate::value::{Type, Value};

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

impl Operation {
    /// Its attribute of `timeouts`.
    fn name(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Read => "read",
            Operation::Update => "update",
            Operation::Delete => "delete",
        }
    }

    /// How long it may take where the configuration does not say: as the model declares, else as for all.
    fn default_limit(self, limits: &Timeouts) -> &'static str {
        match self {
            Operation::Create => limits.create.unwrap_or("20m"),
            Operation::Read => limits.read.unwrap_or("10m"),
            Operation::Update => limits.update.unwrap_or("20m"),
            Operation::Delete => limits.delete.unwrap_or("20m"),
        }
    }
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
    pub limits: Timeouts,
    /// Heading under which the documentation's menu shows it; may be empty.
    pub subcategory: &'static str,
}

impl Definition {
    /// A managed resource.
    pub fn resource<M: Model>() -> Self {
        let mut this = Self::plain::<M>();
        this.identity = M::identity_schema();
        this.schema.block.attributes.insert(0, id_attribute(&this.ids));
        this.schema.block.attributes.push(timeouts_attribute(&this.limits));
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
            subcategory: meta.subcategory,
        }
    }

    /// The id of an object: unknown as long as something that it is made of is.
    pub(crate) fn render_id(&self, object: &Object) -> Value {
        self.ids.iter().map(|t| t.render(object)).find(|v| !v.is_null()).unwrap_or(Value::Null)
    }

    /// The identity of an object.
    pub(crate) fn identity_of(&self, object: &Object) -> Option<Value> {
        let schema = self.identity.as_ref()?;
        let pair = |a: &crate::schema::IdentityAttribute| {
            (a.name.clone(), object.get(&a.name).cloned().unwrap_or(Value::Null))
        };
        Some(Value::Object(schema.attributes.iter().map(pair).collect()))
    }

    /// How long an operation may take.
    pub(crate) fn limit(&self, operation: Operation, object: &Object) -> Duration {
        let configured = match object.get(TIMEOUTS) {
            Some(Value::Object(limits)) => limits.get(operation.name()).and_then(Value::as_str),
            _ => None,
        };
        let text = configured.unwrap_or_else(|| operation.default_limit(&self.limits));
        check::parse_duration(text).unwrap_or(Duration::from_secs(1200))
    }
}

fn id_attribute(ids: &[IdTemplate]) -> Attribute {
    let mut id = Attribute::new(ID, Shape::Plain(Type::String), Mode::Computed);
    let forms: Vec<String> = ids.iter().map(|t| format!("`{}`", t.describe())).collect();
    id.doc = format!("Its import id: {}.", forms.join(" or "));
    id
}

fn timeouts_attribute(limits: &Timeouts) -> Attribute {
    let limit = |operation: Operation, what: &str| {
        let mut limit = Attribute::new(operation.name(), Shape::Plain(Type::String), Mode::Optional);
        let default = operation.default_limit(limits);
        limit.doc = format!("How long {what} may take; `{default}` if it is not set.");
        limit.checks.push(check::duration());
        limit
    };
    let limits = vec![
        limit(Operation::Create, "creating it"),
        limit(Operation::Read, "reading it"),
        limit(Operation::Update, "changing it"),
        limit(Operation::Delete, "deleting it"),
    ];
    let mut timeouts = Attribute::new(TIMEOUTS, Shape::Nested(Nesting::Single, limits), Mode::Optional);
    timeouts.doc = "Time limits of its operations, waiting and retries included.".to_owned();
    timeouts
}
