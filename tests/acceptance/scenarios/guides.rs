//! The configurations of the guides (`examples/guides/<guide>/`, which the guides show word for word), planned, applied, planned
//! again and destroyed. What else a guide promises is looked at in a story of its own: `CHECKED`.
//!
//! A folder of a guide holds one configuration. Folders named `1`, `2`, ... are steps: each takes the place of the one before it in
//! the same workspace.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use registry_harness::progress::say;
use registry_harness::terraform::{Cli, Feature, Plan, Product, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::{NewImage, Simulator};
use serde_json::{Value, json};

use super::check;
use crate::{dump, images, service};

/// A named story.
type Told = (String, Box<dyn FnOnce() -> Result<()> + Send>);
/// What is looked at in a guide.
type Story = fn(&Cli) -> Result<()>;

/// Stories of guides that promise more than that their configurations can be applied, or whose configurations need one another.
/// The first word is the folder whose configurations decide what a command line must have.
const CHECKED: [(&str, Story); 8] = [
    ("secrets/1", secrets),
    ("secrets/given", given),
    ("least-privilege/administrator", least_privilege),
    ("least-privilege/for-one-run", for_one_run),
    ("robots-for-many-repositories", robots),
    ("keyless-robots/job", keyless),
    ("renaming-an-organization", renaming),
    ("promoting-images/promotion", promoting),
];

/// Folders that a story above applies: because they cannot stand alone, or because once is enough.
const TOGETHER: [&str; 9] = [
    "least-privilege/for-one-run",
    "least-privilege/pipeline",
    "least-privilege/too-much",
    "keyless-robots/job",
    "promoting-images/promotion",
    "renaming-an-organization/2",
    "renaming-an-organization/3",
    "robots-for-many-repositories/one-each",
    "robots-for-many-repositories/one-for-all",
];

/// Secrets that the configurations are given.
const GIVEN: [(&str, &str); 4] = [
    ("TF_VAR_docker_hub_password", "hub-word-of-a-test"),
    ("TF_VAR_source_password", "source-word-of-a-test"),
    ("TF_VAR_chat_address", "https://hooks.example.com/word-of-a-test"),
    ("TF_VAR_first_password", "first-word-of-a-test"),
];

fn root() -> PathBuf {
    service::examples().join("guides")
}

/// All folders with configurations, by their path from `examples/guides`.
fn folders() -> BTreeMap<String, PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    };
    let named = |path: PathBuf| {
        let parts = path.strip_prefix(root()).ok()?.iter().filter_map(|part| part.to_str());
        Some((parts.collect::<Vec<_>>().join("/"), path))
    };
    below(&root()).iter().flat_map(|guide| below(guide)).filter_map(named).collect()
}

/// All configurations in a folder and below it, as one text.
fn text(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .map(|path| if path.is_dir() { text(&path) } else { fs::read_to_string(&path).unwrap_or_default() })
        .collect()
}

/// What a command line must have for these configurations.
fn needed(configurations: &str) -> impl Iterator<Item = Feature> {
    let begins = |word: &str| configurations.lines().any(|line| line.trim_start().starts_with(word));
    let has_write_only =
        configurations.lines().any(|line| line.split_once('=').is_some_and(|(name, _)| name.trim().ends_with("_wo")));
    let is_ephemeral = begins("ephemeral \"") || begins("ephemeral ");
    [
        (is_ephemeral, Feature::EphemeralResources),
        (has_write_only, Feature::WriteOnlyArguments),
        (begins("action \""), Feature::Actions),
    ]
    .into_iter()
    .filter_map(|(is_needed, feature)| is_needed.then_some(feature))
}

/// The stories for one command line.
pub fn trials(cli: &Cli) -> Vec<Told> {
    let can = |name: &str, configurations: &str| {
        let lacks = needed(configurations).find(|feature| !cli.supports(*feature));
        if let Some(feature) = lacks {
            say(format!("{cli} has no {feature:?}: guide {name} is left out"));
        }
        lacks.is_none()
    };
    let mut trials: Vec<Told> = Vec::new();
    for (name, folder) in folders() {
        let is_later = name.rsplit('/').next().is_some_and(|step| step.parse::<u8>().is_ok_and(|step| step > 1));
        if !is_later && !TOGETHER.contains(&name.as_str()) && can(&name, &text(&folder)) {
            let cli = cli.clone();
            trials.push((name, Box::new(move || apart(&cli, &folder))));
        }
    }
    for (name, story) in CHECKED {
        if can(name, &text(&root().join(name))) {
            let cli = cli.clone();
            trials.push((format!("{name}::checked"), Box::new(move || story(&cli))));
        }
    }
    trials
}

