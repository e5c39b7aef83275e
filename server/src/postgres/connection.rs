//! A connection of a pool, and one deadline around all that is done on it.

use std::sync::Arc;

use deadpool_postgres::PoolError;
use futures::future::try_join_all;
use tokio::time::timeout_at;
use tokio_postgres::{Row, SimpleQueryMessage, types::ToSql};

use super::{
    budget::{Budget, Spending},
    cancel::Canceller,
    error::{breaks_connection, domain_error},
    event_queue::EventQueue,
    pool::{Pool, Pooled},
    traffic::Passage,
};
use crate::domain::{DomainError, analytics::Event};

/// A connection whose work has a deadline. One whose deadline passed, or that broke, or that has a transaction open is
/// closed and not used again; so is one that is dropped in the middle of a statement, which is cancelled then.
pub struct Connection {
    object: Option<Pooled>,
    spending: Spending,
    canceller: Canceller,
    busy: bool,
    in_transaction: bool,
    events: Option<Arc<EventQueue>>,
    passage: Option<Passage>,
}

impl Connection {
    /// One of a pool, for what is left of a budget.
    pub(super) async fn take(pool: &Pool, budget: Budget, canceller: Canceller) -> Result<Self, DomainError> {
        let spending = budget.spend()?;
        match timeout_at(spending.deadline(), pool.get()).await {
            Ok(Ok(object)) => {
                let object = Some(object);
                Ok(Self {
                    object,
                    spending,
                    canceller,
                    busy: false,
                    in_transaction: false,
                    events: None,
                    passage: None,
                })
            }
            Ok(Err(PoolError::Backend(error))) => Err(domain_error(error)),
            Ok(Err(error)) => Err(DomainError::unavailable(error)),
            Err(elapsed) => Err(DomainError::unavailable(elapsed)),
        }
    }

    /// The same as that of a request, which others give way to, and whose new rows tell of themselves.
    pub(super) fn of_request(mut self, passage: Passage, events: Option<Arc<EventQueue>>) -> Self {
        self.passage = Some(passage);
        self.events = events;
        self
    }

    /// Runs one statement, prepared once a connection.
    pub async fn query(&mut self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DomainError> {
        let deadline = self.spending.deadline();
        self.busy = true;
        let object = self.object()?;
        let work = async {
            let statement = object.statement(sql).await?;
            object.query(&statement, params).await
        };
        let outcome = timeout_at(deadline, work).await;
        self.settle(outcome)
    }

    /// Runs statements one after the other, and waits for no answer before the next one is sent.
    pub async fn query_all<const N: usize>(
        &mut self,
        queries: [(&'static str, &[&(dyn ToSql + Sync)]); N],
    ) -> Result<[Vec<Row>; N], DomainError> {
        let deadline = self.spending.deadline();
        self.busy = true;
        let object = self.object()?;
        let work = async {
            let mut prepared = Vec::with_capacity(N);
            for (sql, params) in queries {
                prepared.push((object.statement(sql).await?, params));
            }
            try_join_all(prepared.iter().map(|(statement, params)| object.query(statement, params))).await
        };
        let outcome = timeout_at(deadline, work).await;
        let answers = self.settle(outcome)?;
        answers.try_into().map_err(|_| DomainError::internal("a statement without an answer"))
    }

    /// Runs one statement that answers at most one row.
    pub async fn query_opt(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, DomainError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Tells what has happened, now that it is committed.
    pub fn happened(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = &self.events {
            events.push(event());
        }
    }

    /// Opens a transaction; unless it is committed, the connection is closed and with it the transaction.
    pub async fn begin(&mut self) -> Result<(), DomainError> {
        self.in_transaction = true;
        self.batch("begin").await
    }

    /// Opens a transaction that reads, and sees one moment throughout.
    pub async fn begin_snapshot(&mut self) -> Result<(), DomainError> {
        self.in_transaction = true;
        self.batch("begin isolation level repeatable read read only").await
    }

    /// Commits the transaction.
    pub async fn commit(&mut self) -> Result<(), DomainError> {
        self.batch("commit").await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Runs statements that answer no rows.
    pub async fn batch(&mut self, sql: &str) -> Result<(), DomainError> {
        let deadline = self.spending.deadline();
        self.busy = true;
        let object = self.object()?;
        let outcome = timeout_at(deadline, object.batch_execute(sql)).await;
        self.settle(outcome)
    }

    /// Runs one statement of any kind, and answers its rows as texts.
    pub async fn texts(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, DomainError> {
        let deadline = self.spending.deadline();
        self.busy = true;
        let object = self.object()?;
        let one_statement = async {
            // The database prepares no more than one.
            object.prepare(sql).await?;
            object.simple_query(sql).await
        };
        let outcome = timeout_at(deadline, one_statement).await;
        self.settle(outcome)
    }

    fn object(&mut self) -> Result<&mut Pooled, DomainError> {
        self.object.as_mut().ok_or_else(|| DomainError::unavailable("the connection was closed"))
    }

    fn settle<T>(
        &mut self,
        outcome: Result<Result<T, tokio_postgres::Error>, tokio::time::error::Elapsed>,
    ) -> Result<T, DomainError> {
        self.busy = false;
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                if breaks_connection(&error) {
                    self.close();
                }
                Err(domain_error(error))
            }
            Err(elapsed) => {
                self.doubt();
                self.close();
                Err(DomainError::unavailable(elapsed))
            }
        }
    }

    /// What was given up may have added a row all the same.
    fn doubt(&self) {
        if let Some(events) = &self.events {
            events.doubt();
        }
    }

    fn close(&mut self) {
        let Some(client) = self.object.take().map(Pooled::take) else { return };
        if self.busy {
            self.doubt();
            self.canceller.cancel(client.cancel_token());
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.in_transaction || self.busy {
            self.close();
        }
    }
}
