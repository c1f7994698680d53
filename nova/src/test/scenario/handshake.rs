//! How a server answers the upgrade: rightly, with a refusal, or in one of the ways in which real servers fail.

use std::time::Duration;

use bytes::Bytes;

/// The answer to one upgrade request.
///
/// ```
/// use std::time::Duration;
/// use nova::test::Handshake;
///
/// let slow = Handshake::accept().header("X-Node", "7").delay(Duration::from_secs(2));
/// let busy = Handshake::reject(503).header("Retry-After", "7").body("try again later");
/// let silent = Handshake::stall();
/// # let _ = (slow, busy, silent);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a handshake is data: hand it to `Scenario::handshake` or `Attempt::answer`"]
pub struct Handshake {
    pub(in crate::test) answer: Answer,
    pub(in crate::test) headers: Vec<(String, String)>,
    pub(in crate::test) body: Bytes,
    pub(in crate::test) delay: Duration,
}

#[derive(Clone, Debug)]
pub(in crate::test) enum Answer {
    Accept { genuine: bool },
    Reject(u16),
    Raw(Bytes),
    Stall,
    HangUp,
}

impl Handshake {
    fn new(answer: Answer) -> Self {
        Self { answer, headers: Vec::new(), body: Bytes::new(), delay: Duration::ZERO }
    }

    /// 101, as the protocol wants it.
    pub fn accept() -> Self {
        Self::new(Answer::Accept { genuine: true })
    }

    /// 101 with a `Sec-WebSocket-Accept` that does not belong to the request.
    pub fn wrong_accept() -> Self {
        Self::new(Answer::Accept { genuine: false })
    }

    /// This status instead of 101.
    pub fn reject(status: u16) -> Self {
        Self::new(Answer::Reject(status))
    }

    /// These bytes instead of an answer.
    pub fn garbage(bytes: impl AsRef<[u8]>) -> Self {
        Self::new(Answer::Raw(Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// No answer: the request is read, and the connection stays open until the client lets go of it.
    pub fn stall() -> Self {
        Self::new(Answer::Stall)
    }

    /// No answer: the request is read, and the server hangs up.
    pub fn hang_up() -> Self {
        Self::new(Answer::HangUp)
    }

    /// One more header of the answer, as it is: nothing is checked, so that wrong ones can be sent.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body of a refusal. Behind a 101, the first bytes of the connection: they arrive with the answer.
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Bytes::copy_from_slice(body.as_ref());
        self
    }

    /// Answers after so long.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Whether a connection comes of it.
    pub(in crate::test) fn opens(&self) -> bool {
        matches!(self.answer, Answer::Accept { .. })
    }
}
