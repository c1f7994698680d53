//! Filters, groups, measurements: who is told what.

use std::sync::Arc;

use nova::{Beat, Event, EventGroup, Patch, Statistics, metrics::Counters};
use serde_json::{Value, json};

use crate::support::{Log, Plain, Server, asked, pass, secs, serve, settle, venue};

#[nova::client(platform = Plain, profile = "financial", metrics = "counters")]
struct Desk;

fn drain(events: &mut nova::Events) -> Vec<Event> {
    std::iter::from_fn(|| events.try_next()).collect()
}

/// Serves the next connection.
async fn served(server: &Server) -> (Log, tokio::task::JoinHandle<()>) {
    let log = Log::default();
    let peer = server.accept().await;
    (log.clone(), tokio::spawn(serve(peer, log)))
}

#[tokio::test(start_paused = true)]
async fn a_listener_hears_the_groups_it_asked_for_and_no_others() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut all = desk.events();
    let mut of_each: Vec<_> = EventGroup::ALL.into_iter().map(|group| (group, desk.events_of([group]))).collect();
    let mut two = desk.events().only([EventGroup::Subscription, EventGroup::Reconnection]);
    let (_, serving) = served(&server).await;
    desk.subscribe("a").await.expect("confirmed");
    serving.abort();
    let (_, _serving) = served(&server).await;
    pass(secs(20)).await;
    let all = drain(&mut all);
    assert!(all.len() > 10, "{all:?}");
    let names = |events: Vec<Event>| events.iter().map(Event::name).collect::<Vec<_>>();
    for (group, listener) in &mut of_each {
        let own = all.iter().filter(|event| event.group() == *group).cloned().collect();
        assert_eq!(names(drain(listener)), names(own), "{group}");
    }
    let own = all.iter().filter(|event| matches!(event.group().name(), "subscription" | "reconnection")).cloned();
    assert_eq!(names(drain(&mut two)), names(own.collect()));
}

