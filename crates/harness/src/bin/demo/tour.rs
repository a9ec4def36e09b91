//! The steps of the demonstration, and what must be true after each.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use registry_harness::progress::human;
use registry_harness::terraform::Workspace;
use registry_harness::{Error, Result};
use registry_simulator::{Requests, Simulator};
use serde_json::{Value, json};

use crate::tell;

/// What somebody changes behind Terraform's back: the robot's role on the repository.
const CHANGED: &str = "quay_repository_permission.ci";
/// Where the simulator keeps it.
const CHANGED_AT: &str = "/quay/repositories/quickstart~1app/users/quickstart+ci";

/// The collections that the quickstart fills: a name for people, and where the simulator keeps it. `{project}` is the
/// Saagie project.
const COLLECTIONS: [(&str, &str); 6] = [
    ("Quay organizations", "/quay/organizations"),
    ("Quay repositories", "/quay/repositories"),
    ("Quay robots", "/quay/robots"),
    ("Harbor projects", "/harbor/projects/rows"),
    ("Harbor robots", "/harbor/robots/rows"),
    ("Saagie credentials", "/saagie/projects/{project}/docker_credentials"),
];

/// A step: what happens, for people, and how.
type Step<'a> = (&'static str, fn(&Tour<'a>) -> Result<String>);

/// The way through the quickstart.
pub(crate) struct Tour<'a> {
    workspace: &'a Workspace,
    simulator: &'a Simulator,
    /// What the simulator held before anything was made.
    before: Inventory,
}

impl<'a> Tour<'a> {
    const STEPS: [Step<'a>; 9] = [
        ("init: the providers are installed from a local mirror", Self::init),
        ("plan: everything is to be created", Self::plan_creation),
        ("apply: it is created", Self::apply),
        ("plan again: nothing to do", Self::plan_nothing),
        ("behind Terraform's back somebody takes the robot's right to push", Self::change),
        ("plan: exactly that is found, and nothing else", Self::plan_healing),
        ("apply: it is healed", Self::heal),
        ("plan again: nothing to do", Self::plan_nothing),
        ("destroy: nothing is left", Self::destroy),
    ];

    pub(crate) fn new(workspace: &'a Workspace, simulator: &'a Simulator) -> Result<Self> {
        let before = Inventory::of(&simulator.dump(), &simulator.credentials().saagie_project_id)?;
        Ok(Self { workspace, simulator, before })
    }

    /// Goes through all steps, to the first that is not as it should be.
    pub(crate) fn run(&self) -> Result<()> {
        for (index, (title, step)) in Self::STEPS.iter().enumerate() {
            tell(format!("\n{}. {title}", index + 1));
            self.simulator.reset_requests();
            let started = Instant::now();
            let outcome = step(self)?;
            tell(format!("   {outcome}"));
            tell(format!("   {}", effort(started.elapsed(), &self.simulator.requests())));
        }
        Ok(())
    }

    fn init(&self) -> Result<String> {
        self.workspace.init()?;
        Ok("three providers are installed, and their checksums are in the lock file".to_owned())
    }

    fn plan_creation(&self) -> Result<String> {
        let plan = self.workspace.plan()?;
        let all = plan.resources.len();
        if all == 0 || plan.code != 2 || !plan.resources.values().all(|change| change.is_create()) {
            return Err(Error::new(format!("everything should be created\n{}", plan.summary())));
        }
        Ok(format!("{all} resources are to be created"))
    }

    fn apply(&self) -> Result<String> {
        self.workspace.apply_saved()?;
        let new = self.new_objects()?;
        if new.0.values().any(|count| *count < 1) {
            return Err(Error::new(format!("not everything was created: {}", new.text())));
        }
        Ok(format!("the servers hold what they did not before: {}", new.text()))
    }

    fn plan_nothing(&self) -> Result<String> {
        self.workspace.plan()?.expect_empty()?;
        Ok("the plan is empty (exit code 0)".to_owned())
    }

    fn change(&self) -> Result<String> {
        let patch = json!([
            {"op": "test", "path": CHANGED_AT, "value": "write"},
            {"op": "replace", "path": CHANGED_AT, "value": "read"},
        ]);
        self.simulator.edit(patch).map_err(|error| Error::new(format!("the role cannot be changed: {error}")))?;
        Ok("its role on the repository is now `read`".to_owned())
    }

    fn plan_healing(&self) -> Result<String> {
        let plan = self.workspace.plan()?;
        plan.expect_changes(&[CHANGED])?;
        let change = plan.resource(CHANGED)?;
        let drifted: Vec<&str> = plan.drift.keys().map(String::as_str).collect();
        let role = (&change.before["role"], &change.after["role"]);
        if drifted != [CHANGED] || change.attributes() != ["role"] || role != (&json!("read"), &json!("write")) {
            return Err(Error::new(format!("the plan should restore the role alone\n{}", plan.summary())));
        }
        Ok(format!("the only change: {CHANGED}, role `read` -> `write` (exit code 2)"))
    }

