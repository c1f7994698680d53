//! `ErrorHandler`.

use std::time::Duration;

use nova::{
    Context, Error, ErrorClass, ErrorHandler, Item, Lent, MessageHandler, Raw, Reconnect, Recovery, Result, State, View,
};
use serde_json::json;
use tokio::time::Instant;

use super::{Notes, Number, payload, ready, refused, subscribed};
use crate::support::{Plain, pass, secs, settle, venue};

#[tokio::test(start_paused = true)]
async fn handle_error_may_go_on_reconnect_or_stop() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ErrorHandler, MessageHandler))]
    struct Desk;

    impl MessageHandler for Desk {
        async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
            Err(refused(&message.data::<String>()?))
        }
    }

    impl ErrorHandler for Desk {
        async fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> Recovery {
            let told = error.to_string();
            NOTES.write(told.as_str());
            match told.rsplit(' ').next() {
                Some("reconnect") => Recovery::Reconnect,
                Some("stop") => Recovery::Stop,
                _ => cx.inherited().handle_error(error).await,
            }
        }
    }

    let (desk, server, mut peer) = ready(Desk).await;
    peer.push("a", json!("continue")).await;
    peer.expect_silence(secs(1)).await;
    assert!(desk.state().is_ready());
    peer.push("a", json!("reconnect")).await;
    let mut second = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let cause = desk.history().into_iter().find(|step| step.from.is_ready()).expect("left ready").cause.to_string();
    assert_eq!(cause, "a handler failed: reconnect");
    second.push("a", json!("stop")).await;
    settle().await;
    assert_eq!(desk.state(), State::Failed);
    let ended = desk.watch().end().expect("why");
    assert_eq!(ended.to_string(), "a handler failed: stop");
    assert_eq!(NOTES.take(), ["continue", "reconnect", "stop"].map(|word| format!("a handler failed: {word}")));
}

