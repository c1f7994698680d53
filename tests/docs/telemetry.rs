//! The code of `docs/guides/telemetry.md`, run against a venue in memory.

use std::sync::atomic::Ordering;

use nova::{EventGroup, Patch};
use serde_json::{Value, json};

use crate::support::{Log, serve, venue};

/// What the guide shows, for a client of the platform that it names.
#[rustfmt::skip]
mod code {
    pub(super) mod counted {
        #[nova::client(platform = "deribit", profile = "financial", metrics = "counters")]
        struct Desk;

        fn report(desk: &nova::Handle<Desk>) -> Option<String> {
            let counted = desk.metrics::<nova::metrics::Counters>()?.read();
            let slow = counted.requests.quantile(0.99)?;
            Some(format!("{} frames, {} errors; 99 % of {} requests within {slow:?}", counted.received, counted.errors, counted.requests.count()))
        }

        const _: fn(&nova::Handle<Desk>) -> Option<String> = report;
    }

    #[nova::client(platform = crate::support::Plain, profile = "financial", metrics = Slowest)]
    pub(super) struct Desk;

    pub(super) async fn watch(desk: &nova::Handle<Desk>) {
        let mut trouble = desk.events_of([nova::EventGroup::Error, nova::EventGroup::Queue]);
        while let Some(event) = trouble.next().await {
            eprintln!("{}: {event:?}", event.name());
        }
        eprintln!("{} events were missed", trouble.missed());
    }

    #[allow(dead_code, reason = "its venue is of the system's network")]
    async fn quiet() -> nova::Result<nova::Handle<Desk>> {
        nova::connect(Desk).filter_events(|event| event.name() != "heartbeat").await
    }

    #[derive(Debug, Default)]
    pub(super) struct Slowest(pub(super) std::sync::atomic::AtomicU64);

    impl nova::MetricsCollector for Slowest {
        fn handle_measurement(&self, _client: &'static str, measurement: &nova::Measurement<'_>) {
            if let nova::Measurement::Request { took, failed: false, .. } = measurement {
                let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                self.0.fetch_max(millis, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    pub(super) fn explain(desk: &nova::Handle<Desk>, folder: &std::path::Path) -> std::io::Result<()> {
        let trace = desk.trace();
        println!("{}", trace.why().unwrap_or_else(|| "never disconnected".into()));
        for record in trace.find("error") {
            println!("{record}");
        }
        let numbers = trace.statistics();
        println!("ready for {:?}, {} disconnects, latency {:?}", numbers.ready, numbers.disconnects, desk.latency());

        std::fs::write(folder.join("desk.jsonl"), trace.json_lines())?;
        std::fs::write(folder.join("desk.trace.json"), trace.chrome()) // opens in Perfetto and about:tracing
    }
}

#[tokio::test(start_paused = true)]
async fn the_guides_watchers_watch() {
    let (dialer, server) = venue();
    let desk = nova::connect(code::Desk).dialer(dialer).start().expect("started");
    let peer = server.accept().await;
    tokio::spawn(serve(peer, Log::default()));
    desk.wait_ready().await.expect("ready");
    let watching = tokio::spawn({
        let desk = desk.clone();
        async move { code::watch(&desk).await }
    });
    let _: Value = desk.call("any", json!({})).await.expect("answered");
    let slowest = desk.metrics::<code::Slowest>().expect("as the attribute says");
    assert!(slowest.0.load(Ordering::Relaxed) < 1_000);

    let folder = std::env::temp_dir().join(format!("nova-telemetry-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    code::explain(&desk, &folder).expect("written");
    let picture = std::fs::read_to_string(folder.join("desk.trace.json")).expect("a picture");
    assert!(serde_json::from_str::<Value>(&picture).expect("JSON")["traceEvents"].is_array());
    std::fs::remove_dir_all(&folder).expect("cleaned up");

    desk.close().await;
    watching.await.expect("the watcher ends with the client");
}

#[test]
fn the_guides_table_of_groups_is_complete_and_its_switches_are_keys() {
    const GUIDE: &str = include_str!("../../docs/guides/telemetry.md");
    for group in EventGroup::ALL {
        let row = GUIDE.lines().find(|line| line.starts_with(&format!("| `{group}` |")));
        let switch = row.and_then(|row| row.rsplit('`').nth(1)).unwrap_or_else(|| panic!("{group} has no row"));
        assert!(Patch::new().set(switch, "false").is_ok(), "{group}: `{switch}` is no switch");
    }
}

fn directives() -> String {
    format!("trace,{}", nova::log::FILTER) // for tracing_subscriber's EnvFilter, or env_logger
}

#[test]
fn the_filter_keeps_payloads_out_of_a_log() {
    assert_eq!(directives(), "trace,tungstenite=off");
}
