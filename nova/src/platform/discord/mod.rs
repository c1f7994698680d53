//! Discord, the messenger: the gateway of its API v10, as bots use it.

mod command;
mod dispatch;
mod event;
mod frame;
mod gateway;
mod inflate;
mod intents;
mod login;
mod payload;
mod sequence;
mod session;
mod starts;
#[cfg(test)]
mod tests;

pub use command::{Activity, RequestGuildMembers, UpdatePresence, UpdateVoiceState};
pub use dispatch::Dispatch;
pub use gateway::GatewayBot;
pub use intents::Intents;
pub use payload::{
    Application, Channel, ChatMessage, Guild, Id, Interaction, Member, MemberAdded, MemberRemoved, MembersChunk,
    MessageDeleted, MessageUpdated, PresenceUpdate, RateLimited, Reaction, Ready, Role, TypingStart, UnavailableGuild,
    User, VoiceState,
};
pub use session::{Keeper, Session};
pub use starts::{StartLimit, Starts};

use std::{borrow::Cow, time::Duration};

use secrecy::SecretString;

use self::{
    event::{beat, heartbeat},
    frame::Head,
    inflate::Inflater,
    sequence::Follow,
};
use super::{Dial, Heartbeat, Inbound, Incoming, LoginContext, Platform, PlatformSpec, Pool, Spec};
use crate::{
    auth::Credentials,
    codec::Json,
    config::{Bounds, Rate},
    error::{Error, ErrorClass, Result},
    frame::{CloseCode, Frame},
    message::{Envelope, Outgoing},
    verdict::Reconnect,
};

/// What Discord takes in one message.
const LARGEST_SENT: usize = 4_096;

/// What a member list of a large guild may come to, inflated.
const LARGEST_RECEIVED: usize = 32 << 20;

/// How long a bot without a session left waits until it asks whether there is one again.
const LONGEST_REST: Duration = Duration::from_secs(60 * 60);

/// Sends a minute: 120, of which five are left for heartbeats and for what begins a session.
const SENDS: Pool = Pool::sliding("gateway", Rate::new(115, Duration::from_secs(60)));

/// Discord's gateway: what a bot is told. The credentials are the bot's token ([`Credentials::token`]).
///
/// There are no topics: what is told is decided by the [`Intents`], once a session. Each event is a message on the channel of its name
/// (`MESSAGE_CREATE`); [`Dispatch`] types the common ones.
///
/// A session outlives its connection. After a drop it is resumed, and Discord sends what was missed; where it refuses, a new one begins,
/// and the client gets an [`Item::Gap`](crate::Item::Gap) before the new `READY`. [`keep`](Self::keep) carries a session over a restart.
///
/// Before a new session Discord is asked for the gateway's address and for how many sessions may begin ([`Starts`]).
///
/// ```
/// use nova::platform::{Discord, discord::{Intents, UpdatePresence}};
///
/// let bot = Discord::new(Intents::GUILDS | Intents::GUILD_MESSAGES)
///     .compressed()
///     .presence(UpdatePresence::online().playing("nova"));
/// # let _ = bot;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Discord {
    api: Cow<'static, str>,
    url: Option<Cow<'static, str>>,
    intents: Intents,
    shard: (u32, u32),
    presence: Option<UpdatePresence>,
    large_threshold: u32,
    compressed: bool,
    starts: Starts,
    keeper: Option<Keeper>,
}

/// What is remembered of a session with Discord, over all of its connections.
#[derive(Debug, Default)]
pub struct State {
    session: Option<Session>,
    /// The keeper was asked for an earlier session.
    asked: bool,
    /// A session was lost, and the client is to be told.
    lost: bool,
    own: OwnAddress,
    /// Refusals of resuming in a row.
    refusals: u32,
    /// The next session must not begin at once.
    hasty: bool,
    follow: Follow,
    inflater: Inflater,
}

