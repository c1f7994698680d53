//! What a failing scenario says: what was expected, what came, and what crossed the wire before.

use std::{fmt::Write, time::Duration};

use crate::{
    seed,
    test::{Line, transcript::clock},
};

/// Why a scenario failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// Where: a step, a connection.
    pub(super) place: String,
    pub(super) expected: String,
    pub(super) came: String,
    /// What exactly was different, where that can be said.
    pub(super) difference: Option<String>,
    /// Whether what came is the last line of the transcript.
    frame: bool,
}

impl Failure {
    /// How many lines of the transcript are shown.
    pub(super) const LINES: usize = 12;

    pub(super) fn new(expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self { place: String::new(), expected: expected.into(), came: came.into(), difference: None, frame: false }
    }

    pub(super) fn at(self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self }
    }

    /// What came is a frame, and the last line of the transcript.
    pub(super) fn with_frame(self) -> Self {
        Self { frame: true, ..self }
    }

    pub(super) fn because(self, difference: Option<String>) -> Self {
        Self { difference: difference.filter(|text| !text.is_empty()), ..self }
    }

    /// The whole message. The transcript is shown as a difference: `-` what should be there, `+` what came instead.
    pub(super) fn report(&self, at: Duration, lines: &[Line]) -> String {
        let Self { place, expected, came, difference, frame } = self;
        let at = clock(at);
        let mut text = format!("the scenario failed {at} after the start{place}\n");
        let mut say = |line: std::fmt::Arguments<'_>| {
            // Writing to a String cannot fail.
            let _ = text.write_fmt(line);
            text.push('\n');
        };
        say(format_args!("  expected: {expected}"));
        say(format_args!("  came:     {came}"));
        if let Some(difference) = difference {
            say(format_args!("  differs:  {difference}"));
        }
        say(format_args!("  the last lines:"));
        let (before, came) = match lines.split_last() {
            Some((last, before)) if *frame => (before, last.to_string()),
            _ => (lines, format!("{at:>10} {came}")),
        };
        for line in before {
            say(format_args!("      {line}"));
        }
        say(format_args!("    - {at:>10} {expected}"));
        say(format_args!("    + {came}"));
        if let Some(seed) = seed::told() {
            say(format_args!("  the seed: NOVA_TEST_SEED={seed}"));
        }
        text
    }
}