/// A workspace at this simulator, with everything that the guides take from the environment.
fn workspace(cli: &Cli, simulator: &Simulator, token: Option<&str>) -> Result<Workspace> {
    let project = simulator.credentials().saagie_project_id.clone();
    let builder = service::workspace(cli, simulator).env("TF_VAR_project_id", project);
    let builder = GIVEN.iter().fold(builder, |builder, (name, value)| builder.env(name, value));
    token.into_iter().fold(builder, |builder, token| builder.env("QUAY_TOKEN", token)).build()
}

/// Puts the configuration of a folder, and the providers' blocks that the guide leaves to the reader, in the place of what is there.
fn place(workspace: &Workspace, folder: &Path) -> Result<()> {
    let entries = fs::read_dir(workspace.path()).into_iter().flatten().flatten();
    let old = entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.ends_with(".tf"));
    old.into_iter().try_for_each(|name| workspace.remove(&name))?;
    workspace.copy(folder)?;
    let configuration = text(folder);
    check(!configuration.is_empty(), || format!("{} is empty", folder.display()))?;
    let used = |service: &&str| configuration.contains(&format!(" \"{service}_"));
    let services: Vec<&str> = ["quay", "harbor", "saagie"].into_iter().filter(used).collect();
    let sources: String =
        services.iter().map(|s| format!("{s} = {{ source = \"container-registries/{s}\" }}\n")).collect();
    let blocks: String = services.iter().map(|service| format!("provider \"{service}\" {{}}\n")).collect();
    workspace.write("providers.tf", &format!("terraform {{\nrequired_providers {{\n{sources}}}\n}}\n{blocks}"))
}

/// Plans and applies a folder's configuration; then there is nothing to do.
fn apply(workspace: &Workspace, folder: &str) -> Result<Plan> {
    place(workspace, &root().join(folder))?;
    let plan = workspace.plan()?;
    workspace.apply_saved()?;
    workspace.plan()?.expect_empty()?;
    Ok(plan)
}

/// A folder's configuration, and the steps after it, from nothing to nothing.
fn apart(cli: &Cli, folder: &Path) -> Result<()> {
    let simulator = service::simulator()?;
    let workspace = workspace(cli, &simulator, None)?;
    let before = simulator.dump();
    let name = folder.strip_prefix(root()).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let steps = match name.strip_suffix("/1") {
        Some(guide) => {
            (1..).map(|step| format!("{guide}/{step}")).take_while(|step| root().join(step).is_dir()).collect()
        }
        None => vec![name.clone()],
    };
    for step in steps.iter().filter(|step| !TOGETHER.contains(&step.as_str())) {
        apply(&workspace, step)?;
    }
    let made = dump::differences(&before, &simulator.dump());
    let only_opens = !text(folder).contains("resource \"");
    check(!made.is_empty() || only_opens, || "the server holds nothing new".to_owned())?;
    workspace.destroy()?;
    let left = dump::differences(&before, &simulator.dump());
    check(left.is_empty(), || format!("something is left: {left:?}"))
}

/// What is at a place of the server's dump.
fn held<'d>(dump: &'d Value, pointer: &str) -> Result<&'d Value> {
    dump.pointer(pointer).ok_or_else(|| Error::new(format!("the server holds nothing at {pointer}")))
}

/// No secret reaches the state, and a rotation goes all the way in one apply.
fn secrets(cli: &Cli) -> Result<()> {
    let simulator = service::simulator()?;
    let workspace = workspace(cli, &simulator, None)?;
    let project = simulator.credentials().saagie_project_id.clone();
    let mut seen = Vec::new();
    for step in ["secrets/1", "secrets/2"] {
        apply(&workspace, step)?;
        let dump = simulator.dump();
        let token = held(&dump, "/quay/robots/example-guide-secrets+ci/token")?;
        let password = held(&dump, &format!("/saagie/projects/{project}/docker_credentials/0/password"))?;
        check(token == password, || format!("{step}: the token did not arrive"))?;
        let token = token.as_str().unwrap_or_default().to_owned();
        let state = workspace.raw_state()?.to_string();
        check(!state.contains(&token), || format!("{step}: the token is in the state"))?;
        seen.push(token);
    }
    check(seen[0] != seen[1], || "the rotation changed nothing".to_owned())
}

