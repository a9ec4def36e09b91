//! Names, resolved with files of the test's own and by servers of its own.

use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

use super::{Names, Unresolved};
use crate::testing::dns::{Reply, Server, Zone};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

/// The two files, in a folder of the test.
struct Files {
    folder: TempDir,
    port: u16,
}

impl Files {
    fn new(port: u16) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), port }
    }

    fn hosts(self, text: &str) -> Self {
        fs::write(self.path("hosts"), text).unwrap();
        self
    }

    fn servers(self, text: &str) -> Self {
        fs::write(self.path("resolv.conf"), text).unwrap();
        self
    }

    fn host_name(self, text: &str) -> Self {
        fs::write(self.path("hostname"), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Nothing is waited for only briefly, so that no test depends on how fast something is.
    fn names(&self) -> Names {
        let files = ["hosts", "resolv.conf", "hostname"].map(|name| self.path(name));
        let names = Names::of(files, self.port, Duration::from_secs(60));
        Names { brief: Duration::from_secs(60), ..names }
    }

    async fn resolve(&self, host: &str) -> Result<Vec<String>, Unresolved> {
        let found = self.names().addresses(host).await?;
        Ok(found.iter().map(IpAddr::to_string).collect())
    }

    async fn error(&self, host: &str) -> String {
        self.resolve(host).await.unwrap_err().to_string()
    }
}

fn addresses(all: &[&str]) -> Vec<IpAddr> {
    all.iter().map(|address| address.parse().unwrap()).collect()
}

/// One server at 127.0.0.1.
async fn served(zone: impl Zone) -> Files {
    let (mut servers, port) = Server::several(1).await;
    servers.remove(0).serve(zone);
    Files::new(port).servers("nameserver 127.0.0.1\n")
}

#[tokio::test]
async fn what_is_listed_needs_no_server() {
    let files = Files::new(1).hosts(
        "# comment\n10.0.0.1 Registry.example.com registry # not-this\n10.0.0.2\tregistry.example.com\n::1 my_registry\nnonsense x\n",
    );
    assert_eq!(files.resolve("registry.EXAMPLE.com.").await.unwrap(), ["10.0.0.1", "10.0.0.2"]);
    assert_eq!(files.resolve("registry").await.unwrap(), ["10.0.0.1"]);
    assert_eq!(files.resolve("my_registry").await.unwrap(), ["::1"]);
    assert!(files.resolve("not-this").await.is_err());
    assert!(files.resolve("x").await.is_err());
}

#[tokio::test]
async fn what_is_listed_is_not_asked_for() {
    let files = served(|name, _| panic!("{name} was asked for")).await;
    let files = files.hosts("10.0.0.1 registry\n").servers("nameserver 127.0.0.1\nsearch corp.example.com\n");
    assert_eq!(files.resolve("registry").await.unwrap(), ["10.0.0.1"]);
    assert_eq!(files.resolve("localhost").await.unwrap(), ["127.0.0.1", "::1"]);
    assert_eq!(files.resolve("registry.localhost.").await.unwrap(), ["127.0.0.1", "::1"]);
}

#[tokio::test]
async fn names_that_never_exist_are_not_asked_for() {
    let files = served(|name, _| panic!("{name} was asked for")).await;
    let error = files.resolve("registry.Invalid").await.unwrap_err();
    assert!(error.lasting);
    assert_eq!(error.to_string(), "cannot resolve host registry.Invalid: names that end with .invalid do not exist");
}

#[tokio::test]
async fn a_listed_localhost_counts() {
    let files = Files::new(1).hosts("127.0.0.3 localhost\n");
    assert_eq!(files.resolve("localhost").await.unwrap(), ["127.0.0.3"]);
}

#[tokio::test]
async fn without_a_file_of_servers_this_machine_is_asked() {
    let (mut servers, port) = Server::several(1).await;
    servers.remove(0).serve(|name, _| match name {
        "registry.example.com" => Reply::Addresses(addresses(&["10.0.0.1"])),
        _ => Reply::Code(ResponseCode::NXDomain),
    });
    let files = Files::new(port);
    assert_eq!(files.resolve("registry.example.com").await.unwrap(), ["10.0.0.1"]);
    let error = files.resolve("other.example.com").await.unwrap_err();
    assert!(!error.lasting);
    assert!(error.to_string().ends_with("DNS server 127.0.0.1 returned NXDOMAIN for other.example.com"), "{error}");

    let error = Files::new(1).resolve("registry.example.com").await.unwrap_err();
    assert!(error.lasting);
    let error = error.to_string();
    let refused = "DNS server 127.0.0.1: Connection refused";
    for words in ["cannot resolve host registry.example.com", "/hosts", "/resolv.conf", "No such file", refused] {
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn both_kinds_of_addresses_are_found() {
    let files = served(|_, _| Reply::Addresses(addresses(&["10.0.0.1", "10.0.0.2", "2001:db8::1"]))).await;
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["2001:db8::1", "10.0.0.1", "10.0.0.2"]);
    let files = files.servers("nameserver 127.0.0.1\noptions no-aaaa\n");
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["10.0.0.1", "10.0.0.2"]);
}

#[tokio::test]
async fn one_kind_of_addresses_is_enough() {
    for broken in [RecordType::A, RecordType::AAAA] {
        let files = served(move |_, kind| match kind == broken {
            true => Reply::Code(ResponseCode::ServFail),
            false => Reply::Addresses(addresses(&["10.0.0.1", "2001:db8::1"])),
        });
        let one = if broken == RecordType::A { "2001:db8::1" } else { "10.0.0.1" };
        assert_eq!(files.await.resolve("quay.io").await.unwrap(), [one]);
    }
}

/// One kind is not waited for at all once there are addresses of the other.
#[tokio::test]
async fn a_kind_that_is_never_answered_holds_nothing_up() {
    for silent in [RecordType::A, RecordType::AAAA] {
        let files = served(move |_, kind| match kind == silent {
            true => Reply::Silence,
            false => Reply::Addresses(addresses(&["10.0.0.1", "2001:db8::1"])),
        });
        let files = files.await.servers("nameserver 127.0.0.1\noptions timeout:30\n");
        let names = Names { patience: Duration::from_secs(3600), brief: Duration::ZERO, ..files.names() };
        let found =
            timeout(Duration::from_secs(25), names.addresses("quay.io")).await.expect("it waits for both kinds");
        let one = if silent == RecordType::A { "2001:db8::1" } else { "10.0.0.1" };
        assert_eq!(found.unwrap(), addresses(&[one]));
    }
}

/// A server that was silent costs no more than a moment, and is the first again once it answers.
#[tokio::test]
async fn silent_servers_are_remembered() {
    let (mut servers, port) = Server::several(2).await;
    let answers = Arc::new(AtomicBool::new(false));
    let does_answer = Arc::clone(&answers);
    servers.pop().unwrap().serve(|_, _| Reply::Addresses(addresses(&["10.0.0.2"])));
    servers.pop().unwrap().serve(move |_, _| match does_answer.load(Ordering::Relaxed) {
        true => Reply::Addresses(addresses(&["10.0.0.1"])),
        false => Reply::Silence,
    });
    let files = Files::new(port).servers("nameserver 127.0.0.1\n");
    // Longer than this test may take.
    let names = Names { patience: Duration::from_secs(3600), ..files.names() };
    tokio::time::pause();
    names.addresses("quay.io").await.unwrap_err();
    tokio::time::resume();

    let _files = files.servers("nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions timeout:30\n");
    let impatient = Names { brief: Duration::ZERO, ..names.clone() };
    let found = timeout(Duration::from_secs(25), impatient.addresses("quay.io")).await.expect("it waits for the first");
    assert_eq!(found.unwrap(), addresses(&["10.0.0.2"]));
    answers.store(true, Ordering::Relaxed);
    for names in [names, impatient] {
        assert_eq!(names.addresses("quay.io").await.unwrap(), addresses(&["10.0.0.1"]));
    }
}

/// Not even if it was silent: there is nobody else.
#[tokio::test]
async fn the_only_server_is_given_its_time() {
    let answers = Arc::new(AtomicBool::new(false));
    let does_answer = Arc::clone(&answers);
    let files = served(move |_, _| match does_answer.load(Ordering::Relaxed) {
        true => Reply::Addresses(addresses(&["10.0.0.1"])),
        false => Reply::Silence,
    });
    let files = files.await;
    let names = Names { brief: Duration::ZERO, ..files.names() };
    let names = Names { patience: Duration::from_secs(3600), ..names };
    let _files = files.servers("nameserver 127.0.0.1\noptions no-aaaa attempts:1 timeout:30\n");
    tokio::time::pause();
    names.addresses("quay.io").await.unwrap_err();
    tokio::time::resume();
    answers.store(true, Ordering::Relaxed);
    assert_eq!(names.addresses("quay.io").await.unwrap(), addresses(&["10.0.0.1"]));
}

#[tokio::test]
async fn a_referral_is_no_answer() {
    let (mut servers, port) = Server::several(2).await;
    servers.pop().unwrap().serve(|name, _| match name {
        "quay.io" => Reply::Addresses(addresses(&["10.0.0.2"])),
        _ => Reply::Referral,
    });
    servers.pop().unwrap().serve(|_, _| Reply::Referral);
    let files = Files::new(port).servers("nameserver 127.0.0.1\nnameserver 127.0.0.2\n");
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["10.0.0.2"]);
    let error = files.error("example.com").await;
    for server in ["127.0.0.1", "127.0.0.2"] {
        let words = format!("DNS server {server} returned a referral instead of an answer for example.com");
        assert!(error.contains(&words), "{error}");
    }
}

