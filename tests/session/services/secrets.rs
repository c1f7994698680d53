//! A secrets manager: asked before each login, within its deadline, and never the end of a client that has a login.

use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use nova::{
    BoxFuture, Connect, Context, Credentials, Error, Event, Events, Handle, Outgoing, SecretsManager, State,
    test::MockDialer,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    script::{Act, End, scripted},
    support::{Peer, Plain, Server, nowhere, pass, secs, settle, unvisited, venue},
};

/// What the manager does when it is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Key(&'static str),
    After(Duration, &'static str),
    Token(&'static str),
    Malformed,
    Fails,
    Unusable,
    Panics,
    Never,
}

/// A manager with a script, whose last line it repeats.
#[derive(Clone, Debug, Default)]
pub(super) struct Vault {
    script: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Vault {
    fn with(script: impl IntoIterator<Item = Answer>) -> Self {
        Self { script: Arc::new(Mutex::new(script.into_iter().collect())), asked: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.asked.lock().expect("whole").len()
    }
}

impl SecretsManager for Vault {
    fn credentials(&self) -> BoxFuture<'_, nova::Result<Credentials>> {
        Box::pin(async {
            self.asked.lock().expect("whole").push(Instant::now());
            let answer = {
                let mut script = self.script.lock().expect("whole");
                if script.len() > 1 { script.pop_front() } else { script.front().copied() }
            };
            match answer.expect("a script") {
                Answer::Key(id) => Ok(Credentials::key(id, "s3cret")),
                Answer::After(delay, id) => {
                    tokio::time::sleep(delay).await;
                    Ok(Credentials::key(id, "s3cret"))
                }
                Answer::Token(token) => Ok(Credentials::token(token)),
                Answer::Malformed => Ok(Credentials::key("me", "s3cret\n")),
                Answer::Fails => Err(Error::handler("the vault is sealed")),
                Answer::Unusable => Err(Error::Config { field: "vault.path".into(), reason: "there is none".into() }),
                Answer::Panics => panic!("the vault fell over"),
                Answer::Never => pending().await,
            }
        })
    }
}

#[derive(Default, nova::Platform)]
#[nova(
    url = "ws://venue.test/",
    id = "/id",
    result = "/result",
    login(send = r#"{"id":{id},"method":"login","params":"{api_key}"}"#, life = "/result/life")
)]
struct Venue;

#[nova::client(platform = Venue, profile = "financial", auth(timeout = "3s"))]
struct Desk;

const DEADLINE: Duration = secs(3);

fn started(vault: &Vault) -> (Handle<Desk>, MockDialer, Server) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).secrets(vault.clone()).dialer(dialer.clone()).start().expect("started");
    (desk, dialer, server)
}

/// The next connection, logged in; and with which key.
async fn login(server: &Server) -> (Peer, Value) {
    let mut peer = server.accept().await;
    let key = peer.answer("login", json!({})).await;
    (peer, key)
}

fn errors(events: &mut Events) -> Vec<Error> {
    std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Error(error) = event { Some(error) } else { None })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_rotated_secret_is_used_from_the_next_login_on() {
    let vault = Vault::with([Answer::Key("old"), Answer::Key("new")]);
    let (_desk, _, server) = started(&vault);
    let (peer, key) = login(&server).await;
    assert_eq!(key, "old");
    drop(peer);
    let (_peer, key) = login(&server).await;
    assert_eq!(key, "new");
    assert_eq!(vault.asked(), 2, "once a login");
}

