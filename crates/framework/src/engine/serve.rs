//! Every call of the protocol, as the engine answers it.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::definition::Operation;
use super::operations::with;
use super::{Configured, Engine, decode, encode, find, generate, lock, not_known, validate};
use crate::Diagnostics;
use crate::author::{Arguments, Connection, Progress, Report, Session};
use crate::model::Object;
use crate::schema::Parameter;
use crate::server::*;
use crate::value::Value;

#[async_trait]
impl<C: Session> Serve for Engine<C> {
    fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(self.provider_schema())
    }

    async fn validate(&self, kind: Kind, type_name: &str, config: Encoded, client: ClientCapabilities) -> Diagnostics {
        let (schema, check) = match self.checked(kind, type_name) {
            Ok(found) => found,
            Err(diagnostics) => return diagnostics,
        };
        let config = match decode(&config, &schema) {
            Ok(config) => config,
            Err(diagnostics) => return diagnostics,
        };
        let mut report = Report::default();
        // Before 1.11 clients do not send the capability with any kind; only resources may hold write-only arguments.
        let allowed = client.write_only_attributes_allowed || kind != Kind::Resource;
        validate::check(&schema, &config, allowed, &mut report);
        if let Value::Object(object) = &config
            && !report.0.has_errors()
        {
            check(object, &mut report);
        }
        report.0
    }

    async fn upgrade_state(&self, type_name: &str, version: i64, state: RawState) -> (Encoded, Diagnostics) {
        answer(self.upgrade_state_of(type_name, version, &state))
    }

    async fn upgrade_identity(&self, type_name: &str, version: i64, identity: RawState) -> (Encoded, Diagnostics) {
        answer(self.upgrade_identity_of(type_name, version, &identity))
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let block = match decode(&request.config, &self.block) {
            Ok(Value::Object(block)) => block,
            Ok(_) => Object::new(),
            Err(diagnostics) => return diagnostics,
        };
        let open = not_known(&block, &self.block.block.attributes);
        if !open.is_empty() {
            *lock(&self.configured) = Configured::Unknown(open);
            return Diagnostics::default();
        }
        let mut connection = Connection { terraform_version: request.terraform_version, ..Connection::default() };
        let result = (self.connect)(&block, &mut connection);
        let mut diagnostics = connection.diagnostics;
        match result {
            Ok(client) => *lock(&self.configured) = Configured::Connected(Arc::new(client)),
            Err(error) => diagnostics.push(error.into()),
        }
        diagnostics
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let (state, identity, private) =
            (request.current_state.clone(), request.current_identity.clone(), request.private.clone());
        self.read_resource(request).await.unwrap_or_else(|(diagnostics, deferred)| ReadResponse {
            new_state: state,
            diagnostics,
            private,
            deferred,
            new_identity: identity,
        })
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let private = request.prior_private.clone();
        self.plan_resource(request).await.unwrap_or_else(|diagnostics| PlanResponse {
            diagnostics,
            planned_private: private,
            ..PlanResponse::default()
        })
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let (prior, private) = (request.prior_state.clone(), request.planned_private.clone());
        self.apply_resource(request).await.unwrap_or_else(|diagnostics| ApplyResponse {
            new_state: prior,
            private,
            diagnostics,
            new_identity: None,
        })
    }

    async fn import(&self, request: ImportRequest) -> ImportResponse {
        match self.import_resource(&request) {
            Ok(imported) => ImportResponse { imported: Some(imported), ..ImportResponse::default() },
            Err(diagnostics) => ImportResponse { diagnostics, ..ImportResponse::default() },
        }
    }

    async fn move_state(&self, request: MoveRequest) -> MoveResponse {
        self.move_resource(&request)
            .unwrap_or_else(|diagnostics| MoveResponse { diagnostics, ..MoveResponse::default() })
    }

    async fn read_data(&self, type_name: &str, config: Encoded, client: ClientCapabilities) -> DataResponse {
        if client.deferral_allowed && self.is_unknown() {
            let deferred = Some(Deferred::ProviderConfigUnknown);
            return DataResponse { state: config, diagnostics: Diagnostics::default(), deferred };
        }
        let (state, diagnostics) = match self.read_data_source(type_name, &config).await {
            Ok(found) => found,
            Err(diagnostics) => (Encoded::default(), diagnostics),
        };
        DataResponse { state, diagnostics, deferred: None }
    }

    async fn generate_config(&self, type_name: &str, state: Encoded) -> (Encoded, Diagnostics) {
        let made = || {
            let entry = find(&self.resources, "resource", type_name)?;
            let schema = &entry.definition().schema;
            let (config, diagnostics) = generate::config(schema, &decode(&state, schema)?);
            Ok((encode(&config, schema)?, diagnostics))
        };
        made().unwrap_or_else(|diagnostics| (Encoded::default(), diagnostics))
    }

    async fn open(&self, type_name: &str, config: Encoded) -> OpenResponse {
        self.open_ephemeral(type_name, &config)
            .await
            .unwrap_or_else(|diagnostics| OpenResponse { diagnostics, ..OpenResponse::default() })
    }

    async fn renew(&self, type_name: &str, private: Vec<u8>) -> RenewResponse {
        let renew = async {
            let entry = find(&self.ephemeral, "ephemeral resource", type_name)?;
            let mut cx = self.context(entry.definition(), Operation::Read, &Object::new())?;
            let result = entry.code.renew(&mut cx, &private).await;
            let diagnostics = cx.finish();
            let (private, renew_at) = with(result, &diagnostics)?;
            Ok(RenewResponse { renew_at, private: Some(private), diagnostics })
        };
        renew.await.unwrap_or_else(|diagnostics| RenewResponse { diagnostics, ..RenewResponse::default() })
    }

    async fn close(&self, type_name: &str, private: Vec<u8>) -> Diagnostics {
        let close = async {
            let entry = find(&self.ephemeral, "ephemeral resource", type_name)?;
            let mut cx = self.context(entry.definition(), Operation::Delete, &Object::new())?;
            let result = entry.code.close(&mut cx, &private).await;
            let diagnostics = cx.finish();
            with(result, &diagnostics)?;
            Ok(diagnostics)
        };
        close.await.unwrap_or_else(|diagnostics: Diagnostics| diagnostics)
    }

    async fn list(&self, request: ListRequest, sink: Sink<ListEvent>) {
        if let Err(diagnostics) = self.list_resource(&request, sink.clone()).await {
            let _ = sink.send(ListEvent { diagnostics, ..ListEvent::default() }).await;
        }
    }

    async fn call_function(&self, name: &str, arguments: Vec<Encoded>) -> Result<Encoded, FunctionError> {
        let fail = |text: String, argument: Option<usize>| FunctionError {
            text,
            argument: argument.and_then(|a| i64::try_from(a).ok()),
        };
        let function = self.functions.get(name).ok_or_else(|| fail(format!("There is no function {name:?}."), None))?;
        let schema = function.schema();
        let mut values = Vec::with_capacity(arguments.len());
        for (position, encoded) in arguments.iter().enumerate() {
            let parameter = schema.parameters.get(position).or(schema.variadic.as_ref());
            let parameter = parameter.ok_or_else(|| fail("Too many arguments.".to_owned(), Some(position)))?;
            let value = encoded.decode(&parameter.ty).map_err(|e| fail(e.to_string(), Some(position)))?;
            if let Some(problem) = refusal(parameter, &value) {
                return Err(fail(problem, Some(position)));
            }
            values.push(value);
        }
        let result = function.call(Arguments(values))?;
        Encoded::of(&result, &schema.returns).map_err(|e| fail(e.to_string(), None))
    }

    async fn plan_action(
        &self,
        type_name: &str,
        config: Encoded,
        client: ClientCapabilities,
    ) -> (Diagnostics, Option<Deferred>) {
        let mut diagnostics = self.validate(Kind::Action, type_name, config.clone(), client).await;
        if !diagnostics.has_errors()
            && let Ok(entry) = find(&self.actions, "action", type_name)
            && let Ok(Value::Object(config)) = decode(&config, &entry.definition().schema)
            && let Ok(mut cx) = self.context(entry.definition(), Operation::Read, &config)
        {
            let mut report = Report::default();
            entry.code.preflight(&mut cx, &config, &mut report).await;
            diagnostics.extend(report.0);
        }
        let deferred = (client.deferral_allowed && self.is_unknown()).then_some(Deferred::ProviderConfigUnknown);
        (diagnostics, deferred)
    }

    async fn invoke_action(&self, type_name: &str, config: Encoded, sink: Sink<ActionEvent>) {
        let invoke = async {
            let entry = find(&self.actions, "action", type_name)?;
            let config = decode(&config, &entry.definition().schema)?;
            let config = config.as_object().cloned().unwrap_or_default();
            let mut cx = self.context(entry.definition(), Operation::Update, &config)?;
            let result = entry.code.invoke(&mut cx, config, &Progress(sink.clone())).await;
            let diagnostics = cx.finish();
            with(result, &diagnostics)?;
            Ok(diagnostics)
        };
        let diagnostics = invoke.await.unwrap_or_else(|diagnostics: Diagnostics| diagnostics);
        let _ = sink.send(ActionEvent::Completed(diagnostics)).await;
    }

    fn stop(&self) {
        std::mem::replace(&mut *lock(&self.stop), CancellationToken::new()).cancel();
    }
}

/// What is wrong with an argument of a function, for Terraform's own sentence, which ends with a full stop.
fn refusal(parameter: &Parameter, value: &Value) -> Option<String> {
    if value.is_null() || value.is_unknown() {
        return None;
    }
    let problem = parameter.checks.iter().find_map(|check| (check.test)(value).err())?;
    Some(problem.trim_end_matches('.').to_owned())
}

fn answer(result: Result<Encoded, Diagnostics>) -> (Encoded, Diagnostics) {
    match result {
        Ok(value) => (value, Diagnostics::default()),
        Err(diagnostics) => (Encoded::default(), diagnostics),
    }
}
