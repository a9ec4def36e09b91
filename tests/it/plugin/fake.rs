//! A provider whose types do what their names say, in a process of its own: this test executable, started again.

use std::ffi::OsString;
use std::sync::Arc;

use async_trait::async_trait;
use container_registries::plugin::{self, Plugin};
use terraform_framework::schema::Schema;
use terraform_framework::server::{
    ActionEvent, ApplyRequest, ApplyResponse, ClientCapabilities, ConfigureRequest, DataResponse, Deferred, Encoded,
    FunctionError, ImportRequest, ImportResponse, Imported, Kind, ListEvent, ListRequest, MoveRequest, MoveResponse,
    OpenResponse, PlanRequest, PlanResponse, ProviderSchema, RawState, ReadRequest, ReadResponse, RenewResponse, Serve,
    Sink, Timestamp,
};
use terraform_framework::{Diagnostic, Diagnostics, Path};
use tokio::sync::{Barrier, watch};
use tokio_util::sync::CancellationToken;

/// Set when this test executable is to be a provider; `never stops` makes it one that hangs when it is to stop, `engine` the one of
/// [`super::engine`].
pub(crate) const VARIABLE: &str = "CONTAINER_REGISTRIES_FAKE_PROVIDER";

/// How many calls `fake_together` waits for.
pub(crate) const TOGETHER: usize = 64;

#[test]
#[ignore = "the process that other tests start"]
fn process() {
    if std::env::var_os(VARIABLE).is_some() {
        let plugin = Plugin {
            name: "fake",
            address: "registry.terraform.io/container-registries/fake",
            version: "1.2.3",
            provider: || match std::env::var_os(VARIABLE).is_some_and(|value| value == "engine") {
                true => super::engine::provider(),
                false => Arc::new(Fake::default()),
            },
        };
        let code = plugin::run(plugin, std::iter::empty::<OsString>());
        // The test runner would have more to say.
        std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
    }
}

/// See [`Fake::read`] for its types.
struct Fake {
    stop: CancellationToken,
    /// A call of `fake_wait` or `fake_forever` is running.
    waiting: watch::Sender<bool>,
    /// The stream of `fake_endless` was dropped.
    dropped: watch::Sender<bool>,
    together: Barrier,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            stop: CancellationToken::new(),
            waiting: watch::Sender::new(false),
            dropped: watch::Sender::new(false),
            together: Barrier::new(TOGETHER),
        }
    }
}

