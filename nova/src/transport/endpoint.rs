//! Where to connect to, read from a URL.
//!
//! A small parser of its own: WebSocket URLs are a strict little subset, and what nova refuses (credentials in the URL, fragments,
//! control characters) a general parser would repair in silence. The query may hold a key, so it is never shown.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use crate::error::{Error, Result};

/// The longest URL that is taken, in bytes.
const MAX_URL: usize = 8 * 1024;

/// The address of a WebSocket server: scheme, host, port, path and query.
///
/// ```
/// let endpoint = nova::Endpoint::parse("wss://venue.test/ws?key=k-123")?;
/// assert_eq!((endpoint.host(), endpoint.port(), endpoint.is_tls()), ("venue.test", 443, true));
/// assert_eq!(endpoint.to_string(), "wss://venue.test/ws?…");
/// # Ok::<(), nova::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    tls: bool,
    host: Arc<str>,
    port: u16,
    /// Path and query as they go on the wire.
    target: Arc<str>,
}

impl Endpoint {
    /// Reads a `ws://` or `wss://` URL of at most 8 KiB.
    ///
    /// # Errors
    /// [`Error::Config`] with the field `url` for another scheme, a missing or malformed host or port, a fragment, credentials,
    /// white space, control characters, and characters outside ASCII. The error never quotes the URL.
    pub fn parse(url: &str) -> Result<Self> {
        if url.len() > MAX_URL {
            return refuse("it is longer than 8 KiB");
        }
        if url.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return refuse("it holds white space or a control character; percent-encode it");
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return refuse("it must start with ws:// or wss://");
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "ws" => false,
            "wss" => true,
            "http" => return refuse("the scheme must be ws or wss: write ws:// for http://"),
            "https" => return refuse("the scheme must be ws or wss: write wss:// for https://"),
            _ => return refuse("the scheme must be ws or wss"),
        };
        if rest.contains('#') {
            return refuse("a WebSocket URL has no #fragment; write %23 for a # in path or query");
        }
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return refuse("credentials do not belong into the URL; use .credentials(..) or .header(..)");
        }
        if !target.is_ascii() {
            return refuse("path and query must be ASCII; percent-encode the rest");
        }
        let (host, port) = split_port(authority)?;
        let host = read_host(host)?;
        let port = match port {
            Some(port) => read_port(port)?,
            None if tls => 443,
            None => 80,
        };
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { tls, host: host.into(), port, target: format!("{slash}{target}").into() })
    }

    /// Reads an `http://` or `https://` URL, under the same rules.
    pub(crate) fn parse_http(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        match scheme.to_ascii_lowercase().as_str() {
            "http" => Self::parse(&format!("ws://{rest}")),
            "https" => Self::parse(&format!("wss://{rest}")),
            _ => refuse("the address to ask for the real one at must start with http:// or https://"),
        }
    }

    /// The host's name or address, in lower case; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port: 80 for `ws` and 443 for `wss` where the URL has none.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the scheme is `wss`.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// What stands behind the path's `?`: keys, more often than not.
    pub(crate) fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// Whether it is the same server: scheme, host and port.
    pub(crate) fn is_origin_of(&self, other: &Self) -> bool {
        (self.tls, &self.host, self.port) == (other.tls, &other.host, other.port)
    }

    /// Path and query as they stand in the request. May hold a secret.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// Host and port as the `Host` header has them: without the scheme's own port.
    pub(crate) fn authority(&self) -> String {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        match (self.tls, self.port) {
            (false, 80) | (true, 443) => format!("{open}{}{close}", self.host),
            (_, port) => format!("{open}{}{close}:{port}", self.host),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "wss" } else { "ws" };
        let query = if self.target.contains('?') { "?…" } else { "" };
        write!(f, "{scheme}://{}{}{query}", self.authority(), self.path())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

fn refuse<T>(reason: &'static str) -> Result<T> {
    Err(Error::config("url", reason))
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let Some((host, after)) = authority.split_once(']') else {
            return refuse("the bracket of the IPv6 address is not closed");
        };
        return match after.strip_prefix(':') {
            Some(port) => Ok((authority.split_at(host.len() + 1).0, Some(port))),
            None if after.is_empty() => Ok((authority, None)),
            None => refuse("only :port may follow the bracketed address"),
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => refuse("an IPv6 address is written in brackets: wss://[::1]/"),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

fn read_host(host: &str) -> Result<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return match address.parse::<Ipv6Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => refuse("what stands in the brackets is no IPv6 address"),
        };
    }
    if host.is_empty() {
        return refuse("the host is missing");
    }
    if !host.is_ascii() {
        return refuse("the host must be ASCII; write an international name in its xn-- form");
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if host.len() > 253 || !host.bytes().all(legal) || host.split('.').any(str::is_empty) {
        return refuse("the host is malformed");
    }
    // Resolvers read `1.2.3` or `2130706433` as addresses nobody meant.
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) && host.parse::<Ipv4Addr>().is_err() {
        return refuse("the host is neither a name nor a complete IPv4 address");
    }
    Ok(host.to_ascii_lowercase())
}

fn read_port(port: &str) -> Result<u16> {
    match port.parse::<u16>() {
        Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(number),
        _ => refuse("the port must be a number from 1 to 65535"),
    }
}
