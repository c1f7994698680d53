//! nova beside the crates that people use for the same, on the same workloads.
//!
//! ```sh
//! cargo run --release --manifest-path benches/peers/Cargo.toml [-- ROW...]
//! ```

mod measure;
mod others;
mod rows;

use std::{error::Error, fs, path::Path, process::ExitCode};

use benches::server;
use measure::{Row, Told, Unit};
use serde::Serialize;

/// Where the figures go, for programs.
const FIGURES: &str = "target/peers.json";

#[derive(Serialize)]
struct Figures {
    row: &'static str,
    what: &'static str,
    count: u64,
    unit: Unit,
    arms: Vec<Told>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if let Some(ended) = server::told() {
        return Ok(ended);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rows = rows::all();
    if let Some(unknown) = arguments.iter().find(|name| rows.iter().all(|row| row.name != **name)) {
        let names: Vec<_> = rows.iter().map(|row| row.name).collect();
        eprintln!("there is no row `{unknown}`; the rows are {}", names.join(", "));
        return Ok(ExitCode::from(2));
    }
    let mut figures = Vec::new();
    for row in rows.into_iter().filter(|row| arguments.is_empty() || arguments.iter().any(|name| name == row.name)) {
        let arms = row.run()?;
        show(&row, &arms);
        figures.push(Figures { row: row.name, what: row.what, count: row.count, unit: row.unit, arms });
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIGURES);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    fs::write(&path, serde_json::to_string_pretty(&figures)?)?;
    println!("\nalso in {}", path.display());
    // A must that is missed stands in the table; an arm that lost something is no measurement.
    let wrong = figures.iter().flat_map(|row| &row.arms).any(|told| told.wrong);
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(row: &Row, arms: &[Told]) {
    let unit = match row.unit {
        Unit::CpuNanos => "CPU ns each",
        Unit::PerSecond => "a second",
        Unit::Millis => "ms",
    };
    println!("\n{}: {} ({} times, {} rounds)", row.name, row.what, row.count, row.rounds);
    println!("{:<26} {unit:>12}   {:>10}  {:<16} {:<20}", "", "nova / it", "quartiles", "goal");
    for told in arms {
        let (Told { arm, value, ratio, quartiles: (low, high), verdict, .. }, goal) = (told, told.goal.to_string());
        println!("{arm:<26} {value:>12.0}   {ratio:>10.3}  {low:.3} - {high:<7.3} {goal:<20}  {verdict}");
    }
}
