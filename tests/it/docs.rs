//! The documentation is what the source says: pages and the README's table are generated, and stale ones are rewritten and fail
//! the test. Hand-written guides and examples are checked against what is on offer. Only this file knows where `docs/` is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use registry_harbor::HarborProvider;
use registry_quay::QuayProvider;
use registry_saagie::SaagieProvider;
use terraform_framework::docs::{Catalog, Content, Kind, LARGEST_PAGE, MOST_PAGES, Rendered, offers_table, render};

/// Every provider. One that is not here fails `architecture::every_provider_is_tested_and_documented`.
fn catalogs() -> Vec<Catalog> {
    vec![Catalog::of::<QuayProvider>(), Catalog::of::<HarborProvider>(), Catalog::of::<SaagieProvider>()]
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rendered(catalog: &Catalog) -> Rendered {
    render(catalog, &|path| fs::read_to_string(root().join("examples").join(path)).ok())
}

/// All files below a folder, by path from there with `/` between the parts.
fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let parts = path.strip_prefix(folder).unwrap().iter().map(|p| p.to_str().unwrap());
                found.insert(parts.collect::<Vec<_>>().join("/"), path.clone());
            }
        }
    }
    found
}

/// Writes a file if it says something else. `true`: it did.
fn rewrite(path: &Path, text: &str) -> bool {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return false;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    true
}

/// The same of a page below `docs/`.
pub(crate) fn rewrite_page(path: &str, text: &str) -> bool {
    rewrite(&root().join("docs").join(path), text)
}

#[track_caller]
fn none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
}

#[test]
fn pages_are_complete() {
    let problems: Vec<String> = catalogs().iter().flat_map(|c| rendered(c).problems).collect();
    none("the documentation is not complete", &problems);
}

#[test]
fn pages_are_up_to_date() {
    let mut stale = Vec::new();
    for catalog in catalogs() {
        let folder = root().join("docs").join(&catalog.name);
        let pages = rendered(&catalog).pages;
        for (path, text) in &pages {
            if rewrite(&folder.join(path), text) {
                stale.push(format!("docs/{}/{path} was rewritten", catalog.name));
            }
        }
        for (path, file) in files(&folder) {
            if !pages.contains_key(&path) && !path.starts_with("guides/") {
                fs::remove_file(file).unwrap();
                stale.push(format!("docs/{}/{path} was removed: there is no such thing", catalog.name));
            }
        }
    }
    none("look at these pages, and commit them", &stale);
}

#[test]
fn every_folder_of_docs_is_a_providers() {
    let known: BTreeSet<String> = catalogs().into_iter().map(|c| c.name).collect();
    let strangers: Vec<String> = files(&root().join("docs"))
        .into_keys()
        .filter(|path| !known.contains(path.split('/').next().unwrap()))
        .collect();
    none("docs/ holds a folder for each provider, and nothing else", &strangers);
}

#[test]
fn the_registry_takes_each_provider() {
    for catalog in catalogs() {
        let all = files(&root().join("docs").join(&catalog.name));
        assert!(all.len() <= MOST_PAGES, "{} has {} pages", catalog.name, all.len());
        for (path, file) in all {
            assert!(path.ends_with(".md"), "{path} is no page");
            assert!(fs::metadata(file).unwrap().len() <= LARGEST_PAGE as u64, "{path} is too large");
        }
    }
}

#[test]
fn every_example_is_used() {
    let used: BTreeSet<String> = catalogs().iter().flat_map(|c| rendered(c).examples).collect();
    let providers: BTreeSet<String> = catalogs().into_iter().map(|c| c.name).collect();
    let mut unused = Vec::new();
    for folder in ["resources", "data-sources", "ephemeral-resources", "actions", "list-resources", "functions"] {
        for path in files(&root().join("examples").join(folder)).into_keys() {
            let thing = path.split('/').next().unwrap();
            let is_documented = thing.split('_').next().is_some_and(|first| providers.contains(first));
            let of_a_thing = |used: &String| used.starts_with(&format!("{folder}/{thing}/"));
            if (is_documented || folder == "functions") && !used.iter().any(of_a_thing) {
                unused.push(format!("examples/{folder}/{path}: there is no such thing"));
            }
        }
    }
    none("examples of things that are not on offer", &unused);
}

/// Texts in backquotes that look like names of a provider's things.
fn names_in<'t>(text: &'t str, provider: &'t str) -> impl Iterator<Item = &'t str> {
    let is_name = move |word: &&str| {
        let rest = word.strip_prefix(provider).and_then(|rest| rest.strip_prefix('_'));
        rest.is_some_and(|r| !r.is_empty() && r.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    text.split('`').skip(1).step_by(2).map(|word| word.split('.').next().unwrap_or(word)).filter(is_name)
}

#[test]
fn pages_and_guides_name_only_what_exists() {
    let catalogs = catalogs();
    let mut known: BTreeSet<&str> = catalogs.iter().flat_map(|c| &c.entries).map(|e| e.name.as_str()).collect();
    // One of the ways in which Quay tells, by Quay's own name for it.
    known.insert("quay_notification");
    let mut unknown = BTreeSet::new();
    let mut texts: Vec<(String, PathBuf)> = files(&root().join("docs")).into_iter().collect();
    texts.push(("README.md".to_owned(), root().join("README.md")));
    for (path, file) in texts {
        let text = fs::read_to_string(file).unwrap();
        // Blocks of code are another matter: Terraform itself reads the examples.
        let prose: String = text.split("```").step_by(2).collect();
        for catalog in &catalogs {
            let strangers = names_in(&prose, &catalog.name).filter(|name| !known.contains(name));
            unknown.extend(strangers.map(|name| format!("{path}: `{name}`")));
        }
    }
    none("texts name things that are not on offer", &Vec::from_iter(unknown));
}

/// The targets of links to files: `[text](../resources/robot.md#anchor)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|t| !t.starts_with("http") && !t.starts_with('#')).map(|t| t.split('#').next().unwrap_or(t))
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    let mut texts: Vec<PathBuf> = files(&root().join("docs")).into_values().collect();
    texts.extend(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root().join(name)));
    for file in texts {
        let text = fs::read_to_string(&file).unwrap();
        let prose: String = text.split("```").step_by(2).collect();
        let missing = links(&prose).filter(|target| !file.parent().unwrap().join(target).exists());
        broken.extend(missing.map(|t| format!("{}: {t}", file.strip_prefix(root()).unwrap().display())));
    }
    none("links lead nowhere", &broken);
}

