//! The page of promises: each stands on it once, the tests that it names exist, and what was measured is told of a promise, with a
//! command.

use std::{collections::BTreeSet, fs, path::Path};

const PAGE: &str = include_str!("../../docs/guides/reliability.md");

/// Promises of the cluster, the audit trail and the renewal of a link that are not made yet.
const LATER: [u32; 6] = [32, 36, 37, 38, 39, 40];

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(path).expect("a text"));
        }
    }
}

#[test]
fn each_promise_stands_there_once_with_tests_that_exist() {
    let mut code = String::new();
    for package in ["nova", "tests"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package), &mut code);
    }
    let mut promised = BTreeSet::new();
    for row in PAGE.lines().filter(|line| line.starts_with("| P")) {
        let fields: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [number, _, tests] = fields[..] else { panic!("not three fields: {row}") };
        let number: u32 = number[1..].parse().expect("a number");
        assert!(promised.insert(number), "P{number} stands there twice");
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "P{number} names no test");
        for name in names {
            assert!(code.contains(&format!("fn {name}(")), "P{number}: there is no test `{name}`");
        }
    }
    let all: BTreeSet<u32> = (1..=42).filter(|number| !LATER.contains(number)).collect();
    assert_eq!(promised, all);
}

#[test]
fn each_measurement_is_of_a_promise_and_has_the_command_that_prints_it() {
    let (_, measured) = PAGE.split_once("\n## Measured\n").expect("the section");
    let rows =
        measured.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| !line.is_empty());
    let mut count = 0;
    for row in rows {
        let fields: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, promises, figure, command] = fields[..] else { panic!("not four fields: {row}") };
        for promise in promises.split(", ").filter(|promise| *promise != "all") {
            assert!(PAGE.contains(&format!("\n| {promise} | ")), "{promise} is not promised: {row}");
        }
        assert!(figure.contains(|at: char| at.is_ascii_digit()), "no figure: {row}");
        assert!(command.starts_with('`') && command.ends_with('`'), "no command: {row}");
        count += 1;
    }
    assert!(count > 10, "the table was not read: {count}");
}
