//! A part that is under way keeps its session alive. One that takes longer than the session has left would be refused
//! after its last byte otherwise.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;

use super::{
    error::DomainError,
    model::Activity,
    ports::{PartBody, SessionAddress},
    uploads::Uploads,
};

/// How long to wait before the store is asked again when it did not answer. The bytes go on meanwhile.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// Looks after the session of a part while its bytes arrive. Nothing is asked of the store until the session is about to
/// end, so that parts which arrive fast cost nothing.
pub(super) struct KeepAlive {
    uploads: Uploads,
    session: SessionAddress,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    activity: Activity,
    next_look: DateTime<Utc>,
}

impl KeepAlive {
    /// For a session that this activity has left so.
    pub(super) fn new(uploads: &Uploads, session: SessionAddress, activity: Activity) -> Arc<Self> {
        let next_look = uploads.policy().extension.next_look(uploads.now(), activity.expires_at);
        Arc::new(Self { uploads: uploads.clone(), session, state: Mutex::new(State { activity, next_look }) })
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

    /// What has become of the session so far.
    pub(super) fn activity(&self) -> Activity {
        self.state().activity
    }

    async fn look_when_due(&self) -> Result<(), DomainError> {
        let (now, before) = (self.uploads.now(), self.state());
        if now < before.next_look {
            return Ok(());
        }
        let after = match self.uploads.extend(&self.session, "uploadPart").await {
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
