//! Messages that nobody expects: they are told, cost nothing else, and the next message comes as ever.

use std::sync::Arc;

use super::{Ended, Life, ServerSide, Stage, ensure, link::with_what_there_is};
use crate::{frame::Frame, test::conformance::life::SOON};

pub(super) async fn unknown<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let frames = stage.side(|side| side.unknown());
    let life = with_what_there_is(stage).await?;
    told(&life, frames.into_iter().map(|frame| (frame, true)).collect()).await
}

pub(super) async fn malformed<S: ServerSide>(stage: Arc<Stage<S>>) -> Ended {
    let frames = stage.side(|side| side.malformed());
    let life = with_what_there_is(stage).await?;
    life.news_comes().await?;
    let said = life.stage.said();
    let broken = frames.into_iter().map(|frame| (frame, true));
    told(&life, broken.chain(said.iter().filter_map(half)).collect()).await
}

/// A message cut in half, and whether that is broken for certain: half a line may be a line.
fn half(frame: &Frame) -> Option<(Frame, bool)> {
    let text = frame.as_text()?;
    let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at))?;
    Some((Frame::text(&text[..half]), text.starts_with(['{', '['])))
}

/// Says each, and looks whether the client lives on, and was told of it where it has to be.
async fn told<S: ServerSide>(life: &Life<S>, frames: Vec<(Frame, bool)>) -> Ended {
    for (frame, is_told) in frames {
        life.stage.say(vec![frame.clone()]);
        let items = life.items(SOON).await;
        life.stayed(&format!("the message {frame:?}"))?;
        ensure(!is_told || !items.is_empty(), || format!("the client was told nothing of the message {frame:?}"))?;
    }
    life.news_comes().await
}
