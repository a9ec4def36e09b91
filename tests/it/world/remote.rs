//! A provider behind gRPC, as one that can be called directly: what the model of Terraform's core drives when it drives a real
//! executable. Only schemas are not fetched over the wire: that they are the same there is tested elsewhere.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use terraform_framework::server::*;
use terraform_framework::{Diagnostic, Diagnostics, Path, Step};
use tonic::Response;

use crate::plugin::client::Client;
use crate::plugin::client::tfplugin6::attribute_path::step::Selector;
use crate::plugin::client::tfplugin6::{self as proto, invoke_action::event::Type};

pub(crate) struct Remote {
    pub(crate) client: Client,
    pub(crate) schema: Arc<ProviderSchema>,
}

fn dynamic(value: Encoded) -> Option<proto::DynamicValue> {
    Some(proto::DynamicValue { msgpack: value.msgpack, json: value.json })
}

fn encoded(value: Option<proto::DynamicValue>) -> Encoded {
    value.map(|value| Encoded { msgpack: value.msgpack, json: value.json }).unwrap_or_default()
}

fn identity(value: Option<Encoded>) -> Option<proto::ResourceIdentityData> {
    value.map(|value| proto::ResourceIdentityData { identity_data: dynamic(value) })
}

fn identity_of(value: Option<proto::ResourceIdentityData>) -> Option<Encoded> {
    value?.identity_data.map(|value| encoded(Some(value)))
}

fn raw(state: RawState) -> Option<proto::RawState> {
    assert!(!state.flatmap, "not written for sixteen years");
    Some(proto::RawState { json: state.json, ..Default::default() })
}

fn capabilities(c: ClientCapabilities) -> Option<proto::ClientCapabilities> {
    Some(proto::ClientCapabilities {
        deferral_allowed: c.deferral_allowed,
        write_only_attributes_allowed: c.write_only_attributes_allowed,
        store_planned_private: c.store_planned_private,
        ..Default::default()
    })
}

fn deferred(reason: Option<proto::Deferred>) -> Option<Deferred> {
    use proto::deferred::Reason;
    reason.map(|deferred| match deferred.reason() {
        Reason::ProviderConfigUnknown => Deferred::ProviderConfigUnknown,
        Reason::AbsentPrereq => Deferred::AbsentPrerequisite,
        _ => Deferred::ResourceConfigUnknown,
    })
}

fn path(path: proto::AttributePath) -> Path {
    let step = |step: proto::attribute_path::Step| match step.selector.expect("a step") {
        Selector::AttributeName(name) => Step::Attribute(name),
        Selector::ElementKeyString(key) => Step::Key(key),
        Selector::ElementKeyInt(index) => Step::Index(usize::try_from(index).unwrap()),
    };
    Path(path.steps.into_iter().map(step).collect())
}

fn diagnostics(all: Vec<proto::Diagnostic>) -> Diagnostics {
    let one = |d: proto::Diagnostic| {
        let made = match d.severity() {
            proto::diagnostic::Severity::Warning => Diagnostic::warning(d.summary, d.detail),
            _ => Diagnostic::error(d.summary, d.detail),
        };
        match d.attribute {
            Some(at) => made.at(path(at)),
            None => made,
        }
    };
    Diagnostics(all.into_iter().map(one).collect())
}

fn timestamp(time: prost_types::Timestamp) -> Timestamp {
    Timestamp { seconds: time.seconds, nanos: time.nanos }
}

fn answer<T>(response: Result<Response<T>, tonic::Status>) -> T {
    response.expect("the call is served").into_inner()
}

