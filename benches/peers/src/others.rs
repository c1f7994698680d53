//! The peers that hand what comes to a callback: connected, each text to a closure.

use std::sync::Arc;

use benches::arms::{Outcome, complain};
use ezsockets::{Client, ClientConfig, ClientExt};
use nautilus_network::{
    transport::Message,
    websocket::{TransportBackend, WebSocketClient, WebSocketConfig},
};
use tokio::{
    sync::oneshot,
    task::{AbortHandle, spawn},
};

/// nautilus' two ways to the wire.
pub(crate) const NAUTILUS: [(&str, TransportBackend); 2] = [
    ("nautilus 0.57 tungstenite", TransportBackend::Tungstenite),
    ("nautilus 0.57 sockudo", TransportBackend::Sockudo),
];

/// A client of nautilus.
pub(crate) async fn nautilus(
    url: String,
    backend: TransportBackend,
    heard: impl Fn(&str) + Send + Sync + 'static,
) -> Outcome<WebSocketClient> {
    let handler = Arc::new(move |message: Message| {
        if let Message::Text(bytes) = message
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            heard(text);
        }
    });
    let config = WebSocketConfig::builder().url(url).backend(backend).build();
    WebSocketClient::connect(config, Some(handler), None, None, Vec::new(), None).await.map_err(complain)
}

/// What ezsockets runs of us.
pub(crate) struct Texts<H> {
    heard: H,
    connected: Option<oneshot::Sender<()>>,
}

#[async_trait::async_trait]
impl<H: FnMut(&str) + Send + Sync + 'static> ClientExt for Texts<H> {
    type Call = ();

    async fn on_connect(&mut self) -> Result<(), ezsockets::Error> {
        // Nobody waits for the second.
        let _ = self.connected.take().map(|connected| connected.send(()));
        Ok(())
    }

    async fn on_text(&mut self, text: ezsockets::Utf8Bytes) -> Result<(), ezsockets::Error> {
        (self.heard)(&text);
        Ok(())
    }

    async fn on_binary(&mut self, _: ezsockets::Bytes) -> Result<(), ezsockets::Error> {
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), ezsockets::Error> {
        Ok(())
    }
}

/// A client of ezsockets, connected: what is sent before is thrown away. It ends with its second half.
pub(crate) async fn ezsockets<H: FnMut(&str) + Send + Sync + 'static>(
    url: String,
    heard: H,
) -> Outcome<(Client<Texts<H>>, Running)> {
    let (connected, up) = oneshot::channel();
    let texts = Texts { heard, connected: Some(connected) };
    let (client, running) = ezsockets::connect(|_| texts, ClientConfig::new(url.as_str())).await;
    let running = Running(spawn(running).abort_handle());
    up.await.map_err(complain)?;
    Ok((client, running))
}

/// A task that ends when this is dropped.
pub(crate) struct Running(AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}
