//! One provider as Terraform talks to it, call by call, in terms of encoded values: what the plugin layer serves.
//!
//! Every call of the protocol is one method of [`Serve`]. Messages mirror the protocol's, without gRPC.

use std::collections::BTreeMap;

use super::Diagnostics;
use super::schema::{FunctionSchema, IdentitySchema, Schema};

/// A value as it travels: MessagePack, or JSON. Both empty is null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// MessagePack; takes precedence.
    pub msgpack: Vec<u8>,
    /// JSON.
    pub json: Vec<u8>,
}

/// A value as it stands in a state file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawState {
    /// JSON.
    pub json: Vec<u8>,
    /// True when the state is of a Terraform older than 0.12, which cannot be read.
    pub flatmap: bool,
}

/// What the client understands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    /// It accepts "not now".
    pub deferral_allowed: bool,
    /// It knows write-only attributes.
    pub write_only_attributes_allowed: bool,
    /// It hands the planned private data to the second plan.
    pub store_planned_private: bool,
}

/// Why something is put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferred {
    /// The resource's configuration is not known yet.
    ResourceConfigUnknown,
    /// The provider's configuration is not known yet.
    ProviderConfigUnknown,
    /// Something that must be there is not.
    AbsentPrerequisite,
}

/// All that the provider offers.
#[derive(Debug, Clone, Default)]
pub struct ProviderSchema {
    /// The provider block.
    pub provider: Schema,
    /// Resources by type.
    pub resources: BTreeMap<String, Schema>,
    /// Data sources by type.
    pub data_sources: BTreeMap<String, Schema>,
    /// Ephemeral resources by type.
    pub ephemeral_resources: BTreeMap<String, Schema>,
    /// List resources by type.
    pub list_resources: BTreeMap<String, Schema>,
    /// Actions by type.
    pub actions: BTreeMap<String, Schema>,
    /// Functions by name.
    pub functions: BTreeMap<String, FunctionSchema>,
    /// Identities of resources by type.
    pub identities: BTreeMap<String, IdentitySchema>,
}

/// `ConfigureProvider`.
#[derive(Debug, Clone, Default)]
pub struct ConfigureRequest {
    /// For the User-Agent.
    pub terraform_version: String,
    /// The provider block; may hold unknowns while planning.
    pub config: Encoded,
    /// What the client understands.
    pub capabilities: ClientCapabilities,
}

/// `ReadResource`.
#[derive(Debug, Clone, Default)]
pub struct ReadRequest {
    /// The resource's type.
    pub type_name: String,
    /// What is in state.
    pub current_state: Encoded,
    /// Private data.
    pub private: Vec<u8>,
    /// The identity in state.
    pub current_identity: Option<Encoded>,
    /// What the client understands.
    pub capabilities: ClientCapabilities,
}

/// Answer to `ReadResource`.
#[derive(Debug, Clone, Default)]
pub struct ReadResponse {
    /// Null: it is gone.
    pub new_state: Encoded,
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// Private data.
    pub private: Vec<u8>,
    /// Put off.
    pub deferred: Option<Deferred>,
    /// The identity.
    pub new_identity: Option<Encoded>,
}

/// `PlanResourceChange`.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// The resource's type.
    pub type_name: String,
    /// What is in state; null on create.
    pub prior_state: Encoded,
    /// Terraform's own merge of prior state and configuration; null on destroy.
    pub proposed_new_state: Encoded,
    /// The configuration; null on destroy.
    pub config: Encoded,
    /// Private data in state.
    pub prior_private: Vec<u8>,
    /// Private data of the first plan, when this is the second one.
    pub planned_private: Vec<u8>,
    /// The identity in state.
    pub prior_identity: Option<Encoded>,
    /// What the client understands.
    pub capabilities: ClientCapabilities,
}

/// Answer to `PlanResourceChange`.
#[derive(Debug, Clone, Default)]
pub struct PlanResponse {
    /// What will be.
    pub planned_state: Encoded,
    /// What forces a replacement.
    pub requires_replace: Vec<super::Path>,
    /// Private data for apply.
    pub planned_private: Vec<u8>,
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// Put off.
    pub deferred: Option<Deferred>,
    /// The identity that it will have.
    pub planned_identity: Option<Encoded>,
}

