//! How much code a platform is: what decides, apart from message types and tables.

use std::{fs, path::Path};

/// Rooms that hold message types, remote procedures and tables of the venue's words.
const TYPES: [&str; 15] = [
    "account", "calls", "chat", "command", "dispatch", "event", "guild", "id", "intents", "market", "message", "order",
    "payload", "rpc", "trade",
];
/// Exact numbers: types, too.
const NUMBERS: [&str; 2] = ["number", "quantity"];

#[derive(Debug, Default)]
struct Lines {
    logic: usize,
    types: usize,
    tests: usize,
}

fn count(folder: &Path, lines: &mut Lines) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            count(&path, lines);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text");
        let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
        let room = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        *if path.components().any(|part| part.as_os_str() == "tests") || room == "tests" {
            &mut lines.tests
        } else if TYPES.contains(&room) || NUMBERS.contains(&room) {
            &mut lines.types
        } else {
            &mut lines.logic
        } += code;
    }
}

#[test]
fn what_is_special_of_a_platform_is_few_lines() {
    let platforms = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nova/src/platform");
    println!("{:<10} {:>6} {:>17} {:>6}", "platform", "logic", "types and tables", "tests");
    // A node forgets who listened: the missed part of its chain is fetched and put in order by the platform itself.
    for (name, most) in [("deribit", 650), ("bybit", 550), ("slack", 400), ("discord", 600), ("ethereum", 950)] {
        let mut lines = Lines::default();
        count(&platforms.join(name), &mut lines);
        println!("{name:<10} {:>6} {:>17} {:>6}", lines.logic, lines.types, lines.tests);
        assert!(lines.logic <= most, "{name}: {lines:?}");
    }
}
