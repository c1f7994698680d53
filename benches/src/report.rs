//! What a benchmark found: a table to read, and the same as a JSON file beside the build, of which the plot is made.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::{Deserialize, Serialize};

use crate::{
    arms::Outcome,
    goals::{Goal, Verdict},
    plot,
    rounds::Spread,
    server,
};

/// The plot of all ratios that have goals.
const PLOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guides/performance.svg");

/// What a benchmark found so far.
#[derive(Debug)]
pub struct Report {
    name: &'static str,
    rows: Vec<Row>,
    passed: bool,
}

/// A ratio.
#[derive(Debug, Deserialize, Serialize)]
pub struct Row {
    /// What it is of.
    pub what: String,
    /// Its median, or its only value.
    pub ratio: f64,
    /// Its quartiles, where it was measured more than once.
    pub quartiles: Option<(f64, f64)>,
    /// What it must be, and the aim.
    pub marks: Option<(f64, f64)>,
    /// How it stands to them.
    pub verdict: String,
}

/// Runs the benchmark of this name, and says what it found; a run that was started as a server is one instead.
pub fn run(name: &'static str, measure: impl FnOnce(&mut Report) -> Outcome) -> ExitCode {
    server::told().unwrap_or_else(|| {
        let mut report = Report::new(name);
        match measure(&mut report) {
            Ok(()) => report.finish(),
            Err(complaint) => failed(&complaint),
        }
    })
}

impl Report {
    fn new(name: &'static str) -> Self {
        println!("{name}");
        Self { name, rows: Vec::new(), passed: true }
    }

    /// What one arm costs, told only.
    pub fn cost(&self, what: &str, value: f64, unit: &str) {
        println!("  {what:<44} {value:>10.1} {unit}");
    }

    /// A ratio of rounds.
    pub fn ratio(&mut self, what: impl Into<String>, spread: Spread, goal: Goal) {
        let verdict =
            if spread.is_noisy() && goal != Goal::None { Verdict::TooNoisy } else { goal.judge(spread.median) };
        self.row(what.into(), spread.median, Some(spread.quartiles), goal, verdict);
    }

    /// A value that is what it is.
    pub fn value(&mut self, what: impl Into<String>, value: f64, goal: Goal) {
        self.row(what.into(), value, None, goal, goal.judge(value));
    }

    fn row(&mut self, what: String, ratio: f64, quartiles: Option<(f64, f64)>, goal: Goal, verdict: Verdict) {
        let between = quartiles.map(|(low, high)| format!("[{low:.2} to {high:.2}]")).unwrap_or_default();
        println!("  {what:<44} {ratio:>6.2} {between:<18} {:<20} {verdict}", goal.to_string());
        self.passed &= !matches!(verdict, Verdict::Missed | Verdict::TooNoisy);
        self.rows.push(Row { what, ratio, quartiles, marks: goal.marks(), verdict: verdict.to_string() });
    }

    /// Writes the file, with `--plot` also the plot. Anything missed, or too noisy to say, is a failure.
    fn finish(self) -> ExitCode {
        match self.write() {
            Ok(file) => println!("  {}", file.display()),
            Err(error) => {
                println!("{}: {error}", self.name);
                return ExitCode::FAILURE;
            }
        }
        if self.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn write(&self) -> Outcome<PathBuf> {
        let folder = folder()?;
        let file = folder.join(self.name).with_extension("json");
        let text = serde_json::to_string_pretty(&self.rows).map_err(|error| error.to_string())?;
        fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text)).map_err(|error| error.to_string())?;
        if env::args().any(|argument| argument == "--plot") {
            fs::write(PLOT, plot::draw(&judged(&folder))).map_err(|error| format!("{PLOT}: {error}"))?;
        }
        Ok(file)
    }
}

/// Says what went wrong where nothing could be measured.
pub fn failed(complaint: &str) -> ExitCode {
    println!("{complaint}");
    ExitCode::FAILURE
}

/// `bench` in the folder that is built into.
fn folder() -> Outcome<PathBuf> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let target = program.ancestors().nth(3).ok_or("the program lies nowhere")?;
    Ok(target.join("bench"))
}

/// All ratios with goals that any benchmark has left there.
fn judged(folder: &Path) -> Vec<Row> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    let rows = files.iter().filter_map(|file| serde_json::from_str::<Vec<Row>>(&fs::read_to_string(file).ok()?).ok());
    rows.flatten().filter(|row| row.marks.is_some()).collect()
}
