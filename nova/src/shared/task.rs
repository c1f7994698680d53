//! Who wants the client's task, and for what.
//!
//! The socket wakes the task itself; everything else does so here and leaves word of it. So a wake without a word has nothing to
//! look after but what was read, and a word that there are bytes to write nothing but those: on a busy link that is every wake.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    task::{Wake, Waker},
};

use super::lock;

/// There are bytes to write, and perhaps a call whose deadline is the first.
const WRITE: u8 = 1;
/// Anything else.
const ANYTHING: u8 = 2;

/// The client's task, as those see it who want something of it.
#[derive(Debug, Default)]
pub(crate) struct Task {
    waker: Mutex<Option<Waker>>,
    wanted: AtomicU8,
}

/// What the task is wanted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted(u8);

impl Wanted {
    /// Whether there are bytes to write.
    pub(crate) fn to_write(self) -> bool {
        self.0 & WRITE != 0
    }

    /// Whether everything is to be looked after.
    pub(crate) fn for_anything(self) -> bool {
        self.0 & ANYTHING != 0
    }
}

impl Task {
    /// Wakes the task to look after everything.
    pub(crate) fn wake(&self) {
        self.want(ANYTHING);
    }

    /// Wakes the task to write what is in the outbox.
    pub(crate) fn wake_to_write(&self) {
        self.want(WRITE);
    }

    /// Whether it is wanted for more than bytes to write, by whoever has said so since that was last taken.
    #[inline]
    pub(crate) fn is_wanted_for_anything(&self) -> bool {
        Wanted(self.wanted.load(Ordering::Acquire)).for_anything()
    }

    /// Whether it is wanted to write. It is woken anew for what comes after this.
    #[inline]
    pub(crate) fn take_to_write(&self) -> bool {
        let wanted = self.wanted.load(Ordering::Acquire);
        wanted & WRITE != 0 && self.wanted.fetch_and(!WRITE, Ordering::AcqRel) & WRITE != 0
    }

    /// Whoever finds a word of the same kind left need not wake the task: he who left it does.
    fn want(&self, word: u8) {
        if self.wanted.fetch_or(word, Ordering::AcqRel) & word == 0
            && let Some(waker) = &*lock(&self.waker)
        {
            waker.wake_by_ref();
        }
    }

    /// From now on the task is woken by this.
    pub(crate) fn driven_by(&self, waker: &Waker) {
        *lock(&self.waker) = Some(waker.clone());
    }

    /// What the task is wanted for. It is woken anew for what comes after this.
    #[inline]
    pub(crate) fn take_wanted(&self) -> Wanted {
        // Most often nothing: then nothing is written.
        if self.wanted.load(Ordering::Acquire) == 0 { Wanted(0) } else { Wanted(self.wanted.swap(0, Ordering::AcqRel)) }
    }
}

/// A waker of its own for whatever the task waits for beside its socket.
impl Wake for Task {
    fn wake(self: Arc<Self>) {
        Self::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Self::wake(self);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_is_woken_once_for_each_kind_of_word_until_it_has_taken_them() {
        let (task, woken) = (Arc::new(Task::default()), Arc::new(Woken::default()));
        let times = || woken.0.load(Ordering::Relaxed);
        task.driven_by(&woken.clone().into());
        assert_eq!(task.take_wanted(), Wanted::default());
        task.wake_to_write();
        task.wake_to_write();
        assert_eq!(times(), 1);
        assert!(!task.is_wanted_for_anything() && task.take_to_write() && !task.take_to_write());
        task.wake_to_write();
        Waker::from(task.clone()).wake();
        Task::wake(&task);
        assert_eq!(times(), 3);
        assert!(task.is_wanted_for_anything());
        let wanted = task.take_wanted();
        assert!(wanted.to_write() && wanted.for_anything());
        Task::wake(&task);
        assert_eq!((times(), task.take_to_write(), task.is_wanted_for_anything()), (4, false, true));
    }
}
