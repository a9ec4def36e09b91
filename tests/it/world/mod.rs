//! A world for a provider: a simulator, and Terraform commands against it, in this process or through a real executable.

pub(crate) mod events;
pub(crate) mod inspect;
pub(crate) mod remote;
pub(crate) mod shape;
pub(crate) mod table;
pub(crate) mod witness;

use std::sync::{Arc, OnceLock};

use registry_simulator::{NewImage, Options, Simulator};
use serde_json::{Value as Json, json};
use terraform_framework::server::{ProviderSchema, Serve};
use terraform_framework::value::Value;
use terraform_framework::{Diagnostics, Path};
use tokio::sync::OnceCell;
use {registry_harbor as harbor, registry_quay as quay, registry_saagie as saagie};

use crate::core::{Action, Applied, Core, Instance, Plan, checked_schema, text};
use crate::plugin::client::Client;
use crate::plugin::process::{Serving, Start};
use remote::Remote;
use table::{CLIENT, Case, HOST, PROJECT};
use witness::Witness;

/// A provider with its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Quay,
    Harbor,
    Saagie,
}

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::Quay, Self::Harbor, Self::Saagie];

    /// What its types begin with.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Quay => "quay",
            Self::Harbor => "harbor",
            Self::Saagie => "saagie",
        }
    }

    pub(crate) fn serve(self) -> Arc<dyn Serve> {
        match self {
            Self::Quay => quay::provider(),
            Self::Harbor => harbor::provider(),
            Self::Saagie => saagie::provider(),
        }
    }

    /// Its schemas, which are the same in all its processes.
    fn schema(self) -> Arc<ProviderSchema> {
        static SCHEMAS: [OnceLock<Arc<ProviderSchema>>; 3] = [const { OnceLock::new() }; 3];
        let place = Self::ALL.iter().position(|service| *service == self).expect("one of all");
        Arc::clone(SCHEMAS[place].get_or_init(|| checked_schema(&self.serve())))
    }

    fn executable(self) -> &'static str {
        match self {
            Self::Quay => env!("CARGO_BIN_EXE_terraform-provider-quay"),
            Self::Harbor => env!("CARGO_BIN_EXE_terraform-provider-harbor"),
            Self::Saagie => env!("CARGO_BIN_EXE_terraform-provider-saagie"),
        }
    }

    /// The provider block that reaches a simulator, without pauses between attempts.
    pub(crate) fn block(self, simulator: &Simulator) -> Json {
        let it = simulator.credentials();
        let own = match self {
            Self::Quay => json!({ "token": it.quay_token, "poll_interval": "1ms" }),
            Self::Harbor => json!({ "username": it.harbor_username, "password": it.harbor_password }),
            Self::Saagie => json!({
                "username": it.saagie_username, "password": it.saagie_password, "realm": it.saagie_realm,
                "platform_id": it.saagie_platform_id,
            }),
        };
        let common = json!({ "url": simulator.url(), "retry_wait_min": "1ms", "retry_wait_max": "2ms" });
        merged(common, own)
    }
}

/// The members of both; the second one's count.
pub(crate) fn merged(mut first: Json, second: Json) -> Json {
    let second = second.as_object().cloned().expect("an object");
    first.as_object_mut().expect("an object").extend(second);
    first
}

/// Where the provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Through {
    /// In this process, without gRPC.
    Calls,
    /// In a process of its own, as Terraform starts it; all commands of a world go to the same one.
    Grpc,
}

/// A server and all that was seen of it.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) service: Service,
    pub(crate) through: Through,
    pub(crate) witness: Witness,
    process: OnceCell<(Serving, Client)>,
}

impl World {
    pub(crate) fn new(service: Service, through: Through) -> Self {
        Self::with(service, through, Options::default())
    }

