//! The link: ended by plan, for good, for no reason, silent, lost in each state.

use std::time::Duration;

use nova::{Cause, CloseCode, Error, ErrorClass, State, platform::Slack as Platform, test::venue::Slack};
use tokio::time::{Instant, sleep};

use super::support::{App, cause, connect, connect_as, mention, ready, told, venue};

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_by_plan_is_replaced_at_once_and_without_a_failure() {
    for reason in ["warning", "refresh_requested"] {
        let venue = venue(Slack::builder());
        let app = connect(&venue).await.expect("ready");
        sleep(Duration::from_secs(3_600)).await;
        let before = app.history().len();
        let at = Instant::now();
        assert_eq!(venue.disconnect(reason), 1);
        ready(&app, 2).await;
        assert!(at.elapsed() < Duration::from_millis(50), "{reason}: {:?}", at.elapsed());
        let steps = app.history().split_off(before);
        assert!(matches!(&*steps[0].cause, Cause::Error(Error::Recalled)), "{reason}: {steps:?}");
        assert_eq!((steps[0].to, steps[0].attempt), (State::Connecting, 0), "{reason}: no backoff, no attempt counted");
        sleep(Duration::from_secs(60)).await;
        assert_eq!((venue.connections(), venue.connected(), venue.opens()), (1, 2, 2), "{reason}: exactly one");
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_end_of_a_connection_is_acknowledged_on_it() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    let (first, second) = (venue.event(mention("one")), venue.command("/nova", "go"));
    venue.disconnect("refresh_requested");
    assert!(venue.acknowledged(&first).await.is_some() && venue.acknowledged(&second).await.is_some());
    ready(&app, 2).await;
    assert_eq!(told(&app, Duration::from_secs(1)).await, ["hello 1", "one 0", "/nova go", "hello 1"]);
    assert!(venue.complaints().is_empty(), "{:?}", venue.complaints());
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_switched_off_is_the_end() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    venue.disconnect("link_disabled");
    let mut watch = app.watch();
    watch.until(State::is_terminal).await.expect("it ended");
    assert!(cause(&app).to_string().contains("Socket Mode is switched off"), "{}", cause(&app));
    sleep(Duration::from_secs(600)).await;
    assert_eq!((venue.opens(), app.state()), (1, State::Failed));
}

#[tokio::test(start_paused = true)]
async fn too_many_sockets_and_unknown_reasons_are_backed_off_from() {
    for (reason, least) in
        [("too_many_websockets", Duration::from_millis(500)), ("next_year", Duration::from_millis(1))]
    {
        let venue = venue(Slack::builder());
        let app = connect(&venue).await.expect("ready");
        sleep(Duration::from_secs(60)).await;
        let at = Instant::now();
        venue.disconnect(reason);
        ready(&app, 2).await;
        assert!(at.elapsed() >= least, "{reason}: {:?}", at.elapsed());
        assert!(app.history().iter().any(|step| step.to == State::Backoff), "{reason}");
        let class = cause(&app).class();
        assert!(matches!(class, ErrorClass::RateLimited | ErrorClass::Transient), "{reason}: {class}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_without_a_word_is_no_end_under_any_profile() {
    #[nova::client(platform = "slack")]
    struct Plain;

    let venue = venue(Slack::builder());
    let app = connect_as(Plain, &venue, Platform::new()).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.close_all(CloseCode::NORMAL.0, "");
    ready(&app, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_link_that_says_nothing_is_left_and_one_that_only_pings_is_not() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!((venue.connected(), app.state()), (1, State::Ready { missing: 0 }));
    venue.stall(true);
    let since = Instant::now();
    app.watch().until(|state| !state.is_ready()).await.expect("the silence was noticed");
    assert!(since.elapsed() <= Duration::from_secs(60), "{:?}", since.elapsed());
    assert!(matches!(cause(&app), Error::Silent { .. }), "{}", cause(&app));
    venue.stall(false);
    app.wait_ready().await.expect("back");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_lost_in_any_state_is_dialled_again() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    for (round, state) in
        [State::Connecting, State::Authenticating, State::Ready { missing: 0 }].into_iter().enumerate()
    {
        sleep(Duration::from_secs(120)).await;
        match state {
            State::Connecting => venue.stall_opens(1),
            State::Authenticating => venue.withhold_hellos(1),
            _ => {}
        }
        let mut watch = app.watch();
        venue.cut();
        watch.until(|now| now == state).await.expect("there");
        venue.cut();
        app.wait_ready().await.expect("back");
        sleep(Duration::from_secs(120)).await;
        assert_eq!(venue.connections(), 1, "round {round}");
    }
    let said = venue.event(mention("still there"));
    assert!(venue.acknowledged(&said).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn two_apps_share_what_happens_and_each_knows_of_the_other() {
    let venue = venue(Slack::builder());
    let (one, other) =
        (connect(&venue).await.expect("ready"), connect_as(App, &venue, Platform::new()).await.expect("ready"));
    for at in 0..10 {
        venue.event(mention(&at.to_string()));
    }
    let (mut one, other) = (told(&one, Duration::from_secs(5)).await, told(&other, Duration::from_secs(5)).await);
    assert_eq!((&*one.remove(0), &*other[0]), ("hello 1", "hello 2"));
    assert_eq!((one.len(), other.len()), (5, 6), "each event goes to one of them");
    assert!(venue.complaints().is_empty() && venue.missed().is_empty());
}
