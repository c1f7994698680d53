//! Ethereum: heads and logs over a link that is lost and a chain that is reorganised, with nothing missing and nothing twice.
//!
//! ```sh
//! cargo run -p examples --example ethereum -- --help
//! ```

use std::{env, process::ExitCode};

use nova::{
    Item, Topic,
    platform::ethereum::{Feed, Filter, Node as _},
    test::venue::{self, Emitted},
};

const HELP: &str = "\
New blocks and logs of an Ethereum node.

Usage: cargo run -p examples --example ethereum [-- OPTIONS]

Options:
  --live URL   the next five blocks of this node (ws:// or wss://, with the provider's key in its path) instead of a local one
  --help       print this";

#[nova::client(platform = "ethereum", profile = "financial", message = Feed)]
struct Watcher;

/// Prints items until so many heads have come.
async fn watch(node: &nova::Handle<Watcher>, heads: usize) {
    let mut seen = 0;
    while seen < heads {
        match node.next().await {
            Some(Item::Message(Feed::Head(head))) if head.removed => println!("block {} is gone", head.number),
            Some(Item::Message(Feed::Head(head))) => {
                println!("block {} {}", head.number, head.hash);
                seen += 1;
            }
            Some(Item::Message(Feed::Labelled { label, log })) => {
                let word = if log.removed { "took back" } else { "said" };
                println!("  {label}: {} {word} {}", log.address, log.topics[0]);
            }
            Some(other) => println!("{other:?}"),
            None => return,
        }
    }
}

async fn live(url: String) -> nova::Result {
    let node = nova::connect(Watcher).url(url).await?;
    println!("chain {}, {} wei a unit of gas", node.chain_id().await?, node.gas_price().await?);
    node.subscribe("newHeads").await?;
    watch(&node, 5).await;
    node.close().await;
    Ok(())
}

async fn local() -> nova::Result {
    let venue = venue::Ethereum::start().await?;
    let node = nova::connect(Watcher).url(venue.url()).await?;
    let contract = Emitted::new(7, 1);
    let filter = Filter::new().address(contract.address.parse().map_err(nova::Error::handler)?);
    node.subscribe("newHeads").await?;
    node.subscribe(Topic::new("logs.contract").params(filter.params())).await?;

    venue.emit(contract.clone());
    venue.mine();
    watch(&node, 1).await;

    println!("the link is lost, and three blocks are mined");
    venue.cut();
    venue.emit(contract.clone());
    (0..3).for_each(|_| println!("mined {}", venue.mine()));
    watch(&node, 3).await;

    println!("two blocks are replaced by three");
    venue.reorganise(2, 3);
    watch(&node, 3).await;
    println!("at block {}", node.block_number().await?);
    node.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let ended = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => local().await,
        ["--live", url] => live(url.to_owned()).await,
        ["--help"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
