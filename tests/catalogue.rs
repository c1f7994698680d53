//! The failure catalogue against the tests that carry its numbers.
//!
//! A promise without a test is a wish: this counts how many rows of `catalogue.txt` a test proves, says why the others are open,
//! and fails where a test names a row that does not exist or a row has neither a test nor a reason.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug)]
struct Row<'a> {
    case: &'a str,
    reason: &'a str,
}

fn rows(text: &str) -> BTreeMap<u16, Row<'_>> {
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [number, case, reason] = fields[..] else { panic!("not `number | case | reason`: {line}") };
        let number = number.strip_prefix('R').and_then(|digits| digits.parse().ok());
        let number = number.unwrap_or_else(|| panic!("not a row's number: {line}"));
        assert!(rows.insert(number, Row { case, reason }).is_none(), "R{number} stands there twice");
    }
    rows
}

/// The names of functions like `r029_…`, whatever the number of digits.
fn named_after_rows(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.split("fn r").skip(1).filter_map(|rest| {
        let name = rest.split(|c: char| c != '_' && !c.is_alphanumeric()).next()?;
        let (number, what) = name.split_once('_')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !what.is_empty()).then_some((number, name))
    })
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let skipped = path.file_name().is_some_and(|name| name == "target" || name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !skipped {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_row_has_a_test_or_a_reason_and_every_numbered_test_a_row() {
    let rows = rows(include_str!("catalogue.txt"));
    let mut tested = BTreeSet::new();
    let mut faults = Vec::new();

    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for package in ["nova", "nova-macros", "tests", "examples"] {
        rust_files(&workspace.join(package), &mut files);
    }
    for file in files.iter().filter(|file| !file.ends_with("tests/catalogue.rs")) {
        let source = fs::read_to_string(file).unwrap();
        for (number, name) in named_after_rows(&source) {
            match number.parse() {
                Ok(row) if rows.contains_key(&row) => drop(tested.insert(row)),
                _ => faults.push(format!("{}: r{name} names no row of the catalogue", file.display())),
            }
        }
    }

    println!("catalogue {}/{}", tested.len(), rows.len());
    for (number, row) in &rows {
        match (tested.contains(number), row.reason) {
            (false, "") => faults.push(format!("R{number} ({}) has neither a test nor a reason", row.case)),
            (false, reason) => println!("  R{number:<3} open: {} ({reason})", row.case),
            (true, "" | "due") => {}
            (true, reason) => println!("  R{number:<3} in part: {} ({reason})", row.case),
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn only_functions_with_a_number_and_a_name_count() {
    let source =
        "fn r029_wrong_accept() {} async fn r1_short() {} fn run_all() {} fn r7() {} fn r_x() {} // r030_in_a_comment";
    assert_eq!(named_after_rows(source).collect::<Vec<_>>(), [("029", "029_wrong_accept"), ("1", "1_short")]);
}

#[test]
fn the_catalogue_is_complete() {
    assert!(rows(include_str!("catalogue.txt")).into_keys().eq(1..=113));
}
