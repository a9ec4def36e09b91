//! One entry per resource (and per way of using it): what faults, secrets and the like are tried on. A resource without an entry fails
//! a test.

mod harbor;
pub(crate) mod other_kinds;
pub(crate) mod quay;
mod saagie;

use registry_simulator::NewImage;
use serde_json::{Value as Json, json};

use super::Service;

/// A resource, as a user has it, changes it and replaces it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) resource: &'static str,
    /// The area of the service that it belongs to.
    pub(crate) area: &'static str,
    /// What is special about this entry.
    pub(crate) variant: &'static str,
    /// What must be there first: types and configurations.
    pub(crate) before: Vec<(&'static str, Json)>,
    /// What must be there first and has no resource, as a merge patch of the simulator's state; null for nothing.
    pub(crate) there: Json,
    /// Images that were pushed after all that.
    pub(crate) images: Vec<NewImage>,
    /// What others put into it before it is destroyed, as such a patch; null for nothing.
    pub(crate) content: Json,
    pub(crate) config: Json,
    /// Another configuration, which is reached in place; null where every change replaces.
    pub(crate) changed: Json,
    /// Another one, which is reached by a replacement; null where there is none.
    pub(crate) replaced: Json,
    /// The attributes in which this configuration asks for secrets to be kept. They are never null.
    pub(crate) stores: &'static [&'static str],
    /// Destroying it leaves something behind on the server, which has no deletion for it.
    pub(crate) leaves: bool,
}

/// Stands for the client id of the application that organization `acme` has.
pub(crate) const CLIENT: &str = "${client}";
/// Stands for the server's host and port.
pub(crate) const HOST: &str = "${host}";
/// Stands for the id of the project that Saagie's simulator starts with.
pub(crate) const PROJECT: &str = "${project}";

impl Case {
    pub(crate) fn service(&self) -> Service {
        let word = self.resource.split('_').next().unwrap_or_default();
        *Service::ALL.iter().find(|service| service.word() == word).expect("the type begins with its provider's name")
    }

    pub(crate) fn name(&self) -> String {
        match self.variant {
            "" => self.resource.to_owned(),
            variant => format!("{} ({variant})", self.resource),
        }
    }

    /// Service, area and name, by which one chooses what is tried.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}::{}", self.service().word(), self.area, self.name())
    }

    fn new(resource: &'static str, variant: &'static str, config: Json, changed: Json, replaced: Json) -> Self {
        let (there, content) = (Json::Null, Json::Null);
        Self {
            resource,
            area: "",
            variant,
            before: Vec::new(),
            there,
            images: Vec::new(),
            content,
            config,
            changed,
            replaced,
            stores: &[],
            leaves: false,
        }
    }

    fn after<const N: usize>(self, before: [(&'static str, Json); N]) -> Self {
        Self { before: before.into(), ..self }
    }

    fn beside(self, there: Json) -> Self {
        Self { there, ..self }
    }

    fn pushed(self, images: Vec<NewImage>) -> Self {
        Self { images, ..self }
    }

    fn filled(self, content: Json) -> Self {
        Self { content, ..self }
    }

    fn leaving(self) -> Self {
        Self { leaves: true, ..self }
    }

    fn storing(self, stores: &'static [&'static str]) -> Self {
        Self { stores, ..self }
    }
}

fn organization(name: &str) -> (&'static str, Json) {
    ("quay_organization", json!({ "name": name, "email": format!("{name}@example.com") }))
}

fn team(name: &str) -> (&'static str, Json) {
    ("quay_team", json!({ "organization": "acme", "name": name, "role": "member" }))
}

fn robot(name: &str) -> (&'static str, Json) {
    ("quay_robot", json!({ "namespace": "acme", "name": name }))
}

fn repository(name: &str) -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": name }))
}

/// Images of the repository acme/app, each under a tag: two, and a list for two architectures. `${image:first}` stands for the digest of
/// the one that was tagged `first`.
pub(crate) fn images() -> Vec<NewImage> {
    let image = |tag: &str, architectures: &[&str]| NewImage {
        repository: "acme/app".to_owned(),
        tags: vec![tag.to_owned()],
        content: tag.to_owned(),
        labels: [("maintainer".to_owned(), "App team".to_owned())].into(),
        architectures: architectures.iter().map(|name| (*name).to_owned()).collect(),
    };
    vec![image("first", &[]), image("second", &[]), image("both", &["amd64", "arm64"])]
}

/// The same with some members set.
fn with(mut config: Json, changes: Json) -> Json {
    let changes = changes.as_object().cloned().expect("an object");
    config.as_object_mut().expect("an object").extend(changes);
    config
}

/// The entries of an area.
fn of_area(area: &'static str, cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().map(|case| Case { area, ..case }).collect()
}

/// All entries.
pub(crate) fn cases() -> Vec<Case> {
    let harbor = harbor::cases().into_iter().map(|case| match case.resource {
        "harbor_robot" => Case { area: "robots", ..case },
        _ => Case { area: "projects", ..case },
    });
    [quay::cases(), harbor.collect(), of_area("credentials", saagie::cases())].concat()
}

/// Adding a resource to a provider adds an entry here.
#[test]
fn every_resource_has_an_entry() {
    let named: std::collections::BTreeSet<_> = cases().iter().map(|case| case.resource.to_owned()).collect();
    let offered = Service::ALL.iter().flat_map(|service| {
        let schema = service.serve().schema().expect("a schema");
        schema.resources.keys().cloned().collect::<Vec<_>>()
    });
    assert_eq!(named, offered.collect());
}
