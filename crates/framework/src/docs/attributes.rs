//! Attributes, one line each: the type, what they are, and all that the schema knows of them.

use super::rules;
use super::text::{inline, literal, names};
use crate::schema::{Attribute, Check, Mode, Modifier, Nesting, Schema, Shape};
use crate::value::Type;

const WRITE_ONLY: &str =
    "[Write-only](https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only)";

/// The lists of required, optional and read-only attributes, and a section for each nested object.
pub(super) fn render(schema: &Schema) -> String {
    let mut out = String::new();
    let attributes = &schema.block.attributes;
    lists(attributes, "", &rules::alternatives(schema), &mut out);
    nested_sections(attributes, "", &mut out);
    out.trim_end().to_owned()
}

fn lists(attributes: &[Attribute], path: &str, alternatives: &[String], out: &mut String) {
    let groups: [(&str, fn(Mode) -> bool); 3] = [
        ("Required", |m| m == Mode::Required),
        ("Optional", |m| matches!(m, Mode::Optional | Mode::OptionalComputed)),
        ("Read-Only", |m| m == Mode::Computed),
    ];
    for (title, belongs) in groups {
        let lines: Vec<String> = attributes
            .iter()
            .filter(|a| belongs(a.mode))
            .map(|a| format!("- {}", line(a, path, alternatives)))
            .collect();
        if !lines.is_empty() {
            // Inside a nested section a heading would outrank the section's own.
            let title = if path.is_empty() { format!("### {title}") } else { format!("{title}:") };
            out.push_str(&format!("{title}\n\n{}\n\n", lines.join("\n")));
        }
    }
}

fn nested_sections(attributes: &[Attribute], path: &str, out: &mut String) {
    for attribute in attributes {
        let Shape::Nested(_, inner) = &attribute.shape else { continue };
        let path = join(path, &attribute.name);
        let anchor = path.replace('.', "--");
        out.push_str(&format!("<a id=\"nestedatt--{anchor}\"></a>\n### Nested Schema for `{path}`\n\n"));
        lists(inner, &path, &[], out);
        nested_sections(inner, &path, out);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// One attribute.
fn line(attribute: &Attribute, path: &str, alternatives: &[String]) -> String {
    let mut kinds = vec![type_name(&attribute.shape)];
    if attribute.sensitive {
        kinds.push("Sensitive".to_owned());
    }
    if attribute.write_only {
        kinds.push(WRITE_ONLY.to_owned());
    }
    if attribute.deprecated.is_some() {
        kinds.push("Deprecated".to_owned());
    }
    let mut sentences = vec![inline(&attribute.doc)];
    sentences.extend(facts(attribute, alternatives.contains(&attribute.name)));
    if matches!(attribute.shape, Shape::Nested(..)) {
        let anchor = join(path, &attribute.name).replace('.', "--");
        sentences.push(format!("(see [below for nested schema](#nestedatt--{anchor}))"));
    }
    format!("`{}` ({}) {}", attribute.name, kinds.join(", "), sentences.join(" "))
}

/// What the schema knows beside the text, in sentences. What the text says already is not repeated.
fn facts(attribute: &Attribute, is_alternative: bool) -> Vec<String> {
    let mut facts = Vec::new();
    let said = attribute.doc.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| said.contains(w));
    if attribute.mode.configurable() {
        facts.extend(constraints(&attribute.checks, &attribute.doc));
    }
    match (&attribute.default, attribute.mode) {
        (Some(default), _) if !says(&["by default", "(the default)"]) => {
            facts.push(format!("Default: `{}`.", literal(default)));
        }
        (None, Mode::OptionalComputed)
            if attribute.computed_default.is_none()
                && !is_alternative
                && !says(&["not set", "otherwise", "by default"]) =>
        {
            facts.push("If it is not set, the server decides.".to_owned());
        }
        _ => {}
    }
    facts.extend(attribute.modifiers.iter().filter_map(|m| modifier(m, &said)));
    if let Some(why) = &attribute.unread {
        facts.push(format!("Drift cannot be seen: {}.", why.trim_end_matches('.')));
    }
    if let Some(instead) = &attribute.deprecated {
        facts.push(format!("Deprecated: {}.", instead.trim_end_matches('.')));
    }
    facts
}

fn modifier(modifier: &Modifier, said: &str) -> Option<String> {
    let says_replaces = said.contains("replaces") || said.contains("replaced");
    match modifier {
        Modifier::RequiresReplace if !says_replaces => Some("A change replaces the resource.".to_owned()),
        Modifier::RequiresReplaceIf(_) if !says_replaces => Some("Some changes replace the resource.".to_owned()),
        Modifier::RequiresReplaceIfConfigured if !says_replaces => {
            Some("A change in the configuration replaces the resource.".to_owned())
        }
        Modifier::UseStateUnlessChanged(causes) => Some(format!("May change when {} changes.", names(causes, "or"))),
        _ => None,
    }
}

/// "Must be a whole number, 1 to 100."
pub(super) fn constraints(checks: &[Check], doc: &str) -> Vec<String> {
    let told = |c: &&Check| !doc.contains(c.what.as_str());
    let (each, whole): (Vec<&Check>, Vec<&Check>) =
        checks.iter().filter(told).partition(|c| c.what.starts_with("each: "));
    let sentence = |subject: &str, whats: Vec<&str>| {
        let verb = whats.first().map_or("be", |w| verb(w));
        (!whats.is_empty()).then(|| format!("{subject} {verb} {}.", whats.join(", ")))
    };
    let whole = sentence("Must", whole.iter().map(|c| c.what.as_str()).collect());
    let each = sentence("Each must", each.iter().filter_map(|c| c.what.strip_prefix("each: ")).collect());
    whole.into_iter().chain(each).collect()
}

fn verb(what: &str) -> &'static str {
    let counts = ["character", "characters", "element", "elements"].iter().any(|counted| what.ends_with(counted));
    if counts { "have" } else { "be" }
}

/// The type, as the Registry's pages write it.
fn type_name(shape: &Shape) -> String {
    match shape {
        Shape::Plain(ty) => plain(ty),
        Shape::Nested(Nesting::Single, _) => "Attributes".to_owned(),
        Shape::Nested(Nesting::List, _) => "Attributes List".to_owned(),
        Shape::Nested(Nesting::Set, _) => "Attributes Set".to_owned(),
        Shape::Nested(Nesting::Map, _) => "Attributes Map".to_owned(),
    }
}

/// The name of a type: "List of String".
pub(super) fn plain(ty: &Type) -> String {
    match ty {
        Type::String => "String".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", plain(element)),
        Type::Set(element) => format!("Set of {}", plain(element)),
        Type::Map(element) => format!("Map of {}", plain(element)),
        Type::Object(attributes) => {
            let inner: Vec<String> = attributes.iter().map(|(n, t)| format!("{n}: {}", plain(t))).collect();
            format!("Object({})", inner.join(", "))
        }
        Type::Tuple(elements) => format!("Tuple({})", elements.iter().map(plain).collect::<Vec<_>>().join(", ")),
    }
}

/// Calls `see` with each attribute and its path, nested ones too.
pub(super) fn each(attributes: &[Attribute], path: &str, see: &mut dyn FnMut(&str, &Attribute)) {
    for attribute in attributes {
        let path = join(path, &attribute.name);
        see(&path, attribute);
        if let Shape::Nested(_, inner) = &attribute.shape {
            each(inner, &path, see);
        }
    }
}