#[tokio::test]
async fn the_first_server_that_answers_decides() {
    let (mut servers, port) = Server::several(3).await;
    servers.pop().unwrap().serve(|_, _| Reply::Addresses(addresses(&["10.0.0.3"])));
    servers.pop().unwrap().serve(|name, _| match name {
        "refused.example.com" => Reply::Bare(ResponseCode::Refused),
        "failing.example.com" => Reply::Code(ResponseCode::ServFail),
        "empty.example.com" => Reply::Addresses(Vec::new()),
        "internal.example.com" => Reply::Addresses(addresses(&["10.0.0.2"])),
        _ => Reply::Code(ResponseCode::NXDomain),
    });
    // Nobody listens at the first.
    servers.clear();
    let files = Files::new(port).servers("nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n");
    assert_eq!(files.resolve("internal.example.com").await.unwrap(), ["10.0.0.2"]);
    assert_eq!(files.resolve("refused.example.com").await.unwrap(), ["10.0.0.3"]);
    assert_eq!(files.resolve("failing.example.com").await.unwrap(), ["10.0.0.3"]);
    let error = files.resolve("other.example.com").await.unwrap_err();
    assert!(!error.lasting);
    assert_eq!(
        error.to_string(),
        "cannot resolve host other.example.com: DNS server 127.0.0.2 returned NXDOMAIN for other.example.com"
    );
    assert!(
        files.error("empty.example.com").await.ends_with("DNS server 127.0.0.2 has no address of empty.example.com")
    );
}

