//! Writing a scenario down.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::Value;

use super::{
    Ending, Handshake, Matcher, Rule,
    step::{self, Place, Step, What},
};
use crate::{
    frame::{CloseCode, Frame},
    test::fault::bounded,
};

/// What a server does, and what it expects of the client, step by step.
///
/// ```
/// use std::time::Duration;
/// use nova::test::Scenario;
/// use serde_json::json;
///
/// let flaky = Scenario::new()
///     .reject(503, &[("Retry-After", "2")])
///     .expect_reconnect().within(Duration::from_secs(4))
///     .connect_success()
///     .expect(json!({"op": "login"})).reply_with(|login| json!({"id": login["id"], "ok": true}))
///     .repeat(3, Scenario::new().delay(Duration::from_millis(100)).send_text("tick"))
///     .drop_tcp()
///     .expect_reconnect()
///     .connect_success();
/// # let _ = flaky;
/// ```
///
/// Steps follow one another. A step that waits takes the frame that comes next: another one fails the scenario, unless a rule
/// ([`answer_requests`](Self::answer_requests), [`ignore`](Self::ignore)) takes it. Pings and the client's close are answered
/// as by any server. Without [`within`](Self::within) a step waits as long as the test lets it.
#[derive(Clone, Debug, Default)]
#[must_use = "a scenario is data: hand it to `MockServer::script` or `Peer::play`"]
pub struct Scenario {
    pub(super) steps: Vec<Step>,
}

impl Scenario {
    /// No step: nobody is expected to connect.
    pub fn new() -> Self {
        Self::default()
    }

    fn then(mut self, what: What) -> Self {
        self.steps.push(what.into());
        self
    }

    /// Lets the next client in.
    pub fn connect_success(self) -> Self {
        self.handshake(Handshake::accept())
    }

    /// Refuses the next client with an HTTP status.
    pub fn reject(self, status: u16, headers: &[(&str, &str)]) -> Self {
        let refusal = Handshake::reject(status);
        self.handshake(headers.iter().fold(refusal, |refusal, (name, value)| refusal.header(*name, *value)))
    }

    /// Answers the next client's upgrade in any other way.
    pub fn handshake(self, handshake: Handshake) -> Self {
        self.then(What::Handshake(handshake))
    }

    /// Sends a frame of any kind.
    pub fn send_frame(self, frame: Frame) -> Self {
        self.then(What::Send(frame))
    }

    /// Sends a text message.
    pub fn send_text(self, text: impl Into<String>) -> Self {
        self.send_frame(Frame::text(text.into()))
    }

    /// Sends a JSON message as text.
    pub fn send_json(self, value: impl Into<Value>) -> Self {
        self.send_text(value.into().to_string())
    }

    /// Sends a message in so many frames, as equal as can be; at least one.
    pub fn send_fragmented(self, message: Frame, pieces: usize) -> Self {
        self.then(What::SendFragmented(message, pieces))
    }

