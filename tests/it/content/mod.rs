//! What Quay's data sources about content and observation give: with something there, with nothing, and of what is not there.

mod logs;
mod search;
mod stars;
