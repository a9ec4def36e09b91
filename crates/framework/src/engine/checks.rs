//! The engine's checks of its own answers, by Terraform's rules: a bug shows here first, with the attribute and the rule.

use crate::path::Path;
use crate::rules::{self, IdentityStage};
use crate::schema::Schema;
use crate::value::Value;
use crate::{Diagnostic, Diagnostics};

use super::definition::Definition;
use super::plan::Question;

fn report(what: &str, violations: Vec<rules::Violation>, diagnostics: &mut Diagnostics) {
    for violation in violations {
        let detail = format!("{what}: `{}`: {}. Please report this.", violation.path, violation.rule);
        diagnostics.push(Diagnostic::error("Bug in the provider", detail).at(violation.path));
    }
}

/// What Terraform asks of a plan.
pub(super) fn plan(
    schema: &Schema,
    question: &Question<'_>,
    planned: &Value,
    replace: &[Path],
    diagnostics: &mut Diagnostics,
) {
    let violations = rules::check_plan(schema, question.prior, question.config, planned, replace);
    report("The plan breaks a rule of Terraform", violations, diagnostics);
}

/// What Terraform asks of a result. After an error there may be less than was planned, but what there is must be in order.
pub(super) fn applied(schema: &Schema, planned: &Value, actual: &Value, diagnostics: &mut Diagnostics) {
    let violations = match diagnostics.has_errors() {
        true => rules::check_state(schema, actual),
        false => rules::check_applied(schema, planned, actual),
    };
    report("The result breaks a rule of Terraform", violations, diagnostics);
}

/// What Terraform asks of any other state.
pub(super) fn state(schema: &Schema, state: &Value, diagnostics: &mut Diagnostics) {
    report("The state breaks a rule of Terraform", rules::check_state(schema, state), diagnostics);
}

/// What Terraform asks of the identity of an object that is there.
pub(super) fn identity(
    definition: &Definition,
    identity: Option<&Value>,
    stage: IdentityStage,
    diagnostics: &mut Diagnostics,
) {
    let violations = rules::check_identity(definition.identity.as_ref(), identity, stage);
    report(&format!("The identity of {} breaks a rule of Terraform", definition.type_name), violations, diagnostics);
}

/// An identity is for good: an object with another one is another object.
pub(super) fn same_identity(definition: &Definition, before: &Value, after: &Value, diagnostics: &mut Diagnostics) {
    let identity = |v: &Value| v.as_object().and_then(|o| definition.identity_of(o)).filter(Value::is_wholly_known);
    if let (Some(before), Some(after)) = (identity(before), identity(after))
        && before != after
    {
        let name = &definition.type_name;
        let detail =
            format!("The identity of {name} is not what it was: that would be another object. Please report this.");
        diagnostics.push(Diagnostic::error("Bug in the provider", detail));
    }
}
