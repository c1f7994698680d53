//! The code of `docs/guides/errors.md`: it compiles here; and its tables say what the classes are.

#![allow(dead_code, reason = "it is compiled, not run")]

use nova::{CloseCode, Error};

const GUIDE: &str = include_str!("../../docs/guides/errors.md");

#[rustfmt::skip]
mod taking_part {
    #[nova::client(platform = "deribit", profile = "financial", overrides(ErrorHandler))]
    #[derive(Default)]
    struct Desk {
        refused: u32,
    }

    impl nova::ErrorHandler for Desk {
        /// What kind of error it is: the venue's front answers 403 while it is deployed.
        fn classify(error: &nova::Error, view: nova::View<'_, Self>) -> nova::ErrorClass {
            match error {
                nova::Error::Rejected { status: 403, .. } => nova::ErrorClass::Transient,
                error => view.inherited().classify(error),
            }
        }

        /// Whether and when to come back, where the strategy is not to decide.
        fn should_reconnect(&mut self, error: &nova::Error, attempt: u32, lent: &mut nova::Lent<'_, Self>) -> nova::Reconnect {
            match error {
                nova::Error::Closed { code, .. } if code.0 == 4_503 => nova::Reconnect::After(std::time::Duration::from_secs(600)),
                _ if attempt > 100 => nova::Reconnect::Never,
                error => lent.inherited().should_reconnect(error, attempt),
            }
        }

        /// What to do about it: go on, take a fresh connection, or end.
        async fn handle_error(&mut self, error: &nova::Error, cx: &mut nova::Context<'_, Self>) -> nova::Recovery {
            match error {
                nova::Error::Subscription { .. } => self.refused += 1,
                nova::Error::Decode { .. } => return nova::Recovery::Reconnect,
                _ => {}
            }
            if self.refused > 10 {
                return nova::Recovery::Stop;
            }
            cx.inherited().handle_error(error).await
        }
    }

    async fn calls(desk: nova::Handle<Desk>, order: serde_json::Value) -> nova::Result {
        match desk.call::<serde_json::Value>("private/buy", order).await {
            Ok(filled) => println!("{filled}"),
            Err(nova::Error::Disconnected { outcome: nova::Outcome::NotSent }) => println!("nothing has left: try again"),
            Err(error @ nova::Error::Disconnected { .. }) => println!("ask the venue before you try again: {error}"),
            Err(error) if error.is_transient() => println!("later: {error}"),
            Err(error) => return Err(error),
        }

        let cancel = nova::Outgoing::call("private/cancel_all", &serde_json::json!({}))?.idempotent();
        let cancelled: u64 = desk.request(cancel).await?;

        println!("{cancelled}");
        Ok(())
    }

    async fn ends(desk: nova::Handle<Desk>) {
        if let Err(error) = desk.wait_ready().await {
            eprintln!("{error} ({})", error.class());
        }
    }
}

mod resting {
    #[nova::client(platform = "deribit", breaker(failures = 5, window = "1m", cooldown = "30s"))]
    struct Careful;

    async fn rests(desk: nova::Handle<Careful>) -> nova::Result {
        let mut events = desk.events();
        while let Some(event) = events.next().await {
            if let nova::Event::Breaker(nova::Circuit::Open(why)) = event {
                println!("resting because of {why:?}");
                desk.reset_breaker()?;
            }
        }
        Ok(())
    }

    async fn share() -> nova::Result {
        let shared = nova::secrets::Shared::new(nova::secrets::Environment::default());
        let first = nova::connect(Careful).secrets(shared.clone()).await?;
        let second = nova::connect(Careful).secrets(shared).await?;

        drop((first, second));
        Ok(())
    }
}

#[test]
fn the_guide_of_errors_gives_each_code_its_class() {
    let mut count = 0;
    for row in GUIDE.lines().filter(|line| line.starts_with("| HTTP |") || line.starts_with("| close |")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        for code in cells[2].split(", ").map(|code| code.parse().expect("a code")) {
            let error = if cells[1] == "HTTP" {
                Error::Rejected { status: code, body: "".into(), retry_after: None, location: None, offset_ms: None }
            } else {
                Error::closed(CloseCode(code), "")
            };
            assert_eq!(error.class().to_string(), cells[3], "{error}");
            count += 1;
        }
    }
    assert!(count > 35, "the table was not read: {count}");
}
