//! Which service answers which path.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;

use super::calls::Calls;
use super::proto::go_plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::go_plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::go_plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::health::health_server::HealthServer;
use super::proto::tfplugin6::provider_server::ProviderServer;
use super::services::Services;

/// States can be large. The same limit as Terraform's own for its largest messages.
const LARGEST_MESSAGE: usize = 256 << 20;

/// All services of a provider's process.
#[derive(Clone)]
pub(crate) struct Routes {
    provider: ProviderServer<Calls>,
    controller: GrpcControllerServer<Services>,
    stdio: GrpcStdioServer<Services>,
    broker: GrpcBrokerServer<Services>,
    health: HealthServer<Services>,
}

impl Routes {
    /// The provider's calls, and the rest.
    pub(crate) fn new(calls: Calls, services: Services) -> Self {
        let services = Arc::new(services);
        Self {
            provider: ProviderServer::new(calls)
                .max_decoding_message_size(LARGEST_MESSAGE)
                .max_encoding_message_size(LARGEST_MESSAGE),
            controller: GrpcControllerServer::from_arc(Arc::clone(&services)),
            stdio: GrpcStdioServer::from_arc(Arc::clone(&services)),
            broker: GrpcBrokerServer::from_arc(Arc::clone(&services)),
            health: HealthServer::from_arc(services),
        }
    }
}

impl Service<http::Request<Body>> for Routes {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match service(request.uri().path()) {
            ProviderServer::<Calls>::NAME => self.provider.call(request),
            GrpcControllerServer::<Services>::NAME => self.controller.call(request),
            GrpcStdioServer::<Services>::NAME => self.stdio.call(request),
            GrpcBrokerServer::<Services>::NAME => self.broker.call(request),
            HealthServer::<Services>::NAME => self.health.call(request),
            _ => Box::pin(std::future::ready(Ok(Status::unimplemented("no such service").into_http()))),
        }
    }
}

/// `/service/Method` to `service`.
fn service(path: &str) -> &str {
    path.strip_prefix('/').and_then(|path| path.split_once('/')).map_or("", |(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_the_first_part_of_a_path() {
        assert_eq!(service("/tfplugin6.Provider/ReadResource"), ProviderServer::<Calls>::NAME);
        assert_eq!(service("/grpc.health.v1.Health/Check"), HealthServer::<Services>::NAME);
        assert_eq!(service("/"), "");
        assert_eq!(service("*"), "");
    }
}
