//! `BackpressureHandler`, and what a bounded inbox tells its consumer.

use nova::{
    BackpressureHandler, Context, Event, Handle, Handlers, Item, MessageHandler, Overflow, Patch, Pressure, QueueView,
    Raw, Result, View, patch,
};
use serde_json::json;

use super::{Notes, ready, subscribed};
use crate::support::{Peer, Plain, pass, secs, settle, venue};

/// Pushes these numbers and lets the client take them.
async fn push(peer: &mut Peer, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        peer.push("a", json!(number)).await;
    }
    settle().await;
}

/// What waits for the consumer.
async fn waiting<C: nova::Client<Message = Raw>>(desk: &Handle<C>) -> Vec<String> {
    let mut items = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(secs(1), desk.next()).await {
        items.push(shown(item));
    }
    items
}

fn shown(item: Item<Raw>) -> String {
    match item {
        Item::Message(message) => message.data::<u32>().expect("a number").to_string(),
        Item::Dropped(dropped) => match dropped.topic {
            Some(topic) => format!("-{} of {topic}", dropped.messages),
            None => format!("-{}", dropped.messages),
        },
        item => format!("{item:?}"),
    }
}

async fn bounded<C>(client: C, buffer: u32, overflow: Overflow) -> (Handle<C>, Peer)
where
    C: Handlers,
    C::Platform: Default,
    C::Codec: Default,
{
    let (dialer, server) = venue();
    let settings = Patch::new().backpressure(patch::Backpressure::new().buffer(buffer).overflow(overflow));
    let desk = nova::connect(client).configure(settings).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    subscribed(&desk, &mut peer, "a").await;
    (desk, peer)
}

#[tokio::test(start_paused = true)]
async fn what_a_full_inbox_drops_is_told_in_band_where_it_is_missing() {
    #[nova::client(platform = Plain)]
    struct Desk;

    let (desk, mut peer) = bounded(Desk, 3, Overflow::DropOld).await;
    let mut events = desk.events();
    push(&mut peer, 1..=7).await;
    assert_eq!(waiting(&desk).await, ["-4", "5", "6", "7"]);
    push(&mut peer, 8..=9).await;
    assert_eq!(waiting(&desk).await, ["8", "9"]);
    let told = std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Dropped { messages } = event { Some(messages) } else { None });
    assert_eq!(told.sum::<u64>(), 4);

    let (desk, mut peer) = bounded(Desk, 3, Overflow::DropNew).await;
    push(&mut peer, 1..=7).await;
    let first = desk.next().await.map(shown);
    push(&mut peer, 8..=8).await;
    assert_eq!(first.as_deref(), Some("1"));
    assert_eq!(waiting(&desk).await, ["2", "3", "-4", "8"]);
}

#[tokio::test(start_paused = true)]
async fn messages_behind_a_pending_callback_are_bounded_and_counted_too() {
    #[nova::client(platform = Plain, overrides(MessageHandler))]
    struct Slow;

    impl MessageHandler for Slow {
        async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
            if message.data::<u32>()? == 1 {
                tokio::time::sleep(secs(5)).await;
            }
            cx.inherited().handle_message(message).await
        }
    }

    // Three wait behind the callback, and of what is delivered in one go behind it three wait in the inbox: both tell what they drop.
    for (overflow, expected, dropped) in [
        (Overflow::DropOld, &["-1", "-3 of a", "5", "6", "7"][..], 4),
        (Overflow::DropNew, &["1", "2", "3", "-1", "-3 of a"], 4),
    ] {
        let (desk, mut peer) = bounded(Slow, 3, overflow).await;
        let mut events = desk.events();
        push(&mut peer, 1..=7).await;
        pass(secs(6)).await;
        assert_eq!(waiting(&desk).await, expected);
        let told = std::iter::from_fn(|| events.try_next())
            .filter_map(|event| if let Event::Dropped { messages } = event { Some(messages) } else { None });
        assert_eq!(told.sum::<u64>(), dropped);
    }
}

#[tokio::test(start_paused = true)]
async fn overflow_decides_what_goes() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, overrides(BackpressureHandler))]
    struct Desk;

    impl BackpressureHandler for Desk {
        fn overflow(queue: &QueueView, view: View<'_, Self>) -> Overflow {
            NOTES.write(format!("{} of {}, {}", queue.items, queue.max_items, view.inherited().overflow(queue)));
            Overflow::DropNew
        }
    }

    let (desk, mut peer) = bounded(Desk, 2, Overflow::DropOld).await;
    push(&mut peer, 1..=4).await;
    assert_eq!(waiting(&desk).await, ["1", "2", "-2"]);
    assert_eq!(NOTES.take(), ["2 of 2, drop_old"; 2]);
}

