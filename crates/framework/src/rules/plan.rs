//! What a plan may say, given the configuration and the state before: `AssertPlanValid`.

use super::{Checker, Violation, attribute, part};
use crate::path::Step;
use crate::schema::{Attribute, Block, BlockNesting, Mode, NestedBlock, Nesting, Schema, Shape};
use crate::value::{Value, ValueSet};

/// Checks the planned state of a resource, or the result of an ephemeral resource, against its configuration and its prior
/// state (null on create). What is known of unknown values is left out of account.
///
/// All three must be of the schema's type. Write-only attributes are checked here as far as Terraform's function of this name
/// does it; that they are null in any case, [`super::check_plan`] adds.
pub fn assert_plan_valid(schema: &Schema, prior: &Value, config: &Value, planned: &Value) -> Vec<Violation> {
    let [prior, config, planned] = [prior, config, planned].map(Value::without_refinements);
    let mut checker = Checker::default();
    checker.block(&schema.block, Three { prior: &prior, config: &config, planned: &planned });
    checker.found
}

/// The same place in the three values.
#[derive(Clone, Copy)]
struct Three<'v> {
    prior: &'v Value,
    config: &'v Value,
    planned: &'v Value,
}

impl Three<'_> {
    fn attribute(self, name: &str) -> Self {
        Self {
            prior: attribute(self.prior, name),
            config: attribute(self.config, name),
            planned: attribute(self.planned, name),
        }
    }

    fn element(self, step: &Step) -> Self {
        Self { prior: part(self.prior, step), config: part(self.config, step), planned: part(self.planned, step) }
    }
}

const NO_UNKNOWN_BLOCK: &str = "a block is planned as unknown; only attributes in it can be";

impl Checker {
    fn block(&mut self, block: &Block, values: Three<'_>) {
        if !self.same_existence(values) {
            return;
        }
        self.attributes(&block.attributes, values);
        for nested in &block.blocks {
            self.at_attribute(&nested.name, |c| c.nested_block(nested, values.attribute(&nested.name)));
        }
    }

    /// False when there is nothing to look into: absent, or absent in only one of plan and configuration.
    fn same_existence(&mut self, Three { config, planned, .. }: Three<'_>) -> bool {
        match (config.is_null(), planned.is_null()) {
            (false, true) => self.fail("planned for absence, but the configuration wants existence"),
            (true, false) => self.fail("planned for existence, but the configuration wants absence"),
            (true, true) => {}
            (false, false) => return true,
        }
        false
    }

    fn nested_block(&mut self, nested: &NestedBlock, values: Three<'_>) {
        let Three { config, planned, .. } = values;
        if planned == config {
            return;
        }
        if config.is_unknown() {
            return self.fail("blocks whose number is unknown in the configuration must stay unknown in the plan");
        }
        if planned.is_unknown() {
            return self.fail(NO_UNKNOWN_BLOCK);
        }
        if matches!(nested.nesting, BlockNesting::Single | BlockNesting::Group) {
            return self.block(&nested.block, values);
        }
        if planned.is_null() {
            return self.fail("no blocks are planned as null; it must be an empty collection");
        }
        match nested.nesting {
            BlockNesting::List => {
                let (planned, configured) = (planned.as_list().unwrap_or(&[]), config.as_list().unwrap_or(&[]));
                if self.same_count("blocks", planned.len(), configured.len()) {
                    (0..planned.len()).for_each(|i| self.block_element(nested, values, Step::Index(i)));
                }
            }
            BlockNesting::Map => {
                for key in self.same_keys(planned, config) {
                    self.block_element(nested, values, Step::Key(key));
                }
            }
            // Their elements cannot be told apart well enough to be compared: the provider is trusted.
            _ => {
                if planned.as_set().is_some_and(|set| set.iter().any(Value::is_unknown)) {
                    self.fail(NO_UNKNOWN_BLOCK);
                }
            }
        }
    }

    fn block_element(&mut self, nested: &NestedBlock, values: Three<'_>, step: Step) {
        let values = values.element(&step);
        self.at(step, |c| match values.planned.is_unknown() {
            true => c.fail(NO_UNKNOWN_BLOCK),
            false => c.block(&nested.block, values),
        });
    }

