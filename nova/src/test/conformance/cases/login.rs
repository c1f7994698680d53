//! Logging in, being refused, and the end of a session.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    Ended, Life, ServerSide, Stage, Stop, dialling, ensure, failed, link::with_what_there_is, not_applicable, until,
};
use crate::{
    platform::logs_in_by_header,
    state::State,
    test::conformance::{
        Asked,
        life::{LATER, SOON, spoken, subscribed_topics},
        stage::Heard,
    },
};

fn has_login<S: ServerSide>(stage: &Stage<S>) -> Ended {
    match stage.side(|side| side.credentials()) {
        Some(_) => Ok(()),
        None => not_applicable("the server knows no credentials"),
    }
}

/// A server at which a login is a message.
fn has_login_message<S: ServerSide>(stage: &Stage<S>) -> Ended {
    has_login(stage)?;
    if logs_in_by_header::<S::Platform>() {
        return not_applicable("it logs in with the upgrade's headers");
    }
    Ok(())
}

fn is_login(heard: &Heard) -> Option<u64> {
    (heard.asked == Asked::Login).then_some(heard.link)
}

pub(super) async fn log_in<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    has_login_message(&stage)?;
    stage.plan(|plan| plan.hold = true);
    let client = dialling(&stage).start().map_err(failed("it does not start"))?;
    sleep(Duration::from_secs(1)).await;
    ensure(client.state() == State::Authenticating, || {
        format!("the server has not answered the login, and it is {}, not authenticating", client.state())
    })?;
    stage.release();
    let life = Life { stage, client, topics: Vec::new() };
    life.until_ready(1).await?;
    let logins = life.asked(Some(1), is_login).len();
    ensure(logins == 1, || format!("one connection was logged in {logins} times"))?;
    life.stayed("logging in")
}

pub(super) async fn wrong_credentials<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    has_login(&stage)?;
    stage.plan(|plan| plan.strangers = true);
    let ended = timeout(LATER, dialling(&stage)).await;
    spoken(&stage)?;
    // Not the dials: an address may be asked for before each.
    let logins = stage.heard().iter().filter_map(is_login).count();
    match ended {
        Err(_) => Err(Stop::Failed(format!("after {LATER:?} and {logins} logins it still tries"))),
        Ok(Ok(_)) => Err(Stop::Failed("it is ready with credentials that were refused".to_owned())),
        Ok(Err(error)) => {
            ensure(logins <= 2, || format!("it tried the same credentials {logins} times, until {error}"))
        }
    }
}

pub(super) async fn renewed<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    has_login_message(&stage)?;
    let Some(life_of_login) = stage.side(|side| side.login_life()) else {
        return not_applicable("a login holds for ever, as far as its answer says");
    };
    let life = with_what_there_is(stage).await?;
    sleep(life_of_login * 4).await;
    let logins = life.asked(None, |heard| is_login(heard).map(|_| heard.at));
    let longest = logins.windows(2).map(|two| two[1] - two[0]).max();
    ensure(longest.is_some_and(|longest| longest < life_of_login), || {
        let counted = logins.len();
        format!(
            "a login that holds for {life_of_login:?} was renewed after {longest:?} at the latest ({counted} logins)"
        )
    })?;
    life.until_ready(1).await?;
    life.news_comes().await
}

/// A request for topics is answered with the end of the session: the client logs in anew, and has its topics in the end.
pub(super) async fn expired_in_an_answer<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    has_login_message(&stage)?;
    let topics = stage.side(|side| side.topics());
    let Some(first) = topics.first() else { return not_applicable("the server has no topics") };
    let mut life = Life::ready(stage).await?;
    let logins = life.asked(None, is_login).len();
    life.stage.plan(|plan| plan.expired = 1);
    let subscribed = timeout(SOON * 2, life.client.subscribe(first.clone())).await;
    life.spoken()?;
    let again = until(SOON, || life.asked(None, is_login).len() > logins).await;
    ensure(again, || "its session has expired, and it does not log in anew".to_owned())?;
    life.until_ready(1).await?;
    if !matches!(subscribed, Ok(Ok(()))) {
        // What was refused by an old login is the caller's to ask for again.
        life.client.subscribe(first.clone()).await.map_err(failed("logged in anew, it cannot subscribe"))?;
    }
    life.topics = vec![first.name().to_owned()];
    life.news_comes().await
}

pub(super) async fn expired_unasked<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    has_login(&stage)?;
    let Some(expired) = stage.side(ServerSide::expire) else {
        return not_applicable("the server does not say so unasked");
    };
    let life = with_what_there_is(stage).await?;
    life.stage.say(expired);
    let again = until(LATER, || life.asked(None, is_login).len() >= 2).await;
    ensure(again, || "its session has expired, and it does not log in anew".to_owned())?;
    life.until_ready(1).await?;
    if life.stage.links() > 1 {
        life.restored_once().await?;
    }
    let asked = life.asked(None, subscribed_topics).concat().len();
    ensure(asked <= life.topics.len() * 2, || format!("topics were asked for {asked} times"))?;
    life.news_comes().await
}
