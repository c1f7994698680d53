//! How much code a platform is: what decides, apart from message types, tables and tests.

use std::{fs, path::Path};

/// Rooms that hold message types, remote procedures and tables of the venue's words; exact numbers are types, too.
const TYPES: [&str; 16] = [
    "account", "calls", "chat", "command", "dispatch", "guild", "id", "intents", "market", "message", "number",
    "order", "payload", "quantity", "rpc", "trade",
];

/// What begins a declaration, in any room: types, tables (a platform's description is an attribute of its type) and imports.
const DECLARATIONS: [&str; 7] = ["use", "mod", "struct", "enum", "const", "static", "type"];

#[derive(Clone, Copy)]
enum Kind {
    Logic,
    Declared,
    Test,
}

#[derive(Debug, Default)]
struct Lines {
    logic: usize,
    declared: usize,
    tests: usize,
}

impl Lines {
    /// Of all files in a folder of platforms.
    fn of(platforms: &Path, name: &str) -> Self {
        let mut lines = Self::default();
        lines.add(platforms, Path::new(name));
        lines
    }

    fn add(&mut self, platforms: &Path, inside: &Path) {
        for entry in fs::read_dir(platforms.join(inside)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = inside.join(entry.file_name());
            if entry.file_type().expect("its type").is_dir() {
                self.add(platforms, &path);
                continue;
            }
            let room = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let is_of_tests = path.components().any(|part| part.as_os_str() == "tests") || room == "tests";
            let text = fs::read_to_string(platforms.join(&path)).expect("a text");
            for kind in kinds(&text) {
                match kind {
                    _ if is_of_tests => self.tests += 1,
                    Kind::Test => self.tests += 1,
                    Kind::Logic if !TYPES.contains(&room) => self.logic += 1,
                    _ => self.declared += 1,
                }
            }
        }
    }
}

/// What each line of code is, by the item that it is in. Items begin at the left margin, where nothing else does.
fn kinds(text: &str) -> impl Iterator<Item = Kind> {
    let (mut kind, mut of_test) = (Kind::Declared, false);
    let code = text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//"));
    code.map(move |line| {
        if line.starts_with('#') {
            (kind, of_test) = (Kind::Declared, of_test || line.starts_with("#[cfg(test)]"));
        } else if line.starts_with(char::is_alphabetic) && !line.starts_with("where") {
            let mut words = line.split([' ', '<', '{']).filter(|word| !word.starts_with("pub"));
            let (first, second) = (words.next().unwrap_or_default(), words.next());
            let declares = DECLARATIONS.contains(&first) && second != Some("fn");
            kind = match (std::mem::take(&mut of_test), declares) {
                (true, _) => Kind::Test,
                (false, true) => Kind::Declared,
                (false, false) => Kind::Logic,
            };
        }
        kind
    })
}

#[test]
fn what_is_special_of_a_platform_is_few_lines() {
    let platforms = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nova/src/platform");
    println!("{:<10} {:>6} {:>17} {:>6}", "platform", "logic", "types and tables", "tests");
    for (name, most) in [
        ("deribit", 400),
        ("bybit", 400),
        ("slack", 400),
        ("jsonrpc", 400),
        // Sessions that outlive connections and runs, their budget, and a stream that is inflated.
        ("discord", 500),
        // A node forgets who listened: the missed part of its chain is fetched and put in order by the platform itself.
        ("ethereum", 700),
    ] {
        let lines = Lines::of(&platforms, name);
        println!("{name:<10} {:>6} {:>17} {:>6}", lines.logic, lines.declared, lines.tests);
        assert!((100..=most).contains(&lines.logic), "{name} is to have at most {most} lines of logic: {lines:?}");
        assert!(lines.tests > 100, "{name}: {lines:?}");
    }
}

#[test]
fn a_line_is_what_its_item_is() {
    let text = "//! Text.\nuse a::{\n    b,\n};\n\n#[nova(\n    url = \"x\",\n)]\npub struct X {\n    a: u8,\n}\n\nimpl X {\n    // Why.\n    \
                const A: u8 = 1;\n}\n\npub(super) const fn f<T>()\nwhere\n    T: A,\n{\n}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\nasync fn h() {}\n";
    let told: String = kinds(text)
        .map(|kind| match kind {
            Kind::Logic => 'l',
            Kind::Declared => 'd',
            Kind::Test => 't',
        })
        .collect();
    assert_eq!(told, ["ddd", "ddd", "ddd", "lll", "lllll", "d", "ttt", "l"].concat());
}
