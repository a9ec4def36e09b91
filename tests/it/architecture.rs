//! What ARCHITECTURE.md promises, read from manifests and sources: which way dependencies go, where things are, and what is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value as Json;

use terraform_framework::rules::check_schema;
use terraform_framework::server::Serve;

/// Every provider. One that is not here fails `every_provider_is_tested_and_documented`.
fn providers() -> Vec<(&'static str, Arc<dyn Serve>)> {
    vec![
        ("quay", registry_quay::provider()),
        ("harbor", registry_harbor::provider()),
        ("saagie", registry_saagie::provider()),
    ]
}

/// What each package of ours may depend on of the others, by the name of its folder in `crates/`. The executables are in the workspace's own
/// package, `.`. Tests may depend on more.
const ARROWS: [(&str, &[&str]); 10] = [
    (".", &["framework", "quay", "harbor", "saagie"]),
    ("quay", &["service", "framework", "http"]),
    ("harbor", &["service", "framework", "http"]),
    ("saagie", &["service", "framework", "http"]),
    ("service", &["framework", "http"]),
    ("http", &[]),
    ("framework", &["framework-macros"]),
    ("framework-macros", &[]),
    ("simulator", &[]),
    ("harness", &["simulator"]),
];

/// Foreign protocols, and the one package each that speaks them.
const DOORS: [(&str, &str); 7] = [
    ("tonic", "."),
    ("tonic-prost", "."),
    ("prost", "."),
    ("prost-types", "."),
    ("reqwest", "http"),
    ("hickory-proto", "http"),
    ("resolv-conf", "http"),
];