/// Tells when it is dropped.
struct OnDrop(watch::Sender<bool>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

/// Forever.
fn block() {
    loop {
        std::thread::park();
    }
}

fn echoed() -> Diagnostics {
    Diagnostic::warning("Echo", "Nothing happened.").at(Path::attribute("a").child("b")).into()
}

#[async_trait]
impl Serve for Fake {
    fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        let mut schema = ProviderSchema::default();
        for name in ["fake_b", "fake_a"] {
            schema.resources.insert(name.to_owned(), Schema { version: 1, ..Schema::default() });
            schema.actions.insert(name.to_owned(), Schema::default());
            schema.identities.insert(name.to_owned(), Default::default());
        }
        Ok(Arc::new(schema))
    }

    async fn validate(&self, kind: Kind, type_name: &str, _: Encoded, _: ClientCapabilities) -> Diagnostics {
        assert_ne!(type_name, "fake_panic", "validation of {kind:?}");
        Diagnostic::warning(format!("{kind:?}"), type_name).into()
    }

    async fn upgrade_state(&self, _: &str, version: i64, state: RawState) -> (Encoded, Diagnostics) {
        assert!(version == 0 && !state.flatmap);
        (Encoded { msgpack: state.json, json: Vec::new() }, echoed())
    }

    async fn upgrade_identity(&self, _: &str, _: i64, identity: RawState) -> (Encoded, Diagnostics) {
        (Encoded { msgpack: identity.json, json: Vec::new() }, echoed())
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        Diagnostic::warning(request.terraform_version, "configured").into()
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let mut diagnostics = Diagnostics::default();
        match request.type_name.as_str() {
            "fake_echo" => {}
            // On the way an event of this executable, not of the library: it must not be logged.
            "fake_talkative" => {
                tracing::error!("of another library");
                tracing::info!(target: "registry_http", "of the library");
                tracing::info!(target: "registry_http", body = "x".repeat(200_000), "long");
            }
            "fake_panic" => panic!("something is wrong with {}", request.type_name),
            "fake_panic_later" => {
                tokio::task::yield_now().await;
                request.private.first().expect("there was nothing");
            }
            "fake_lost_panic" => {
                let lost = tokio::spawn(async { panic!("in a task of its own") }).await;
                assert!(lost.is_err());
            }
            "fake_wait" => {
                self.waiting.send_replace(true);
                self.stop.cancelled().await;
                diagnostics.push(Diagnostic::warning("Stopped", "It was asked to."));
            }
            "fake_forever" => {
                self.waiting.send_replace(true);
                std::future::pending().await
            }
            "fake_until_waiting" => drop(self.waiting.subscribe().wait_for(|waiting| *waiting).await),
            "fake_until_dropped" => drop(self.dropped.subscribe().wait_for(|dropped| *dropped).await),
            "fake_together" => {
                self.together.wait().await;
            }
            "fake_blocked" => {
                // Told from outside the runtime: what this thread wakes, it might have to run itself.
                let waiting = self.waiting.clone();
                std::thread::spawn(move || waiting.send_replace(true));
                block();
            }
            other => panic!("no type {other}"),
        }
        ReadResponse {
            new_state: request.current_state,
            private: request.private,
            new_identity: request.current_identity,
            diagnostics,
            deferred: request.capabilities.deferral_allowed.then_some(Deferred::AbsentPrerequisite),
        }
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        PlanResponse {
            planned_state: request.proposed_new_state,
            requires_replace: vec![Path::attribute("a")],
            planned_private: request.planned_private,
            diagnostics: echoed(),
            deferred: None,
            planned_identity: request.prior_identity,
        }
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        assert_ne!(request.type_name, "fake_panic", "during apply");
        ApplyResponse {
            new_state: request.planned_state,
            private: request.planned_private,
            diagnostics: echoed(),
            new_identity: request.planned_identity,
        }
    }

    async fn import(&self, request: ImportRequest) -> ImportResponse {
        let state = Encoded { msgpack: request.id.into_bytes(), json: Vec::new() };
        let imported = Imported { type_name: request.type_name, state, identity: request.identity, private: vec![1] };
        ImportResponse { imported: Some(imported), ..Default::default() }
    }

    async fn move_state(&self, request: MoveRequest) -> MoveResponse {
        MoveResponse {
            target_state: Encoded { msgpack: request.source_state.json, json: Vec::new() },
            target_private: request.source_private,
            ..Default::default()
        }
    }

    async fn read_data(&self, _: &str, config: Encoded, _: ClientCapabilities) -> DataResponse {
        DataResponse { state: config, ..Default::default() }
    }

    async fn generate_config(&self, _: &str, state: Encoded) -> (Encoded, Diagnostics) {
        (state, echoed())
    }

    async fn open(&self, _: &str, config: Encoded) -> OpenResponse {
        let renew_at = Some(Timestamp { seconds: 1, nanos: 2 });
        OpenResponse { result: config, renew_at, private: Some(vec![3]), ..Default::default() }
    }

    async fn renew(&self, _: &str, private: Vec<u8>) -> RenewResponse {
        RenewResponse { private: Some(private), ..Default::default() }
    }

    async fn close(&self, _: &str, private: Vec<u8>) -> Diagnostics {
        Diagnostic::warning("Closed", format!("{private:?}")).into()
    }

    async fn list(&self, request: ListRequest, sink: Sink<ListEvent>) {
        let event = |n: i64| ListEvent {
            display_name: n.to_string(),
            resource: Some(request.config.clone()),
            ..Default::default()
        };
        match request.type_name.as_str() {
            "fake_endless" => {
                let _dropped = OnDrop(self.dropped.clone());
                let mut n = 0;
                while sink.send(event(n)).await.is_ok() {
                    n += 1;
                }
            }
            "fake_panic" => {
                sink.send(event(0)).await.unwrap();
                panic!("in the middle of a list");
            }
            _ => {
                for n in 0..request.limit {
                    sink.send(event(n)).await.unwrap();
                }
            }
        }
    }

    async fn call_function(&self, name: &str, arguments: Vec<Encoded>) -> Result<Encoded, FunctionError> {
        match name {
            "last" => {
                arguments.last().cloned().ok_or(FunctionError { text: "no arguments".to_owned(), argument: None })
            }
            "wrong" => Err(FunctionError { text: "wrong".to_owned(), argument: Some(1) }),
            _ => panic!("no function {name}"),
        }
    }

    async fn plan_action(&self, _: &str, _: Encoded, _: ClientCapabilities) -> (Diagnostics, Option<Deferred>) {
        (echoed(), Some(Deferred::ProviderConfigUnknown))
    }

    async fn invoke_action(&self, type_name: &str, _: Encoded, sink: Sink<ActionEvent>) {
        sink.send(ActionEvent::Progress("half way".to_owned())).await.unwrap();
        assert_ne!(type_name, "fake_panic", "during an action");
        sink.send(ActionEvent::Completed(Diagnostics::default())).await.unwrap();
    }

    fn stop(&self) {
        if std::env::var_os(VARIABLE).is_some_and(|value| value == "never stops") {
            block();
        }
        self.stop.cancel();
    }
}
