//! What must be true of a service's data when everything has been sent, and that no answer shows.

use std::path::Path;

use super::rules::Invariant;
use super::service::Service;
use crate::failure::{Failure, Problem};

/// The invariants that do not hold.
pub fn broken(invariants: &[Invariant], service: &Service, root: &Path) -> Result<Vec<Problem>, Failure> {
    let mut problems = Vec::new();
    for Invariant { title, run, prints } in invariants {
        let printed = service.command(root, run)?;
        let (printed, wanted) = (printed.trim(), prints.trim());
        if printed != wanted {
            let shown = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
            let message = format!("{title}: the command must print {}, and prints {}", shown(wanted), shown(printed));
            problems.push(Problem::new("broken-invariant", message).help(format!("the command is `{}`", run.trim())));
        }
    }
    Ok(problems)
}