/// What is known of the address at which the session is to be resumed.
#[derive(Debug, Default, PartialEq, Eq)]
enum OwnAddress {
    #[default]
    Untried,
    /// The attempt under way goes there.
    Tried,
    Unreachable,
}

impl Discord {
    /// Closing with this code keeps the session, so that it can be resumed by the next run:
    /// `bot.close_with(Discord::PAUSE, "")`. A plain `close()` ends it.
    pub const PAUSE: CloseCode = CloseCode(4_000);

    /// A bot that is told of these events.
    pub fn new(intents: Intents) -> Self {
        Self {
            api: Self::SPEC.url.into(),
            url: None,
            intents,
            shard: (0, 1),
            presence: None,
            large_threshold: 250,
            compressed: false,
            starts: Starts::default(),
            keeper: None,
        }
    }

    /// Another address of the REST interface, without the version: that of a proxy, or a local venue's.
    pub fn api(mut self, api: impl Into<Cow<'static, str>>) -> Self {
        self.api = api.into();
        self
    }

    /// The gateway's address, without path and query. Nobody is asked for it then, and [`Starts`] is told nothing.
    pub fn at(mut self, url: impl Into<Cow<'static, str>>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Serves one shard of the bot's guilds, number `id` of `of`: those for which `(guild >> 22) % of` is `id`.
    pub fn shard(mut self, id: u32, of: u32) -> Self {
        self.shard = (id, of);
        self
    }

    /// What the bot shows of itself from the start.
    pub fn presence(mut self, presence: UpdatePresence) -> Self {
        self.presence = Some(presence);
        self
    }

    /// From how many members on a guild comes without those who are offline: 50 to 250, which is the default.
    pub fn large_threshold(mut self, members: u32) -> Self {
        self.large_threshold = members;
        self
    }

    /// Has Discord compress what it sends (`zlib-stream`).
    pub fn compressed(mut self) -> Self {
        self.compressed = true;
        self
    }

    /// The budget of new sessions, which all shards of a bot share.
    pub fn starts(mut self, starts: &Starts) -> Self {
        self.starts = starts.clone();
        self
    }

    /// Writes the session down as it goes on, and begins with the one that is there.
    pub fn keep(mut self, keeper: &Keeper) -> Self {
        self.keeper = Some(keeper.clone());
        self
    }

    fn note(&self, state: &State) {
        if let Some(keeper) = &self.keeper {
            keeper.note(state.session.as_ref());
        }
    }

    fn forget(&self, state: &mut State) {
        state.lost |= state.session.take().is_some();
        state.follow = Follow::default();
        self.note(state);
    }
}

impl Default for Discord {
    /// Told of everything that needs no privilege.
    fn default() -> Self {
        Self::new(Intents::UNPRIVILEGED)
    }
}

impl PlatformSpec for Discord {
    type Codec = Json;

    const SPEC: Spec = Spec::new("discord", "https://discord.com/api")
        .bounds(Bounds::new().outbound(LARGEST_SENT).inbound(LARGEST_RECEIVED))
        .pools(&[SENDS])
        .speaks_first()
        .keeps_session(Self::PAUSE);
}

impl Platform for Discord {
    type State = State;

    fn dial(&self, state: &mut State) -> Dial {
        if !std::mem::replace(&mut state.asked, true) {
            state.session = self.keeper.as_ref().and_then(Keeper::session);
        }
        let main = self.url.as_deref();
        let own = state.session.as_ref().and_then(|session| session.address(main.unwrap_or(&self.api)));
        let own = own.filter(|_| state.own != OwnAddress::Unreachable);
        if state.own != OwnAddress::Unreachable {
            state.own = if own.is_some() { OwnAddress::Tried } else { OwnAddress::Untried };
        }
        match own.or(main) {
            Some(origin) => Dial::Url(self.spoken_at(origin).into()),
            None => Dial::Fetch(self.fetch()),
        }
    }

