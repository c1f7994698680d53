//! What is asked for when, and what the venue's answers make of it.

use super::*;

fn chunk(desk: &mut Desk, most: usize, in_order: bool) -> Vec<String> {
    desk.topics.next_chunk(most, is_private, in_order, desk.now).map_or_else(Vec::new, |chunk| chunk.topics)
}

fn wanted(topics: &[&str]) -> Desk {
    let mut desk = Desk::new();
    for topic in topics {
        desk.want(*topic);
    }
    desk
}

#[test]
fn a_request_names_as_many_topics_as_it_has_room_for_and_only_equal_ones() {
    let mut desk = wanted(&["a", "b", "c", "private.x"]);
    desk.want(Topic::new("d").param("depth", 10));
    desk.want(Topic::new("e").param("depth", 10));
    let asked: Vec<_> =
        std::iter::from_fn(|| Some(chunk(&mut desk, 2, false)).filter(|asked| !asked.is_empty())).collect();
    assert_eq!(asked, [vec!["private.x"], vec!["a", "b"], vec!["c"], vec!["d", "e"]]);
    assert_eq!(chunk(&mut wanted(&["a", "b"]), 0, false), ["a"], "no room is room for one");
}

#[test]
fn a_topic_that_is_to_be_asked_for_alone_is_in_no_other_request() {
    let mut desk = wanted(&["a", "b", "c"]);
    assert_eq!(chunk(&mut desk, 2, false), ["a", "b"]);
    desk.topics.set_apart("b");
    desk.topics.put_back(&["a".to_owned()]);
    assert_eq!(chunk(&mut desk, 4, false), ["a", "c"]);
    assert_eq!(chunk(&mut desk, 4, false), ["b"]);
}

#[test]
fn in_order_no_public_topic_overtakes_a_private_one_that_waits() {
    for (in_order, next) in [(true, &[][..]), (false, &["a"][..])] {
        let mut desk = wanted(&["private.x", "a"]);
        chunk(&mut desk, 1, in_order);
        desk.topics.unanswered("private.x", RETRIES, &busy(), desk.now);
        assert!(desk.topics.is_wanted_first(is_private));
        assert_eq!(chunk(&mut desk, 1, in_order), next, "in order: {in_order}");
    }
    let mut desk = wanted(&["private.x", "a"]);
    chunk(&mut desk, 1, true);
    assert!(!desk.topics.is_wanted_first(is_private));
    assert_eq!(chunk(&mut desk, 1, true), ["a"], "asked for, it does not wait any more");
}

#[test]
fn a_topic_refused_for_the_moment_is_left_alone_for_a_second_and_no_longer() {
    let mut desk = wanted(&["a", "b"]);
    assert_eq!(desk.ask(), ["a", "b"]);
    assert!(desk.topics.unanswered("a", RETRIES, &busy(), desk.now).is_none());
    desk.pass(Duration::from_millis(400));
    assert!(desk.topics.unanswered("b", RETRIES, &busy(), desk.now).is_none());
    let first = desk.now + Duration::from_millis(600);
    assert_eq!(desk.topics.resume_at(), Some(first));
    assert!(desk.topics.take_dirty(desk.now) && !desk.topics.take_dirty(desk.now));
    desk.pass(Duration::from_millis(599));
    assert!(!desk.topics.take_dirty(desk.now) && desk.ask().is_empty());
    desk.pass(Duration::from_millis(1));
    assert!(desk.topics.take_dirty(desk.now));
    assert_eq!(desk.topics.resume_at(), Some(first + Duration::from_millis(400)), "the other's turn");
    assert_eq!(desk.ask(), ["a"]);
    desk.pass(Duration::from_millis(400));
    assert!(desk.topics.take_dirty(desk.now) && !desk.topics.take_dirty(desk.now));
    assert_eq!((desk.topics.resume_at(), desk.ask()), (None, vec!["b".to_owned()]));
}

#[test]
fn a_topic_whose_answer_does_not_come_is_asked_for_again_at_once() {
    let mut desk = wanted(&["a"]);
    desk.ask();
    assert!(desk.no_answer("a").is_none());
    assert_eq!((desk.topics.resume_at(), desk.ask()), (None, vec!["a".to_owned()]));
}

/// How often a topic that is never answered is asked for on each connection, until it is set aside.
fn attempts(retries: u32) -> Vec<u32> {
    let (mut desk, mut attempts) = (wanted(&["a"]), Vec::new());
    loop {
        let mut tries = 0;
        let settled = loop {
            assert_eq!(desk.ask(), ["a"]);
            tries += 1;
            if let Some(settled) = desk.topics.unanswered("a", retries, &timeout(), desk.now) {
                break settled;
            }
        };
        attempts.push(tries);
        assert!(desk.ask().is_empty(), "left alone on this connection");
        match settled {
            Settled::Rejected(topic, Error::Timeout { .. }) => assert_eq!(&*topic, "a"),
            Settled::Quarantined(topic, Error::Timeout { .. }) => {
                assert_eq!(&*topic, "a");
                return attempts;
            }
            other => panic!("{other:?}"),
        }
        desk.topics.lost();
    }
}

#[test]
fn an_unanswered_topic_is_retried_then_tried_once_a_connection_then_set_aside() {
    assert_eq!(attempts(0), [1, 1]);
    assert_eq!(attempts(1), [2, 1]);
    assert_eq!(attempts(2), [3, 1, 1]);
}

