//! What comes on topics: its gaps, its times, and which of it passes where a topic is thinned.

use super::*;
use crate::{
    frame::Frame,
    message::{Envelope, Raw},
};

const SECOND: Duration = Duration::from_secs(1);

fn raw(topic: &str, text: &str) -> Raw {
    let frame = Frame::text(text);
    Raw::new(&Envelope::known(&frame, text, topic.into(), 0))
}

fn thin(desk: &mut Desk, topic: &str, text: &str) -> String {
    told(desk.topics.thin(raw(topic, text), true, desk.now))
}

/// The next that passes now.
fn pass(desk: &mut Desk) -> String {
    told(desk.topics.pass(desk.now))
}

/// Topic, text, and how many were left out before it; nothing, where nothing passes.
fn told(passing: Option<Passing>) -> String {
    let told = |passing: Passing| {
        format!("{}: {}, {}", passing.topic, passing.message.text().unwrap_or_default(), passing.skipped)
    };
    passing.map_or_else(String::new, told)
}

#[test]
fn the_last_message_of_each_topic_is_known_by_its_time() {
    let mut desk = Desk::confirmed("a");
    assert_eq!(desk.topics.last_message("a"), None);
    assert_eq!(desk.topics.message("a", desk.now), None);
    let first = desk.now;
    desk.pass(SECOND);
    assert_eq!(desk.topics.message("b", desk.now), None, "nobody wants it");
    assert_eq!((desk.topics.last_message("a"), desk.topics.last_message("b")), (Some(first), None));
    assert_eq!(desk.topics.statuses()[0].last_message, Some(first));
}

#[test]
fn a_gap_says_since_when_and_is_told_once_unless_nothing_is_missing_after_all() {
    let mut desk = Desk::confirmed("a");
    let since = Some(desk.now);
    desk.topics.message("a", desk.now);
    for resumes in [false, true] {
        desk.topics.lost();
        desk.ask();
        desk.confirm("a");
        if resumes {
            desk.topics.resumed("a");
        }
        let told = (!resumes).then_some(Gapped { since, cause: GapCause::Reconnected });
        assert_eq!((desk.topics.message("a", desk.now), desk.topics.message("a", desk.now)), (told, None));
    }
}

/// A venue may push before it acknowledges.
#[test]
fn what_came_before_the_confirmation_leaves_a_hole_when_the_link_is_lost_too() {
    let mut desk = Desk::new();
    desk.want("a");
    desk.ask();
    desk.topics.message("a", desk.now);
    desk.topics.lost();
    assert!(desk.topics.message("a", desk.now).is_some());
}

#[test]
fn of_a_thinned_topic_the_first_passes_at_once_and_then_the_latest_of_each_second() {
    let mut desk = Desk::confirmed(thinned("a"));
    assert_eq!(thin(&mut desk, "a", "1"), "a: 1, 0");
    let first = desk.now;
    desk.pass(SECOND / 4);
    assert_eq!(thin(&mut desk, "a", "2") + &thin(&mut desk, "a", "3"), "");
    assert_eq!(desk.topics.passes_at(), Some(first + SECOND));
    assert_eq!(pass(&mut desk), "");
    desk.pass(SECOND * 3 / 4);
    assert_eq!(pass(&mut desk), "a: 3, 1");
    assert_eq!((pass(&mut desk).as_str(), desk.topics.passes_at()), ("", None));
    desk.pass(SECOND);
    assert_eq!(thin(&mut desk, "a", "4"), "a: 4, 0");
}

#[test]
fn nothing_of_a_thinned_topic_passes_while_nobody_can_take_it() {
    let mut desk = Desk::confirmed(thinned("a"));
    for text in ["1", "2"] {
        assert!(desk.topics.thin(raw("a", text), false, desk.now).is_none());
    }
    assert_eq!(desk.topics.passes_at(), Some(desk.now));
    assert_eq!(pass(&mut desk), "a: 2, 1");
}

#[test]
fn what_was_kept_of_topics_that_are_gone_finds_nothing_and_holds_nobody_up() {
    let mut desk = Desk::new();
    for topic in ["a", "b"] {
        desk.want(thinned(topic));
        thin(&mut desk, topic, "1");
        thin(&mut desk, topic, "2");
    }
    desk.topics.unwant("a");
    desk.pass(SECOND);
    assert_eq!(pass(&mut desk), "b: 2, 0");
    assert_eq!(pass(&mut desk), "");
}

#[test]
fn at_the_end_everything_that_was_kept_passes() {
    let mut desk = Desk::new();
    for topic in ["a", "b", "c"] {
        desk.want(thinned(topic));
        thin(&mut desk, topic, "1");
        thin(&mut desk, topic, "2");
    }
    desk.topics.unwant("b");
    let all: Vec<_> = desk.topics.pass_all().into_iter().map(|passing| told(Some(passing))).collect();
    assert_eq!(all, ["a: 2, 0", "c: 2, 0"]);
    assert!(desk.topics.passes_at().is_none());
}

#[test]
fn what_was_kept_passes_when_its_topic_is_thinned_no_more_and_waits_when_it_is_only_at_another_rate() {
    let kept = || {
        let mut desk = Desk::confirmed(thinned("a"));
        thin(&mut desk, "a", "1");
        assert_eq!(thin(&mut desk, "a", "2"), "");
        desk
    };
    assert_eq!(told(kept().want("a")), "a: 2, 0");
    assert_eq!(told(kept().want_anew("a")), "a: 2, 0");
    let mut desk = kept();
    assert!(desk.want(Topic::new("a").at_most(Rate::per_second(4))).is_none());
    assert_eq!(pass(&mut desk), "");
    desk.pass(SECOND);
    assert_eq!(pass(&mut desk), "a: 2, 0");
    assert_eq!(thin(&mut desk, "a", "3"), "");
    desk.pass(SECOND / 4);
    assert_eq!(pass(&mut desk), "a: 3, 0", "at the other rate from then on");
}
