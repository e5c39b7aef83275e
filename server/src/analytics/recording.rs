//! Records the events of new rows while they come in, and looks for those that are missing.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::pace::{PATIENCE, Portion, SHORT_PATIENCE, Setback};
use crate::{
    causes::with_causes,
    domain::{DomainError, ports::Clock},
    postgres::{Database, Look, PgRecorder},
};

/// How often new rows are looked at for events that are missing, by all processes together.
const LOOK_EVERY: Duration = Duration::from_secs(300);
/// How long after a doubt whether all are there, at least: a statement that was given up is over then, and many doubts share
/// one look.
const IN_DOUBT: Duration = Duration::from_secs(5);
/// The rest between two pages of a look, at least.
const LOOK_REST: Duration = Duration::from_millis(10);

/// Works without end. It may be dropped at any point: events that are not recorded yet wait again.
pub async fn record(database: Database, clock: Arc<dyn Clock>) -> Infallible {
    let recorder = database.recorder();
    let (mut portion, mut setback) = (Portion::new(), Setback::default());
    let mut looks = Looks::new(Instant::now());
    loop {
        let patience = if looks.under_way.is_some() { SHORT_PATIENCE } else { PATIENCE };
        let wanted = portion.next(database.few_requests(), patience).await;
        match recorder.record(usize::try_from(wanted).unwrap_or(1)).await {
            Ok(recorded) => {
                let recorded = i64::try_from(recorded).unwrap_or(wanted);
                let rest = portion.worked(recorded, wanted);
                if setback.is_over() {
                    tracing::info!("events of new rows are recorded again");
                }
                looks.heed(&database);
                let began = Instant::now();
                // Not while events wait: they would be found missing.
                let more = recorded < wanted && looks.go_on(&recorder, clock.as_ref()).await;
                sleep(if more { LOOK_REST.max(began.elapsed()) } else { rest }).await;
            }
            Err(error) => {
                portion.failed(wanted);
                tracing::warn!(
                    error = with_causes(&error),
                    "events of new rows cannot be recorded; trying again later"
                );
                sleep(setback.next()).await;
            }
        }
    }
}

/// Looks for events that are missing: one when the process begins, one when some may be missing, and others at intervals.
struct Looks {
    under_way: Option<Look>,
    due: Instant,
    /// Whether to look whoever else has just done so: this process knows of a reason.
    at_once: bool,
    setback: Setback,
}

impl Looks {
    fn new(now: Instant) -> Self {
        Self { under_way: None, due: now, at_once: true, setback: Setback::default() }
    }

    /// Has a look begin soon when there is a doubt. One that comes while such a look is due or under way has another one
    /// begin after it.
    fn heed(&mut self, database: &Database) {
        if self.under_way.is_none() && !self.at_once && database.events().take_doubt() {
            self.at_once = true;
            self.due = self.due.min(Instant::now() + IN_DOUBT.max(database.deadline()));
        }
    }

    /// Looks at one page when it is time to, and tells whether there are more.
    async fn go_on(&mut self, recorder: &PgRecorder, clock: &dyn Clock) -> bool {
        let now = Instant::now();
        if now < self.due {
            return false;
        }
        match self.next_page(recorder, clock).await {
            Ok(look) => {
                self.setback.is_over();
                self.at_once = false;
                self.under_way = look;
                if self.under_way.is_none() {
                    self.due = now + LOOK_EVERY;
                }
            }
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "cannot look for events that are missing");
                self.under_way = None;
                self.at_once = true;
                self.due = now + self.setback.next();
            }
        }
        self.under_way.is_some()
    }

    async fn next_page(&mut self, recorder: &PgRecorder, clock: &dyn Clock) -> Result<Option<Look>, DomainError> {
        let look = match self.under_way.take() {
            Some(look) => Some(look),
            None if self.at_once => recorder.begin_look_at_once(clock.now()).await?,
            None => recorder.begin_look(clock.now(), LOOK_EVERY).await?,
        };
        match look {
            Some(look) => recorder.go_on(look).await,
            None => Ok(None),
        }
    }
}