#[tokio::test]
async fn servers_that_fail_are_named() {
    let (mut servers, port) = Server::several(2).await;
    servers.pop().unwrap().serve(|_, _| Reply::Code(ResponseCode::ServFail));
    servers.clear();
    let files = Files::new(port).servers("nameserver 127.0.0.1\nnameserver 127.0.0.2\nsearch corp.example.com\n");
    let error = files.error("quay.io").await;
    for words in [
        "DNS server 127.0.0.1: Connection refused",
        "DNS server 127.0.0.2 returned SERVFAIL for quay.io;",
        "DNS server 127.0.0.2 returned SERVFAIL for quay.io.corp.example.com",
    ] {
        assert!(error.contains(words), "{error}");
    }
}

/// Kubernetes puts such a file into its containers. The domain of the nodes often is one that no server answers for.
const CLUSTER: &str = "nameserver 127.0.0.1\nsearch ns.svc.cluster.local corp.example\noptions ndots:5\n";

#[tokio::test]
async fn suffixes_that_fail_do_not_matter() {
    type Failure = fn() -> Reply;
    let failures: [Failure; 4] = [
        || Reply::Code(ResponseCode::ServFail),
        || Reply::Bare(ResponseCode::Refused),
        || Reply::Referral,
        // Over TCP that is seen at once.
        || Reply::Silence,
    ];
    for failing in ["ns.svc.cluster.local", "corp.example"] {
        for failure in failures {
            let files = served(move |name, _| match name {
                "registry.example.com" => Reply::Addresses(addresses(&["10.0.0.1"])),
                _ if name.ends_with(failing) => failure(),
                _ => Reply::Code(ResponseCode::NXDomain),
            });
            let files = files.await.servers(&format!("{CLUSTER}options use-vc\n"));
            assert_eq!(files.resolve("registry.example.com").await.unwrap(), ["10.0.0.1"], "{failing}");
            let error = files.error("other.example.com").await;
            let words = "DNS server 127.0.0.1 returned NXDOMAIN for other.example.com";
            assert!(error.ends_with(words), "{error}");
        }
    }
}

