//! `#[nova::client(..)]` as users meet it: what compiles, what it becomes, and what the compiler says to mistakes.
//!
//! `TRYBUILD=overwrite` renews the messages beside `ui/*.rs`.

#[allow(dead_code, reason = "the macro's own table; a test needs only the names")]
#[path = "../nova-macros/src/names.rs"]
mod names;
#[path = "macros/paste.rs"]
mod paste;
#[path = "macros/shapes.rs"]
mod shapes;

use names::{BEHAVIOURS, CLUSTERS, CODECS, Names, PLATFORMS, PROFILES, STRATEGIES};
use std::{fmt::Write as _, fs, path::PathBuf};

#[test]
fn mistakes_are_told_and_every_name_builds_a_client() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    cases.pass(every_name());
}

/// A program with a client for each name that the macro knows.
fn every_name() -> PathBuf {
    let mut clients = String::new();
    let mut checks = String::new();
    for (name, _) in PLATFORMS.items {
        let client = format!("Platform{}", checks.lines().count());
        let _ = writeln!(clients, "#[nova::client(platform = {name:?})] struct {client};");
        let _ = writeln!(checks, "assert_eq!(<<{client} as nova::Client>::Platform as nova::PlatformSpec>::SPEC.name, {name:?});");
    }
    for Names { noun, items, .. } in [PROFILES, STRATEGIES, CODECS, CLUSTERS] {
        let key = noun.split(' ').next().unwrap_or(noun);
        for (index, (name, _)) in items.iter().enumerate() {
            let _ = writeln!(clients, "#[nova::client(platform = \"echo\", {key} = {name:?})] struct {key}{index};");
        }
    }
    for behaviour in BEHAVIOURS {
        let _ = writeln!(clients, "#[nova::client(platform = \"echo\", overrides({behaviour}))] struct Own{behaviour};");
        let _ = writeln!(clients, "impl nova::{behaviour} for Own{behaviour} {{}}");
        let _ = writeln!(checks, "assert_eq!(<Own{behaviour} as nova::Client>::OVERRIDES, [{behaviour:?}]);");
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("every_name.rs");
    let program = format!("#![allow(dead_code, non_camel_case_types)]\n{clients}\nfn main() {{\n{checks}}}\n");
    fs::write(&path, program).expect("the target directory can be written");
    path
}
