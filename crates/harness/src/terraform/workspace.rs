//! A temporary directory in which one command line works on one configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{Cli, Installation, Plan, installation};
use crate::error::{Error, Result, ResultExt};
use crate::process::{self, Finished, Group, Running};
use crate::providers::Providers;

/// Makes a [`Workspace`].
pub struct WorkspaceBuilder {
    cli: Cli,
    providers: Providers,
    installation: Installation,
    environment: BTreeMap<OsString, OsString>,
    log_level: Option<&'static str>,
}

impl WorkspaceBuilder {
    /// Makes these providers known. Without it, only what is built into Terraform is.
    #[must_use]
    pub fn providers(mut self, providers: &Providers, installation: Installation) -> Self {
        self.providers = providers.clone();
        self.installation = installation;
        self
    }

    /// Sets an environment variable for every command.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Has Terraform and the providers write their logs at `level` (`TRACE`, `DEBUG`, …) into [`Workspace::log`].
    #[must_use]
    pub fn log(mut self, level: &'static str) -> Self {
        self.log_level = Some(level);
        self
    }

    /// Makes the directory.
    ///
    /// # Errors
    /// When something in it cannot be written.
    pub fn build(self) -> Result<Workspace> {
        let folder = TempDir::with_prefix("registry-").context(|| "cannot make a temporary directory".to_owned())?;
        let root = fs::canonicalize(folder.path()).context(|| format!("cannot find {}", folder.path().display()))?;
        for part in ["work", "home"] {
            fs::create_dir(root.join(part)).context(|| format!("cannot make {part} in {}", root.display()))?;
        }
        let text = installation::write(&root, &self.providers, self.installation)?;
        fs::write(root.join("terraform.rc"), text)
            .context(|| format!("cannot write the CLI configuration in {}", root.display()))?;
        let mut environment = self.environment;
        environment.insert("TF_CLI_CONFIG_FILE".into(), root.join("terraform.rc").into());
        if let Some(level) = self.log_level {
            environment.insert("TF_LOG".into(), level.into());
            environment.insert("TF_LOG_PATH".into(), root.join("terraform.log").into());
        }
        Ok(Workspace { folder, root, cli: self.cli, environment })
    }
}

/// A temporary directory with a configuration in it, and the command line that works on it. It is removed when dropped.
///
/// Commands get a clean environment: nothing of the caller's Terraform settings, credentials or proxies, a home
/// directory of their own, no plugin cache, no check for updates.
pub struct Workspace {
    folder: TempDir,
    root: PathBuf,
    cli: Cli,
    environment: BTreeMap<OsString, OsString>,
}

impl Workspace {
    /// Starts to make a workspace for `cli`.
    #[must_use]
    pub fn builder(cli: &Cli) -> WorkspaceBuilder {
        WorkspaceBuilder {
            cli: cli.clone(),
            providers: Providers::none(),
            installation: Installation::DevOverrides,
            environment: BTreeMap::new(),
            log_level: None,
        }
    }

    /// The command line.
    #[must_use]
    pub fn cli(&self) -> &Cli {
        &self.cli
    }

