//! The code of `docs/examples/backpressure.md`, run.

use std::borrow::Cow;

use nova::{
    Context, Item, Overflow, Pressure, QueueView, Raw, View,
    test::{MockServer, Scenario},
};

#[nova::client(platform = "echo", backpressure(buffer = 3, overflow = "drop_old"))]
struct Latest;

#[tokio::test(start_paused = true)]
async fn what_was_dropped_is_told_where_it_is_missing() -> nova::Result {
    let server = MockServer::memory();
    let numbers = ["1", "2", "3", "4", "5"].into_iter().fold(Scenario::new().connect_success(), Scenario::send_text);
    server.script(numbers.ping("all read?").expect_pong());
    let client = server.connect(Latest).start()?;
    client.pause(); // a consumer that takes nothing
    server.finished().await;
    client.resume();
    assert!(matches!(client.next().await, Some(Item::Dropped(dropped)) if dropped.messages == 2));
    let three = client.next().await.and_then(Item::message).expect("a message");
    assert_eq!(three.text(), Some("3"));
    Ok(())
}

#[nova::client(platform = "echo", overrides(BackpressureHandler))]
#[derive(Default)]
struct Board {
    lost: u64,
}

impl nova::BackpressureHandler for Board {
    async fn handle_pressure(&mut self, pressure: &Pressure, _: &mut Context<'_, Self>) {
        if let Pressure::Dropped { messages } = pressure {
            self.lost += messages;
        }
    }

    fn overflow(queue: &QueueView, _: View<'_, Self>) -> Overflow {
        if queue.items < 100_000 { Overflow::Conflate } else { Overflow::DropOld }
    }

    fn conflation_key<'m>(message: &'m Raw, _: View<'m, Self>) -> Option<Cow<'m, str>> {
        message.text()?.split(':').next().map(Cow::Borrowed)
    }
}

#[tokio::test(start_paused = true)]
async fn the_board_keeps_the_latest_of_each_name() -> nova::Result {
    let server = MockServer::memory();
    let prices = ["a:1", "b:1", "a:2", "a:3"].into_iter().fold(Scenario::new().connect_success(), Scenario::send_text);
    server.script(prices.ping("all read?").expect_pong());
    let two = nova::Patch::new().set("backpressure.buffer", "2")?;
    let client = server.connect(Board::default()).configure(two).start()?;
    client.pause();
    server.finished().await;
    client.resume();
    let mut kept = Vec::new();
    while kept.len() < 2 {
        kept.extend(client.next().await.and_then(Item::message).and_then(|raw| raw.text().map(str::to_owned)));
    }
    assert_eq!(kept, ["b:1", "a:3"]);
    Ok(())
}
