//! A secret that the user chooses for something that was made without one is sent; only an import may have it already.

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::core::text;
use crate::harbor::may;
use crate::world::inspect::{held, string};
use crate::world::{Service, Through, World, merged};

struct Case {
    kind: &'static str,
    config: Json,
    /// Keeps what the server made up, in this attribute.
    stores: (&'static str, &'static str),
    /// The secret's name.
    secret: &'static str,
}

fn cases() -> [Case; 2] {
    let reader = json!({ "name": "ci", "level": "system", "permissions": [may("*", &[("repository", "pull")])] });
    [
        Case {
            kind: "quay_user",
            config: json!({ "username": "dave", "email": "dave@example.com" }),
            stores: ("store_password", "generated_password"),
            secret: "password",
        },
        Case { kind: "harbor_robot", config: reader, stores: ("store_secret", "generated_secret"), secret: "secret" },
    ]
}

impl Case {
    fn world(&self) -> World {
        let service = *Service::ALL.iter().find(|service| self.kind.starts_with(service.word())).unwrap();
        World::new(service, Through::Calls)
    }

    /// With a write-only secret.
    fn chosen(&self, config: &Json, secret: &str, version: u64) -> Json {
        let (wo, wo_version) = (format!("{}_wo", self.secret), format!("{}_wo_version", self.secret));
        merged(config.clone(), json!({ wo: secret, wo_version: version }))
    }
}

const CHOSEN: &str = "Chosen-Passw0rd-1";

#[tokio::test]
async fn a_first_secret_is_sent_and_takes_the_place_of_the_one_that_the_server_made_up() {
    for case in cases() {
        for stores in [false, true] {
            let world = case.world();
            let config = merged(case.config.clone(), json!({ case.stores.0: stores }));
            let made = world.command().await.apply(case.kind, None, Some(config.clone())).await.unwrap();
            let asked = case.chosen(&config, CHOSEN, 1);
            let command = world.command().await;
            let changed = command.apply(case.kind, Some(&made), Some(asked.clone())).await.unwrap();
            assert!(held(&world).to_string().contains(CHOSEN), "{}: it was not sent", case.kind);
            assert_eq!(changed.state.attribute(case.stores.1), Some(&Value::Null), "{}", case.kind);
            command.is_settled(&changed, asked).await.unwrap();
            // Taken out of the configuration and put in again, it may be another one.
            let without = command.apply(case.kind, Some(&changed), Some(config.clone())).await.unwrap();
            let again = case.chosen(&config, "Chosen-Passw0rd-2", 1);
            command.apply(case.kind, Some(&without), Some(again)).await.unwrap();
            assert!(held(&world).to_string().contains("Chosen-Passw0rd-2"), "{}: it was not sent again", case.kind);
        }
    }
}

#[tokio::test]
async fn what_the_server_made_up_stays_while_it_is_good() {
    for case in cases() {
        let world = case.world();
        let config = merged(case.config.clone(), json!({ case.stores.0: true }));
        let command = world.command().await;
        let made = command.apply(case.kind, None, Some(config)).await.unwrap();
        let kept = string(&made, case.stores.1);
        assert!(held(&world).to_string().contains(&kept), "{}", case.kind);
        // The private data of the making is lost: as if it had been imported.
        let unknown = crate::core::Instance { private: Vec::new(), ..made.clone() };
        let asked = case.chosen(&merged(case.config.clone(), json!({ case.stores.0: true })), CHOSEN, 1);
        let applied = command.apply(case.kind, Some(&unknown), Some(asked)).await;
        let said = text(&applied.diagnostics);
        assert!(said.contains("was not sent") && said.contains("raise"), "{}: {said}", case.kind);
        assert!(held(&world).to_string().contains(&kept), "{}: it is still good", case.kind);
    }
}
