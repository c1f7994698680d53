//! `AuthHandler`.

use nova::{
    AuthHandler, AuthResponse, Context, Credentials, Error, Event, Handle, Handlers, Outgoing, Result, State,
    TokenState, View,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Notes, refused, subscribed};
use crate::support::{Peer, Plain, Server, pass, secs, settle, venue};

/// A client with credentials, and its server before the first connection.
fn start<C>(client: C) -> (Handle<C>, Server)
where
    C: Handlers,
    C::Platform: Default,
    C::Codec: Default,
{
    let (dialer, server) = venue();
    let key = Credentials::key("id", "secret");
    (nova::connect(client).credentials(key).dialer(dialer).start().expect("started"), server)
}

async fn logged_in(server: &Server, life: Value) -> Peer {
    let mut peer = server.accept().await;
    peer.answer("login", json!({"life": life})).await;
    peer.answer("prepare", json!(0)).await;
    peer
}

#[tokio::test(start_paused = true)]
async fn generate_auth_data_makes_the_login_of_each_connection() {
    #[nova::client(platform = Plain, profile = "financial", overrides(AuthHandler))]
    #[derive(Default)]
    struct Desk {
        logins: u32,
    }

    impl AuthHandler for Desk {
        async fn generate_auth_data(
            &mut self,
            credentials: &Credentials,
            cx: &mut Context<'_, Self>,
        ) -> Result<Outgoing> {
            self.logins += 1;
            // As one that asks a signing service would.
            tokio::time::sleep(secs(1)).await;
            let id = matches!(credentials, Credentials::Key { id, .. } if id == "id");
            assert_eq!((id, cx.state()), (true, State::Authenticating));
            Outgoing::call("login", &json!({"signed": self.logins}))
        }
    }

    let (desk, server) = start(Desk::default());
    for number in 1..=2 {
        let mut peer = server.accept().await;
        peer.expect_silence(secs(1) / 2).await;
        assert_eq!(peer.answer("login", json!({})).await, json!({"signed": number}));
        peer.answer("prepare", json!(0)).await;
        desk.wait_ready().await.expect("ready");
    }
}

#[tokio::test(start_paused = true)]
async fn r067_a_login_that_was_being_made_as_its_link_was_lost_is_not_sent_on_the_next() {
    #[nova::client(platform = Plain, profile = "financial", overrides(AuthHandler))]
    #[derive(Default)]
    struct Desk {
        logins: u32,
    }

    impl AuthHandler for Desk {
        async fn generate_auth_data(&mut self, _: &Credentials, _: &mut Context<'_, Self>) -> Result<Outgoing> {
            self.logins += 1;
            // As a signing service answers that takes longer than a new connection.
            tokio::time::sleep(secs(3)).await;
            Outgoing::call("login", &json!({"signed": self.logins}))
        }
    }

    let (desk, server) = start(Desk::default());
    let mut peer = server.accept().await;
    peer.expect_silence(secs(1)).await;
    drop(peer);
    let mut peer = server.accept().await;
    assert_eq!(peer.answer("login", json!({})).await, json!({"signed": 2}));
    peer.answer("prepare", json!(0)).await;
    desk.wait_ready().await.expect("ready");
}

