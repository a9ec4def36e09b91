//! One test for each rule, with the rule's name.

mod answers;
mod compatible;
mod plan;
mod properties;
mod proposed;
mod schema;

use super::Violation;
use crate::schema::{Attribute, Block, BlockNesting, Mode, NestedBlock, Nesting, Schema, Shape};
use crate::value::{Type, Value};

fn of(attributes: Vec<Attribute>) -> Schema {
    Schema { version: 1, block: Block { attributes, ..Block::default() }, ..Schema::default() }
}

fn with_blocks(attributes: Vec<Attribute>, blocks: Vec<NestedBlock>) -> Schema {
    Schema { version: 1, block: Block { attributes, blocks, ..Block::default() }, ..Schema::default() }
}

fn text(name: &str, mode: Mode) -> Attribute {
    Attribute::new(name, Shape::Plain(Type::String), mode)
}

fn plain(name: &str, ty: Type) -> Attribute {
    Attribute::new(name, Shape::Plain(ty), Mode::Optional)
}

fn write_only(name: &str) -> Attribute {
    Attribute { write_only: true, ..text(name, Mode::Optional) }
}

fn nested(name: &str, nesting: Nesting, mode: Mode, attributes: Vec<Attribute>) -> Attribute {
    Attribute::new(name, Shape::Nested(nesting, attributes), mode)
}

fn blocks(name: &str, nesting: BlockNesting, attributes: Vec<Attribute>) -> NestedBlock {
    let block = Block { attributes, ..Block::default() };
    NestedBlock { name: name.to_owned(), nesting, block, min_items: 0, max_items: 0 }
}

/// An object of one attribute, `a`.
fn a(value: impl Into<Value>) -> Value {
    Value::object([("a", value.into())])
}

/// An object of two attributes, `a` and `b`.
fn ab(a: impl Into<Value>, b: impl Into<Value>) -> Value {
    Value::object([("a", a.into()), ("b", b.into())])
}

const NULL: Value = Value::Null;

fn unknown() -> Value {
    Value::unknown()
}

/// The violations as a user would see them.
fn shown(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn fails(violations: &[Violation], expected: &str) {
    assert_eq!(shown(violations), [expected]);
}

#[track_caller]
fn passes(violations: &[Violation]) {
    assert_eq!(shown(violations), <[String; 0]>::default());
}
