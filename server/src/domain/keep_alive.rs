//! Work that is under way keeps its session alive: a part while its bytes arrive, and a completion while the parts are put
//! together. What takes longer than the session has left would be in vain otherwise.

use std::{
    convert::Infallible,
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use tokio::time::sleep;

use super::{
    error::DomainError,
    model::Activity,
    ports::{PartBody, SessionAddress},
    uploads::Uploads,
};

/// How long to wait before the store is asked again when it did not answer. The bytes go on meanwhile.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// How often work without bytes looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// Looks after a session while something is done in it. Nothing is asked of the store until the session is about to end, so
/// that what is done fast costs nothing.
pub(super) struct KeepAlive {
    uploads: Uploads,
    session: SessionAddress,
    action: &'static str,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    activity: Activity,
    next_look: DateTime<Utc>,
}

impl KeepAlive {
    /// For an action in a session that its beginning has left so.
    pub(super) fn new(
        uploads: &Uploads,
        session: SessionAddress,
        action: &'static str,
        activity: Activity,
    ) -> Arc<Self> {
        let next_look = uploads.policy().extension.next_look(uploads.now(), activity.expires_at);
        let state = Mutex::new(State { activity, next_look });
        Arc::new(Self { uploads: uploads.clone(), session, action, state })
    }

    /// The same bytes, each of which is activity. They end in an error when the session has ended.
    pub(super) fn watch(self: &Arc<Self>, body: PartBody) -> PartBody {
        let this = Arc::clone(self);
        body.then(move |bytes| {
            let this = Arc::clone(&this);
            async move {
                let bytes = bytes?;
                this.look_when_due().await?;
                Ok::<_, DomainError>(bytes)
            }
        })
        .boxed()
    }

    /// The outcome of work that is activity as long as it goes on, with the time that it waits for its turn. It goes on when
    /// the session has ended: what is done next finds that out.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let looks = async {
            while self.look_when_due().await.is_ok() {
                sleep(TICK).await;
            }
            pending::<Infallible>().await
        };
        tokio::select! {
            outcome = work => outcome,
            never = looks => match never {},
        }
    }

    /// What has become of the session so far.
    pub(super) fn activity(&self) -> Activity {
        self.state().activity
    }

    async fn look_when_due(&self) -> Result<(), DomainError> {
        let (now, before) = (self.uploads.now(), self.state());
        if now < before.next_look {
            return Ok(());
        }
        let after = match self.uploads.extend(&self.session, self.action).await {
            Ok(activity) => {
                let next_look = self.uploads.policy().extension.next_look(now, activity.expires_at);
                State { activity: activity.after(before.activity), next_look }
            }
            Err(DomainError::Unavailable(_)) => State { next_look: now + PAUSE, ..before },
            Err(ended) => return Err(ended),
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(())
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
