//! Expectations of what a client tells about itself: steps between states, events, topics that were confirmed.

use std::{collections::BTreeSet, fmt};

use super::Expectation;
use crate::{
    client::Client,
    handle::Handle,
    state::{State, Transition},
    telemetry::{Entry, Event},
};

fn step_of(entry: &Entry) -> Option<&Transition> {
    match &entry.event {
        Event::State(step) => Some(step),
        _ => None,
    }
}

/// Finds the first step that `wanted` takes.
async fn first_step<C: Client>(client: &Handle<C>, mut wanted: impl FnMut(&Transition) -> bool + Send) -> Transition {
    let find = |unread: &[Entry]| {
        let steps = unread.iter().enumerate().filter_map(|(at, entry)| Some((at + 1, step_of(entry)?)));
        steps.into_iter().find(|(_, step)| wanted(step)).map(|(behind, step)| (behind, step.clone()))
    };
    client.journal().find(find).await
}

/// A step to this state. `Ready` counts what is missing; [`ready`] does not.
impl<C: Client> Expectation<C> for State {
    type Found = Transition;

    async fn found(&mut self, client: &Handle<C>) -> Transition {
        first_step(client, |step| step.to == *self).await
    }

    fn describe(&self) -> String {
        format!("a step to {self}")
    }
}

/// Steps to these states, one right after the other.
impl<C: Client, const N: usize> Expectation<C> for [State; N] {
    type Found = Vec<Transition>;

    async fn found(&mut self, client: &Handle<C>) -> Vec<Transition> {
        let find = |unread: &[Entry]| {
            let steps: Vec<_> =
                unread.iter().enumerate().filter_map(|(at, entry)| Some((at + 1, step_of(entry)?))).collect();
            let found = steps.windows(N.max(1)).find(|steps| steps.iter().map(|(_, step)| step.to).eq(*self))?;
            let behind = found.last().map_or(0, |(behind, _)| *behind);
            Some((behind, found.iter().map(|(_, step)| (*step).clone()).collect()))
        };
        client.journal().find(find).await
    }

    fn describe(&self) -> String {
        let names: Vec<_> = self.iter().map(State::to_string).collect();
        format!("steps to {}", names.join(" → "))
    }
}

/// A step to `Ready`, whatever is missing.
pub fn ready() -> Ready {
    Ready
}

/// What [`ready`] makes.
#[derive(Clone, Copy, Debug)]
pub struct Ready;

impl<C: Client> Expectation<C> for Ready {
    type Found = Transition;

    async fn found(&mut self, client: &Handle<C>) -> Transition {
        first_step(client, |step| step.to.is_ready()).await
    }

    fn describe(&self) -> String {
        "a step to ready".to_owned()
    }
}

/// A step between states that `wanted` takes; `what` calls it in the message of a failing test.
pub fn step(
    what: &'static str,
    mut wanted: impl FnMut(&Transition) -> bool + Send + Sync,
) -> Happened<impl FnMut(&Event) -> Option<Transition> + Send + Sync> {
    let look = move |event: &Event| match event {
        Event::State(step) if wanted(step) => Some(step.clone()),
        _ => None,
    };
    Happened { what, look }
}

/// An event that `wanted` takes; `what` calls it in the message of a failing test.
///
/// ```
/// use nova::{Event, test::event};
/// let gap = event("a gap", |event| matches!(event, Event::Gap(_)));
/// # drop(gap);
/// ```
pub fn event(
    what: &'static str,
    mut wanted: impl FnMut(&Event) -> bool + Send + Sync,
) -> Happened<impl FnMut(&Event) -> Option<Event> + Send + Sync> {
    Happened { what, look: move |event: &Event| wanted(event).then(|| event.clone()) }
}

/// What [`step`] and [`event`] make.
#[derive(Clone)]
pub struct Happened<F> {
    what: &'static str,
    look: F,
}

impl<C, F, T> Expectation<C> for Happened<F>
where
    C: Client,
    F: FnMut(&Event) -> Option<T> + Send + Sync,
    T: fmt::Debug + Send,
{
    type Found = T;

    async fn found(&mut self, client: &Handle<C>) -> T {
        let find = |unread: &[Entry]| {
            let mut found = unread.iter().enumerate();
            found.find_map(|(at, entry)| Some((at + 1, (self.look)(&entry.event)?)))
        };
        client.journal().find(find).await
    }

    fn describe(&self) -> String {
        self.what.to_owned()
    }
}

impl<F> fmt::Debug for Happened<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Happened").field("what", &self.what).finish_non_exhaustive()
    }
}

/// Each of these topics is confirmed by the venue, in any order and in however many replies.
pub fn restored<T: Into<String>>(topics: impl IntoIterator<Item = T>) -> Restored {
    Restored { topics: topics.into_iter().map(Into::into).collect() }
}

/// What [`restored`] makes.
#[derive(Clone, Debug)]
pub struct Restored {
    topics: BTreeSet<String>,
}

impl<C: Client> Expectation<C> for Restored {
    type Found = ();

    async fn found(&mut self, client: &Handle<C>) {
        let find = |unread: &[Entry]| {
            let mut missing: BTreeSet<&str> = self.topics.iter().map(String::as_str).collect();
            let mut entries = unread.iter().enumerate();
            let behind = entries.find_map(|(at, entry)| {
                if let Event::Subscribed { topics } = &entry.event {
                    missing.retain(|wanted| topics.iter().all(|topic| **topic != **wanted));
                }
                missing.is_empty().then_some(at + 1)
            });
            behind.map(|behind| (behind, ()))
        };
        client.journal().find(find).await;
    }

    fn describe(&self) -> String {
        format!("the topics {:?} to be confirmed", self.topics)
    }
}