#[async_trait]
impl Serve for Remote {
    fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(Arc::clone(&self.schema))
    }

    async fn validate(
        &self,
        kind: Kind,
        type_name: &str,
        config: Encoded,
        client_capabilities: ClientCapabilities,
    ) -> Diagnostics {
        let (type_name, config) = (type_name.to_owned(), dynamic(config));
        let client_capabilities = capabilities(client_capabilities);
        let mut provider = self.client.provider();
        diagnostics(match kind {
            Kind::Provider => {
                answer(provider.validate_provider_config(proto::validate_provider_config::Request { config }).await)
                    .diagnostics
            }
            Kind::Resource => {
                let request = proto::validate_resource_config::Request { type_name, config, client_capabilities };
                answer(provider.validate_resource_config(request).await).diagnostics
            }
            Kind::DataSource => {
                let request = proto::validate_data_resource_config::Request { type_name, config };
                answer(provider.validate_data_resource_config(request).await).diagnostics
            }
            Kind::Ephemeral => {
                let request = proto::validate_ephemeral_resource_config::Request { type_name, config };
                answer(provider.validate_ephemeral_resource_config(request).await).diagnostics
            }
            Kind::List => {
                let request = proto::validate_list_resource_config::Request { type_name, config, ..Default::default() };
                answer(provider.validate_list_resource_config(request).await).diagnostics
            }
            Kind::Action => {
                let request = proto::validate_action_config::Request { type_name, config };
                answer(provider.validate_action_config(request).await).diagnostics
            }
        })
    }

    async fn upgrade_state(&self, type_name: &str, version: i64, state: RawState) -> (Encoded, Diagnostics) {
        let request =
            proto::upgrade_resource_state::Request { type_name: type_name.into(), version, raw_state: raw(state) };
        let r = answer(self.client.provider().upgrade_resource_state(request).await);
        (encoded(r.upgraded_state), diagnostics(r.diagnostics))
    }

    async fn upgrade_identity(&self, type_name: &str, version: i64, identity: RawState) -> (Encoded, Diagnostics) {
        let raw_identity = raw(identity);
        let request = proto::upgrade_resource_identity::Request { type_name: type_name.into(), version, raw_identity };
        let r = answer(self.client.provider().upgrade_resource_identity(request).await);
        (identity_of(r.upgraded_identity).unwrap_or_default(), diagnostics(r.diagnostics))
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let request = proto::configure_provider::Request {
            terraform_version: request.terraform_version,
            config: dynamic(request.config),
            client_capabilities: capabilities(request.capabilities),
        };
        diagnostics(answer(self.client.provider().configure_provider(request).await).diagnostics)
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let request = proto::read_resource::Request {
            type_name: request.type_name,
            current_state: dynamic(request.current_state),
            private: request.private,
            client_capabilities: capabilities(request.capabilities),
            current_identity: identity(request.current_identity),
            ..Default::default()
        };
        let r = answer(self.client.provider().read_resource(request).await);
        ReadResponse {
            new_state: encoded(r.new_state),
            diagnostics: diagnostics(r.diagnostics),
            private: r.private,
            deferred: deferred(r.deferred),
            new_identity: identity_of(r.new_identity),
        }
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let request = proto::plan_resource_change::Request {
            type_name: request.type_name,
            prior_state: dynamic(request.prior_state),
            proposed_new_state: dynamic(request.proposed_new_state),
            config: dynamic(request.config),
            prior_private: request.prior_private,
            planned_private: request.planned_private,
            prior_identity: identity(request.prior_identity),
            client_capabilities: capabilities(request.capabilities),
            ..Default::default()
        };
        let r = answer(self.client.provider().plan_resource_change(request).await);
        PlanResponse {
            planned_state: encoded(r.planned_state),
            requires_replace: r.requires_replace.into_iter().map(path).collect(),
            planned_private: r.planned_private,
            diagnostics: diagnostics(r.diagnostics),
            deferred: deferred(r.deferred),
            planned_identity: identity_of(r.planned_identity),
        }
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let request = proto::apply_resource_change::Request {
            type_name: request.type_name,
            prior_state: dynamic(request.prior_state),
            planned_state: dynamic(request.planned_state),
            config: dynamic(request.config),
            planned_private: request.planned_private,
            planned_identity: identity(request.planned_identity),
            ..Default::default()
        };
        let r = answer(self.client.provider().apply_resource_change(request).await);
        ApplyResponse {
            new_state: encoded(r.new_state),
            private: r.private,
            diagnostics: diagnostics(r.diagnostics),
            new_identity: identity_of(r.new_identity),
        }
    }

    async fn import(&self, request: ImportRequest) -> ImportResponse {
        let request = proto::import_resource_state::Request {
            type_name: request.type_name,
            id: request.id,
            identity: identity(request.identity),
            client_capabilities: capabilities(request.capabilities),
        };
        let mut r = answer(self.client.provider().import_resource_state(request).await);
        assert!(r.imported_resources.len() < 2, "one resource is imported at a time");
        let imported = r.imported_resources.pop().map(|imported| Imported {
            type_name: imported.type_name,
            state: encoded(imported.state),
            private: imported.private,
            identity: identity_of(imported.identity),
        });
        ImportResponse { imported, diagnostics: diagnostics(r.diagnostics), deferred: deferred(r.deferred) }
    }

    async fn move_state(&self, request: MoveRequest) -> MoveResponse {
        let request = proto::move_resource_state::Request {
            source_provider_address: request.source_provider_address,
            source_type_name: request.source_type_name,
            source_schema_version: request.source_schema_version,
            source_state: raw(request.source_state),
            target_type_name: request.target_type_name,
            source_private: request.source_private,
            ..Default::default()
        };
        let r = answer(self.client.provider().move_resource_state(request).await);
        MoveResponse {
            target_state: encoded(r.target_state),
            target_private: r.target_private,
            target_identity: identity_of(r.target_identity),
            diagnostics: diagnostics(r.diagnostics),
        }
    }

    async fn read_data(
        &self,
        type_name: &str,
        config: Encoded,
        client_capabilities: ClientCapabilities,
    ) -> DataResponse {
        let request = proto::read_data_source::Request {
            type_name: type_name.into(),
            config: dynamic(config),
            client_capabilities: capabilities(client_capabilities),
            ..Default::default()
        };
        let r = answer(self.client.provider().read_data_source(request).await);
        DataResponse {
            state: encoded(r.state),
            diagnostics: diagnostics(r.diagnostics),
            deferred: deferred(r.deferred),
        }
    }

    async fn generate_config(&self, type_name: &str, state: Encoded) -> (Encoded, Diagnostics) {
        let request = proto::generate_resource_config::Request { type_name: type_name.into(), state: dynamic(state) };
        let r = answer(self.client.provider().generate_resource_config(request).await);
        (encoded(r.config), diagnostics(r.diagnostics))
    }

    async fn open(&self, type_name: &str, config: Encoded) -> OpenResponse {
        let request = proto::open_ephemeral_resource::Request {
            type_name: type_name.into(),
            config: dynamic(config),
            client_capabilities: None,
        };
        let r = answer(self.client.provider().open_ephemeral_resource(request).await);
        OpenResponse {
            result: encoded(r.result),
            renew_at: r.renew_at.map(timestamp),
            private: r.private,
            diagnostics: diagnostics(r.diagnostics),
            deferred: deferred(r.deferred),
        }
    }

    async fn renew(&self, type_name: &str, private: Vec<u8>) -> RenewResponse {
        let request = proto::renew_ephemeral_resource::Request { type_name: type_name.into(), private: Some(private) };
        let r = answer(self.client.provider().renew_ephemeral_resource(request).await);
        let renew_at = r.renew_at.map(timestamp);
        RenewResponse { renew_at, private: r.private, diagnostics: diagnostics(r.diagnostics) }
    }

    async fn close(&self, type_name: &str, private: Vec<u8>) -> Diagnostics {
        let request = proto::close_ephemeral_resource::Request { type_name: type_name.into(), private: Some(private) };
        diagnostics(answer(self.client.provider().close_ephemeral_resource(request).await).diagnostics)
    }

    async fn list(&self, request: ListRequest, sink: Sink<ListEvent>) {
        let request = proto::list_resource::Request {
            type_name: request.type_name,
            config: dynamic(request.config),
            include_resource_object: request.include_resource,
            limit: request.limit,
        };
        let mut events = answer(self.client.provider().list_resource(request).await);
        while let Some(event) = events.next().await {
            let event = event.expect("an event");
            let event = ListEvent {
                identity: identity_of(event.identity),
                display_name: event.display_name,
                resource: event.resource_object.map(|object| encoded(Some(object))),
                diagnostics: diagnostics(event.diagnostic),
            };
            if sink.send(event).await.is_err() {
                break;
            }
        }
    }

    async fn call_function(&self, name: &str, arguments: Vec<Encoded>) -> Result<Encoded, FunctionError> {
        let arguments = arguments.into_iter().filter_map(dynamic).collect();
        let request = proto::call_function::Request { name: name.into(), arguments };
        let r = answer(self.client.provider().call_function(request).await);
        match r.error {
            Some(error) => Err(FunctionError { text: error.text, argument: error.function_argument }),
            None => Ok(encoded(r.result)),
        }
    }

    async fn plan_action(
        &self,
        type_name: &str,
        config: Encoded,
        client_capabilities: ClientCapabilities,
    ) -> (Diagnostics, Option<Deferred>) {
        let request = proto::plan_action::Request {
            action_type: type_name.into(),
            config: dynamic(config),
            client_capabilities: capabilities(client_capabilities),
        };
        let r = answer(self.client.provider().plan_action(request).await);
        (diagnostics(r.diagnostics), deferred(r.deferred))
    }

    async fn invoke_action(&self, type_name: &str, config: Encoded, sink: Sink<ActionEvent>) {
        let request = proto::invoke_action::Request {
            action_type: type_name.into(),
            config: dynamic(config),
            client_capabilities: None,
        };
        let mut events = answer(self.client.provider().invoke_action(request).await);
        while let Some(event) = events.next().await {
            let event = match event.expect("an event").r#type.expect("an event of a kind") {
                Type::Progress(progress) => ActionEvent::Progress(progress.message),
                Type::Completed(completed) => ActionEvent::Completed(diagnostics(completed.diagnostics)),
            };
            if sink.send(event).await.is_err() {
                break;
            }
        }
    }

    fn stop(&self) {
        let mut provider = self.client.provider();
        tokio::spawn(async move { provider.stop_provider(proto::stop_provider::Request {}).await.map(drop) });
    }
}
