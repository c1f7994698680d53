//! The main job: a venue, an annotated client, live prices, two cuts of the link, one login that runs out, and a summary.
//!
//! ```sh
//! cargo run -p examples --example quickstart -- --help
//! ```

mod args;
mod job;
mod report;
mod screen;
mod tally;
mod trouble;

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

use self::{report::Report, screen::Screen};

const MISSING: u8 = 1;
const USAGE: u8 = 2;
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match args::parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return said(&writeln!(io::stdout(), "{}", args::HELP), ExitCode::SUCCESS),
        Err(refusal) => return said(&writeln!(io::stderr(), "{refusal}"), ExitCode::from(USAGE)),
    };
    let mut screen = Screen::new(options.json);
    let report = match job::run(options, &mut screen).await {
        Ok(report) => report,
        Err(error) => return said(&writeln!(io::stderr(), "quickstart: {error}"), ExitCode::from(MISSING)),
    };
    let told =
        if options.json { report.write_json(io::stdout()) } else { report.write_text(io::stdout(), screen.paint()) };
    said(&told, status(&report))
}

fn status(report: &Report) -> ExitCode {
    if report.interrupted {
        ExitCode::from(INTERRUPTED)
    } else if report.missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(MISSING)
    }
}

/// The status, unless what was said reached nobody.
fn said(told: &io::Result<()>, status: ExitCode) -> ExitCode {
    if told.is_ok() { status } else { ExitCode::from(MISSING) }
}