#[test]
fn a_request_that_was_put_back_was_no_attempt() {
    let mut desk = wanted(&["a"]);
    desk.ask();
    desk.topics.put_back(&["a".to_owned()]);
    for _ in 0..2 {
        assert_eq!(desk.ask(), ["a"]);
        assert_eq!(desk.states(), [("a".to_owned(), "Pending".to_owned())]);
        desk.no_answer("a");
    }
    assert_eq!(desk.states(), [("a".to_owned(), "GivenUp".to_owned())]);
}

#[test]
fn what_the_venue_lists_counts_only_for_topics_that_were_asked_for() {
    let mut desk = wanted(&["a", "b", "c"]);
    assert_eq!(chunk(&mut desk, 2, false), ["a", "b"]);
    let listed = ["c", "b", "x"].map(str::to_owned);
    let settled = desk.topics.confirmed(&listed, desk.now);
    assert!(matches!(&settled[..], [Settled::Confirmed(topic)] if &**topic == "b"), "{settled:?}");
    assert!(desk.topics.rejected("c", &busy()).is_none() && desk.topics.rejected("x", &busy()).is_none());
    let refused = desk.topics.rejected("a", &busy());
    assert!(matches!(refused, Some(Settled::Rejected(topic, Error::Platform { .. })) if &*topic == "a"));
    let states = [("a", "Rejected"), ("b", "Confirmed"), ("c", "Pending")];
    assert_eq!(desk.states(), states.map(|(topic, state)| (topic.to_owned(), state.to_owned())));
    assert!(!desk.topics.is_wanted("a"));
}

#[test]
fn a_refusal_is_remembered_until_the_topic_is_wanted_again_and_with_so_many_others_at_most() {
    let mut desk = Desk::new();
    let refuse = |desk: &mut Desk, topic: &str| {
        desk.want(topic);
        desk.ask();
        desk.topics.rejected(topic, &busy());
    };
    refuse(&mut desk, "a");
    refuse(&mut desk, "b");
    desk.want("a");
    let states = [("a", "Pending"), ("b", "Rejected")];
    assert_eq!(desk.states(), states.map(|(topic, state)| (topic.to_owned(), state.to_owned())));
    desk.topics.unwant("a");
    for number in 0..1_024 {
        assert_eq!(desk.states().len(), 1 + number);
        refuse(&mut desk, &format!("c{number:04}"));
    }
    let states = desk.states();
    assert_eq!((states.len(), states[0].0.as_str()), (1_024, "c0000"), "the oldest made room");
}

#[test]
fn an_answer_says_nothing_of_a_topic_that_was_asked_for_since() {
    let mut desk = wanted(&["a", "b"]);
    let round = |desk: &mut Desk| desk.topics.next_chunk(4, is_private, false, desk.now).unwrap().round;
    let both = ["a", "b"].map(str::to_owned);
    let first = round(&mut desk);
    assert!(desk.topics.awaits(&both, first) && !desk.topics.asked_since("a", first));
    desk.no_answer("a");
    assert!(desk.topics.awaits(&both, first) && !desk.topics.awaits(&both[..1], first));
    let second = round(&mut desk);
    assert!(desk.topics.asked_since("a", first) && !desk.topics.asked_since("b", first));
    assert!(!desk.topics.asked_since("a", second) && !desk.topics.asked_since("x", first));
    assert!(desk.topics.awaits(&both, second) && !desk.topics.awaits(&both[1..], second));
    assert!(!desk.topics.awaits(&both[..1], first), "it awaits another answer");
    desk.confirm("b");
    assert!(!desk.topics.awaits(&both, first));
}

#[test]
fn those_that_nobody_wants_are_left_before_those_that_are_asked_for_anew() {
    let mut desk = wanted(&["a", "b", "c", "d"]);
    desk.ask();
    desk.topics.confirmed(&["a", "b", "c", "d"].map(str::to_owned), desk.now);
    desk.topics.resync("a");
    for topic in ["b", "c", "d"] {
        desk.topics.unwant(topic);
    }
    assert_eq!(desk.topics.next_leaving(2), Some(vec!["b".to_owned(), "c".to_owned()]));
    assert_eq!(desk.topics.next_leaving(0), Some(vec!["d".to_owned()]), "no room is room for one");
    assert_eq!(desk.topics.next_leaving(2), Some(vec!["a".to_owned()]));
    assert_eq!(desk.topics.next_leaving(2), None);
    desk.topics.left(&["a", "b"].map(str::to_owned));
    assert_eq!(desk.ask(), ["a"]);
    let leaving = desk.states().into_iter().filter(|(_, state)| state == "Leaving").count();
    assert_eq!(leaving, 2, "the venue owes its word on these");
}

#[test]
fn a_confirmation_of_the_end_counts_only_for_what_was_left() {
    let mut desk = Desk::confirmed("a");
    desk.topics.unwant("a");
    desk.topics.left(&["a".to_owned()]);
    assert_eq!(desk.leave(), ["a"]);
}

#[test]
fn whoever_finds_work_left_has_it_looked_at_again() {
    let mut desk = wanted(&["a"]);
    assert!(desk.topics.take_dirty(desk.now) && !desk.topics.take_dirty(desk.now));
    desk.topics.touch();
    assert!(desk.topics.take_dirty(desk.now));
}
