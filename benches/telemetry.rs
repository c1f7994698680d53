//! What telemetry costs a message, in instructions: a whole client over an in-memory stream, counted by valgrind's callgrind.
//!
//! Each way to set it runs twice, with more messages the second time, and what counts is the difference: so the start costs nothing.
//! `cargo bench -p benches --bench telemetry`; it needs `valgrind`, and says so where there is none.

mod support;

use std::{env, process::Command};

use nova::{Context, Patch, Raw, Result, metrics::Counters};
use support::{Bare, LINK, frames, number, serve};
use tokio::sync::oneshot;

/// Messages of the first run, and of the second.
const MESSAGES: [u64; 2] = [20_000, 120_000];

/// Says to a run of this program which way it is, and how many messages.
const RUN: &str = "NOVA_BENCH_TELEMETRY";

/// The ways: settings, and whether a collector counts.
const WAYS: [(&str, &str, bool); 5] = [
    ("off", "minimal", false),
    ("off, with a collector", "minimal", true),
    ("the profile's level", "detailed", false),
    ("standard, counted", "standard", true),
    ("detailed, counted", "detailed", true),
];

#[nova::client(platform = Bare, profile = "financial", overrides(MessageHandler))]
struct Counter {
    seen: u64,
    messages: u64,
    done: Option<oneshot::Sender<()>>,
}

impl nova::MessageHandler for Counter {
    async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
        self.seen += u64::from(number(message.text().unwrap_or_default()) == self.seen);
        if self.seen == self.messages
            && let Some(done) = self.done.take()
        {
            // The run that waits for it is what ends the client.
            let _ = done.send(());
        }
        Ok(())
    }
}

/// Nothing is told but the level's least; of messages nothing at all where they are switched off.
fn settings(level: &str, messages: bool) -> nova::Result<Patch> {
    let on = if messages { "true" } else { "false" };
    let patch = Patch::new().set("telemetry.level", level)?;
    ["connection", "message", "error", "reconnection"]
        .iter()
        .try_fold(patch, |patch, group| patch.set(&format!("telemetry.{group}"), on))
}

/// One run: so many messages, one way.
#[tokio::main(flavor = "current_thread")]
async fn run((name, level, counted): (&str, &str, bool), messages: u64) -> nova::Result {
    let (dialer, mut listener) = nova::memory();
    let frames = frames(messages);
    let server = tokio::spawn(async move { serve(listener.accept().await?, frames).await });
    let (done, told) = oneshot::channel();
    let client = Counter { seen: 0, messages, done: Some(done) };
    let connect = nova::connect(client).dialer(dialer.capacity(LINK));
    let connect = connect.configure(settings(level, !name.starts_with("off"))?);
    let _handle = if counted { connect.metrics(Counters::default()).start()? } else { connect.start()? };
    told.await.map_err(|_| nova::Error::ClientClosed)?;
    server.abort();
    Ok(())
}

/// The instructions of one run.
fn instructions(way: usize, messages: u64) -> Option<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env::current_exe().ok()?);
    let said = valgrind.env(RUN, format!("{way} {messages}")).output().ok()?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    said.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok())
}

fn main() {
    if let Ok(told) = env::var(RUN) {
        let told =
            told.split_once(' ').and_then(|(way, messages)| Some((way.parse::<usize>().ok()?, messages.parse().ok()?)));
        let ended = told.and_then(|(way, messages)| Some(run(*WAYS.get(way)?, messages)));
        std::process::exit(i32::from(!matches!(ended, Some(Ok(())))));
    }
    let [few, many] = MESSAGES;
    println!("instructions a message, client and server together, over {} messages", many - few);
    let mut off = None;
    for (way, (name, ..)) in WAYS.into_iter().enumerate() {
        let (Some(first), Some(second)) = (instructions(way, few), instructions(way, many)) else {
            println!("{name}: not counted; is valgrind there?");
            std::process::exit(1);
        };
        let hundredths = second.saturating_sub(first) * 100 / (many - few);
        let off = *off.get_or_insert(hundredths);
        let more = hundredths.saturating_sub(off);
        println!("{name:<24} {}.{:02}  +{}.{:02}", hundredths / 100, hundredths % 100, more / 100, more % 100);
    }
}
