//! `NOVA_EXPAND`: a crate is expanded again when the variable changes, and nothing else has to.
//!
//! Cargo decides that, so cargo is asked: about a package that depends on the macros alone, and has a nova of its own.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const MANIFEST: &str = r#"
[package]
name = "expanded"
edition = "2024"

[dependencies]
nova_macros = { package = "nova-ws-macros", path = "REPOSITORY/nova-macros" }

[workspace]
"#;

const SOURCE: &str = "
#[nova_macros::rpc(crate = crate::nova)]
pub trait Account {}

pub mod nova {
    pub trait Client {}
    pub struct Handle<C>(C);
}
";

struct Package(PathBuf);

impl Package {
    fn new() -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expanded");
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in the repository");
        let manifest = MANIFEST.replace("REPOSITORY", &repository.display().to_string().replace('\\', "/"));
        fs::create_dir_all(place.join("src")).expect("a directory");
        fs::write(place.join("Cargo.toml"), manifest).expect("a manifest");
        fs::write(place.join("src/lib.rs"), SOURCE).expect("a source");
        fs::copy(repository.join("Cargo.lock"), place.join("Cargo.lock")).expect("the same versions");
        for expansions in ["one", "two"] {
            // Those of the last run, if there was one.
            let _ = fs::remove_dir_all(place.join(expansions));
        }
        Self(place)
    }

    /// Checks it, and returns the files that this wrote.
    fn check(&self, expansions: Option<&str>) -> Vec<OsString> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["check", "--quiet", "--offline"]).current_dir(&self.0).env_remove("NOVA_EXPAND");
        cargo.env("CARGO_TARGET_DIR", self.0.join("target"));
        if let Some(directory) = expansions {
            cargo.env("NOVA_EXPAND", self.0.join(directory));
        }
        let output = cargo.output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let written = expansions.into_iter().filter_map(|directory| fs::read_dir(self.0.join(directory)).ok());
        written.flatten().map(|entry| entry.expect("an entry").file_name()).collect()
    }
}

#[test]
fn expansions_are_written_whenever_the_variable_changes() {
    let package = Package::new();
    assert!(package.check(None).is_empty());
    for directory in ["one", "two"] {
        assert_eq!(package.check(Some(directory)), ["src-lib-2-Account.rs"], "{directory}");
    }
}
