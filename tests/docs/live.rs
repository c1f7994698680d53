//! The code of `docs/guides/dynamic_configuration.md`, run against a venue in memory.

use std::sync::Arc;

use nova::{Event, EventGroup, Patch};

use self::code::provider::Flags;
use crate::support::{pass, secs, venue};

mod code {
    use crate::support::Plain;

    #[nova::client(platform = Plain, profile = "financial")]
    pub(super) struct Desk;

    pub(super) async fn retune(desk: &nova::Handle<Desk>) -> nova::Result {
        let calmer = nova::Patch::new().set("heartbeat.interval", "5s")?.set("connection.timeout", "3s")?;

        println!("{}", desk.plan(&calmer)); // what it would come to; nothing changes
        let changes = desk.configure(calmer).await?;
        println!("{changes}");
        println!("{}", desk.config().explain("heartbeat.interval")?);
        Ok(())
    }

    #[allow(dead_code, reason = "its venue is of the system's network")]
    async fn from_a_file(path: std::path::PathBuf) -> nova::Result<nova::Handle<Desk>> {
        nova::connect(Desk).config(nova::provider::File::default().path(path)).await
    }

    #[rustfmt::skip]
    pub(super) mod provider {
        #[derive(Debug)]
        pub(crate) struct Flags(pub(crate) std::sync::Arc<tokio::sync::Mutex<tokio::sync::mpsc::Receiver<nova::Patch>>>);

        impl nova::ConfigProvider for Flags {
            fn load(&self) -> nova::Result<nova::Patch> {
                nova::Patch::new().set("heartbeat.interval", "7s")
            }

            fn changed(&self) -> Option<nova::BoxFuture<'static, nova::Result<nova::Patch>>> {
                let flags = self.0.clone();
                Some(Box::pin(async move {
                    match flags.lock().await.recv().await {
                        Some(patch) => Ok(patch),
                        None => std::future::pending().await,
                    }
                }))
            }
        }
    }

    #[allow(dead_code, reason = "its venue is of the system's network")]
    async fn kept(path: std::path::PathBuf) -> nova::Result<nova::Handle<Desk>> {
        nova::connect(Desk).persist(path).await
    }
}

#[tokio::test(start_paused = true)]
async fn the_guides_settings_change_as_it_says() {
    const GUIDE: &str = include_str!("../../docs/guides/dynamic_configuration.md");
    let (dialer, server) = venue();
    let desk = nova::connect(code::Desk).dialer(dialer).start().expect("started");
    let _peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let mut events = desk.events_of([EventGroup::Configuration]);
    code::retune(&desk).await.expect("applied");
    let Some(Event::Configured { changes }) = events.next().await else { panic!("nothing is told") };
    // The keys are told in the order of the table.
    for line in changes.to_string().lines() {
        assert!(GUIDE.contains(line), "the guide lacks `{line}`");
    }
    let refused = Patch::new().set("heartbeat.timeout", "50s").expect("a time");
    desk.configure(refused).await.expect_err("ten intervals");
}

#[tokio::test(start_paused = true)]
async fn a_provider_of_ones_own_changes_a_running_client() {
    let (flag, flags) = tokio::sync::mpsc::channel(1);
    let (dialer, server) = venue();
    let connect = nova::connect(code::Desk).config(Flags(Arc::new(tokio::sync::Mutex::new(flags))));
    let desk = connect.dialer(dialer).start().expect("started");
    let _peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    assert_eq!(desk.config().heartbeat.interval, Some(secs(7)));
    flag.send(Patch::new().set("heartbeat.interval", "3s").expect("a time")).await.expect("heard");
    pass(secs(1)).await;
    assert_eq!(desk.config().heartbeat.interval, Some(secs(3)));
}
