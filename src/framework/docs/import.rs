//! The section on import: by identity, by id, and by command, with the id of the example.

use super::attributes::plain;
use super::text::{inline, quoted};
use crate::framework::model::IdTemplate;
use crate::framework::schema::{IdentityAttribute, IdentitySchema};
use crate::framework::value::Type;

/// What is imported.
pub(super) struct Importable<'a> {
    pub(super) type_name: &'a str,
    pub(super) ids: &'a [IdTemplate],
    pub(super) identity: Option<&'a IdentitySchema>,
    /// The example's `import.sh`.
    pub(super) script: &'a str,
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
            out.push_str(&fenced("terraform", &by_identity(&address, identity, &fields)));
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
        let id = words.next().unwrap_or_default().trim().trim_matches(['\'', '"']);
        Ok((address, placeholders(id)))
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

fn by_identity(address: &str, identity: &IdentitySchema, fields: &[(&str, String)]) -> String {
    // What the id does not hold is to be filled in, if it must be there.
    let value = |a: &IdentityAttribute| match fields.iter().find(|(field, _)| *field == a.name) {
        Some((_, text)) if a.ty == Type::String => Some(quoted(text)),
        Some((_, text)) => Some(text.clone()),
        None => a.required_for_import.then(|| quoted(&format!("<{}>", a.name))),
    };
    let known: Vec<(&str, String)> =
        identity.attributes.iter().filter_map(|a| Some((a.name.as_str(), value(a)?))).collect();
    let width = known.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: Vec<String> = known.iter().map(|(name, value)| format!("    {name:width$} = {value}")).collect();
    format!("import {{\n  to = {address}\n  identity = {{\n{}\n  }}\n}}", lines.join("\n"))
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