    /// The directory that holds the configuration and the state.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.root.join("work")
    }

    /// The CLI configuration file.
    #[must_use]
    pub fn cli_config(&self) -> PathBuf {
        self.root.join("terraform.rc")
    }

    /// Writes a second CLI configuration, with `dev_overrides` for `providers`, for use by hand. Says where it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn dev_overrides(&self, providers: &Providers) -> Result<PathBuf> {
        let path = self.root.join("dev.tfrc");
        let text = installation::write(&self.root.join("dev"), providers, Installation::DevOverrides)?;
        fs::write(&path, text).context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// What this workspace adds to the environment of every command, in the order of the names.
    pub fn environment(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.environment.iter()
    }

    /// Sets an environment variable for the commands that follow.
    pub fn set_env(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.environment.insert(name.into(), value.into());
    }

    /// All that was logged, when [`WorkspaceBuilder::log`] asked for logs.
    ///
    /// # Errors
    /// When there is no log.
    pub fn log(&self) -> Result<String> {
        let path = self.root.join("terraform.log");
        let bytes = fs::read(&path).context(|| format!("cannot read {}", path.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Keeps the directory after this value is gone, and says where it is.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        let _ = self.folder.keep();
        self.root
    }

    /// Writes a file of the configuration, replacing what it was.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path().join(name);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .context(|| format!("cannot write {}", path.display()))
    }

    /// Reads a file of the directory.
    ///
    /// # Errors
    /// When it is not there, or no text.
    pub fn read(&self, name: &str) -> Result<String> {
        let path = self.path().join(name);
        fs::read_to_string(&path).context(|| format!("cannot read {}", path.display()))
    }

    /// Removes a file of the configuration.
    ///
    /// # Errors
    /// When it is not there.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.path().join(name);
        fs::remove_file(&path).context(|| format!("cannot remove {}", path.display()))
    }

    /// Copies the files of `folder` (not of folders in it) into the configuration.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub fn copy(&self, folder: &Path) -> Result<()> {
        let entries = fs::read_dir(folder).context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), self.path().join(entry.file_name()))
                .context(|| format!("cannot copy {}", entry.path().display()))?;
        }
        Ok(())
    }

    /// Runs a command with these arguments to its end, whatever its exit code is.
    ///
    /// # Errors
    /// When it cannot be started, or hangs.
    pub fn run(&self, arguments: &[&str]) -> Result<Finished> {
        process::run(self.command(arguments))
    }

    /// Starts a command in a process group of its own, for Ctrl-C.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Result<Running> {
        Running::start(self.command(arguments), Group::Own)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.cli.command(&self.root.join("home"));
        command.args(arguments).envs(&self.environment).current_dir(self.path());
        command
    }

    fn run_with(&self, arguments: &[&str], more: &[&str]) -> Result<Finished> {
        self.run(&[arguments, more].concat())
    }

    /// `init`.
    ///
    /// # Errors
    /// When it fails, with all that it said. So do all methods below that are named after a command.
    pub fn init(&self) -> Result<Finished> {
        self.run(&["init", "-input=false", "-no-color"])?.ok()
    }

    /// `validate`.
    pub fn validate(&self) -> Result<Finished> {
        self.run(&["validate", "-no-color"])?.ok()
    }

    /// `plan`, with `more` arguments (`-destroy`, `-refresh-only`, `-generate-config-out=…`), saved and read back.
    pub fn plan_with(&self, more: &[&str]) -> Result<Plan> {
        let saved = self.root.join("saved.tfplan");
        let saved = saved.to_string_lossy();
        let out = format!("-out={saved}");
        let planned = self
            .run_with(&["plan", "-input=false", "-no-color", "-detailed-exitcode", &out], more)?
            .expect_code(&[0, 2])?;
        let shown = self.run(&["show", "-json", "-no-color", &saved])?.ok()?;
        Plan::parse(planned.code.unwrap_or_default(), planned, &shown.stdout)
    }

    /// `plan`, saved and read back.
    pub fn plan(&self) -> Result<Plan> {
        self.plan_with(&[])
    }

    /// `apply`, with `more` arguments (`-refresh=false`, `-replace=…`, `-parallelism=…`).
    pub fn apply_with(&self, more: &[&str]) -> Result<Finished> {
        self.run_with(&["apply", "-auto-approve", "-input=false", "-no-color"], more)?.ok()
    }

    /// `apply`.
    pub fn apply(&self) -> Result<Finished> {
        self.apply_with(&[])
    }

    /// Applies the plan that [`plan`](Self::plan) saved last.
    pub fn apply_saved(&self) -> Result<Finished> {
        let saved = self.root.join("saved.tfplan");
        self.run(&["apply", "-input=false", "-no-color", &saved.to_string_lossy()])?.ok()
    }

    /// `apply -invoke`: runs these actions (`action.quay_regenerate_robot_token.ci`) and nothing else.
    pub fn invoke(&self, actions: &[&str]) -> Result<Finished> {
        let invoke: Vec<String> = actions.iter().map(|action| format!("-invoke={action}")).collect();
        self.apply_with(&invoke.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// `destroy`.
    pub fn destroy(&self) -> Result<Finished> {
        self.run(&["destroy", "-auto-approve", "-input=false", "-no-color"])?.ok()
    }

    /// `import`.
    pub fn import(&self, address: &str, id: &str) -> Result<Finished> {
        self.run(&["import", "-input=false", "-no-color", address, id])?.ok()
    }

    /// `state rm`.
    pub fn state_rm(&self, addresses: &[&str]) -> Result<Finished> {
        self.run_with(&["state", "rm"], addresses)?.ok()
    }

    /// `show -json` of the state.
    pub fn show_json(&self) -> Result<Value> {
        self.json(&["show", "-json", "-no-color"])
    }

    /// The state's attribute values of `address`, in any module.
    ///
    /// # Errors
    /// When the state does not hold it.
    pub fn state_of(&self, address: &str) -> Result<Value> {
        let state = self.show_json()?;
        find_resource(&state["values"]["root_module"], address)
            .map(|resource| resource["values"].clone())
            .ok_or_else(|| Error::new(format!("the state holds no {address}")))
    }

    /// The state as `state pull` prints it: with schema versions, private data and identities.
    pub fn raw_state(&self) -> Result<Value> {
        self.json(&["state", "pull"])
    }

    /// `output -json`: the values by name.
    pub fn outputs(&self) -> Result<BTreeMap<String, Value>> {
        let Value::Object(outputs) = self.json(&["output", "-json", "-no-color"])? else { return Ok(BTreeMap::new()) };
        Ok(outputs.into_iter().map(|(name, mut output)| (name, output["value"].take())).collect())
    }

    /// `providers schema -json`.
    pub fn schema(&self) -> Result<Value> {
        self.json(&["providers", "schema", "-json"])
    }

    /// `test`, with `more` arguments.
    pub fn test(&self, more: &[&str]) -> Result<Finished> {
        self.run_with(&["test", "-no-color"], more)?.ok()
    }

    /// `query`, which lists what the `.tfquery.hcl` files ask for. With `generate` it also writes configuration for all
    /// that it finds, with `import` blocks, to the file of that name in the workspace, which is replaced.
    pub fn query(&self, generate: Option<&str>) -> Result<Query> {
        let mut arguments = vec!["query".to_owned(), "-json".to_owned(), "-no-color".to_owned()];
        if let Some(name) = generate {
            // Terraform refuses to write where something is. There may be nothing.
            let _ = fs::remove_file(self.path().join(name));
            arguments.push(format!("-generate-config-out={name}"));
        }
        let finished = self.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?.ok()?;
        Ok(Query { found: Query::parse(&finished.stdout), command: finished })
    }

    fn json(&self, arguments: &[&str]) -> Result<Value> {
        let finished = self.run(arguments)?.ok()?;
        serde_json::from_str(&finished.stdout).context(|| format!("cannot read the JSON of {}", finished.command))
    }
}

/// What `query` found.
#[derive(Clone, Debug)]
pub struct Query {
    /// What was found, in the order of the answer: objects with `address` (of the `list` block), `display_name`,
    /// `identity`, `resource_type`, `resource_object` if it was asked for, and, where configuration was generated,
    /// `config` and `import_config`.
    pub found: Vec<Value>,
    /// The command.
    pub command: Finished,
}

impl Query {
    /// Picks what was found out of the lines of JSON that the command prints.
    fn parse(lines: &str) -> Vec<Value> {
        let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        messages
            .filter(|message| message["type"] == "list_resource_found")
            .map(|mut message| message["list_resource_found"].take())
            .collect()
    }
}

fn find_resource<'a>(module: &'a Value, address: &str) -> Option<&'a Value> {
    let list = |name: &str| module[name].as_array().map_or(&[][..], Vec::as_slice);
    list("resources")
        .iter()
        .find(|resource| resource["address"] == address)
        .or_else(|| list("child_modules").iter().find_map(|child| find_resource(child, address)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn query_finds_are_picked_out_of_other_messages() {
        let found = Query::parse(
            r#"{"@level":"info","type":"version"}
{"type":"list_resource_found","list_resource_found":{"display_name":"one","identity":{"name":"one"}}}
not JSON
{"type":"list_complete","list_complete":{"total":1}}"#,
        );
        assert_eq!(found, [serde_json::json!({"display_name": "one", "identity": {"name": "one"}})]);
    }

    #[test]
    fn resources_are_found_in_modules_too() {
        let module = serde_json::json!({
            "resources": [{"address": "x.a"}],
            "child_modules": [{"child_modules": [{"resources": [{"address": "module.m.module.n.x.b", "values": 1}]}]}],
        });
        assert_eq!(find_resource(&module, "x.a").unwrap()["address"], "x.a");
        assert_eq!(find_resource(&module, "module.m.module.n.x.b").unwrap()["values"], 1);
        assert!(find_resource(&module, "x.b").is_none());
    }
}