#[test]
fn guides_have_front_matter() {
    for catalog in catalogs() {
        for (path, file) in files(&root().join("docs").join(&catalog.name).join("guides")) {
            let text = fs::read_to_string(file).unwrap();
            let front = text.strip_prefix("---\n").and_then(|rest| rest.split("\n---\n").next()).unwrap_or_default();
            for key in ["page_title: \"", "subcategory: \"", "description: |-"] {
                assert!(front.contains(key), "guides/{path} of {} has no {key} in its front matter", catalog.name);
            }
        }
    }
}

/// The ```` ```terraform ```` blocks of a page, without the indentation of a list around them.
fn configurations(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start() != "```terraform" {
            continue;
        }
        let indentation = line.len() - line.trim_start().len();
        let inside = lines.by_ref().take_while(|line| line.trim() != "```");
        found.push(inside.map(|line| format!("{}\n", line.get(indentation..).unwrap_or_default())).collect());
    }
    found
}

#[test]
fn what_guides_show_was_applied() {
    let examples = root().join("examples/guides");
    let mut problems = Vec::new();
    let mut folders: BTreeSet<String> =
        files(&examples).into_keys().filter_map(|path| path.split('/').next().map(str::to_owned)).collect();
    for catalog in catalogs() {
        for (path, file) in files(&root().join("docs").join(&catalog.name).join("guides")) {
            let name = path.trim_end_matches(".md");
            let blocks = configurations(&fs::read_to_string(file).unwrap());
            if folders.remove(name) && blocks.is_empty() {
                problems.push(format!("guides/{path} shows nothing of examples/guides/{name}"));
            }
            let applied = files(&examples.join(name)).into_values().map(|file| fs::read_to_string(file).unwrap());
            // A block ends where a line ends, and begins where one begins.
            let applied: Vec<String> = applied.map(|text| format!("\n{text}")).collect();
            for block in blocks {
                if !applied.iter().any(|text| text.contains(&format!("\n{block}"))) {
                    problems.push(format!("guides/{path}: no file in examples/guides/{name} holds\n{block}"));
                }
            }
        }
    }
    problems.extend(folders.into_iter().map(|name| format!("examples/guides/{name} belongs to no guide")));
    none("guides show what no test applies", &problems);
}

/// Texts in backquotes that are scopes of Quay's.
fn scopes_in(text: &str) -> BTreeSet<&str> {
    let areas = ["repo:", "user:", "org:", "super:"];
    text.split('`').skip(1).step_by(2).filter(|word| areas.iter().any(|area| word.starts_with(area))).collect()
}

#[test]
fn the_guide_names_the_scopes_of_every_resource_of_quay() {
    let guide = fs::read_to_string(root().join("docs/quay/guides/least-privilege.md")).unwrap();
    let mut told = BTreeMap::new();
    for row in guide.lines().filter(|line| line.starts_with("| `")) {
        let scopes = scopes_in(row);
        told.extend(names_in(row, "quay").map(|name| (name, scopes.clone())));
    }
    let catalog = Catalog::of::<QuayProvider>();
    let mut expected = BTreeMap::new();
    for entry in catalog.entries.iter().filter(|entry| entry.kind == Kind::Resource) {
        let Content::Schema { schema, .. } = &entry.content else { continue };
        let says =
            |part: &&str| ["Scope: ", "Scopes: ", "Needs a superuser's token"].iter().any(|w| part.starts_with(w));
        let scopes = schema.block.doc.split("\n\n").filter(says).flat_map(scopes_in).collect::<BTreeSet<_>>();
        expected.insert(entry.name.as_str(), scopes);
    }
    assert_eq!(told, expected, "the table in least-privilege.md (left) is not what the pages say (right)");
}

#[test]
fn the_readme_lists_what_is_on_offer() {
    let path = root().join("README.md");
    let mut text = fs::read_to_string(&path).unwrap();
    for catalog in catalogs() {
        let (begin, end) =
            (format!("<!-- {} offers: begin -->\n", catalog.name), format!("<!-- {} offers: end -->", catalog.name));
        let from = text.find(&begin).unwrap_or_else(|| panic!("README.md has no line {begin}")) + begin.len();
        let to = text.find(&end).unwrap_or_else(|| panic!("README.md has no line {end}"));
        text.replace_range(from..to, &format!("\n{}\n", offers_table(&catalog, "docs")));
    }
    assert!(!rewrite(&path, &text), "README.md was rewritten: look at it, and commit it");
}
