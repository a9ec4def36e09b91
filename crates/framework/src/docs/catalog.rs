//! Everything that a provider offers, as far as its documentation is concerned.

use super::text::summary;
use crate::author::Provider;
use crate::engine::{Definition, provider_block};
use crate::model::IdTemplate;
use crate::schema::{FunctionSchema, IdentitySchema, Schema};

/// A provider and what it offers.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The first word of its types: `quay`.
    pub name: String,
    /// Its block.
    pub block: Schema,
    /// What it offers, by kind and then by name.
    pub entries: Vec<Entry>,
}

/// One thing on offer.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its type name, or the name of a function.
    pub name: String,
    /// Heading in the menu; empty if there is none.
    pub subcategory: String,
    /// The rest.
    pub content: Content,
}

/// What there is to say of a thing.
#[derive(Debug, Clone)]
pub enum Content {
    /// A thing with arguments and outputs.
    Schema {
        /// Its schema.
        schema: Schema,
        /// The forms of its import id, of resources only.
        ids: Vec<IdTemplate>,
        /// What names it for good, of resources only.
        identity: Option<IdentitySchema>,
    },
    /// A function.
    Function(FunctionSchema),
}

/// The kinds of things that a provider can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    Ephemeral,
    /// An action.
    Action,
    /// A list of resources.
    List,
    /// A function.
    Function,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] =
        [Kind::Resource, Kind::DataSource, Kind::Ephemeral, Kind::Action, Kind::List, Kind::Function];

    /// The folder of its pages and of its examples.
    pub fn folder(self) -> &'static str {
        match self {
            Kind::Resource => "resources",
            Kind::DataSource => "data-sources",
            Kind::Ephemeral => "ephemeral-resources",
            Kind::Action => "actions",
            Kind::List => "list-resources",
            Kind::Function => "functions",
        }
    }

    /// For headings.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Resource => "Resource",
            Kind::DataSource => "Data Source",
            Kind::Ephemeral => "Ephemeral Resource",
            Kind::Action => "Action",
            Kind::List => "List Resource",
            Kind::Function => "Function",
        }
    }

    /// The file of its example.
    pub(super) fn example(self) -> &'static str {
        match self {
            Kind::Resource => "resource.tf",
            Kind::DataSource => "data-source.tf",
            Kind::Ephemeral => "ephemeral-resource.tf",
            Kind::Action => "action.tf",
            Kind::List => "list-resource.tfquery.hcl",
            Kind::Function => "function.tf",
        }
    }

    /// What a user needs for it, where that is more than the oldest supported Terraform.
    pub(super) fn requirement(self) -> Option<&'static str> {
        match self {
            Kind::Resource | Kind::DataSource => None,
            Kind::Ephemeral => Some("Needs Terraform 1.10 or newer. Plans open it as well; nothing of it is stored."),
            Kind::Action => Some(
                "Needs Terraform 1.14 or newer. It runs when an `action_trigger` of a resource asks for it, or by hand with \
                 `terraform apply -invoke=ADDRESS`; it changes no state.",
            ),
            Kind::List => Some(
                "Needs Terraform 1.14 or newer: `terraform query` reads `list` blocks from files named `*.tfquery.hcl`, and \
                 `-generate-config-out=FILE` writes the configuration and `import` blocks of what it found.",
            ),
            Kind::Function => Some("Needs Terraform 1.8 or newer."),
        }
    }
}

impl Entry {
    /// The path of its page under the provider's folder: named without the provider's prefix.
    pub fn path(&self, provider: &str) -> String {
        let short = self.name.strip_prefix(provider).and_then(|n| n.strip_prefix('_')).unwrap_or(&self.name);
        format!("{}/{short}.md", self.kind.folder())
    }

    /// What opens its page, as Markdown.
    pub fn doc(&self) -> &str {
        match &self.content {
            Content::Schema { schema, .. } => &schema.block.doc,
            Content::Function(function) => &function.doc,
        }
    }

