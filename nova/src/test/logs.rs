//! The log of one test: kept in memory, shown only where the test fails.
//!
//! A subscriber of its own, for the whole of `tracing-subscriber` would be built for a list of lines. Spans are accepted and not
//! shown: nova opens none.

use std::{
    collections::VecDeque,
    fmt::{self, Write},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use tokio::time::Instant;
use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

/// Lines kept; the oldest go first.
const KEPT: usize = 200;

/// Everything that was logged by a test.
#[derive(Clone, Debug)]
pub(super) struct Log {
    lines: Arc<Mutex<Lines>>,
}

#[derive(Debug)]
struct Lines {
    start: Instant,
    last: VecDeque<String>,
    dropped: u64,
}

impl Log {
    pub(super) fn new() -> Self {
        let lines = Lines { start: Instant::now(), last: VecDeque::new(), dropped: 0 };
        Self { lines: Arc::new(Mutex::new(lines)) }
    }

    /// The test begins: from here on its time is counted.
    pub(super) fn begin(&self) {
        self.lines().start = Instant::now();
    }

    /// Runs `f`, and writes down what is logged on this thread meanwhile.
    pub(super) fn during<T>(&self, f: impl FnOnce() -> T) -> T {
        // With one subscriber alive, tracing asks only the thread that comes to a place first whether it is wanted, and remembers its
        // no. A second one makes it ask all of them.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(Self::new()));
        tracing::subscriber::with_default(self.clone(), f)
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        if lines.dropped > 0 {
            writeln!(f, "(and {} lines before)", lines.dropped)?;
        }
        lines.last.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::DEBUG
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn event(&self, event: &Event<'_>) {
        let (at, about) = (self.lines().start.elapsed().as_secs_f64(), event.metadata());
        let mut line = Line(format!("{at:>10.3} {:>5} {}", about.level(), about.target()));
        event.record(&mut line);
        let mut lines = self.lines();
        if lines.last.len() == KEPT {
            lines.last.pop_front();
            lines.dropped += 1;
        }
        lines.last.push_back(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// One line in the making.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) {
        tracing::debug!(target: "nova::tests", number = 5, text, "said");
    }

    #[test]
    fn each_test_has_its_own_log_and_only_the_last_lines_are_kept() {
        log("before anybody listens");
        let (one, other) = (Log::new(), Log::new());
        std::thread::scope(|scope| {
            for (text, mine) in [("one", &one), ("other", &other)] {
                scope.spawn(move || mine.during(|| (0..KEPT + 5).for_each(|_| log(text))));
            }
        });
        log("after");
        for (text, mine) in [("one", one), ("other", other)] {
            let shown = mine.to_string();
            let lines: Vec<_> = shown.lines().collect();
            assert_eq!((lines.len(), lines[0]), (KEPT + 1, "(and 5 lines before)"));
            let written = format!("DEBUG nova::tests said number=5 text={text}");
            assert!(lines[1..].iter().all(|line| line.ends_with(&written)), "{shown}");
        }
    }

    #[test]
    fn another_thread_that_comes_first_takes_nothing_away() {
        fn say() {
            tracing::info!("said here only");
        }
        let mine = Log::new();
        mine.during(|| {
            std::thread::spawn(say).join().expect("nobody listens there");
            say();
        });
        assert!(mine.to_string().contains("said here only"), "{mine}");
    }

    #[test]
    fn traces_are_left_out() {
        let mine = Log::new();
        mine.during(|| tracing::trace!("a frame"));
        assert_eq!(mine.to_string(), "");
    }
}
