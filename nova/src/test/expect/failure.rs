//! What a failed expectation shows: everything that happened instead.

use std::fmt::Write;

use crate::{
    client::Client,
    handle::Handle,
    seed,
    state::Transition,
    telemetry::{Entry, Event},
    time::Instant,
};

/// Entries shown from before the last expectation.
const BEFORE: usize = 5;
/// Entries shown since.
const SINCE: usize = 40;

/// What happened in a client, as far as its tests have not asked for it yet.
pub(super) fn story<C: Client>(client: &Handle<C>, evidence: Option<String>) -> String {
    let journal = client.journal();
    let (before, since) = journal.around(BEFORE);
    let mut story = String::new();
    // Writing to a String cannot fail.
    let mut list = |title: &str, entries: &[Entry]| {
        let _ = writeln!(story, "{title}");
        for entry in entries {
            let at = entry.at.saturating_duration_since(journal.start()).as_secs_f64();
            let _ = writeln!(story, "  {at:>10.3} s  {}", happening(&entry.event));
        }
    };
    if !before.is_empty() {
        list("before the last expectation was met:", &before);
    }
    let skipped = since.len().saturating_sub(SINCE);
    let title = match (since.len(), skipped) {
        (0, _) => "since then: nothing".to_owned(),
        (_, 0) => "since then:".to_owned(),
        (all, _) => format!("since then (the last {SINCE} of {all}):"),
    };
    list(&title, &since[skipped..]);
    let now = Instant::now().saturating_duration_since(journal.start()).as_secs_f64();
    let _ = writeln!(story, "now:\n  {now:>10.3} s  {}, {} topics wanted", client.state(), client.wanted().len());
    if let Some(evidence) = evidence {
        let _ = writeln!(story, "{}", evidence.trim_end());
    }
    if let Some(seed) = seed::told() {
        let _ = writeln!(story, "the seed: NOVA_TEST_SEED={seed}");
    }
    story
}

fn happening(event: &Event) -> String {
    match event {
        Event::State(Transition { from, to, cause, delay, .. }) => {
            let delay = delay.map(|delay| format!(", next attempt in {delay:?}")).unwrap_or_default();
            format!("{from} → {to}: {cause}{delay}")
        }
        event => format!("{event:?}"),
    }
}