/// Where the sources are of what is in an executable.
const SHIPPED: [&str; 7] = [
    "src",
    "crates/framework/src",
    "crates/http/src",
    "crates/service/src",
    "crates/quay/src",
    "crates/harbor/src",
    "crates/saagie/src",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder that end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != ".git" {
                open.push(path);
            } else if path.is_file() && name.ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().iter().map(|p| p.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The sources without their comments: every `//` that is not inside an address.
fn code(path: &Path) -> String {
    let line = |line: &str| match line.find("//") {
        Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
        _ => line.to_owned(),
    };
    read(path).lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The same without what stands in texts. Texts of several lines end with their line; that is enough for paths.
fn without_texts(code: &str) -> String {
    let line = |line: &str| {
        let pieces = line.split('"').enumerate().filter(|(i, _)| i % 2 == 0).map(|(_, piece)| piece);
        pieces.collect::<Vec<_>>().join("\"\"")
    };
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[track_caller]
fn none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
}

/// A package of the workspace, as its manifest describes it.
struct Package {
    /// Its folder in `crates/`; `.` for the workspace's own package.
    folder: String,
    /// The folders of our packages that it depends on.
    ours: Vec<Dependency>,
    /// Packages of others.
    foreign: Vec<Dependency>,
}

struct Dependency {
    name: String,
    /// Only tests need it.
    of_tests: bool,
}

/// All packages of the workspace, as cargo reads their manifests.
fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn package(described: &Json) -> Package {
    let name_of = |folder: &Path| {
        let is_crate = folder.parent().is_some_and(|parent| parent.ends_with("crates"));
        if is_crate { folder.file_name().unwrap().to_string_lossy().into_owned() } else { ".".to_owned() }
    };
    let manifest = Path::new(described["manifest_path"].as_str().unwrap());
    let (mut ours, mut foreign) = (Vec::new(), Vec::new());
    for dependency in described["dependencies"].as_array().unwrap() {
        let of_tests = dependency["kind"] == "dev";
        match dependency["path"].as_str() {
            Some(path) => ours.push(Dependency { name: name_of(Path::new(path)), of_tests }),
            None => foreign.push(Dependency { name: dependency["name"].as_str().unwrap().to_owned(), of_tests }),
        }
    }
    Package { folder: name_of(manifest.parent().unwrap()), ours, foreign }
}

#[test]
fn dependencies_go_one_way() {
    let arrows = BTreeMap::from(ARROWS);
    let mut wrong = Vec::new();
    for Package { folder, ours, .. } in packages() {
        let Some(allowed) = arrows.get(folder.as_str()) else {
            wrong.push(format!("ARCHITECTURE.md and ARROWS do not know {folder}"));
            continue;
        };
        // What judges the providers has nothing from them, in its tests neither.
        let judges = ["simulator", "harness"].contains(&folder.as_str());
        let counts = |dependency: &&Dependency| judges || !dependency.of_tests;
        let strange = ours.iter().filter(counts).filter(|dependency| !allowed.contains(&dependency.name.as_str()));
        wrong.extend(strange.map(|dependency| format!("{folder} -> {}", dependency.name)));
    }
    none("dependencies against ARCHITECTURE.md", &wrong);
}

#[test]
fn each_foreign_protocol_has_one_door() {
    let mut wrong = Vec::new();
    for Package { folder, foreign, .. } in packages() {
        for (name, door) in DOORS {
            let shipped = foreign.iter().any(|dependency| !dependency.of_tests && dependency.name == name);
            if shipped && folder != door {
                wrong.push(format!("{folder} depends on {name}, which only {door} may"));
            }
        }
    }
    for folder in SHIPPED.iter().filter(|folder| !["src", "crates/http/src"].contains(folder)) {
        for path in files(&root().join(folder), ".rs") {
            let code = code(&path);
            for network in ["tokio::net", "std::net::Tcp", "std::net::Udp"] {
                if code.contains(network) {
                    wrong.push(format!("{} uses {network}", relative(&path)));
                }
            }
        }
    }
    none("used outside its door", &wrong);
}

/// An executable is one service.
#[test]
fn an_executable_names_its_service_alone() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src/bin"), ".rs") {
        let own = path.file_stem().unwrap().to_string_lossy().replace("terraform-provider-", "");
        let code = code(&path);
        let named = services().into_iter().filter(|service| code.contains(&format!("registry_{service}::")));
        if named.collect::<Vec<_>>() != [own] {
            wrong.push(relative(&path));
        }
    }
    none("executables that name other services, or not their own", &wrong);
}

/// In a static executable the C library answers these with what it loads from the machine (`crates/http/src/names.rs`): addresses of names, and
/// the home folder of a user without `HOME`.
#[test]
fn nothing_asks_the_c_library_for_names() {
    let mut wrong = Vec::new();
    for path in SHIPPED.iter().flat_map(|folder| files(&root().join(folder), ".rs")) {
        let (place, code) = (relative(&path), without_texts(&code(&path)));
        for function in ["to_socket_addrs", "ToSocketAddrs", "lookup_host", "home_dir"] {
            if code.contains(function) {
                wrong.push(format!("{place} uses {function}"));
            }
        }
        // These take names as well as addresses.
        let connects = ["TcpStream::connect", "UdpSocket::bind"].iter().any(|function| code.contains(function));
        if connects
            && !place.starts_with("crates/http/src/names")
            && !place.contains("/testing/")
            && !place.ends_with("_tests.rs")
        {
            wrong.push(format!("{place} connects by itself"));
        }
        let builds = code.matches("reqwest::Client::builder()").count();
        if builds != code.matches(".dns_resolver(").count() {
            wrong.push(format!("{place} builds an HTTP client with the C library's resolver"));
        }
    }
    none("names resolved by the C library", &wrong);
}

#[test]
fn the_simulator_includes_nothing_of_the_providers() {
    let including: Vec<String> = files(&root().join("crates/simulator"), ".rs")
        .iter()
        .filter(|path| SHIPPED.iter().any(|folder| code(path).contains(&format!("../{folder}"))))
        .map(|path| relative(path))
        .collect();
    none("the simulator includes sources of the providers", &including);
}

#[test]
fn nothing_is_left_to_do() {
    let words = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME"), concat!("XX", "X ")];
    let mut found = Vec::new();
    for folder in ["src", "crates", "tests"] {
        for path in files(&root().join(folder), ".rs") {
            let text = read(&path);
            found.extend(words.iter().filter(|w| text.contains(**w)).map(|w| format!("{}: {w}", relative(&path))));
        }
    }
    none("unfinished places", &found);
}

#[test]
fn no_path_of_one_machine_is_anywhere() {
    // A person's folder, not that of a made-up one in a test.
    let machine = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("C:", "\\Users")];
    let mut found = Vec::new();
    for end in [".rs", ".toml", ".md", ".tf", ".hcl", ".sh", ".json", ".jsonl", ".proto", ".txt", "run"] {
        for path in files(root(), end) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.extend(machine.iter().filter(|m| text.contains(**m)).map(|m| format!("{}: {m}", relative(&path))));
        }
    }
    none("paths of a machine", &found);
}

