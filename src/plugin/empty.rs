//! A provider that offers nothing. Executables serve it until their provider is there.

use std::sync::Arc;

use async_trait::async_trait;
use terraform_framework::server::{
    ActionEvent, ApplyRequest, ApplyResponse, ClientCapabilities, ConfigureRequest, DataResponse, Deferred, Encoded,
    FunctionError, ImportRequest, ImportResponse, Kind, ListEvent, ListRequest, MoveRequest, MoveResponse,
    OpenResponse, PlanRequest, PlanResponse, ProviderSchema, RawState, ReadRequest, ReadResponse, RenewResponse, Serve,
    Sink,
};
use terraform_framework::{Diagnostic, Diagnostics};

/// Offers nothing.
#[derive(Debug, Clone, Copy)]
pub struct Empty;

/// For [`super::Plugin`].
pub fn provider() -> Arc<dyn Serve> {
    Arc::new(Empty)
}

fn nothing() -> Diagnostics {
    Diagnostic::error("Nothing of that name", "This provider offers nothing of that name.").into()
}

#[async_trait]
impl Serve for Empty {
    fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(Arc::default())
    }

    async fn validate(&self, kind: Kind, _: &str, _: Encoded, _: ClientCapabilities) -> Diagnostics {
        if kind == Kind::Provider { Diagnostics::default() } else { nothing() }
    }

    async fn upgrade_state(&self, _: &str, _: i64, _: RawState) -> (Encoded, Diagnostics) {
        (Encoded::default(), nothing())
    }

    async fn upgrade_identity(&self, _: &str, _: i64, _: RawState) -> (Encoded, Diagnostics) {
        (Encoded::default(), nothing())
    }

    async fn configure(&self, _: ConfigureRequest) -> Diagnostics {
        Diagnostics::default()
    }

    async fn read(&self, _: ReadRequest) -> ReadResponse {
        ReadResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn plan(&self, _: PlanRequest) -> PlanResponse {
        PlanResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn apply(&self, _: ApplyRequest) -> ApplyResponse {
        ApplyResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn import(&self, _: ImportRequest) -> ImportResponse {
        ImportResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn move_state(&self, _: MoveRequest) -> MoveResponse {
        MoveResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn read_data(&self, _: &str, _: Encoded, _: ClientCapabilities) -> DataResponse {
        DataResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn generate_config(&self, _: &str, _: Encoded) -> (Encoded, Diagnostics) {
        (Encoded::default(), nothing())
    }

    async fn open(&self, _: &str, _: Encoded) -> OpenResponse {
        OpenResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn renew(&self, _: &str, _: Vec<u8>) -> RenewResponse {
        RenewResponse { diagnostics: nothing(), ..Default::default() }
    }

    async fn close(&self, _: &str, _: Vec<u8>) -> Diagnostics {
        nothing()
    }

    async fn list(&self, _: ListRequest, sink: Sink<ListEvent>) {
        let _ = sink.send(ListEvent { diagnostics: nothing(), ..Default::default() }).await;
    }

    async fn call_function(&self, _: &str, _: Vec<Encoded>) -> Result<Encoded, FunctionError> {
        Err(FunctionError { text: "This provider offers no functions.".to_owned(), argument: None })
    }

    async fn plan_action(&self, _: &str, _: Encoded, _: ClientCapabilities) -> (Diagnostics, Option<Deferred>) {
        (nothing(), None)
    }

    async fn invoke_action(&self, _: &str, _: Encoded, sink: Sink<ActionEvent>) {
        let _ = sink.send(ActionEvent::Completed(nothing())).await;
    }

    fn stop(&self) {}
}
