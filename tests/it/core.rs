//! A small model of Terraform's core: it drives a provider through its calls as Terraform does, and applies Terraform's rules to
//! every answer. What breaks a rule fails the test at once, with the attribute and the rule.

mod other_kinds;

use std::sync::Arc;

use terraform_framework::rules::{self, IdentityStage, Violation};
use terraform_framework::schema::{IdentitySchema, Schema};
use terraform_framework::server::*;
use terraform_framework::value::{Type, Value, json};
use terraform_framework::{Diagnostics, Path};

/// Terraform with one provider.
pub struct Core {
    serve: Arc<dyn Serve>,
    schema: Arc<ProviderSchema>,
    /// What this Terraform understands.
    pub capabilities: ClientCapabilities,
}

/// An object in the state.
#[derive(Clone, Debug)]
pub struct Instance {
    pub type_name: String,
    pub state: Value,
    pub private: Vec<u8>,
    pub identity: Option<Value>,
    pub tainted: bool,
}

/// What Terraform would show.
#[derive(Clone, Debug)]
pub struct Plan {
    pub type_name: String,
    pub action: Action,
    pub prior: Option<Instance>,
    pub config: Value,
    pub planned: Value,
    pub replace: Vec<Path>,
    pub private: Vec<u8>,
    pub identity: Option<Value>,
    pub diagnostics: Diagnostics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    Replace,
    Delete,
    Nothing,
}

/// What applying left behind.
#[derive(Clone, Debug)]
pub struct Applied {
    pub instance: Option<Instance>,
    pub diagnostics: Diagnostics,
}

impl Applied {
    /// The object, when all went well.
    #[track_caller]
    pub fn unwrap(self) -> Instance {
        assert!(!self.diagnostics.has_errors(), "{}", text(&self.diagnostics));
        self.instance.expect("applying left nothing behind")
    }
}

