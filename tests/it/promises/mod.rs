//! What the documentation promises, one test per sentence, each against a server in this process. What is promised of one area alone
//! stands with its area.

mod cleared;
mod creation;
mod existing;
mod first_secrets;
mod five_hundreds;
mod five_hundreds_table;
mod full_access;
mod gone;
mod parallel;
mod refused;
mod removal;
mod reserved_names;
mod rights;
mod switched_off;
pub(crate) mod switched_off_table;
mod versions;
