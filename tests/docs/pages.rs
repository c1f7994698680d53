//! Every page: its code stands in this package, where it compiles and, where it can, runs; what it says the compiler says, it says;
//! its links lead somewhere; and what there is has its place in an index.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The page whose Rust blocks are signatures: another test compares them with the traits.
const SIGNATURES: &str = "docs/api/behaviours.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The files with this ending below a directory of the workspace.
fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(directory)).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

/// Every page that somebody may read, by its path in the workspace.
fn pages() -> Vec<(String, String)> {
    let folders = ["", "docs", "docs/guides", "docs/examples", "docs/api", "tests/peers", "tests/data"];
    let paths = folders.iter().flat_map(|folder| files(folder, ".md"));
    let pages: Vec<_> = paths
        .map(|path| {
            let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a text"))
        })
        .collect();
    assert!(pages.len() > 15, "the pages were not found");
    pages
}

/// The fenced blocks of a page in one language, flat.
pub(super) fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("```") {
        let (block, behind) = after.split_once("```").expect("a fence is closed");
        let (told, text) = block.split_once('\n').expect("a fence has a line of its own");
        if told == language {
            found.push(flat(text));
        }
        rest = behind;
    }
    found
}

/// Without indentation and empty lines, and without how far it is visible in its package.
pub(super) fn flat(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let flat = lines.fold(String::from("\n"), |all, line| all + line + "\n");
    flat.replace("pub(super) ", "").replace("pub(crate) ", "")
}

fn texts(directories: &[&str], ending: &str) -> String {
    let paths = directories.iter().flat_map(|directory| files(directory, ending));
    paths.map(|path| flat(&fs::read_to_string(path).expect("a text"))).collect()
}

#[test]
fn the_pages_code_compiles_and_their_messages_are_the_compilers() {
    let places =
        ["tests/docs", "tests/macros", "tests/ui", "nova-macros/src/snapshots", "examples", "examples/support"];
    let (code, messages) = (texts(&places, ".rs"), texts(&["tests/ui"], ".stderr"));
    let mut count = 0;
    for (name, page) in pages().iter().filter(|(name, _)| name != SIGNATURES) {
        for block in blocks(page, "rust") {
            assert!(code.contains(&block), "{name}: compiled nowhere:{block}");
            count += 1;
        }
        for block in blocks(page, "console") {
            assert!(messages.contains(&block), "{name}: the compiler does not say:{block}");
        }
    }
    assert!(count > 30, "the blocks were not found: {count}");
}

/// Where the links of a page lead, but for those to the web.
fn links(page: &str) -> Vec<&str> {
    let texts = page.split("```").step_by(2);
    let links = texts.flat_map(|text| text.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
    links.filter(|link| !link.contains("://")).collect()
}

/// How a heading is linked to.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|at| at.is_alphanumeric() || matches!(at, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    for (name, page) in pages() {
        let here = root().join(&name);
        for link in links(&page) {
            let (file, section) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { here.clone() } else { here.parent().expect("a folder").join(file) };
            assert!(target.exists(), "{name}: `{link}` leads nowhere");
            if !section.is_empty() {
                let text = fs::read_to_string(&target).expect("a text");
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                let found = headings.any(|line| anchor(line.trim_start_matches('#')) == section);
                assert!(found, "{name}: `{link}` leads to no heading");
            }
            count += 1;
        }
    }
    assert!(count > 30, "the links were not found: {count}");
}

#[test]
fn every_page_and_every_example_has_its_place_in_an_index() {
    for folder in ["docs/guides", "docs/examples", "docs/api"] {
        let index = fs::read_to_string(root().join(folder).join("README.md")).expect("an index");
        for page in files(folder, ".md") {
            let name = page.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(name == "README.md" || links(&index).contains(&name.as_str()), "{folder}/README.md lacks {name}");
        }
    }
    let manifest = include_str!("../../examples/Cargo.toml");
    let names: Vec<_> = manifest
        .split("[[example]]\nname = \"")
        .skip(1)
        .map(|rest| format!("`{}`", rest.split('"').next().expect("a name")))
        .collect();
    assert!(names.len() > 10, "the examples were not found: {names:?}");
    for page in ["README.md", "docs/examples/README.md"] {
        let text = fs::read_to_string(root().join(page)).expect("a page");
        for name in &names {
            assert!(text.contains(name), "{page} lacks the example {name}");
        }
    }
}
