//! A platform's own client library, running against a venue of ours for as long as the value lives: what it is content with, nova's
//! client may be tested against.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

use crate::peer::{missing, script};

const PATIENCE: Duration = Duration::from_secs(30);

/// A running client. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Official {
    process: Child,
    said: UnboundedReceiver<Value>,
}

impl Official {
    /// Starts a platform's client against the REST interface at this address (`http://127.0.0.1:PORT/api`).
    ///
    /// `None`, after a line that says why, where it cannot be had; a panic instead, where that is required.
    pub(crate) fn start(platform: &str, api: &str, args: &[&str]) -> Option<Self> {
        let port = api.trim_end_matches("/api").rsplit(':').next().expect("an address has a port");
        let command = |args: &[&str]| {
            let mut command = Command::new("bash");
            command.arg(script("official.sh")).args([port, platform]).args(args).env("NOVA_INSTALL", "never");
            command.stdin(Stdio::null());
            command
        };
        let there = command(&[]).output().expect("bash starts");
        if !there.status.success() {
            return missing("official.sh", &[platform], String::from_utf8_lossy(&there.stderr).trim());
        }
        let mut process = command(args).stdout(Stdio::piped()).spawn().expect("it started a moment ago");
        let stdout = process.stdout.take().expect("it is piped");
        let (told, said) = unbounded_channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = told.send(serde_json::from_str(&line).expect("JSON lines"));
            }
        });
        Some(Self { process, said })
    }

    /// The next thing of this kind that it sees; what it sees before is passed over.
    pub(crate) async fn sees(&mut self, event: &str) -> Value {
        let mut before = Vec::new();
        let looked_for = async {
            while let Some(seen) = self.said.recv().await {
                if seen["event"] == event {
                    return Some(seen);
                }
                before.push(seen);
            }
            None
        };
        let seen = timeout(PATIENCE, looked_for).await.ok().flatten();
        seen.unwrap_or_else(|| panic!("no `{event}` within {PATIENCE:?}, but {before:?}"))
    }
}

impl Drop for Official {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
