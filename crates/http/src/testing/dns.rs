//! DNS servers on loopback addresses, which answer what a test says.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub use hickory_proto::op::ResponseCode;
use hickory_proto::op::{Message, MessageType};
use hickory_proto::rr::rdata::{A, AAAA};
use hickory_proto::rr::{RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// What a server does about a question.
pub enum Reply {
    /// Gives the addresses of the kind that is asked for.
    Addresses(Vec<IpAddr>),
    /// The same, but over UDP only that they do not fit.
    ByTcp(Vec<IpAddr>),
    /// The same, but over UDP nothing.
    ByTcpAlone(Vec<IpAddr>),
    /// The same, over UDP with the words that there are more. Connections end without an answer.
    Cut(Vec<IpAddr>),
    /// This code, and no address.
    Code(ResponseCode),
    /// The same, without repeating the question.
    Bare(ResponseCode),
    /// First what answers another question and what answers another query, then the addresses.
    AfterForgeries(Vec<IpAddr>),
    /// No answer, but that others may know more: the server asks nobody itself.
    Referral,
    /// Nothing. Connections end without an answer.
    Silence,
}

impl Reply {
    /// The loopback address.
    pub fn here() -> Self {
        Self::Addresses(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
    }

    /// That there is no such name.
    pub fn unknown() -> Self {
        Self::Code(ResponseCode::NXDomain)
    }
}

/// Answers by name, without a dot at its end, and kind.
pub trait Zone: Fn(&str, RecordType) -> Reply + Send + Sync + 'static {}

impl<F: Fn(&str, RecordType) -> Reply + Send + Sync + 'static> Zone for F {}

/// A server's sockets.
pub struct Server {
    /// Where most are asked.
    pub udp: UdpSocket,
    /// On the same port.
    pub tcp: TcpListener,
}

impl Server {
    /// At this address; any port where it has none.
    ///
    /// # Errors
    /// When the sockets cannot be had.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let udp = UdpSocket::bind(address).await?;
        let tcp = TcpListener::bind(udp.local_addr()?).await?;
        Ok(Self { udp, tcp })
    }

    /// One at 127.0.0.1, the next at 127.0.0.2 and so on, all on the same port.
    pub async fn several(count: u8) -> (Vec<Self>, u16) {
        loop {
            let mut servers: Vec<Self> = Vec::new();
            for index in 1..=count {
                let port = servers.first().map_or(0, Self::port);
                // Somebody else may have that port at the next address.
                let Ok(server) = Self::bind((Ipv4Addr::new(127, 0, 0, index), port).into()).await else { break };
                servers.push(server);
            }
            if servers.len() == usize::from(count) {
                let port = servers[0].port();
                return (servers, port);
            }
        }
    }

    /// The port of both sockets.
    pub fn port(&self) -> u16 {
        self.tcp.local_addr().map_or(0, |address| address.port())
    }

    /// Answers until the runtime ends.
    pub fn serve(self, zone: impl Zone) {
        let (zone, Self { udp, tcp }) = (Arc::new(zone), self);
        let same = Arc::clone(&zone);
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
                for answer in answers(&buffer[..length], zone.as_ref(), true) {
                    udp.send_to(&answer, from).await.ok();
                }
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                answer_stream(stream, same.as_ref()).await.ok();
            }
        });
    }
}

async fn answer_stream(mut stream: TcpStream, zone: &impl Zone) -> io::Result<()> {
    let mut query = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut query).await?;
    for answer in answers(&query, zone, false) {
        stream.write_u16(answer.len().try_into().unwrap_or(u16::MAX)).await?;
        stream.write_all(&answer).await?;
    }
    stream.shutdown().await
}

fn answers(query: &[u8], zone: &impl Zone, udp: bool) -> Vec<Vec<u8>> {
    let mut message = Message::from_vec(query).unwrap();
    message.metadata.message_type = MessageType::Response;
    message.metadata.recursion_available = true;
    let question = message.queries[0].clone();
    let (name, kind) = (question.name().to_string(), question.query_type());
    let reply = zone(name.trim_end_matches('.'), kind);
    let filled = |mut message: Message, addresses: Vec<IpAddr>| {
        for address in addresses {
            let data = match (address, kind) {
                (IpAddr::V4(address), RecordType::A) => RData::A(A(address)),
                (IpAddr::V6(address), RecordType::AAAA) => RData::AAAA(AAAA(address)),
                _ => continue,
            };
            message.add_answer(Record::from_rdata(question.name().clone(), 60, data));
        }
        message
    };
    let messages = match reply {
        Reply::Silence => Vec::new(),
        Reply::Cut(addresses) => {
            message.metadata.truncation = true;
            if udp { vec![filled(message, addresses)] } else { Vec::new() }
        }
        Reply::Referral => {
            message.metadata.recursion_available = false;
            vec![message]
        }
        Reply::ByTcpAlone(_) if udp => Vec::new(),
        Reply::ByTcp(_) if udp => {
            message.metadata.truncation = true;
            vec![message]
        }
        Reply::Addresses(addresses) | Reply::ByTcp(addresses) | Reply::ByTcpAlone(addresses) => {
            vec![filled(message, addresses)]
        }
        Reply::Code(code) => {
            message.metadata.response_code = code;
            vec![message]
        }
        Reply::Bare(code) => {
            message.metadata.response_code = code;
            message.queries.clear();
            vec![message]
        }
        Reply::AfterForgeries(addresses) => {
            let forged = filled(message.clone(), vec![Ipv4Addr::new(192, 0, 2, 66).into()]);
            let mut other_question = forged.clone();
            other_question.queries[0].set_query_type(RecordType::TXT);
            let mut other_query = forged;
            other_query.metadata.id = other_query.metadata.id.wrapping_add(1);
            vec![other_question, other_query, filled(message, addresses)]
        }
    };
    messages.iter().map(|message| message.to_vec().unwrap()).collect()
}
