//! Which stage is running, and how long each took.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Shows stages on standard error: spinners on a terminal, one plain line per finished stage otherwise.
#[derive(Debug)]
pub struct Progress {
    bars: Option<MultiProgress>,
    quiet: bool,
}

/// A stage that is running. Dropped without [`Stage::done`] it disappears: whoever failed says why.
#[derive(Debug)]
pub struct Stage<'a> {
    progress: &'a Progress,
    bar: Option<ProgressBar>,
    name: String,
    started: Instant,
}

impl Progress {
    /// Progress for whoever reads standard error.
    #[must_use]
    pub fn new() -> Self {
        Self { bars: std::io::stderr().is_terminal().then(MultiProgress::new), quiet: false }
    }

    /// No progress: for programs that read the report.
    #[must_use]
    pub fn quiet() -> Self {
        Self { bars: None, quiet: true }
    }

    /// Begins a stage.
    pub fn stage(&self, name: &str) -> Stage<'_> {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner().with_style(style()).with_message(name.to_owned()));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Stage { progress: self, bar, name: name.to_owned(), started: Instant::now() }
    }

    /// Prints a line above the spinners.
    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.bars {
            // The terminal may be gone; there is nobody left to tell.
            Some(bars) => drop(bars.println(text)),
            None => eprintln!("{text}"),
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage<'_> {
    /// Ends the stage and says how long it took.
    pub fn done(mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.progress.line(&format!("{:>8}  {}", seconds(self.started.elapsed()), self.name));
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// `0.123 s`, `12.3 s`
#[must_use]
pub fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.3} s") } else { format!("{seconds:.1} s") }
}

fn style() -> ProgressStyle {
    // Elapsed time beside the name; the template is a constant, so the default is never reached.
    ProgressStyle::with_template("{elapsed:>8}  {spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}
