//! What is shown while the job runs: one line that is rewritten on a terminal, a line a second elsewhere, nothing for `--json`.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use nova::{Cause, State, Transition};
use tokio::time::Instant;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Silent,
    Lines,
    Terminal,
}

/// Colours, where there are any.
#[derive(Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    pub(crate) fn state(self, state: &str) -> &'static str {
        match (self.0, state) {
            (false, _) => "",
            (true, state) if state.starts_with("ready") => "\x1b[32m",
            (true, "backoff" | "suspended" | "failed") => "\x1b[31m",
            (true, _) => "\x1b[33m",
        }
    }

    pub(crate) fn off(self) -> &'static str {
        if self.0 { "\x1b[0m" } else { "" }
    }
}

pub(crate) struct Screen {
    mode: Mode,
    paint: Paint,
    start: Instant,
    shown: Option<Instant>,
    prices: BTreeMap<String, f64>,
}

impl Screen {
    pub(crate) fn new(silent: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let mode = match (silent, terminal) {
            (true, _) => Mode::Silent,
            (false, true) => Mode::Terminal,
            (false, false) => Mode::Lines,
        };
        Self { mode, paint: Paint(terminal && !plain), start: Instant::now(), shown: None, prices: BTreeMap::new() }
    }

    pub(crate) fn paint(&self) -> Paint {
        self.paint
    }

    pub(crate) fn price(&mut self, instrument: String, price: f64, state: State) {
        self.prices.insert(instrument, price);
        self.refresh(state, None);
    }

    /// A change of state, which is shown at once.
    pub(crate) fn step(&mut self, step: &Transition) {
        self.refresh(step.to, Some(&step.cause));
    }

    fn refresh(&mut self, state: State, cause: Option<&Cause>) {
        let pause = match self.mode {
            Mode::Silent => return,
            Mode::Lines => Duration::from_secs(1),
            Mode::Terminal => Duration::from_millis(100),
        };
        let now = Instant::now();
        if cause.is_none() && self.shown.is_some_and(|shown| now - shown < pause) {
            return;
        }
        self.shown = Some(now);
        let mut line = format!("{:6.1} s  ", (now - self.start).as_secs_f64());
        let (colour, off) = (self.paint.state(state.name()), self.paint.off());
        let _ = write!(line, "{colour}{:<14}{off}", state.name());
        for (instrument, price) in &self.prices {
            let _ = write!(line, "  {instrument} {price:>10.2}");
        }
        // The line of a terminal must not grow longer than the terminal is wide.
        if let (Mode::Lines, Some(error @ Cause::Error(_))) = (self.mode, cause) {
            let _ = write!(line, "  {error}");
        }
        self.put(&line);
    }

    /// Whoever has stopped reading misses the lines; the summary says so by its status.
    fn put(&self, line: &str) {
        let mut out = io::stdout();
        let _ = match self.mode {
            Mode::Silent => Ok(()),
            Mode::Lines => writeln!(out, "{line}"),
            Mode::Terminal => write!(out, "\r\x1b[2K{line}").and_then(|()| out.flush()),
        };
    }

    /// Leaves the updating line for what follows.
    pub(crate) fn finish(&self) {
        if self.mode == Mode::Terminal {
            let _ = writeln!(io::stdout());
        }
    }
}
