//! What each case should come to, and how a run differs from it.

use std::collections::BTreeMap;

use serde_json::Value;

const EXPECTED: &str = include_str!("expected.txt");
/// What may be expected at all, and of what besides: the last only where the client does not offer what the case is about.
const PASSED: [&str; 3] = ["OK", "NON-STRICT", "INFORMATIONAL"];
const SKIPPED: &str = "UNIMPLEMENTED";
/// The suite has so many cases.
const CASES: usize = 517;

/// A case's number, sorted as numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case(Vec<u32>);

impl Case {
    fn parse(text: &str) -> Self {
        Self(text.split('.').map(|part| part.parse().unwrap_or_else(|_| panic!("{text} is no case"))).collect())
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> = self.0.iter().map(u32::to_string).collect();
        f.pad(&parts.join("."))
    }
}

/// What the client did with the frames of a case, and with its closing.
pub(crate) type Verdict = (String, String);

/// The verdicts of a report's `index.json`.
pub(crate) fn verdicts(index: &str) -> BTreeMap<Case, Verdict> {
    let index: Value = serde_json::from_str(index).unwrap();
    let cases = index["nova"].as_object().expect("the client's name");
    let said = |of: &Value, key: &str| of[key].as_str().unwrap_or("nothing").to_owned();
    let verdict = |of: &Value| (said(of, "behavior"), said(of, "behaviorClose"));
    cases.iter().map(|(case, of)| (Case::parse(case), verdict(of))).collect()
}

/// How often each behaviour was seen.
pub(crate) fn counts(verdicts: &BTreeMap<Case, Verdict>) -> String {
    let mut counts = BTreeMap::new();
    for (behaviour, _) in verdicts.values() {
        *counts.entry(behaviour).or_insert(0) += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(behaviour, count)| format!("{count} {behaviour}")).collect();
    format!("{} cases, {}", verdicts.len(), counts.join(", "))
}

/// One line a case that came to something else than what is expected of it.
pub(crate) fn differences(verdicts: &BTreeMap<Case, Verdict>) -> Vec<String> {
    compare(&read(EXPECTED), verdicts)
}

fn compare(expected: &BTreeMap<Case, Verdict>, verdicts: &BTreeMap<Case, Verdict>) -> Vec<String> {
    let mut differences = Vec::new();
    for (case, (behaviour, close)) in expected {
        match verdicts.get(case) {
            Some(have) if one_of(behaviour, &have.0) && one_of(close, &have.1) => {}
            Some((have, at_close)) => {
                differences.push(format!("{case}: {have}, closing {at_close}; expected {behaviour}, closing {close}"));
            }
            None => differences.push(format!("{case}: did not run")),
        }
    }
    let unknown = verdicts.keys().filter(|case| !expected.contains_key(case));
    differences.extend(unknown.map(|case| format!("{case}: nothing is expected of it")));
    differences
}

/// Whether `have` is among the words of `expected`, which has `|` between them.
fn one_of(expected: &str, have: &str) -> bool {
    expected.split('|').any(|one| one == have)
}

/// Lines of `case behaviour closing`; `12.1.1-18` stands for 12.1.1 to 12.1.18.
fn read(text: &str) -> BTreeMap<Case, Verdict> {
    let mut expected = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [cases, behaviour, close] = words[..] else { panic!("not `case behaviour closing`: {line}") };
        let (first, last) = cases.split_once('-').map_or((cases, None), |(first, last)| (first, last.parse().ok()));
        let mut case = Case::parse(first);
        let last = last.unwrap_or(case.0[case.0.len() - 1]);
        while case.0[case.0.len() - 1] <= last {
            assert!(
                expected.insert(case.clone(), (behaviour.into(), close.into())).is_none(),
                "{case} stands there twice"
            );
            *case.0.last_mut().unwrap() += 1;
        }
    }
    expected
}

#[test]
fn what_is_expected_is_a_pass_of_every_case() {
    let expected = read(EXPECTED);
    assert_eq!(expected.len(), CASES);
    for (case, (behaviour, close)) in &expected {
        let skipped = behaviour == SKIPPED && matches!(case.0[0], 12 | 13);
        let passed = |words: &str| words.split('|').all(|word| PASSED.contains(&word));
        assert!((skipped || passed(behaviour)) && passed(close), "{case} is expected to fail");
    }
    assert_eq!(expected.values().filter(|(behaviour, _)| behaviour != SKIPPED).count(), 301);
}

#[test]
fn a_difference_is_told_case_by_case() {
    let expected = read("# a comment\n1.1.1-2 OK OK\n3.2 OK|NON-STRICT OK\n12.1.1 UNIMPLEMENTED OK\n");
    let have = r#"{"nova": {"1.1.1": {"behavior": "OK", "behaviorClose": "OK"}, "3.2": {"behavior": "NON-STRICT",
        "behaviorClose": "FAILED"}, "12.1.1": {"behavior": "OK", "behaviorClose": "OK"}, "1.1.10": {}}}"#;
    let verdicts = verdicts(have);
    let told = [
        "1.1.2: did not run",
        "3.2: NON-STRICT, closing FAILED; expected OK|NON-STRICT, closing OK",
        "12.1.1: OK, closing OK; expected UNIMPLEMENTED, closing OK",
        "1.1.10: nothing is expected of it",
    ];
    assert_eq!(compare(&expected, &verdicts), told);
    assert_eq!(counts(&verdicts), "4 cases, 1 NON-STRICT, 2 OK, 1 nothing");
}