    fn same_count(&mut self, what: &str, planned: usize, configured: usize) -> bool {
        if planned != configured {
            self.fail(format!("{planned} {what} are planned, {configured} are configured"));
        }
        planned == configured
    }

    /// The keys that plan and configuration have in common, after a word on all others.
    fn same_keys(&mut self, planned: &Value, config: &Value) -> Vec<String> {
        let empty = Default::default();
        let (planned, config) = (planned.as_map().unwrap_or(&empty), config.as_map().unwrap_or(&empty));
        for key in planned.keys().filter(|key| !config.contains_key(*key)) {
            self.at(Step::Key(key.clone()), |c| c.fail("a key that is planned, but not configured"));
        }
        for key in config.keys().filter(|key| !planned.contains_key(*key)) {
            self.at(Step::Key(key.clone()), |c| c.fail("a key that is configured, but not planned"));
        }
        planned.keys().filter(|key| config.contains_key(*key)).cloned().collect()
    }

    fn attributes(&mut self, attributes: &[Attribute], values: Three<'_>) {
        for attribute in attributes {
            self.at_attribute(&attribute.name, |c| c.attribute(attribute, values.attribute(&attribute.name)));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, values: Three<'_>) {
        let Three { prior, config, planned } = values;
        if planned == config {
            return;
        }
        // The provider says that what is there means the same as what is configured.
        if planned == prior && !prior.is_null() && !config.is_null() {
            return;
        }
        if attribute.write_only {
            if !planned.is_null() {
                self.fail("write-only, so it must be planned as null");
            }
            return;
        }
        if attribute.mode == Mode::Computed || config.is_null() && attribute.mode.computed() {
            return;
        }
        if config.is_null() && !planned.is_null() {
            return self.fail(format!(
                "planned as {}, but it is neither configured nor computed: it must be null",
                planned.kind()
            ));
        }
        if let Shape::Nested(nesting, attributes) = &attribute.shape {
            return self.nested(*nesting, attributes, values);
        }
        let nor = if prior.is_null() { "" } else { ", nor as it was before" };
        self.fail(format!("planned as {}, but not as it is configured ({}){nor}", planned.kind(), config.kind()));
    }

    fn nested(&mut self, nesting: Nesting, attributes: &[Attribute], values: Three<'_>) {
        let Three { config, planned, .. } = values;
        if !self.object_exists(values) {
            return;
        }
        match nesting {
            Nesting::Single => self.attributes(attributes, values),
            Nesting::List => {
                let (planned, configured) = (planned.as_list().unwrap_or(&[]), config.as_list().unwrap_or(&[]));
                if self.same_count("elements", planned.len(), configured.len()) {
                    (0..planned.len()).for_each(|i| self.nested_element(attributes, values, Step::Index(i)));
                }
            }
            Nesting::Map => {
                for key in self.same_keys(planned, config) {
                    self.nested_element(attributes, values, Step::Key(key));
                }
            }
            Nesting::Set => {
                let (least, most) = size(planned);
                let (fewest, configured) = size(config);
                // As long as the number that is configured is open itself, it decides nothing.
                if fewest == configured && !(least..=most).contains(&configured) {
                    self.fail(format!("{most} elements are planned, {configured} are configured"));
                }
            }
        }
    }

    fn nested_element(&mut self, attributes: &[Attribute], values: Three<'_>, step: Step) {
        let values = values.element(&step);
        self.at(step, |c| {
            if values.planned != values.config && c.object_exists(values) {
                c.attributes(attributes, values);
            }
        });
    }

    /// As [`Checker::same_existence`], for something that may be unknown, but only in plan and configuration alike.
    fn object_exists(&mut self, values: Three<'_>) -> bool {
        match (values.config.is_unknown(), values.planned.is_unknown()) {
            (false, true) if !values.config.is_null() => {
                self.fail("planned as unknown, but it is configured");
                false
            }
            (true, false) => {
                self.fail("unknown in the configuration, so it must be planned as unknown, or as it was before");
                false
            }
            _ => self.same_existence(values),
        }
    }
}

/// The least and the greatest number of elements that a set can have: those not known yet may turn out to be equal.
fn size(set: &Value) -> (usize, usize) {
    let length = set.as_set().map_or(0, ValueSet::len);
    if set.is_wholly_known() { (length, length) } else { (length.min(1), length) }
}
