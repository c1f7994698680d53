//! The pages say what the code says: every callback with its signature, kind and place; code that compiles; messages the compiler
//! prints; the profiles' numbers.
//!
//! A page that is kept by hand goes stale with the first thing that changes; this reads both and compares.

#[path = "docs/backpressure.rs"]
mod backpressure;
#[path = "docs/bybit.rs"]
mod bybit;
#[path = "docs/code.rs"]
mod code;
#[path = "docs/codecs.rs"]
mod codecs;
#[path = "docs/deribit.rs"]
mod deribit;
#[path = "docs/describe.rs"]
mod describe;
#[path = "docs/discord.rs"]
mod discord;
#[path = "docs/errors.rs"]
mod errors;
#[path = "docs/ethereum.rs"]
mod ethereum;
#[path = "docs/live.rs"]
mod live;
#[path = "docs/pages.rs"]
mod pages;
#[path = "docs/platforms.rs"]
mod platforms;
#[path = "docs/protocol.rs"]
mod protocol;
#[path = "docs/reliability.rs"]
mod reliability;
#[path = "docs/slack.rs"]
mod slack;
#[path = "session/support.rs"]
mod support;
#[path = "docs/telemetry.rs"]
mod telemetry;
#[path = "docs/testing.rs"]
mod testing;
#[path = "docs/venue.rs"]
mod venue;

#[allow(dead_code, reason = "the macro's own table; a test needs only the services")]
#[path = "../nova-macros/src/names.rs"]
mod names;

use std::{fs, path::Path};

const PAGE: &str = include_str!("../docs/api/behaviours.md");
const PLATFORMS: &str = include_str!("../docs/guides/platforms.md");
const PROFILES: &str = include_str!("../docs/guides/profiles.md");

/// Every behaviour and every service (the test below sees to it that none is left out) that the page describes.
const SOURCES: &[&str] = &[
    include_str!("../nova/src/behaviour/connection.rs"),
    include_str!("../nova/src/behaviour/message.rs"),
    include_str!("../nova/src/behaviour/subscription.rs"),
    include_str!("../nova/src/behaviour/auth.rs"),
    include_str!("../nova/src/behaviour/error.rs"),
    include_str!("../nova/src/behaviour/heartbeat.rs"),
    include_str!("../nova/src/behaviour/rate_limit.rs"),
    include_str!("../nova/src/behaviour/backpressure.rs"),
    include_str!("../nova/src/behaviour/cluster.rs"),
    include_str!("../nova/src/codec/mod.rs"),
    include_str!("../nova/src/config/provider.rs"),
    include_str!("../nova/src/auth/secrets.rs"),
    include_str!("../nova/src/telemetry/metrics.rs"),
    include_str!("../nova/src/cluster/mod.rs"),
];

/// What is no service of its own: bounds, and what a service hands out.
const OTHERS: &[&str] = &["Payload", "Voice"];

/// A callback: its trait, and its signature in one line, as a user writes it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Callback {
    owner: String,
    signature: String,
}

impl Callback {
    fn name(&self) -> &str {
        let after = self.signature.split_once("fn ").expect("a function").1;
        &after[..after.find(['(', '<']).expect("a function has parameters")]
    }

    fn path(&self) -> (String, String) {
        (self.owner.clone(), self.name().to_owned())
    }

    fn is_a_behaviours(&self) -> bool {
        self.owner.ends_with("Handler") || self.owner == "ClusterAware"
    }

    fn kind(&self) -> &'static str {
        match (self.signature.starts_with("async "), self.signature.contains("Lent<'_, Self>")) {
            (true, _) => "async",
            (false, true) => "lent",
            (false, false) => "decision",
        }
    }
}

/// `fn f(a: A,) -> impl Future<Output = T> + Send`, over as many lines as rustfmt likes → `async fn f(a: A) -> T`.
fn as_written(signature: &str) -> String {
    let line = signature.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(", )", ")");
    match line.split_once(" -> impl Future<Output = ") {
        None => line,
        Some((head, output)) => match output.trim_end_matches(" + Send").trim_end_matches('>') {
            "()" => format!("async {head}"),
            _ => format!("async {head} -> {}", output.trim_end_matches(" + Send").strip_suffix('>').expect("closed")),
        },
    }
}

/// The functions of every public trait in a file. What rustfmt guarantees is enough to read it by: a trait ends at the first `}` of a
/// line's beginning, and its items are indented once.
fn callbacks(source: &str) -> Vec<Callback> {
    let mut found = Vec::new();
    for part in source.split("\npub trait ").skip(1) {
        let owner = &part[..part.find([':', ' ', '<']).expect("a name")];
        if OTHERS.contains(&owner) {
            continue;
        }
        let body = &part[..part.find("\n}").expect("an end")];
        for function in body.split("\n    fn ").skip(1) {
            let end = function.find(['{', ';']).expect("a body or none");
            let signature = as_written(&format!("fn {}", &function[..end]));
            found.push(Callback { owner: owner.to_owned(), signature });
        }
    }
    found
}

