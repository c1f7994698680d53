//! The lines that reach a log, as a subscriber of `tracing` gets them.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, LazyLock, Mutex},
};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

/// Keeps every line of nova, as `LEVEL target field=value ..`.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<(Level, String)>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {}={value}", field.name());
    }
}

impl Log {
    /// Keeps what this thread's clients write until the guard is dropped.
    pub(super) fn open() -> (Self, DefaultGuard) {
        // While a process has one subscriber only, a line that another thread reaches first is asked of that thread, which has none, and
        // is off for all from then on: so there is always one more.
        static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Log::default()));
        let _another = &*ANOTHER;
        let log = Self::default();
        let guard = tracing::subscriber::set_default(log.clone());
        (log, guard)
    }

    /// The lines of this level and above.
    pub(super) fn lines(&self, least: Level) -> Vec<String> {
        let lines = self.0.lock().expect("whole");
        lines.iter().filter(|(level, _)| *level <= least).map(|(_, line)| line.clone()).collect()
    }
}

impl Subscriber for Log {
    fn enabled(&self, line: &Metadata<'_>) -> bool {
        line.target().starts_with("nova::")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let level = *event.metadata().level();
        let mut line = Line(format!("{level} {}", event.metadata().target()));
        event.record(&mut line);
        self.0.lock().expect("whole").push((level, line.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
