//! What waits for the client, beside a plain list: in order, what is no delivery ahead of it while delivery is paused, and bounded.

use proptest::prelude::*;

use super::*;
use crate::{
    config::{Bounds, Layer, patch},
    error::Error,
    frame::Frame,
    message::{Envelope, Gap, GapCause, Raw},
    verdict::Limited,
};

/// Room for four messages, and for a megabyte.
fn queue() -> SeenQueue {
    SeenQueue::new(&config(4))
}

fn config(buffer: u32) -> Config {
    let patch = crate::Patch::new().backpressure(patch::Backpressure::new().buffer(buffer).bytes(1_000_000));
    Config::resolve(&[(Layer::Builder, patch)], &Bounds::new()).unwrap()
}

fn raw(text: &str) -> Raw {
    let frame = Frame::text(text);
    Raw::new(&Envelope::known(&frame, frame.as_text().unwrap(), "topic".into(), 0))
}

fn message(text: &str) -> Seen {
    Seen::Kept(raw(text))
}

fn limited(cost: u32) -> Seen {
    Seen::Limited(Limited { method: None, cost, wait: std::time::Duration::ZERO, rejected: false })
}

fn gap(epoch: u64) -> Seen {
    Seen::Gap(Gap::new("topic".into(), epoch, None, GapCause::Reconnected))
}

fn put(queue: &mut SeenQueue, message: Seen, overflow: Overflow) {
    queue.push_message(message, None, |_| overflow);
}

/// What it is, in a word.
fn told(seen: &Seen) -> String {
    match seen {
        Seen::Kept(raw) => raw.text().unwrap_or_default().to_owned(),
        Seen::Undecodable(unread) => format!("undecodable {}", unread.0.text().unwrap_or_default()),
        Seen::Dropped(dropped) => {
            format!("{} of {} dropped", dropped.messages, dropped.topic.as_deref().unwrap_or("?"))
        }
        Seen::Gap(gap) => format!("gap {}", gap.epoch),
        Seen::Limited(limited) => format!("limited {}", limited.cost),
        Seen::Sync => "sync".to_owned(),
        other => format!("{other:?}"),
    }
}

fn rest(queue: &mut SeenQueue) -> Vec<String> {
    std::iter::from_fn(|| queue.pop(false)).map(|seen| told(&seen)).collect()
}

proptest! {
    #[test]
    fn everything_leaves_in_order_and_while_delivery_is_paused_only_what_is_none(
        steps in prop::collection::vec((0..6_usize, any::<bool>()), 0..60),
    ) {
        let mut queue = SeenQueue::new(&config(100));
        // What waits, and whether it is a delivery.
        let mut waiting: Vec<(String, bool)> = Vec::new();
        for (number, (step, paused)) in steps.into_iter().enumerate() {
            let text = number.to_string();
            let seen = match step {
                0 => message(&text),
                1 => Seen::Undecodable(Box::new((raw(&text), Error::Recalled))),
                2 => gap(number as u64),
                3 => limited(u32::try_from(number).unwrap()),
                4 => Seen::Sync,
                _ => {
                    let next = waiting.iter().position(|(_, delivery)| !paused || !delivery);
                    let expected = next.map(|at| waiting.remove(at).0);
                    prop_assert_eq!(queue.pop(paused).as_ref().map(told), expected);
                    continue;
                }
            };
            waiting.push((told(&seen), step < 3));
            if seen.is_message() { put(&mut queue, seen, Overflow::DropOld) } else { queue.push(seen) }
            for paused in [false, true] {
                let nothing = waiting.iter().all(|(_, delivery)| paused && *delivery);
                prop_assert_eq!(queue.is_empty(paused), nothing);
            }
        }
        prop_assert_eq!(rest(&mut queue), waiting.into_iter().map(|(told, _)| told).collect::<Vec<_>>());
    }
}

#[test]
fn of_a_flood_of_words_the_last_are_not_kept_but_what_moves_the_client_on_is() {
    let mut queue = queue();
    for number in 0..1_030 {
        queue.push(limited(number));
    }
    queue.push(Seen::Sync);
    queue.push(gap(1));
    assert_eq!(told(&queue.pop(false).unwrap()), "limited 0");
    queue.push(limited(2_000));
    queue.push(limited(2_001));
    let rest = rest(&mut queue);
    assert_eq!(rest.len(), 1_023 + 3);
    assert_eq!(rest[1_022..], ["limited 1023", "sync", "gap 1", "limited 2000"]);
}

#[test]
fn words_and_what_may_not_be_lost_are_told_apart() {
    let error = |of_link| Seen::Error { error: Error::Recalled, of_link };
    let cases = [(limited(1), true), (error(false), true), (error(true), false), (Seen::Sync, false), (gap(1), false)];
    for (seen, is_word) in cases {
        assert_eq!(seen.is_word(), is_word, "{seen:?}");
    }
}

#[test]
fn messages_without_room_are_told_at_their_place_and_under_their_topic() {
    let mut queue = queue();
    put(&mut queue, message("1"), Overflow::DropOld);
    put(&mut queue, Seen::Undecodable(Box::new((raw("2"), Error::Recalled))), Overflow::DropOld);
    queue.push(gap(1));
    for text in ["3", "4", "5", "6"] {
        put(&mut queue, message(text), Overflow::DropOld);
    }
    assert_eq!((queue.dropped(), queue.dropped()), (2, 0));
    put(&mut queue, message("7"), Overflow::DropNew);
    assert_eq!(queue.dropped(), 1);
    let expected = ["2 of topic dropped", "gap 1", "3", "4", "5", "6", "1 of topic dropped"];
    assert_eq!(rest(&mut queue), expected);
}

#[test]
fn a_few_large_messages_fill_it_too_and_nothing_else_weighs() {
    let mut queue = queue();
    let large = "x".repeat(400_000);
    queue.push(gap(1));
    put(&mut queue, message(&large), Overflow::DropOld);
    put(&mut queue, Seen::Undecodable(Box::new((raw(&large), Error::Recalled))), Overflow::DropOld);
    assert_eq!(queue.dropped(), 0);
    put(&mut queue, message(&large), Overflow::DropOld);
    assert_eq!(queue.dropped(), 1);
    put(&mut queue, message("small"), Overflow::DropOld);
    assert_eq!(queue.dropped(), 0);
}

#[test]
fn its_marks_are_told_once_and_reading_that_may_not_rest_ends_at_twice_its_room() {
    let mut queue = queue();
    assert!(queue.mark().is_none());
    for number in 1..=8 {
        assert!(!queue.is_overrun(), "{number}");
        put(&mut queue, message("1"), Overflow::Block);
    }
    assert!(queue.is_overrun());
    assert!(matches!(queue.mark(), Some(Pressure::Throttled(view)) if view.items == 8) && queue.mark().is_none());
    assert!(queue.fill().is_throttled());
    assert_eq!(rest(&mut queue).len(), 8);
    assert!(matches!(queue.mark(), Some(Pressure::Relieved(_))));
}

#[test]
fn another_bound_holds_from_the_next_message_on() {
    let mut queue = queue();
    queue.configure(&config(2));
    for _ in 0..3 {
        put(&mut queue, message("1"), Overflow::DropOld);
    }
    assert_eq!(queue.dropped(), 1);
}
