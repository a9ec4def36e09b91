//! The log, as Terraform reads it: one JSON object per line on standard error.
//!
//! Terraform starts a provider with its own environment, so `TF_LOG` and its like say how much it will show. When it
//! would show nothing no subscriber is installed, and no line is ever built. Only events of our own packages are logged:
//! those of the HTTP and TLS libraries may hold headers.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use terraform_framework::server::Kind;
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

mod lines;

use lines::Lines;

/// The version of the protocol that is served.
pub(crate) const PROTOCOL_VERSION: &str = "6.11";

/// What the targets of this package begin with, which is the plugin layer.
const PROTOCOL: &str = env!("CARGO_CRATE_NAME");

/// What the targets of the framework begin with.
const FRAMEWORK: &str = "terraform_framework";

/// What the targets of all other packages of ours begin with.
const PROVIDER: &str = "registry_";

/// What the targets of all events begin with that can reach the log.
pub const TARGETS: [&str; 3] = [PROTOCOL, FRAMEWORK, PROVIDER];

/// What a call is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// The provider as a whole.
    None,
    /// A managed resource's type.
    Resource(&'a str),
    /// A data source's type.
    DataSource(&'a str),
    /// An ephemeral resource's type.
    Ephemeral(&'a str),
    /// A list resource's type.
    List(&'a str),
    /// An action's type.
    Action(&'a str),
    /// A function's name.
    Function(&'a str),
}

impl<'a> Subject<'a> {
    /// Of a validation.
    pub(crate) fn of(kind: Kind, name: &'a str) -> Self {
        match kind {
            Kind::Provider => Subject::None,
            Kind::Resource => Subject::Resource(name),
            Kind::DataSource => Subject::DataSource(name),
            Kind::Ephemeral => Subject::Ephemeral(name),
            Kind::List => Subject::List(name),
            Kind::Action => Subject::Action(name),
        }
    }
}

/// The span of a call. All that is logged within it carries its keys; they are named as in other providers' logs.
pub(crate) fn span(address: &str, rpc: &str, subject: Subject<'_>) -> Span {
    if LevelFilter::current() == LevelFilter::OFF {
        return Span::none();
    }
    let span = tracing::error_span!(
        "call",
        tf_proto_version = PROTOCOL_VERSION,
        tf_provider_addr = address,
        tf_req_id = request_id(),
        tf_rpc = rpc,
        tf_resource_type = tracing::field::Empty,
        tf_data_source_type = tracing::field::Empty,
        tf_ephemeral_resource_type = tracing::field::Empty,
        tf_list_resource_type = tracing::field::Empty,
        tf_action_type = tracing::field::Empty,
        tf_function_name = tracing::field::Empty,
    );
    match subject {
        Subject::None => &span,
        Subject::Resource(name) => span.record("tf_resource_type", name),
        Subject::DataSource(name) => span.record("tf_data_source_type", name),
        Subject::Ephemeral(name) => span.record("tf_ephemeral_resource_type", name),
        Subject::List(name) => span.record("tf_list_resource_type", name),
        Subject::Action(name) => span.record("tf_action_type", name),
        Subject::Function(name) => span.record("tf_function_name", name),
    };
    span
}

/// Unique among the processes that write into one log.
fn request_id() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static CALLS: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}-{}", *PROCESS, CALLS.fetch_add(1, Ordering::Relaxed))
}

/// Installs the log for the whole process, if anybody listens. `own_terminal` tells that standard error does not go
/// through Terraform.
pub(crate) fn install(name: &'static str, own_terminal: bool) {
    let levels = Levels::from(name, own_terminal, |variable| std::env::var(variable).ok());
    if levels.all_off() {
        return;
    }
    let subscriber = tracing_subscriber::registry().with(levels.targets()).with(Lines::new(name, io::stderr()));
    // Fails when there is one already: then that is what whoever installed it wants.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The `panic: ` report of a panic in a call. It is written also when nobody asked for a log.
pub(crate) fn panic(message: &str, location: &str, backtrace: Option<&str>) {
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!(location, backtrace, "panic: {message}");
    } else {
        let _ = lines::write_alone(&mut io::stderr().lock(), &format!("panic: {message}"), location, backtrace);
    }
}

/// How much of each part of the program is logged.
#[derive(Debug, PartialEq, Eq)]
struct Levels {
    /// The provider itself.
    provider: LevelFilter,
    /// The plugin layer.
    protocol: LevelFilter,
    /// The framework.
    framework: LevelFilter,
}

impl Levels {
    /// `TF_LOG_PROVIDER`, else `TF_LOG`, say what Terraform shows. Further variables show less of one part.
    fn from(name: &str, own_terminal: bool, get: impl Fn(&str) -> Option<String>) -> Self {
        let level = |variable: &str| get(variable).filter(|text| !text.is_empty()).map(|text| parse(&text));
        let shown = level("TF_LOG_PROVIDER").or_else(|| level("TF_LOG"));
        let (limit, usual) = match shown {
            Some(shown) => (shown, shown),
            None if own_terminal => (LevelFilter::TRACE, LevelFilter::OFF),
            None => (LevelFilter::OFF, LevelFilter::OFF),
        };
        let part = |asked: Option<LevelFilter>| asked.unwrap_or(usual).min(limit);
        let own = format!("TF_LOG_PROVIDER_{}", name.to_uppercase().replace('-', "_"));
        let sdk = level("TF_LOG_SDK");
        Self {
            provider: part(level(&own)),
            protocol: part(level("TF_LOG_SDK_PROTO").or(sdk)),
            framework: part(level("TF_LOG_SDK_FRAMEWORK").or(sdk)),
        }
    }

    fn all_off(&self) -> bool {
        [self.provider, self.protocol, self.framework] == [LevelFilter::OFF; 3]
    }

    fn targets(&self) -> Targets {
        Targets::new()
            .with_target(PROVIDER, self.provider)
            .with_target(PROTOCOL, self.protocol)
            .with_target(FRAMEWORK, self.framework)
    }
}

/// As Terraform reads it: `JSON` is everything, and so is what it does not know.
fn parse(level: &str) -> LevelFilter {
    match level.to_ascii_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(own_terminal: bool, variables: &[(&str, &str)]) -> Levels {
        Levels::from("my-quay", own_terminal, |name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        })
    }

    fn same(level: LevelFilter) -> Levels {
        Levels { provider: level, protocol: level, framework: level }
    }

    #[test]
    fn nobody_listens_unless_terraform_was_told_to_log() {
        assert!(levels(false, &[]).all_off());
        assert!(levels(false, &[("TF_LOG", "")]).all_off());
        assert!(levels(false, &[("TF_LOG_PROVIDER_MY_QUAY", "debug"), ("TF_LOG_SDK", "trace")]).all_off());
        assert!(levels(false, &[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "off")]).all_off());
    }

    #[test]
    fn levels_are_terraforms() {
        assert_eq!(levels(false, &[("TF_LOG", "JSON")]), same(LevelFilter::TRACE));
        assert_eq!(levels(false, &[("TF_LOG", "yes please")]), same(LevelFilter::TRACE));
        assert_eq!(levels(false, &[("TF_LOG", "info"), ("TF_LOG_PROVIDER", "Warn")]), same(LevelFilter::WARN));
    }

    #[test]
    fn a_part_can_be_made_quieter_but_not_louder() {
        let levels = levels(
            false,
            &[
                ("TF_LOG", "debug"),
                ("TF_LOG_PROVIDER_MY_QUAY", "trace"),
                ("TF_LOG_SDK", "error"),
                ("TF_LOG_SDK_PROTO", "warn"),
            ],
        );
        assert_eq!(
            levels,
            Levels { provider: LevelFilter::DEBUG, protocol: LevelFilter::WARN, framework: LevelFilter::ERROR }
        );
    }

    #[test]
    fn on_a_terminal_of_its_own_the_providers_variable_is_enough() {
        let levels = levels(true, &[("TF_LOG_PROVIDER_MY_QUAY", "debug")]);
        assert_eq!(levels, Levels { provider: LevelFilter::DEBUG, ..same(LevelFilter::OFF) });
    }
}
