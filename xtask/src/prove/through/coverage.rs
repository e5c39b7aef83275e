//! How a client came to each declared status of each operation.

use openapi::Contract;
use serde_json::{Value, json};

use crate::prove::outcome::Outcome;
use crate::prove::report::title;
use crate::prove::run::Step;

/// One declared status.
pub struct Row<'a> {
    operation: &'a str,
    status: u16,
    /// The requests that the server answered so.
    server: Vec<String>,
    /// The requests to which the contract's examples were the answer.
    examples: Vec<String>,
}

/// Every declared status of the operations that were sent.
pub struct Coverage<'a>(Vec<Row<'a>>);

impl<'a> Coverage<'a> {
    /// What the steps of a run have reached; a step with which something is wrong reaches nothing.
    pub fn of(contract: &'a Contract, outcome: &Outcome<'_>, examples: &[Step<'_>]) -> Self {
        let sent = |operation: &str| outcome.steps().chain(examples).any(|step| step.sample.operation == operation);
        let operations = contract.operations.iter().filter(|operation| sent(&operation.id));
        let rows = operations.flat_map(|operation| {
            operation.responses.iter().map(|response| {
                let (id, status) = (operation.id.as_str(), response.status);
                let server = reached(outcome.steps(), id, status);
                Row { operation: id, status, server, examples: reached(examples.iter(), id, status) }
            })
        });
        Self(rows.collect())
    }

    /// `createSession 503`, for each that was not reached.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.0.iter().filter(|row| row.server.is_empty() && row.examples.is_empty());
        missing.map(|row| format!("{} {}", row.operation, row.status)).collect()
    }

    /// In words.
    pub fn summary(&self) -> String {
        let by_server = self.0.iter().filter(|row| !row.server.is_empty()).count();
        let by_examples = self.0.iter().filter(|row| row.server.is_empty() && !row.examples.is_empty()).count();
        format!(
            "{} of {} declared statuses reached, {by_server} of them by the server, {by_examples} by the contract's examples alone",
            by_server + by_examples,
            self.0.len()
        )
    }

    /// A line for each operation.
    pub fn lines(&self) -> Vec<String> {
        let width = self.0.iter().map(|row| row.operation.len()).max().unwrap_or_default();
        let of_operation = |rows: &[Row<'_>]| {
            let name = rows.first().map_or("", |row| row.operation);
            let statuses: Vec<_> = rows.iter().map(Row::text).collect();
            format!("{name:<width$}  {}", statuses.join("  "))
        };
        self.0.chunk_by(|a, b| a.operation == b.operation).map(of_operation).collect()
    }

    /// A line for each operation, where only the server answers.
    pub fn plain_lines(&self) -> Vec<String> {
        let width = self.0.iter().map(|row| row.operation.len()).max().unwrap_or_default();
        let of_operation = |rows: &[Row<'_>]| {
            let name = rows.first().map_or("", |row| row.operation);
            let list = |seen: bool| {
                let rows = rows.iter().filter(|row| row.server.is_empty() != seen);
                rows.map(|row| row.status.to_string()).collect::<Vec<_>>().join(" ")
            };
            let unseen = list(false);
            let unseen = if unseen.is_empty() { String::new() } else { format!("; not seen {unseen}") };
            format!("{name:<width$}  seen {}{unseen}", list(true))
        };
        self.0.chunk_by(|a, b| a.operation == b.operation).map(of_operation).collect()
    }

    /// An object for each status.
    pub fn objects(&self, client: Option<&str>) -> Vec<Value> {
        let object = |row: &Row<'_>| {
            json!({
                "kind": "status",
                "client": client,
                "operation": row.operation,
                "status": row.status,
                "server": row.server,
                "examples": row.examples,
            })
        };
        self.0.iter().map(object).collect()
    }
}

impl Row<'_> {
    fn text(&self) -> String {
        let how = match (self.server.is_empty(), self.examples.is_empty()) {
            (false, _) => "server",
            (true, false) => "example",
            (true, true) => "NEVER",
        };
        format!("{} {how:<7}", self.status)
    }
}

fn reached<'s, 'a: 's>(steps: impl Iterator<Item = &'s Step<'a>>, operation: &str, status: u16) -> Vec<String> {
    let so = |step: &&Step<'_>| {
        let answered = step.answer.as_ref().is_ok_and(|answer| answer.status == status);
        answered && !step.failed() && step.sample.operation == operation
    };
    steps.filter(so).map(title).collect()
}
