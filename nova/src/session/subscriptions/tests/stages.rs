//! The stages of a topic: where everything that can happen leads from each, and what of it comes in-band.

use super::*;
use crate::message::GapCause;

const TOPIC: &str = "a";
const PATIENCE: Duration = Duration::from_secs(30);

/// A topic that has come so far.
fn at(stage: &str) -> Desk {
    let mut desk = Desk::new();
    desk.topics.configure(Some(PATIENCE), desk.now);
    desk.want(TOPIC);
    let steps: &[&str] = match stage {
        "wanted" => &[],
        "asked" => &["ask"],
        "abandoned" => &["ask", "unwant"],
        "confirmed" => &["ask", "confirmed"],
        "given up" => &["ask", "no answer", "ask", "no answer"],
        "set aside" => &["ask", "no answer", "ask", "no answer", "link lost", "ask", "no answer"],
        "stale" => &["ask", "confirmed", "hole"],
        "clearing" => &["ask", "confirmed", "hole", "leave"],
        other => panic!("{other}"),
    };
    for step in steps {
        happens(&mut desk, step);
    }
    desk
}

fn happens(desk: &mut Desk, step: &str) {
    let (topics, now) = (&mut desk.topics, desk.now);
    match step {
        "ask" => drop(topics.next_chunk(1, is_private, false, now)),
        "confirmed" => drop(topics.confirmed([&TOPIC.to_owned()], now)),
        "rejected" => drop(topics.rejected(TOPIC, &busy())),
        "no answer" => drop(topics.unanswered(TOPIC, RETRIES, &timeout(), now)),
        "set apart" => topics.set_apart(TOPIC),
        "put back" => topics.put_back(&[TOPIC.to_owned()]),
        "leave" => drop(topics.next_leaving(1)),
        "left" => topics.left(&[TOPIC.to_owned()]),
        "hole" => topics.resync(TOPIC),
        "doubted" => topics.doubted(TOPIC),
        "ended" => drop(topics.ended(TOPIC)),
        "want" => drop(topics.want(TOPIC.into(), None, now)),
        "want anew" => drop(topics.want_anew(TOPIC.into(), now)),
        "unwant" => drop(topics.unwant(TOPIC)),
        "silence" => drop(topics.silent(now + PATIENCE)),
        "link lost" => topics.lost(),
        other => panic!("{other}"),
    }
}

fn stage(topics: &Subscriptions) -> &'static str {
    let Some(entry) = topics.topics.get(TOPIC) else {
        return if topics.leaving.contains_key(TOPIC) { "leaving" } else { "gone" };
    };
    match entry.stage {
        _ if entry.wanted_by == 0 => "abandoned",
        Stage::Wanted => "wanted",
        Stage::Asked => "asked",
        Stage::Confirmed => "confirmed",
        Stage::GivenUp => "given up",
        Stage::Quarantined => "set aside",
        Stage::Stale => "stale",
        Stage::Clearing => "clearing",
    }
}

