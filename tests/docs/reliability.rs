//! The page of promises: each stands on it once, and the tests that it names exist.

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