#[test]
fn every_file_says_what_it_is() {
    let folders = ["src", "crates", "tests/it", "benches"];
    let all = folders.iter().flat_map(|folder| files(&root().join(folder), ".rs"));
    // Examples of mistakes, which a test compiles.
    let all = all.filter(|path| !relative(path).contains("framework-macros/tests/"));
    let silent: Vec<String> =
        all.filter(|path| !read(path).trim_start().starts_with("//!")).map(|path| relative(&path)).collect();
    none("files without `//!`", &silent);
}

/// One thing that a service offers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Offered {
    file: PathBuf,
    model: String,
}

/// The services: packages whose `lib.rs` implements a provider.
fn services() -> Vec<String> {
    let folders = fs::read_dir(root().join("crates")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir());
    let is_service =
        |p: &PathBuf| fs::read_to_string(p.join("src/lib.rs")).is_ok_and(|text| text.contains("\nimpl Provider for "));
    let mut names: Vec<String> =
        folders.filter(is_service).map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.contains(&"quay".to_owned()), "services are not found where they are");
    names
}

/// What the lists `offers()` of a service name, with the file that each is in: each area has one, and the provider joins them. Functions that
/// services share are in `crates/service/`.
fn offered(service: &str) -> Vec<Offered> {
    let home = home(service);
    let mut found = Vec::new();
    for list in files(&home, ".rs") {
        let Some((_, code)) = code(&list).split_once("Offers::default()").map(|(a, b)| (a.to_owned(), b.to_owned()))
        else {
            continue;
        };
        let code = code.split_once('}').map_or(code.as_str(), |(list, _)| list);
        for line in code.split("::<").skip(1) {
            let path: Vec<&str> = line.split('>').next().unwrap().split("::").map(str::trim).collect();
            let (model, modules) = path.split_last().unwrap();
            let file = list.parent().unwrap().join(modules.join("/")).with_extension("rs");
            if file.is_file() {
                found.push(Offered { file, model: (*model).to_owned() });
            }
        }
    }
    assert!(!found.is_empty(), "crates/{service} offers nothing; is it read rightly?");
    found
}

/// Where a service's sources are.
fn home(service: &str) -> PathBuf {
    root().join("crates").join(service).join("src")
}

const KINDS: [&str; 5] = ["Resource", "DataSource", "Ephemeral", "Action", "Function"];

/// The models of a file that implement something that can be offered.
fn implemented(path: &Path) -> Vec<String> {
    let code = code(path);
    let of_kind = |kind: &str| {
        let needle = format!("impl {kind} for ");
        let found: Vec<String> =
            code.split(&needle).skip(1).map(|rest| rest.chars().take_while(|c| is_word(*c)).collect()).collect();
        found
    };
    KINDS.iter().flat_map(|kind| of_kind(kind)).collect()
}

#[test]
fn all_services_are_built_alike() {
    let mut wrong = Vec::new();
    for service in services() {
        let home = home(&service);
        for file in ["lib.rs", "api/mod.rs"] {
            if !home.join(file).is_file() {
                wrong.push(format!("crates/{service}/src/{file} is missing"));
            }
        }
        let offered: BTreeSet<Offered> = offered(&service).into_iter().collect();
        let mut here = BTreeSet::new();
        for file in files(&home, ".rs") {
            let models = implemented(&file);
            if models.len() > 1 {
                wrong.push(format!("{} holds {}: one file for each thing", relative(&file), models.join(", ")));
            }
            here.extend(models.into_iter().map(|model| Offered { file: file.clone(), model }));
        }
        let forgotten = here.difference(&offered);
        wrong.extend(forgotten.map(|o| format!("{}: {} is not in offers()", relative(&o.file), o.model)));
        let strange = offered.difference(&here);
        wrong.extend(strange.map(|o| format!("{}: {} is offered, but not there", relative(&o.file), o.model)));
    }
    none("services differ", &wrong);
}

