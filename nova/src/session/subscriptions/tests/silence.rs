//! When a topic has been silent for too long, and what that costs.

use super::*;

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A topic that is in effect, and may be silent for half a minute.
fn desk() -> Desk {
    let mut desk = Desk::confirmed("a");
    desk.topics.configure(Some(secs(30)), desk.now);
    desk
}

/// What is found silent now: its name, for how many seconds, and whether that is a matter for the link.
fn silent(desk: &mut Desk) -> Vec<(String, u64, bool)> {
    let found = desk.topics.silent(desk.now);
    found.into_iter().map(|silent| (silent.topic.to_string(), silent.after.as_secs(), silent.again)).collect()
}

/// Unsubscribes what is to be asked for anew, and asks.
fn ask_anew(desk: &mut Desk) {
    let left = desk.leave();
    desk.topics.left(&left);
    desk.ask();
}

fn found(topic: &str, after: u64, again: bool) -> (String, u64, bool) {
    (topic.to_owned(), after, again)
}

#[test]
fn a_silent_topic_is_asked_for_again_when_its_time_is_over_and_not_before() {
    let mut desk = desk();
    assert!(silent(&mut desk).is_empty());
    assert_eq!(desk.topics.stale_at(), Some(desk.now + secs(30)));
    desk.pass(Duration::from_nanos(29_999_999_999));
    assert!(silent(&mut desk).is_empty());
    desk.pass(Duration::from_nanos(1));
    assert_eq!(silent(&mut desk), [found("a", 30, false)]);
    assert_eq!(desk.topics.stale_at(), None, "it is not in effect");
    assert_eq!(desk.leave(), ["a"]);
}

#[test]
fn every_topic_has_its_own_time_and_only_those_whose_time_is_over_are_found() {
    let mut desk = desk();
    for (topic, patience) in [("b", Some(secs(29))), ("c", Some(secs(31))), ("d", None)] {
        desk.want(Topic::new(topic).stale_after(patience));
    }
    desk.ask();
    desk.topics.confirmed(&["b", "c", "d"].map(str::to_owned), desk.now);
    let since = desk.now;
    assert!(silent(&mut desk).is_empty());
    assert_eq!(desk.topics.stale_at(), Some(since + secs(29)));
    desk.pass(secs(30));
    assert_eq!(silent(&mut desk), [found("a", 30, false), found("b", 30, false)]);
    assert_eq!(desk.topics.stale_at(), Some(since + secs(31)));
    desk.pass(secs(70));
    assert_eq!(silent(&mut desk), [found("c", 100, false)], "also when nobody looked in time");
}

#[test]
fn a_message_gives_a_topic_all_of_its_time_again() {
    let mut desk = desk();
    desk.pass(secs(20));
    desk.topics.message("a", desk.now);
    desk.pass(secs(29));
    assert!(silent(&mut desk).is_empty());
    assert_eq!(desk.topics.stale_at(), Some(desk.now + secs(1)));
    desk.pass(secs(1));
    assert_eq!(silent(&mut desk), [found("a", 30, false)]);
}

#[test]
fn silence_while_nobody_listened_is_no_topics() {
    let mut desk = desk();
    desk.pass(secs(30));
    desk.topics.excuse(desk.now);
    assert!(silent(&mut desk).is_empty());
    desk.pass(secs(30));
    assert_eq!(silent(&mut desk), [found("a", 30, false)]);
}

#[test]
fn another_time_holds_at_once() {
    let mut desk = desk();
    desk.pass(secs(20));
    desk.topics.configure(Some(secs(10)), desk.now);
    assert_eq!(silent(&mut desk), [found("a", 20, false)]);

    let mut desk = self::desk();
    desk.topics.configure(None, desk.now);
    desk.pass(secs(3_600));
    assert!(silent(&mut desk).is_empty());
    desk.topics.configure(Some(secs(3_601)), desk.now);
    assert!(silent(&mut desk).is_empty());
    assert_eq!(desk.topics.stale_at(), Some(desk.now + secs(1)));
}

/// A market that sleeps costs ever fewer links: each it costs doubles its time, up to 32 times.
#[test]
fn a_topic_that_stays_silent_costs_links_ever_more_slowly_and_a_message_ends_that() {
    let mut desk = desk();
    for patience in [30, 60, 120, 240, 480, 960, 960, 960] {
        desk.pass(secs(patience));
        assert_eq!(silent(&mut desk), [found("a", patience, false)]);
        ask_anew(&mut desk);
        desk.pass(secs(5));
        desk.confirm("a");
        assert_eq!(desk.topics.stale_at(), Some(desk.now + secs(patience)));
        desk.pass(secs(patience));
        assert_eq!(silent(&mut desk), [found("a", patience, true)]);
        assert!(desk.leave().is_empty(), "it is the link's turn");
        desk.topics.lost();
        desk.ask();
        desk.confirm("a");
    }
    assert!(desk.topics.take_dirty(desk.now) && !desk.topics.is_dirty());
    desk.topics.message("a", desk.now);
    assert_eq!(desk.topics.stale_at(), Some(desk.now + secs(30)));
    assert!(desk.topics.is_dirty(), "an earlier look has to be timed");
    desk.pass(secs(30));
    assert_eq!(silent(&mut desk), [found("a", 30, false)]);
}

#[test]
fn a_topic_that_is_silent_and_then_not_even_answered_costs_the_link() {
    let mut desk = desk();
    desk.pass(secs(30));
    assert_eq!(silent(&mut desk), [found("a", 30, false)]);
    ask_anew(&mut desk);
    desk.pass(secs(31));
    assert!(silent(&mut desk).is_empty(), "its answer is awaited");
    assert!(desk.no_answer("a").is_none());
    desk.ask();
    assert!(desk.no_answer("a").is_some());
    assert!(desk.topics.stale_at().is_some_and(|at| at <= desk.now));
    assert_eq!(silent(&mut desk), [found("a", 31, true)]);
}

#[test]
fn a_topic_that_was_given_up_before_it_was_silent_costs_nothing() {
    let mut desk = desk();
    desk.want("b");
    for _ in 0..2 {
        desk.ask();
        desk.no_answer("b");
    }
    desk.pass(secs(30));
    assert_eq!(silent(&mut desk), [found("a", 30, false)]);
}
