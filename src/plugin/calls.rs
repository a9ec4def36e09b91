//! The provider's service: each method hands its message to the provider, and the answer back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use terraform_framework::server::{ClientCapabilities, Kind, ProviderSchema, Serve};
use tonic::{Request, Response, Status, Streaming};
use tracing::Span;

use super::convert::{capabilities, deferred, diagnostics, dynamic, encoded, identity, raw};
use super::guard::{self, Answer};
use super::log::{Subject, span};
use super::proto::tfplugin6 as proto;
use super::proto::tfplugin6::provider_server::Provider;
use super::schema;

type Reply<T> = Result<Response<T>, Status>;
type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// A provider behind gRPC.
#[derive(Clone)]
pub(crate) struct Calls {
    /// What answers.
    pub(crate) serve: Arc<dyn Serve>,
    /// For the log.
    pub(crate) address: &'static str,
}

impl Calls {
    fn span(&self, rpc: &'static str, subject: Subject<'_>) -> Span {
        span(self.address, rpc, subject)
    }

    async fn call<A: Answer, F>(
        &self,
        rpc: &'static str,
        subject: Subject<'_>,
        work: impl FnOnce(Arc<dyn Serve>) -> F,
    ) -> Reply<A>
    where
        F: Future<Output = A> + Send,
    {
        let work = work(Arc::clone(&self.serve));
        Ok(Response::new(guard::call(self.span(rpc, subject), work).await))
    }

    /// Answers out of the one table of schemas.
    async fn describe<A: Answer + Default>(
        &self,
        rpc: &'static str,
        describe: impl FnOnce(&ProviderSchema) -> A + Send,
        broken: impl FnOnce(Vec<proto::Diagnostic>) -> A + Send,
    ) -> Reply<A> {
        self.call(rpc, Subject::None, |serve| async move {
            match serve.schema() {
                Ok(schema) => describe(&schema),
                Err(problems) => broken(diagnostics(problems)),
            }
        })
        .await
    }

    async fn validate<A: Answer>(
        &self,
        rpc: &'static str,
        kind: Kind,
        type_name: String,
        config: Option<proto::DynamicValue>,
        capabilities: ClientCapabilities,
        answer: impl FnOnce(Vec<proto::Diagnostic>) -> A + Send,
    ) -> Reply<A> {
        let name = type_name.as_str();
        self.call(rpc, Subject::of(kind, name), |serve| async move {
            answer(diagnostics(serve.validate(kind, name, encoded(config), capabilities).await))
        })
        .await
    }
}

