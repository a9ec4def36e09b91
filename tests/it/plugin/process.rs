//! Provider processes, started as Terraform starts them.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::CertificateDer;

use super::client::{self, Client, Credentials, Presented, Tls};

pub(crate) const QUAY: &str = env!("CARGO_BIN_EXE_terraform-provider-quay");
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How to start one.
pub(crate) struct Start {
    command: Command,
    credentials: Option<Credentials>,
    directory: tempfile::TempDir,
    /// The folder that is `/` to the process.
    root: PathBuf,
}

impl Start {
    /// An executable, with nothing of Terraform's in its environment.
    pub(crate) fn plain(program: impl AsRef<Path>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(program.as_ref());
        command.env_clear().env("TMPDIR", directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, credentials: None, directory, root: "/".into() }
    }

    /// As Terraform does it.
    pub(crate) fn terraform(program: impl AsRef<Path>) -> Self {
        let mut start = Self::plain(program)
            .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6");
        let credentials = Credentials::generate();
        start.command.env("PLUGIN_CLIENT_CERT", &credentials.pem);
        start.credentials = Some(credentials);
        start
    }

    /// An executable in a folder that is `/` to it, and has a folder `tmp`. `command` changes the root, and is given the folder and
    /// the executable.
    pub(crate) fn in_root(command: &[&str], root: &Path, program: &str) -> Self {
        let arguments = command[1..].iter().copied().chain([root.to_str().unwrap(), program]);
        let start = arguments.fold(Self::terraform(command[0]), Self::argument);
        Self { root: root.to_owned(), ..start.env("TMPDIR", "/tmp") }
    }

    /// The real executable, with the provider that it has.
    pub(crate) fn quay() -> Self {
        Self::terraform(QUAY)
    }

    /// A provider whose behaviour a test chooses; see [`super::fake`].
    pub(crate) fn fake() -> Self {
        let mut start = Self::terraform(std::env::current_exe().unwrap());
        let test = ["plugin::fake::process", "--exact", "--ignored", "--nocapture", "--test-threads=2"];
        start.command.args(test).env(super::fake::VARIABLE, "1");
        start
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// As Terraform with `TF_DISABLE_PLUGIN_TLS`.
    pub(crate) fn without_tls(mut self) -> Self {
        self.command.env_remove("PLUGIN_CLIENT_CERT");
        self.credentials = None;
        self
    }

    /// Where its temporary files go.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Runs it to its end.
    pub(crate) fn output(mut self) -> Output {
        self.command.output().unwrap()
    }

    /// Starts it and reads lines until one is accepted.
    pub(crate) fn until(mut self, accept: impl Fn(&str) -> bool + Send + 'static) -> (String, Process) {
        let mut child = self.command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let stderr = reading(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let (sender, receiver) = mpsc::channel();
        let stdout = reading(move || {
            let mut lines = BufReader::new(stdout).lines();
            if let Some(line) = lines.by_ref().map(Result::unwrap).find(|line| accept(line)) {
                sender.send(line).unwrap();
            }
            drop(sender);
            lines.map(|line| line.unwrap() + "\n").collect()
        });
        let child = Guard(child);
        let line = receiver.recv_timeout(PATIENCE).expect("the process said nothing of the kind");
        (line, Process { child, stdout, stderr, directory: self.directory })
    }

    /// Starts it and reads the handshake.
    pub(crate) fn serve(mut self) -> Serving {
        let credentials = self.credentials.take();
        let root = std::mem::take(&mut self.root);
        let (line, process) = self.until(|line| line.starts_with("1|"));
        let mut handshake = Handshake::parse(&line);
        if handshake.network() == "unix" {
            let inside = handshake.address().trim_start_matches('/').to_owned();
            handshake.fields[3] = root.join(inside).to_str().unwrap().to_owned();
        }
        Serving { handshake, credentials, process }
    }
}

/// Reads in a thread of its own, which may never end: what a process has started may live on.
fn reading(read: impl FnOnce() -> String + Send + 'static) -> Text {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(read()));
    Mutex::new(receiver)
}

/// What will have been read.
type Text = Mutex<mpsc::Receiver<String>>;

/// Killed when it is dropped.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that runs.
pub(crate) struct Process {
    child: Guard,
    stdout: Text,
    stderr: Text,
    directory: tempfile::TempDir,
}

/// A process that has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// When.
    pub(crate) at: Instant,
    /// What it wrote after the line that was waited for.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What is left where its temporary files go.
    pub(crate) left: Vec<PathBuf>,
}

impl Process {
    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child.0), signal).unwrap();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Waits for the end, which has to come by itself.
    pub(crate) async fn ended(mut self) -> Ended {
        let wait = tokio::task::spawn_blocking(move || {
            let (sender, receiver) = mpsc::channel();
            let pid = Pid::from_child(&self.child.0);
            let (status, at) = thread::scope(|scope| {
                let child = &mut self.child.0;
                scope.spawn(move || sender.send((child.wait().unwrap(), Instant::now())));
                receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                    kill_process(pid, Signal::KILL).unwrap();
                    panic!("the process does not end")
                })
            });
            // Its output ends when all that it started has ended too.
            let output = |text: Text| {
                let text = text.into_inner().unwrap();
                text.recv_timeout(PATIENCE).expect("something that the process started does not end")
            };
            let (stdout, stderr) = (output(self.stdout), output(self.stderr));
            let left = std::fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
            Ended { status, at, stdout, stderr, left }
        });
        wait.await.unwrap()
    }
}

/// The line with which a provider says where it listens.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) fields: Vec<String>,
}

impl Handshake {
    fn parse(line: &str) -> Self {
        Self { fields: line.split('|').map(str::to_owned).collect() }
    }

    pub(crate) fn network(&self) -> &str {
        &self.fields[2]
    }

    pub(crate) fn address(&self) -> &str {
        &self.fields[3]
    }

    pub(crate) fn certificate(&self) -> Option<CertificateDer<'static>> {
        let text = &self.fields[5];
        (!text.is_empty()).then(|| STANDARD_NO_PAD.decode(text).unwrap().into())
    }
}

/// A process that serves.
pub(crate) struct Serving {
    pub(crate) handshake: Handshake,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) process: Process,
}

impl Serving {
    /// Connects as Terraform.
    pub(crate) async fn connect(&self) -> Client {
        let presented = self.credentials.as_ref().map(Credentials::presented);
        self.connect_presenting(presented, &rustls::version::TLS13).await.unwrap()
    }

    /// Connects with something else, or without TLS.
    pub(crate) async fn connect_presenting(
        &self,
        presented: Option<Presented>,
        version: &'static rustls::SupportedProtocolVersion,
    ) -> Result<Client, tonic::transport::Error> {
        let server = self.handshake.certificate();
        let tls = presented.map(|presented| Tls { server: server.expect("no server certificate"), presented, version });
        client::connect(self.handshake.network(), self.handshake.address(), tls).await
    }

    /// Asks for the end, and waits for it. Terraform kills what is still there after two seconds.
    pub(crate) async fn shut_down(self, client: &Client) -> Ended {
        let asked = Instant::now();
        client.controller().shutdown(client::go_plugin::Empty {}).await.unwrap();
        let ended = self.process.ended().await;
        let took = ended.at - asked;
        assert!(took < Duration::from_secs(2), "Terraform would have killed it: the end took {took:?}");
        ended
    }
}
