//! The seed system's example, and the same every time.

use nova::{
    Item,
    test::{MockServer, Scenario},
};
use serde_json::json;

#[nova::client(platform = "echo", profile = "financial")]
struct Echoing;

#[tokio::test(start_paused = true)]
async fn comes_back_after_a_clean_close() -> nova::Result {
    let server = MockServer::memory();
    let hello = Scenario::new().connect_success().send_json(json!({"welcome": true}));
    server.script(hello.disconnect(1000).expect_reconnect().connect_success());
    let client = server.connect(Echoing).start()?;
    let welcome = client.next().await.and_then(Item::message).expect("a message");
    assert_eq!(welcome.text(), Some(r#"{"welcome":true}"#));
    server.finished().await;
    Ok(())
}