/// What is given reaches the server, and not the state.
fn given(cli: &Cli) -> Result<()> {
    let simulator = service::simulator()?;
    let workspace = workspace(cli, &simulator, None)?;
    apply(&workspace, "secrets/given")?;
    let (dump, state) = (simulator.dump().to_string(), workspace.raw_state()?.to_string());
    for (name, value) in GIVEN {
        check(dump.contains(value), || format!("{name} did not reach the server"))?;
        check(!state.contains(value), || format!("{name} is in the state"))?;
    }
    Ok(())
}

/// The narrow token is enough for what it is made for, and the error names the scope for what it is not.
fn least_privilege(cli: &Cli) -> Result<()> {
    let simulator = service::simulator()?;
    let administrator = workspace(cli, &simulator, None)?;
    apply(&administrator, "least-privilege/administrator")?;
    let outputs = administrator.outputs()?;
    let token = outputs.get("token_of_repositories").and_then(Value::as_str).unwrap_or_default();

    let pipeline = workspace(cli, &simulator, Some(token))?;
    apply(&pipeline, "least-privilege/pipeline")?;
    pipeline.destroy()?;

    let beyond = workspace(cli, &simulator, Some(token))?;
    place(&beyond, &root().join("least-privilege/too-much"))?;
    let said = beyond.run(&["apply", "-auto-approve", "-input=false", "-no-color"])?;
    let words = said.both().split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    check(!said.is_ok(), || "a token without org:admin made a robot".to_owned())?;
    let sentences = shown("least-privilege.md", "text");
    check(sentences.len() == 1, || "the guide does not show the error".to_owned())?;
    for sentence in sentences {
        let sentence = sentence.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        check(words.contains(&sentence), || format!("the guide shows\n{sentence}\nand it is\n{said}"))?;
    }
    administrator.destroy()?;
    Ok(())
}

/// A token that is made for one run does the work, and is gone afterwards.
fn for_one_run(cli: &Cli) -> Result<()> {
    let simulator = service::simulator()?;
    let administrator = workspace(cli, &simulator, None)?;
    apply(&administrator, "least-privilege/administrator")?;
    let state = administrator.state_of("quay_oauth_application.terraform")?;
    let tokens = |dump: &Value| dump["quay"]["tokens"].as_object().map_or(0, |tokens| tokens.len());
    let before = tokens(&simulator.dump());

    let mut run = workspace(cli, &simulator, None)?;
    run.set_env("TF_VAR_organization", "example-guide-least-privilege");
    run.set_env("TF_VAR_client_id", state["client_id"].as_str().unwrap_or_default());
    apply(&run, "least-privilege/for-one-run")?;
    let dump = simulator.dump();
    check(tokens(&dump) == before, || "a token is left".to_owned())?;
    held(&dump, "/quay/repositories/example-guide-least-privilege~1web")?;
    run.destroy()?;
    administrator.destroy()?;
    Ok(())
}

/// The blocks of a guide in this language.
fn shown(guide: &str, language: &str) -> Vec<String> {
    let path = service::examples().with_file_name("docs").join("quay/guides").join(guide);
    let text = fs::read_to_string(path).unwrap_or_default();
    let begin = format!("```{language}\n");
    let blocks = text.split(&begin).skip(1);
    blocks.filter_map(|rest| rest.split("```").next().map(str::to_owned)).collect()
}

/// The requests that the guide states in its table, by the first column: those of the first and those of the second way.
fn stated() -> Result<BTreeMap<String, [u64; 2]>> {
    let path = service::examples().with_file_name("docs").join("quay/guides/robots-for-many-repositories.md");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [what, first, second] = cells[..] else { return None };
        Some((what.to_owned(), [first.parse().ok()?, second.parse().ok()?]))
    });
    let rows: BTreeMap<String, [u64; 2]> = rows.collect();
    check(rows.len() == 3, || format!("{} has another table: {rows:?}", path.display()))?;
    Ok(rows)
}