    fn headers(
        &self,
        state: &mut State,
        credentials: Option<&Credentials>,
        _: LoginContext<'_>,
    ) -> Result<Vec<(String, SecretString)>> {
        match credentials {
            // The gateway itself wants the token in a message.
            Some(Credentials::Token(_)) if self.url.is_some() || state.own == OwnAddress::Tried => Ok(Vec::new()),
            Some(Credentials::Token(token)) => Ok(vec![("Authorization".to_owned(), login::header(token))]),
            _ => Err(Error::config("credentials", "`discord` needs a bot's token: `Credentials::token(..)`")),
        }
    }

    fn connected(&self, state: &mut State) {
        if state.own == OwnAddress::Tried {
            state.own = OwnAddress::Untried;
        }
        state.inflater = Inflater::default();
    }

    fn login_delay(&self, state: &mut State, context: LoginContext<'_>) -> Result<Duration> {
        if state.session.is_some() {
            return Ok(Duration::ZERO);
        }
        let delay = self.starts.reserve(self.shard.0, context.clock.unix_ms())?;
        // A session that was refused is not followed by another for one to five seconds.
        let pause = Duration::from_millis(1_000 + context.nonce % 4_000);
        Ok(if std::mem::take(&mut state.hasty) { delay.max(pause) } else { delay })
    }

    fn login(&self, state: &mut State, credentials: &Credentials, _: LoginContext<'_>) -> Option<Outgoing> {
        let Credentials::Token(token) = credentials else { return None };
        Some(match &state.session {
            Some(session) => login::resume(token, session),
            None => login::identify(token, self),
        })
    }

    fn unpack<'f>(&self, state: &mut State, frame: &'f Frame) -> Result<Option<Cow<'f, Frame>>> {
        match frame {
            Frame::Binary(part) if self.compressed => {
                Ok(state.inflater.feed(part, LARGEST_RECEIVED)?.map(|text| Cow::Owned(Frame::text(text))))
            }
            frame => Ok(Some(Cow::Borrowed(frame))),
        }
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let text = incoming.json()?;
        let head = Head::read(text)?;
        Ok(match head.op {
            0 => return self.dispatched(state, incoming, text, &head),
            1 => Inbound::Reflex(beat(state)),
            7 => Inbound::Reconnect,
            9 => Inbound::Broken(self.refused(state, head.data(text) == "true")),
            10 => Inbound::Hello { heartbeat: heartbeat(head.data(text)) },
            11 => Inbound::Beat,
            _ => Inbound::message(Envelope::whole(incoming.frame, Some(text))),
        })
    }

    fn ended(&self, state: &mut State, error: &Error) -> Reconnect {
        match error {
            // The session is not known there, or was none.
            Error::Closed { code: CloseCode(4_003 | 4_007 | 4_009), .. } => self.forget(state),
            // Nothing has failed, so it counts as no attempt.
            Error::RateLimited { retry_after } => return Reconnect::After((*retry_after).min(LONGEST_REST)),
            _ if state.own == OwnAddress::Tried => {
                state.own = OwnAddress::Unreachable;
                return Reconnect::After(Duration::ZERO);
            }
            _ => {}
        }
        Reconnect::Default
    }

    fn request(&self, _: u64, _: &str, _: Option<&str>) -> Result<Outgoing> {
        Err(Error::Unsupported { platform: Self::SPEC.name, what: "calls: what is asked for is answered by events" })
    }

    fn announce(&self, _: &mut State, status: &str) -> Option<Outgoing> {
        Some(self.presence.clone().unwrap_or_else(UpdatePresence::online).status(status).into())
    }

    fn heartbeat(&self, state: &mut State) -> Heartbeat {
        Heartbeat::Send(beat(state))
    }

    fn close_class(&self, code: CloseCode) -> Option<ErrorClass> {
        Some(match code.0 {
            // A token that was reset: who keeps it may have the new one.
            4_004 => ErrorClass::Authentication,
            4_010..=4_014 => ErrorClass::Critical,
            4_008 => ErrorClass::RateLimited,
            // Whatever else it is, the session is there.
            _ => ErrorClass::Transient,
        })
    }
}
