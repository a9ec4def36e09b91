//! Connections that can be cut: at once, or after a part of a response's body went out.
//!
//! A cut is made below HTTP, where the bytes are written. So a client sees what it sees when a server dies: no status
//! line at all, or a body shorter than its `Content-Length`.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Accepts connections that can be cut.
pub struct Listener(TcpListener);

impl Listener {
    /// Takes over a listening socket.
    pub fn new(listener: TcpListener) -> Self {
        Self(listener)
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.0).await;
        // Without it small answers wait for the client's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        (Connection { stream, cut: Cut::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// The handle with which a request's handler cuts the connection that it came on.
#[derive(Clone, Default)]
pub struct Cut(Arc<Mutex<Plan>>);

#[derive(Default)]
enum Plan {
    #[default]
    Open,
    Closed,
    /// So many bytes of the next response's body go out. `head` holds what was written of its head so far.
    Body {
        left: usize,
        head: Vec<u8>,
    },
    /// The head is out, and so many bytes of the body may follow.
    Rest(usize),
}

impl Cut {
    /// Not a byte more goes out.
    pub fn now(&self) {
        *self.plan() = Plan::Closed;
    }

    /// The next response is cut after so many bytes of its body.
    pub fn after_body(&self, bytes: usize) {
        *self.plan() = Plan::Body { left: bytes, head: Vec::new() };
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes of `buffer` may be written: at least one, or an error.
    fn allowed(&self, buffer: &[u8]) -> io::Result<usize> {
        match &*self.plan() {
            Plan::Open => Ok(buffer.len()),
            Plan::Closed | Plan::Rest(0) => Err(io::ErrorKind::ConnectionAborted.into()),
            Plan::Rest(left) => Ok(buffer.len().min(*left)),
            Plan::Body { left, head } => Ok(match end_of_head(head, buffer) {
                Some(end) => buffer.len().min((end + left).max(1)),
                None => buffer.len(),
            }),
        }
    }

    /// Notes what was really written.
    fn written(&self, bytes: &[u8]) {
        let mut plan = self.plan();
        match &mut *plan {
            Plan::Open | Plan::Closed => {}
            Plan::Rest(left) => *left = left.saturating_sub(bytes.len()),
            Plan::Body { left, head } => match end_of_head(head, bytes) {
                Some(end) => *plan = Plan::Rest(left.saturating_sub(bytes.len() - end)),
                None => head.extend_from_slice(bytes),
            },
        }
    }
}

/// Where in `buffer` a head that began with `before` ends.
fn end_of_head(before: &[u8], buffer: &[u8]) -> Option<usize> {
    let whole = [before, buffer].concat();
    let end = whole.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD)? + END_OF_HEAD.len();
    end.checked_sub(before.len())
}

impl Connected<IncomingStream<'_, Listener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().cut.clone()
    }
}

/// A connection that writes only as long as it was not cut.
pub struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let allowed = self.cut.allowed(buffer)?;
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, &buffer[..allowed]))?;
        self.cut.written(&buffer[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