/// What a hundred repositories with robots cost: as many requests as the guide says. (Before the first list is there, a few single
/// reads go out: as many as Terraform happens to begin with.)
fn robots(cli: &Cli) -> Result<()> {
    let stated = stated()?;
    let mut problems = Vec::new();
    for (way, folder) in ["one-each", "one-for-all"].into_iter().enumerate() {
        let simulator = service::simulator()?;
        let nothing = simulator.dump();
        let workspace = workspace(cli, &simulator, None)?;
        place(&workspace, &root().join("robots-for-many-repositories").join(folder))?;
        let mut compare = |what: &str| {
            let counted = simulator.requests();
            let limit = stated.get(what).map_or(0, |row| row[way]);
            say(format!("{cli}: {folder}: {what}: {} requests", counted.total));
            if counted.total > limit || counted.total + 20 < limit {
                problems.push(format!("{folder}: {what} took {counted:?}, and the guide says {limit}"));
            }
            simulator.reset_requests();
        };
        simulator.reset_requests();
        workspace.apply()?;
        compare("making all of it");
        workspace.plan()?.expect_empty()?;
        compare("a plan that finds nothing to do");
        workspace.destroy()?;
        compare("destroying all of it");
        let left = dump::differences(&nothing, &simulator.dump());
        check(left.is_empty(), || format!("something is left: {left:?}"))?;
    }
    check(problems.is_empty(), || problems.join("\n"))
}

/// A job with nothing but its identity token gets the robot's login.
fn keyless(cli: &Cli) -> Result<()> {
    let simulator = service::simulator()?;
    let administrator = workspace(cli, &simulator, None)?;
    apply(&administrator, "keyless-robots/administrator")?;
    let before = simulator.dump();
    simulator.reset_requests();
    let job = workspace(cli, &simulator, Some("not-needed"))?;
    apply(&job, "keyless-robots/job")?;
    let requests = simulator.requests();
    // Once for each plan and each apply; OpenTofu was seen to leave out the apply, which uses nothing of it.
    let expected = match cli.product {
        Product::Terraform => 3,
        Product::OpenTofu => 2,
    };
    let exchanges = requests.of("GET", "/oauth2/federation/robot/token");
    check(exchanges == expected && requests.total == exchanges, || format!("the job took {requests:?}"))?;
    let after = dump::differences(&before, &simulator.dump());
    check(after.is_empty(), || format!("the exchange changed something: {after:?}"))?;
    administrator.destroy()?;
    Ok(())
}

/// Nothing is destroyed on the way from the old name to the new one.
fn renaming(cli: &Cli) -> Result<()> {
    let simulator = service::simulator()?;
    let nothing = simulator.dump();
    let workspace = workspace(cli, &simulator, None)?;
    let folder = |step: u8| format!("renaming-an-organization/{step}");
    apply(&workspace, &folder(1))?;
    let token =
        |robot: &str| -> Result<Value> { Ok(held(&simulator.dump(), &format!("/quay/robots/{robot}/token"))?.clone()) };
    let old = token("example-guide-renaming+ci")?;

    place(&workspace, &root().join(folder(2)))?;
    workspace.plan()?.expect_empty()?;
    workspace.invoke(&["action.quay_rename_organization.acme"])?;
    let all = ["quay_organization.acme", "quay_repository.app", "quay_robot.ci", "quay_repository_permission.ci"];
    let command = shown("renaming-an-organization.md", "shell").join("\n");
    check(command.contains(&format!("terraform state rm {}", all.join(" "))), || {
        "the guide removes something else from the state".to_owned()
    })?;
    workspace.state_rm(&all)?;

    place(&workspace, &root().join(folder(3)))?;
    let plan = workspace.plan()?;
    simulator.reset_requests();
    workspace.apply_saved()?;
    let requests = simulator.requests();
    let writes: u64 = ["POST", "PUT", "DELETE", "PATCH"].iter().map(|method| requests.of_method(method)).sum();
    check(writes == 0, || format!("the imports wrote to the server: {requests:?}"))?;
    workspace.plan()?.expect_empty()?;
    for address in all {
        let change = plan.resource(address)?;
        let only_imports = change.importing.is_some() && !change.is_create() && !change.is_replace();
        check(only_imports, || format!("{address} is not imported alone:\n{}", plan.summary()))?;
    }
    check(plan.changes().count() == all.len(), || plan.summary())?;
    check(token("example-guide-renamed+ci")? == old, || "the robot has another token".to_owned())?;
    workspace.destroy()?;
    let left = dump::differences(&nothing, &simulator.dump());
    check(left.is_empty(), || format!("something is left: {left:?}"))?;
    Ok(())
}

/// The scanner's report of an image with so many critical vulnerabilities.
fn report(critical: usize) -> Value {
    let found = |n| json!({"Name": format!("CVE-2026-{n}"), "Severity": "Critical", "Description": "", "Link": ""});
    let vulnerabilities: Vec<Value> = (0..critical).map(found).collect();
    let feature = json!({"Name": "openssl", "Version": "3.0", "VersionFormat": "", "NamespaceName": "", "AddedBy": "",
        "Vulnerabilities": vulnerabilities});
    let layer =
        json!({"Name": "", "ParentName": "", "NamespaceName": "", "IndexedByVersion": 4, "Features": [feature]});
    json!({"status": "scanned", "data": {"Layer": layer}})
}

