//! Data sources: what is read and never changed. They never use a list that was fetched before.

pub(super) mod repositories;
pub(super) mod repository;
pub(super) mod robot;
pub(super) mod robots;