#[test]
fn everything_that_happens_to_a_topic_leads_where_the_table_says() {
    const STAGES: [&str; 8] =
        ["wanted", "asked", "abandoned", "confirmed", "given up", "set aside", "stale", "clearing"];
    // A dot: it stays what it was.
    let table = [
        ("ask        ", ["asked", ".", ".", ".", ".", ".", ".", "."]),
        ("confirmed  ", [".", "confirmed", "leaving", ".", ".", ".", ".", "."]),
        ("rejected   ", [".", "gone", "gone", ".", ".", ".", ".", "."]),
        ("no answer  ", [".", "wanted", "leaving", ".", ".", ".", ".", "."]),
        ("set apart  ", [".", "wanted", "leaving", ".", ".", ".", ".", "."]),
        ("put back   ", [".", "wanted", "gone", ".", ".", ".", ".", "."]),
        ("leave      ", [".", ".", ".", ".", ".", ".", "clearing", "."]),
        ("left       ", [".", ".", ".", ".", ".", ".", ".", "wanted"]),
        ("hole       ", [".", ".", ".", "stale", ".", ".", ".", "."]),
        ("doubted    ", [".", ".", ".", "stale", ".", ".", ".", "."]),
        ("ended      ", [".", ".", ".", "wanted", ".", ".", ".", "."]),
        ("want       ", [".", ".", "asked", ".", "wanted", "wanted", ".", "."]),
        ("want anew  ", [".", ".", ".", "stale", "wanted", "wanted", ".", "."]),
        ("unwant     ", ["gone", "abandoned", ".", "leaving", "leaving", "leaving", "leaving", "gone"]),
        ("silence    ", [".", ".", ".", "stale", ".", ".", ".", "."]),
        ("link lost  ", [".", "wanted", "gone", "wanted", "wanted", ".", "wanted", "wanted"]),
    ];
    for (step, leads) in table {
        let step = step.trim_end();
        for (before, expected) in STAGES.into_iter().zip(leads) {
            let mut desk = at(before);
            assert_eq!(stage(&desk.topics), before);
            desk.topics.take_dirty(desk.now);
            happens(&mut desk, step);
            let after = stage(&desk.topics);
            assert_eq!(after, if expected == "." { before } else { expected }, "{before}: {step}");
            let is_work = after != before && ["wanted", "stale", "leaving"].contains(&after);
            assert!(!is_work || desk.topics.take_dirty(desk.now), "{before}: {step}: nobody looks");
        }
    }
}

#[test]
fn a_message_comes_behind_a_gap_where_others_may_be_missing_before_it() {
    use GapCause::{Reconnected, Resubscribed};
    let cases = [
        ("confirmed", "doubted", Some(Resubscribed)),
        ("confirmed", "ended", Some(Resubscribed)),
        ("confirmed", "want anew", Some(Resubscribed)),
        ("confirmed", "silence", Some(Resubscribed)),
        ("confirmed", "link lost", Some(Reconnected)),
        ("stale", "link lost", Some(Reconnected)),
        ("clearing", "link lost", Some(Reconnected)),
        // Told where it was found, by the numbers of the messages.
        ("confirmed", "hole", None),
        ("wanted", "link lost", None),
        ("asked", "link lost", None),
        ("asked", "doubted", None),
        ("asked", "ended", None),
        ("asked", "want anew", None),
    ];
    for (stage, step, cause) in cases {
        let mut desk = at(stage);
        happens(&mut desk, step);
        let gap = desk.topics.message(TOPIC, desk.now);
        assert_eq!(gap, cause.map(|cause| Gapped { since: None, cause }), "{stage}: {step}");
        assert_eq!(desk.topics.message(TOPIC, desk.now), None, "{stage}: {step}: told once");
    }
}

#[test]
fn a_topic_counts_as_settled_when_its_restore_has_an_end_and_as_missing_when_that_was_a_bad_one() {
    let cases = [
        ("wanted", "Pending", false, 0),
        ("asked", "Pending", false, 0),
        ("abandoned", "Leaving", false, 0),
        ("confirmed", "Confirmed", true, 0),
        ("given up", "GivenUp", true, 1),
        ("set aside", "Quarantined", true, 1),
        ("stale", "Pending", true, 0),
        ("clearing", "Pending", true, 0),
    ];
    for (stage, state, settled, missing) in cases {
        let desk = at(stage);
        assert_eq!(desk.states(), [(TOPIC.to_owned(), state.to_owned())]);
        assert_eq!((desk.topics.is_settled(), desk.topics.missing()), (settled, missing), "{stage}");
        let is_wanted = stage != "abandoned";
        assert_eq!(desk.topics.is_wanted(TOPIC), is_wanted, "{stage}");
        assert_eq!(desk.topics.wanted().count(), usize::from(is_wanted), "{stage}");
        assert_eq!(desk.topics.is_leaving(&[TOPIC.to_owned()]), stage == "clearing", "{stage}");
        assert_eq!(desk.topics.is_wanted_first(|_| true), stage == "wanted", "{stage}");
    }
}
