//! What applying would make of a resource, from its schema. Pure: values in, values out.

use crate::author::Report;
use crate::model::Object;
use crate::path::Path;
use crate::schema::{Modifier, Modify, Nesting, Schema, Shape, Whole};
use crate::server::Deferred;
use crate::value::Value;

use super::Private;
use super::definition::{Definition, ID, TIMEOUTS};
use super::erased::{PlanAsk, PlanEdits};
use super::walk::{self, Stop};

/// What Terraform asks about.
pub(super) struct Question<'a> {
    pub(super) prior: &'a Value,
    pub(super) proposed: &'a Value,
    pub(super) config: &'a Value,
    pub(super) private: &'a Private,
    /// Terraform accepts "not now".
    pub(super) may_defer: bool,
}

/// What is planned.
pub(super) struct Planned {
    pub(super) value: Value,
    pub(super) replace: Vec<Path>,
    pub(super) report: Report,
    pub(super) private: Private,
    pub(super) deferred: Option<Deferred>,
}

/// A resource's own hook.
pub(super) type Hook<'h> = &'h dyn Fn(&PlanAsk<'_>) -> PlanEdits;

/// Plans a creation or a change; a destruction when `proposed` is null.
pub(super) fn plan(definition: &Definition, question: &Question<'_>, hook: Hook<'_>) -> Planned {
    let schema = &definition.schema;
    let mut planned = Planned {
        value: question.proposed.clone(),
        replace: Vec::new(),
        report: Report::default(),
        private: question.private.clone(),
        deferred: None,
    };
    if question.proposed.is_null() {
        let edits = hook(&ask(question, &planned));
        planned.take(edits);
        planned.replace.clear();
        return planned;
    }
    let value = &mut planned.value;
    fill_defaults(schema, question.config, value);
    clear_write_only(schema, value);
    keep_spelling_of(schema, question.prior, value);
    keep_what_is_no_change(schema, question, value);
    // An attribute that nothing else depends on stays as it is when nothing changes at all: that is how a plan becomes empty.
    if !same_object(value, question.prior) {
        mark_unknown(schema, question.config, value);
    }
    modify(schema, question, &mut planned);
    let edits = hook(&ask(question, &planned));
    edit(schema, question, edits, &mut planned);
    plan_id(definition, question.prior, &mut planned.value);
    if question.prior.is_null() {
        planned.replace.clear();
    }
    planned.replace.sort();
    planned.replace.dedup();
    planned
}

/// What a hook is asked.
fn ask<'a>(question: &Question<'a>, planned: &'a Planned) -> PlanAsk<'a> {
    PlanAsk {
        config: question.config.as_object(),
        state: question.prior.as_object(),
        plan: planned.value.as_object(),
        replaces: !planned.replace.is_empty(),
        private: &planned.private,
        may_defer: question.may_defer,
    }
}

impl Planned {
    /// Takes what a hook decided, but for values.
    fn take(&mut self, edits: PlanEdits) {
        self.replace.extend(edits.replace);
        self.report.0.extend(edits.report.0);
        self.deferred = edits.deferred;
        if let Some(private) = edits.private {
            self.private = private;
        }
    }
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
        if stop.config.is_null()
            && let Some(default) = stop.attribute.default_in(config)
        {
            *value = default;
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

/// What an attribute itself says is no change keeps what is in state.
fn keep_what_is_no_change(schema: &Schema, question: &Question<'_>, value: &mut Value) {
    if question.prior.is_null() {
        return;
    }
    let before = value.clone();
    let whole = Whole { config: question.config, state: question.prior, plan: &before };
    walk::attributes(&schema.block, question.config, question.prior, value, &mut |stop, value| {
        let asks = |modifier: &Modifier| match modifier {
            Modifier::KeepStateIf(ask) => Some(std::sync::Arc::clone(ask)),
            _ => None,
        };
        let Some(ask) = stop.attribute.modifiers.iter().find_map(asks) else { return };
        if value == stop.state || !comparable(stop.state) || !comparable(value) {
            return;
        }
        let modify = Modify {
            path: &stop.path,
            config: stop.config,
            state: stop.state,
            whole,
            plan: value.clone(),
            replace: false,
            private: question.private.clone(),
            diagnostics: crate::Diagnostics::default(),
        };
        if ask(&modify) {
            *value = stop.state.clone();
        }
    });
}

fn comparable(value: &Value) -> bool {
    !value.is_null() && value.is_wholly_known()
}

/// What the configuration leaves to the server is not known before it has said so.
fn mark_unknown(schema: &Schema, config: &Value, value: &mut Value) {
    walk::attributes(&schema.block, config, &Value::Null, value, &mut |stop, value| {
        let attribute = stop.attribute;
        if attribute.mode.computed() && !attribute.has_default() && stop.config.is_null() {
            *value = Value::unknown();
        }
    });
}

fn modify(schema: &Schema, question: &Question<'_>, planned: &mut Planned) {
    let before = planned.value.clone();
    let whole = Whole { config: question.config, state: question.prior, plan: &before };
    let Planned { value, replace, report, private, .. } = planned;
    walk::attributes(&schema.block, question.config, question.prior, value, &mut |stop, value| {
        let mut modify = Modify {
            path: &stop.path,
            config: stop.config,
            state: stop.state,
            whole,
            plan: std::mem::take(value),
            replace: false,
            private: std::mem::take(private),
            diagnostics: crate::Diagnostics::default(),
        };
        for modifier in &stop.attribute.modifiers {
            run(modifier, &mut modify);
        }
        if modify.replace {
            replace.push(stop.path.clone());
        }
        report.0.extend(modify.diagnostics);
        *private = modify.private;
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

fn edit(schema: &Schema, question: &Question<'_>, mut edits: PlanEdits, planned: &mut Planned) {
    let before = planned.value.clone();
    for (path, value) in std::mem::take(&mut edits.set) {
        planned.value.set(&path, value);
    }
    planned.take(edits);
    let Planned { value, report, .. } = planned;
    // A hook may not overrule what the user wrote.
    walk::attributes(&schema.block, question.config, question.prior, value, &mut |stop, value| {
        if stop.attribute.write_only {
            *value = Value::Null;
        } else if let Some(planned) = before.get(&stop.path)
            && overrules(stop, planned, value)
        {
            *value = planned.clone();
            let detail = format!(
                "The resource's plan sets `{}`, which the configuration sets. Please report this to the provider's developers.",
                stop.path
            );
            report.error(stop.path.clone(), "Bug in the provider", detail);
        }
    });
}

/// True when a hook made something else of an attribute that is configured. What is within nested objects, each attribute in them
/// answers for itself.
fn overrules(stop: &Stop<'_>, planned: &Value, edited: &Value) -> bool {
    if stop.config.is_null() || edited == planned || edited == stop.config {
        return false;
    }
    match (&stop.attribute.shape, planned, edited) {
        (Shape::Nested(Nesting::Single, _), Value::Object(_), Value::Object(_)) => false,
        (Shape::Nested(Nesting::List, _), Value::List(planned), Value::List(edited)) => planned.len() != edited.len(),
        (Shape::Nested(Nesting::Map, _), Value::Map(planned), Value::Map(edited)) => !planned.keys().eq(edited.keys()),
        _ => true,
    }
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
