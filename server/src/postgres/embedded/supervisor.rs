//! Starts the server again when it was killed.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    EmbeddedSettings, Progress,
    layout::Layout,
    postmaster::{self, Postmaster},
};

const LOOK: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Watches the server until `stopping`. Of several processes that watch it, one at a time starts it again.
pub async fn supervise(layout: Layout, settings: EmbeddedSettings, stopping: CancellationToken) {
    let progress: Progress = Arc::new(|message| tracing::warn!("{message}"));
    let mut pause = LOOK;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = sleep(pause) => {}
        }
        // What cannot be known now is asked again.
        if !matches!(Postmaster::find(&layout), Ok(None)) {
            pause = LOOK;
            continue;
        }
        tracing::warn!("PostgreSQL has ended; starting it again");
        let restarted = tokio::select! {
            () = stopping.cancelled() => return,
            restarted = restart(&layout, &settings, &progress) => restarted,
        };
        if let Err(error) = restarted {
            tracing::error!(%error, "PostgreSQL could not be started again");
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

async fn restart(
    layout: &Layout,
    settings: &EmbeddedSettings,
    progress: &Progress,
) -> Result<(), super::EmbeddedError> {
    let _turn = layout.take_turn().await?;
    postmaster::ensure(layout, settings, progress).await
}
