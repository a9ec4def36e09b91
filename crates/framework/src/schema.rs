//! What a resource, data source, provider and so on look like to Terraform, and what the engine does with each attribute.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::engine::Private;
use super::path::Path;
use super::value::{Type, Value};

/// The shape of a value with named attributes, as of a version.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Of what is stored in state. Ours start at 1; 0 belongs to other providers' resources of the same type name.
    pub version: i64,
    /// Attributes and nested blocks.
    pub block: Block,
    /// What must hold between root attributes of a configuration.
    pub rules: Vec<Rule>,
}

/// What must hold between root attributes of a configuration. An unknown value breaks none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// One is set, and only one.
    ExactlyOneOf(Vec<String>),
    /// One or more are set.
    AtLeastOneOf(Vec<String>),
    /// At most one is set.
    Conflicting(Vec<String>),
    /// All are set, or none.
    Together(Vec<String>),
    /// When the first is set, so are the others.
    Requires(Vec<String>),
}

/// Attributes and nested blocks.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// In the order in which they were declared.
    pub attributes: Vec<Attribute>,
    /// Nested blocks. Ours have none; the engine knows them.
    pub blocks: Vec<NestedBlock>,
    /// Markdown.
    pub doc: String,
    /// Why not to use it any more, and what instead.
    pub deprecated: Option<String>,
}

/// A block inside a block.
#[derive(Debug, Clone)]
pub struct NestedBlock {
    /// Its keyword.
    pub name: String,
    /// How many there can be, and how they are told apart.
    pub nesting: BlockNesting,
    /// What is in it.
    pub block: Block,
    /// Least number of blocks.
    pub min_items: i64,
    /// Greatest number of blocks; 0 is no limit.
    pub max_items: i64,
}

/// How nested blocks are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockNesting {
    /// At most one; null when absent.
    Single,
    /// At most one; an object of nulls when absent.
    Group,
    /// In order.
    List,
    /// Without order.
    Set,
    /// By label.
    Map,
}

/// One attribute.
#[derive(Clone)]
pub struct Attribute {
    /// Lower case, digits, underscores.
    pub name: String,
    /// Markdown.
    pub doc: String,
    /// Its type.
    pub shape: Shape,
    /// Who sets it.
    pub mode: Mode,
    /// Hidden in Terraform's output.
    pub sensitive: bool,
    /// Never stored: null in plan and state.
    pub write_only: bool,
    /// Why not to use it any more, and what instead.
    pub deprecated: Option<String>,
    /// Why the server never returns it. Its drift cannot be seen.
    pub unread: Option<String>,
    /// What it is when the configuration does not say.
    pub default: Option<Value>,
    /// The same, where it depends on other arguments.
    pub computed_default: Option<ComputedDefault>,
    /// What a configured value must be like.
    pub checks: Vec<Check>,
    /// What planning does with it, in this order.
    pub modifiers: Vec<Modifier>,
    /// True when two different spellings mean the same.
    pub same: Option<Same>,
}

/// Works a default out of the whole configuration, which may hold unknown values; then the default may be unknown too. It must always
/// be the same for the same configuration.
pub type ComputedDefault = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

/// Tells whether two known values mean the same: the earlier one first.
pub type Same = fn(&Value, &Value) -> bool;

/// The type of an attribute.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A type without attributes of its own.
    Plain(Type),
    /// Objects whose attributes have meaning of their own.
    Nested(Nesting, Vec<Attribute>),
}

/// How nested objects are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// In order.
    List,
    /// Without order.
    Set,
    /// By key.
    Map,
}

/// Who sets an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The server, or the provider.
    Computed,
    /// The user may; else the server or the provider.
    OptionalComputed,
}

impl Mode {
    /// True when a configuration may set it.
    pub fn configurable(self) -> bool {
        self != Mode::Computed
    }

    /// True when the provider may set it where the configuration does not.
    pub fn computed(self) -> bool {
        matches!(self, Mode::Computed | Mode::OptionalComputed)
    }
}

/// What a configured, known value must be like.
#[derive(Clone)]
pub struct Check {
    /// For the documentation, as an English clause: "2 to 255 characters".
    pub what: String,
    /// `Err` says what is wrong and what would be right. It must not repeat a secret.
    pub test: Arc<dyn Fn(&Value) -> Result<(), String> + Send + Sync>,
}

