//! A turn of the task: what it was woken for is looked after, what has come is read, and what is due is sent before it rests.

use std::task::{Context, Poll, Waker};

use super::{
    engine::{BURST, Engine},
    seen::Seen,
};
use crate::{behaviour::Handlers, shared::Wanted, time::Instant};

impl<C: Handlers> Engine<C> {
    /// What the client must be told next. The client itself is lent for the decisions that need it.
    ///
    /// In a burst each message goes straight from the socket to the client; everything else is looked after once a wake.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, client: &mut C) -> Poll<Seen> {
        self.behind = false;
        loop {
            if std::mem::take(&mut self.fresh) {
                self.begin(cx, client);
            }
            if let Some(pressure) = self.next_pressure() {
                return Poll::Ready(Seen::Pressure(pressure));
            }
            let paused = self.is_paused();
            match self.queue.pop(paused) {
                Some(Seen::Kept(message)) => {
                    self.next = Some(message);
                    return Poll::Ready(Seen::Message);
                }
                Some(seen) => return Poll::Ready(seen),
                None => {}
            }
            // The last words of the link are waited for, at most a second.
            if self.over && self.parting.is_none() {
                if self.tell_last_losses() {
                    continue;
                }
                return Poll::Ready(Seen::End);
            }
            if self.burst == 0 {
                self.settle(cx);
                cx.waker().wake_by_ref();
                return self.rest();
            }
            match self.poll_read(cx) {
                Poll::Ready(is_message) => {
                    self.burst = self.burst.saturating_sub(1);
                    if self.undecided.is_some() {
                        self.decide(Some(client), Instant::now());
                    }
                    // What waits is older: it goes first.
                    if is_message && !paused && self.queue.is_empty(paused) {
                        return Poll::Ready(Seen::Message);
                    }
                    self.keep_next_if(is_message);
                }
                Poll::Pending => {
                    let quiet = self.queue.is_empty(paused) && !self.pressed;
                    if quiet && self.is_settled() && self.write_alone(cx) {
                        return self.rest();
                    }
                    self.settle(cx);
                    if self.undecided.is_some() {
                        self.decide(Some(client), Instant::now());
                        self.settle(cx);
                    }
                    let ended = self.over && self.parting.is_none();
                    let quiet = self.queue.is_empty(paused) && !self.pressed;
                    if quiet && !ended && !std::mem::take(&mut self.connected) {
                        return self.rest();
                    }
                }
            }
        }
    }

    /// The same behind a pending callback: what the client must be told waits.
    pub(crate) fn poll_behind(&mut self, cx: &mut Context<'_>) {
        self.behind = true;
        self.hear(cx);
        self.keep_house(None);
        for _ in 0..self.share() {
            match self.poll_read_behind(cx) {
                Poll::Ready(()) => {}
                Poll::Pending => {
                    self.settle(cx);
                    if self.undecided.is_some() {
                        self.decide(None, Instant::now());
                        self.settle(cx);
                    }
                    if !std::mem::take(&mut self.connected) {
                        return self.rest_behind();
                    }
                }
            }
        }
        self.settle(cx);
        self.note_pressure();
        cx.waker().wake_by_ref();
        self.rest_behind();
    }

    fn rest_behind(&mut self) {
        (self.fresh, self.unsettled) = (true, true);
    }

    fn rest(&mut self) -> Poll<Seen> {
        self.fresh = true;
        self.burst = self.share();
        Poll::Pending
    }

    /// How many frames are read before others have their turn: while a buffer is over its throttle mark, its consumer has one after each.
    pub(super) fn share(&self) -> u32 {
        if self.throttled { 1 } else { BURST }
    }

    /// Begins a turn. Where the socket alone has woken the task, what it brings is all there is to look after.
    fn begin(&mut self, cx: &Context<'_>, client: &mut C) {
        let wanted = self.hear(cx);
        self.unsettled |= wanted.for_anything();
        if self.unsettled {
            self.keep_house(Some(client));
            self.pass_topics(Instant::now());
            self.note_pressure();
        }
        self.to_write |= wanted.to_write();
    }

    /// What the task is wanted for.
    #[inline]
    fn hear(&mut self, cx: &Context<'_>) -> Wanted {
        if !self.waker.will_wake(cx.waker()) {
            self.waker.clone_from(cx.waker());
            self.shared.task.driven_by(cx.waker());
        }
        self.shared.task.take_wanted()
    }

    /// Everything that is looked after where the task was woken by more than its socket.
    fn keep_house(&mut self, client: Option<&mut C>) {
        let waker = Waker::from(self.shared.task.clone());
        let cx = &mut Context::from_waker(&waker);
        let now = Instant::now();
        self.obey(now);
        self.answer_asks();
        self.poll_provider(cx);
        self.poll_suspension(cx, now);
        self.poll_dial(cx, now);
        self.poll_renewal(cx, now);
        self.decide(client, now);
        self.listen(cx);
    }

    /// Whether there is nothing to look after, but for bytes to write.
    #[inline]
    fn is_settled(&self) -> bool {
        let nothing_new = !self.unsettled && !self.shared.task.is_wanted_for_anything();
        nothing_new && self.machine.state().is_ready() && !self.topics.is_dirty()
    }

    /// Sends what is due, writes, and sets the timer: before the task rests.
    fn settle(&mut self, cx: &mut Context<'_>) {
        let waker = Waker::from(self.shared.task.clone());
        let others = &mut Context::from_waker(&waker);
        loop {
            (self.unsettled, self.to_write) = (false, false);
            let now = Instant::now();
            self.poll_dial(others, now);
            self.poll_renewal(others, now);
            if self.parting.as_mut().is_some_and(|parting| parting.poll(others, now).is_ready()) {
                self.parting = None;
            }
            self.work(now);
            self.publish_wanted();
            self.flush(cx, now);
            if self.heed_recall(now) {
                continue;
            }
            if !self.arm(others, now) || self.over {
                return;
            }
            // Only now, when everything that has come was read: an answer that lies in the socket is not late.
            self.tick(Instant::now());
        }
    }
}
