//! The table, as it is printed and as it stands in README.md.

use std::fmt;

use registry_harness::{Error, Result};

/// Between these lines of README.md stands the table.
const BEGIN: &str = "<!-- speed: written by `cargo bench --bench table -- --write` -->";
const END: &str = "<!-- speed: end -->";

/// What a figure counts.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Requests,
    Milliseconds,
    Mebibytes,
    Times,
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Self::Requests => format!("{value:.0}"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Mebibytes => format!("{value:.1} MiB"),
            Self::Times => format!("{value:.2} times"),
        }
    }
}

/// One figure.
pub(crate) struct Row {
    what: String,
    measured: String,
    limit: Option<String>,
    met: bool,
}

impl Row {
    /// A figure with its limit.
    pub(crate) fn at_most(limit: f64, unit: Unit, value: f64, what: impl Into<String>) -> Self {
        Self { what: what.into(), measured: unit.text(value), limit: Some(unit.text(limit)), met: value <= limit }
    }

    /// What the figure was made of.
    pub(crate) fn out_of(mut self, parts: &str) -> Self {
        self.measured = format!("{} ({parts})", self.measured);
        self
    }

    /// A figure that stands beside another, for comparison.
    pub(crate) fn beside(unit: Unit, value: f64, what: impl Into<String>) -> Self {
        Self { what: what.into(), measured: unit.text(value), limit: None, met: true }
    }

    /// What could not be measured.
    pub(crate) fn failed(what: &str) -> Self {
        Self { what: what.to_owned(), measured: "failed".to_owned(), limit: None, met: false }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit.as_deref().unwrap_or_default();
        let met = match (&self.limit, self.met) {
            (_, false) => "**no**",
            (Some(_), true) => "yes",
            (None, true) => "",
        };
        write!(f, "| {} | {} | {limit} | {met} |", self.what, self.measured)
    }
}

/// All figures, and what they were measured on.
pub(crate) struct Table {
    pub(crate) machine: String,
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// Whether no limit is missed.
    pub(crate) fn met(&self) -> bool {
        self.rows.iter().all(|row| row.met)
    }

    /// README.md with this table in place of the one it holds.
    pub(crate) fn written_into(&self, readme: &str) -> Result<String> {
        let missing = || Error::new(format!("README.md does not hold the lines {BEGIN:?} and {END:?}"));
        let (before, rest) = readme.split_once(BEGIN).ok_or_else(missing)?;
        let (_, after) = rest.split_once(END).ok_or_else(missing)?;
        Ok(format!("{before}{BEGIN}\n\n{self}\n{END}{after}"))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | measured | at most | met |\n|---|---|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        writeln!(f, "\nMeasured on {}. Medians; requests are counted by the simulator.", self.machine)
    }
}
