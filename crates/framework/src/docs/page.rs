//! Whole pages: front matter, text, example, schema, import.

use super::Finder;
use super::attributes::{self, plain};
use super::catalog::{Catalog, Content, Entry, Kind};
use super::import::{Importable, fenced};
use super::rules;
use super::text::{inline, reflow, summary};
use crate::schema::{FunctionSchema, Mode, Parameter, Schema};

const GENERATED: &str = "# Generated from the source and the examples by `cargo test --test it docs`. Do not edit.";

/// The provider's page.
pub(super) fn provider(catalog: &Catalog, finder: &mut Finder<'_>) -> String {
    let title = format!("{} Provider", catalog.title());
    let doc = &catalog.block.block.doc;
    let mut out = front_matter(&title, "", &summary(doc));
    out.push_str(&format!("# {title}\n\n{}\n\n", reflow(doc)));
    let path = format!("provider/{}/provider.tf", catalog.name);
    if let Some(example) = finder.required(&path) {
        out.push_str(&format!("## Example Usage\n\n{}", fenced("terraform", &example)));
    }
    out.push_str(&schema_section(&catalog.block));
    finish(out)
}

/// The page of one thing.
pub(super) fn entry(catalog: &Catalog, entry: &Entry, finder: &mut Finder<'_>) -> String {
    let kind = entry.kind.title();
    let title = format!("{} {kind} - terraform-provider-{}", entry.name, catalog.name);
    let mut out = front_matter(&title, &entry.subcategory, &entry.description());
    out.push_str(&format!("# {} ({kind})\n\n{}\n\n", entry.name, reflow(entry.doc())));
    if let Some(needs) = entry.kind.requirement() {
        out.push_str(&format!("{needs}\n\n"));
    }
    if let Content::Schema { schema, .. } = &entry.content {
        if let Some(instead) = &schema.block.deprecated {
            out.push_str(&format!("~> **Deprecated.** {}\n\n", inline(instead)));
        }
        if let Some(unseen) = unseen(schema) {
            out.push_str(&format!("{unseen}\n\n"));
        }
    }
    let configuration = finder.required(&entry.example_path());
    if let Some(example) = configuration.clone() {
        let example = of_this_provider(catalog, entry, example);
        check_example(catalog, entry, &example, finder);
        let language = if entry.kind == Kind::List { "hcl" } else { "terraform" };
        out.push_str(&format!("## Example Usage\n\n{}", fenced(language, &example)));
    }
    match &entry.content {
        Content::Function(function) => out.push_str(&function_section(&entry.name, function)),
        Content::Schema { schema, ids, identity } => {
            out.push_str(&schema_section(schema));
            let path = format!("{}/{}/import.sh", entry.kind.folder(), entry.name);
            if !ids.is_empty()
                && let Some(script) = finder.required(&path)
            {
                let (type_name, identity) = (&entry.name, identity.as_ref());
                let configuration = configuration.as_deref().unwrap_or_default();
                let importable = Importable { type_name, ids, identity, script: &script, configuration };
                match importable.render() {
                    Ok(section) => out.push_str(&section),
                    Err(problem) => finder.problem(format!("{}: {problem}", entry.name)),
                }
            }
        }
    }
    finish(out)
}

/// Providers share functions, and each function has one example.
fn of_this_provider(catalog: &Catalog, entry: &Entry, example: String) -> String {
    let call = format!("::{}(", entry.name);
    match example.split_once(&call).and_then(|(before, _)| before.rsplit_once("provider::")) {
        Some((_, other)) if entry.kind == Kind::Function => {
            example.replace(&format!("provider::{other}::"), &format!("provider::{}::", catalog.name))
        }
        _ => example,
    }
}

/// The example must be of the thing.
fn check_example(catalog: &Catalog, entry: &Entry, example: &str, finder: &mut Finder<'_>) {
    let Entry { kind, name, .. } = entry;
    let (provider, quoted) = (&catalog.name, format!("\"{name}\" \"example\""));
    let wanted = match kind {
        Kind::Resource => format!("resource {quoted}"),
        Kind::DataSource => format!("data {quoted}"),
        Kind::Ephemeral => format!("ephemeral {quoted}"),
        Kind::Action => format!("action {quoted}"),
        Kind::List => format!("list {quoted}"),
        Kind::Function => format!("provider::{provider}::{name}("),
    };
    if !example.contains(&wanted) {
        finder
            .problem(format!("the example of the {} {name} does not contain `{wanted}`", kind.title().to_lowercase()));
    }
}

fn front_matter(title: &str, subcategory: &str, description: &str) -> String {
    let subcategory = subcategory.replace('"', "'");
    format!(
        "---\n{GENERATED}\npage_title: \"{title}\"\nsubcategory: \"{subcategory}\"\ndescription: |-\n  {description}\n---\n\n"
    )
}

fn schema_section(schema: &Schema) -> String {
    let mut out = "## Schema\n\n".to_owned();
    let rules = rules::sentences(schema);
    if !rules.is_empty() {
        out.push_str(&format!("{}\n\n", rules.join(" ")));
    }
    match schema.block.attributes.is_empty() {
        true => out.push_str("There are no arguments.\n\n"),
        false => out.push_str(&format!("{}\n\n", attributes::render(schema))),
    }
    out
}

/// Names what cannot be read back, before the schema says why.
fn unseen(schema: &Schema) -> Option<String> {
    let mut names = Vec::new();
    attributes::each(&schema.block.attributes, "", &mut |path, attribute| {
        if attribute.unread.is_some() && attribute.mode != Mode::Computed {
            names.push(path.to_owned());
        }
    });
    let list = super::text::names(&names, "and");
    (!names.is_empty()).then(|| {
        format!("The server does not return {list}: a change made elsewhere is not seen, and an import cannot fill it.")
    })
}

fn function_section(name: &str, function: &FunctionSchema) -> String {
    let all = function.parameters.iter().map(|p| format!("{} {}", p.name, plain(&p.ty).to_lowercase()));
    let variadic = function.variadic.iter().map(|p| format!("{} {}...", p.name, plain(&p.ty).to_lowercase()));
    let signature: Vec<String> = all.chain(variadic).collect();
    let returns = plain(&function.returns);
    let mut out = "## Signature\n\n".to_owned();
    out.push_str(&fenced("text", &format!("{name}({}) {}", signature.join(", "), returns.to_lowercase())));
    out.push_str("## Arguments\n\n");
    let mut number = 0;
    let mut line = |p: &Parameter, variadic: &str| {
        number += 1;
        let nullable = if p.allow_null { ", Nullable" } else { "" };
        format!("{number}. `{}` ({variadic}{}{nullable}) {}\n", p.name, plain(&p.ty), inline(&p.doc))
    };
    for parameter in &function.parameters {
        out.push_str(&line(parameter, ""));
    }
    if let Some(parameter) = &function.variadic {
        out.push_str(&line(parameter, "Variadic, "));
    }
    out.push_str(&format!("\n## Return Type\n\n{returns}\n"));
    out
}

fn finish(page: String) -> String {
    format!("{}\n", page.trim_end())
}
