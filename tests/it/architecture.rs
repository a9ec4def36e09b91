//! What ARCHITECTURE.md promises, read from the sources: which way imports go, where things are, and what is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use container_registries::framework::rules::check_schema;
use container_registries::framework::server::Serve;

/// Every provider. One that is not here fails `every_provider_is_tested_and_documented`.
fn providers() -> Vec<(&'static str, Arc<dyn Serve>)> {
    vec![
        ("quay", container_registries::quay::provider()),
        ("harbor", container_registries::harbor::provider()),
        ("saagie", container_registries::saagie::provider()),
    ]
}

/// What each part of the library may import of the others.
const ARROWS: [(&str, &[&str]); 8] = [
    ("bin", &["plugin"]),
    ("plugin", &["framework"]),
    ("quay", &["service", "framework", "http"]),
    ("harbor", &["service", "framework", "http"]),
    ("saagie", &["service", "framework", "http"]),
    ("service", &["framework", "http"]),
    ("http", &[]),
    ("framework", &[]),
];

/// Crates that only one part may use.
const DOORS: [(&str, &str); 8] = [
    ("tonic", "plugin"),
    ("tonic_prost", "plugin"),
    ("prost", "plugin"),
    ("prost_types", "plugin"),
    ("reqwest", "http"),
    ("hickory_proto", "http"),
    ("resolv_conf", "http"),
    ("macros", "framework"),
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

/// The names that follow `prefix::`, those of a group in braces too.
fn after(code: &str, prefix: &str) -> Vec<String> {
    let needle = format!("{prefix}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&needle) {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + needle.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(top_level(group)),
            None => found.push(rest.chars().take_while(|c| is_word(*c)).collect()),
        }
    }
    found
}

/// The first words of a group's members, up to the brace that ends it.
fn top_level(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut members = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(String::new()),
            c if depth == 0 => members.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    members.iter().map(|m| m.trim().chars().take_while(|c| is_word(*c)).collect()).collect()
}

/// True when the code says `name::` or `use name;`.
fn uses_crate(code: &str, name: &str) -> bool {
    let stands_alone = |at: usize| !code[..at].ends_with(|c: char| is_word(c) || c == ':');
    [format!("{name}::"), format!("use {name};"), format!("use {name} as")]
        .iter()
        .any(|needle| code.match_indices(needle).any(|(at, _)| stands_alone(at)))
}

#[track_caller]
fn none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
}

#[test]
fn imports_go_one_way() {
    let arrows = BTreeMap::from(ARROWS);
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let place = relative(&path);
        let part = place.split('/').nth(1).unwrap();
        if part == "lib.rs" {
            continue;
        }
        let allowed = arrows.get(part).unwrap_or_else(|| panic!("ARCHITECTURE.md and ARROWS do not know src/{part}"));
        let code = without_texts(&code(&path));
        let imported = ["crate", "container_registries"].iter().flat_map(|root| after(&code, root));
        for import in imported.filter(|i| arrows.contains_key(i.as_str()) && i != part) {
            // An executable names the one service that it is.
            let own_service = part == "bin" && place.ends_with(&format!("-{import}.rs"));
            if !allowed.contains(&import.as_str()) && !own_service {
                wrong.push(format!("{place} imports {import}"));
            }
        }
        // `super` may not leave the part: that would be an arrow that nobody sees.
        let depth = place.split('/').count() - 1 - usize::from(place.ends_with("/mod.rs"));
        if code.contains(&"super::".repeat(depth + 1)) {
            wrong.push(format!("{place} leaves its part by `super`"));
        }
    }
    none("imports against ARCHITECTURE.md", &wrong);
}

#[test]
fn each_foreign_protocol_has_one_door() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let place = relative(&path);
        let part = place.split('/').nth(1).unwrap();
        let code = code(&path);
        for (name, door) in DOORS {
            if part != door && uses_crate(&code, name) {
                wrong.push(format!("{place} uses {name}, which only src/{door} may"));
            }
        }
        for network in ["tokio::net", "std::net::Tcp", "std::net::Udp"] {
            if part != "plugin" && part != "http" && code.contains(network) {
                wrong.push(format!("{place} uses {network}"));
            }
        }
    }
    none("crates used outside their door", &wrong);
}

/// In a static executable the C library answers these with what it loads from the machine (`src/http/names.rs`): addresses of names, and
/// the home folder of a user without `HOME`.
#[test]
fn nothing_asks_the_c_library_for_names() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let (place, code) = (relative(&path), without_texts(&code(&path)));
        for function in ["to_socket_addrs", "ToSocketAddrs", "lookup_host", "home_dir"] {
            if code.contains(function) {
                wrong.push(format!("{place} uses {function}"));
            }
        }
        // These take names as well as addresses.
        let connects = ["TcpStream::connect", "UdpSocket::bind"].iter().any(|function| code.contains(function));
        if connects && !place.starts_with("src/http/names") && !place.ends_with("_tests.rs") {
            wrong.push(format!("{place} connects by itself"));
        }
        let builds = code.matches("reqwest::Client::builder()").count();
        if builds != code.matches(".dns_resolver(").count() {
            wrong.push(format!("{place} builds an HTTP client with the C library's resolver"));
        }
    }
    none("names resolved by the C library", &wrong);
}

