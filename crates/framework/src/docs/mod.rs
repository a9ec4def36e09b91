//! The documentation generator: pages in the layout that the Terraform Registry reads, out of a provider's schemas and its
//! hand-written examples.
//!
//! It reads and writes no files: examples come from a function, pages are given back as texts by path. What is missing (an
//! example, a sentence, a subcategory) is given back as well, so that a test can name all of it at once.

use std::collections::BTreeMap;

mod attributes;
mod catalog;
mod import;
mod index;
mod page;
mod rules;
mod text;
mod wanting;

pub use catalog::{Catalog, Content, Entry, Kind};
pub use index::offers_table;

/// The greatest number of pages of one provider that the Registry takes.
pub const MOST_PAGES: usize = 2000;
/// The greatest size of a page that the Registry takes, in bytes.
pub const LARGEST_PAGE: usize = 500_000;

/// Gives the content of an example by its path under `examples/`.
pub type Examples<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The documentation of one provider.
#[derive(Debug, Default)]
pub struct Rendered {
    /// Contents by path under the provider's folder, such as `resources/robot.md`.
    pub pages: BTreeMap<String, String>,
    /// Paths under `examples/` that were used.
    pub examples: Vec<String>,
    /// What keeps the documentation from being complete, one sentence each.
    pub problems: Vec<String>,
}

/// Renders all pages of a provider.
pub fn render(catalog: &Catalog, examples: Examples<'_>) -> Rendered {
    let mut rendered = Rendered::default();
    rendered.problems.extend(wanting::problems(catalog));
    let index = page::provider(catalog, &mut Finder { examples, rendered: &mut rendered });
    rendered.pages.insert("index.md".to_owned(), index);
    for entry in &catalog.entries {
        let page = page::entry(catalog, entry, &mut Finder { examples, rendered: &mut rendered });
        rendered.pages.insert(entry.path(&catalog.name), page);
    }
    for (path, page) in &rendered.pages {
        if page.len() > LARGEST_PAGE {
            rendered.problems.push(format!("{path} has {} bytes; the Registry takes {LARGEST_PAGE}", page.len()));
        }
    }
    if rendered.pages.len() > MOST_PAGES {
        rendered.problems.push(format!("{} pages; the Registry takes {MOST_PAGES}", rendered.pages.len()));
    }
    rendered
}

/// Looks up examples, and notes those that are missing.
struct Finder<'a> {
    examples: Examples<'a>,
    rendered: &'a mut Rendered,
}

impl Finder<'_> {
    /// An example that must be there.
    fn required(&mut self, path: &str) -> Option<String> {
        match (self.examples)(path) {
            Some(text) => {
                self.rendered.examples.push(path.to_owned());
                Some(text.trim_end().to_owned())
            }
            None => {
                self.problem(format!("examples/{path} is missing"));
                None
            }
        }
    }

    fn problem(&mut self, problem: String) {
        self.rendered.problems.push(problem);
    }
}

#[cfg(test)]
mod tests;
