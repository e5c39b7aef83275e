//! Questions of operators: what SQL finds in the database, as tables.

use std::fmt::Write as _;
use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use super::Database;
use crate::domain::DomainError;

/// How long all statements together may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs statements in one transaction that only reads, and answers what each that has rows finds.
///
/// # Errors
/// A statement fails, because it would change something for example, or is more than one, or the database does not answer.
pub async fn ask(database: &Database, statements: &[String]) -> Result<String, DomainError> {
    let mut connection = database.background(DEADLINE).await?;
    connection.begin_snapshot().await?;
    let mut found = String::new();
    for statement in statements {
        // Within it no statement can allow the transaction to write, and after one that has ended the transaction it is not there
        // to be released.
        connection.batch("savepoint only_read").await?;
        // It writes files and starts programs, which PostgreSQL does not count as writing.
        if statement.trim_start().get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy")) {
            return Err(DomainError::BadRequest("COPY finds no rows; write a SELECT".to_owned()));
        }
        let answer = connection.texts(statement).await?;
        let ended = |_| DomainError::internal("a statement has ended the transaction, which must not be");
        connection.batch("release savepoint only_read").await.map_err(ended)?;
        for table in tables(&answer) {
            let separator = if found.is_empty() { "" } else { "\n" };
            // Writing to a string cannot fail.
            let _ = write!(found, "{separator}{}", table.text());
        }
    }
    Ok(found)
}

/// The rows of one result, below the names of their columns.
#[derive(Default)]
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn tables(messages: &[SimpleQueryMessage]) -> Vec<Table> {
    let mut tables = Vec::<Table>::new();
    for message in messages {
        match (message, tables.last_mut()) {
            (SimpleQueryMessage::RowDescription(columns), _) => {
                let names = columns.iter().map(|column| column.name().to_owned()).collect();
                tables.push(Table { names, rows: Vec::new() });
            }
            (SimpleQueryMessage::Row(row), Some(table)) => {
                table.rows.push((0..row.len()).map(|at| row.get(at).unwrap_or("null").to_owned()).collect());
            }
            _ => {}
        }
    }
    tables
}

impl Table {
    fn text(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).chain(self.names.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<_> = (0..self.names.len()).map(width).collect();
        let line = |cells: &[String]| {
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            format!("{}\n", cells.collect::<Vec<_>>().join(" | ").trim_end())
        };
        let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        let count = match self.rows.len() {
            1 => "1 row".to_owned(),
            count => format!("{count} rows"),
        };
        format!("{}{}\n{rows}({count})\n", line(&self.names), rule.join("-+-"))
    }
}
