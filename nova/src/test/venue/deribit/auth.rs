//! Logging in: three kinds of grant, tokens that expire, pairs that rotate.

use std::{collections::BTreeMap, time::Duration};

use ring::hmac;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    clock::Clock,
    fault::{self, Fault, Params},
    random::Random,
};

/// How far a signature's time of day may be off, and how long a nonce is remembered at least.
const WINDOW: Duration = Duration::from_secs(60);

/// What the venue accepts and gives.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) token_life: Duration,
    pub(super) rights: String,
}

#[derive(Debug)]
struct Grant {
    access: String,
    refresh: String,
    expires: Instant,
    session: Option<String>,
    connection: u64,
}

/// Every login that has not died with its connection.
#[derive(Debug)]
pub(super) struct Grants {
    live: BTreeMap<u64, Grant>,
    nonces: BTreeMap<String, Instant>,
    random: Random,
    pub(super) refuse: u32,
    pub(super) logins: u64,
    pub(super) refreshes: u64,
}

impl Grants {
    pub(super) fn new(seed: u64) -> Self {
        let (live, nonces) = (BTreeMap::new(), BTreeMap::new());
        Self { live, nonces, random: Random::new(seed ^ 0xa07), refuse: 0, logins: 0, refreshes: 0 }
    }

    /// `public/auth`: the grant's number and the result.
    pub(super) fn login(
        &mut self,
        params: &Params,
        connection: u64,
        account: &Account,
        clock: Clock,
    ) -> Result<(u64, Value), Fault> {
        let kind = params.text("grant_type")?;
        if self.refuse > 0 {
            self.refuse -= 1;
            return Err(fault::INVALID_CREDENTIALS);
        }
        let number = match kind {
            "client_credentials" => {
                let given = (params.text("client_id")?, params.text("client_secret")?);
                if given != (&*account.client_id, &*account.client_secret) {
                    return Err(fault::INVALID_CREDENTIALS);
                }
                self.grant(params, connection)?
            }
            "client_signature" => {
                self.check_signature(params, account, clock)?;
                self.grant(params, connection)?
            }
            "refresh_token" => {
                let token = params.text("refresh_token")?;
                let own = |grant: &Grant| grant.session.is_some() || grant.connection == connection;
                let found = self.live.iter().find(|(_, grant)| grant.refresh == token && own(grant));
                let number = found.map(|(number, _)| *number).ok_or(fault::INVALID_CREDENTIALS)?;
                self.refreshes += 1;
                number
            }
            _ => return Err(Fault::param("grant_type", "is none of the known grant types")),
        };
        let mut result = self.renew(number, account, clock);
        if let Some(state) = params.get("state") {
            result["state"] = state.clone();
        }
        Ok((number, result))
    }

    fn check_signature(&mut self, params: &Params, account: &Account, clock: Clock) -> Result<(), Fault> {
        let timestamp = params.get("timestamp").and_then(Value::as_u64);
        let timestamp = timestamp.ok_or_else(|| Fault::param("timestamp", "must be an integer in milliseconds"))?;
        let (id, nonce, data) = (params.text("client_id")?, params.text("nonce")?, params.text_or("data", "")?);
        let signature = decode_hex(params.text("signature")?).ok_or(fault::INVALID_CREDENTIALS)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, account.client_secret.as_bytes());
        let signed = format!("{timestamp}\n{nonce}\n{data}");
        hmac::verify(&key, signed.as_bytes(), &signature).map_err(|_| fault::INVALID_CREDENTIALS)?;

        let now = Instant::now();
        self.nonces.retain(|_, used| now.saturating_duration_since(*used) <= 2 * WINDOW);
        let fresh = clock.is_within(timestamp, WINDOW) && !self.nonces.contains_key(nonce);
        if id != account.client_id || !fresh {
            return Err(fault::INVALID_CREDENTIALS);
        }
        self.nonces.insert(nonce.to_owned(), now);
        Ok(())
    }

    fn grant(&mut self, params: &Params, connection: u64) -> Result<u64, Fault> {
        let asked = params.text_or("scope", "")?;
        let session = asked.split_whitespace().find_map(|word| word.strip_prefix("session:")).map(str::to_owned);
        self.logins += 1;
        let (access, refresh) = (String::new(), String::new());
        let grant = Grant { access, refresh, expires: Instant::now(), session, connection };
        self.live.insert(self.logins, grant);
        Ok(self.logins)
    }

    fn renew(&mut self, number: u64, account: &Account, clock: Clock) -> Value {
        let Some(grant) = self.live.get_mut(&number) else { return Value::Null };
        let at = clock.unix_ms();
        grant.access = format!("{at}.{:016x}.access", self.random.next());
        grant.refresh = format!("{at}.{:016x}.refresh", self.random.next());
        grant.expires = Instant::now() + account.token_life;
        let bound = grant.session.as_ref().map_or_else(|| "connection".to_owned(), |name| format!("session:{name}"));
        json!({
            "access_token": grant.access, "refresh_token": grant.refresh, "expires_in": account.token_life.as_secs(),
            "scope": format!("{bound} mainaccount {}", account.rights), "token_type": "bearer", "enabled_features": [],
        })
    }

    pub(super) fn is_alive(&self, number: u64) -> bool {
        self.live.get(&number).is_some_and(|grant| grant.expires > Instant::now())
    }

    pub(super) fn by_access_token(&self, token: &str) -> Option<u64> {
        self.live.iter().find(|(_, grant)| grant.access == token).map(|(number, _)| *number)
    }

    /// Access tokens stop working; refresh tokens go on.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        self.live.values_mut().for_each(|grant| grant.expires = now);
    }

    pub(super) fn revoke(&mut self, number: u64) {
        self.live.remove(&number);
    }

    /// A token without a session dies with its connection.
    pub(super) fn disconnect(&mut self, connection: u64) {
        self.live.retain(|_, grant| grant.session.is_some() || grant.connection != connection);
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..text.len()).step_by(2).map(digits).collect()
}