#[tokio::test(start_paused = true)]
async fn handle_error_is_told_of_lost_links_and_failed_attempts_and_may_stop_there() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ErrorHandler))]
    #[derive(Default)]
    struct Desk {
        failures: u32,
    }

    impl ErrorHandler for Desk {
        async fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> Recovery {
            self.failures += 1;
            NOTES.write(error.class().to_string());
            if self.failures == 3 {
                return Recovery::Stop;
            }
            cx.inherited().handle_error(error).await
        }
    }

    let (dialer, server) = venue();
    let desk = nova::connect(Desk::default()).dialer(dialer.clone()).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    drop((peer, server));
    pass(secs(60)).await;
    assert_eq!(desk.state(), State::Failed);
    assert_eq!((NOTES.take().len(), dialer.dials()), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn errors_of_callers_are_theirs_alone() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ErrorHandler))]
    struct Desk;

    impl ErrorHandler for Desk {
        async fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> Recovery {
            NOTES.write(error.to_string());
            cx.inherited().handle_error(error).await
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    let (answer, ()) = tokio::join!(desk.call::<i64>("buy", json!({})), async {
        let call = peer.receive().await;
        peer.refuse(&call, 7).await;
    });
    assert!(matches!(answer, Err(Error::Platform { code: 7, .. })), "{answer:?}");
    settle().await;
    assert!(NOTES.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn classify_decides_what_a_strategy_makes_of_an_error() {
    static NOTES: Notes = Notes::new();

    /// Ends with any error that may not pass.
    #[nova::client(platform = Plain, strategy = "fail_fast", message = Number, overrides(ErrorHandler))]
    struct Desk;

    impl ErrorHandler for Desk {
        fn classify(error: &Error, view: View<'_, Self>) -> ErrorClass {
            NOTES.write(error.to_string());
            match error {
                Error::Decode { excerpt, .. } if excerpt.contains("odd") => ErrorClass::Transient,
                error => view.inherited().classify(error),
            }
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    peer.push("a", json!("odd")).await;
    settle().await;
    assert_eq!((NOTES.take().len(), desk.state().is_ready()), (1, true));
    peer.push("a", json!("worse")).await;
    settle().await;
    assert_eq!((NOTES.take().len(), desk.state()), (1, State::Failed));
}

#[tokio::test(start_paused = true)]
async fn classify_decides_whether_a_lost_link_comes_back() {
    #[nova::client(platform = Plain, strategy = "fail_fast", overrides(ErrorHandler))]
    struct Desk;

    impl ErrorHandler for Desk {
        fn classify(error: &Error, view: View<'_, Self>) -> ErrorClass {
            if matches!(error, Error::Lost { .. }) { ErrorClass::Critical } else { view.inherited().classify(error) }
        }
    }

    let (desk, _server, peer) = ready(Desk).await;
    drop(peer);
    settle().await;
    assert_eq!(desk.state(), State::Failed);
}

#[tokio::test(start_paused = true)]
async fn should_reconnect_decides_whether_and_when() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "standard", overrides(ErrorHandler))]
    #[derive(Default)]
    struct Desk {
        asked: u32,
    }

    impl ErrorHandler for Desk {
        fn should_reconnect(&mut self, error: &Error, attempt: u32, lent: &mut Lent<'_, Self>) -> Reconnect {
            self.asked += 1;
            NOTES.write(format!("{attempt} {}", matches!(error, Error::Lost { .. })));
            match self.asked {
                1 => Reconnect::After(secs(42)),
                2 => lent.inherited().should_reconnect(error, attempt),
                _ => Reconnect::Never,
            }
        }
    }

    let (desk, server, mut peer) = ready(Desk::default()).await;
    for delay in [secs(42)..secs(43), Duration::from_millis(500)..secs(3)] {
        // Stable, so that each loss is a first one.
        tokio::select! {
            () = pass(secs(100)) => {}
            () = async { while peer.next().await.is_some() {} } => panic!("lost"),
        }
        drop(peer);
        let lost = Instant::now();
        peer = server.ready().await;
        desk.wait_ready().await.expect("ready");
        assert!(delay.contains(&lost.elapsed()), "{:?}", lost.elapsed());
    }
    drop(peer);
    settle().await;
    assert_eq!(desk.state(), State::Failed);
    let notes = NOTES.take();
    assert_eq!(notes[..2], ["1 true", "1 true"]);
    assert_eq!(notes.len(), 3, "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn log_error_gets_each_error_once() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", message = Number, overrides(ErrorHandler))]
    struct Desk;

    impl ErrorHandler for Desk {
        fn log_error(&mut self, error: &Error, lent: &mut Lent<'_, Self>) {
            NOTES.write(match error {
                Error::Decode { .. } => "undecodable".to_owned(),
                Error::Lost { .. } => "lost".to_owned(),
                error => error.to_string(),
            });
            lent.inherited().log_error(error);
        }
    }

    let (desk, server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    peer.push("a", json!("odd")).await;
    assert!(matches!(desk.next().await, Some(Item::Undecodable(..))));
    drop(peer);
    let _peer = server.ready().await;
    assert_eq!(NOTES.take(), ["undecodable", "lost"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_handler_is_an_error_and_costs_one_message() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(ErrorHandler, MessageHandler))]
    struct Desk;

    impl MessageHandler for Desk {
        async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
            assert_ne!(message.data::<i64>()?, 1, "on purpose");
            cx.inherited().handle_message(message).await
        }
    }

    impl ErrorHandler for Desk {
        async fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> Recovery {
            NOTES.write(format!("{error:?}"));
            cx.inherited().handle_error(error).await
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    peer.push("a", json!(1)).await;
    peer.push("a", json!(2)).await;
    assert_eq!(payload(&desk).await, 2);
    assert_eq!(NOTES.take(), [r#"Panicked { callback: "handle_message" }"#]);
}
