//! The code of the guides, so that it compiles: each Rust block of theirs stands here, in a module of its own.

#![allow(dead_code, reason = "compiled, not run")]

mod kinds {
    #[nova::client(platform = "deribit", profile = "financial", overrides(ErrorHandler))]
    #[derive(Default)]
    struct Desk {
        failures: u32,
        maintenance: bool,
    }

    impl nova::ErrorHandler for Desk {
        // async: may wait, has the client and the context
        async fn handle_error(&mut self, error: &nova::Error, cx: &mut nova::Context<'_, Self>) -> nova::Recovery {
            self.failures += 1;
            if self.failures > 20 {
                return nova::Recovery::Stop;
            }
            cx.inherited().handle_error(error).await
        }

        // decision: without the client, so that it can be taken at any moment
        fn classify(error: &nova::Error, view: nova::View<'_, Self>) -> nova::ErrorClass {
            match error {
                nova::Error::Closed { code, .. } if code.0 == 4_001 => nova::ErrorClass::Critical,
                error => view.inherited().classify(error),
            }
        }

        // lent: at once, with the platform's state
        fn should_reconnect(
            &mut self,
            error: &nova::Error,
            attempt: u32,
            lent: &mut nova::Lent<'_, Self>,
        ) -> nova::Reconnect {
            if self.maintenance {
                return nova::Reconnect::After(std::time::Duration::from_secs(600));
            }
            lent.inherited().should_reconnect(error, attempt)
        }
    }
}

mod deliver {
    #[nova::client(platform = "deribit", overrides(MessageHandler))]
    struct Tap {
        seen: u64,
    }

    impl nova::MessageHandler for Tap {
        async fn handle_message(&mut self, message: nova::Raw, cx: &mut nova::Context<'_, Self>) -> nova::Result {
            self.seen += 1;
            cx.inherited().handle_message(message).await // or: cx.deliver(message); or not at all
        }
    }
}

mod profiles {
    #[derive(nova::Profile)]
    #[nova(base = "financial", reconnect(max_attempts = 50, max_delay = "10s"), connection(send = "wait"))]
    struct Nightly;

    #[nova::client(platform = "deribit", profile = Nightly, reconnect(jitter = 0.5))]
    struct Report;

    async fn run() -> nova::Result {
        let patch = nova::Patch::new().set("heartbeat.interval", "5s")?;
        let report = nova::connect(Report).config(nova::provider::Environment::default()).configure(patch).await?;

        let config = report.config();
        for key in ["reconnect.max_delay", "reconnect.jitter", "heartbeat.interval"] {
            println!("{}", config.explain(key)?);
        }
        Ok(())
    }

    #[test]
    fn explain_prints_what_the_guide_of_profiles_shows() {
        use nova::{Client, Config, Layer, PlatformSpec, Profile};
        let spec = nova::platform::Deribit::SPEC;
        let layers = [
            (Layer::Platform, spec.patch),
            (Layer::Profile, <Report as Client>::Profile::PATCH),
            (Layer::Attribute, Report::PATCH),
            (Layer::Builder, nova::Patch::new().set("heartbeat.interval", "5s").unwrap()),
        ];
        let config = Config::resolve(&layers, &spec.bounds).unwrap();
        for key in ["reconnect.max_delay", "reconnect.jitter", "heartbeat.interval"] {
            let line = config.explain(key).unwrap().to_string();
            assert!(super::super::PROFILES.contains(&line), "docs/guides/profiles.md lacks: {line}");
        }
    }
}

mod expansion {
    #[nova::client(platform = "deribit", profile = "financial")]
    struct Desk;
}

mod rate_limits {
    #[nova::client(platform = "deribit", profile = "financial", overrides(RateLimitHandler))]
    struct Quotes;

    #[nova::client(platform = "deribit", profile = "financial")]
    struct Hedge;

    async fn run() -> nova::Result {
        let account = nova::SharedLimiter::new();
        let quotes = nova::connect(Quotes).share_limits(&account).await?;
        let hedge = nova::connect(Hedge).share_limits(&account).await?;

        // A program beside these has used some of the account, or the account was given more.
        account.set_remaining_in("matching engine", 5)?;
        account.set(nova::patch::RateLimit::new().limit(Some("3000/m".parse().expect("a rate"))))?;
        trade(quotes, hedge).await
    }

    async fn trade(quotes: nova::Handle<Quotes>, hedge: nova::Handle<Hedge>) -> nova::Result {
        tokio::join!(quotes.next(), hedge.next());
        Ok(())
    }

    impl nova::RateLimitHandler for Quotes {
        fn cost(outgoing: &nova::Outgoing, view: nova::View<'_, Self>) -> u32 {
            // Twenty quotes in one message count as twenty.
            if outgoing.method() == Some("private/mass_quote") { 20 } else { view.inherited().cost(outgoing) }
        }
    }
}

mod started {
    #[nova::client(platform = "deribit", profile = "financial")]
    struct Desk;

    #[tokio::main]
    async fn main() -> nova::Result {
        let desk = nova::connect(Desk).await?;
        desk.subscribe("ticker.BTC-PERPETUAL.100ms").await?;
        while let Some(item) = desk.next().await {
            println!("{item:?}");
        }
        Ok(())
    }

    #[rustfmt::skip]
    async fn asked() -> nova::Result {
        let login = nova::Credentials::from_env("DERIBIT_CLIENT_ID", "DERIBIT_CLIENT_SECRET")?;
        let desk = nova::connect(Desk).url("wss://test.deribit.com/ws/api/v2").credentials(login).await?;
        desk.subscribe_many(["ticker.BTC-PERPETUAL.raw", "user.orders.any.any.raw"]).await?;

        let book: serde_json::Value = desk.call("public/get_order_book", serde_json::json!({"instrument_name": "BTC-PERPETUAL"})).await?;
        println!("{book}");
        Ok(())
    }
}

mod patient {
    #[nova::client(platform = "deribit", profile = "financial", overrides(ErrorHandler))]
    struct Patient {
        failures: u32,
    }

    impl nova::ErrorHandler for Patient {
        async fn handle_error(&mut self, error: &nova::Error, cx: &mut nova::Context<'_, Self>) -> nova::Recovery {
            self.failures += 1;
            if self.failures > 20 {
                return nova::Recovery::Stop;
            }
            cx.inherited().handle_error(error).await
        }
    }
}

mod adjusted {
    #[nova::client(platform = "deribit", profile = "financial", reconnect(max_attempts = 50, max_delay = "10s"))]
    struct Desk;
}

#[rustfmt::skip]
mod readme {
    async fn run() -> nova::Result {
        #[nova::client(platform = "deribit", profile = "financial")]
        struct Desk;

        let desk = nova::connect(Desk).await?;
        desk.subscribe("ticker.BTC-PERPETUAL.100ms").await?;     // returns when the venue has confirmed
        while let Some(item) = desk.next().await { println!("{item:?}"); }
        Ok(())
    }
}