/// The names of a manifest's dependencies, of all its dependency tables.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = read(&root().join(manifest));
    let mut in_table = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with('[') {
            in_table = line.contains("dependencies");
        } else if in_table && let Some((name, _)) = line.split_once(['=', '.']) {
            found.insert(name.trim().to_owned());
        }
    }
    assert!(!found.is_empty(), "{manifest} has no dependencies; is it read rightly?");
    found
}

#[test]
fn the_simulator_shares_nothing_with_the_providers() {
    let ours =
        ["terraform-container-registries", "terraform-container-registries-macros", "registry-harness", "macros"];
    let shared: Vec<_> =
        dependencies("simulator/Cargo.toml").into_iter().filter(|d| ours.contains(&d.as_str())).collect();
    none("the simulator depends on code that it is to judge", &shared);
    let including: Vec<String> = files(&root().join("simulator"), ".rs")
        .iter()
        .filter(|path| ["container_registries", "../../src", "../../../src"].iter().any(|w| code(path).contains(w)))
        .map(|path| relative(path))
        .collect();
    none("the simulator includes sources of the providers", &including);
}

#[test]
fn the_harness_meets_the_providers_as_executables() {
    let shared: Vec<_> =
        dependencies("harness/Cargo.toml").into_iter().filter(|d| d.starts_with("terraform-container")).collect();
    none("the harness depends on the providers' library", &shared);
}

#[test]
fn nothing_is_left_to_do() {
    let words = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME"), concat!("XX", "X ")];
    let mut found = Vec::new();
    for folder in ["src", "macros", "simulator", "harness", "tests"] {
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
    let folders = ["src", "macros/src", "simulator", "harness", "tests/it", "benches"];
    let all = folders.iter().map(|f| root().join(f)).filter(|f| f.is_dir()).flat_map(|f| files(&f, ".rs"));
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

/// The services: folders whose `mod.rs` implements a provider.
fn services() -> Vec<String> {
    let folders = fs::read_dir(root().join("src")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir());
    let is_service =
        |p: &PathBuf| fs::read_to_string(p.join("mod.rs")).is_ok_and(|text| text.contains("\nimpl Provider for "));
    let mut names: Vec<String> =
        folders.filter(is_service).map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.contains(&"quay".to_owned()), "services are not found where they are");
    names
}

/// What `offers()` lists, with the file that each is in. Functions that services share are in `src/service/`.
fn offered(service: &str) -> Vec<Offered> {
    let home = root().join("src").join(service);
    let code = code(&home.join("mod.rs"));
    let list = code.split_once("Offers::default()").unwrap_or_else(|| panic!("src/{service}/mod.rs has no list")).1;
    let list = list.split_once('}').map_or(list, |(list, _)| list);
    let mut found = Vec::new();
    for line in list.split("::<").skip(1) {
        let path: Vec<&str> = line.split('>').next().unwrap().split("::").map(str::trim).collect();
        let (model, modules) = path.split_last().unwrap();
        let file = home.join(modules.join("/")).with_extension("rs");
        if file.is_file() {
            found.push(Offered { file, model: (*model).to_owned() });
        }
    }
    assert!(!found.is_empty(), "src/{service}/mod.rs offers nothing; is it read rightly?");
    found
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
        let home = root().join("src").join(&service);
        for file in ["mod.rs", "api/mod.rs"] {
            if !home.join(file).is_file() {
                wrong.push(format!("src/{service}/{file} is missing"));
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
    let terraform = ["Resource", "DataSource", "Context", "Planning", "Model", "Offers", "Out", "Diagnostic"];
    let mut wrong = Vec::new();
    for service in services() {
        for path in files(&root().join("src").join(&service).join("api"), ".rs") {
            let code = code(&path);
            let imported = after(&code, "crate::framework");
            let found = imported.iter().filter(|i| terraform.contains(&i.as_str()));
            wrong.extend(found.map(|i| format!("{} uses {i}", relative(&path))));
        }
    }
    none("endpoints and wire types are of the API alone", &wrong);
}

/// Adding a thing touches its own file, its example, and one line of `offers()` with its `mod` line beside it: so outside its own
/// file and API, nothing names it, and `mod.rs` says its module exactly twice.
#[test]
fn a_thing_is_told_of_in_its_own_file_and_one_line() {
    let mut wrong = Vec::new();
    for service in services() {
        let home = root().join("src").join(&service);
        let module_file = code(&home.join("mod.rs"));
        for Offered { file, .. } in offered(&service) {
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            let in_service = file.parent() == Some(home.as_path());
            let needle = format!("{stem}::");
            let said = module_file
                .match_indices(&needle)
                .filter(|(at, _)| !module_file[..*at].ends_with(|c| is_word(c) || c == ':'))
                .count();
            if in_service && (said != 1 || !module_file.contains(&format!("mod {stem};"))) {
                wrong.push(format!("src/{service}/mod.rs says {stem} {said} times; once in offers() is right"));
            }
            let text = read(&file);
            let declared =
                text.split("#[model(").skip(1).filter_map(|rest| rest.split("type = \"").nth(1)?.split('"').next());
            for type_name in declared.collect::<BTreeSet<_>>() {
                let elsewhere = ["plugin", "framework", "http", "service", "bin"];
                for part in elsewhere {
                    for other in files(&root().join("src").join(part), ".rs") {
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
        let line = format!("use container_registries::{service}::");
        assert!(documented.contains(&line), "tests/it/docs.rs: add {service} to catalogs()");
        let bin = read(&root().join(format!("src/bin/terraform-provider-{service}.rs")));
        let served = format!("container_registries::{service}::provider");
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