    /// What it is, in a line.
    pub(super) fn description(&self) -> String {
        match &self.content {
            Content::Schema { schema, .. } => summary(&schema.block.doc),
            Content::Function(function) => format!("{}.", function.summary.trim_end_matches('.')),
        }
    }

    /// Where its example is.
    pub(super) fn example_path(&self) -> String {
        format!("{}/{}/{}", self.kind.folder(), self.name, self.kind.example())
    }
}

impl Catalog {
    /// The catalog of a provider.
    pub fn of<P: Provider>() -> Self {
        let offers = P::offers();
        let mut entries = Vec::new();
        for resource in &offers.resources {
            let definition = resource.definition();
            if let Some(schema) = resource.query_schema() {
                let content = Content::Schema { schema, ids: Vec::new(), identity: None };
                let (name, subcategory) = (definition.type_name.clone(), definition.subcategory.to_owned());
                entries.push(Entry { kind: Kind::List, name, subcategory, content });
            }
            entries.push(entry(Kind::Resource, definition));
        }
        entries.extend(offers.data_sources.iter().map(|d| entry(Kind::DataSource, d.definition())));
        entries.extend(offers.ephemeral.iter().map(|e| entry(Kind::Ephemeral, e.definition())));
        entries.extend(offers.actions.iter().map(|a| entry(Kind::Action, a.definition())));
        entries.extend(offers.functions.iter().map(|f| Entry {
            kind: Kind::Function,
            name: f.name().to_owned(),
            subcategory: String::new(),
            content: Content::Function(f.schema()),
        }));
        entries.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        share_subcategories(&mut entries);
        Self { name: P::meta().type_name.to_owned(), block: provider_block::<P>(), entries }
    }

    /// How people write its name: `Quay`.
    pub fn title(&self) -> String {
        let mut letters = self.name.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

fn entry(kind: Kind, definition: Definition) -> Entry {
    let Definition { type_name, schema, identity, ids, subcategory, .. } = definition;
    let ids = if kind == Kind::Resource { ids } else { Vec::new() };
    Entry {
        kind,
        name: type_name,
        subcategory: subcategory.to_owned(),
        content: Content::Schema { schema, ids, identity },
    }
}

/// What declares no subcategory has that of the resource whose name it contains, word by word: `quay_robots` and
/// `quay_regenerate_robot_token` that of `quay_robot`. The longest name counts.
fn share_subcategories(entries: &mut [Entry]) {
    let resources: Vec<(String, String)> =
        entries.iter().filter(|e| e.kind == Kind::Resource).map(|e| (e.name.clone(), e.subcategory.clone())).collect();
    for entry in entries.iter_mut().filter(|e| e.subcategory.is_empty() && e.kind != Kind::Function) {
        let related =
            resources.iter().filter(|(name, subcategory)| !subcategory.is_empty() && is_about(&entry.name, name));
        if let Some((_, subcategory)) = related.max_by_key(|(name, _)| name.len()) {
            entry.subcategory.clone_from(subcategory);
        }
    }
}

/// True when the words of a resource's name, without the provider's, stand in another name, the last one perhaps in plural.
fn is_about(name: &str, resource: &str) -> bool {
    let words = |text: &str| text.split('_').skip(1).map(str::to_owned).collect::<Vec<_>>();
    let (name, resource) = (words(name), words(resource));
    let singular =
        |word: &str| word.strip_suffix("ies").map_or(word.trim_end_matches('s').to_owned(), |w| format!("{w}y"));
    let same = |a: &[String]| a.iter().zip(&resource).all(|(a, b)| a == b || singular(a) == singular(b));
    !resource.is_empty() && name.windows(resource.len()).any(same)
}

#[cfg(test)]
mod tests {
    use super::is_about;

    #[test]
    fn names_that_contain_a_resources_name_are_about_it() {
        for name in ["quay_robot", "quay_robots", "quay_robot_token", "quay_regenerate_robot_token"] {
            assert!(is_about(name, "quay_robot"), "{name}");
        }
        assert!(is_about("quay_repositories", "quay_repository"));
        assert!(!is_about("quay_current_user", "quay_robot"));
        assert!(!is_about("quay_team", "quay_team_member"));
    }
}