/// What the page says: below a `##` its trait, below a `###` the callback.
fn sections() -> Vec<(String, &'static str)> {
    let mut owner = "";
    let mut found = Vec::new();
    for part in PAGE.split("\n##").skip(1) {
        match part.strip_prefix("# ") {
            Some(section) => found.push((owner.to_owned(), section)),
            None => owner = part.lines().next().expect("a heading").trim(),
        }
    }
    found
}

fn signature(section: &str) -> String {
    let code = section.split("```rust\n").nth(1).and_then(|code| code.split("```").next()).expect("a signature");
    as_written(code.trim().trim_end_matches(';'))
}

#[test]
fn the_page_of_behaviours_names_every_callback_as_it_is_and_no_other() {
    let mut real: Vec<_> = SOURCES.iter().flat_map(|source| callbacks(source)).collect();
    let mut told: Vec<_> =
        sections().iter().map(|(owner, text)| Callback { owner: owner.clone(), signature: signature(text) }).collect();
    assert!(real.len() >= 42, "the traits were not read: {real:?}");
    let missing: Vec<_> = real.iter().filter(|callback| !told.contains(callback)).collect();
    let invented: Vec<_> = told.iter().filter(|callback| !real.contains(callback)).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "docs/api/behaviours.md\nlacks {missing:#?}\nand has, though there is none such, {invented:#?}"
    );
    real.sort();
    told.sort();
    assert_eq!(told, real, "each once");
}

#[test]
fn the_page_of_behaviours_has_every_service_and_says_how_it_is_named() {
    let services: Vec<_> = std::iter::once(&names::CODEC).chain(names::SERVICES).collect();
    for service in &services {
        let head = format!("\n## {}\n\n", service.bound);
        let (_, text) = PAGE.split_once(&head).unwrap_or_else(|| panic!("no section of {}", service.bound));
        let introduction = text.lines().next().expect("an introduction");
        let (key, first) = (service.key, service.names.items[0].0);
        assert!(introduction.contains(&format!("`{key} = \"{first}\"`")), "{introduction}");
        assert!(introduction.contains(&format!("`.{key}(value)`")), "{introduction}");
        let keys = include_str!("../nova/src/macros.rs");
        assert!(keys.contains(&format!("/// | `{key}` | `\"{first}\"`")), "the macro's table lacks `{key}`");
    }
}

#[test]
fn each_section_says_its_callbacks_name_kind_and_a_place_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nova/src");
    for (owner, text) in sections() {
        let callback = Callback { signature: signature(text), owner };
        let (name, owner) = (callback.name(), &callback.owner);
        assert!(text.starts_with(&format!("`{name}`\n")), "the heading of {owner}::{name} is another");
        if callback.is_a_behaviours() {
            let kind = format!("\n- Kind: {}.", callback.kind());
            assert!(text.contains(&kind), "{owner}::{name} should say{kind}");
        }
        let places = text.lines().find_map(|line| line.strip_prefix("- Called from: ")).expect("where it is called");
        for place in places.split("; ").filter(|place| place.starts_with('`')) {
            // `file` `function`
            let mut words = place.split('`').skip(1).step_by(2);
            let (file, function) = (words.next().expect("a file"), words.next().expect("a function"));
            let source = fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("{owner}::{name}: no {file}"));
            let defined = [format!("fn {function}("), format!("fn {function}<")];
            assert!(defined.iter().any(|head| source.contains(head)), "{owner}::{name}: no `{function}` in {file}");
        }
    }
}

#[test]
fn the_guide_of_platforms_names_every_method_of_one() {
    let source = include_str!("../nova/src/platform/mod.rs");
    let (_, methods) = source.split_once("pub trait Platform: PlatformSpec {").expect("the trait");
    let methods = methods.split_once("\n}").expect("its end").0.split("\n    fn ").skip(1);
    let mut count = 0;
    for method in methods {
        let name = &method[..method.find(['(', '<']).expect("a function has parameters")];
        let mut rows = PLATFORMS.lines().filter(|line| line.starts_with("| `"));
        assert!(rows.any(|row| row.contains(&format!("`{name}`"))), "docs/guides/platforms.md lacks `{name}`");
        count += 1;
    }
    assert!(count > 15, "the trait was not read: {count}");
}

#[test]
fn the_table_of_profiles_has_the_profiles_numbers() {
    use nova::{Bounds, Config, Layer, Patch, Profile, profile};
    let of = |patch: Patch| Config::resolve(&[(Layer::Profile, patch)], &Bounds::new()).expect("a profile is valid");
    let configs = [
        of(profile::Financial::PATCH),
        of(profile::Standard::PATCH),
        of(profile::Lightweight::PATCH),
        of(profile::Messaging::PATCH),
    ];
    let rows: Vec<_> = PROFILES.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    assert!(rows.len() >= 15, "the table was not found");
    for row in rows {
        let (key, values) = row.split_once("` | ").expect("a key");
        let told: Vec<_> = values.trim_end_matches(" |").split(" | ").collect();
        let real = configs.each_ref().map(|config| config.explain(key).expect("a key").value);
        assert_eq!(told, real, "{key}");
    }
}
