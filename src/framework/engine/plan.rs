//! What applying would make of a resource, from its schema. Pure: values in, values out.

use crate::framework::author::Report;
use crate::framework::model::Object;
use crate::framework::path::Path;
use crate::framework::schema::{Modifier, Modify, Schema, Whole};
use crate::framework::value::Value;

use super::definition::{Definition, ID, TIMEOUTS};
use super::erased::{PlanAsk, PlanEdits};
use super::walk::{self, Stop};

/// What Terraform asks about.
pub(super) struct Question<'a> {
    pub(super) prior: &'a Value,
    pub(super) proposed: &'a Value,
    pub(super) config: &'a Value,
}

/// What is planned.
pub(super) struct Planned {
    pub(super) value: Value,
    pub(super) replace: Vec<Path>,
    pub(super) report: Report,
}

/// A resource's own hook.
pub(super) type Hook<'h> = &'h dyn Fn(&PlanAsk<'_>) -> PlanEdits;

/// Plans a creation or a change; a destruction when `proposed` is null.
pub(super) fn plan(definition: &Definition, question: &Question<'_>, hook: Hook<'_>) -> Planned {
    let schema = &definition.schema;
    if question.proposed.is_null() {
        let ask = PlanAsk { config: None, state: question.prior.as_object(), plan: None, replaces: false };
        let edits = hook(&ask);
        return Planned { value: Value::Null, replace: Vec::new(), report: edits.report };
    }
    let mut value = question.proposed.clone();
    fill_defaults(schema, question.config, &mut value);
    clear_write_only(schema, &mut value);
    keep_spelling(schema, question, &mut value);
    // An attribute that nothing else depends on stays as it is when nothing changes at all: that is how a plan becomes empty.
    if !same_object(&value, question.prior) {
        mark_unknown(schema, question.config, &mut value);
    }
    let mut planned = Planned { value, replace: Vec::new(), report: Report::default() };
    modify(schema, question, &mut planned);
    let edits = hook(&PlanAsk {
        config: question.config.as_object(),
        state: question.prior.as_object(),
        plan: planned.value.as_object(),
        replaces: !planned.replace.is_empty(),
    });
    edit(schema, question, edits, &mut planned);
    plan_id(definition, question.prior, &mut planned.value);
    if question.prior.is_null() {
        planned.replace.clear();
    }
    planned.replace.sort();
    planned.replace.dedup();
    planned
}

/// True when two values are alike in all that the server knows of: time limits are Terraform's business alone.
pub(super) fn same_object(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let own = |object: &'_ Object| object.iter().filter(|(name, _)| *name != TIMEOUTS).count();
            let alike = |(name, value): (&String, &Value)| name == TIMEOUTS || other.get(name) == Some(value);
            own(one) == own(other) && one.iter().all(alike)
        }
        _ => one == other,
    }
}

/// Fills arguments that are not configured with their defaults.
pub(super) fn fill_defaults(schema: &Schema, config: &Value, value: &mut Value) {
    walk::attributes(&schema.block, config, &Value::Null, value, &mut |stop, value| {
        if let Some(default) = &stop.attribute.default
            && stop.config.is_null()
        {
            *value = default.clone();
        }
    });
}

/// Write-only values are never planned nor stored.
pub(super) fn clear_write_only(schema: &Schema, value: &mut Value) {
    walk::attributes(&schema.block, &Value::Null, &Value::Null, value, &mut |stop, value| {
        if stop.attribute.write_only {
            *value = Value::Null;
        }
    });
}

/// A value that means the same as an earlier one keeps the earlier one's spelling.
pub(super) fn keep_spelling_of(schema: &Schema, earlier: &Value, value: &mut Value) {
    walk::attributes(&schema.block, &Value::Null, earlier, value, &mut |stop, value| {
        if let Some(same) = stop.attribute.same
            && comparable(stop.state)
            && comparable(value)
            && same(stop.state, value)
        {
            *value = stop.state.clone();
        }
    });
}

