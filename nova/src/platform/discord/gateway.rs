//! Where the gateway is: `GET /gateway/bot`, whose answer also says how many sessions may begin.

use std::time::Duration;

use serde::Deserialize;

use super::{Discord, StartLimit};
use crate::{
    error::{Error, Result},
    platform::{Fetch, Fetched},
};

/// How long to wait after "too many requests" where Discord does not say so.
const LIMITED: Duration = Duration::from_secs(30);

/// The answer to `GET /gateway/bot`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GatewayBot {
    /// The gateway's address, as [`Discord::at`] takes it.
    pub url: String,
    /// How many shards Discord recommends.
    pub shards: u32,
    /// How many sessions may begin.
    pub session_start_limit: StartLimit,
}

impl Discord {
    /// The request for the gateway's address. What its answer says of the budget is the budget from then on.
    pub(super) fn fetch(&self) -> Fetch {
        let url = format!("{}/v10/gateway/bot", self.api.trim_end_matches('/'));
        let discord = self.clone();
        let asked = Fetch::get(url, move |answer| {
            let gateway = read(answer)?;
            discord.starts.told(gateway.session_start_limit);
            Ok(discord.spoken_at(&gateway.url).into())
        });
        let advice = "Discord refused the bot's token: take the one that the developer portal shows under `Bot`";
        asked.when_limited(LIMITED).when_refused(advice)
    }

    /// The gateway's address, and how it is to speak there.
    pub(super) fn spoken_at(&self, origin: &str) -> String {
        let compress = if self.compressed { "&compress=zlib-stream" } else { "" };
        format!("{}/?v=10&encoding=json{compress}", origin.trim_end_matches('/'))
    }
}

fn read(answer: Fetched<'_>) -> Result<GatewayBot> {
    serde_json::from_str(answer.body).map_err(|error| Error::Upgrade {
        reason: format!("Discord's answer to `GET /gateway/bot` is not what it should be: {error}").into(),
    })
}
