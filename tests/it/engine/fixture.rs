//! A resource made of a schema and closures, for tests of the engine: its server is a value in memory.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use terraform_framework::author::{Context, Error, MoveFrom, Offers, Report, Result, Upgrade};
use terraform_framework::engine::Definition;
use terraform_framework::engine::erased::{AnyResource, PlanAsk, PlanEdits};
use terraform_framework::model::{IdTemplate, Timeouts};
use terraform_framework::schema::{Attribute, Block, IdentityAttribute, IdentitySchema, Mode, Nesting, Schema, Shape};
use terraform_framework::value::{Type, Value};
use terraform_framework::{Engine, Object};

use crate::core::Core;

type Server = Arc<dyn Fn(&mut Context<()>, Object) -> Result<Object> + Send + Sync>;

/// How a state of another type is taken over.
type Convert = fn(Object) -> std::result::Result<Option<Object>, String>;

/// The resource `test_thing`.
#[derive(Clone)]
pub struct Thing {
    pub definition: Definition,
    /// What the server makes of what it is sent.
    pub server: Server,
    /// What the server holds now; `None`: nothing.
    pub held: Arc<Mutex<Option<Object>>>,
    pub plan: Arc<dyn Fn(&PlanAsk<'_>) -> PlanEdits + Send + Sync>,
    pub validate: Arc<dyn Fn(&Object, &mut Report) + Send + Sync>,
    pub upgrades: Vec<(i64, fn(Object) -> std::result::Result<Object, String>)>,
    pub moves: Vec<(&'static str, Convert)>,
    /// The last of what was sent to the server.
    pub sent: Arc<Mutex<Option<Object>>>,
}

/// An attribute of a plain type.
pub fn plain(name: &str, ty: Type, mode: Mode) -> Attribute {
    let mut attribute = Attribute::new(name, Shape::Plain(ty), mode);
    attribute.doc = format!("The {name}.");
    attribute
}

/// A text attribute.
pub fn string(name: &str, mode: Mode) -> Attribute {
    plain(name, Type::String, mode)
}

/// An attribute of nested objects.
pub fn nested(name: &str, nesting: Nesting, attributes: Vec<Attribute>, mode: Mode) -> Attribute {
    let mut attribute = Attribute::new(name, Shape::Nested(nesting, attributes), mode);
    attribute.doc = format!("The {name}.");
    attribute
}

impl Thing {
    /// With `name` (required), `id`, and these attributes. The server answers each computed attribute that it is not sent with
    /// the text "server".
    pub fn new(mut attributes: Vec<Attribute>) -> Self {
        attributes.insert(0, string("name", Mode::Required));
        attributes.insert(0, string("id", Mode::Computed));
        let schema = Schema { version: 1, block: Block { attributes, ..Block::default() }, rules: Vec::new() };
        let name = IdentityAttribute {
            name: "name".into(),
            ty: Type::String,
            doc: "The name.".into(),
            required_for_import: true,
        };
        let definition = Definition {
            type_name: "test_thing".to_owned(),
            schema: schema.clone(),
            identity: Some(IdentitySchema { version: 1, attributes: vec![name] }),
            ids: vec![IdTemplate::new("{name}")],
            limits: Timeouts::default(),
            subcategory: "",
        };
        let server = move |_: &mut Context<()>, mut object: Object| {
            for value in object.values_mut().filter(|v| v.is_unknown()) {
                *value = Value::from("server");
            }
            Ok(object)
        };
        Self {
            definition,
            server: Arc::new(server),
            held: Arc::default(),
            plan: Arc::new(|_| PlanEdits::default()),
            validate: Arc::new(|_, _| {}),
            upgrades: Vec::new(),
            moves: Vec::new(),
            sent: Arc::default(),
        }
    }

    /// With a server of another behaviour.
    pub fn served_by(
        mut self,
        server: impl Fn(&mut Context<()>, Object) -> Result<Object> + Send + Sync + 'static,
    ) -> Self {
        self.server = Arc::new(server);
        self
    }

    /// A provider with this resource, and Terraform in front of it.
    pub async fn core(&self) -> Core {
        Core::start(self.engine(), serde_json::json!({})).await
    }

    /// A provider with this resource.
    pub fn engine(&self) -> Arc<Engine<()>> {
        let mut offers = Offers::default();
        offers.push_resource(Arc::new(self.clone()));
        Arc::new(Engine::new(Schema::default(), Box::new(|_, _| Ok(())), Box::new(|_, _| {}), offers))
    }

    /// Changes what the server holds, behind everybody's back.
    pub fn drift(&self, name: &str, value: impl Into<Value>) {
        let mut held = self.held.lock().unwrap();
        held.as_mut().unwrap().insert(name.to_owned(), value.into());
    }

    fn store(&self, cx: &mut Context<()>, object: Object) -> Result<Object> {
        *self.sent.lock().unwrap() = Some(object.clone());
        let made = (self.server)(cx, object)?;
        *self.held.lock().unwrap() = Some(made.clone());
        Ok(made)
    }
}

#[async_trait]
impl AnyResource<()> for Thing {
    fn definition(&self) -> Definition {
        self.definition.clone()
    }

    fn validate(&self, config: &Object, report: &mut Report) {
        (self.validate)(config, report);
    }

    fn plan(&self, ask: &PlanAsk<'_>) -> PlanEdits {
        (self.plan)(ask)
    }

    async fn create(&self, cx: &mut Context<()>, plan: Object) -> Result<Object> {
        self.store(cx, plan)
    }

    async fn read(&self, _: &mut Context<()>, state: Object) -> Result<Option<Object>> {
        let held = self.held.lock().unwrap().clone();
        Ok(held.map(|held| {
            let mut all = state;
            all.extend(held);
            all
        }))
    }

    async fn update(&self, cx: &mut Context<()>, _: Object, plan: Object) -> Result<Object> {
        self.store(cx, plan)
    }

    async fn delete(&self, _: &mut Context<()>, _: Object) -> Result<()> {
        match self.held.lock().unwrap().take() {
            Some(_) => Ok(()),
            None => Err(Error::new("Cannot delete", "It is gone already.")),
        }
    }

    fn upgrades(&self) -> Vec<Upgrade> {
        self.upgrades.iter().map(|&(from, upgrade)| Upgrade { from, upgrade }).collect()
    }

    fn moves(&self) -> Vec<MoveFrom> {
        self.moves.iter().map(|&(type_name, convert)| MoveFrom { type_name, provider: "", convert }).collect()
    }
}