fn comparable(value: &Value) -> bool {
    !value.is_null() && value.is_wholly_known()
}

fn keep_spelling(schema: &Schema, question: &Question<'_>, value: &mut Value) {
    keep_spelling_of(schema, question.prior, value);
}

/// What the configuration leaves to the server is not known before it has said so.
fn mark_unknown(schema: &Schema, config: &Value, value: &mut Value) {
    walk::attributes(&schema.block, config, &Value::Null, value, &mut |stop, value| {
        let attribute = stop.attribute;
        if attribute.mode.computed() && attribute.default.is_none() && stop.config.is_null() {
            *value = Value::unknown();
        }
    });
}

fn modify(schema: &Schema, question: &Question<'_>, planned: &mut Planned) {
    let before = planned.value.clone();
    let whole = Whole { config: question.config, state: question.prior, plan: &before };
    let Planned { value, replace, report } = planned;
    walk::attributes(&schema.block, question.config, question.prior, value, &mut |stop, value| {
        let mut modify = Modify {
            path: &stop.path,
            config: stop.config,
            state: stop.state,
            whole,
            plan: std::mem::take(value),
            replace: false,
            diagnostics: crate::framework::Diagnostics::default(),
        };
        for modifier in &stop.attribute.modifiers {
            run(modifier, &mut modify);
        }
        if modify.replace {
            replace.push(stop.path.clone());
        }
        report.0.extend(modify.diagnostics);
        *value = modify.plan;
    });
}

fn run(modifier: &Modifier, modify: &mut Modify<'_>) {
    let updates = !modify.whole.state.is_null();
    let open = modify.plan.is_unknown() && !modify.config.is_unknown();
    let differs = updates && modify.plan != *modify.state;
    match modifier {
        Modifier::UseStateForUnknown if updates && open => modify.plan = modify.state.clone(),
        Modifier::UseNonNullStateForUnknown if updates && open && !modify.state.is_null() => {
            modify.plan = modify.state.clone();
        }
        Modifier::UseStateUnlessChanged(names) if updates && open && !names.iter().any(|n| moved(&modify.whole, n)) => {
            modify.plan = modify.state.clone();
        }
        Modifier::RequiresReplace if differs => modify.replace = true,
        Modifier::RequiresReplaceIf(ask) if differs => modify.replace |= ask(modify),
        Modifier::RequiresReplaceIfConfigured if differs && !modify.config.is_null() => modify.replace = true,
        Modifier::Custom(change) => change(modify),
        _ => {}
    }
}

/// True when a root attribute goes from one value to another. From null to a value is not a move: that is how an imported
/// object gets its first version number.
fn moved(whole: &Whole<'_>, name: &str) -> bool {
    let (state, plan) = (whole.state.attribute(name), whole.plan.attribute(name));
    match (state, plan) {
        (Some(state), Some(plan)) => !state.is_null() && !plan.is_null() && state != plan,
        _ => false,
    }
}

fn edit(schema: &Schema, question: &Question<'_>, edits: PlanEdits, planned: &mut Planned) {
    for (path, value) in edits.set {
        planned.value.set(&path, value);
    }
    // A hook may not overrule what the user wrote.
    walk::attributes(
        &schema.block,
        question.config,
        question.prior,
        &mut planned.value,
        &mut |stop: &Stop<'_>, value| {
            if stop.attribute.write_only {
                *value = Value::Null;
            }
        },
    );
    planned.replace.extend(edits.replace);
    planned.report.0.extend(edits.report.0);
}

/// The id is made of other attributes: known as soon as they are.
fn plan_id(definition: &Definition, prior: &Value, value: &mut Value) {
    let Value::Object(object) = value else { return };
    if !object.contains_key(ID) || definition.ids.is_empty() {
        return;
    }
    let mut id = definition.render_id(object);
    if id.is_null() {
        id = Value::unknown();
    }
    if id.is_unknown()
        && let Some(known) = prior.attribute(ID).filter(|id| !id.is_null())
    {
        id = known.clone();
    }
    object.insert(ID.to_owned(), id);
}