#[tokio::test(start_paused = true)]
async fn p33_a_manager_that_fails_leaves_the_last_good_credentials_in_use() {
    for wrong in [Answer::Fails, Answer::Unusable, Answer::Malformed, Answer::Token("t"), Answer::Panics, Answer::Never]
    {
        let vault = Vault::with([Answer::Key("good"), wrong, Answer::Key("better")]);
        let (desk, _, server) = started(&vault);
        let (peer, _) = login(&server).await;
        desk.wait_ready().await.expect("ready");
        let mut events = desk.events();
        drop(peer);
        let (peer, key) = login(&server).await;
        assert_eq!(key, "good", "{wrong:?}");
        desk.wait_ready().await.expect("ready again");
        let told = errors(&mut events);
        let about = told.iter().find(|error| matches!(error, Error::Secrets { .. })).expect("it is told");
        assert!(about.to_string().contains("`secrets`"), "{about}");
        assert!(!format!("{about} {about:?}").contains("s3cret"), "{about:?}");
        let dialled = vault.asked.lock().expect("whole")[1];
        let waited = if wrong == Answer::Never { DEADLINE } else { Duration::ZERO };
        assert!(dialled.elapsed() < waited + secs(1), "{wrong:?}: {:?}", dialled.elapsed());
        drop(peer);
        let (_peer, key) = login(&server).await;
        assert_eq!(key, "better", "{wrong:?}: it is asked again");
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_credentials_the_attempt_fails_and_the_next_asks_again() {
    for wrong in [Answer::Fails, Answer::Panics, Answer::Never] {
        let vault = Vault::with([wrong, wrong, Answer::Key("good")]);
        let (desk, dialer, server) = started(&vault);
        let mut events = desk.events();
        let (_peer, key) = login(&server).await;
        assert_eq!(
            (key, vault.asked(), dialer.dials()),
            (json!("good"), 3, 1),
            "{wrong:?}: nothing is dialled without"
        );
        let told = errors(&mut events);
        assert!(matches!(told[..], [Error::Secrets { .. }, Error::Secrets { .. }]), "{wrong:?}: {told:?}");
        let steps = desk.history().iter().filter(|step| step.to == State::Backoff).count();
        assert_eq!(steps, 2, "{wrong:?}: it backs off");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_can_never_work_are_the_end_before_dialling() {
    for wrong in [Answer::Unusable, Answer::Malformed, Answer::Token("t")] {
        let (dialer, _server) = unvisited();
        let error =
            nova::connect(Desk).secrets(Vault::with([wrong])).dialer(dialer.clone()).await.expect_err("no login");
        assert!(matches!(error, Error::Secrets { .. }), "{wrong:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(dialer.dials(), 0, "{wrong:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_manager_may_take_its_time_up_to_the_deadline() {
    let begun = Instant::now();
    let vault = Vault::with([Answer::After(secs(2), "slow"), Answer::After(secs(60), "too slow")]);
    let (desk, _, server) = started(&vault);
    let (peer, key) = login(&server).await;
    assert_eq!((key, begun.elapsed()), (json!("slow"), secs(2)));
    desk.wait_ready().await.expect("ready");
    drop(peer);
    settle().await;
    let (_peer, key) = login(&server).await;
    let asked = vault.asked.lock().expect("whole")[1];
    assert_eq!((key, asked.elapsed()), (json!("slow"), DEADLINE));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_closed_while_it_asks_waits_for_nothing() {
    let (desk, dialer, server) = started(&Vault::with([Answer::Never]));
    server.script(nova::test::Scenario::new());
    settle().await;
    assert_eq!(desk.state(), State::Connecting);
    let begun = Instant::now();
    desk.close().await;
    assert_eq!((desk.state(), begun.elapsed(), dialer.dials()), (State::Closed, Duration::ZERO, 0));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_a_new_login_asks_too() {
    let vault = Vault::with([Answer::Key("old"), Answer::After(secs(1), "new"), Answer::Never]);
    let (desk, _, server) = started(&vault);
    let mut peer = server.accept().await;
    let call = peer.receive().await;
    peer.reply(&call, json!({"life": 100})).await;
    assert_eq!(peer.answer("login", json!({"life": 100})).await, "new", "on the same connection");
    assert_eq!(peer.answer("login", json!({})).await, "new", "the last good one, in time");
    settle().await;
    assert_eq!((desk.state().is_ready(), vault.asked()), (true, 3));
}

#[nova::client(platform = Plain, profile = "financial", overrides(AuthHandler))]
struct Own;

impl nova::AuthHandler for Own {
    async fn generate_auth_data(
        &mut self,
        credentials: &Credentials,
        _: &mut Context<'_, Self>,
    ) -> nova::Result<Outgoing> {
        let Credentials::Key { id, .. } = credentials else { return Err(Error::handler("a key")) };
        Outgoing::call("login", id)
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_of_the_clients_own_is_made_from_what_the_manager_says() {
    let (dialer, server) = venue();
    let vault = Vault::with([Answer::Key("old"), Answer::Key("new")]);
    let _own = nova::connect(Own).secrets(vault).dialer(dialer).start().expect("started");
    for expected in ["old", "new"] {
        let (_, key) = login(&server).await;
        assert_eq!(key, expected);
    }
}

#[derive(Default, nova::Platform)]
#[nova(url = "ws://venue.test/", headers = ["Authorization: Bearer {token}"])]
struct Bearer;

#[nova::client(platform = Bearer, profile = "financial")]
struct Carrier;

#[tokio::test(start_paused = true)]
async fn a_login_by_header_is_asked_for_before_the_dial() {
    let (dialer, log) = scripted([Act::Upgrade(End::Drop), Act::Upgrade(End::Drop)]);
    let vault = Vault::with([Answer::Token("t-1"), Answer::Token("t-2")]);
    let _carrier = nova::connect(Carrier).secrets(vault).dialer(dialer).start().expect("started");
    pass(secs(5)).await;
    let requests: Vec<_> = log.requests().iter().map(|request| request.head().to_owned()).collect();
    for (request, token) in requests.iter().zip(["Bearer t-1\r\n", "Bearer t-2\r\n"]) {
        assert!(request.contains(token), "{request}");
    }
    assert!(requests.len() >= 2);
}

/// Whoever asks this one has asked the wrong one.
#[derive(Debug, Default)]
struct Nobody;

impl SecretsManager for Nobody {
    fn credentials(&self) -> BoxFuture<'_, nova::Result<Credentials>> {
        panic!("asked")
    }
}

#[nova::client(platform = Venue, secrets = Nobody)]
struct Named;

#[tokio::test(start_paused = true)]
async fn what_the_builder_gives_wins_over_the_attribute() {
    type Give = fn(Connect<Named>) -> Connect<Named>;
    let gives: [Give; 2] = [
        |connect| connect.credentials(Credentials::key("given", "s3cret")),
        |connect| connect.secrets(Vault::with([Answer::Key("given")])),
    ];
    for give in gives {
        let (dialer, server) = venue();
        let _named = give(nova::connect(Named).dialer(dialer)).start().expect("started");
        assert_eq!(login(&server).await.1, "given");
    }
    let both = gives.iter().fold(nova::connect(Named), |connect, give| give(connect));
    let refused = both.dialer(nowhere()).start().map(|_| ()).expect_err("which one?");
    assert!(matches!(&refused, Error::Config { field, .. } if field == "secrets"), "{refused}");
}

#[nova::client(platform = Venue, profile = "financial", secrets("environment", prefix = "NOVA_TEST_UNSET"))]
struct FromEnvironment;

#[tokio::test(start_paused = true)]
async fn the_environment_says_which_variables_it_looked_for() {
    let (dialer, _server) = unvisited();
    let error = nova::connect(FromEnvironment).dialer(dialer).await.expect_err("none is set");
    for word in ["`secrets`", "NOVA_TEST_UNSET_KEY_ID", "NOVA_TEST_UNSET_TOKEN"] {
        assert!(error.to_string().contains(word), "{error}");
    }
}