#[tokio::test(start_paused = true)]
async fn handle_pressure_is_told_of_each_mark_and_of_what_was_dropped() {
    static NOTES: Notes = Notes::new();

    #[nova::client(
        platform = Plain, backpressure(buffer = 10, warning = 0.5, throttle = 0.8), overrides(BackpressureHandler),
    )]
    struct Desk;

    impl BackpressureHandler for Desk {
        async fn handle_pressure(&mut self, pressure: &Pressure, cx: &mut Context<'_, Self>) {
            NOTES.write(match pressure {
                Pressure::Warning(queue) => format!("warning at {}", queue.items),
                Pressure::Throttled(queue) => format!("throttled at {}", queue.items),
                Pressure::Relieved(queue) => format!("relieved at {}", queue.items),
                pressure => format!("{pressure:?}"),
            });
            cx.inherited().handle_pressure(pressure).await;
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    push(&mut peer, 1..=4).await;
    assert!(NOTES.take().is_empty());
    push(&mut peer, 5..=9).await;
    assert_eq!(NOTES.take(), ["warning at 5", "throttled at 8"]);
    let mut events = desk.events();
    push(&mut peer, 10..=12).await;
    push(&mut peer, 13..=16).await;
    assert_eq!(NOTES.take(), ["Dropped { messages: 1 }"], "the first at once");
    pass(secs(1)).await;
    assert_eq!(NOTES.take(), ["Dropped { messages: 5 }"], "what follows once a second");
    let told = std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Dropped { messages } = event { Some(messages) } else { None });
    assert_eq!(told.collect::<Vec<_>>(), [1, 5], "and so the events");
    for _ in 0..4 {
        desk.next().await;
    }
    settle().await;
    assert!(NOTES.take().is_empty(), "7 of 10 are still too many");
    assert_eq!(waiting(&desk).await.len(), 7);
    let notes = NOTES.take();
    assert!(notes.len() == 1 && notes[0].starts_with("relieved at "), "{notes:?}");
    push(&mut peer, 17..=21).await;
    assert_eq!(NOTES.take(), ["warning at 5"], "and again");
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_at_the_end_is_told_before_it() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, backpressure(buffer = 2), overrides(BackpressureHandler))]
    struct Desk;

    impl BackpressureHandler for Desk {
        async fn handle_pressure(&mut self, pressure: &Pressure, _: &mut Context<'_, Self>) {
            if let Pressure::Dropped { messages } = pressure {
                NOTES.write(messages.to_string());
            }
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    let mut events = desk.events();
    push(&mut peer, 1..=3).await;
    push(&mut peer, 4..=6).await;
    tokio::spawn(peer.rest());
    desk.close().await;
    settle().await;
    assert_eq!(NOTES.take(), ["1", "3"]);
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::Dropped { messages } = event {
            told.push(messages);
        }
    }
    assert_eq!(told, [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn what_a_busy_handler_loses_is_told_to_the_streams_of_its_topic_and_to_no_other() {
    #[nova::client(platform = Plain, backpressure(buffer = 3), overrides(MessageHandler))]
    struct Slow;

    impl MessageHandler for Slow {
        async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
            if message.data::<u32>()? == 1 {
                tokio::time::sleep(secs(5)).await;
            }
            Ok(())
        }
    }

    let (desk, _server, mut peer) = ready(Slow).await;
    let (streams, ()) = tokio::join!(
        async { (desk.stream("a").await.expect("confirmed"), desk.stream("b").await.expect("confirmed")) },
        async {
            peer.answer("subscribe", json!(["a"])).await;
            peer.answer("subscribe", json!(["b"])).await;
        }
    );
    let (mut of_a, mut of_b) = streams;
    push(&mut peer, 1..=6).await;
    peer.push("b", json!(7)).await;
    pass(secs(6)).await;
    // Of 2 to 7 three had room.
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(shown(of_a.next().await.expect("more")));
    }
    assert_eq!(heard, ["1", "-3 of a", "5", "6"]);
    assert_eq!(of_b.next().await.map(shown).as_deref(), Some("7"), "nothing of this one was lost");
}