/// Diagnostics as text.
pub fn text(diagnostics: &Diagnostics) -> String {
    let line = |d: &terraform_framework::Diagnostic| {
        let at = d.path.as_ref().map(|p| format!(" at {p}")).unwrap_or_default();
        format!("{:?}{at}: {}\n{}", d.severity, d.summary, d.detail)
    };
    diagnostics.0.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn obeys(what: &str, violations: Vec<Violation>) {
    let lines: Vec<String> = violations.iter().map(|v| format!("{}: {}", v.path, v.rule)).collect();
    assert!(lines.is_empty(), "{what} breaks Terraform's rules: {}", lines.join("; "));
}

fn encode(value: &Value, schema: &Schema) -> Encoded {
    Encoded::of(value, &schema.ty()).expect("a value of the schema's type")
}

fn decode(value: &Encoded, schema: &Schema) -> Value {
    value.decode(&schema.ty()).expect("an answer of the schema's type")
}

/// The schemas of a provider, which obey Terraform's rules.
#[track_caller]
pub fn checked_schema(serve: &Arc<dyn Serve>) -> Arc<ProviderSchema> {
    let schema = serve.schema().expect("a schema");
    let problems = rules::check_schema(&schema);
    assert!(problems.is_empty(), "{problems:#?}");
    schema
}

impl Core {
    /// Starts a provider with a provider block, given as JSON.
    pub async fn start(serve: Arc<dyn Serve>, block: serde_json::Value) -> Self {
        let core = Self::unconfigured(serve);
        let diagnostics = core.configure(block).await;
        assert!(!diagnostics.has_errors(), "{}", text(&diagnostics));
        core
    }

    /// Starts a provider that is not configured yet.
    pub fn unconfigured(serve: Arc<dyn Serve>) -> Self {
        let schema = checked_schema(&serve);
        Self::with_schema(serve, schema)
    }

    /// The same of one whose schemas are known already: to build and to check them takes longer than most commands.
    pub fn with_schema(serve: Arc<dyn Serve>, schema: Arc<ProviderSchema>) -> Self {
        let capabilities = ClientCapabilities { write_only_attributes_allowed: true, ..ClientCapabilities::default() };
        Self { serve, schema, capabilities }
    }

    /// Sends the provider block.
    pub async fn configure(&self, block: serde_json::Value) -> Diagnostics {
        let config = encode(&config(&self.schema.provider, block), &self.schema.provider);
        let diagnostics = self.serve.validate(Kind::Provider, "", config.clone(), self.capabilities).await;
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let request = ConfigureRequest { terraform_version: "1.15.5".into(), config, capabilities: self.capabilities };
        self.serve.configure(request).await
    }

    /// The provider's calls themselves.
    pub fn serve(&self) -> &Arc<dyn Serve> {
        &self.serve
    }

    /// All schemas.
    pub fn schemas(&self) -> &ProviderSchema {
        &self.schema
    }

    /// A resource's schema.
    pub fn schema(&self, type_name: &str) -> &Schema {
        self.schema.resources.get(type_name).unwrap_or_else(|| panic!("no resource {type_name}"))
    }

    fn identity_schema(&self, type_name: &str) -> Option<&IdentitySchema> {
        self.schema.identities.get(type_name)
    }

    fn identity(&self, type_name: &str, encoded: Option<&Encoded>) -> Option<Value> {
        let schema = self.identity_schema(type_name);
        assert!(encoded.is_none() || schema.is_some(), "an identity without a schema");
        encoded.zip(schema).map(|(e, s)| e.decode(&s.ty()).expect("an identity of its type"))
    }

    fn encode_identity(&self, type_name: &str, identity: Option<&Value>) -> Option<Encoded> {
        identity.zip(self.identity_schema(type_name)).map(|(v, s)| Encoded::of(v, &s.ty()).expect("an identity"))
    }

    /// Checks a resource's configuration.
    pub async fn validate(&self, type_name: &str, configuration: &Value) -> Diagnostics {
        let encoded = encode(configuration, self.schema(type_name));
        self.serve.validate(Kind::Resource, type_name, encoded, self.capabilities).await
    }

    /// Plans a configuration, given as JSON; see [`config`].
    pub async fn plan(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        json: serde_json::Value,
    ) -> Result<Plan, Diagnostics> {
        let configuration = config(self.schema(type_name), json);
        self.plan_value(type_name, prior, configuration).await
    }

    /// Plans a configuration.
    pub async fn plan_value(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        configuration: Value,
    ) -> Result<Plan, Diagnostics> {
        let diagnostics = self.validate(type_name, &configuration).await;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let alive = prior.filter(|p| !p.tainted);
        let mut plan = self.ask(type_name, alive, alive, configuration.clone()).await?;
        let replaces = plan.replace.iter().any(|path| {
            let before = alive.and_then(|p| p.state.get(path));
            before != plan.planned.get(path)
        });
        plan.action = match alive {
            None if prior.is_some() => Action::Replace,
            None => Action::Create,
            Some(_) if replaces => Action::Replace,
            Some(prior) if prior.state == plan.planned => Action::Nothing,
            Some(_) => Action::Update,
        };
        if plan.action == Action::Replace && alive.is_some() {
            let said = plan.diagnostics.clone();
            let replace = plan.replace.clone();
            // Private data are those of the first plan.
            let carried = alive.map(|alive| Instance { private: plan.private.clone(), ..alive.clone() });
            plan = self.ask(type_name, None, carried.as_ref(), configuration).await?;
            plan.action = Action::Replace;
            plan.replace = replace;
            plan.diagnostics.0.splice(0..0, said.0);
        }
        plan.prior = prior.cloned();
        Ok(plan)
    }

    /// One call: what is there now, and whose private data and identity go along.
    async fn ask(
        &self,
        type_name: &str,
        prior: Option<&Instance>,
        carried: Option<&Instance>,
        configuration: Value,
    ) -> Result<Plan, Diagnostics> {
        let schema = self.schema(type_name);
        let before = prior.map_or(Value::Null, |p| p.state.clone());
        let request = PlanRequest {
            type_name: type_name.to_owned(),
            prior_state: encode(&before, schema),
            proposed_new_state: encode(&rules::proposed_new(schema, &before, &configuration), schema),
            config: encode(&configuration, schema),
            prior_private: carried.map(|p| p.private.clone()).unwrap_or_default(),
            planned_private: Vec::new(),
            prior_identity: self.encode_identity(type_name, carried.and_then(|p| p.identity.as_ref())),
            capabilities: self.capabilities,
        };
        let answer = self.serve.plan(request).await;
        if answer.diagnostics.has_errors() {
            return Err(answer.diagnostics);
        }
        let planned = decode(&answer.planned_state, schema);
        obeys("the plan", rules::check_plan(schema, &before, &configuration, &planned, &answer.requires_replace));
        let identity = self.identity(type_name, answer.planned_identity.as_ref());
        let may_be_unknown = prior.is_none() || !answer.requires_replace.is_empty();
        let stage = if may_be_unknown { IdentityStage::PlannedNew } else { IdentityStage::Planned };
        obeys("the planned identity", rules::check_identity(self.identity_schema(type_name), identity.as_ref(), stage));
        Ok(Plan {
            type_name: type_name.to_owned(),
            action: Action::Nothing,
            prior: None,
            config: configuration,
            planned,
            replace: answer.requires_replace,
            private: answer.planned_private,
            identity,
            diagnostics: answer.diagnostics,
        })
    }

    /// Plans a destruction.
    pub async fn plan_destroy(&self, prior: &Instance) -> Result<Plan, Diagnostics> {
        let schema = self.schema(&prior.type_name);
        let null = encode(&Value::Null, schema);
        let request = PlanRequest {
            type_name: prior.type_name.clone(),
            prior_state: encode(&prior.state, schema),
            proposed_new_state: null.clone(),
            config: null,
            prior_private: prior.private.clone(),
            prior_identity: self.encode_identity(&prior.type_name, prior.identity.as_ref()),
            capabilities: self.capabilities,
            ..PlanRequest::default()
        };
        let answer = self.serve.plan(request).await;
        if answer.diagnostics.has_errors() {
            return Err(answer.diagnostics);
        }
        assert!(decode(&answer.planned_state, schema).is_null(), "a destruction plans something");
        Ok(Plan {
            type_name: prior.type_name.clone(),
            action: Action::Delete,
            prior: Some(prior.clone()),
            config: Value::Null,
            planned: Value::Null,
            replace: Vec::new(),
            private: answer.planned_private,
            identity: prior.identity.clone(),
            diagnostics: answer.diagnostics,
        })
    }

    /// Plans again with what has become known since, as Terraform does before it applies, and holds the second plan against the
    /// first.
    pub async fn finish_plan(&self, first: &Plan, json: serde_json::Value) -> Result<Plan, Diagnostics> {
        let second = self.plan(&first.type_name, first.prior.as_ref(), json).await?;
        let before = first.prior.as_ref().map_or(Value::Null, |p| p.state.clone());
        let schema = self.schema(&first.type_name);
        obeys("the second plan", rules::check_replanned(schema, &before, &first.planned, &second.planned));
        Ok(second)
    }

    /// Applies a plan; a replacement destroys first.
    pub async fn apply(&self, plan: Plan) -> Applied {
        match plan.action {
            Action::Nothing => Applied { instance: plan.prior, diagnostics: plan.diagnostics },
            Action::Replace => {
                let prior = plan.prior.clone().expect("a replacement replaces something");
                let gone = match self.plan_destroy(&prior).await {
                    Ok(destroy) => self.change(&destroy, Some(&prior)).await,
                    Err(diagnostics) => Applied { instance: Some(prior), diagnostics },
                };
                if gone.diagnostics.has_errors() {
                    return gone;
                }
                self.change(&plan, None).await
            }
            Action::Create => self.change(&plan, None).await,
            Action::Update | Action::Delete => self.change(&plan, plan.prior.as_ref()).await,
        }
    }

    async fn change(&self, plan: &Plan, prior: Option<&Instance>) -> Applied {
        let schema = self.schema(&plan.type_name);
        let request = ApplyRequest {
            type_name: plan.type_name.clone(),
            prior_state: encode(&prior.map_or(Value::Null, |p| p.state.clone()), schema),
            planned_state: encode(&plan.planned, schema),
            config: encode(&plan.config, schema),
            planned_private: plan.private.clone(),
            planned_identity: self.encode_identity(&plan.type_name, plan.identity.as_ref()),
        };
        let answer = self.serve.apply(request).await;
        let state = decode(&answer.new_state, schema);
        let failed = answer.diagnostics.has_errors();
        obeys("the new state", rules::check_state(schema, &state));
        if !failed {
            assert_eq!(plan.planned.is_null(), state.is_null(), "absence after apply is not as planned");
            obeys("the result", rules::check_applied(schema, &plan.planned, &state));
        }
        let instance = match (state.is_null(), failed) {
            (true, true) => prior.cloned(),
            (true, false) => None,
            (false, _) => {
                let identity = self.identity(&plan.type_name, answer.new_identity.as_ref());
                if !failed {
                    let made = IdentityStage::Final;
                    obeys(
                        "the identity",
                        rules::check_identity(self.identity_schema(&plan.type_name), identity.as_ref(), made),
                    );
                }
                let tainted = failed && prior.is_none();
                let (type_name, private) = (plan.type_name.clone(), answer.private);
                Some(Instance { type_name, state, private, identity, tainted })
            }
        };
        Applied { instance, diagnostics: answer.diagnostics }
    }

    /// Plans and applies a configuration.
    pub async fn run(&self, type_name: &str, prior: Option<&Instance>, json: serde_json::Value) -> Applied {
        match self.plan(type_name, prior, json).await {
            Ok(plan) => self.apply(plan).await,
            Err(diagnostics) => Applied { instance: prior.cloned(), diagnostics },
        }
    }

    /// Destroys an object.
    pub async fn destroy(&self, instance: &Instance) -> Applied {
        match self.plan_destroy(instance).await {
            Ok(plan) => self.apply(plan).await,
            Err(diagnostics) => Applied { instance: Some(instance.clone()), diagnostics },
        }
    }

    /// What is said when an object is read again.
    pub async fn says_of(&self, instance: &Instance) -> Diagnostics {
        self.read(instance).await.diagnostics
    }

    async fn read(&self, instance: &Instance) -> ReadResponse {
        let schema = self.schema(&instance.type_name);
        let stored =
            Encoded { json: json::encode(&instance.state, &schema.ty()).expect("a known state"), ..Encoded::default() };
        let raw = RawState { json: stored.json, flatmap: false };
        let (current, diagnostics) = self.serve.upgrade_state(&instance.type_name, schema.version, raw).await;
        assert!(!diagnostics.has_errors(), "{}", text(&diagnostics));
        let request = ReadRequest {
            type_name: instance.type_name.clone(),
            current_state: current,
            private: instance.private.clone(),
            current_identity: self.encode_identity(&instance.type_name, instance.identity.as_ref()),
            capabilities: self.capabilities,
        };
        self.serve.read(request).await
    }

    /// Reads an object again, as before every plan; `None` when it is gone.
    pub async fn refresh(&self, instance: &Instance) -> Result<Option<Instance>, Diagnostics> {
        let schema = self.schema(&instance.type_name);
        let answer = self.read(instance).await;
        if answer.diagnostics.has_errors() {
            return Err(answer.diagnostics);
        }
        let state = decode(&answer.new_state, schema);
        if state.is_null() {
            return Ok(None);
        }
        obeys("the state", rules::check_state(schema, &state));
        let identity = self.identity(&instance.type_name, answer.new_identity.as_ref());
        let made = IdentityStage::Final;
        obeys(
            "the identity",
            rules::check_identity(self.identity_schema(&instance.type_name), identity.as_ref(), made),
        );
        let type_name = instance.type_name.clone();
        Ok(Some(Instance { type_name, state, private: answer.private, identity, tainted: instance.tainted }))
    }

    /// Imports by id, or with an empty id by identity, and reads what was imported.
    pub async fn import(&self, type_name: &str, id: &str, identity: Option<&Value>) -> Result<Instance, Diagnostics> {
        let request = ImportRequest {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            identity: self.encode_identity(type_name, identity),
            capabilities: self.capabilities,
        };
        let answer = self.serve.import(request).await;
        if answer.diagnostics.has_errors() {
            return Err(answer.diagnostics);
        }
        let imported = answer.imported.expect("one imported resource");
        let stub = Instance {
            type_name: imported.type_name,
            state: decode(&imported.state, self.schema(type_name)),
            private: imported.private,
            identity: self.identity(type_name, imported.identity.as_ref()),
            tainted: false,
        };
        let missing = || terraform_framework::Diagnostic::error("Cannot import non-existent remote object", id);
        self.refresh(&stub).await?.ok_or_else(|| missing().into())
    }
}

/// The text that stands for a value that is not known yet in a configuration given as JSON.
pub const UNKNOWN: &str = "${unknown}";

/// A configuration out of JSON: attributes that are left out are null, [`UNKNOWN`] is not known yet.
pub fn config(schema: &Schema, json: serde_json::Value) -> Value {
    build(json, &schema.ty())
}

fn build(json: serde_json::Value, ty: &Type) -> Value {
    use serde_json::Value as Json;
    match (json, ty) {
        (Json::String(text), _) if text == UNKNOWN => Value::unknown(),
        (Json::Object(mut map), Type::Object(attributes)) => {
            let each = |(name, ty): (&String, &Type)| (name.clone(), build(map.remove(name).unwrap_or_default(), ty));
            let object = attributes.iter().map(each).collect();
            assert!(map.is_empty(), "no such attributes: {:?}", map.keys().collect::<Vec<_>>());
            Value::Object(object)
        }
        (Json::Object(map), Type::Map(ty)) => Value::Map(map.into_iter().map(|(k, v)| (k, build(v, ty))).collect()),
        (Json::Array(items), Type::List(ty)) => Value::List(items.into_iter().map(|v| build(v, ty)).collect()),
        (Json::Array(items), Type::Set(ty)) => Value::Set(items.into_iter().map(|v| build(v, ty)).collect()),
        (leaf, ty) => {
            let bytes = serde_json::to_vec(&leaf).expect("JSON");
            json::decode(&bytes, ty).unwrap_or_else(|e| panic!("{e}"))
        }
    }
}
