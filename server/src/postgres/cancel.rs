//! Telling the database to give up a statement whose answer nobody waits for any more.

use std::time::Duration;

use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::CancelToken;
use tokio_util::task::TaskTracker;

use super::connect::FirstToAnswer;

/// How long telling it may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Cancels statements. Clones share what is under way.
#[derive(Clone)]
pub struct Canceller {
    connector: FirstToAnswer,
    under_way: TaskTracker,
}

impl Canceller {
    pub fn new(connector: FirstToAnswer) -> Self {
        let under_way = TaskTracker::new();
        // It is waited for whenever somebody asks, and takes new ones all the same.
        under_way.close();
        Self { connector, under_way }
    }

    /// Has the statement of a connection cancelled, without waiting for it.
    pub fn cancel(&self, statement: CancelToken) {
        let Ok(runtime) = Handle::try_current() else { return };
        let connector = self.connector.clone();
        let cancelling = async move {
            match timeout(LIMIT, connector.cancel(statement)).await {
                Ok(Ok(())) => {}
                // Its time limit ends the statement then.
                Ok(Err(error)) => tracing::debug!(%error, "a statement could not be cancelled"),
                Err(_) => tracing::debug!("the database did not take the cancelling of a statement"),
            }
        };
        self.under_way.spawn_on(cancelling, &runtime);
    }

    /// Waits until the database has been told of all of them.
    pub async fn all_told(&self) {
        self.under_way.wait().await;
    }
}
