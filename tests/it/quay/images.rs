//! Images: tags, their history, and manifests with their labels.

mod manifests;
mod tag_history;
pub(crate) mod tags;