#[tokio::test]
async fn suffixes_that_make_a_name_too_long_do_not_matter() {
    let host = ["a"; 100].join(".");
    let label = "b".repeat(50);
    let file = format!("nameserver 127.0.0.1\nsearch {label}.{label} corp.example\noptions ndots:200\n");
    for known in [host.clone(), format!("{host}.corp.example")] {
        let files = served(move |name, _| match name == known {
            true => Reply::Addresses(addresses(&["10.0.0.1"])),
            false => Reply::Code(ResponseCode::NXDomain),
        });
        assert_eq!(files.await.servers(&file).resolve(&host).await.unwrap(), ["10.0.0.1"]);
    }
}

/// That is not about the name, so no other suffix is tried.
#[tokio::test]
async fn where_no_server_answers_the_name_itself_is_asked_for() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let files = served(move |name, _| {
        seen.lock().unwrap().push(name.to_owned());
        Reply::Silence
    });
    // Over TCP it is seen at once that no answer comes.
    let files = files.await.servers(&format!("{CLUSTER}options use-vc no-aaaa attempts:1\n"));
    files.error("quay.io").await;
    assert_eq!(*asked.lock().unwrap(), ["quay.io.ns.svc.cluster.local", "quay.io"]);
}

/// A server that answered is there, whatever it does about the next suffix.
#[tokio::test]
async fn after_an_answer_all_suffixes_are_tried() {
    let files = served(move |name, _| match name {
        "quay.corp.example" => Reply::Silence,
        "quay.lab.example" => Reply::Addresses(addresses(&["10.0.0.1"])),
        _ => Reply::Code(ResponseCode::NXDomain),
    });
    let search = "nameserver 127.0.0.1\nsearch ns.example corp.example lab.example\noptions use-vc\n";
    assert_eq!(files.await.servers(search).resolve("quay").await.unwrap(), ["10.0.0.1"]);
}

/// Each server twice for the name with a suffix, and twice for the name as it is.
#[tokio::test(start_paused = true)]
async fn silence_leaves_time_for_all_servers_and_the_name_itself() {
    let (servers, port) = Server::several(2).await;
    servers.into_iter().for_each(|server| server.serve(|_, _| Reply::Silence));
    let files = Files::new(port).servers(&format!("{CLUSTER}nameserver 127.0.0.2\n"));
    let names = Names { patience: Duration::from_secs(9), ..files.names() };
    let begun = tokio::time::Instant::now();
    let error = names.addresses("quay.io").await.unwrap_err().to_string();
    assert!(error.ends_with("DNS server 127.0.0.2 did not answer within 1.0125 s"), "{error}");
    assert_eq!(begun.elapsed().as_secs(), 8);
}

/// A server that knows one name, and the names that it was asked for, addresses of IPv4 alone.
async fn knowing(one: &'static str) -> (Files, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let files = served(move |name, kind| {
        if kind == RecordType::A {
            seen.lock().unwrap().push(name.to_owned());
        }
        if name == one { Reply::Addresses(addresses(&["10.0.0.1"])) } else { Reply::Code(ResponseCode::NXDomain) }
    });
    (files.await, asked)
}

