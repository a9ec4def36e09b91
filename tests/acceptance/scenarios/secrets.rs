//! No secret in logs, in what is printed, in private data, or in a state that was not asked to hold it.

use std::collections::BTreeSet;

use base64::Engine;
use registry_harness::Result;
use registry_harness::terraform::Cli;
use serde_json::Value;

use super::check;
use crate::catalog::Offer;
use crate::lockstep::Lockstep;
use crate::service::{INITIAL_PASSWORD, Service};

/// Members of the simulator's dump that hold secrets.
const SECRET: [&str; 5] = ["token", "secret", "password", "client_secret", "token_code"];

/// The story: all examples, applied and planned again with the most talkative logs.
pub fn story(cli: &Cli, service: &Service, offers: &[Offer]) -> Result<()> {
    let mut all = Lockstep::start_logged(cli, service, offers)?;
    all.enter("with logs");
    all.insist(|workspace| workspace.run(&["get", "-no-color"])?.ok())?;
    let applied = all.insist(|workspace| workspace.apply())?;
    let plan = all.plan()?;
    let dump = all.simulator.dump();
    let state = all.workspace.raw_state()?;
    let secrets = secrets(&dump, &all);
    check(!secrets.is_empty(), || "there are no secrets to look for".to_owned())?;

    let log = all.workspace.log()?;
    check(log.contains("[TRACE]") && log.contains("provider"), || "the log says nothing".to_owned())?;
    let private = private(&state);
    let given: BTreeSet<&String> = secrets.iter().filter(|secret| !is_in_configuration(offers, secret)).collect();
    let text = unasked(&state);
    for secret in &secrets {
        let places = [
            ("the log", log.contains(secret.as_str())),
            ("what apply prints", applied.both().contains(secret.as_str())),
            ("what plan prints", plan.command.both().contains(secret.as_str())),
            ("private data", private.iter().any(|data| data.contains(secret.as_str()))),
            ("the state", given.contains(secret) && text.contains(secret.as_str())),
        ];
        for (place, _) in places.iter().filter(|(_, holds)| *holds) {
            all.verdicts.note_general(format!("{place} holds the secret {}...", &secret[..4]));
        }
    }
    all.insist(|workspace| workspace.destroy())?;
    all.finish(Ok(())).of_all_in_full().map_err(registry_harness::Error::new)
}

/// What an example sets, in plain text or as a variable, it wants in its state.
fn is_in_configuration(offers: &[Offer], secret: &str) -> bool {
    secret == INITIAL_PASSWORD || offers.iter().any(|offer| offer.example.contains(secret))
}

/// Everything secret that the simulator holds, and what logs in to it.
fn secrets(dump: &Value, all: &Lockstep<'_>) -> BTreeSet<String> {
    let login = all.simulator.credentials();
    let mut secrets: BTreeSet<String> =
        [&login.quay_token, &login.harbor_password, &login.saagie_password].into_iter().cloned().collect();
    collect(dump, &mut secrets);
    secrets
}

fn collect(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    // Shorter ones stand in for hashes and the like, and are found in any text.
                    Value::String(text) if SECRET.contains(&name.as_str()) => {
                        into.extend((text.len() >= 8).then(|| text.clone()));
                    }
                    _ => collect(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// All objects of a state that were not asked to hold a secret, as text.
fn unasked(state: &Value) -> String {
    let asks = |name: &str| name.starts_with("store_") || name.starts_with("include_");
    let is_asked = |attributes: &Value| {
        attributes.as_object().is_some_and(|all| all.iter().any(|(name, value)| asks(name) && *value == true))
    };
    let resources = state["resources"].as_array().into_iter().flatten();
    let instances = resources.flat_map(|resource| resource["instances"].as_array().into_iter().flatten());
    let attributes = instances.map(|instance| &instance["attributes"]).filter(|attributes| !is_asked(attributes));
    attributes.map(Value::to_string).collect()
}

/// The private data of all resources, as text.
fn private(state: &Value) -> Vec<String> {
    let resources = state["resources"].as_array().into_iter().flatten();
    let instances = resources.flat_map(|resource| resource["instances"].as_array().into_iter().flatten());
    let encoded = instances.filter_map(|instance| instance["private"].as_str());
    let decoded = encoded.filter_map(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}
