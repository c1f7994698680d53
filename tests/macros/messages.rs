//! Of all messages that the compiler prints for mistakes: how many there are, and what none of them shows.

use std::{fs, path::Path};

/// The modules of nova that its users cannot name.
fn hidden() -> Vec<String> {
    let table = include_str!("../../nova/src/lib.rs");
    let modules = table.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    modules.map(|module| format!("nova::{module}::")).collect()
}

/// Each mistake with what the compiler says to it.
fn messages() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let paths = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "stderr"));
    paths
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a text"))
        })
        .collect()
}

#[test]
fn no_message_shows_what_is_none_of_the_users_business() {
    let (messages, hidden) = (messages(), hidden());
    assert!(messages.len() >= 60, "{}", messages.len());
    assert!(hidden.len() > 10, "{hidden:?}");
    for (name, text) in messages {
        for module in &hidden {
            assert!(!text.contains(module), "{name} names a hidden module: {module}\n{text}");
        }
        // `evaluation panicked` is how the compiler says that a check of a constant failed.
        let panics = text.replace("evaluation panicked", "");
        assert!(!panics.contains("panicked"), "{name} shows a panic\n{text}");
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let secret = words.find(|word| word.starts_with("__") && word.contains(char::is_alphanumeric));
        assert_eq!(secret, None, "{name} shows a hidden name\n{text}");
    }
}

/// A message of a macro's own stands at a token; only what is missing has none.
#[test]
fn every_message_of_a_macro_stands_at_what_is_wrong() {
    for (name, text) in messages() {
        for message in text.split("\nerror: ").map(|message| message.trim_start_matches("error: ")) {
            if message.starts_with("error[") || !message.contains("originates in the") {
                continue;
            }
            let missing = ["needs", "has no", "names no", "says no"].iter().any(|words| message.contains(words));
            assert!(missing, "{name}: a message without a place of its own: {message}");
        }
    }
}

#[test]
fn eight_mistakes_in_one_attribute_are_eight_errors() {
    let messages = messages();
    for (name, errors) in [
        ("several_mistakes", 9),
        ("message_eight_mistakes", 8),
        ("platform_several_mistakes", 9),
        ("profile_several_mistakes", 8),
        ("rpc_eight_mistakes", 8),
    ] {
        let (_, text) = messages.iter().find(|(known, _)| known == name).expect("a file");
        assert_eq!(text.matches("error: ").count(), errors, "{name}");
    }
}
