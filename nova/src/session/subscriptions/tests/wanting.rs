//! Who wants a topic, how, and for how long: what that changes, and what those who wait for it are told.

use tokio::sync::oneshot::{self, error::TryRecvError};

use super::*;

type Word = oneshot::Receiver<Result<()>>;

/// How a topic may come to its end.
type End = fn(&mut Desk);

/// Somebody who waits for a topic to be confirmed.
fn waiter(desk: &mut Desk, topic: &str) -> Word {
    let (waiter, word) = oneshot::channel();
    desk.topics.tell_when_confirmed(topic, waiter);
    word
}

fn is_told_nothing(word: &mut Word) -> bool {
    matches!(word.try_recv(), Err(TryRecvError::Empty))
}

#[test]
fn a_topic_beyond_the_venues_limit_is_refused_and_changes_nothing() {
    let mut desk = Desk::new();
    let want = |desk: &mut Desk, topic: &str| desk.topics.want(topic.into(), Some(2), desk.now).map(drop);
    want(&mut desk, "a").unwrap();
    want(&mut desk, "b").unwrap();
    let Err(Error::TopicLimit { topic, most: 2 }) = want(&mut desk, "c") else { panic!("admitted") };
    assert_eq!(&*topic, "c");
    want(&mut desk, "a").unwrap();
    assert_eq!(desk.topics.wanted().map(|topic| topic.name()).collect::<Vec<_>>(), ["a", "b"]);
    desk.topics.unwant("b");
    want(&mut desk, "c").unwrap();
}

#[test]
fn a_topic_is_wanted_until_the_last_who_wanted_it_wants_it_no_more() {
    let mut desk = Desk::confirmed("a");
    desk.want("a");
    assert!(!desk.topics.unwant("a"));
    assert!(desk.topics.is_wanted("a") && desk.leave().is_empty());
    assert!(desk.topics.unwant("a"));
    assert!(!desk.topics.is_wanted("a"));
    assert!(!desk.topics.unwant("a"), "nobody wanted it");
    assert_eq!(desk.states(), [("a".to_owned(), "Leaving".to_owned())]);
    assert_eq!((desk.leave(), desk.leave()), (vec!["a".to_owned()], vec![]));
    assert!(desk.topics.is_leaving(&["b".to_owned(), "a".to_owned()]));
    desk.topics.left(&["a".to_owned()]);
    assert!(desk.states().is_empty() && !desk.topics.is_leaving(&["a".to_owned()]));
}

#[test]
fn a_topic_wanted_again_is_asked_for_unless_it_is_in_effect_still() {
    let mut desk = Desk::confirmed("a");
    desk.topics.unwant("a");
    desk.want("a");
    assert_eq!((desk.leave(), desk.ask()), (vec![], vec![]), "it was not left yet");
    assert_eq!(desk.states(), [("a".to_owned(), "Confirmed".to_owned())]);

    desk.topics.unwant("a");
    assert_eq!(desk.leave(), ["a"]);
    desk.want("a");
    assert_eq!(desk.ask(), ["a"], "its unsubscribe is under way");

    let mut desk = Desk::new();
    desk.want("a");
    desk.ask();
    desk.no_answer("a");
    desk.topics.unwant("a");
    desk.want("a");
    assert_eq!(desk.ask(), ["a"], "nobody knows whether it is in effect");
}

#[test]
fn what_the_venue_may_have_in_effect_is_left_also_where_it_never_said_so() {
    let mut desk = Desk::new();
    desk.want("a");
    desk.ask();
    desk.no_answer("a");
    assert!(desk.topics.unwant("a"));
    assert_eq!(desk.leave(), ["a"]);

    desk.want("b");
    desk.ask();
    assert!(desk.topics.unwant("b"));
    assert_eq!(desk.leave(), [""; 0], "not before the venue has answered");
    assert!(desk.confirm("b").is_empty());
    assert_eq!(desk.leave(), ["b"]);
}

