//! Two clients of one process as the nodes of a cluster: the second hears what the first is doing, and does something else.
//!
//! ```sh
//! cargo run -p examples --example two_clients
//! ```

use nova::{ClusterUpdate, Context, Credentials, Handle, NodeTransition, test::venue::Deribit};
use tokio::sync::watch;

const TOPICS: [&str; 2] = ["ticker.BTC-PERPETUAL.raw", "ticker.ETH-PERPETUAL.raw"];

#[nova::client(platform = "deribit", profile = "financial", cluster = "local", overrides(ClusterAware))]
struct Desk {
    name: &'static str,
    /// The topics that another desk has.
    taken: watch::Sender<Vec<String>>,
}

impl nova::ClusterAware for Desk {
    async fn handle_node_transition(&mut self, transition: &NodeTransition, _: &mut Context<'_, Self>) {
        println!("{}: {transition:?}", self.name);
    }

    async fn handle_cluster_update(&mut self, update: &ClusterUpdate, _: &mut Context<'_, Self>) {
        println!("{}: {} has {:?}", self.name, update.from, update.state.topics);
        if !update.state.topics.is_empty() {
            self.taken.send_replace(update.state.topics.clone());
        }
    }
}

async fn open(name: &'static str, venue: &Deribit) -> nova::Result<(Handle<Desk>, watch::Receiver<Vec<String>>)> {
    let (taken, told) = watch::channel(Vec::new());
    let login = Credentials::key("nova", "nova-secret");
    let desk = nova::connect(Desk { name, taken }).url(venue.url()).credentials(login).await?;
    Ok((desk, told))
}

#[tokio::main]
async fn main() -> nova::Result {
    let venue = Deribit::start().await?;
    let (first, _) = open("first", &venue).await?;
    first.subscribe(TOPICS[0]).await?;

    let (second, mut told) = open("second", &venue).await?;
    let taken = told.wait_for(|taken| !taken.is_empty()).await.map_err(nova::Error::handler)?.clone();
    let free = TOPICS.into_iter().find(|topic| !taken.iter().any(|name| name == topic));
    second.subscribe(free.unwrap_or(TOPICS[0])).await?;

    println!("the venue serves {:?}", venue.subscribed());
    for desk in [first, second] {
        println!("{:?}", desk.next().await);
        desk.close().await;
    }
    if free.is_none() {
        return Err(nova::Error::handler("both desks do the same work"));
    }
    Ok(())
}
