//! What keeps a provider's documentation from being complete: the examples aside, all of it can be seen in the schemas.

use super::attributes::each;
use super::catalog::{Catalog, Content, Entry, Kind};
use super::text::{inline, summary};
use crate::schema::Attribute;

/// One sentence each.
pub(super) fn problems(catalog: &Catalog) -> Vec<String> {
    let mut all = Vec::new();
    let place = format!("the provider block of {}", catalog.name);
    if !is_sentence(&summary(&catalog.block.block.doc)) {
        all.push(format!("{place}: its doc comment is no full sentence"));
    }
    attributes(&place, &catalog.block.block.attributes, &mut all);
    for entry in &catalog.entries {
        of_entry(entry, &mut all);
    }
    all
}

fn of_entry(entry: &Entry, all: &mut Vec<String>) {
    let place = format!("{} {}", entry.kind.title().to_lowercase(), entry.name);
    if !is_sentence(&summary(entry.doc())) {
        all.push(format!("{place}: its doc comment does not begin with a full sentence"));
    }
    match &entry.content {
        Content::Schema { schema, ids, .. } => {
            if entry.subcategory.is_empty() {
                all.push(format!("{place}: no subcategory; say it with #[model(subcategory = \"...\")]"));
            }
            if entry.kind == Kind::Resource && ids.is_empty() {
                all.push(format!("{place}: no import id; say it with #[model(id = \"...\")]"));
            }
            attributes(&place, &schema.block.attributes, all);
        }
        Content::Function(function) => {
            for parameter in function.parameters.iter().chain(&function.variadic) {
                if !is_sentence(&inline(&parameter.doc)) {
                    all.push(format!("{place}: the text of `{}` is no full sentence", parameter.name));
                }
            }
        }
    }
}

fn attributes(place: &str, attributes: &[Attribute], all: &mut Vec<String>) {
    each(attributes, "", &mut |path, attribute| {
        if !is_sentence(&inline(&attribute.doc)) {
            all.push(format!("{place}: the text of `{path}` is no full sentence: {:?}", attribute.doc));
        }
    });
}

/// A capital letter (or code, or a digit) at the beginning, a full stop at the end, and something between.
fn is_sentence(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || matches!(c, '`' | '"' | '['));
    begins && text.ends_with(['.', ')']) && text.split_whitespace().count() > 1
}

#[cfg(test)]
mod tests {
    use super::is_sentence;

    #[test]
    fn a_sentence_has_an_end() {
        assert!(is_sentence("Short name, the part behind the `+`."));
        assert!(is_sentence("`plain` or `x`."));
        for bad in ["", "name.", "The name", "Name."] {
            assert!(!is_sentence(bad), "{bad}");
        }
    }
}
