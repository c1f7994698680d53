//! Orders, and what becomes of them.

use serde_json::json;

use super::peer::Peer;
use crate::test::venue::Deribit;

#[tokio::test(start_paused = true)]
async fn an_order_rests_is_told_and_is_cancelled() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::logged_in(&venue).await;
    let channels = json!({"channels": ["user.orders.BTC-PERPETUAL.raw", "user.orders.any.any.100ms"]});
    assert_eq!(peer.call("private/subscribe", channels).await["result"].as_array().unwrap().len(), 2);
    let order = json!({"instrument_name": "BTC-PERPETUAL", "amount": 20.0, "price": 10.0, "label": "l"});
    let placed = peer.call("private/buy", order).await["result"].take();
    assert_eq!(placed["order"]["order_state"], "open");
    assert_eq!(peer.note("user.orders.BTC-PERPETUAL.raw").await["label"], "l", "raw tells one object");
    let id = json!({"order_id": placed["order"]["order_id"]});
    assert_eq!(venue.open_orders().len(), 1);
    assert_eq!(peer.call("private/cancel", id.clone()).await["result"]["order_state"], "cancelled");
    for state in ["open", "cancelled"] {
        assert_eq!(peer.note("user.orders.any.any.100ms").await[0]["order_state"], state, "others tell lists");
    }
    assert_eq!(peer.error("private/cancel", id).await, 10004);
}

#[tokio::test(start_paused = true)]
async fn what_crosses_is_filled_and_becomes_a_position() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::logged_in(&venue).await;
    peer.call("private/subscribe", json!({"channels": ["user.trades.BTC-PERPETUAL.raw"]})).await;
    let order = json!({"instrument_name": "BTC-PERPETUAL", "amount": 30, "type": "market"});
    let placed = peer.call("private/sell", order).await["result"].take();
    assert_eq!(placed["order"]["price"], "market_price");
    assert_eq!(placed["order"]["order_state"], "filled");
    assert_eq!(peer.note("user.trades.BTC-PERPETUAL.raw").await, placed["trades"]);
    assert_eq!(peer.call("private/get_positions", json!({})).await["result"][0]["size"], -30.0);
    assert_eq!(peer.call("private/cancel_all", json!({})).await["result"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_bad_order_names_its_parameter_and_a_missing_right_is_forbidden() {
    let venue = Deribit::builder().offline().unwrap();
    let mut peer = Peer::logged_in(&venue).await;
    for (order, param) in [
        (json!({"instrument_name": "BTC-PERPETUAL", "amount": 15, "price": 1}), "amount"),
        (json!({"instrument_name": "BTC-PERPETUAL", "amount": 10}), "price"),
        (json!({"amount": 10}), "instrument_name"),
    ] {
        let reply = peer.call("private/buy", order).await;
        assert_eq!((&reply["error"]["code"], &reply["error"]["data"]["param"]), (&json!(-32602), &json!(param)));
    }
    let venue = Deribit::builder().rights("trade:read").offline().unwrap();
    assert_eq!(Peer::logged_in(&venue).await.error("private/cancel_all", json!({})).await, 13021);
}

#[tokio::test(start_paused = true)]
async fn orders_go_with_their_connection_where_that_was_asked_for() {
    for (enabled, log_out, left) in [(true, false, 0), (false, false, 1), (true, true, 1)] {
        let venue = Deribit::builder().offline().unwrap();
        let mut peer = Peer::logged_in(&venue).await;
        if enabled {
            let reply = peer.call("private/enable_cancel_on_disconnect", json!({"scope": "connection"})).await;
            assert_eq!(reply["result"], "ok");
        }
        peer.call("private/buy", json!({"instrument_name": "BTC-PERPETUAL", "amount": 10, "price": 1})).await;
        if log_out {
            peer.start("private/logout", json!({})).await;
            while peer.next().await.is_some() {}
        }
        venue.cut();
        assert_eq!(venue.open_orders().len(), left, "enabled {enabled}, logged out {log_out}");
    }
}