    pub(crate) fn with(service: Service, through: Through, options: Options) -> Self {
        let simulator = Simulator::start(options).expect("the simulator starts");
        // For teams that follow groups of a directory.
        let directory = json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "LDAP" } } });
        simulator.edit(directory).expect("a setting of Quay");
        let witness = Witness::default();
        witness.learn(&simulator.dump());
        Self { simulator, service, through, witness, process: OnceCell::new() }
    }

    /// All that the server holds, comparable.
    pub(crate) fn shape(&self) -> Json {
        shape::shape(&self.simulator.dump())
    }

    /// Puts a dump back, and takes all faults away.
    pub(crate) fn restore(&self, dump: &Json) {
        self.simulator.clear_faults();
        self.simulator.edit(json!([{ "op": "replace", "path": "", "value": dump }])).expect("its own dump");
    }

    /// A configuration as the table has it, for this server.
    pub(crate) fn configuration(&self, config: &Json) -> Json {
        let dump = self.simulator.dump();
        let client = dump.pointer("/quay/organizations/acme/applications/0/client_id").and_then(Json::as_str);
        let text = config.to_string().replace(PROJECT, &self.simulator.credentials().saagie_project_id);
        let text = text.replace(CLIENT, client.unwrap_or_default());
        let host = self.simulator.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let text = text.replace(HOST, &host);
        serde_json::from_str(&with_digests(text, &dump)).expect("JSON")
    }

    /// Begins a command of Terraform's: the provider is new, and configured for the server.
    pub(crate) async fn command(&self) -> Command<'_> {
        self.command_with(json!({})).await
    }

    /// The same with some settings more.
    pub(crate) async fn command_with(&self, settings: Json) -> Command<'_> {
        let command = self.unconfigured().await;
        let said = command.core.configure(merged(self.service.block(&self.simulator), settings)).await;
        assert!(!said.has_errors(), "{}", text(&said));
        command
    }

    /// A command whose provider was not configured yet.
    pub(crate) async fn unconfigured(&self) -> Command<'_> {
        let schema = self.service.schema();
        let core = match self.through {
            Through::Calls => Core::with_schema(self.service.serve(), schema),
            Through::Grpc => {
                let (_, client) = self.process.get_or_init(|| self.start()).await;
                let remote = Remote { client: client.clone(), schema: Arc::clone(&schema) };
                Core::with_schema(Arc::new(remote), schema)
            }
        };
        Command { world: self, core, stores: Vec::new() }
    }

    async fn start(&self) -> (Serving, Client) {
        let serving = Start::terraform(self.service.executable()).env("TF_LOG", "TRACE").serve();
        let client = serving.connect().await;
        (serving, client)
    }

    /// Ends the process, if there is one; what it logged is witnessed.
    pub(crate) async fn end_process(&mut self) {
        if let Some((serving, client)) = self.process.take() {
            let ended = serving.shut_down(&client).await;
            self.witness.see("the log at TRACE", ended.stderr);
            self.witness.see("standard output", ended.stdout);
        }
    }

    /// Pushes images.
    pub(crate) fn push(&self, images: &[NewImage]) {
        for image in images {
            self.simulator.push(image.clone()).expect("the image can be pushed");
        }
    }

    /// Makes what a case needs before it begins.
    pub(crate) async fn prepare(&self, case: &Case) {
        if !case.there.is_null() {
            self.simulator.edit(case.there.clone()).expect("a patch that applies");
        }
        let command = self.command().await;
        for (type_name, config) in &case.before {
            command.core.run(type_name, None, self.configuration(config)).await.unwrap();
        }
        command.end();
        self.push(&case.images);
    }
}

/// Digests in the place of `${image:TAG}`, what a tag of acme/app points to, and `${was:TAG}`, what it pointed to before.
fn with_digests(text: String, dump: &Json) -> String {
    let app = &dump["quay"]["repositories"]["acme/app"];
    let put = |text: String, what: &str, tag: &Json| match (tag["name"].as_str(), tag["manifest_digest"].as_str()) {
        (Some(name), Some(digest)) => text.replace(&format!("${{{what}:{name}}}"), digest),
        _ => text,
    };
    let now = app["tags"].as_object().into_iter().flatten();
    let text = now.fold(text, |text, (_, tag)| put(text, "image", tag));
    let was = app["images"]["history"].as_array().into_iter().flatten();
    was.fold(text, |text, tag| put(text, "was", tag))
}

