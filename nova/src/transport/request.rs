//! A request as bytes: the upgrade's, and those of [`http`](super::http).
//!
//! Credentials stand in it, so its bytes are wiped once they are sent.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use tokio::io::AsyncWriteExt;

use crate::{
    conceal::parts,
    error::{Error, Result},
    transport::{BoxStream, Endpoint, check_header},
};

/// A request: `lines` of nova's own behind the host, then the user's headers, then the body.
///
/// # Errors
/// [`Error::Config`] for a header that would change the request.
pub(super) fn request(
    method: &str,
    endpoint: &Endpoint,
    lines: &[(&str, &str)],
    headers: &[(String, SecretString)],
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let authority = endpoint.authority();
    let mut all: Vec<(&str, &str)> = Vec::with_capacity(lines.len() + headers.len() + 2);
    all.push(("Host", &authority));
    all.extend(lines);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
        all.push(("User-Agent", concat!("nova/", env!("CARGO_PKG_VERSION"))));
    }
    for (name, value) in headers {
        check_header(name, value.expose_secret())?;
        all.push((name, value.expose_secret()));
    }

    let target = endpoint.target();
    let length: usize = all.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    // Sized at once: a vector that grows leaves copies of the credentials behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(method.len() + target.len() + length + body.len() + 14));
    for piece in [method, " ", target, " HTTP/1.1\r\n"] {
        bytes.extend_from_slice(piece.as_bytes());
    }
    for (name, value) in all {
        for piece in [name, ": ", value, "\r\n"] {
            bytes.extend_from_slice(piece.as_bytes());
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    Ok(bytes)
}

/// Writes a request; its bytes are wiped then.
pub(super) async fn send(stream: &mut BoxStream, bytes: Zeroizing<Vec<u8>>) -> Result {
    let lost = |error| Error::Lost { source: Arc::new(error) };
    stream.write_all(&bytes).await.map_err(lost)?;
    stream.flush().await.map_err(lost)
}

/// What of a request the server's answer may say back, and the client must not show.
pub(super) fn secrets<'r>(
    endpoint: &'r Endpoint,
    headers: &'r [(String, SecretString)],
    body: Option<&'r str>,
) -> Vec<&'r str> {
    let values = headers.iter().map(|(_, value)| value.expose_secret());
    values.chain(endpoint.query()).chain(body).flat_map(parts).collect()
}