#[tokio::test]
async fn suffixes_are_tried_as_the_file_says() {
    let suffixes = "nameserver 127.0.0.1\nsearch team.example.com corp.example.com.\n";
    let more_dots = format!("{suffixes}options ndots:2\n");
    let one_suffix = "nameserver 127.0.0.1\ndomain corp.example.com\n";
    // One name with what is asked for it, in order.
    let cases: [(&str, &str, &'static str, &[&str]); 6] = [
        (suffixes, "quay", "quay.corp.example.com", &["quay.team.example.com", "quay.corp.example.com"]),
        (suffixes, "quay", "quay", &["quay.team.example.com", "quay.corp.example.com", "quay"]),
        (suffixes, "quay.io", "quay.io.team.example.com", &["quay.io", "quay.io.team.example.com"]),
        (suffixes, "quay.", "quay", &["quay"]),
        (&more_dots, "quay.io", "quay.io", &["quay.io.team.example.com", "quay.io.corp.example.com", "quay.io"]),
        (one_suffix, "quay", "quay.corp.example.com", &["quay.corp.example.com"]),
    ];
    for (servers, host, known, expected) in cases {
        let (files, asked) = knowing(known).await;
        let files = files.servers(servers);
        assert_eq!(files.resolve(host).await.unwrap(), ["10.0.0.1"], "{host}");
        assert_eq!(*asked.lock().unwrap(), expected, "{host}");
    }
}

#[tokio::test]
async fn without_a_suffix_the_domain_of_the_host_is_one() {
    let of = async |servers: &str, host_name: &str| {
        let (files, asked) = knowing("quay").await;
        let files = files.servers(&format!("nameserver 127.0.0.1\n{servers}\n")).host_name(host_name);
        assert_eq!(files.resolve("quay").await.unwrap(), ["10.0.0.1"]);
        let mut asked = asked.lock().unwrap().clone();
        assert_eq!(asked.pop().as_deref(), Some("quay"));
        asked
    };
    assert_eq!(of("", "runner.corp.example\n").await, ["quay.corp.example"]);
    assert_eq!(of("search lab.example", "runner.corp.example\n").await, ["quay.lab.example"]);
    for (servers, host_name) in [("search .", "runner.corp.example\n"), ("", "runner\n"), ("", "runner.\n")] {
        assert!(of(servers, host_name).await.is_empty(), "{servers} {host_name}");
    }
}

#[tokio::test]
async fn where_tcp_is_blocked_the_first_addresses_are_enough() {
    let files = served(|name, _| match name {
        "quay.io" => Reply::Cut(addresses(&["10.0.0.1"])),
        _ => Reply::Cut(Vec::new()),
    });
    let files = files.await;
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["10.0.0.1"]);
    assert!(files.error("example.com").await.contains("DNS server 127.0.0.1: "));
}

#[tokio::test]
async fn what_does_not_fit_comes_by_tcp() {
    let many: Vec<String> = (1..=100).map(|last| format!("10.0.0.{last}")).collect();
    let all: Vec<IpAddr> = many.iter().map(|address| address.parse().unwrap()).collect();
    let files = served(move |_, _| Reply::ByTcp(all.clone())).await;
    assert_eq!(files.resolve("quay.io").await.unwrap(), many);
}

#[tokio::test]
async fn a_file_may_ask_for_tcp_alone() {
    let files = served(|_, _| Reply::ByTcpAlone(addresses(&["10.0.0.1"]))).await;
    let files = files.servers("nameserver 127.0.0.1\noptions use-vc\n");
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["10.0.0.1"]);
}

#[tokio::test]
async fn answers_to_other_questions_are_passed_over() {
    let files = served(|_, _| Reply::AfterForgeries(addresses(&["10.0.0.1"]))).await;
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["10.0.0.1"]);
}

#[tokio::test(start_paused = true)]
async fn silence_is_told_before_the_connection_is_given_up() {
    let files = served(|_, _| Reply::Silence).await;
    assert!(files.error("quay.io").await.ends_with("DNS server 127.0.0.1 did not answer within 5 s"));
    let impatient = Names { patience: Duration::from_secs(9), ..files.names() };
    let error = impatient.addresses("quay.io").await.unwrap_err();
    assert!(!error.lasting);
    // Twice, and there is time left to say so.
    assert_eq!(error.to_string(), "cannot resolve host quay.io: DNS server 127.0.0.1 did not answer within 4.05 s");
    let files = files.servers("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n");
    assert!(files.error("quay.io").await.ends_with("within 2 s"));
}

#[tokio::test]
async fn changed_files_are_seen() {
    let files = Files::new(1).hosts("10.0.0.1 quay.io\n");
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["10.0.0.1"]);
    let files = files.hosts("10.0.0.2 quay.io\n");
    assert_eq!(files.resolve("quay.io").await.unwrap(), ["10.0.0.2"]);
}

#[tokio::test]
async fn names_that_dns_cannot_have_are_refused() {
    let files = served(|name, _| panic!("{name} was asked for")).await;
    let long = "a".repeat(64);
    let error = files.error(&format!("{long}.example.com")).await;
    assert!(error.contains("is not a name for DNS"), "{error}");
}
