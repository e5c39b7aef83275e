//! The figures, as a table.

use std::fmt;

use super::Effort;
use super::shared::{CONNECTIONS, machine};

/// One measured figure.
struct Row {
    what: String,
    figure: String,
    wanted: &'static str,
}

/// All figures of a run.
pub struct Report {
    head: String,
    rows: Vec<Row>,
}

impl Report {
    /// An empty report.
    pub fn new(effort: &Effort) -> Self {
        let head = format!(
            "{}; load before the run {}; {CONNECTIONS} connections, {} completed files, median of {} interleaved rounds",
            machine::name(),
            machine::load_average(),
            effort.files,
            effort.rounds,
        );
        Self { head, rows: Vec::new() }
    }

    /// Adds a figure, beside what is wanted.
    pub fn add(&mut self, what: impl Into<String>, figure: String, wanted: &'static str) {
        self.rows.push(Row { what: what.into(), figure, wanted });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n| what | measured | wanted |\n|---|---|---|", self.head)?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} | {} | {} |", row.what, row.figure, row.wanted))
    }
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
