//! Logging in, by a message or by the headers of the upgrade, with values that are each made once.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{
    Described, Sign, is_secret, own, relative, seconds,
    template::{self, Kind, Meaning},
    wire,
};
use crate::{
    auth::{AuthResponse, Credentials},
    error::{Error, Result},
    flow::Priority,
    message::Outgoing,
    platform::{LoginContext, PlatformSpec},
    transport::check_header,
};

/// The headers of the upgrade request; those that need credentials only where there are some.
pub(in crate::platform) fn headers<P: PlatformSpec + ?Sized>(
    platform: &P,
    credentials: Option<&Credentials>,
    context: LoginContext<'_>,
) -> Result<Vec<(String, SecretString)>> {
    let wanted = wire::<P>().headers.iter().filter(|(_, value)| credentials.is_some() || !is_secret(value));
    let mut times = Times::new::<P>(context);
    wanted
        .map(|(name, value)| {
            let filled = template::text(value, Kind::Plain, &mut |name| times.meaning(platform, credentials, name))?;
            check_header(name, &filled)?;
            Ok(((*name).to_owned(), SecretString::from(filled)))
        })
        .collect()
}

pub(in crate::platform) fn login<P: PlatformSpec + ?Sized>(
    platform: &P,
    memory: Option<&mut Described>,
    credentials: &Credentials,
    context: LoginContext<'_>,
) -> Option<Outgoing> {
    let login = wire::<P>().login?;
    let mut times = Times::new::<P>(context);
    let filled =
        template::fill(login.send, Kind::Json, &mut |name| times.meaning(platform, Some(credentials), name)).ok()?;
    if let Some(memory) = memory {
        memory.logging_in = login.ack.is_some();
    }
    Some(Outgoing::filled("login", filled).priority(Priority::Control))
}

/// The values of one login: each is made once, since a signature is over the same time that is sent.
struct Times {
    seconds: bool,
    now: u64,
    expires: Duration,
    nonce: u64,
    sign: Option<Sign>,
}

impl Times {
    fn new<P: PlatformSpec + ?Sized>(context: LoginContext<'_>) -> Self {
        let sign = wire::<P>().sign;
        Self {
            seconds: sign.is_some_and(|sign| sign.seconds),
            now: context.clock.unix_ms(),
            expires: sign.map(|sign| sign.expires).unwrap_or_default(),
            // What every JSON reader reads exactly.
            nonce: context.nonce >> 11,
            sign,
        }
    }

    fn at(&self, ms: u64) -> Meaning<'static> {
        Meaning::Number(if self.seconds { ms / 1000 } else { ms })
    }

    fn meaning<'a, P: PlatformSpec + ?Sized>(
        &mut self,
        platform: &'a P,
        credentials: Option<&'a Credentials>,
        name: &str,
    ) -> Result<Option<Meaning<'a>>> {
        let (id, secret, token) = match credentials {
            Some(Credentials::Key { id, secret } | Credentials::Signed { id, secret }) => {
                (Some(id.as_str()), Some(secret.expose_secret()), None)
            }
            Some(Credentials::Token(token)) => (None, None, Some(token.expose_secret())),
            None => (None, None, None),
        };
        Ok(match name {
            "id" => Some(Meaning::Id),
            "timestamp" => Some(self.at(self.now)),
            "expires" => {
                let after = u64::try_from(self.expires.as_millis()).unwrap_or(u64::MAX);
                Some(self.at(self.now.saturating_add(after)))
            }
            "nonce" => Some(Meaning::Number(self.nonce)),
            "api_key" => id.map(|id| Meaning::Text(id.into())),
            "api_secret" => secret.map(|secret| Meaning::Text(secret.into())),
            "token" => token.map(|token| Meaning::Text(token.into())),
            "sign" => match (self.sign.take(), secret) {
                (Some(sign), Some(secret)) => {
                    // Taken out meanwhile: a signature is not over itself.
                    let over =
                        template::text(sign.over, Kind::Plain, &mut |name| self.meaning(platform, credentials, name));
                    self.sign = Some(sign);
                    Some(Meaning::Text(template::sign(secret, &over?, sign.base64).into()))
                }
                _ => None,
            },
            name => own(platform, name),
        })
    }
}

pub(in crate::platform) fn logged_in<P: PlatformSpec + ?Sized>(reply: Result<&str, Error>) -> AuthResponse {
    match reply {
        Ok(reply) => {
            let within = |pointer| relative(wire::<P>(), pointer);
            let life = wire::<P>().login.and_then(|login| login.life).and_then(within);
            AuthResponse::accepted(life.and_then(|pointer| seconds(reply, pointer)), "")
        }
        Err(error) => AuthResponse::refused(error),
    }
}
