//! Staying logged in: when a login is renewed, what becomes of a renewal that fails, and where credentials come from meanwhile.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests may fail them")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nova::{
    AuthResponse, BoxFuture, Clock, Config, Credentials, Error, Event, Handle, Inbound, Incoming, LoginContext,
    Outgoing, Params, Patch, Platform, PlatformSpec, Result, SecretsManager, Spec, State, patch, secrets,
    test::{MockDialer, MockServer, Scenario},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    script::{Act, assert_within, ended, ready_after, scripted, waits},
    support::{Peer, Plain, Server, pass, secs, settle, venue},
};

/// As [`Plain`], with a login that says who logs in and when, and where told so is no call.
#[derive(Clone, Copy, Debug, Default)]
struct Keyed {
    by_message: bool,
}

/// The venue finds the time of the login wrong; it is an hour ahead.
const SKEWED: i64 = 77;
const HOUR_MS: i64 = 3_600_000;

impl PlatformSpec for Keyed {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("keyed", "ws://venue.test/");
}

impl Platform for Keyed {
    type State = ();

    fn login(&self, (): &mut (), credentials: &Credentials, context: LoginContext<'_>) -> Option<Outgoing> {
        let Credentials::Key { id, .. } = credentials else { return None };
        let login = json!({"key": id, "time": context.clock.unix_ms()});
        if self.by_message {
            return Some(Outgoing::json(json!({"method": "login", "params": login}).to_string()));
        }
        Some(Outgoing::call("login", &login).unwrap())
    }

    fn logged_in(&self, (): &mut (), reply: Result<&str, Error>) -> AuthResponse {
        match reply {
            Err(Error::Platform { code: SKEWED, .. }) => AuthResponse::refused(Error::ClockSkew { offset_ms: HOUR_MS }),
            reply => Plain.logged_in(&mut (), reply),
        }
    }

    fn prepare(&self, (): &mut (), config: &Config, logged_in: bool) -> Vec<Outgoing> {
        Plain.prepare(&mut (), config, logged_in)
    }

    fn subscribe(&self, (): &mut (), channels: &[&str], params: &Params) -> Result<Outgoing> {
        Plain.subscribe(&mut (), channels, params)
    }

    fn receive<'f>(&self, (): &mut (), incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let told: Value = incoming.text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        match (told["told"].as_bool(), told["life"].as_u64()) {
            (Some(true), life) => Ok(Inbound::Auth(AuthResponse::accepted(life.map(Duration::from_secs), ""))),
            (Some(false), _) => Ok(Inbound::Auth(AuthResponse::refused(Error::handler("refused")))),
            _ => Plain.receive(&mut (), incoming),
        }
    }
}

#[nova::client(platform = Keyed, profile = "financial")]
struct Desk;

#[nova::client(platform = Keyed)]
struct Standard;

fn key(id: &str) -> Credentials {
    Credentials::key(id, "secret")
}

impl Server {
    /// The next connection, logged in for so many seconds, and ready.
    async fn logged_in_for(&self, life: u64) -> Peer {
        let mut peer = self.accept().await;
        peer.answer("login", json!({"life": life})).await;
        peer.answer("prepare", json!(0)).await;
        peer
    }
}

async fn desk(auth: patch::Auth, life: u64, seed: u64) -> (Handle<Desk>, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).credentials(key("a")).configure(Patch::new().auth(auth)).seed(seed).dialer(dialer);
    let desk = desk.start().expect("started");
    let peer = server.logged_in_for(life).await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

#[tokio::test(start_paused = true)]
async fn r090_a_login_is_renewed_at_two_thirds_of_its_life_and_clients_apart() {
    for (refresh_at, low, high) in [(None, 540, 660), (Some(0.5), 405, 495)] {
        let auth = patch::Auth::new();
        let auth = refresh_at.map_or(auth, |share| auth.refresh_at(share));
        let mut found = Vec::new();
        for seed in 0..40 {
            let (_desk, _server, mut peer) = desk(auth, 900, seed).await;
            let ready = Instant::now();
            assert_eq!(peer.within(secs(900)).await.expect("a renewal")["method"], "login");
            found.push(ready.elapsed());
        }
        found.sort_unstable();
        assert!(found[0] >= secs(low) && found[39] <= secs(high) + secs(1), "{found:?}");
        assert!(found[39] > found[0] + secs((high - low) * 7 / 10), "{found:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_renewal_is_under_way_at_a_time() {
    let (desk, _server, mut peer) = desk(patch::Auth::new(), 90, 1).await;
    let renewal = peer.within(secs(90)).await.expect("a renewal");
    // The venue refuses a call for want of a login meanwhile: what would mend that is under way.
    let called = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<u64>("order", json!({})).await }
    });
    let order = peer.receive().await;
    peer.refuse(&order, 7).await;
    assert!(matches!(called.await.expect("no panic"), Err(Error::Platform { code: 7, .. })));
    peer.expect_silence(secs(5)).await;
    peer.reply(&renewal, json!({"life": 90})).await;
    peer.expect_silence(secs(50)).await;
}

