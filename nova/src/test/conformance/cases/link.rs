//! The link: made, kept alive, found dead, lost in each state.

use std::{sync::Arc, time::Duration};

use super::{Ended, Life, Moment, ServerSide, Stage, Stop, ensure, not_applicable, until};
use crate::test::{
    Direction,
    conformance::{
        Asked,
        life::{LATER, SOON},
    },
};

/// How long a dead server may be taken for a quiet one, where the heartbeat's interval does not make it longer.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn connect<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let life = Life::ready(stage).await?;
    let end = life.items(SOON).await;
    ensure(end.is_empty(), || format!("nobody has asked for anything, and the client got {end:?}"))?;
    life.news_comes().await?;
    life.stayed("nothing but its messages")
}

pub(super) async fn heartbeat<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let life = Life::ready(stage).await?;
    let interval = life.client.config().heartbeat.interval;
    let Some(interval) = interval else { return not_applicable("it has no heartbeat") };
    let quiet = (interval * 5).max(LATER);
    let items = life.items(quiet).await;
    life.stayed(&format!("{quiet:?} in which the server says nothing but its answers"))?;
    ensure(items.is_empty(), || format!("heartbeats are nobody's messages, and the client got {items:?}"))?;
    let lines = life.stage.transcript();
    let pings = lines.iter().filter(|line| line.direction == Direction::In && line.kind == "ping").count();
    let beats = life.asked(None, |heard| (heard.asked == Asked::Heartbeat).then_some(())).len();
    ensure(pings + beats > 0, || format!("no heartbeat came in {quiet:?}, and one is due every {interval:?}"))
}

pub(super) async fn asked_for_life<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let Some(question) = stage.side(ServerSide::ask_for_life) else {
        return not_applicable("the server does not ask for one");
    };
    let life = Life::ready(stage).await?;
    let beats = || life.asked(None, |heard| (heard.asked == Asked::Heartbeat).then_some(())).len();
    let before = beats();
    life.stage.say(question);
    let answered = until(Duration::from_secs(1), || beats() > before).await;
    ensure(answered, || "it did not answer within a second".to_owned())?;
    life.stayed("a question for a sign of life")
}

pub(super) async fn heartbeat_lost<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let life = with_what_there_is(stage).await?;
    let beat = life.client.config().heartbeat;
    let Some(interval) = beat.interval else { return not_applicable("it has no heartbeat") };
    life.stage.freeze();
    // A server may have its own idea of the interval.
    let patience = ((interval + beat.timeout) * (beat.missed.max(1) + 1)).max(PATIENCE);
    let back = until(patience, || life.stage.links() >= 2).await;
    ensure(back, || format!("the server has been dead for {patience:?}, and the client holds on to it"))?;
    whole_again(&life, 2).await
}

pub(super) async fn dropped_when_ready<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let life = with_what_there_is(stage).await?;
    life.stage.cut();
    whole_again(&life, 2).await
}

/// The link is lost, and the next one is cut at a moment of its own; the third is whole.
pub(super) async fn dropped<S: ServerSide>(stage: Arc<Stage<S>>, moment: Moment) -> Ended {
    let life = with_what_there_is(stage).await?;
    life.stage.plan(|plan| plan.cut_at = Some(moment));
    life.stage.cut();
    // At the door, nobody is let in.
    let link = if moment == Moment::Upgrade { 2 } else { 3 };
    until(SOON, || life.stage.was_cut()).await;
    if !life.stage.was_cut() {
        let what = match moment {
            Moment::Login => "logs in by no message",
            Moment::Other => "has nothing to prepare",
            _ => "has no topics to restore",
        };
        return not_applicable(format!("a new connection {what}"));
    }
    whole_again(&life, link).await
}

/// A client with all the topics that the server has, if it has any.
pub(super) async fn with_what_there_is<S: ServerSide>(stage: Arc<Stage<S>>) -> Result<Life<S>, Stop> {
    if stage.side(|side| side.topics()).is_empty() {
        return Life::ready(stage).await;
    }
    Life::subscribed(stage).await
}

/// The client is ready again, has asked for each topic once, and gets its messages.
pub(super) async fn whole_again<S: ServerSide>(life: &Life<S>, link: u64) -> Ended {
    life.until_ready(link).await?;
    life.restored_once().await?;
    life.news_comes().await
}
