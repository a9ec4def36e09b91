//! The section on import: by identity, by id, and by command, with the id of the example.

use super::attributes::plain;
use super::text::{inline, quoted};
use crate::model::IdTemplate;
use crate::schema::{IdentityAttribute, IdentitySchema};
use crate::value::Type;

/// What is imported.
pub(super) struct Importable<'a> {
    pub(super) type_name: &'a str,
    pub(super) ids: &'a [IdTemplate],
    pub(super) identity: Option<&'a IdentitySchema>,
    /// The example's `import.sh`.
    pub(super) script: &'a str,
    /// The example's configuration.
    pub(super) configuration: &'a str,
}

impl Importable<'_> {
    /// The section; `Err` says what is wrong with the example.
    pub(super) fn render(&self) -> Result<String, String> {
        let (address, id) = self.example()?;
        let fields = self.ids.iter().find_map(|t| t.parse(&id));
        let fields = fields.ok_or_else(|| format!("the id {id:?} in import.sh has none of the id's forms"))?;
        let mut out = "## Import\n\n".to_owned();
        let forms: Vec<String> = self.ids.iter().map(|t| format!("`{}`", t.describe())).collect();
        out.push_str(&format!("The import id is {}.\n\n", forms.join(" or ")));
        out.push_str("With the command line:\n\n");
        let shown: Vec<&str> = self.script.trim().lines().filter(|l| !l.starts_with("#!")).collect();
        out.push_str(&fenced("shell", &shown.join("\n")));
        out.push_str("With an `import` block (Terraform 1.5 and newer):\n\n");
        out.push_str(&fenced("terraform", &format!("import {{\n  to = {address}\n  id = {}\n}}", quoted(&id))));
        if let Some(identity) = self.identity {
            out.push_str("With an `import` block by identity (Terraform 1.12 and newer):\n\n");
            out.push_str(&fenced("terraform", &self.by_identity(&address, identity, &fields)));
            out.push_str(&identity_schema(identity));
        }
        Ok(out.trim_end().to_owned())
    }

    /// Address and id out of `terraform import <address> <id>`.
    fn example(&self) -> Result<(String, String), String> {
        let line = self.script.lines().find(|l| l.starts_with("terraform import "));
        let line = line.ok_or("import.sh has no line `terraform import ADDRESS ID`")?;
        let mut words = line.splitn(4, ' ').skip(2);
        let address = words.next().unwrap_or_default().to_owned();
        if address.split('.').next() != Some(self.type_name) {
            return Err(format!("import.sh imports {address}, which is no {}", self.type_name));
        }
        let word = words.next().unwrap_or_default().trim();
        let id = word.trim_matches(['\'', '"']);
        // Between single quotes a shell puts in nothing.
        Ok((address, if word.starts_with('\'') { id.to_owned() } else { placeholders(id) }))
    }

    fn by_identity(&self, address: &str, identity: &IdentitySchema, fields: &[(&str, String)]) -> String {
        // What neither the id nor the example tells is to be filled in, if it must be there.
        let value = |a: &IdentityAttribute| match fields.iter().find(|(field, _)| *field == a.name) {
            Some((_, text)) if a.ty == Type::String => Some(quoted(text)),
            Some((_, text)) => Some(text.clone()),
            None => {
                let blank = || quoted(&format!("<{}>", a.name));
                self.set_to(address, &a.name)
                    .map(|literal| literal.unwrap_or_else(blank))
                    .or_else(|| a.required_for_import.then(blank))
            }
        };
        let known: Vec<(&str, String)> =
            identity.attributes.iter().filter_map(|a| Some((a.name.as_str(), value(a)?))).collect();
        let width = known.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        let lines: Vec<String> = known.iter().map(|(name, value)| format!("    {name:width$} = {value}")).collect();
        format!("import {{\n  to = {address}\n  identity = {{\n{}\n  }}\n}}", lines.join("\n"))
    }

    /// What the example sets an argument to: `Some(None)` for an expression, `None` when it does not set it.
    fn set_to(&self, address: &str, name: &str) -> Option<Option<String>> {
        let (kind, label) = address.split_once('.')?;
        let mut lines = self.configuration.lines();
        let head = format!("resource {kind:?} {label:?} {{");
        lines.find(|line| *line == head)?;
        let mut block = lines.take_while(|line| *line != "}");
        let value =
            block.find_map(|line| line.strip_prefix("  ")?.strip_prefix(name)?.trim_start().strip_prefix('='))?.trim();
        let is_literal = value.starts_with('"') && value.ends_with('"') && !value.contains("${");
        Some(is_literal.then(|| value.to_owned()))
    }
}

/// An id that only the server can give is a variable in the script; in a configuration it is to be filled in: `<project_id>`.
fn placeholders(id: &str) -> String {
    let mut pieces = id.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        out.push_str(&format!("<{}>{rest}", name.to_lowercase()));
    }
    out
}

fn identity_schema(identity: &IdentitySchema) -> String {
    let mut out = "### Identity Schema\n\n".to_owned();
    for (title, required) in [("Required", true), ("Optional", false)] {
        let lines: Vec<String> = identity
            .attributes
            .iter()
            .filter(|a| a.required_for_import == required)
            .map(|a| format!("- `{}` ({}) {}", a.name, plain(&a.ty), about(&a.doc)))
            .collect();
        if !lines.is_empty() {
            out.push_str(&format!("#### {title}\n\n{}\n\n", lines.join("\n")));
        }
    }
    out
}

/// The text of an attribute without what only concerns its changes.
fn about(doc: &str) -> String {
    let doc = inline(doc);
    let sentences = doc.split_inclusive(". ").filter(|s| !s.starts_with("A change replaces "));
    sentences.collect::<String>().trim_end().to_owned()
}

/// A block of code, and the empty line after it.
pub(super) fn fenced(language: &str, code: &str) -> String {
    format!("```{language}\n{code}\n```\n\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn importable<'a>(script: &'a str, configuration: &'a str) -> Importable<'a> {
        Importable { type_name: "test_thing", ids: &[], identity: None, script, configuration }
    }

    #[test]
    fn only_what_a_shell_would_put_in_is_to_be_filled_in() {
        let id =
            |word: &str| importable(&format!("terraform import test_thing.example {word}\n"), "").example().unwrap().1;
        assert_eq!(id("'robot$acme+ci'"), "robot$acme+ci");
        assert_eq!(id("\"$PROJECT_ID/ci\""), "<project_id>/ci");
        assert_eq!(id("acme/$NAME"), "acme/<name>");
    }

    #[test]
    fn an_identity_has_what_the_example_sets() {
        let attribute = |name: &str, required_for_import| IdentityAttribute {
            name: name.into(),
            ty: Type::String,
            doc: String::new(),
            required_for_import,
        };
        let attributes = vec![attribute("level", true), attribute("owner", false), attribute("zone", false)];
        let identity = IdentitySchema { version: 1, attributes };
        let configuration = "resource \"test_thing\" \"other\" {\n  zone = \"z\"\n}\nresource \"test_thing\" \"example\" {\n  \
                             level   = \"low\"\n  owner   = test_user.a.name\n  owner_2 = \"b\"\n}\n";
        let shown = importable("", configuration).by_identity("test_thing.example", &identity, &[]);
        let expected =
            "import {\n  to = test_thing.example\n  identity = {\n    level = \"low\"\n    owner = \"<owner>\"\n  }\n}";
        assert_eq!(shown, expected);
    }
}