#[tokio::test(start_paused = true)]
async fn generate_auth_data_may_add_to_what_the_platform_would_have_sent() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(AuthHandler))]
    struct Desk;

    impl AuthHandler for Desk {
        async fn generate_auth_data(
            &mut self,
            credentials: &Credentials,
            cx: &mut Context<'_, Self>,
        ) -> Result<Outgoing> {
            let inherited = cx.inherited().generate_auth_data(credentials).await?;
            NOTES.write(format!("{:?} {:?}", inherited.method(), inherited.text()));
            Ok(inherited)
        }
    }

    let (desk, server) = start(Desk);
    let mut peer = logged_in(&server, json!(null)).await;
    desk.wait_ready().await.expect("ready");
    subscribed(&desk, &mut peer, "private.orders").await;
    assert_eq!(NOTES.take(), [r#"Some("login") Some("{}")"#]);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_cannot_be_made_costs_the_attempt_and_is_told() {
    #[nova::client(platform = Plain, profile = "lightweight", overrides(AuthHandler))]
    struct Desk;

    impl AuthHandler for Desk {
        async fn generate_auth_data(&mut self, _: &Credentials, _: &mut Context<'_, Self>) -> Result<Outgoing> {
            Err(refused("the signing service is away"))
        }
    }

    let (desk, server) = start(Desk);
    let mut peer = server.accept().await;
    while let Some(said) = peer.next_frame().await {
        assert!(!said.is_data(), "{said:?}");
    }
    tokio::spawn(async move {
        loop {
            drop(server.accept().await);
        }
    });
    let error = desk.wait_ready().await.expect_err("no login");
    assert!(
        matches!(&error, Error::Auth { source: Some(source), .. } if source.to_string().contains("away")),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn handle_auth_response_has_the_last_word_on_a_login() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(AuthHandler))]
    struct Desk;

    impl AuthHandler for Desk {
        async fn handle_auth_response(&mut self, response: &AuthResponse, cx: &mut Context<'_, Self>) -> Result {
            match response {
                AuthResponse::Accepted { life: Some(life), scope, refreshed } => {
                    NOTES.write(format!("accepted for {}s: {scope} {refreshed}", life.as_secs()));
                    if life.as_secs() < 60 { Err(refused("too short a life")) } else { Ok(()) }
                }
                AuthResponse::Refused { error, .. } => {
                    NOTES.write(error.to_string());
                    cx.inherited().handle_auth_response(response).await
                }
                response => panic!("{response:?}"),
            }
        }
    }

    let (desk, server) = start(Desk);
    let mut events = desk.events();
    let mut peer = server.accept().await;
    peer.answer("login", json!({"life": 10})).await;
    while let Some(said) = peer.next_frame().await {
        assert!(!said.is_data(), "nothing follows a refused login: {said:?}");
    }
    let mut peer = logged_in(&server, json!(100)).await;
    desk.wait_ready().await.expect("ready");
    assert_eq!(NOTES.take(), ["accepted for 10s: all false", "accepted for 100s: all false"]);
    let logins = std::iter::from_fn(|| events.try_next()).filter(|event| matches!(event, Event::LoggedIn { .. }));
    assert_eq!(logins.count(), 1);
    // The renewal is refused once, then made anew.
    let call = peer.within(secs(99)).await.expect("a renewal");
    peer.refuse(&call, 7).await;
    peer.answer("login", json!({"life": 100})).await;
    settle().await;
    let notes = NOTES.take();
    assert_eq!((notes.len(), notes[1].as_str()), (2, "accepted for 100s: all true"), "{notes:?}");
    assert!(notes[0].contains('7'), "{notes:?}");
    assert!(desk.state().is_ready());
}

#[tokio::test(start_paused = true)]
async fn needs_reauthentication_may_postpone_a_renewal() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(AuthHandler))]
    struct Desk;

    impl AuthHandler for Desk {
        fn needs_reauthentication(token: &TokenState, view: View<'_, Self>) -> bool {
            let (Some(since), Some(life)) = (token.since, token.life) else { panic!("{token:?}") };
            let used = since.elapsed().as_secs_f64() / life.as_secs_f64();
            let late = used > 0.9;
            NOTES.write(format!("{} {late}", life.as_secs()));
            late && view.inherited().needs_reauthentication(token)
        }
    }

    let (desk, server) = start(Desk);
    let mut peer = logged_in(&server, json!(1000)).await;
    desk.wait_ready().await.expect("ready");
    let ready = Instant::now();
    let renewal = peer.within(secs(999)).await.expect("a renewal");
    assert_eq!(renewal["method"], "login");
    assert!((secs(900)..secs(1000)).contains(&ready.elapsed()), "{:?}", ready.elapsed());
    peer.reply(&renewal, json!({"life": 1000})).await;
    pass(secs(1)).await;
    let notes = NOTES.take();
    let (last, before) = notes.split_last().expect("asked");
    assert_eq!(last, "1000 true");
    assert!(!before.is_empty() && before.iter().all(|note| note == "1000 false"), "{notes:?}");
    assert!(desk.state().is_ready());
}