/// One command of Terraform's, such as `terraform apply`. All that it shows or stores is witnessed.
pub(crate) struct Command<'w> {
    world: &'w World,
    pub(crate) core: Core,
    /// Attributes in which secrets were asked for.
    stores: Vec<&'static str>,
}

impl Command<'_> {
    /// For configurations that ask for secrets in these attributes.
    pub(crate) fn storing(mut self, stores: &[&'static str]) -> Self {
        self.stores = stores.to_vec();
        self
    }

    pub(crate) async fn refresh(&self, instance: &Instance) -> Result<Option<Instance>, Diagnostics> {
        let read = self.core.refresh(instance).await;
        match &read {
            Ok(Some(instance)) => self.see_instance("a refreshed state", instance),
            Ok(None) => {}
            Err(diagnostics) => self.see_diagnostics(diagnostics),
        }
        read
    }

    pub(crate) async fn plan(&self, kind: &str, prior: Option<&Instance>, config: Json) -> Result<Plan, Diagnostics> {
        let plan = self.core.plan(kind, prior, config).await;
        match &plan {
            Ok(plan) => {
                self.see_diagnostics(&plan.diagnostics);
                self.see_value("a plan", &plan.planned);
                self.see_value("a planned identity", plan.identity.as_ref().unwrap_or(&Value::Null));
                self.see_bytes("planned private data", &plan.private);
            }
            Err(diagnostics) => self.see_diagnostics(diagnostics),
        }
        plan
    }

    /// Plans and applies; without a configuration, destroys. Refreshes first.
    pub(crate) async fn apply(&self, kind: &str, prior: Option<&Instance>, config: Option<Json>) -> Applied {
        let prior = match prior {
            None => None,
            Some(instance) => match self.refresh(instance).await {
                Ok(read) => read,
                Err(diagnostics) => return Applied { instance: Some(instance.clone()), diagnostics },
            },
        };
        let applied = match (config, prior) {
            (None, None) => Applied { instance: None, diagnostics: Diagnostics::default() },
            (None, Some(instance)) => self.core.destroy(&instance).await,
            (Some(config), prior) => match self.plan(kind, prior.as_ref(), config).await {
                Ok(plan) => self.core.apply(plan).await,
                Err(diagnostics) => Applied { instance: prior, diagnostics },
            },
        };
        self.see_diagnostics(&applied.diagnostics);
        if let Some(instance) = &applied.instance {
            self.see_instance("a state", instance);
        }
        self.world.witness.learn(&self.world.simulator.dump());
        applied
    }

    /// Whether a configuration changes nothing; why not, otherwise.
    pub(crate) async fn is_settled(&self, instance: &Instance, config: Json) -> Result<(), String> {
        let read = self.refresh(instance).await.map_err(|d| format!("the refresh failed: {}", text(&d)))?;
        let read = read.ok_or("the refresh says that it is gone")?;
        let plan = self.plan(&instance.type_name, Some(&read), config).await;
        let plan = plan.map_err(|d| format!("the plan failed: {}", text(&d)))?;
        match plan.action {
            Action::Nothing => Ok(()),
            action => Err(format!("the plan is not empty: {action:?}")),
        }
    }

    /// Ends the command; the events in it are witnessed.
    pub(crate) fn end(self) {
        for event in events::drain() {
            self.world.witness.see("an event", event);
        }
    }

    fn see_instance(&self, what: &str, instance: &Instance) {
        self.see_value(what, &instance.state);
        self.see_value("an identity", instance.identity.as_ref().unwrap_or(&Value::Null));
        self.see_bytes("private data", &instance.private);
    }

    fn see_value(&self, what: &str, value: &Value) {
        let mut value = value.clone();
        for name in &self.stores {
            value.set(&Path::attribute(name), Value::Null);
        }
        self.world.witness.see(what, format!("{value:?}"));
    }

    fn see_bytes(&self, what: &str, bytes: &[u8]) {
        self.world.witness.see(what, String::from_utf8_lossy(bytes));
    }

    fn see_diagnostics(&self, diagnostics: &Diagnostics) {
        self.world.witness.see("a diagnostic", text(diagnostics));
    }
}
