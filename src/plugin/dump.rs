//! `TF_LOG_SDK_PROTO_DATA_DIR`: the values of every call as files, for whoever looks for a bug between Terraform and a provider.
//!
//! They are configurations, states and results as they are, secrets included. So nothing is written unless that variable names a
//! folder that is there, and what is written only its owner can read. The log stays free of them at every level. Files are named
//! as other providers name theirs: `<milliseconds>_<call>_<Request or Response>_<field>.<msgpack or json>`.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use terraform_framework::Diagnostics;
use terraform_framework::server::*;

/// A provider whose values are written to files.
struct Dump {
    serve: Arc<dyn Serve>,
    folder: PathBuf,
}

/// The provider, and around it what writes its values, if that is wanted.
pub(crate) fn around(serve: Arc<dyn Serve>, folder: Option<&Path>) -> Arc<dyn Serve> {
    match folder {
        Some(folder) => Arc::new(Dump { serve, folder: folder.to_owned() }),
        None => serve,
    }
}

impl Dump {
    fn request(&self, call: &str, field: &str, value: &Encoded) {
        self.keep(call, "Request", field, value);
    }

    fn response(&self, call: &str, field: &str, value: &Encoded) {
        self.keep(call, "Response", field, value);
    }

    fn raw(&self, call: &str, field: &str, state: &RawState) {
        self.keep(call, "Request", field, &Encoded { json: state.json.clone(), ..Encoded::default() });
    }

    fn keep(&self, call: &str, way: &str, field: &str, value: &Encoded) {
        let (bytes, kind) = if value.msgpack.is_empty() { (&value.json, "json") } else { (&value.msgpack, "msgpack") };
        if bytes.is_empty() {
            return;
        }
        if let Err(error) = write(&self.folder, &format!("{call}_{way}_{field}.{kind}"), bytes) {
            tracing::warn!(folder = %self.folder.display(), %error, "A value cannot be kept");
        }
    }
}

/// Writes a new file; calls of the same millisecond do not overwrite each other's.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut milliseconds = jiff::Timestamp::now().as_millisecond();
    loop {
        match create(&folder.join(format!("{milliseconds}_{name}"))) {
            Ok(mut file) => return file.write_all(bytes),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => milliseconds += 1,
            Err(error) => return Err(error),
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

#[async_trait]
impl Serve for Dump {
    fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        self.serve.schema()
    }

    async fn validate(&self, kind: Kind, name: &str, config: Encoded, client: ClientCapabilities) -> Diagnostics {
        let call = match kind {
            Kind::Provider => "ValidateProviderConfig",
            Kind::Resource => "ValidateResourceConfig",
            Kind::DataSource => "ValidateDataResourceConfig",
            Kind::Ephemeral => "ValidateEphemeralResourceConfig",
            Kind::List => "ValidateListResourceConfig",
            Kind::Action => "ValidateActionConfig",
        };
        self.request(call, "Config", &config);
        self.serve.validate(kind, name, config, client).await
    }

    async fn upgrade_state(&self, name: &str, version: i64, state: RawState) -> (Encoded, Diagnostics) {
        self.raw("UpgradeResourceState", "RawState", &state);
        let (state, diagnostics) = self.serve.upgrade_state(name, version, state).await;
        self.response("UpgradeResourceState", "UpgradedState", &state);
        (state, diagnostics)
    }

    async fn upgrade_identity(&self, name: &str, version: i64, identity: RawState) -> (Encoded, Diagnostics) {
        self.raw("UpgradeResourceIdentity", "RawIdentity", &identity);
        let (identity, diagnostics) = self.serve.upgrade_identity(name, version, identity).await;
        self.response("UpgradeResourceIdentity", "UpgradedIdentity", &identity);
        (identity, diagnostics)
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        self.request("ConfigureProvider", "Config", &request.config);
        self.serve.configure(request).await
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        self.request("ReadResource", "CurrentState", &request.current_state);
        let response = self.serve.read(request).await;
        self.response("ReadResource", "NewState", &response.new_state);
        response
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let call = "PlanResourceChange";
        self.request(call, "Config", &request.config);
        self.request(call, "PriorState", &request.prior_state);
        self.request(call, "ProposedNewState", &request.proposed_new_state);
        let response = self.serve.plan(request).await;
        self.response(call, "PlannedState", &response.planned_state);
        response
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let call = "ApplyResourceChange";
        self.request(call, "Config", &request.config);
        self.request(call, "PriorState", &request.prior_state);
        self.request(call, "PlannedState", &request.planned_state);
        let response = self.serve.apply(request).await;
        self.response(call, "NewState", &response.new_state);
        response
    }

    async fn import(&self, request: ImportRequest) -> ImportResponse {
        let response = self.serve.import(request).await;
        if let Some(imported) = &response.imported {
            self.response("ImportResourceState", "State", &imported.state);
        }
        response
    }

    async fn move_state(&self, request: MoveRequest) -> MoveResponse {
        self.raw("MoveResourceState", "SourceState", &request.source_state);
        let response = self.serve.move_state(request).await;
        self.response("MoveResourceState", "TargetState", &response.target_state);
        response
    }

    async fn read_data(&self, name: &str, config: Encoded, client: ClientCapabilities) -> DataResponse {
        self.request("ReadDataSource", "Config", &config);
        let response = self.serve.read_data(name, config, client).await;
        self.response("ReadDataSource", "State", &response.state);
        response
    }

    async fn generate_config(&self, name: &str, state: Encoded) -> (Encoded, Diagnostics) {
        self.request("GenerateResourceConfig", "State", &state);
        let (config, diagnostics) = self.serve.generate_config(name, state).await;
        self.response("GenerateResourceConfig", "Config", &config);
        (config, diagnostics)
    }

    async fn open(&self, name: &str, config: Encoded) -> OpenResponse {
        self.request("OpenEphemeralResource", "Config", &config);
        let response = self.serve.open(name, config).await;
        self.response("OpenEphemeralResource", "Result", &response.result);
        response
    }

    async fn renew(&self, name: &str, private: Vec<u8>) -> RenewResponse {
        self.serve.renew(name, private).await
    }

    async fn close(&self, name: &str, private: Vec<u8>) -> Diagnostics {
        self.serve.close(name, private).await
    }

    async fn list(&self, request: ListRequest, sink: Sink<ListEvent>) {
        self.request("ListResource", "Config", &request.config);
        self.serve.list(request, sink).await;
    }

    async fn call_function(&self, name: &str, arguments: Vec<Encoded>) -> Result<Encoded, FunctionError> {
        for (position, argument) in arguments.iter().enumerate() {
            self.request("CallFunction", &format!("Arguments_{position}"), argument);
        }
        let result = self.serve.call_function(name, arguments).await?;
        self.response("CallFunction", "Result", &result);
        Ok(result)
    }

    async fn plan_action(
        &self,
        name: &str,
        config: Encoded,
        client: ClientCapabilities,
    ) -> (Diagnostics, Option<Deferred>) {
        self.request("PlanAction", "Config", &config);
        self.serve.plan_action(name, config, client).await
    }

    async fn invoke_action(&self, name: &str, config: Encoded, sink: Sink<ActionEvent>) {
        self.request("InvokeAction", "Config", &config);
        self.serve.invoke_action(name, config, sink).await;
    }

    fn stop(&self) {
        self.serve.stop();
    }
}
