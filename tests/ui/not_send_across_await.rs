use std::rc::Rc;

#[nova::client(platform = "echo", overrides(ConnectionHandler))]
struct Desk;

impl nova::ConnectionHandler for Desk {
    async fn init(&mut self, _: &mut nova::Context<'_, Self>) -> nova::Result {
        let shared = Rc::new(5);
        tokio::task::yield_now().await;
        let _ = shared;
        Ok(())
    }
}

fn main() {}
