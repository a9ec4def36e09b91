//! Walks the attributes of a plan, outer before inner, with what configuration and state say of each.

use crate::path::{Path, Step};
use crate::schema::{Attribute, Block, BlockNesting, NestedBlock, Nesting, Shape};
use crate::value::Value;

/// One attribute on the way.
pub(super) struct Stop<'a> {
    /// Its declaration.
    pub(super) attribute: &'a Attribute,
    /// Where it is.
    pub(super) path: Path,
    /// What the configuration says.
    pub(super) config: &'a Value,
    /// What the state says.
    pub(super) state: &'a Value,
}

type Visit<'v> = dyn FnMut(&Stop<'_>, &mut Value) + 'v;

/// Visits every attribute of `plan`. Inside sets, elements have no counterpart in the state, and stand for their own
/// configuration. Nothing inside a null or unknown value is visited.
pub(super) fn attributes(block: &Block, config: &Value, state: &Value, plan: &mut Value, visit: &mut Visit<'_>) {
    walk_block(block, config, state, plan, &Path::root(), visit);
}

static NULL: Value = Value::Null;

fn part<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.attribute(name).unwrap_or(&NULL)
}

fn walk_block(block: &Block, config: &Value, state: &Value, plan: &mut Value, path: &Path, visit: &mut Visit<'_>) {
    walk_attributes(&block.attributes, config, state, plan, path, visit);
    for nested in &block.blocks {
        let (config, state) = (part(config, &nested.name), part(state, &nested.name));
        if let Some(plan) = plan.attribute_mut(&nested.name) {
            walk_nested_block(nested, config, state, plan, &path.child(&nested.name), visit);
        }
    }
}

fn walk_nested_block(
    nested: &NestedBlock,
    config: &Value,
    state: &Value,
    plan: &mut Value,
    path: &Path,
    visit: &mut Visit<'_>,
) {
    let mut each = |config: &Value, state: &Value, plan: &mut Value, path: &Path| {
        walk_block(&nested.block, config, state, plan, path, visit);
    };
    match nested.nesting {
        BlockNesting::Single | BlockNesting::Group => each(config, state, plan, path),
        BlockNesting::List | BlockNesting::Set | BlockNesting::Map => {
            walk_elements(config, state, plan, path, &mut each);
        }
    }
}

fn walk_attributes(
    attributes: &[Attribute],
    config: &Value,
    state: &Value,
    plan: &mut Value,
    path: &Path,
    visit: &mut Visit<'_>,
) {
    if !matches!(plan, Value::Object(_)) {
        return;
    }
    for attribute in attributes {
        let stop = Stop {
            attribute,
            path: path.child(&attribute.name),
            config: part(config, &attribute.name),
            state: part(state, &attribute.name),
        };
        let Some(value) = plan.attribute_mut(&attribute.name) else { continue };
        visit(&stop, value);
        let Shape::Nested(nesting, inner) = &attribute.shape else { continue };
        let mut each = |config: &Value, state: &Value, plan: &mut Value, path: &Path| {
            walk_attributes(inner, config, state, plan, path, visit);
        };
        match nesting {
            Nesting::Single => each(stop.config, stop.state, value, &stop.path),
            Nesting::List | Nesting::Set | Nesting::Map => {
                walk_elements(stop.config, stop.state, value, &stop.path, &mut each);
            }
        }
    }
}

type Each<'e> = dyn FnMut(&Value, &Value, &mut Value, &Path) + 'e;

/// The elements of a collection: of a list by position, of a map by key.
fn walk_elements(config: &Value, state: &Value, plan: &mut Value, path: &Path, each: &mut Each<'_>) {
    match plan {
        Value::List(items) => {
            let at = |value: &Value, i: usize| value.as_list().and_then(|l| l.get(i)).cloned().unwrap_or_default();
            for (i, item) in items.iter_mut().enumerate() {
                each(&at(config, i), &at(state, i), item, &path.with(Step::Index(i)));
            }
        }
        Value::Map(items) => {
            let at = |value: &Value, key: &str| value.as_map().and_then(|m| m.get(key)).cloned().unwrap_or_default();
            for (key, item) in items.iter_mut() {
                each(&at(config, key), &at(state, key), item, &path.with(Step::Key(key.clone())));
            }
        }
        Value::Set(items) => {
            let visited = items.iter().cloned().map(|mut item| {
                let config = item.clone();
                each(&config, &NULL, &mut item, path);
                item
            });
            *items = visited.collect();
        }
        _ => {}
    }
}
