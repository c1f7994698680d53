//! The examples as a user meets them: each runs by itself and succeeds, and the least of them is as small as promised.

use std::{
    io::Read,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::Value;

/// Every example ends by itself, the longest after about 10 s.
const DEADLINE: Duration = Duration::from_secs(60);

/// A built example, without what the shell of whoever runs the tests may have set.
fn example(name: &str) -> Command {
    let mut folder: PathBuf = std::env::current_exe().expect("a test knows where it is");
    // target/debug/deps/test → target/debug/examples/name
    folder.pop();
    folder.set_file_name("examples");
    let file = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(file.exists(), "`{name}` is not built: `cargo test -p examples` builds it");
    let mut command = Command::new(file);
    command.env_remove("NOVA_URL");
    command
}

/// Runs an example to its end; one that does not come to an end is ended, and fails.
fn run(name: &str, arguments: &[&str]) -> (Output, String) {
    let mut command = example(name);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the example starts");
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let ended = out.recv_timeout(DEADLINE);
    if ended.is_err() {
        child.kill().expect("the example is ended");
    }
    let status = child.wait().expect("the example was started");
    let stderr = err.recv_timeout(DEADLINE).unwrap_or_default();
    let stdout = ended.unwrap_or_else(|_| panic!("{name} came to no end: {}", String::from_utf8_lossy(&stderr)));
    let text = String::from_utf8(stdout.clone()).expect("it prints text");
    (Output { status, stdout, stderr }, text)
}

/// Reads a pipe to its end, beside everything else.
fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let mut pipe = pipe.expect("the pipe was asked for");
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still what was said.
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

#[test]
fn each_small_example_runs_by_itself() {
    let names = [
        "minimal",
        "override",
        "state",
        "typed",
        "rpc",
        "bybit",
        "slack",
        "ethereum",
        "describe",
        "deribit",
        "two_clients",
        "custom_platform",
        "derived_op",
        "derived_rpc",
        "binary_codec",
        "custom_profile",
        "graceful_shutdown",
    ];
    let running = names.map(|name| (name, thread::spawn(move || run(name, &[]).0)));
    for (name, output) in running {
        let output = output.join().expect("the example was run");
        assert!(output.status.success(), "{name}: {output:?}");
        assert!(!output.stdout.is_empty(), "{name} shows nothing");
    }
}

#[test]
fn the_least_client_that_survives_a_dropped_link_is_under_15_lines() {
    let source = include_str!("../minimal.rs");
    let written: Vec<&str> =
        source.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//")).collect();
    assert!(written.len() < 15, "{} lines: {written:#?}", written.len());
    assert!(run("minimal", &[]).1.contains("Gap"), "the link was not dropped");
}

#[test]
fn a_venue_that_is_described_takes_under_30_lines_and_survives_a_hole_and_a_drop() {
    for (name, source) in
        [("derived_op", include_str!("../derived_op.rs")), ("derived_rpc", include_str!("../derived_rpc.rs"))]
    {
        let written = source.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//")).count();
        assert!(written < 30, "{name}: {written} lines");
        let (_, text) = run(name, &[]);
        for cause in ["Sequence {", "Reconnected"] {
            assert!(text.contains(cause), "{name} was to have a gap: {cause}\n{text}");
        }
    }
}

#[test]
fn a_binary_codec_carries_calls_and_messages_and_survives_a_frame_that_breaks_off() {
    let (_, text) = run("binary_codec", &[]);
    for line in ["order 1 at 101.5", "2 orders", "BTC: 3 at 100.75", "it breaks off at byte", "BTC: 5 at 101.25"] {
        assert!(text.contains(line), "no `{line}`: {text}");
    }
    assert_eq!(text.lines().last(), Some("10 trades, 1 broken off, ready"), "{text}");
    let page = include_str!("../../docs/examples/codecs.md");
    let shown = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("what it prints");
    assert!(text.starts_with(shown), "docs/examples/codecs.md shows what is not printed: {text}");
    let (output, text) = run("binary_codec", &["--help"]);
    assert!(output.status.success() && text.contains("Usage:"), "{text}");
    let (output, text) = run("binary_codec", &["--json"]);
    assert_eq!((output.status.code(), text.as_str()), (Some(2), ""));
}

#[test]
fn the_deribit_desk_keeps_its_book_through_a_hole_and_a_lost_link() {
    let (_, text) = run("deribit", &[]);
    let places =
        ["Sequence {", "Resubscribe", "Reconnected", "trade(s)", "is Open", "1 with this label", "is Cancelled"];
    let mut rest = &*text;
    for place in places {
        rest = rest.split_once(place).unwrap_or_else(|| panic!("no `{place}` in its turn: {text}")).1;
    }
    assert_eq!(text.matches(", spread ").count(), 3, "whole at first and behind each: {text}");
    let (output, text) = run("deribit", &["--help"]);
    assert!(output.status.success() && text.contains("--live"), "{text}");
    let (output, text) = run("deribit", &["--life"]);
    assert_eq!((output.status.code(), text.as_str()), (Some(2), ""));
}

#[test]
fn bybit_loses_a_change_of_its_book_and_tells_what_becomes_of_an_order() {
    let (_, text) = run("bybit", &[]);
    for line in ["Sequence {", "40 messages of its book", ": New", ": Cancelled"] {
        assert!(text.contains(line), "no `{line}`: {text}");
    }
    let (output, text) = run("bybit", &["--help"]);
    assert!(output.status.success() && text.contains("--live"), "{text}");
    assert_eq!(run("bybit", &["--dead"]).0.status.code(), Some(2));
}

#[test]
fn slack_answers_in_time_and_lives_through_a_refresh() {
    let (_, text) = run("slack", &[]);
    for line in [
        "event acknowledged: true",
        r#"command answered: {"text":"you said: go"}"#,
        "event after the refresh acknowledged: true",
        "its copy acknowledged: true",
        "/nova go",
    ] {
        assert!(text.contains(line), "no `{line}`: {text}");
    }
    assert_eq!(text.matches("called: ").count(), 2, "the copy is not told: {text}");
    assert!(text.ends_with("2 connections, 0 complaints\n"), "{text}");
    let (output, text) = run("slack", &["--help"]);
    assert!(output.status.success() && text.contains("--live"), "{text}");
    assert_eq!(run("slack", &["--dead"]).0.status.code(), Some(2));
}

#[test]
fn the_discord_bot_misses_nothing_over_a_drop_and_a_restart() {
    let (_, text) = run("discord", &[]);
    let said = ["before the drop", "while the link was down", "while the bot was down"];
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("somebody: ")).collect();
    assert_eq!(lines, said, "{text}");
    assert!(text.contains("1 session, 2 times resumed"), "{text}");
    let (output, text) = run("discord", &["--help"]);
    assert!(output.status.success() && text.contains("--live"), "{text}");
    assert_eq!(run("discord", &["--dead"]).0.status.code(), Some(2));
}

