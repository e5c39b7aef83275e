//! The figures, as a table.

use std::fmt;

use super::Effort;
use super::shared::{CONNECTIONS, machine};

/// All figures of a run.
pub struct Report {
    head: String,
    rows: Vec<[String; 3]>,
}

impl Report {
    /// An empty report.
    pub fn new(effort: &Effort) -> Self {
        let head = format!(
            "{}; load before the run {}; {CONNECTIONS} connections, {} events of 90 days, median of {} interleaved rounds, of {} and {} of uploads",
            machine::name(),
            machine::load_average(),
            effort.history,
            effort.rounds,
            effort.fast.count,
            effort.slow.count,
        );
        Self { head, rows: Vec::new() }
    }

    /// Adds a figure, beside what is wanted.
    pub fn add(&mut self, what: impl Into<String>, figure: String, wanted: &str) {
        let row = [what.into(), figure, wanted.to_owned()];
        eprintln!("{}", row.join(" | "));
        self.rows.push(row);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n| what | measured | wanted |\n|---|---|---|", self.head)?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))
    }
}

/// The figure below which this share of all figures is.
pub fn quantile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// The middle of some figures.
pub fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}
