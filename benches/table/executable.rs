//! How long an executable takes to say where it listens, what it then needs, and how large it is.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use registry_harness::{Error, Provider, Result};
use tempfile::TempDir;

use crate::client::{self, Client, Credentials, Tls, tfplugin6};
use crate::report::{Row, Unit};

/// Starts per executable.
const STARTS: usize = 31;
/// Of which so many are also asked for the schema.
const SCHEMAS: usize = 5;

const MEBIBYTE: f64 = 1024.0 * 1024.0;
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Start, memory and size of one provider.
pub(crate) fn rows(provider: &Provider) -> Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed("runtime"))?;
    let credentials = Credentials::generate();
    let (mut starts, mut idle, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..STARTS {
        let started = Started::new(&provider.executable, &credentials)?;
        starts.push(started.took.as_secs_f64() * 1000.0);
        idle.extend(started.resident());
        if round < SCHEMAS {
            runtime.block_on(started.ask_for_schema(&credentials))?;
            asked.extend(started.resident());
        }
    }
    let size = std::fs::metadata(&provider.executable).map_err(failed("size"))?.len();
    let name = format!("`terraform-provider-{}`", provider.name);
    let start = format!("{name}: start to handshake line");
    let mut rows = vec![Row::at_most(10.0, Unit::Milliseconds, median(starts), start)];
    // Only Linux tells.
    if !idle.is_empty() {
        rows.push(Row::at_most(12.0, Unit::Mebibytes, median(idle), format!("{name}: resident memory then")));
        rows.push(Row::at_most(
            16.0,
            Unit::Mebibytes,
            median(asked),
            format!("{name}: resident memory after the schema was sent"),
        ));
    }
    let limit = provider.largest() as f64 / MEBIBYTE;
    rows.push(Row::at_most(limit, Unit::Mebibytes, size as f64 / MEBIBYTE, format!("{name}: size of the executable")));
    Ok(rows)
}

/// The one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A provider that has said where it listens. Killed when it is dropped.
struct Started {
    child: Child,
    took: Duration,
    line: String,
    _directory: TempDir,
}

impl Started {
    /// Starts it as Terraform does.
    fn new(program: &Path, credentials: &Credentials) -> Result<Self> {
        let directory = tempfile::tempdir().map_err(failed("temporary directory"))?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("TMPDIR", directory.path())
            .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("PLUGIN_CLIENT_CERT", &credentials.pem)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().map_err(failed("start"))?;
        let mut line = String::new();
        let read = child.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut line));
        let took = began.elapsed();
        let started = Self { child, took, line, _directory: directory };
        match read {
            Some(Ok(_)) if started.field(1) == "6" => Ok(started),
            _ => Err(Error::new(format!("{} said {:?} instead of a handshake", program.display(), started.line))),
        }
    }

    fn field(&self, index: usize) -> &str {
        self.line.trim_end().split('|').nth(index).unwrap_or_default()
    }

    /// Resident memory in MiB, where the operating system tells.
    fn resident(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
    }

    async fn ask_for_schema(&self, credentials: &Credentials) -> Result<()> {
        let client = self.connect(credentials).await?;
        let request = tfplugin6::get_provider_schema::Request::default();
        let answer = client.provider().get_provider_schema(request).await.map_err(failed("schema"))?.into_inner();
        match answer.provider {
            Some(_) => Ok(()),
            None => Err(Error::new(format!("no schema: {:?}", answer.diagnostics))),
        }
    }

    async fn connect(&self, credentials: &Credentials) -> Result<Client> {
        let server = STANDARD_NO_PAD.decode(self.field(5)).map_err(failed("server certificate"))?.into();
        let tls = Tls { server, presented: credentials.presented(), version: &rustls::version::TLS13 };
        client::connect(self.field(2), self.field(3), Some(tls)).await.map_err(failed("connection"))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failed<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> Error {
    move |error| Error::new(format!("{what}: {error}"))
}
