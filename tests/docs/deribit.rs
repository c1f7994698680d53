//! The code of `docs/guides/deribit.md`: it compiles here, and its desk runs against the local venue. What is not here is in the example
//! `deribit`.

#![allow(dead_code, reason = "some of it is compiled, not run")]

use desk::Desk;
use nova::{
    Credentials,
    book::{Books, Rule},
};

mod login {
    use nova::{Credentials, platform::Deribit};

    #[nova::client(platform = "deribit", profile = "financial")]
    struct Desk;

    async fn run(id: String, secret: String) -> nova::Result {
        let desk = nova::connect(Desk)
            .url(Deribit::TEST_URL)
            .platform(Deribit::new().scope("session:desk trade:read_write account:read_write").cancel_on_disconnect())
            .credentials(Credentials::signed(id, secret))
            .await?;
        desk.subscribe_many(["book.BTC-PERPETUAL.raw", "user.changes.any.any.raw"]).await?;
        Ok(())
    }
}

mod desk {
    use nova::{Context, Disconnect, Gap, Resync, book::Books, platform::deribit::Feed};

    #[nova::client(
        platform = "deribit",
        profile = "financial",
        message = Feed,
        overrides(MessageHandler, SubscriptionHandler, ConnectionHandler)
    )]
    pub(super) struct Desk {
        pub(super) books: Books, // Books::new(Rule::PrevId)
    }

    impl nova::MessageHandler for Desk {
        async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> nova::Result {
            if let Feed::Book(change) = &message
                && let Err(fault) = self.books.apply(&change.channel, &change.data)
            {
                cx.resync(&*change.channel);
                return Err(fault.into());
            }
            cx.deliver(message);
            Ok(())
        }
    }

    impl nova::SubscriptionHandler for Desk {
        async fn handle_gap(&mut self, gap: &Gap, _: &mut Context<'_, Self>) -> Resync {
            self.books.gap(gap)
        }
    }

    impl nova::ConnectionHandler for Desk {
        async fn handle_disconnect(&mut self, _: &Disconnect, _: &mut Context<'_, Self>) {
            self.books.invalidate();
        }
    }
}

mod look {
    use nova::book::{Books, Decimal};

    fn look(books: &Books) -> Option<Decimal> {
        let book = books.get("book.BTC-PERPETUAL.raw")?;
        let depth = book.depth(10)?;
        println!("{} bids and {} asks", depth.bids.len(), depth.asks.len());
        book.top()?.spread()
    }
}

mod order {
    use nova::{
        Error, Outcome,
        platform::deribit::{Account, NewOrder, Trading},
    };

    #[nova::client(platform = "deribit")]
    struct Desk;

    async fn enter(desk: &nova::Handle<Desk>) -> nova::Result<String> {
        let order = NewOrder::limit("BTC-PERPETUAL", 10.0, 36_000.0).label("desk-17").post_only(true);
        match desk.buy(&order).await {
            Ok(placed) => Ok(placed.order.order_id),
            Err(
                Error::Disconnected { outcome: Outcome::Unknown }
                | Error::Timeout { outcome: Some(Outcome::Unknown), .. },
            ) => {
                desk.wait_ready().await?;
                let open = desk.open_orders(None, None).await?;
                let found = open.into_iter().find(|order| order.label.as_deref() == Some("desk-17"));
                found.map(|order| order.order_id).ok_or_else(|| Error::handler("it was filled, or never arrived"))
            }
            Err(error) => Err(error),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_guides_desk_keeps_a_book() {
    let venue = nova::test::venue::Deribit::builder().offline().expect("a venue");
    let (dialer, mut listener) = nova::memory();
    tokio::spawn(async move {
        while let Some(stream) = listener.accept().await {
            venue.serve(stream);
        }
    });
    let desk = nova::connect(Desk { books: Books::new(Rule::PrevId) })
        .dialer(dialer)
        .credentials(Credentials::key("nova", "nova-secret"))
        .await
        .expect("ready");
    desk.subscribe("book.BTC-PERPETUAL.raw").await.expect("confirmed");
    for _ in 0..3 {
        let message = desk.next().await.and_then(nova::Item::message).expect("a message");
        assert!(matches!(message, nova::platform::deribit::Feed::Book(_)), "{message:?}");
    }
    desk.close().await;
}

/// The codes that the page names are of the class that it says.
#[test]
fn the_pages_codes_are_of_the_class_it_says() {
    use nova::Platform as _;
    let page = include_str!("../../docs/guides/deribit.md");
    let mut count = 0;
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let (codes, class) = (cells.next().expect("codes"), cells.next().expect("a class"));
        for code in codes.split('`').filter_map(|word| word.split(' ').next()?.parse::<i64>().ok()) {
            let own = nova::platform::Deribit::new().error_class(code);
            assert_eq!(own.to_string(), class, "{code}");
            count += 1;
        }
    }
    assert!(count > 15, "the codes were not found: {count}");
}
