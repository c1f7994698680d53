//! Every key is documented where nova re-exports its macro, and shown there in an example, which compiles.
//!
//! What a macro knows is what it says to a key that it does not: no list of keys is kept here, so none can be forgotten.

use crate::{
    client, client::tests::mistakes::errors_in, message, names::PLATFORMS, platform, profile, rpc, settings::GROUPS,
};
use proc_macro2::TokenStream;

const CLIENT: &str = include_str!("../../nova/src/macros.rs");
const MESSAGE: &str = include_str!("../../nova/src/macros/message.rs");
const PLATFORM: &str = include_str!("../../nova/src/macros/platform.rs");
const GUIDE: &str = include_str!("../../docs/guides/platforms.md");
const PROFILE: &str = include_str!("../../nova/src/macros/profile.rs");
const RPC: &str = include_str!("../../nova/src/macros/rpc.rs");

/// No key of any macro, and near none.
const NONE: &str = "qqqqqqqqqqqqqqqq";

fn tokens(text: &str) -> TokenStream {
    text.replace("NONE", NONE).parse().expect("tokens")
}

/// What a macro offers in the place of a key that it does not know.
fn offered(written: TokenStream) -> Vec<String> {
    let errors = errors_in(written);
    let told = errors.iter().find_map(|error| error.split_once(&format!("`{NONE}`; expected ")));
    let (_, offer) = told.unwrap_or_else(|| panic!("no keys are offered: {errors:?}"));
    offer.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn of_platform(attribute: &str) -> Vec<String> {
    offered(platform::generate(&tokens(&format!("#[nova({attribute})] struct Venue;"))).tokens)
}

fn of_profile(attribute: &str) -> Vec<String> {
    offered(profile::generate(&tokens(&format!("#[nova({attribute})] struct Nightly;"))).tokens)
}

/// The documentation of a macro: its prose and tables, and its examples.
fn page(source: &str) -> (String, String) {
    let lines = source.lines().filter_map(|line| line.strip_prefix("///"));
    let (mut prose, mut code, mut fence) = (String::new(), String::new(), None);
    for line in lines {
        match (line.trim_start().strip_prefix("```"), fence) {
            (Some(language), None) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (None, None) => prose = prose + line + "\n",
            // What is shown as text, or as a mistake, compiles nowhere.
            (None, Some(fence)) if fence == "text" || fence.starts_with("compile_fail") => {}
            (None, Some(_)) => code = code + line + "\n",
        }
    }
    (prose, code)
}

/// Whether a text has a word, and not as a part of another.
fn has(text: &str, word: &str) -> bool {
    text.split(|at: char| !at.is_alphanumeric() && at != '_').any(|part| part == word)
}

/// The prose between backticks.
fn told(prose: &str) -> String {
    prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn documents(name: &str, source: &str, keys: &[String]) {
    assert!(keys.len() > 1, "{name}: {keys:?}");
    let (prose, code) = page(source);
    let told = told(&prose);
    // Settings have a test of their own.
    for key in keys.iter().filter(|key| GROUPS.iter().all(|group| group.name != *key)) {
        assert!(has(&told, key), "the documentation of `{name}` does not say what `{key}` is");
        assert!(has(&code, key), "no example of `{name}` has `{key}`");
    }
}

#[test]
fn each_key_of_a_client() {
    let keys = offered(client::generate(tokens("NONE = 1"), &tokens("struct Desk;")).tokens);
    documents("client", CLIENT, &keys);
    let behaviours = offered(client::generate(tokens("overrides(NONE)"), &tokens("struct Desk;")).tokens);
    let (prose, _) = page(CLIENT);
    for behaviour in behaviours {
        assert!(has(&told(&prose), &behaviour), "the documentation of `client` does not name `{behaviour}`");
    }
}

#[test]
fn each_setting_stands_in_the_table_of_its_group_and_in_an_example() {
    let (_, example) = page(PROFILE);
    for group in GROUPS {
        let keys = of_profile(&format!("{}(NONE = 1)", group.name));
        assert_eq!(keys.len(), group.keys.len(), "{}", group.name);
        let table = table_of(group.name);
        let (_, shown) = example.split_once(&format!("{}(", group.name)).expect("each group is shown");
        for key in keys {
            assert!(has(&table, &key), "the table of `{}` in the documentation of `client` lacks `{key}`", group.name);
            assert!(has(shown, &key), "no example of `Profile` has `{}({key} = ..)`", group.name);
        }
    }
}

/// What the first two columns say of a group: its row, and those below it that name none.
fn table_of(group: &str) -> String {
    let (_, tables) = CLIENT.split_once("| Group | Key | Takes |").expect("the table of settings");
    let rows = tables.lines().skip_while(|line| !line.starts_with(&format!("/// | `{group}` | `")));
    let mut keys = String::new();
    for (number, row) in rows.enumerate() {
        if number > 0 && !row.starts_with("/// | |") {
            break;
        }
        keys += row.split('|').nth(2).expect("a column of keys");
    }
    told(&keys)
}

#[test]
fn each_key_of_a_message() {
    let all = message::generate(&tokens("#[nova(NONE = 1)] enum Feed { #[nova(channel = \"a\")] A(f64) }")).tokens;
    let variant = message::generate(&tokens("enum Feed { #[nova(NONE = 1)] A(f64) }")).tokens;
    documents("Message", MESSAGE, &[offered(all), offered(variant)].concat());
}

#[test]
fn each_key_of_a_platform_and_of_each_of_its_groups() {
    let keys = of_platform("NONE = 1");
    documents("Platform", PLATFORM, &keys);
    let lists = of_platform("NONE(a = 1)");
    documents("Platform", PLATFORM, &lists);
    // Its guide shows each in one attribute.
    let (_, every) = GUIDE.split_once("Every key there is.").expect("the example with every key");
    for key in keys.iter().chain(&lists).filter(|key| *key != "overrides") {
        assert!(has(every, key), "docs/guides/platforms.md does not show `{key}`");
    }
    let mut groups = 0;
    for list in lists.iter().filter(|list| GROUPS.iter().all(|group| group.name != *list) && *list != "overrides") {
        let keys = of_platform(&format!("{list}(NONE = 1)"));
        documents("Platform", PLATFORM, &keys);
        for key in keys {
            assert!(has(every, &key), "docs/guides/platforms.md does not show `{list}({key} = ..)`");
        }
        groups += 1;
    }
    assert!(groups >= 13, "{lists:?}");
}

#[test]
fn each_built_in_platform_stands_in_their_guide() {
    for (name, item) in PLATFORMS.items {
        let row = format!("| `\"{name}\"` | `nova::platform::{item}` |");
        assert!(GUIDE.contains(&row), "docs/guides/platforms.md has no row of it: {row}");
    }
}

#[test]
fn each_key_of_a_profile() {
    documents("Profile", PROFILE, &of_profile("NONE = 1"));
    documents("Profile", PROFILE, &of_profile("traits(NONE = true)"));
}

#[test]
fn each_key_of_remote_procedures() {
    let rpc = |attribute: &str, method: &str, parameter: &str| {
        let item =
            format!("trait A {{ #[rpc(\"a\"{method})] async fn a(&self, {parameter} b: u8) -> nova::Result<u8>; }}");
        offered(rpc::generate(tokens(attribute), &tokens(&item)).tokens)
    };
    documents("rpc", RPC, &rpc("NONE = 1", "", ""));
    documents("rpc", RPC, &rpc("", ", NONE = 1", ""));
    documents("rpc", RPC, &rpc("", "", "#[rpc(NONE = 1)]"));
}
