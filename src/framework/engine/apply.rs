//! Creating, changing and deleting: what the resource's code gave becomes what Terraform is told.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use crate::framework::author::{Context, Error, Session};
use crate::framework::model::Object;
use crate::framework::value::Value;
use crate::framework::{Diagnostic, Diagnostics};

use super::definition::{Definition, ID, TIMEOUTS};
use super::erased::AnyResource;
use super::plan::{clear_write_only, keep_spelling_of, same_object};
use super::walk;

/// What is there after an operation.
pub(super) struct Outcome {
    /// Null: nothing.
    pub(super) state: Value,
    pub(super) diagnostics: Diagnostics,
}

/// What is to be applied.
pub(super) struct Change<'a> {
    pub(super) prior: &'a Value,
    pub(super) planned: &'a Value,
    pub(super) config: &'a Value,
}

/// Applies a change. A creation or change that failed still gives what exists.
pub(super) async fn apply<C: Session>(
    resource: &dyn AnyResource<C>,
    definition: &Definition,
    mut cx: Context<C>,
    change: &Change<'_>,
) -> Outcome {
    if change.planned.is_null() {
        let result = resource.delete(&mut cx, attributes_of(change.prior)).await;
        let (_, diagnostics) = cx.finish();
        return match result {
            Ok(()) => Outcome { state: Value::Null, diagnostics },
            Err(error) => failed(change.prior.clone(), diagnostics, error),
        };
    }
    if !change.prior.is_null() && same_object(change.prior, change.planned) {
        // New time limits alone: a resource that has nothing to update has no code for it either.
        return Outcome { state: change.planned.clone(), diagnostics: Diagnostics::default() };
    }
    let plan = attributes_of(&with_write_only(definition, change.planned, change.config));
    let work = async {
        match change.prior {
            Value::Null => resource.create(&mut cx, plan).await,
            prior => resource.update(&mut cx, attributes_of(prior), plan).await,
        }
    };
    // Even a bug must not lose what was saved before it. The panic hook has reported where it was.
    let result = AssertUnwindSafe(work).catch_unwind().await;
    let result = result
        .unwrap_or_else(|_| Err(Error::bug("The operation ended in a panic; the log of the provider says where")));
    match result {
        Ok(object) => {
            let (_, diagnostics) = cx.finish();
            finish(definition, change.planned, object, diagnostics)
        }
        Err(error) => rescue(resource, definition, cx, change, error).await,
    }
}

/// After a failure: what was saved; for a change, what is really there, or what was there before.
async fn rescue<C: Session>(
    resource: &dyn AnyResource<C>,
    definition: &Definition,
    mut cx: Context<C>,
    change: &Change<'_>,
    error: Error,
) -> Outcome {
    let looked = if change.prior.is_null() {
        None
    } else {
        resource.read(&mut cx, attributes_of(change.prior)).await.ok().flatten()
    };
    let (saved, diagnostics) = cx.finish();
    let state = match saved.or(looked) {
        Some(object) => {
            let like = if change.prior.is_null() { change.planned } else { change.prior };
            let mut state = complete(definition, like, object);
            forget_unknown(&mut state);
            state
        }
        None => change.prior.clone(),
    };
    failed(state, diagnostics, error)
}

fn failed(state: Value, mut diagnostics: Diagnostics, error: Error) -> Outcome {
    diagnostics.push(error.into());
    Outcome { state, diagnostics }
}

/// The model's own attributes.
pub(super) fn attributes_of(value: &Value) -> Object {
    let mut object = value.as_object().cloned().unwrap_or_default();
    object.remove(TIMEOUTS);
    object
}

/// What is planned, with the write-only values that only the configuration has.
pub(super) fn with_write_only(definition: &Definition, planned: &Value, config: &Value) -> Value {
    let mut value = planned.clone();
    walk::attributes(&definition.schema.block, config, &Value::Null, &mut value, &mut |stop, value| {
        if stop.attribute.write_only {
            *value = stop.config.clone();
        }
    });
    value
}

/// An object of the model as a whole state: with its id, the time limits of what it came from, the spellings that the user
/// knows, and no write-only value.
pub(super) fn complete(definition: &Definition, like: &Value, mut object: Object) -> Value {
    let schema = &definition.schema;
    if schema.block.attribute(TIMEOUTS).is_some() {
        object.insert(TIMEOUTS.to_owned(), like.attribute(TIMEOUTS).cloned().unwrap_or_default());
    }
    if schema.block.attribute(ID).is_some() && !definition.ids.is_empty() {
        let id = definition.render_id(&object);
        object.insert(ID.to_owned(), id);
    }
    let mut state = Value::Object(object);
    keep_spelling_of(schema, like, &mut state);
    clear_write_only(schema, &mut state);
    state
}

/// A success must leave nothing open: an output that the code did not set is a bug, and is said to be one.
fn finish(definition: &Definition, planned: &Value, object: Object, mut diagnostics: Diagnostics) -> Outcome {
    let mut state = complete(definition, planned, object);
    let mut open = Vec::new();
    state.walk(&mut |path, value| {
        if value.is_unknown() {
            open.push(path.clone());
        }
        true
    });
    for path in open {
        let detail = format!("`{path}` was not set by the operation. Please report this to the provider's developers.");
        diagnostics.push(Diagnostic::error("Bug in the provider", detail).at(path));
    }
    forget_unknown(&mut state);
    Outcome { state, diagnostics }
}

/// What the server has not said is null.
pub(super) fn forget_unknown(state: &mut Value) {
    let known = std::mem::take(state).transform(&mut |_, value| if value.is_unknown() { Value::Null } else { value });
    *state = known;
}