/// What planning does with an attribute, outer attributes before inner ones.
#[derive(Clone)]
pub enum Modifier {
    /// An update keeps what is in state where the plan would say "unknown", null included.
    UseStateForUnknown,
    /// The same, but only where state is not null: for attributes of nested objects that may be new.
    UseNonNullStateForUnknown,
    /// An update keeps what is in state where the plan would say "unknown", unless one of these root attributes changes.
    UseStateUnlessChanged(Vec<String>),
    /// An update keeps what is in state, although something else is configured, when the function says that this is no change. Asked
    /// before anything else is planned, as for another spelling of the same.
    KeepStateIf(Arc<dyn Fn(&Modify<'_>) -> bool + Send + Sync>),
    /// A change replaces the resource.
    RequiresReplace,
    /// A change replaces the resource when the function says so.
    RequiresReplaceIf(Arc<dyn Fn(&Modify<'_>) -> bool + Send + Sync>),
    /// A change replaces the resource when the attribute is configured.
    RequiresReplaceIfConfigured,
    /// Anything else.
    Custom(Arc<dyn Fn(&mut Modify<'_>) + Send + Sync>),
}

/// What a modifier sees, and what it may change.
pub struct Modify<'a> {
    /// Where the attribute is.
    pub path: &'a Path,
    /// What the configuration says of it.
    pub config: &'a Value,
    /// What is in state.
    pub state: &'a Value,
    /// The whole configuration, state (null on create) and plan as it was before the modifiers.
    pub whole: Whole<'a>,
    /// What is planned so far.
    pub plan: Value,
    /// Whether the change replaces the resource.
    pub replace: bool,
    /// Private data of the resource, which the operation will find as the plan leaves it. It is state: no secret may be in it.
    pub private: Private,
    /// What there is to say.
    pub diagnostics: super::Diagnostics,
}

/// The values of the whole resource.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// The configuration.
    pub config: &'a Value,
    /// The state, null on create.
    pub state: &'a Value,
    /// The plan as it was before the modifiers.
    pub plan: &'a Value,
}

impl Schema {
    /// The type of a whole value.
    pub fn ty(&self) -> Type {
        self.block.ty()
    }
}

impl Block {
    /// The type of a whole value.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|a| (a.name.clone(), a.ty()));
        let blocks = self.blocks.iter().map(|b| (b.name.clone(), b.ty()));
        Type::Object(attributes.chain(blocks).collect())
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }
}

impl NestedBlock {
    /// The type of all blocks of this kind.
    pub fn ty(&self) -> Type {
        let element = Box::new(self.block.ty());
        match self.nesting {
            BlockNesting::Single | BlockNesting::Group => *element,
            BlockNesting::List => Type::List(element),
            BlockNesting::Set => Type::Set(element),
            BlockNesting::Map => Type::Map(element),
        }
    }
}

impl Attribute {
    /// An attribute with nothing special about it.
    pub fn new(name: &str, shape: Shape, mode: Mode) -> Self {
        Self {
            name: name.to_owned(),
            doc: String::new(),
            shape,
            mode,
            sensitive: false,
            write_only: false,
            deprecated: None,
            unread: None,
            default: None,
            computed_default: None,
            checks: Vec::new(),
            modifiers: Vec::new(),
            same: None,
        }
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        self.shape.ty()
    }

    /// True when the provider itself knows what it is without the user's word.
    pub fn has_default(&self) -> bool {
        self.default.is_some() || self.computed_default.is_some()
    }

    /// What it is when the configuration, given whole, does not say.
    pub fn default_in(&self, config: &Value) -> Option<Value> {
        match (&self.default, &self.computed_default) {
            (Some(default), _) => Some(default.clone()),
            (None, Some(compute)) => Some(compute(config)),
            (None, None) => None,
        }
    }
}

impl Shape {
    /// The type.
    pub fn ty(&self) -> Type {
        match self {
            Shape::Plain(ty) => ty.clone(),
            Shape::Nested(nesting, attributes) => {
                let element = Box::new(object_type(attributes));
                match nesting {
                    Nesting::Single => *element,
                    Nesting::List => Type::List(element),
                    Nesting::Set => Type::Set(element),
                    Nesting::Map => Type::Map(element),
                }
            }
        }
    }
}

/// The type of an object with these attributes.
pub fn object_type(attributes: &[Attribute]) -> Type {
    Type::Object(attributes.iter().map(|a| (a.name.clone(), a.ty())).collect::<BTreeMap<_, _>>())
}

/// What names a resource for good: attributes of primitive types.
#[derive(Debug, Clone, Default)]
pub struct IdentitySchema {
    /// Of what is stored in state.
    pub version: i64,
    /// In the order in which they were declared.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Debug, Clone)]
pub struct IdentityAttribute {
    /// Lower case, digits, underscores.
    pub name: String,
    /// A primitive, or a list of primitives.
    pub ty: Type,
    /// Markdown.
    pub doc: String,
    /// False: it may be left out when importing.
    pub required_for_import: bool,
}

impl IdentitySchema {
    /// The type of a whole identity.
    pub fn ty(&self) -> Type {
        Type::Object(self.attributes.iter().map(|a| (a.name.clone(), a.ty.clone())).collect())
    }
}

/// What a provider-defined function takes and gives.
#[derive(Debug, Clone)]
pub struct FunctionSchema {
    /// One line.
    pub summary: String,
    /// Markdown.
    pub doc: String,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// Takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

/// One parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// An identifier.
    pub name: String,
    /// Markdown.
    pub doc: String,
    /// Its type.
    pub ty: Type,
    /// Null may be passed.
    pub allow_null: bool,
    /// Unknown values may be passed; else Terraform answers for the function.
    pub allow_unknown: bool,
    /// What an argument must be like that is known and not null.
    pub checks: Vec<Check>,
}

impl Parameter {
    /// A parameter that takes a known text.
    pub fn text(name: &str, doc: &str) -> Self {
        Self {
            name: name.to_owned(),
            doc: doc.to_owned(),
            ty: Type::String,
            allow_null: false,
            allow_unknown: false,
            checks: Vec::new(),
        }
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute")
            .field("name", &self.name)
            .field("shape", &self.shape)
            .field("mode", &self.mode)
            .field("sensitive", &self.sensitive)
            .field("write_only", &self.write_only)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.what).finish()
    }
}
