//! The code of `docs/guides/ethereum.md`: it compiles here, and a reader that follows its rule has the chain.

#![allow(dead_code, reason = "compiled, not run")]

#[rustfmt::skip]
mod watch {
    use nova::{
        Item, Topic,
        platform::ethereum::{At, Feed, Filter, Node as _},
    };

    #[nova::client(platform = "ethereum", profile = "financial", message = Feed)]
    pub(super) struct Watcher;

    async fn run(url: String) -> Result<(), Box<dyn std::error::Error>> {
        let node = nova::connect(Watcher).url(url).await?;
        node.subscribe("newHeads").await?;

        let token = "0xdac17f958d2ee523a2206206994597c13d831ec7".parse()?;
        let transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef".parse()?;
        let filter = Filter::new().address(token).topic(0, transfer);
        node.subscribe(Topic::new("logs.transfers").params(filter.params())).await?;

        println!("{} wei", node.balance(token, At::Latest).await?);
        while let Some(item) = node.next().await {
            match item {
                Item::Message(Feed::Head(head)) if head.removed => println!("block {} is gone", head.number),
                Item::Message(Feed::Head(head)) => println!("block {}", head.number),
                Item::Message(Feed::Labelled { log, .. }) if log.removed => println!("undo {:?}", log.transaction_hash),
                Item::Message(Feed::Labelled { log, .. }) => println!("do {:?}", log.transaction_hash),
                other => println!("{other:?}"),
            }
        }
        Ok(())
    }
}

#[rustfmt::skip]
mod batch {
    use super::watch::Watcher;

    use nova::platform::ethereum::Block;

    async fn look(node: &nova::Handle<Watcher>) -> nova::Result {
        let batch = node.batch();
        let price = batch.call::<String>("eth_gasPrice", ["0x"; 0]);
        let first = batch.call::<Block>("eth_getBlockByNumber", ("0x0", false));
        println!("{} since {}", price.await?, first.await?.head.hash);
        Ok(())
    }
}

#[rustfmt::skip]
mod settings {
    fn settings() {
        use nova::platform::Ethereum;

        // At most a day is fetched, logs of 2,000 blocks at a time.
        let platform = Ethereum::new().backfill(7_200).log_range(2_000);
        drop(platform);
    }
}

#[tokio::test]
async fn whoever_undoes_what_is_removed_has_the_chain() -> nova::Result {
    use nova::{Item, platform::ethereum::Feed, test::venue};

    let venue = venue::Ethereum::start().await?;
    let node = nova::connect(watch::Watcher).url(venue.url()).await?;
    node.subscribe("newHeads").await?;
    (0..4).for_each(|_| assert!(venue.mine() > 0));
    venue.cut();
    venue.reorganise(3, 5);
    let mut chain = Vec::new();
    while chain.len() < 6 {
        match node.next().await {
            Some(Item::Message(Feed::Head(head))) if head.removed => {
                assert_eq!(chain.pop(), Some(head.hash.to_string()));
            }
            Some(Item::Message(Feed::Head(head))) => chain.push(head.hash.to_string()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(chain, venue.hashes()[1..]);
    Ok(())
}
