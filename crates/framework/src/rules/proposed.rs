//! What Terraform proposes to a provider as the new state: `ProposedNew`, the merge of configuration and prior state.

use std::collections::BTreeMap;

use super::{NULL, UNKNOWN, attribute, part};
use crate::path::Step;
use crate::schema::{Attribute, Block, BlockNesting, Mode, NestedBlock, Nesting, Schema, Shape};
use crate::value::{Value, ValueSet};

/// The state that Terraform proposes for a resource: what is configured, and where nothing is configured for an attribute that
/// may be computed, what is in the prior state (null on create).
///
/// On create computed attributes are null in it, not unknown. Write-only attributes are in it as configured. For a destroy
/// Terraform proposes null without asking this.
pub fn proposed_new(schema: &Schema, prior: &Value, config: &Value) -> Value {
    block(&schema.block, prior, config)
}

fn block(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() && prior.is_null() {
        return Value::Null;
    }
    let empty = if prior.is_null() { empty(block) } else { Value::Null };
    let prior = if prior.is_null() { &empty } else { prior };
    if config.is_null() || config.is_unknown() {
        return prior.clone();
    }
    let mut proposed = attributes(&block.attributes, prior, config);
    for nested in &block.blocks {
        let value = blocks(nested, attribute(prior, &nested.name), attribute(config, &nested.name));
        proposed.insert(nested.name.clone(), value);
    }
    Value::Object(proposed)
}

/// What an empty block would be: attributes null, no blocks.
fn empty(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|a| (a.name.clone(), Value::Null));
    let blocks = block.blocks.iter().map(|nested| {
        let none = match nested.nesting {
            BlockNesting::Single => Value::Null,
            BlockNesting::Group => empty(&nested.block),
            BlockNesting::List => Value::List(Vec::new()),
            BlockNesting::Set => Value::Set(ValueSet::new()),
            BlockNesting::Map => Value::Map(BTreeMap::new()),
        };
        (nested.name.clone(), none)
    });
    Value::Object(attributes.chain(blocks).collect())
}

fn blocks(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    // Blocks of an unknown number.
    if config.is_unknown() {
        return config.clone();
    }
    let inner = Inner::Block(&nested.block);
    match nested.nesting {
        BlockNesting::Single if config.is_null() => Value::Null,
        BlockNesting::Single | BlockNesting::Group => inner.merge(prior, config),
        BlockNesting::List => inner.list(prior, config),
        BlockNesting::Map => inner.map(prior, config),
        BlockNesting::Set => inner.set(prior, config),
    }
}

fn attributes(attributes: &[Attribute], prior: &Value, config: &Value) -> BTreeMap<String, Value> {
    let proposed = |a: &Attribute| {
        let (prior, config) = (attribute(prior, &a.name), attribute(config, &a.name));
        let value = match &a.shape {
            _ if a.mode.computed() && config.is_null() => {
                // What only a configuration can have set goes when that goes.
                if was_configured(a, prior) { config.clone() } else { prior.clone() }
            }
            Shape::Nested(nesting, attributes) => nested(*nesting, attributes, prior, config),
            Shape::Plain(_) => config.clone(),
        };
        (a.name.clone(), value)
    };
    attributes.iter().map(proposed).collect()
}

fn nested(nesting: Nesting, attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    if config.is_unknown() {
        return config.clone();
    }
    let inner = Inner::Object(attributes);
    match nesting {
        Nesting::Single => inner.merge(prior, config),
        Nesting::List => inner.list(prior, config),
        Nesting::Map => inner.map(prior, config),
        Nesting::Set => inner.set(prior, config),
    }
}

/// True for an optional nested attribute in which something is set that is not computed.
fn was_configured(attribute: &Attribute, value: &Value) -> bool {
    match &attribute.shape {
        Shape::Nested(_, attributes) if attribute.mode == Mode::OptionalComputed => holds_configured(attributes, value),
        _ => false,
    }
}

fn holds_configured(attributes: &[Attribute], value: &Value) -> bool {
    let within = |object: &Value| {
        attributes.iter().any(|a| {
            let value = attribute(object, &a.name);
            let deeper = || match &a.shape {
                Shape::Nested(_, attributes) => holds_configured(attributes, value),
                Shape::Plain(_) => false,
            };
            !value.is_null() && (!a.mode.computed() || deeper())
        })
    };
    match value.bare() {
        Value::List(list) => list.iter().any(within),
        Value::Set(set) => set.iter().any(within),
        Value::Map(map) => map.values().any(within),
        object => within(object),
    }
}