#[tokio::test(start_paused = true)]
async fn what_the_builders_filter_refuses_is_told_to_nobody_and_still_traced() {
    let (dialer, server) = venue();
    let connect = nova::connect(Desk).filter_events(|event| event.name() != "confirmed" && event.name() != "state");
    let desk = connect.dialer(dialer).start().expect("started");
    let mut events = desk.events();
    let (log, _serving) = served(&server).await;
    desk.subscribe("a").await.expect("confirmed");
    pass(secs(20)).await;
    let told: Vec<_> = drain(&mut events).iter().map(Event::name).collect();
    assert!(told.contains(&"heartbeat") && !told.contains(&"confirmed") && !told.contains(&"state"), "{told:?}");
    let counters = desk.metrics::<Counters>().expect("as the attribute says").read();
    assert_eq!(counters.ready, 0, "the collector is filtered too");
    assert!(desk.trace().find("confirmed").count() == 1 && !desk.history().is_empty());
    assert_eq!(asked(&log, "subscribe").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_panics_is_switched_off_and_told_of_and_the_client_lives_on() {
    let (dialer, server) = venue();
    let connect = nova::connect(Desk).filter_events(|event| panic!("over {}", event.name()));
    let desk = connect.dialer(dialer).start().expect("started");
    let mut events = desk.events();
    let (_, _serving) = served(&server).await;
    desk.wait_ready().await.expect("ready");
    let told = drain(&mut events);
    let panicked = |event: &&Event| matches!(event, Event::Error(nova::Error::Panicked { callback: "filter_events" }));
    assert_eq!(told.iter().filter(panicked).count(), 1);
    assert!(told.iter().any(|event| event.name() == "state"), "without it everything is told: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn histograms_hold_what_took_how_long() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    assert_eq!(desk.latency(), None);
    let mut peer = server.accept().await;
    pass(secs(2)).await;
    peer.answer("prepare", json!("ok")).await;
    desk.wait_ready().await.expect("ready");
    for millis in [3, 30, 300] {
        let call = tokio::spawn({
            let desk = desk.clone();
            async move { desk.call::<Value>("any", json!({})).await }
        });
        let asked = peer.receive().await;
        tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
        peer.reply(&asked, json!(1)).await;
        call.await.expect("no panic").expect("answered");
    }
    let call = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<Value>("any", json!({})).await }
    });
    let asked = peer.receive().await;
    peer.refuse(&asked, Plain::WRONG).await;
    call.await.expect("no panic").expect_err("refused");
    // A heartbeat that is read a second late is answered a second late.
    pass(secs(16)).await;
    peer.expect_silence(secs(1)).await;
    let counters: Arc<Counters> = desk.metrics().expect("as the attribute says");
    let counted = counters.read();
    // The preparation is a request too.
    let millis = |duration: Option<std::time::Duration>| duration.map(|duration| duration.as_millis());
    assert_eq!((counted.requests.count(), counted.failed), (4, 1));
    assert_eq!(millis(counted.requests.quantile(0.25)), Some(5), "the bucket of 3 ms ends at 5");
    assert_eq!(millis(counted.requests.quantile(0.75)), Some(500));
    assert_eq!(millis(Some(counted.requests.longest)), Some(2_000));
    assert_eq!((counted.ready_after.count(), millis(Some(counted.ready_after.longest))), (1, Some(2_000)));
    assert_eq!((counted.heartbeats.count(), desk.latency()), (1, Some(counted.heartbeats.longest)));
    let Statistics { latency, .. } = desk.trace().statistics();
    assert_eq!(latency, desk.latency());
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_told_in_detail_only_and_a_missed_one_from_standard_on() {
    for (level, told) in [("minimal", vec![]), ("standard", vec!["Missed"]), ("detailed", vec!["Sent", "Missed"])] {
        let (dialer, server) = venue();
        let settings = Patch::new().set("telemetry.level", level).expect("a level");
        let desk = nova::connect(Desk).configure(settings).dialer(dialer).start().expect("started");
        let mut events = desk.events();
        let _peer = server.ready().await;
        pass(secs(21)).await;
        let beats = drain(&mut events).into_iter().filter_map(|event| match event {
            Event::Heartbeat(Beat::Sent) => Some("Sent"),
            Event::Heartbeat(Beat::Missed { .. }) => Some("Missed"),
            _ => None,
        });
        assert_eq!(beats.collect::<Vec<_>>(), told, "{level}");
    }
}

#[tokio::test(start_paused = true)]
async fn switches_change_while_the_client_runs() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let mut events = desk.events();
    let (_, _serving) = served(&server).await;
    desk.wait_ready().await.expect("ready");
    let off = Patch::new().set("telemetry.connection", "false").expect("a switch");
    desk.configure(off).await.expect("applied");
    drain(&mut events);
    desk.subscribe("a").await.expect("confirmed");
    settle().await;
    assert!(drain(&mut events).is_empty());
    let on = Patch::new().set("telemetry.connection", "true").expect("a switch");
    desk.configure(on).await.expect("applied");
    desk.subscribe("b").await.expect("confirmed");
    let told: Vec<_> = drain(&mut events).iter().map(Event::name).collect();
    assert_eq!(told, ["configured", "confirmed"]);
}

/// What is counted has no names in it, so it does not grow with the topics; what is kept has a bound.
#[tokio::test(start_paused = true)]
async fn r085_a_hundred_thousand_topics_make_no_series_and_a_bounded_history() {
    let (dialer, server) = venue();
    let settings = Patch::new().set("subscriptions.chunk", "10000").expect("a chunk");
    let desk = nova::connect(Desk).configure(settings).dialer(dialer).start().expect("started");
    let (_, _serving) = served(&server).await;
    let topics = (0..100_000).map(|number| format!("ticker.{number}"));
    let subscribed = desk.subscribe_many(topics).await.expect("alive");
    assert_eq!((subscribed.confirmed.len(), subscribed.rejected.len()), (100_000, 0));
    let counted = desk.metrics::<Counters>().expect("as the attribute says").read();
    let shown = format!("{counted:?}");
    assert!(!shown.contains("ticker") && shown.len() < 2_048, "{shown}");
    let trace = desk.trace();
    assert!(trace.records().len() < 100, "{}", trace.records().len());
    assert_eq!(trace.find("ticker").count(), 0);
}
