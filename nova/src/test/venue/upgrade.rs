//! The server's side of the handshake, with refusals on command.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        handshake::server::{Callback, ErrorResponse, Request, Response},
        http::StatusCode,
        protocol::WebSocketConfig,
    },
};

const DEADLINE: Duration = Duration::from_secs(10);
const LARGEST_MESSAGE: usize = 1 << 20;

/// What a venue accepts: one path (or any), unless it was told to refuse.
pub(in crate::test) struct Gate<'a> {
    pub(in crate::test) path: Option<&'static str>,
    pub(in crate::test) refusal: Option<u16>,
    /// Where to write down which path was asked for.
    pub(in crate::test) asked: Option<&'a mut String>,
}

impl Gate<'_> {
    fn verdict(&self, path: &str) -> Option<StatusCode> {
        match self.refusal {
            Some(status) => Some(StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)),
            None => self.path.is_some_and(|wanted| wanted != path).then_some(StatusCode::NOT_FOUND),
        }
    }
}

impl Callback for Gate<'_> {
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        let path = request.uri().path();
        let verdict = self.verdict(path);
        if let Some(asked) = self.asked {
            path.clone_into(asked);
        }
        let Some(status) = verdict else { return Ok(response) };
        let mut refusal = ErrorResponse::new(Some(format!("refused with {status}")));
        *refusal.status_mut() = status;
        Err(refusal)
    }
}

/// The open WebSocket, or nothing where the client was refused, went away or spoke something else.
pub(in crate::test) async fn accept<S>(stream: S, gate: Gate<'_>) -> Option<WebSocketStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST_MESSAGE));
    timeout(DEADLINE, accept_hdr_async_with_config(stream, gate, Some(config))).await.ok()?.ok()
}