#[tonic::async_trait]
impl Provider for Calls {
    async fn get_metadata(&self, _: Request<proto::get_metadata::Request>) -> Reply<proto::get_metadata::Response> {
        self.describe("GetMetadata", schema::metadata, |diagnostics| proto::get_metadata::Response {
            diagnostics,
            ..Default::default()
        })
        .await
    }

    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> Reply<proto::get_provider_schema::Response> {
        self.describe("GetProviderSchema", schema::provider, |diagnostics| proto::get_provider_schema::Response {
            diagnostics,
            ..schema::provider(&ProviderSchema::default())
        })
        .await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Reply<proto::get_resource_identity_schemas::Response> {
        use proto::get_resource_identity_schemas::Response;
        let describe = |all: &ProviderSchema| Response {
            identity_schemas: schema::each(&all.identities),
            diagnostics: Vec::new(),
        };
        self.describe("GetResourceIdentitySchemas", describe, |diagnostics| Response {
            diagnostics,
            ..Default::default()
        })
        .await
    }

    async fn get_functions(&self, _: Request<proto::get_functions::Request>) -> Reply<proto::get_functions::Response> {
        use proto::get_functions::Response;
        let describe =
            |all: &ProviderSchema| Response { functions: schema::each(&all.functions), diagnostics: Vec::new() };
        self.describe("GetFunctions", describe, |diagnostics| Response { diagnostics, ..Default::default() }).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<proto::validate_provider_config::Request>,
    ) -> Reply<proto::validate_provider_config::Response> {
        let r = request.into_inner();
        let none = ClientCapabilities::default();
        self.validate("ValidateProviderConfig", Kind::Provider, String::new(), r.config, none, |diagnostics| {
            proto::validate_provider_config::Response { diagnostics }
        })
        .await
    }

    async fn validate_resource_config(
        &self,
        request: Request<proto::validate_resource_config::Request>,
    ) -> Reply<proto::validate_resource_config::Response> {
        let r = request.into_inner();
        let client = capabilities(r.client_capabilities);
        self.validate("ValidateResourceConfig", Kind::Resource, r.type_name, r.config, client, |diagnostics| {
            proto::validate_resource_config::Response { diagnostics }
        })
        .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<proto::validate_data_resource_config::Request>,
    ) -> Reply<proto::validate_data_resource_config::Response> {
        let r = request.into_inner();
        let none = ClientCapabilities::default();
        self.validate("ValidateDataResourceConfig", Kind::DataSource, r.type_name, r.config, none, |diagnostics| {
            proto::validate_data_resource_config::Response { diagnostics }
        })
        .await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<proto::validate_ephemeral_resource_config::Request>,
    ) -> Reply<proto::validate_ephemeral_resource_config::Response> {
        let r = request.into_inner();
        let none = ClientCapabilities::default();
        self.validate("ValidateEphemeralResourceConfig", Kind::Ephemeral, r.type_name, r.config, none, |diagnostics| {
            proto::validate_ephemeral_resource_config::Response { diagnostics }
        })
        .await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<proto::validate_list_resource_config::Request>,
    ) -> Reply<proto::validate_list_resource_config::Response> {
        let r = request.into_inner();
        let none = ClientCapabilities::default();
        self.validate("ValidateListResourceConfig", Kind::List, r.type_name, r.config, none, |diagnostics| {
            proto::validate_list_resource_config::Response { diagnostics }
        })
        .await
    }

    async fn validate_action_config(
        &self,
        request: Request<proto::validate_action_config::Request>,
    ) -> Reply<proto::validate_action_config::Response> {
        let r = request.into_inner();
        let none = ClientCapabilities::default();
        self.validate("ValidateActionConfig", Kind::Action, r.type_name, r.config, none, |diagnostics| {
            proto::validate_action_config::Response { diagnostics }
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> Reply<proto::upgrade_resource_state::Response> {
        let r = request.into_inner();
        let name = r.type_name.as_str();
        self.call("UpgradeResourceState", Subject::Resource(name), |serve| async move {
            let (state, all) = serve.upgrade_state(name, r.version, raw(r.raw_state)).await;
            let upgraded_state = dynamic(state);
            proto::upgrade_resource_state::Response { upgraded_state, diagnostics: diagnostics(all) }
        })
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<proto::upgrade_resource_identity::Request>,
    ) -> Reply<proto::upgrade_resource_identity::Response> {
        let r = request.into_inner();
        let name = r.type_name.as_str();
        self.call("UpgradeResourceIdentity", Subject::Resource(name), |serve| async move {
            let (upgraded, all) = serve.upgrade_identity(name, r.version, raw(r.raw_identity)).await;
            let upgraded_identity = Some(identity(upgraded));
            proto::upgrade_resource_identity::Response { upgraded_identity, diagnostics: diagnostics(all) }
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> Reply<proto::configure_provider::Response> {
        let r = request.into_inner();
        self.call("ConfigureProvider", Subject::None, |serve| async move {
            let all = serve.configure(r.into()).await;
            proto::configure_provider::Response { diagnostics: diagnostics(all) }
        })
        .await
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> Reply<proto::read_resource::Response> {
        let r = request.into_inner();
        let name = r.type_name.clone();
        self.call("ReadResource", Subject::Resource(&name), |serve| async move { serve.read(r.into()).await.into() })
            .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> Reply<proto::plan_resource_change::Response> {
        let r = request.into_inner();
        let name = r.type_name.clone();
        let subject = Subject::Resource(&name);
        self.call("PlanResourceChange", subject, |serve| async move { serve.plan(r.into()).await.into() }).await
    }

    /// After a panic the answer holds no state. Terraform then keeps the prior one, and does not believe it gone.
    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Reply<proto::apply_resource_change::Response> {
        let r = request.into_inner();
        let name = r.type_name.clone();
        let subject = Subject::Resource(&name);
        self.call("ApplyResourceChange", subject, |serve| async move { serve.apply(r.into()).await.into() }).await
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> Reply<proto::import_resource_state::Response> {
        let r = request.into_inner();
        let name = r.type_name.clone();
        let subject = Subject::Resource(&name);
        self.call("ImportResourceState", subject, |serve| async move { serve.import(r.into()).await.into() }).await
    }

    async fn move_resource_state(
        &self,
        request: Request<proto::move_resource_state::Request>,
    ) -> Reply<proto::move_resource_state::Response> {
        let r = request.into_inner();
        let name = r.target_type_name.clone();
        let subject = Subject::Resource(&name);
        self.call("MoveResourceState", subject, |serve| async move { serve.move_state(r.into()).await.into() }).await
    }

    async fn generate_resource_config(
        &self,
        request: Request<proto::generate_resource_config::Request>,
    ) -> Reply<proto::generate_resource_config::Response> {
        let r = request.into_inner();
        let name = r.type_name.as_str();
        self.call("GenerateResourceConfig", Subject::Resource(name), |serve| async move {
            let (config, all) = serve.generate_config(name, encoded(r.state)).await;
            proto::generate_resource_config::Response { config: dynamic(config), diagnostics: diagnostics(all) }
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> Reply<proto::read_data_source::Response> {
        let r = request.into_inner();
        let name = r.type_name.as_str();
        self.call("ReadDataSource", Subject::DataSource(name), |serve| async move {
            serve.read_data(name, encoded(r.config), capabilities(r.client_capabilities)).await.into()
        })
        .await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<proto::open_ephemeral_resource::Request>,
    ) -> Reply<proto::open_ephemeral_resource::Response> {
        let r = request.into_inner();
        let name = r.type_name.as_str();
        self.call("OpenEphemeralResource", Subject::Ephemeral(name), |serve| async move {
            serve.open(name, encoded(r.config)).await.into()
        })
        .await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<proto::renew_ephemeral_resource::Request>,
    ) -> Reply<proto::renew_ephemeral_resource::Response> {
        let r = request.into_inner();
        let name = r.type_name.as_str();
        self.call("RenewEphemeralResource", Subject::Ephemeral(name), |serve| async move {
            serve.renew(name, r.private.unwrap_or_default()).await.into()
        })
        .await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<proto::close_ephemeral_resource::Request>,
    ) -> Reply<proto::close_ephemeral_resource::Response> {
        let r = request.into_inner();
        let name = r.type_name.as_str();
        self.call("CloseEphemeralResource", Subject::Ephemeral(name), |serve| async move {
            let all = serve.close(name, r.private.unwrap_or_default()).await;
            proto::close_ephemeral_resource::Response { diagnostics: diagnostics(all) }
        })
        .await
    }

    async fn call_function(
        &self,
        request: Request<proto::call_function::Request>,
    ) -> Reply<proto::call_function::Response> {
        let r = request.into_inner();
        let name = r.name.as_str();
        self.call("CallFunction", Subject::Function(name), |serve| async move {
            let arguments = r.arguments.into_iter().map(|argument| encoded(Some(argument))).collect();
            match serve.call_function(name, arguments).await {
                Ok(result) => proto::call_function::Response { result: dynamic(result), error: None },
                Err(error) => proto::call_function::Response { result: None, error: Some(error.into()) },
            }
        })
        .await
    }

    type ListResourceStream = Events<proto::list_resource::Event>;

    async fn list_resource(&self, request: Request<proto::list_resource::Request>) -> Reply<Self::ListResourceStream> {
        let r = request.into_inner();
        let serve = Arc::clone(&self.serve);
        let span = self.span("ListResource", Subject::List(&r.type_name));
        let events = guard::stream(span, |sink| async move { serve.list(r.into(), sink).await });
        Ok(Response::new(events.map(|event| Ok(event.into())).boxed()))
    }

    async fn plan_action(&self, request: Request<proto::plan_action::Request>) -> Reply<proto::plan_action::Response> {
        let r = request.into_inner();
        let name = r.action_type.as_str();
        self.call("PlanAction", Subject::Action(name), |serve| async move {
            let client = capabilities(r.client_capabilities);
            let (all, put_off) = serve.plan_action(name, encoded(r.config), client).await;
            proto::plan_action::Response { diagnostics: diagnostics(all), deferred: put_off.map(deferred) }
        })
        .await
    }

    type InvokeActionStream = Events<proto::invoke_action::Event>;

    async fn invoke_action(&self, request: Request<proto::invoke_action::Request>) -> Reply<Self::InvokeActionStream> {
        let r = request.into_inner();
        let serve = Arc::clone(&self.serve);
        let span = self.span("InvokeAction", Subject::Action(&r.action_type));
        let work = |sink| async move { serve.invoke_action(&r.action_type, encoded(r.config), sink).await };
        Ok(Response::new(guard::stream(span, work).map(|event| Ok(event.into())).boxed()))
    }

    async fn stop_provider(&self, _: Request<proto::stop_provider::Request>) -> Reply<proto::stop_provider::Response> {
        self.call("StopProvider", Subject::None, |serve| async move {
            serve.stop();
            proto::stop_provider::Response::default()
        })
        .await
    }

    async fn validate_state_store_config(
        &self,
        _: Request<proto::validate_state_store::Request>,
    ) -> Reply<proto::validate_state_store::Response> {
        Err(no_state_stores())
    }

    async fn configure_state_store(
        &self,
        _: Request<proto::configure_state_store::Request>,
    ) -> Reply<proto::configure_state_store::Response> {
        Err(no_state_stores())
    }

    type ReadStateBytesStream = Events<proto::read_state_bytes::Response>;

    async fn read_state_bytes(
        &self,
        _: Request<proto::read_state_bytes::Request>,
    ) -> Reply<Self::ReadStateBytesStream> {
        Err(no_state_stores())
    }

    async fn write_state_bytes(
        &self,
        _: Request<Streaming<proto::write_state_bytes::RequestChunk>>,
    ) -> Reply<proto::write_state_bytes::Response> {
        Err(no_state_stores())
    }

    async fn lock_state(&self, _: Request<proto::lock_state::Request>) -> Reply<proto::lock_state::Response> {
        Err(no_state_stores())
    }

    async fn unlock_state(&self, _: Request<proto::unlock_state::Request>) -> Reply<proto::unlock_state::Response> {
        Err(no_state_stores())
    }

    async fn get_states(&self, _: Request<proto::get_states::Request>) -> Reply<proto::get_states::Response> {
        Err(no_state_stores())
    }

    async fn delete_state(&self, _: Request<proto::delete_state::Request>) -> Reply<proto::delete_state::Response> {
        Err(no_state_stores())
    }
}

fn no_state_stores() -> Status {
    Status::unimplemented("this provider offers no state stores")
}
