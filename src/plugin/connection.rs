//! Connections as the gRPC server takes them: accepted, and with TLS ended.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::listener::Listener;

/// Whoever does not finish the TLS handshake in that time is not Terraform.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// After an error of the listener (too many open files, for example) it is tried again, but not at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A stream of bytes, both ways.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection that may be used.
pub(crate) struct Connection {
    io: Box<dyn Io>,
    _open: Open,
}

/// Counts a connection for as long as it is open.
struct Open(watch::Sender<usize>);

impl Open {
    fn counted(connections: watch::Sender<usize>) -> Self {
        connections.send_modify(|open| *open += 1);
        Self(connections)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

/// Accepts until the stream is dropped, and tells `connections` how many are open. TLS handshakes run beside each
/// other: a client that stalls holds up nobody.
pub(crate) fn incoming(
    listener: Arc<Listener>,
    tls: Option<TlsAcceptor>,
    connections: watch::Sender<usize>,
) -> impl Stream<Item = io::Result<Connection>> + Send {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = sender.closed() => return,
            };
            match accepted {
                Ok(io) => {
                    tokio::spawn(admit(io, tls.clone(), sender.clone(), connections.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "Cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    });
    ReceiverStream::new(receiver)
}

async fn admit(
    io: Box<dyn Io>,
    tls: Option<TlsAcceptor>,
    sender: mpsc::Sender<io::Result<Connection>>,
    connections: watch::Sender<usize>,
) {
    let io = match tls {
        None => io,
        Some(tls) => match tokio::time::timeout(HANDSHAKE_LIMIT, tls.accept(io)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => return tracing::warn!(%error, "Refused a client"),
            Err(_) => return tracing::warn!("Refused a client that did not finish the TLS handshake"),
        },
    };
    // Nobody listens any more when the server is on its way out.
    let _ = sender.send(Ok(Connection { io, _open: Open::counted(connections) })).await;
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