/// What elements consist of.
#[derive(Clone, Copy)]
enum Inner<'s> {
    Block(&'s Block),
    Object(&'s [Attribute]),
}

impl Inner<'_> {
    fn merge(self, prior: &Value, config: &Value) -> Value {
        match self {
            Inner::Block(inner) => block(inner, prior, config),
            Inner::Object(_) if config.is_null() || config.is_unknown() => config.clone(),
            Inner::Object(inner) => Value::Object(attributes(inner, prior, config)),
        }
    }

    fn list(self, prior: &Value, config: &Value) -> Value {
        let Value::List(elements) = config else { return config.clone() };
        let before = prior.as_list().unwrap_or(&[]);
        let merged = elements.iter().enumerate();
        Value::List(merged.map(|(i, e)| before.get(i).map_or_else(|| e.clone(), |p| self.merge(p, e))).collect())
    }

    fn map(self, prior: &Value, config: &Value) -> Value {
        let Value::Map(elements) = config else { return config.clone() };
        let merged = elements.iter().map(|(key, element)| {
            let before = prior.as_map().and_then(|prior| prior.get(key));
            (key.clone(), before.map_or_else(|| element.clone(), |prior| self.merge(prior, element)))
        });
        Value::Map(merged.collect())
    }

    /// Each configured element is merged with the first one in state that could have come from it.
    fn set(self, prior: &Value, config: &Value) -> Value {
        let Value::Set(elements) = config else { return config.clone() };
        let mut before: Vec<&Value> = prior.as_set().map_or_else(Vec::new, |set| set.iter().collect());
        let merged = elements.iter().map(|element| {
            let prior = match before.iter().position(|prior| self.came_from(prior, element)) {
                Some(at) => before.remove(at),
                None => &NULL,
            };
            self.merge(prior, element)
        });
        Value::Set(merged.collect())
    }

    /// Whether something in state could have come from something configured, with nothing added but what is computed.
    fn came_from(self, prior: &Value, config: &Value) -> bool {
        // Nothing in it, so nothing that could speak against it. Terraform does not ask further either.
        if prior.is_null() || prior.without_refinements() == config.without_refinements() {
            return true;
        }
        if config.is_null() {
            return false;
        }
        let (attributes, blocks) = match self {
            Inner::Block(block) => (&block.attributes[..], &block.blocks[..]),
            Inner::Object(attributes) => (attributes, &[][..]),
        };
        let agrees = |a: &Attribute| {
            let (prior, config) = (attribute(prior, &a.name), attribute(config, &a.name));
            match &a.shape {
                Shape::Nested(_, inner) => Inner::Object(inner).all_came_from(prior, config),
                Shape::Plain(_) => {
                    prior.without_refinements() == config.without_refinements()
                        || a.mode.computed() && config.is_null() && !matches!(prior, Value::Set(_))
                }
            }
        };
        attributes.iter().all(agrees)
            && blocks.iter().all(|nested| {
                let (prior, config) = (attribute(prior, &nested.name), attribute(config, &nested.name));
                Inner::Block(&nested.block).all_came_from(prior, config)
            })
    }

    /// The same for one object, or for all elements of a collection. Sets within sets must be equal.
    fn all_came_from(self, prior: &Value, config: &Value) -> bool {
        let element = |step: Step, prior: &Value| {
            let there = config.is_unknown() || config.get(&crate::Path(vec![step.clone()])).is_some();
            there && self.came_from(prior, if config.is_unknown() { &UNKNOWN } else { part(config, &step) })
        };
        match prior {
            _ if prior.without_refinements() == config.without_refinements() => true,
            Value::List(list) => list.iter().enumerate().all(|(i, prior)| element(Step::Index(i), prior)),
            Value::Map(map) => map.iter().all(|(key, prior)| element(Step::Key(key.clone()), prior)),
            Value::Set(_) => false,
            _ => !matches!(config, Value::Set(_)) && self.came_from(prior, config),
        }
    }
}
