//! How the cases went, as a table.

use std::fmt;

use crate::test::Line;

/// How each case of [`platform_conformance`](super::platform_conformance) went; printed, it is a table.
#[derive(Clone, Debug)]
pub struct Conformance {
    pub(super) platform: &'static str,
    pub(super) cases: Vec<Case>,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) result: Result<(), Stop>,
    /// The end of what crossed the wire.
    pub(super) wire: Vec<Line>,
}

/// Why a case did not pass.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The server has nothing of the kind.
    NotApplicable(String),
    Failed(String),
}

impl Conformance {
    /// The cases that passed.
    pub fn passed(&self) -> impl Iterator<Item = &'static str> {
        self.cases.iter().filter(|case| case.result.is_ok()).map(|case| case.name)
    }

    /// The cases that say nothing about this platform, each with its reason.
    pub fn not_applicable(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.cases.iter().filter_map(|case| match &case.result {
            Err(Stop::NotApplicable(why)) => Some((case.name, &**why)),
            _ => None,
        })
    }

    /// The cases that failed, each with its reason.
    pub fn failed(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.cases.iter().filter_map(|case| match &case.result {
            Err(Stop::Failed(why)) => Some((case.name, &**why)),
            _ => None,
        })
    }

    /// What failed, with what was seen on the wire.
    pub(super) fn failures(&self) -> String {
        let failed = self.cases.iter().filter_map(|case| match &case.result {
            Err(Stop::Failed(why)) => Some((case, why)),
            _ => None,
        });
        let told = failed.map(|(case, why)| {
            let lines: Vec<_> = case.wire.iter().map(|line| format!("    {line}\n")).collect();
            format!("{}: {why}\n  the last lines:\n{}", case.name, lines.concat())
        });
        told.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "conformance of `{}`", self.platform)?;
        let width = self.cases.iter().map(|case| case.name.len()).max().unwrap_or_default();
        for case in &self.cases {
            let name = case.name;
            match &case.result {
                Ok(()) => writeln!(f, "  {name:width$}  passed")?,
                Err(Stop::NotApplicable(why)) => writeln!(f, "  {name:width$}  not applicable: {why}")?,
                Err(Stop::Failed(why)) => writeln!(f, "  {name:width$}  FAILED: {why}")?,
            }
        }
        Ok(())
    }
}