/// A client whose login is a message and no call, logged in for so many seconds.
async fn told(life: u64) -> (Handle<Desk>, MockDialer, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).platform(Keyed { by_message: true }).credentials(key("a")).dialer(dialer.clone());
    let desk = desk.start().expect("started");
    let mut peer = server.accept().await;
    assert_eq!(peer.receive().await["method"], "login");
    peer.send(json!({"told": true, "life": life})).await;
    peer.answer("prepare", json!(0)).await;
    desk.wait_ready().await.expect("ready");
    (desk, dialer, server, peer)
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_never_answered_is_given_up_and_asked_for_again_while_the_old_login_holds() {
    let (desk, dialer, _server, mut peer) = told(300).await;
    let mut renewals = Vec::new();
    let start = Instant::now();
    while start.elapsed() < secs(280) {
        let left = secs(280).saturating_sub(start.elapsed());
        renewals.extend(peer.within(left).await.map(|login| (login["method"].clone(), start.elapsed())));
    }
    assert!((2..=4).contains(&renewals.len()), "{renewals:?}");
    assert!(renewals.iter().all(|(method, _)| method == "login"), "{renewals:?}");
    assert!(renewals[1].1 > renewals[0].1 + secs(10), "its time is auth.timeout: {renewals:?}");
    assert!(desk.state().is_ready());
    // Answered at last, it is good for as long as it says.
    peer.send(json!({"told": true, "life": 10_000})).await;
    peer.expect_silence(secs(5_000)).await;
    assert_eq!((desk.state().is_ready(), dialer.dials()), (true, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refused_renewal_is_made_once_more_on_the_same_connection_whatever_form_a_login_has() {
    let (desk, dialer, server, mut peer) = told(300).await;
    assert_eq!(peer.within(secs(300)).await.expect("a renewal")["method"], "login");
    peer.send(json!({"told": false})).await;
    assert_eq!(peer.within(secs(1)).await.expect("once more")["method"], "login");
    assert!(desk.state().is_ready());
    assert_eq!(dialer.dials(), 1);
    peer.send(json!({"told": false})).await;
    let _peer = server.accept().await;
    assert!(!desk.state().is_ready(), "refused twice, the login is lost");
}

/// A time of day that the test sets.
#[derive(Debug)]
struct Wall {
    start: Instant,
    offset: Mutex<i64>,
}

#[derive(Clone, Debug)]
struct WallClock(Arc<Wall>);

impl Clock for WallClock {
    fn wall(&self) -> SystemTime {
        let now = i64::try_from(self.0.start.elapsed().as_secs()).unwrap();
        let seconds = 1_700_000_000 + now + *self.0.offset.lock().unwrap();
        UNIX_EPOCH + secs(u64::try_from(seconds).unwrap())
    }
}

const YEARS: i64 = 10 * 365 * 24 * 3_600;

#[tokio::test(start_paused = true)]
async fn r071_a_clock_that_jumps_moves_no_timer_but_an_older_login_is_renewed() {
    // How far the clock is set, and within which seconds the renewal follows: a machine that slept sees the same.
    let table = [(0, 540..661), (-3_600, 540..661), (-YEARS, 540..661), (3, 540..661), (3_600, 0..31), (YEARS, 0..31)];
    for (jump, expected) in table {
        let wall = WallClock(Arc::new(Wall { start: Instant::now(), offset: Mutex::new(0) }));
        let (dialer, server) = venue();
        let client = nova::connect(Standard).credentials(key("a")).clock(wall.clone()).dialer(dialer);
        let client = client.start().expect("started");
        let mut peer = server.logged_in_for(900).await;
        client.wait_ready().await.expect("ready");
        let ready = Instant::now();
        *wall.0.offset.lock().unwrap() += jump;
        assert_eq!(peer.within(secs(900)).await.expect("a renewal")["method"], "login");
        let after = ready.elapsed().as_secs();
        assert!(expected.contains(&after), "{jump}: after {after} s");
        assert!(client.state().is_ready());
    }
}

#[tokio::test(start_paused = true)]
async fn r095_a_login_whose_time_is_wrong_is_made_once_more_by_the_venues_clock() {
    for accepted in [true, false] {
        let (dialer, server) = venue();
        let wall = WallClock(Arc::new(Wall { start: Instant::now(), offset: Mutex::new(0) }));
        let client = nova::connect(Standard).credentials(key("a")).clock(wall).dialer(dialer).start().expect("started");
        let mut peer = server.accept().await;
        let first = peer.receive().await;
        peer.refuse(&first, SKEWED).await;
        let second = peer.receive().await;
        let time = |login: &Value| login["params"]["time"].as_i64().expect("a time");
        assert_eq!(time(&second), time(&first) + HOUR_MS, "on the same connection, at once");
        if accepted {
            peer.reply(&second, json!({"life": 900})).await;
            peer.answer("prepare", json!(0)).await;
            client.wait_ready().await.expect("ready");
            // What is known of the venue's clock is kept.
            let renewal = peer.within(secs(900)).await.expect("a renewal");
            assert!(time(&renewal) > time(&second));
        } else {
            peer.refuse(&second, SKEWED).await;
            tokio::spawn(peer.rest());
            assert_eq!(ended(&client).await, State::Failed);
            let end = client.watch().end().expect("why");
            assert!(matches!(end, Error::ClockSkew { offset_ms: HOUR_MS }), "{end}");
        }
    }
}

/// A manager that takes a second, gives what it is set to, and counts.
#[derive(Clone, Debug, Default)]
struct Vault {
    holds: Arc<Mutex<Option<&'static str>>>,
    asked: Arc<AtomicUsize>,
}

impl Vault {
    fn with(id: &'static str) -> Self {
        let vault = Self::default();
        vault.set(Some(id));
        vault
    }

    fn set(&self, id: Option<&'static str>) {
        *self.holds.lock().unwrap() = id;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl SecretsManager for Vault {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials>> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(secs(1)).await;
            let held = *self.holds.lock().unwrap();
            held.map(key).ok_or_else(|| Error::handler("sealed"))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn r092_two_hundred_clients_that_are_refused_at_once_ask_once() {
    #[nova::client(platform = Plain, profile = "financial")]
    struct Many;

    for replaced in [true, false] {
        let vault = Vault::with("a");
        let shared = secrets::Shared::new(vault.clone());
        let clients: Vec<_> = (0..200)
            .map(|_| {
                let (dialer, log) = scripted([Act::http(401), Act::Stay]);
                let client = nova::connect(Many).secrets(shared.clone()).dialer(dialer).start().expect("started");
                (client, log)
            })
            .collect();
        settle().await;
        if replaced {
            vault.set(Some("b"));
        }
        for (client, log) in &clients {
            ready_after(client, log, 2).await;
            assert_within("at once, but for the second the manager takes", &waits(log), &[0..=1_001]);
        }
        assert_eq!(vault.asked(), 2, "once to begin with, and once for all refusals ({replaced})");
    }
}

/// A venue that knows these keys from and to these seconds, and what it was asked with and when.
fn knows(server: Server, keys: &'static [(&'static str, u64, u64)]) -> Arc<Mutex<Vec<(u64, String)>>> {
    let (written, start) = (Arc::<Mutex<Vec<_>>>::default(), Instant::now());
    let logins = written.clone();
    tokio::spawn(async move {
        loop {
            let mut peer = server.accept().await;
            let login = peer.receive().await;
            let (at, id) = (start.elapsed().as_secs(), login["params"]["key"].as_str().unwrap_or_default().to_owned());
            let known = keys.iter().any(|(key, from, to)| *key == id && (*from..*to).contains(&at));
            logins.lock().unwrap().push((at, id));
            if known {
                peer.reply(&login, json!({})).await;
                peer.answer("prepare", json!(0)).await;
            } else {
                peer.refuse(&login, Plain::WRONG).await;
            }
            tokio::spawn(peer.rest());
        }
    });
    written
}

#[tokio::test(start_paused = true)]
async fn r093_while_a_secret_is_replaced_both_are_tried_and_then_waited_for() {
    // The venue knows the new key half a minute after the manager gives it; or not before the old one is dead.
    let table = [
        ("the old one still holds", &[("a", 0, 10_000), ("b", 130, 10_000)], 2),
        ("the old one died first", &[("a", 0, 100), ("b", 140, 10_000)], 65),
        ("the new one is there", &[("a", 0, 100), ("b", 100, 10_000)], 2),
    ];
    for (what, keys, within) in table {
        let (dialer, server) = venue();
        let logins = knows(server, keys);
        let vault = Vault::with("a");
        let shared = secrets::Shared::new(vault.clone()).fresh_for(secs(50));
        let desk = nova::connect(Desk).secrets(shared).dialer(dialer.clone()).seed(1).await.expect("ready");
        pass(secs(100)).await;
        vault.set(Some("b"));
        let before = dialer.dials();
        desk.reconnect_now().expect("alive");
        settle().await;
        let cut = Instant::now();
        desk.wait_ready().await.expect("ready");
        assert!(cut.elapsed() <= secs(within + 2), "{what}: {:?}, {logins:?}", cut.elapsed());
        let tried: Vec<_> = logins.lock().unwrap()[1..].iter().map(|(_, id)| id.clone()).collect();
        if what == "the old one died first" {
            assert!(tried.starts_with(&["b".into(), "a".into(), "b".into(), "a".into()]), "{what}: {tried:?}");
        }
        assert!(dialer.dials() - before <= 12, "{what}: {tried:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn refused_for_longer_than_a_secret_takes_to_be_replaced_the_client_ends() {
    let (dialer, server) = venue();
    let logins = knows(server, &[]);
    let shared = secrets::Shared::new(Vault::with("a")).overlap(secs(30));
    let desk = nova::connect(Desk).secrets(shared).dialer(dialer).seed(1).start().expect("started");
    assert_eq!(ended(&desk).await, State::Failed);
    let last = logins.lock().unwrap().last().expect("tried").0;
    assert!((30..=80).contains(&last), "{logins:?}");
    assert!(matches!(desk.watch().end(), Some(Error::Auth { .. })));
}

#[tokio::test(start_paused = true)]
async fn r091_a_manager_that_fails_leaves_the_last_good_secret_in_use() {
    for is_shared in [true, false] {
        let (dialer, server) = venue();
        let logins = knows(server, &[("a", 0, 500), ("b", 500, 10_000)]);
        let vault = Vault::with("a");
        let desk = nova::connect(Desk).dialer(dialer).seed(1);
        let desk = if is_shared {
            desk.secrets(secrets::Shared::new(vault.clone()).fresh_for(secs(10)))
        } else {
            desk.secrets(vault.clone())
        };
        let desk = desk.await.expect("ready");
        vault.set(None);
        for _ in 0..3 {
            pass(secs(60)).await;
            desk.reconnect_now().expect("alive");
            settle().await;
            desk.wait_ready().await.expect("the last good one is good");
        }
        // Something that no login can be made from is a failure, too.
        vault.set(Some(""));
        pass(secs(60)).await;
        desk.reconnect_now().expect("alive");
        settle().await;
        desk.wait_ready().await.expect("the last good one is good");
        // Refused at last, it is waited for another one, however long the manager fails; nothing ends.
        pass(secs(500)).await;
        vault.set(None);
        desk.reconnect_now().expect("alive");
        pass(secs(200)).await;
        assert!(!desk.state().is_ready() && !desk.state().is_terminal(), "{}", desk.state());
        let refused = logins.lock().unwrap().iter().filter(|(at, id)| *at >= 500 && id == "a").count();
        assert_eq!(refused, 1, "what was refused is not tried again: {logins:?}");
        vault.set(Some("b"));
        let mut events = desk.events();
        desk.reset_breaker().expect("alive");
        desk.wait_ready().await.expect("ready");
        assert!(std::iter::from_fn(|| events.try_next()).any(|event| matches!(event, Event::LoggedIn { .. })));
    }
}

/// The request is the login, and it bears the time.
#[derive(Debug, Default, nova::Platform)]
#[nova(url = "ws://venue.test/", headers = ["X-Key: {api_key}", "X-Time: {timestamp}"])]
struct Dated;

#[nova::client(platform = Dated, profile = "financial")]
struct Signs;

#[derive(Clone, Copy, Debug)]
struct In1994;

impl Clock for In1994 {
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + secs(784_111_777)
    }
}

#[tokio::test(start_paused = true)]
async fn r095_a_login_by_header_that_is_refused_is_made_once_more_by_the_servers_clock() {
    let hour = "Sun, 06 Nov 1994 09:49:37 GMT";
    for (accepted, times) in
        [(true, [784_111_777_000_u64, 784_115_377_000]), (false, [784_111_777_000, 784_115_377_000])]
    {
        let server = MockServer::memory();
        let refusal = || Scenario::new().reject(401, &[("Date", hour)]);
        let then = if accepted { Scenario::new().connect_success().expect_close(1000) } else { refusal() };
        server.script(refusal().include(then));
        let desk = nova::connect(Signs).clock(In1994).credentials(key("a")).dialer(server.dialer());
        let ended = desk.await;
        let requests = server.requests();
        let sent = requests.iter().map(|request| request.header("X-Time").expect("dated").parse().expect("ms"));
        assert_eq!(sent.collect::<Vec<u64>>(), times);
        match ended {
            Ok(desk) => {
                assert!(accepted && desk.state().is_ready());
                desk.close().await;
            }
            Err(error) => assert!(!accepted && matches!(error, Error::Rejected { status: 401, .. }), "{error}"),
        }
    }
}
