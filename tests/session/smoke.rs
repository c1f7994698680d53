//! The shortest way through the whole client.

use nova::{Gap, GapCause, Item, State};
use serde_json::json;

use crate::support::{Plain, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

#[tokio::test(start_paused = true)]
async fn a_client_survives_a_dropped_link_with_its_topics() {
    let (dialer, server) = venue();
    let server = tokio::spawn(async move {
        let mut peer = server.ready().await;
        assert_eq!(peer.answer("subscribe", json!(["a"])).await, json!(["a"]));
        peer.push("a", json!(1)).await;
        drop(peer);
        let mut peer = server.ready().await;
        assert_eq!(peer.answer("subscribe", json!(["a"])).await, json!(["a"]));
        peer.push("a", json!(2)).await;
        let call = peer.receive().await;
        peer.reply(&call, json!(42)).await;
        peer
    });
    let desk = nova::connect(Desk).dialer(dialer).await.expect("ready");
    desk.subscribe("a").await.expect("confirmed");
    let first = desk.next().await.expect("an item").message().expect("a message");
    assert_eq!(first.data::<u32>().expect("a number"), 1);
    let gap = desk.next().await;
    assert!(matches!(&gap, Some(Item::Gap(Gap { cause: GapCause::Reconnected, epoch: 2, .. }))), "{gap:?}");
    let second = desk.next().await.expect("an item").message().expect("a message");
    assert_eq!(second.data::<u32>().expect("a number"), 2);
    assert_eq!(desk.call::<u32>("answer", json!({})).await.expect("answered"), 42);
    assert!(desk.state().is_ready());
    let peer = server.await.expect("the server");
    drop(peer);
    desk.close().await;
    assert_eq!(desk.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_value_of_the_users_own_leaves_through_the_codec() {
    let (dialer, server) = venue();
    let server = tokio::spawn(async move {
        let mut peer = server.ready().await;
        peer.receive().await
    });
    let desk = nova::connect(Desk).dialer(dialer).await.expect("ready");
    desk.send_value(&("price", 7)).await.expect("sent");
    assert_eq!(server.await.expect("the server"), json!(["price", 7]));
    let error = desk.send_value(&std::collections::HashMap::from([((1, 2), 3)])).await;
    assert!(matches!(error, Err(nova::Error::Encode { .. })), "{error:?}");
}
