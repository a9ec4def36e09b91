//! The generator on a provider of its own.

use super::*;
use crate::check;
use crate::engine::Definition;
use crate::model::{IdTemplate, Timeouts};
use crate::schema::{
    Attribute, Block, IdentityAttribute, IdentitySchema, Mode, Modifier, Nesting, Rule, Schema, Shape,
};
use crate::value::{Type, Value};

fn attribute(name: &str, doc: &str, mode: Mode) -> Attribute {
    let mut attribute = Attribute::new(name, Shape::Plain(Type::String), mode);
    attribute.doc = doc.to_owned();
    attribute
}

fn schema(attributes: Vec<Attribute>) -> Schema {
    let block = Block { attributes, doc: "Manages a thing.\n\nMore of\nit.".to_owned(), ..Block::default() };
    Schema { version: 1, block, rules: Vec::new() }
}

fn thing() -> Definition {
    let mut name = attribute("name", "Its name.", Mode::Required);
    name.checks.push(check::length(2, 5));
    name.modifiers.push(Modifier::RequiresReplace);
    let mut size = attribute("size", "Its size.", Mode::OptionalComputed);
    size.default = Some(Value::from("10"));
    let mut secret = attribute("secret", "Its secret.", Mode::Optional);
    secret.sensitive = true;
    secret.unread = Some("the server returns no secrets".to_owned());
    let mut parts = attribute("parts", "Its parts.", Mode::Optional);
    parts.shape = Shape::Nested(Nesting::Set, vec![attribute("kind", "Kind of the part.", Mode::Required)]);
    let mut schema = schema(vec![name, size, secret, parts, attribute("made", "When it was made.", Mode::Computed)]);
    schema.rules.push(Rule::Conflicting(vec!["size".to_owned(), "secret".to_owned()]));
    let name =
        IdentityAttribute { name: "name".into(), ty: Type::String, doc: "Its name.".into(), required_for_import: true };
    Definition {
        type_name: "test_thing".to_owned(),
        schema,
        identity: Some(IdentitySchema { version: 1, attributes: vec![name] }),
        ids: vec![IdTemplate::new("thing/{name}")],
        limits: Timeouts::default(),
        subcategory: "Things",
    }
}

fn catalog() -> Catalog {
    let Definition { type_name, schema: thing, identity, ids, subcategory, .. } = thing();
    let content = Content::Schema { schema: thing, ids, identity };
    let entry = Entry { kind: Kind::Resource, name: type_name, subcategory: subcategory.to_owned(), content };
    Catalog { name: "test".to_owned(), block: schema(Vec::new()), entries: vec![entry] }
}

fn example(path: &str) -> Option<String> {
    match path {
        "provider/test/provider.tf" => Some("provider \"test\" {}\n".to_owned()),
        "resources/test_thing/resource.tf" => Some("resource \"test_thing\" \"example\" {}\n".to_owned()),
        "resources/test_thing/import.sh" => Some("terraform import test_thing.example thing/one\n".to_owned()),
        _ => None,
    }
}

#[test]
fn a_page_says_all_that_the_schema_knows() {
    let rendered = render(&catalog(), &example);
    assert_eq!(rendered.problems, Vec::<String>::new());
    let page = &rendered.pages["resources/thing.md"];
    for expected in [
        "page_title: \"test_thing Resource - terraform-provider-test\"\nsubcategory: \"Things\"\ndescription: |-\n  Manages a thing.\n---",
        "# test_thing (Resource)\n\nManages a thing.\n\nMore of it.\n",
        "```terraform\nresource \"test_thing\" \"example\" {}\n```",
        "At most one of `size` and `secret` may be set.",
        "### Required\n\n- `name` (String) Its name. Must have 2 to 5 characters. A change replaces the resource.\n",
        "- `size` (String) Its size. Default: `\"10\"`.\n",
        "- `secret` (String, Sensitive) Its secret. Drift cannot be seen: the server returns no secrets.\n",
        "- `parts` (Attributes Set) Its parts. (see [below for nested schema](#nestedatt--parts))\n",
        "### Read-Only\n\n- `made` (String) When it was made.\n",
        "<a id=\"nestedatt--parts\"></a>\n### Nested Schema for `parts`\n\nRequired:\n\n- `kind` (String) Kind of the part.\n",
        "The server does not return `secret`:",
        "The import id is `thing/<name>`.",
        "  to = test_thing.example\n  id = \"thing/one\"\n",
        "  identity = {\n    name = \"one\"\n  }\n",
    ] {
        assert!(page.contains(expected), "{expected:?} is not in:\n{page}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let mut catalog = catalog();
    if let Content::Schema { schema, .. } = &mut catalog.entries[0].content {
        schema.block.attributes[0].doc = "the name".to_owned();
    }
    catalog.entries[0].subcategory.clear();
    let without = |path: &str| example(path).filter(|_| !path.ends_with("resource.tf"));
    let problems = render(&catalog, &without).problems.join("\n");
    for expected in [
        "the text of `name` is no full sentence",
        "resource test_thing: no subcategory",
        "examples/resources/test_thing/resource.tf is missing",
    ] {
        assert!(problems.contains(expected), "{expected:?} is not in:\n{problems}");
    }
}

#[test]
fn an_example_of_something_else_is_refused() {
    let wrong = |path: &str| {
        example(path)
            .map(|text| text.replace("thing/one", "thing").replace("resource \"test_thing\"", "resource \"x\""))
    };
    let problems = render(&catalog(), &wrong).problems.join("\n");
    assert!(problems.contains("has none of the id's forms"), "{problems}");
    assert!(problems.contains("does not contain `resource \"test_thing\" \"example\"`"), "{problems}");
}

#[test]
fn bounds_are_told_in_words() {
    let told = |check| attributes::constraints(&[check], "").join(" ");
    assert_eq!(told(check::length(1, usize::MAX)), "Must have at least 1 character.");
    assert_eq!(told(check::length(2, usize::MAX)), "Must have at least 2 characters.");
    assert_eq!(told(check::length(0, 9)), "Must have at most 9 characters.");
    assert_eq!(told(check::count(1, usize::MAX)), "Must have at least 1 element.");
    assert_eq!(told(check::count(1, 8)), "Must have 1 to 8 elements.");
    assert_eq!(told(check::each(check::length(1, usize::MAX))), "Each must have at least 1 character.");
}
