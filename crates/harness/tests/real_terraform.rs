//! The harness on real command lines: they are fetched if need be, and everything here runs on each of them.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use registry_harness::terraform::{Action, Cli, Feature, Workspace};
use registry_harness::{Error, Result};

const CONFIGURATION: &str = r#"
variable "input" { default = "first" }
resource "terraform_data" "a" { input = var.input }
resource "terraform_data" "b" { triggers_replace = [terraform_data.a.input] }
output "id" { value = terraform_data.a.id }
"#;

/// Runs `test` on every command line that is asked for, at once.
fn on_each(test: impl Fn(&Cli) -> Result<()> + Sync) {
    static CLIS: LazyLock<Result<Vec<Cli>>> = LazyLock::new(|| Cli::selected(&Cli::TEST_VERSIONS));
    let clis = CLIS.as_ref().unwrap();
    let failures: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = clis.iter().map(|cli| (cli, scope.spawn(|| test(cli)))).collect();
        let outcomes = runs.into_iter().map(|(cli, run)| (cli, run.join().unwrap()));
        outcomes.filter_map(|(cli, outcome)| Some(format!("on {cli}: {}", outcome.err()?))).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn workspace(cli: &Cli, configuration: &str) -> Result<Workspace> {
    let workspace = Workspace::builder(cli).build()?;
    workspace.write("main.tf", configuration)?;
    Ok(workspace)
}

/// Fails with `what` when `truth` does not hold.
fn check(truth: bool, what: impl std::fmt::Display) -> Result<()> {
    if truth { Ok(()) } else { Err(Error::new(what.to_string())) }
}

#[test]
fn a_life_of_apply_plan_import_and_destroy() {
    on_each(|cli| {
        let workspace = workspace(cli, CONFIGURATION)?;
        workspace.init()?;
        workspace.validate()?;
        let plan = workspace.plan()?;
        plan.expect_changes(&["terraform_data.a", "terraform_data.b"])?;
        let a = plan.resource("terraform_data.a")?;
        check(a.is_create() && a.is_unknown("id") && !a.is_unknown("input"), a)?;
        check(plan.outputs["id"] == [Action::Create], plan.summary())?;
        workspace.apply_saved()?;
        workspace.plan()?.expect_empty()?;

        let changed = workspace.plan_with(&["-var", "input=second"])?;
        changed.expect_changes(&["terraform_data.a", "terraform_data.b"])?;
        check(changed.resource("terraform_data.a")?.attributes() == ["input", "output"], changed.summary())?;
        let b = changed.resource("terraform_data.b")?;
        check(b.is_replace() && b.replace_paths == [serde_json::json!(["triggers_replace"])], changed.summary())?;

        let id = workspace.outputs()?["id"].clone();
        check(workspace.state_of("terraform_data.a")?["id"] == id, "the output differs from the state")?;
        check(workspace.state_of("terraform_data.c").is_err(), "the state holds what was never made")?;
        workspace.state_rm(&["terraform_data.a"])?;
        check(workspace.plan()?.resource("terraform_data.a")?.is_create(), "it is still in the state")?;
        workspace.import("terraform_data.a", id.as_str().unwrap_or_default())?;
        check(workspace.state_of("terraform_data.a")?["id"] == id, "another id was imported")?;

        workspace.destroy()?;
        check(workspace.show_json()?.get("values").is_none(), "something is left")?;
        check(workspace.raw_state()?["resources"] == serde_json::json!([]), "the raw state is not empty")
    });
}

#[test]
fn a_failing_command_says_everything() {
    on_each(|cli| {
        let workspace = workspace(cli, "resource \"terraform_data\" \"a\" { nonsense = 1 }")?;
        let error = workspace.validate().err().map(|error| error.to_string()).unwrap_or_default();
        for part in ["validate", "exit code 1", "nonsense", "Unsupported argument"] {
            check(error.contains(part), format!("{part:?} is missing in: {error}"))?;
        }
        check(workspace.plan().is_err() && workspace.apply().is_err(), "a wrong configuration was planned or applied")
    });
}

/// What waits takes no notice of the signal, which reaches it too: else Terraform may end with it before it has said anything. And Terraform
/// prints the command, in which the words to wait for must not stand.
#[test]
fn ctrl_c_reaches_terraform_which_saves_its_state() {
    on_each(|cli| {
        let workspace = workspace(
            cli,
            r#"
            resource "terraform_data" "quick" { input = 1 }
            resource "terraform_data" "slow" {
              depends_on = [terraform_data.quick]
              provisioner "local-exec" { command = "trap '' INT; echo now it 'wa'its; exec sleep 600" }
            }
            resource "terraform_data" "never" { depends_on = [terraform_data.slow] }
            "#,
        )?;
        let running = workspace.start(&["apply", "-auto-approve", "-no-color"])?.wait_for("now it waits")?;
        running.interrupt()?;
        let finished = running.wait()?;
        check(finished.code == Some(1) && finished.both().contains("Interrupt received"), &finished)?;
        workspace.state_of("terraform_data.quick")?;
        check(workspace.state_of("terraform_data.never").is_err(), "it went on after the interrupt")
    });
}

#[test]
fn nothing_of_the_caller_gets_in_and_logs_are_kept() {
    on_each(|cli| {
        let workspace = Workspace::builder(cli).log("TRACE").env("TF_VAR_input", "from the builder").build()?;
        workspace.write("main.tf", CONFIGURATION)?;
        workspace.write("probe.tf", "output \"input\" { value = var.input }")?;
        workspace.apply()?;
        check(workspace.outputs()?["input"] == "from the builder", "the variable did not arrive")?;
        check(workspace.log()?.contains("[TRACE]"), "there is no log")?;
        check(workspace.show_json()?["terraform_version"] == cli.version.to_string(), "another version ran")
    });
}

#[test]
fn terraform_test_runs_where_it_can() {
    on_each(|cli| {
        let workspace = workspace(cli, CONFIGURATION)?;
        let condition = r#"
            run "r" {
              assert {
                condition     = terraform_data.a.output == "WANTED"
                error_message = "no"
              }
            }
        "#;
        workspace.write("good.tftest.hcl", &condition.replace("WANTED", "first"))?;
        workspace.init()?;
        workspace.test(&[])?;
        workspace.write("good.tftest.hcl", &condition.replace("WANTED", "second"))?;
        check(workspace.test(&[]).is_err(), "a false assertion passed")
    });
}

#[test]
fn features_that_a_version_says_it_has_are_there() {
    on_each(|cli| {
        let workspace = workspace(cli, "")?;
        let query = workspace.run(&["query", "-help"])?;
        check(query.both().contains("generate-config-out") == cli.supports(Feature::Query), &query)?;
        let apply = workspace.run(&["apply", "-help"])?;
        workspace.write("ephemeral.tf", "variable \"v\" {\n  ephemeral = true\n  default = 1\n}\n")?;
        check(workspace.validate().is_ok() == cli.supports(Feature::EphemeralResources), apply)
    });
}