/// `ApplyResourceChange`.
#[derive(Debug, Clone, Default)]
pub struct ApplyRequest {
    /// The resource's type.
    pub type_name: String,
    /// What is in state; null on create.
    pub prior_state: Encoded,
    /// What was planned; null on destroy.
    pub planned_state: Encoded,
    /// The configuration; null on destroy.
    pub config: Encoded,
    /// Private data of the plan.
    pub planned_private: Vec<u8>,
    /// The identity of the plan.
    pub planned_identity: Option<Encoded>,
}

/// Answer to `ApplyResourceChange`.
#[derive(Debug, Clone, Default)]
pub struct ApplyResponse {
    /// What is now.
    pub new_state: Encoded,
    /// Private data.
    pub private: Vec<u8>,
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// The identity.
    pub new_identity: Option<Encoded>,
}

/// `ImportResourceState`: by id, or with an empty id by identity.
#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    /// The resource's type.
    pub type_name: String,
    /// What the user typed.
    pub id: String,
    /// The identity.
    pub identity: Option<Encoded>,
    /// What the client understands.
    pub capabilities: ClientCapabilities,
}

/// Answer to `ImportResourceState`.
#[derive(Debug, Clone, Default)]
pub struct ImportResponse {
    /// What was imported, one at most.
    pub imported: Option<Imported>,
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// Put off.
    pub deferred: Option<Deferred>,
}

/// An imported resource, to be read next.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// The resource's type.
    pub type_name: String,
    /// The key attributes; the rest is null.
    pub state: Encoded,
    /// Private data.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Encoded>,
}

/// `MoveResourceState`.
#[derive(Debug, Clone, Default)]
pub struct MoveRequest {
    /// Address of the provider that the state is of.
    pub source_provider_address: String,
    /// The type that the state is of.
    pub source_type_name: String,
    /// The version that the state is of.
    pub source_schema_version: i64,
    /// The state.
    pub source_state: RawState,
    /// The type to move to.
    pub target_type_name: String,
    /// Private data of the source.
    pub source_private: Vec<u8>,
}

/// Answer to `MoveResourceState`.
#[derive(Debug, Clone, Default)]
pub struct MoveResponse {
    /// The state in the target's schema.
    pub target_state: Encoded,
    /// Private data.
    pub target_private: Vec<u8>,
    /// The identity.
    pub target_identity: Option<Encoded>,
    /// What there is to say.
    pub diagnostics: Diagnostics,
}

/// Answer to `ReadDataSource`.
#[derive(Debug, Clone, Default)]
pub struct DataResponse {
    /// What was read.
    pub state: Encoded,
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// Put off.
    pub deferred: Option<Deferred>,
}

/// A point in time: seconds since the epoch and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanos: i32,
}

/// Answer to `OpenEphemeralResource`.
#[derive(Debug, Clone, Default)]
pub struct OpenResponse {
    /// The values.
    pub result: Encoded,
    /// When to renew.
    pub renew_at: Option<Timestamp>,
    /// For renew and close.
    pub private: Option<Vec<u8>>,
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// Put off.
    pub deferred: Option<Deferred>,
}

/// Answer to `RenewEphemeralResource`.
#[derive(Debug, Clone, Default)]
pub struct RenewResponse {
    /// When to renew next.
    pub renew_at: Option<Timestamp>,
    /// For the next renew.
    pub private: Option<Vec<u8>>,
    /// What there is to say.
    pub diagnostics: Diagnostics,
}

/// `ListResource`.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// The resource's type.
    pub type_name: String,
    /// The `config` block.
    pub config: Encoded,
    /// Whole objects are wanted, not only identities.
    pub include_resource: bool,
    /// At most so many.
    pub limit: i64,
}

