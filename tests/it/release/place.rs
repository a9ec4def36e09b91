//! A place with nothing in it but an executable, a folder for temporary files, and what a test puts there; and servers beside it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use registry_harness::Provider;
use registry_harness::progress::say;
use registry_simulator::{Options, Simulator};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::core::{Core, text};
use crate::plugin::client::Client;
use crate::plugin::process::{Serving, Start};
use crate::world::Service;
pub(super) use crate::world::merged;
use crate::world::remote::Remote;
use registry_http::testing::dns::{Server, Zone};

/// What the server is called.
pub(super) const NAME: &str = "registry.release.test";

pub(super) struct Place {
    root: TempDir,
    executable: String,
    /// What changes the root.
    command: Vec<&'static str>,
    test: String,
    pub(super) simulator: Simulator,
    /// Processes end with the place.
    serving: Vec<(Serving, Client)>,
}

impl Place {
    /// With the executable of a provider. `None`, with a printed reason, where nothing may change the root.
    pub(super) fn new(provider: &Provider, test: &str) -> Option<Self> {
        let Some(command) = command() else {
            say(format!("{test} is left out: this user may neither change the root nor make a user namespace"));
            return None;
        };
        let root = tempfile::tempdir().unwrap();
        let name = provider.executable.file_name().unwrap().to_str().unwrap();
        fs::create_dir(root.path().join("tmp")).unwrap();
        fs::copy(&provider.executable, root.path().join(name)).unwrap();
        let simulator = Simulator::start(Options::default()).unwrap();
        let (executable, test) = (format!("/{name}"), test.to_owned());
        Some(Self { root, executable, command, test, simulator, serving: Vec::new() })
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn start(&self) -> Serving {
        Start::in_root(&self.command, self.root.path(), &self.executable).serve()
    }

    /// A DNS server, which the place knows. False, with a printed reason, where its port may not be taken.
    pub(super) async fn names(&self, zone: impl Zone) -> bool {
        // Tests run at once, and all such servers have the same port.
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let address = Ipv4Addr::new(127, 0, 53, NEXT.fetch_add(1, Ordering::Relaxed));
        match Server::bind(SocketAddr::from((address, 53))).await {
            Ok(server) => {
                server.serve(zone);
                self.write("etc/resolv.conf", &format!("nameserver {address}\n"));
                true
            }
            Err(error) => {
                say(format!("{} is left out: cannot listen on port 53 of {address}: {error}", self.test));
                false
            }
        }
    }

    /// A TLS server before the simulator, which calls itself [`NAME`] and 127.0.0.1. Gives its address.
    pub(super) async fn tls(&self, authority: &Authority) -> String {
        let acceptor = TlsAcceptor::from(authority.server());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{NAME}:{}", listener.local_addr().unwrap().port());
        let simulator = self.simulator.address();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust it goes away.
                    let mut stream = acceptor.accept(stream).await?;
                    copy_bidirectional(&mut stream, &mut TcpStream::connect(simulator).await?).await
                });
            }
        });
        url
    }

    /// Terraform with a process in this place.
    pub(super) async fn core(&mut self, settings: Json) -> Core {
        let serving = self.start();
        let client = serving.connect().await;
        let schema = Service::Quay.serve().schema().expect("a schema");
        let core = Core::unconfigured(Arc::new(Remote { client: client.clone(), schema }));
        self.serving.push((serving, client));
        let own = json!({ "token": self.simulator.credentials().quay_token, "max_retries": 0 });
        let said = core.configure(merged(own, settings)).await;
        assert!(!said.has_errors(), "{}", text(&said));
        core
    }
}

/// What changes the root for a command, if anything may: `chroot` as it is, or as the root of a user namespace.
fn command() -> Option<Vec<&'static str>> {
    let find = |names: [&'static str; 2]| names.into_iter().find(|path| Path::new(path).is_file());
    let chroot = find(["/usr/sbin/chroot", "/usr/bin/chroot"])?;
    let unshare = find(["/usr/bin/unshare", "/bin/unshare"]);
    let ways = [Some(vec![chroot]), unshare.map(|unshare| vec![unshare, "-r", chroot])];
    ways.into_iter().flatten().find(|way| {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(["/", "/bin/sh", "-c", ":"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// An authority that signs the certificate of a server.
pub(super) struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(parameters, key) }
    }

    pub(super) fn pem(&self) -> String {
        self.certificate.pem()
    }

    fn server(&self) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![NAME.to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}