    fn heal(&self) -> Result<String> {
        self.workspace.apply_saved()?;
        match self.simulator.dump().pointer(CHANGED_AT).and_then(Value::as_str) {
            Some("write") => Ok("its role on the repository is `write` again".to_owned()),
            other => Err(Error::new(format!("the role should be `write` again, and is {other:?}"))),
        }
    }

    fn destroy(&self) -> Result<String> {
        self.workspace.destroy()?;
        let new = self.new_objects()?;
        if new.0.values().any(|count| *count != 0) {
            return Err(Error::new(format!("something is left, or too much is gone: {}", new.text())));
        }
        Ok("the servers hold what they held at first".to_owned())
    }

    /// How much more there is of everything than at first.
    fn new_objects(&self) -> Result<Inventory> {
        let now = Inventory::of(&self.simulator.dump(), &self.simulator.credentials().saagie_project_id)?;
        Ok(Inventory(now.0.iter().map(|(name, count)| (*name, count - self.before.0[name])).collect()))
    }
}

/// How many objects there are, by the name of their collection.
#[derive(Debug, PartialEq, Eq)]
struct Inventory(BTreeMap<&'static str, i64>);

impl Inventory {
    /// Counts what a dump of the simulator holds, without what is only marked as deleted.
    fn of(dump: &Value, project: &str) -> Result<Self> {
        let lives = |object: &&Value| object["deleted"] != true;
        let count = |(name, path): (&'static str, &str)| {
            let path = path.replace("{project}", project);
            let objects: Vec<&Value> = match dump.pointer(&path) {
                Some(Value::Object(members)) => members.values().collect(),
                Some(Value::Array(items)) => items.iter().collect(),
                _ => return Err(Error::new(format!("the simulator's dump has no {path}"))),
            };
            let count = objects.into_iter().filter(lives).count();
            Ok((name, i64::try_from(count).unwrap_or(i64::MAX)))
        };
        COLLECTIONS.into_iter().map(count).collect::<Result<_>>().map(Self)
    }

    fn text(&self) -> String {
        let counts: Vec<String> = self.0.iter().map(|(name, count)| format!("{name}: {count}")).collect();
        counts.join(", ")
    }
}

/// `1.3 s, 12 requests (GET 8, POST 4)`.
fn effort(duration: Duration, requests: &Requests) -> String {
    let mut methods: BTreeMap<&str, u64> = BTreeMap::new();
    for (route, count) in &requests.routes {
        *methods.entry(route.split(' ').next().unwrap_or_default()).or_default() += count;
    }
    let methods: Vec<String> = methods.iter().map(|(method, count)| format!("{method} {count}")).collect();
    match requests.total {
        0 => format!("{}, no request", human(duration)),
        1 => format!("{}, 1 request ({})", human(duration), methods.join(", ")),
        total => format!("{}, {total} requests ({})", human(duration), methods.join(", ")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn dump() -> Value {
        json!({
            "quay": {"organizations": {"a": {}}, "repositories": {}, "robots": {}},
            "harbor": {"projects": {"rows": {"1": {"deleted": false}, "2": {"deleted": true}}}, "robots": {"rows": {}}},
            "saagie": {"projects": {"p": {"docker_credentials": []}}},
        })
    }

    #[test]
    fn an_inventory_leaves_out_what_is_marked_as_deleted() {
        let inventory = Inventory::of(&dump(), "p").unwrap();
        assert_eq!(inventory.0["Harbor projects"], 1);
        assert_eq!(inventory.0["Quay organizations"], 1);
        assert_eq!(inventory.0["Saagie credentials"], 0);
        assert!(Inventory::of(&dump(), "another").is_err());
    }

    #[test]
    fn a_collection_that_is_not_there_is_no_empty_one() {
        let mut dump = dump();
        dump["quay"].as_object_mut().unwrap().remove("robots");
        assert!(Inventory::of(&dump, "p").unwrap_err().to_string().contains("/quay/robots"));
    }

    #[test]
    fn requests_are_told_by_method() {
        let routes = [("GET /a".to_owned(), 2), ("GET /b".to_owned(), 1), ("POST /a".to_owned(), 1)].into();
        let requests = Requests { total: 4, routes, ..Requests::default() };
        assert_eq!(effort(Duration::from_millis(1300), &requests), "1.3 s, 4 requests (GET 3, POST 1)");
        assert_eq!(effort(Duration::from_millis(100), &Requests::default()), "0.1 s, no request");
    }
}