/// One find of `ListResource`.
#[derive(Debug, Clone, Default)]
pub struct ListEvent {
    /// The identity; required unless there are only diagnostics.
    pub identity: Option<Encoded>,
    /// For people.
    pub display_name: String,
    /// The whole object, when it was asked for.
    pub resource: Option<Encoded>,
    /// What there is to say.
    pub diagnostics: Diagnostics,
}

/// One message of a running action.
#[derive(Debug, Clone)]
pub enum ActionEvent {
    /// How far it is.
    Progress(String),
    /// The end; always sent, once.
    Completed(Diagnostics),
}

/// Why a function gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong.
    pub text: String,
    /// The argument's position, from 0.
    pub argument: Option<i64>,
}

/// Which kind of thing a validation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The provider block.
    Provider,
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    Ephemeral,
    /// The `config` block of a list resource.
    List,
    /// An action.
    Action,
}

/// Where a stream's events go. A closed channel means that the client has heard enough.
pub type Sink<T> = tokio::sync::mpsc::Sender<T>;

/// A provider, call by call. The plugin layer serves an implementation of it; the engine is the one that counts.
///
/// Ordinary failures travel as diagnostics. A method never panics on purpose; the plugin layer survives it if it does.
#[async_trait::async_trait]
pub trait Serve: Send + Sync + 'static {
    /// All schemas, or what is wrong with them.
    fn schema(&self) -> Result<std::sync::Arc<ProviderSchema>, Diagnostics>;
    /// Checks a configuration; it may hold unknowns. `type_name` is empty for the provider block.
    async fn validate(
        &self,
        kind: Kind,
        type_name: &str,
        config: Encoded,
        capabilities: ClientCapabilities,
    ) -> Diagnostics;
    /// Brings a stored state to the current schema.
    async fn upgrade_state(&self, type_name: &str, version: i64, state: RawState) -> (Encoded, Diagnostics);
    /// Brings a stored identity to the current schema.
    async fn upgrade_identity(&self, type_name: &str, version: i64, identity: RawState) -> (Encoded, Diagnostics);
    /// Takes the provider block.
    async fn configure(&self, request: ConfigureRequest) -> Diagnostics;
    /// Reads a resource again.
    async fn read(&self, request: ReadRequest) -> ReadResponse;
    /// Says what applying would make of it.
    async fn plan(&self, request: PlanRequest) -> PlanResponse;
    /// Creates, updates or deletes.
    async fn apply(&self, request: ApplyRequest) -> ApplyResponse;
    /// Finds what is to be imported.
    async fn import(&self, request: ImportRequest) -> ImportResponse;
    /// Takes over another type's state.
    async fn move_state(&self, request: MoveRequest) -> MoveResponse;
    /// Reads a data source.
    async fn read_data(&self, type_name: &str, config: Encoded, capabilities: ClientCapabilities) -> DataResponse;
    /// Makes a configuration out of a state.
    async fn generate_config(&self, type_name: &str, state: Encoded) -> (Encoded, Diagnostics);
    /// Opens an ephemeral resource.
    async fn open(&self, type_name: &str, config: Encoded) -> OpenResponse;
    /// Renews it.
    async fn renew(&self, type_name: &str, private: Vec<u8>) -> RenewResponse;
    /// Closes it.
    async fn close(&self, type_name: &str, private: Vec<u8>) -> Diagnostics;
    /// Finds resources; events go to `sink` until it is closed.
    async fn list(&self, request: ListRequest, sink: Sink<ListEvent>);
    /// Calls a function.
    async fn call_function(&self, name: &str, arguments: Vec<Encoded>) -> Result<Encoded, FunctionError>;
    /// Checks an action before its time.
    async fn plan_action(
        &self,
        type_name: &str,
        config: Encoded,
        capabilities: ClientCapabilities,
    ) -> (Diagnostics, Option<Deferred>);
    /// Runs an action; the last event is [`ActionEvent::Completed`].
    async fn invoke_action(&self, type_name: &str, config: Encoded, sink: Sink<ActionEvent>);
    /// The user wants it to end: waits are cut short, what was sent runs to its answer. Serving goes on.
    fn stop(&self);
}