/// What is neither scanned nor safe is not promoted; what is promoted can be taken back, and what somebody pushes in its place is seen.
fn promoting(cli: &Cli) -> Result<()> {
    const FOLDER: &str = "promoting-images/promotion";
    const REPOSITORY: &str = "/quay/repositories/example-guide-promoting~1app";
    let simulator = service::simulator()?;
    images::push(&simulator, &root().join(FOLDER))?;
    let tag = |name: &str, member: &str| -> Result<Value> {
        Ok(held(&simulator.dump(), &format!("{REPOSITORY}/tags/{name}/{member}"))?.clone())
    };
    let digest = |name: &str| tag(name, "manifest_digest");
    let scanned = |critical: usize| {
        let dump = simulator.dump();
        let manifests = held(&dump, &format!("{REPOSITORY}/images/manifests"))?.as_object();
        let path = |digest: &String| format!("{REPOSITORY}/images/manifests/{digest}/security");
        let reported = |digest| json!({"op": "replace", "path": path(digest), "value": report(critical)});
        let patch = manifests.into_iter().flat_map(|all| all.keys()).map(reported).collect();
        simulator.edit(Value::Array(patch)).map_err(Error::new)
    };
    let (first, second) = (digest("build-41")?, digest("build-42")?);

    let mut workspace = workspace(cli, &simulator, None)?;
    let choose = |workspace: &mut Workspace, production: &str, releases: Value| {
        workspace.set_env("TF_VAR_releases", releases.to_string());
        workspace.set_env("TF_VAR_production", production);
    };
    let refused = |workspace: &Workspace, words: &str| {
        let said = workspace.run(&["plan", "-input=false", "-no-color"])?;
        check(!said.is_ok() && said.both().contains(words), || format!("{words:?} is not why it was refused:\n{said}"))
    };
    place(&workspace, &root().join(FOLDER))?;
    choose(&mut workspace, "v1.0", json!({"v1.0": first}));
    refused(&workspace, "has not been scanned")?;
    scanned(0)?;
    apply(&workspace, FOLDER)?;
    check(digest("production")? == first, || "production does not run v1.0".to_owned())?;
    check(tag("v1.0", "immutable")? == json!(true), || "the release can be moved".to_owned())?;
    // The images have a label that ends their tags.
    let stay = |names: &[&str]| {
        let ends = |name: &&str| tag(name, "end_ms").map(|end| !end.is_null());
        let ending = names.iter().map(ends).collect::<Result<Vec<_>>>()?;
        check(ends(&"build-41")? && !ending.contains(&true), || format!("not all of {names:?} stay: {ending:?}"))
    };
    stay(&["v1.0", "production"])?;

    choose(&mut workspace, "v1.1", json!({"v1.0": first, "v1.1": second}));
    scanned(1)?;
    refused(&workspace, "has critical vulnerabilities")?;
    scanned(0)?;
    apply(&workspace, FOLDER)?;
    check(digest("production")? == second, || "production does not run v1.1".to_owned())?;
    stay(&["v1.0", "v1.1", "production"])?;

    choose(&mut workspace, "v1.0", json!({"v1.0": first, "v1.1": second}));
    let back = apply(&workspace, FOLDER)?;
    check(back.resource("quay_tag.production")?.is_update(), || back.summary())?;
    check(digest("production")? == first, || "production was not taken back".to_owned())?;

    let repository = "example-guide-promoting/app".to_owned();
    let pushed = NewImage {
        repository,
        tags: vec!["production".to_owned()],
        content: "third".to_owned(),
        ..NewImage::default()
    };
    simulator.push(pushed).map_err(Error::new)?;
    let healing = apply(&workspace, FOLDER)?;
    check(healing.changes().count() == 1, || healing.summary())?;
    check(digest("production")? == first, || "what was pushed past Terraform is still there".to_owned())?;
    stay(&["production"])?;

    workspace.set_env("TF_VAR_withdrawn", json!(["v1.1"]).to_string());
    apply(&workspace, FOLDER)?;
    choose(&mut workspace, "v1.0", json!({"v1.0": first}));
    apply(&workspace, FOLDER)?;
    check(tag("v1.1", "manifest_digest").is_err(), || "the release is still there".to_owned())
}
