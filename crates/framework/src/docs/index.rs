//! The table of what providers offer, for people who compare.

use super::catalog::{Catalog, Kind};

/// A Markdown table: a row for each kind, with links to the pages below `docs`.
pub fn offers_table(catalog: &Catalog, docs: &str) -> String {
    let mut out = "| kind | what |\n|---|---|\n".to_owned();
    for kind in Kind::ALL {
        let of_kind: Vec<String> = catalog
            .entries
            .iter()
            .filter(|e| e.kind == kind)
            .map(|e| format!("[`{}`]({docs}/{}/{})", e.name, catalog.name, e.path(&catalog.name)))
            .collect();
        if !of_kind.is_empty() {
            out.push_str(&format!("| {} | {} |\n", plural(kind), of_kind.join(", ")));
        }
    }
    out
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Resource => "resources",
        Kind::DataSource => "data sources",
        Kind::Ephemeral => "ephemeral resources",
        Kind::Action => "actions",
        Kind::List => "list resources",
        Kind::Function => "functions",
    }
}
