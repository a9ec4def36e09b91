//! Makes a configuration out of a state, for `terraform query` and `terraform plan` with `-generate-config-out`.

use crate::Diagnostics;
use crate::schema::{Mode, Rule, Schema};
use crate::value::Value;

use super::definition::TIMEOUTS;
use super::walk;

/// The configuration that would give this state: arguments only, those at their defaults left out. Says what it cannot know.
pub(super) fn config(schema: &Schema, state: &Value) -> (Value, Diagnostics) {
    let mut config = state.clone();
    walk::attributes(&schema.block, state, state, &mut config, &mut |stop, value| {
        let attribute = stop.attribute;
        let is_default = attribute.default.as_ref() == Some(value);
        let is_ours = attribute.name == TIMEOUTS;
        if attribute.mode == Mode::Computed || attribute.write_only || is_default || is_ours {
            *value = Value::Null;
        }
    });
    settle_conflicts(schema, &mut config);
    let diagnostics = unreadable(schema, &config);
    (config, diagnostics)
}

/// Of arguments that exclude each other, the first that is set stays.
fn settle_conflicts(schema: &Schema, config: &mut Value) {
    for rule in &schema.rules {
        let (Rule::ExactlyOneOf(names) | Rule::Conflicting(names)) = rule else { continue };
        let set = names.iter().filter(|n| config.attribute(n).is_some_and(|v| !v.is_null()));
        let surplus: Vec<String> = set.skip(1).cloned().collect();
        for name in surplus {
            if let Some(value) = config.attribute_mut(&name) {
                *value = Value::Null;
            }
        }
    }
}

/// Arguments that must be there, and that no server returns.
fn unreadable(schema: &Schema, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let is_null = |name: &String| config.attribute(name).is_none_or(Value::is_null);
    let mut say = |name: &str| {
        let detail = format!("`{name}` is required, but the server never returns it. Fill it in before you apply.");
        diagnostics.push(crate::Diagnostic::warning("Generated configuration is not complete", detail).at(name));
    };
    for attribute in &schema.block.attributes {
        if attribute.mode == Mode::Required && is_null(&attribute.name) {
            say(&attribute.name);
        }
    }
    for rule in &schema.rules {
        if let Rule::ExactlyOneOf(names) | Rule::AtLeastOneOf(names) = rule
            && names.iter().all(is_null)
            && let Some(first) = names.first()
        {
            say(first);
        }
    }
    diagnostics
}
