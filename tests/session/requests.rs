//! Requests: exactly one outcome each, an answer finds only the request it is for, and nothing is left behind by a caller that goes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use nova::{
    BoxFuture, BoxStream, Dialer, Endpoint, Error, Event, Events, Handle, Outcome, Outgoing, Patch, State,
    test::MockDialer,
};
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::Instant};

use crate::support::{Log, Peer, Plain, Server, asked, pass, poll_times, secs, serve, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// The profile's request time-out.
const ALLOWED: Duration = secs(10);

async fn ready() -> (Handle<Desk>, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

fn call(desk: &Handle<Desk>, method: &'static str) -> JoinHandle<Result<u64, Error>> {
    let desk = desk.clone();
    tokio::spawn(async move { desk.call(method, json!({})).await })
}

fn orphans(events: &mut Events) -> Vec<u64> {
    std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Orphan { id } = event { Some(id) } else { None })
        .collect()
}

fn timed_out(result: &Result<u64, Error>) -> bool {
    matches!(result, Err(Error::Timeout { after, outcome: Some(Outcome::Unknown), .. }) if *after == ALLOWED)
}

#[tokio::test(start_paused = true)]
async fn r069_only_its_own_answer_ends_a_request() {
    let (desk, server, mut peer) = ready().await;
    let mut events = desk.events();
    let mut numbers = Vec::new();

    // Too late: the answer is an orphan, and the next request waits on.
    let started = Instant::now();
    let late = call(&desk, "late");
    let asked = peer.receive().await;
    let result = late.await.expect("no panic");
    assert!(timed_out(&result), "{result:?}");
    assert_eq!(started.elapsed(), ALLOWED);
    let second = call(&desk, "second");
    let second_asked = peer.receive().await;
    peer.reply(&asked, json!(1)).await;
    // Never asked for.
    peer.reply(&json!({"id": 999_999}), json!(2)).await;
    settle().await;
    assert!(!second.is_finished(), "another's answer was taken");
    peer.reply(&second_asked, json!(3)).await;
    assert_eq!(second.await.expect("no panic").expect("answered"), 3);
    // Twice.
    peer.reply(&second_asked, json!(4)).await;
    settle().await;
    let id = |asked: &Value| asked["id"].as_u64().expect("a number");
    assert_eq!(orphans(&mut events), [id(&asked), 999_999, id(&second_asked)]);
    numbers.extend([id(&asked), id(&second_asked)]);

    // Of an earlier connection.
    let lost = call(&desk, "lost");
    let lost_asked = peer.receive().await;
    drop(peer);
    let result = lost.await.expect("no panic");
    assert!(matches!(result, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{result:?}");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let again = call(&desk, "lost");
    let again_asked = peer.receive().await;
    peer.reply(&lost_asked, json!(5)).await;
    settle().await;
    assert!(!again.is_finished(), "an answer of an earlier connection was taken");
    peer.reply(&again_asked, json!(6)).await;
    assert_eq!(again.await.expect("no panic").expect("answered"), 6);
    assert_eq!(orphans(&mut events), [id(&lost_asked)]);
    numbers.extend([id(&lost_asked), id(&again_asked)]);
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted, numbers, "numbers never come again");
}

#[tokio::test(start_paused = true)]
async fn answers_find_their_requests_in_any_order() {
    let (desk, _server, mut peer) = ready().await;
    let calls: Vec<_> = (0..50).map(|_| call(&desk, "any")).collect();
    let mut asked = Vec::new();
    for _ in 0..50 {
        asked.push(peer.receive().await);
    }
    for call in asked.iter().rev() {
        peer.reply(call, call["id"].clone()).await;
    }
    for (call, asked) in calls.into_iter().zip(&asked) {
        assert_eq!(call.await.expect("no panic").expect("answered"), asked["id"]);
    }
}

#[tokio::test(start_paused = true)]
async fn r066_an_answer_in_the_tick_of_its_deadline_is_one_outcome() {
    for early in [1, 0] {
        let (desk, _server, mut peer) = ready().await;
        let mut events = desk.events();
        let asked_at = Instant::now();
        let request = call(&desk, "answer");
        let asked = peer.receive().await;
        tokio::time::sleep_until(asked_at + ALLOWED - Duration::from_millis(early)).await;
        peer.reply(&asked, json!(1)).await;
        let result = request.await.expect("no panic");
        pass(secs(1)).await;
        let orphans = orphans(&mut events).len();
        match early {
            0 => assert!(
                matches!((&result, orphans), (Ok(1), 0)) || (timed_out(&result) && orphans == 1),
                "{result:?} and {orphans} orphans"
            ),
            _ => assert!(matches!((&result, orphans), (Ok(1), 0)), "{result:?}"),
        }
    }
}

/// Two moments of a deadline in milliseconds, and the outcome, where it is certain.
const MOMENTS: [(i64, Option<bool>); 3] = [(-1, Some(true)), (0, None), (1, Some(false))];

async fn until(deadline: Instant, late: i64) {
    let moment = deadline - Duration::from_millis(1) + Duration::from_millis(u64::try_from(late + 1).expect("small"));
    tokio::time::sleep_until(moment).await;
}

#[tokio::test(start_paused = true)]
async fn r066_a_pong_in_the_tick_of_its_deadline_is_one_outcome() {
    for (late, lives) in MOMENTS {
        let (dialer, server) = venue();
        let desk = nova::connect(Desk).dialer(dialer.clone()).start().expect("started");
        let started = Instant::now();
        let peer = server.ready().await;
        desk.wait_ready().await.expect("ready");
        // A ping after 15 s, its pong due 5 s later; the server answers it when it reads.
        until(started + secs(20), late).await;
        let reading = tokio::spawn(peer.rest());
        pass(secs(4)).await;
        let many =
            |is_one: fn(&nova::Transition) -> bool| desk.history().iter().filter(|step| is_one(step)).count() as u64;
        let lost = many(|step| step.to == State::Backoff);
        let silences = many(|step| step.cause.to_string().contains("silent"));
        assert_eq!(lost, silences, "lost for its silence and for nothing else");
        assert!(lost <= 1, "lost {lost} times");
        if let Some(lives) = lives {
            assert_eq!(lost == 0, lives, "{late} ms late");
        }
        assert_eq!(dialer.dials(), 1 + lost);
        assert_eq!(reading.is_finished(), lost == 1, "the lost link is let go of");
    }
}

/// Dials after a while.
#[derive(Debug)]
struct Delayed(MockDialer, Duration);

impl Dialer for Delayed {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, nova::Result<BoxStream>> {
        let (delay, dial) = (self.1, self.0.dial(endpoint));
        Box::pin(async move {
            tokio::time::sleep(delay).await;
            dial.await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn r066_a_link_that_comes_up_in_the_tick_of_its_deadline_is_one_outcome() {
    for (late, connects) in MOMENTS {
        let (dialer, server) = venue();
        let delay = Duration::from_millis(u64::try_from(5000 + late).expect("small"));
        let links = Arc::new(AtomicUsize::new(0));
        let open = links.clone();
        tokio::spawn(async move {
            loop {
                let peer = server.accept().await;
                let open = open.clone();
                tokio::spawn(async move {
                    open.fetch_add(1, Ordering::SeqCst);
                    serve(peer, Log::default()).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        let desk = nova::connect(Desk).dialer(Delayed(dialer, delay)).start().expect("started");
        pass(secs(5) + Duration::from_millis(50)).await;
        let history = desk.history();
        let outcome = (desk.state().is_ready(), history.iter().any(|step| step.to == State::Backoff));
        assert!(matches!(outcome, (true, false) | (false, true)), "{outcome:?}");
        if let Some(connects) = connects {
            assert_eq!(outcome.0, connects, "{late} ms late");
        }
        assert_eq!(links.load(Ordering::SeqCst), usize::from(outcome.0), "no link is left behind");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_link_tells_each_request_whether_it_may_have_left() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer.capacity(512)).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let answered = call(&desk, "answered");
    let asked = peer.receive().await;
    peer.reply(&asked, json!(1)).await;
    assert_eq!(answered.await.expect("no panic").expect("answered"), 1);
    // The server reads no more: of the first some bytes leave, of the second none; it is too large for both to wait in one buffer.
    let large = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<u64>("large", "x".repeat(300 * 1024)).await }
    });
    settle().await;
    let behind = call(&desk, "behind");
    settle().await;
    drop(peer);
    let lost_at = Instant::now();
    for (call, expected) in [(large, Outcome::Unknown), (behind, Outcome::NotSent)] {
        let result = call.await.expect("no panic");
        assert!(
            matches!(result, Err(Error::Disconnected { outcome }) if outcome == expected),
            "{result:?} instead of {expected:?}"
        );
    }
    assert_eq!(lost_at.elapsed(), Duration::ZERO, "told at once");
    // One that is made when the link is gone and nobody knows it yet.
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let (answer, _) = tokio::join!(desk.call::<u64>("answered", json!({})), peer.answer("answered", json!(2)));
    assert_eq!(answer.expect("answered"), 2);
    drop(peer);
    let result = desk.call::<u64>("too late", json!({})).await;
    assert!(matches!(result, Err(Error::Disconnected { outcome: Outcome::NotSent })), "{result:?}");
    // Nothing of what was lost is sent again.
    let mut peer = server.ready().await;
    peer.expect_silence(secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_deadline_leaves_open_whether_what_waits_to_be_written_was_executed() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer.capacity(512)).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let started = Instant::now();
    let large = Outgoing::call("large", &"x".repeat(2048)).expect("encoded").timeout(secs(3));
    let behind = Outgoing::call("behind", &json!({})).expect("encoded").timeout(secs(2));
    let (large, behind) = tokio::join!(desk.request::<u64>(large), desk.request::<u64>(behind));
    assert_eq!(started.elapsed(), secs(3), "each has its own deadline");
    for (result, expected) in [(large, secs(3)), (behind, secs(2))] {
        assert!(
            matches!(&result, Err(Error::Timeout { after, outcome: Some(Outcome::Unknown), .. }) if *after == expected),
            "{result:?}"
        );
    }
    // Nothing of the second had left when its time was up, and yet it arrives.
    assert_eq!(peer.receive().await["method"], "large");
    assert_eq!(peer.receive().await["method"], "behind");
}

#[tokio::test(start_paused = true)]
async fn what_a_link_that_is_let_go_of_still_writes_may_have_been_executed() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer.capacity(512)).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let large = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<u64>("large", "x".repeat(2048)).await }
    });
    let behind = call(&desk, "behind");
    settle().await;
    desk.reconnect_now().expect("asked");
    for call in [large, behind] {
        let result = call.await.expect("no panic");
        assert!(matches!(result, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{result:?}");
    }
    assert_eq!(peer.receive().await["method"], "large");
    assert_eq!(peer.receive().await["method"], "behind");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_frees_its_slot() {
    let (desk, _server, mut peer) = ready().await;
    let mut events = desk.events();
    let gone = call(&desk, "gone");
    let asked = peer.receive().await;
    gone.abort();
    settle().await;
    peer.reply(&asked, json!(1)).await;
    let next = call(&desk, "next");
    let next_asked = peer.receive().await;
    peer.reply(&next_asked, json!(2)).await;
    assert_eq!(next.await.expect("no panic").expect("answered"), 2);
    assert_eq!(orphans(&mut events), [asked["id"].as_u64().expect("a number")], "nobody waited for it any more");
}

#[nova::client(platform = Plain, profile = "standard")]
struct Patient;

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_before_its_turn_sends_nothing() {
    let (dialer, server) = venue();
    let desk = nova::connect(Patient).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    let prepare = peer.receive().await;
    assert!(poll_times(desk.call::<u64>("gone", json!({})), 2).await.is_none());
    let kept = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<u64>("kept", json!({})).await }
    });
    settle().await;
    peer.reply(&prepare, json!(0)).await;
    peer.answer("kept", json!(7)).await;
    assert_eq!(kept.await.expect("no panic").expect("answered"), 7);
    peer.expect_silence(secs(20)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_its_turn_keeps_its_deadline() {
    let (dialer, server) = venue();
    let desk = nova::connect(Patient).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    let prepare = peer.receive().await;
    let started = Instant::now();
    let request = |timeout| desk.request::<u64>(Outgoing::call("late", &json!({})).expect("encoded").timeout(timeout));
    let result = request(secs(2)).await;
    assert!(
        matches!(result, Err(Error::Timeout { after, outcome: Some(Outcome::NotSent), .. }) if after == secs(2)),
        "{result:?}"
    );
    assert_eq!(started.elapsed(), secs(2));
    // Let go at half its time, never answered: it may have been executed.
    let (result, ()) = tokio::join!(request(secs(4)), async {
        tokio::time::sleep(secs(2)).await;
        peer.reply(&prepare, json!(0)).await;
    });
    assert!(
        matches!(result, Err(Error::Timeout { after, outcome: Some(Outcome::Unknown), .. }) if after == secs(4)),
        "{result:?}"
    );
    assert_eq!(started.elapsed(), secs(6), "the time it waited counts");
}

#[tokio::test(start_paused = true)]
async fn r112_futures_dropped_at_any_point_leave_model_and_wire_equal() {
    let (dialer, server) = venue();
    let desk = nova::connect(Patient).dialer(dialer).start().expect("started");
    let log = Log::default();
    tokio::spawn(serve(server.accept().await, log.clone()));
    desk.wait_ready().await.expect("ready");
    let mut calls = 0;
    // Eight futures a round: twelve thousand in all.
    for round in 0..1500 {
        let polls = round % 4;
        let topic = format!("topic.{round}");
        let _ = poll_times(desk.subscribe(topic.clone()), polls).await;
        let _ = poll_times(desk.stream(format!("stream.{round}")), polls).await;
        let _ = poll_times(desk.call::<u64>("work", json!({})), polls).await;
        let _ = poll_times(desk.send(json!({"note": round})), polls).await;
        let _ = poll_times(desk.next(), polls).await;
        let _ = poll_times(desk.wait_ready(), polls).await;
        let _ = poll_times(desk.configure(Patch::new()), polls).await;
        settle().await;
        // Once polled, a subscribe is wanted whatever became of its caller; a stream only as long as somebody holds it.
        let wanted = if polls == 0 { vec![] } else { vec![topic.clone()] };
        assert_eq!(desk.wanted(), wanted, "round {round}");
        let _ = poll_times(desk.unsubscribe(topic), polls).await;
        settle().await;
        assert!(desk.wanted().is_empty(), "round {round}");
        calls += usize::from(polls > 0);
    }
    let (mut subscribed, mut left) = (flat(&log, "subscribe"), flat(&log, "unsubscribe"));
    subscribed.sort_unstable();
    left.sort_unstable();
    assert_eq!(asked(&log, "work").len(), calls);
    let topics = subscribed.iter().filter(|topic| topic.starts_with("topic.")).count();
    assert_eq!(topics, calls, "each polled subscribe was asked for once");
    assert!(subscribed == left, "what was asked for was left");
    assert_eq!(desk.call::<u64>("work", json!({})).await.expect("answered"), 0);
    let _ = poll_times(desk.close(), 1).await;
    assert_eq!(desk.watch().until(State::is_terminal).await, Ok(State::Closed), "a dropped close closes");
}

/// Every topic asked for by `method`, in order.
fn flat(log: &Log, method: &str) -> Vec<String> {
    let topics = |params: &Value| serde_json::from_value::<Vec<String>>(params.clone()).expect("topics");
    asked(log, method).iter().flat_map(topics).collect()
}

#[tokio::test(start_paused = true)]
async fn r112_a_dropped_next_loses_nothing() {
    let (desk, _server, mut peer) = ready().await;
    let _ = poll_times(desk.next(), 1).await;
    let pushing = tokio::spawn(async move {
        for number in 0..200 {
            peer.push("a", json!(number)).await;
            tokio::task::yield_now().await;
        }
        peer
    });
    let mut numbers = Vec::new();
    for round in 0_usize.. {
        if let Some(item) = poll_times(desk.next(), round % 3).await {
            let message = item.expect("not the end").message().expect("a message");
            numbers.push(message.data::<u64>().expect("a number"));
        }
        if numbers.len() == 200 {
            break;
        }
    }
    assert!(numbers.iter().copied().eq(0..200), "{numbers:?}");
    drop(pushing.await);
}

#[tokio::test(start_paused = true)]
async fn callers_that_were_answered_go_on_while_other_answers_are_read() {
    const CALLERS: usize = 64;
    let (desk, _server, mut peer) = ready().await;
    let answered = Arc::new(AtomicUsize::new(0));
    for _ in 0..CALLERS {
        let (desk, answered) = (desk.clone(), answered.clone());
        tokio::spawn(async move {
            desk.call::<u64>("first", json!({})).await.expect("answered");
            answered.fetch_add(1, Ordering::Relaxed);
            desk.call::<u64>("second", json!({})).await
        });
    }
    let mut answers = Vec::new();
    for _ in 0..CALLERS {
        let answer = json!({"id": peer.receive().await["id"], "result": 1}).to_string();
        answers.extend([0x81, u8::try_from(answer.len()).expect("short")]);
        answers.extend(answer.as_bytes());
    }
    assert!(peer.send_raw(answers).await);
    assert_eq!(peer.receive().await["method"], "second");
    let so_far = answered.load(Ordering::Relaxed);
    assert!((1..CALLERS).contains(&so_far), "the venue had nothing to do until {so_far} callers were answered");
}