#[test]
fn api_files_know_nothing_of_terraform() {
    let terraform =
        ["Resource", "DataSource", "Context", "ModifyPlan", "Model", "Offers", "Computed", "PlanValue", "Diagnostic"];
    let mut wrong = Vec::new();
    for service in services() {
        for path in files(&home(&service).join("api"), ".rs") {
            let code = code(&path);
            let words: BTreeSet<&str> = code.split(|c| !is_word(c)).collect();
            let found = terraform.iter().filter(|word| words.contains(*word));
            wrong.extend(found.map(|word| format!("{} uses {word}", relative(&path))));
        }
    }
    none("endpoints and wire types are of the API alone", &wrong);
}

/// Adding a thing touches its own file, its example, and one line of its area's `offers()` with its `mod` line beside it: so nothing names it
/// outside its own area, and the area's `mod.rs` says its module exactly twice.
#[test]
fn a_thing_is_told_of_in_its_own_file_and_one_line() {
    let mut wrong = Vec::new();
    for service in services() {
        for Offered { file, .. } in offered(&service) {
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            let beside = file.parent().unwrap();
            let list =
                ["mod.rs", "lib.rs"].map(|name| beside.join(name)).into_iter().find(|path| path.is_file()).unwrap();
            let module_file = code(&list);
            let needle = format!("{stem}::");
            let said = module_file
                .match_indices(&needle)
                .filter(|(at, _)| !module_file[..*at].ends_with(|c| is_word(c) || c == ':'))
                .count();
            if said != 1 || !module_file.contains(&format!("mod {stem};")) {
                wrong.push(format!("{} says {stem} {said} times; once in offers() is right", relative(&list)));
            }
            let text = read(&file);
            let declared =
                text.split("#[model(").skip(1).filter_map(|rest| rest.split("type = \"").nth(1)?.split('"').next());
            for type_name in declared.collect::<BTreeSet<_>>() {
                for part in ["src", "crates/framework", "crates/http", "crates/service"] {
                    for other in files(&root().join(part), ".rs") {
                        let shipped = code(&other);
                        let shipped = shipped.split("#[cfg(test)]").next().unwrap();
                        let is_test = relative(&other).contains("/tests");
                        if !is_test && shipped.contains(&format!("\"{type_name}\"")) {
                            wrong.push(format!("{} knows of {type_name}", relative(&other)));
                        }
                    }
                }
            }
        }
    }
    none("things are known in other places than their own", &wrong);
}

#[test]
fn every_provider_is_tested_and_documented() {
    let here: BTreeSet<&str> = providers().into_iter().map(|(name, _)| name).collect();
    let documented = read(&root().join("tests/it/docs.rs"));
    for service in services() {
        assert!(here.contains(service.as_str()), "tests/it/architecture.rs: add {service} to providers()");
        let line = format!("use registry_{service}::");
        assert!(documented.contains(&line), "tests/it/docs.rs: add {service} to catalogs()");
        let bin = read(&root().join(format!("src/bin/terraform-provider-{service}.rs")));
        let served = format!("registry_{service}::provider");
        assert!(bin.contains(&served), "src/bin/terraform-provider-{service}.rs does not serve {service}");
    }
}

#[test]
fn every_schema_is_one_that_terraform_takes() {
    for (name, provider) in providers() {
        let schema = provider.schema().unwrap();
        assert!(!schema.resources.is_empty(), "{name} offers no resource");
        none(name, &check_schema(&schema));
    }
}

#[test]
fn every_type_begins_with_its_providers_name() {
    for (name, provider) in providers() {
        let schema = provider.schema().unwrap();
        let types = [
            schema.resources.keys(),
            schema.data_sources.keys(),
            schema.ephemeral_resources.keys(),
            schema.list_resources.keys(),
            schema.actions.keys(),
        ];
        for type_name in types.into_iter().flatten() {
            assert!(type_name.starts_with(&format!("{name}_")), "{type_name} is not of {name}");
        }
    }
}

#[test]
fn states_are_of_version_1_or_later() {
    for (_, provider) in providers() {
        for (type_name, schema) in &provider.schema().unwrap().resources {
            assert!(schema.version >= 1, "{type_name}: version 0 is that of another provider's state");
        }
    }
}