#[test]
fn ethereum_fetches_what_it_missed_and_takes_back_what_is_gone() {
    let (_, text) = run("ethereum", &[]);
    let blocks: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("block ")?.split(' ').next()).collect();
    assert_eq!(blocks, ["1", "2", "3", "4", "4", "3", "3", "4", "5"], "{text}");
    assert!(text.contains("block 4 is gone") && text.ends_with("at block 5\n"), "{text}");
    let (output, text) = run("ethereum", &["--help"]);
    assert!(output.status.success() && text.contains("--live"), "{text}");
    assert_eq!(run("ethereum", &["--dead"]).0.status.code(), Some(2));
}

#[test]
fn the_quickstart_survives_everything_and_says_so() {
    let (output, text) = run("quickstart", &[]);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.lines().last(), Some("subscriptions restored 7/7"), "{text}");
    assert!(text.contains("BTC-PERPETUAL"), "no price was shown: {text}");
    assert!(!text.contains('\x1b'), "there is no terminal to colour: {text}");
}

#[test]
fn the_quickstart_prints_the_same_as_json() {
    let (output, text) = run("quickstart", &["--json"]);
    assert!(output.status.success(), "{text}");
    let report: Value = serde_json::from_str(&text).expect("JSON and nothing else");
    assert_eq!(report["subscriptions"]["restored"], 7);
    assert_eq!(report["cuts"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        report["timeline"].as_array().and_then(|states| states.last()).map(|stay| &stay["state"]),
        Some(&"closed".into())
    );
}

#[test]
fn the_quickstart_refuses_what_it_does_not_know() {
    for arguments in [&["--jason"][..], &["--json", "now"], &[""]] {
        let (output, text) = run("quickstart", arguments);
        assert_eq!((output.status.code(), text.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--help"));
    }
    let (output, text) = run("quickstart", &["--help"]);
    assert!(output.status.success() && text.contains("--live"), "{text}");
}
