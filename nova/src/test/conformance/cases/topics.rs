//! Topics: asked for, confirmed, refused, left, and asked for again on each new connection.

use std::{sync::Arc, time::Duration};

use tokio::{
    join,
    time::{Instant, sleep, timeout},
};

use super::{Ended, Life, Moment, ServerSide, Stage, Stop, ensure, failed, link::whole_again, not_applicable, until};
use crate::{
    error::Error,
    platform::logs_in_by_header,
    test::conformance::{
        Asked,
        life::{LATER, SOON, spoken, subscribed_topics},
        stage::Heard,
    },
};

/// How long a client waits at least when there were too many requests.
const LEAST: Duration = Duration::from_millis(100);

fn is_leaving(heard: &Heard) -> Option<Vec<String>> {
    match &heard.asked {
        Asked::Unsubscribe(topics) => Some(topics.clone()),
        _ => None,
    }
}

/// What is asked for is confirmed by the server's word, and not before.
pub(super) async fn subscribe<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let topics = stage.side(|side| side.topics());
    let Some(first) = topics.first() else { return not_applicable("the server has no topics") };
    let mut life = Life::ready(stage).await?;
    life.stage.plan(|plan| plan.hold = true);
    let asking = async { (life.client.subscribe(first.clone()).await, Instant::now()) };
    let ((subscribed, settled), (times, released)) = join!(asking, async {
        sleep(Duration::from_secs(1)).await;
        // What comes next need not be the answer.
        let unrelated = life.stage.side(|side| side.unknown()).into_iter().take(1);
        life.stage.say(unrelated.collect());
        sleep(Duration::from_secs(1)).await;
        let (times, keeps_back) = (life.times_asked(1, first.name()), life.stage.keeps_back());
        life.stage.release();
        (times, keeps_back.then(Instant::now))
    });
    ensure(times == 1, || format!("`{}` was asked for {times} times", first.name()))?;
    subscribed.map_err(failed("the topic was refused"))?;
    // A server that confirms nothing keeps nothing back.
    ensure(released.is_none_or(|released| settled >= released), || {
        "the topic counts as confirmed before the server has said so".to_owned()
    })?;
    life.topics = vec![first.name().to_owned()];
    life.news_comes().await?;
    life.stayed("subscribing")
}

pub(super) async fn partial_reject<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let Some(bad) = stage.side(|side| side.bad_topic()) else {
        return not_applicable("the server refuses no topic");
    };
    let mut wanted = stage.side(|side| side.topics());
    let good: Vec<String> = wanted.iter().map(|topic| topic.name().to_owned()).collect();
    // In the middle, where there is one.
    wanted.insert(wanted.len().min(1), bad.clone());
    let mut life = Life::ready(stage).await?;
    let subscribed = life.client.subscribe_many(wanted).await.map_err(failed("it cannot subscribe"))?;
    life.spoken()?;
    ensure(
        subscribed.confirmed.len() == good.len() && good.iter().all(|topic| subscribed.confirmed.contains(topic)),
        || format!("one of the topics is refused, and of {good:?} only {:?} are confirmed", subscribed.confirmed),
    )?;
    match &subscribed.rejected[..] {
        [(topic, error)] if topic == bad.name() => ensure(!error.is_transient(), || {
            format!("a topic that the server does not have is refused for good, not with: {error}")
        })?,
        rejected => return Err(Stop::Failed(format!("`{}` was to be refused, not {rejected:?}", bad.name()))),
    }
    life.stayed("a refused topic")?;
    life.topics = good;
    life.news_comes().await?;
    life.stage.cut();
    whole_again(&life, 2).await
}

pub(super) async fn unsubscribe<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let mut life = Life::subscribed(stage).await?;
    let first = life.topics.remove(0);
    leave(&life, &first).await?;
    sleep(SOON).await;
    let left = life.asked(None, is_leaving).concat();
    ensure(left == [&*first], || format!("`{first}` was to be left, once; the server was asked to end {left:?}"))?;
    life.news_comes().await?;
    life.stayed("unsubscribing")?;
    life.stage.cut();
    whole_again(&life, 2).await
}

/// Leaves a topic; not applicable where a platform knows no such thing.
async fn leave<S: ServerSide>(life: &Life<S>, topic: &str) -> Ended {
    match life.client.unsubscribe(topic).await {
        Err(Error::Unsupported { what, .. }) => not_applicable(format!("the platform does not support {what}")),
        left => left.map_err(failed("it cannot unsubscribe")),
    }
}

pub(super) async fn dropped_while_leaving<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let mut life = Life::subscribed(stage).await?;
    let first = life.topics.remove(0);
    life.stage.plan(|plan| plan.cut_at = Some(Moment::Unsubscribe));
    leave(&life, &first).await?;
    let cut = until(SOON, || life.stage.was_cut()).await;
    ensure(cut, || format!("`{first}` is not wanted any more, and the server was not asked to end it"))?;
    whole_again(&life, 2).await
}

/// Too many requests: waited out, asked again, and nothing is lost.
pub(super) async fn rate_limit_hit<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let (topics, credentials) = stage.side(|side| (side.topics(), side.credentials()));
    let logs_in = credentials.is_some() && !logs_in_by_header::<S::Platform>();
    let life = match topics.first() {
        Some(first) => {
            let mut life = Life::ready(stage).await?;
            life.stage.plan(|plan| plan.too_many = 1);
            let subscribed = timeout(LATER, life.client.subscribe(first.clone())).await;
            life.spoken()?;
            let subscribed =
                subscribed.map_err(|_| Stop::Failed(format!("{LATER:?} later the topic is not confirmed")))?;
            subscribed.map_err(failed("too many requests, which passes, refused the topic for good"))?;
            life.topics = vec![first.name().to_owned()];
            life
        }
        None if logs_in => {
            stage.plan(|plan| plan.too_many = 1);
            let ready = Life::ready(stage.clone()).await;
            spoken(&stage)?;
            ready?
        }
        None => return not_applicable("the server has neither topics nor a login that is a message"),
    };
    let asked = life.asked(None, |heard| {
        let counts =
            if life.topics.is_empty() { heard.asked == Asked::Login } else { subscribed_topics(heard).is_some() };
        counts.then_some(heard.at)
    });
    let waited = asked.windows(2).map(|two| two[1] - two[0]).min().unwrap_or_default();
    ensure(waited >= LEAST, || format!("there were too many requests, and the next came after {waited:?}"))?;
    life.until_ready(1).await?;
    life.news_comes().await
}

/// Each new connection is logged in once and asks for each topic once, however often the link is lost.
pub(super) async fn restore<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let life = Life::subscribed(stage).await?;
    let logins = |link| life.asked(Some(link), |heard| (heard.asked == Asked::Login).then_some(())).len();
    for link in 2..=4 {
        life.stage.cut();
        life.until_ready(link).await?;
        ensure(logins(link) == logins(1).min(1), || format!("connection {link} was logged in {} times", logins(link)))?;
        life.restored_once().await?;
        life.news_comes().await?;
    }
    Ok(())
}