#[test]
fn who_waits_for_a_topic_is_told_once_how_it_ended() {
    let mut desk = Desk::new();
    desk.want("a");
    desk.ask();
    let mut waiting = waiter(&mut desk, "a");
    assert!(is_told_nothing(&mut waiting));
    desk.confirm("a");
    assert!(matches!(waiting.try_recv(), Ok(Ok(()))));
    assert!(matches!(waiter(&mut desk, "a").try_recv(), Ok(Ok(()))), "it is confirmed already");
    assert!(matches!(waiter(&mut desk, "b").try_recv(), Err(TryRecvError::Closed)), "nobody wants it");

    let ends: [(&str, End); 4] = [
        ("refused", |desk| drop(desk.topics.rejected("c", &busy()))),
        ("unanswered", |desk| {
            desk.no_answer("c");
            desk.ask();
            desk.no_answer("c");
        }),
        ("unwanted", |desk| assert!(desk.topics.unwant("c"))),
        ("closed", |desk| desk.topics.end(&busy())),
    ];
    for (case, end) in ends {
        let mut desk = Desk::new();
        desk.want("c");
        desk.ask();
        let mut waiting = waiter(&mut desk, "c");
        end(&mut desk);
        assert!(matches!(waiting.try_recv(), Ok(Err(_))), "{case}");
    }
}

#[test]
fn a_topic_that_nobody_wants_cannot_be_asked_for_anew() {
    let mut desk = Desk::new();
    let refused = desk.topics.want_anew("a".into(), desk.now);
    assert!(matches!(refused, Err(Error::Subscription { topic, .. }) if &*topic == "a"));
    assert!(desk.ask().is_empty());
}

/// The venue has answered for the topic as it was: what is in effect is not what is wanted.
#[test]
fn a_topic_wanted_in_another_way_while_its_request_is_under_way_is_asked_for_anew() {
    let by = |depth: u32| Topic::new("book").param("depth", depth);
    for (again, asked_anew) in [(by(10), false), (by(20), true)] {
        let mut desk = Desk::new();
        desk.want(by(10));
        desk.ask();
        desk.topics.unwant("book");
        desk.want(again.clone());
        desk.confirm("book");
        assert_eq!(!desk.leave().is_empty(), asked_anew);
        if asked_anew {
            desk.topics.left(&["book".to_owned()]);
            let chunk = desk.topics.next_chunk(4, is_private, false, desk.now).unwrap();
            assert_eq!((&chunk.params, chunk.topics), (again.parameters(), vec!["book".to_owned()]));
        }
    }
    let mut desk = Desk::new();
    desk.want(by(10));
    desk.ask();
    desk.want_anew(by(20));
    desk.confirm("book");
    assert_eq!(desk.leave(), ["book"]);
}

#[test]
fn a_topic_is_thinned_where_all_who_want_it_want_it_so() {
    let mut desk = Desk::new();
    assert!(!desk.topics.thins());
    desk.want(thinned("a"));
    desk.want(thinned("b"));
    assert!(desk.topics.thins());
    assert!(desk.topics.is_thinned("a") && desk.topics.is_thinned("b") && !desk.topics.is_thinned("c"));
    desk.want("a");
    assert!(!desk.topics.is_thinned("a") && desk.topics.is_thinned("b"));
    desk.want(thinned("a"));
    assert!(!desk.topics.is_thinned("a"), "one wants it whole");
    desk.topics.unwant("b");
    desk.want("b");
    assert!(!desk.topics.is_thinned("b") && !desk.topics.thins(), "it is another subscription");
    desk.want_anew(thinned("b"));
    assert!(desk.topics.is_thinned("b"));
}

#[test]
fn a_caller_waits_for_every_retry_and_at_least_as_long_as_for_any_request() {
    let secs = Duration::from_secs;
    assert_eq!(patience(secs(10), 2, secs(5)), secs(30));
    assert_eq!(patience(secs(1), 2, secs(5)), secs(5));
    assert_eq!(patience(Duration::MAX, u32::MAX, secs(5)), Duration::MAX);
}
