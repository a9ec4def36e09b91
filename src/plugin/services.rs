//! The services beside the provider's own: go-plugin's controller, stdio and broker, and gRPC's health.

use std::pin::Pin;

use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::proto::go_plugin::grpc_broker_server::GrpcBroker;
use super::proto::go_plugin::grpc_controller_server::GrpcController;
use super::proto::go_plugin::grpc_stdio_server::GrpcStdio;
use super::proto::go_plugin::{ConnInfo, Empty, StdioData};
use super::proto::health::health_check_response::ServingStatus;
use super::proto::health::health_server::Health;
use super::proto::health::{HealthCheckRequest, HealthCheckResponse};

/// The name under which go-plugin asks for a plugin's health.
const HEALTH_OF: &str = "plugin";

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// All of them.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    /// What Shutdown cancels.
    pub(crate) shutdown: CancellationToken,
    /// What ends the streams.
    pub(crate) end: CancellationToken,
}

impl Services {
    /// Silent until the end.
    fn silence<T: Send + 'static>(&self) -> Events<T> {
        let end = self.end.clone().cancelled_owned();
        stream::pending().take_until(end).boxed()
    }
}

#[tonic::async_trait]
impl GrpcController for Services {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("Shutdown was asked for");
        self.shutdown.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Services {
    type StreamStdioStream = Events<StdioData>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(self.silence()))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Services {
    type StartStreamStream = Events<ConnInfo>;

    /// There is nothing to connect to. What the client says is read, and the stream ends when the client's does, or with a message that is
    /// none: what is read of one that cannot be decoded may be the same error for ever.
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let sound = request.into_inner().take_while(|message| std::future::ready(message.is_ok()));
        let unheard = sound.filter_map(|_| std::future::ready(None));
        Ok(Response::new(unheard.take_until(self.end.clone().cancelled_owned()).boxed()))
    }
}

#[tonic::async_trait]
impl Health for Services {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match status(&request.into_inner().service) {
            ServingStatus::ServiceUnknown => Err(Status::not_found("no such service")),
            status => Ok(Response::new(HealthCheckResponse { status: status.into() })),
        }
    }

    type WatchStream = Events<HealthCheckResponse>;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let status = status(&request.into_inner().service).into();
        let now = stream::once(std::future::ready(Ok(HealthCheckResponse { status })));
        Ok(Response::new(now.chain(self.silence()).boxed()))
    }
}

fn status(service: &str) -> ServingStatus {
    if service.is_empty() || service == HEALTH_OF { ServingStatus::Serving } else { ServingStatus::ServiceUnknown }
}
