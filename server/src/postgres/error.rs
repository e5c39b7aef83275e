//! What a failure of the database means to the service.

use tokio_postgres::{Row, error::SqlState, types::FromSql};

use crate::domain::{DomainError, error::Cause};

/// What PostgreSQL says of a failure. Its details may quote a whole row, and with it what users have stored, so these go
/// nowhere.
#[derive(Debug, thiserror::Error)]
#[error("{severity}: {message} (SQLSTATE {state})")]
struct Failure {
    severity: String,
    message: String,
    state: String,
}

/// Turns a failure of a statement into what the service answers. Classes of SQLSTATE decide: what the client's values
/// caused is the client's, what may pass is a matter of another try, the rest is ours.
pub fn domain_error(error: tokio_postgres::Error) -> DomainError {
    match error.code() {
        None => DomainError::unavailable(error),
        Some(state) if is_transient(state) => DomainError::Unavailable(without_details(error)),
        Some(state) if state.code().starts_with("22") => {
            DomainError::BadRequest("a value of the request cannot be stored".to_owned())
        }
        Some(_) => DomainError::Internal(without_details(error)),
    }
}

fn without_details(error: tokio_postgres::Error) -> Cause {
    match error.as_db_error() {
        Some(said) => Cause::from(Failure {
            severity: said.severity().to_owned(),
            message: said.message().to_owned(),
            state: said.code().code().to_owned(),
        }),
        None => error.into(),
    }
}

/// Whether a statement failed for what a row says: 22 a value, 23 a constraint, P0001 what a trigger has raised.
pub fn is_for_a_row(error: &DomainError) -> bool {
    match error {
        DomainError::BadRequest(_) => true,
        DomainError::Internal(cause) => cause
            .downcast_ref::<Failure>()
            .is_some_and(|failure| failure.state.starts_with("23") || failure.state == "P0001"),
        _ => false,
    }
}

/// Whether the connection is of no use after this failure: it is gone, leads to a server that takes no writes, or has
/// prepared a statement that the server does not know or cannot plan any more.
pub fn breaks_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || error.code().is_none_or(|state| {
            USELESS.contains(state) || state.code().starts_with("08") || state.code().starts_with("57P")
        })
}

const USELESS: [SqlState; 3] =
    [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::FEATURE_NOT_SUPPORTED];

fn is_transient(state: &SqlState) -> bool {
    // 08 connection, 40 rolled back, 53 out of resources, 55P03 a lock, 57 operator intervention; 25006 is a primary
    // that has become a standby; 26000 and 0A000 (a cached plan) tell of statements that the next connection prepares anew;
    // without a table or a column the migrations are still under way.
    const STATES: [SqlState; 6] = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
    ];
    ["08", "40", "53", "57"].iter().any(|class| state.code().starts_with(class)) || STATES.contains(state)
}

/// The value of a column. That it is missing or of another type is a fault of ours, and no reason to panic.
pub fn column<'row, T: FromSql<'row>>(row: &'row Row, name: &str) -> Result<T, DomainError> {
    row.try_get(name).map_err(DomainError::internal)
}