    /// Writes bytes as they are: illegal frames, half a frame, no frame at all.
    pub fn send_raw(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(What::SendRaw(Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// Waits for a frame.
    pub fn expect(self, matcher: impl Into<Matcher>) -> Self {
        self.then(What::Expect(matcher.into()))
    }

    /// Answers the JSON message that the step before took with another; with `Null`, where it was none.
    pub fn reply_with(self, reply: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Self {
        self.reply_frame(move |frame| {
            let value = frame.as_text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            Frame::text(reply(&value).to_string())
        })
    }

    /// Answers the frame that the step before took with another.
    pub fn reply_frame(self, reply: impl Fn(&Frame) -> Frame + Send + Sync + 'static) -> Self {
        self.then(What::Reply(Arc::new(reply)))
    }

    /// From here to the end of the scenario, later connections included: JSON messages that no step waits for and of which the
    /// function makes an answer are answered with it.
    pub fn answer_requests(self, answer: impl Fn(&Value) -> Option<Value> + Send + Sync + 'static) -> Self {
        self.then(What::Rule(Rule::Answer(Arc::new(answer))))
    }

    /// From here to the end of the scenario, later connections included: such frames are no surprise where no step waits for them.
    pub fn ignore(self, matcher: impl Into<Matcher>) -> Self {
        self.then(What::Rule(Rule::Ignore(matcher.into())))
    }

    /// Sends a ping.
    pub fn ping(self, payload: impl AsRef<[u8]>) -> Self {
        self.send_frame(Frame::Ping(Bytes::copy_from_slice(payload.as_ref())))
    }

    /// Waits for the answer to the last [`ping`](Self::ping), or for any pong where there was none.
    pub fn expect_pong(self) -> Self {
        let pinged = self.steps.iter().rev().find_map(|step| match &step.what {
            What::Send(Frame::Ping(payload)) => Some(payload.clone()),
            _ => None,
        });
        self.expect(Matcher::pong(pinged))
    }

    /// Waits for the client to close with this code; 1005 stands for a close without one.
    pub fn expect_close(self, code: u16) -> Self {
        self.expect(Matcher::close(Some(code)))
    }

    /// Waits until the client lets go of the connection, with a close or without.
    pub fn expect_end(self) -> Self {
        self.then(What::ExpectEnd)
    }

    /// Does nothing for so long. What comes meanwhile waits for the steps behind.
    pub fn delay(self, time: Duration) -> Self {
        self.then(What::Delay(bounded(time)))
    }

    /// Closes the connection with this code; 1005 stands for a close without one. Waits for the client's close, ten seconds at most.
    pub fn disconnect(self, code: u16) -> Self {
        self.disconnect_with(code, "")
    }

    /// The same with a reason.
    pub fn disconnect_with(self, code: u16, reason: impl Into<String>) -> Self {
        self.then(What::End(Ending::Close(code, reason.into())))
    }

    /// Ends the connection without a close frame.
    pub fn drop_tcp(self) -> Self {
        self.then(What::End(Ending::Drop))
    }

    /// Ends the connection with a reset: what was under way is lost, and the client reads an error.
    pub fn reset(self) -> Self {
        self.then(What::End(Ending::Reset))
    }

    /// Reads nothing and sends nothing any more, without an end that the client could see.
    pub fn blackhole(self) -> Self {
        self.then(What::End(Ending::Blackhole))
    }

    /// Answers the client's close, and leaves the connection open: it ends when the client ends it.
    pub fn linger(self) -> Self {
        self.then(What::End(Ending::Linger))
    }

    /// Waits for the client to dial again.
    pub fn expect_reconnect(self) -> Self {
        self.then(What::Reconnect)
    }

    /// How long the step before waits for the client before the scenario fails.
    ///
    /// # Panics
    /// Where the step before waits for nobody.
    #[track_caller]
    pub fn within(mut self, time: Duration) -> Self {
        let step = self.steps.last_mut().filter(|step| step.what.waits() || matches!(step.what, What::Parallel(_)));
        let step =
            step.expect("`within` belongs behind a step that waits, such as `expect(..)` or `expect_reconnect()`");
        step.within = Some(bounded(time));
        self
    }

    /// How long after the step before the reconnect may come at the earliest.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use nova::test::Scenario;
    /// let (least, most) = (Duration::from_secs(1), Duration::from_millis(1_250));
    /// let patient = Scenario::new().connect_success().drop_tcp().expect_reconnect().not_before(least).within(most);
    /// # let _ = patient;
    /// ```
    ///
    /// # Panics
    /// Where the step before is no [`expect_reconnect`](Self::expect_reconnect).
    #[track_caller]
    pub fn not_before(mut self, time: Duration) -> Self {
        let step = self.steps.last_mut().filter(|step| matches!(step.what, What::Reconnect));
        step.expect("`not_before` belongs behind `expect_reconnect()`").not_before = bounded(time);
        self
    }

    /// The steps of another scenario, so many times.
    pub fn repeat(self, times: usize, steps: Self) -> Self {
        self.then(What::Repeat(times, steps.steps.into()))
    }

    /// The steps of another scenario again and again, for as long as the test lasts: the last step of a scenario, which counts as
    /// finished once it is reached. Where they are all for one connection, the client ends them with it.
    ///
    /// ```
    /// use nova::test::Scenario;
    ///
    /// let never_there = Scenario::new().connect_success().drop_tcp().forever(Scenario::new().reject(503, &[]));
    /// # let _ = never_there;
    /// ```
    pub fn forever(self, steps: Self) -> Self {
        self.then(What::Forever(steps.steps.into()))
    }

    /// The steps of another scenario.
    pub fn include(mut self, steps: Self) -> Self {
        self.steps.extend(steps.steps);
        self
    }

    /// The steps of several scenarios side by side on one connection; goes on when all of them are done. A frame goes to the first
    /// that waits for it. The first that ends the connection ends them all.
    pub fn parallel(self, branches: impl IntoIterator<Item = Self>) -> Self {
        self.then(What::Parallel(branches.into_iter().map(|branch| branch.steps.into()).collect()))
    }

    /// Waits for all of these, whichever comes first.
    pub fn any_order<M: Into<Matcher>>(self, matchers: impl IntoIterator<Item = M>) -> Self {
        self.parallel(matchers.into_iter().map(|matcher| Self::new().expect(matcher)))
    }

    /// What cannot work, in words.
    pub(in crate::test) fn check(&self, connected: bool) -> Result<(), String> {
        let place = if connected { Place::Inside } else { Place::Outside };
        step::check(&self.steps, place, connected).map(|_| ())
    }

    pub(in crate::test) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The close frame of a code; without one for 1005.
    pub(in crate::test) fn close_frame(code: u16, reason: &str) -> Frame {
        let code = CloseCode(code);
        Frame::Close((code != CloseCode::NO_STATUS).then(|| crate::frame::Close { code, reason: reason.into() }))
    }
}
