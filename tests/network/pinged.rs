//! A server for thousands of clients that have nothing to say: it answers their pings, notes when they came, and keeps next to nothing.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

#[derive(Debug)]
pub(crate) struct Pinged {
    url: String,
    noted: Arc<Mutex<Noted>>,
    task: AbortHandle,
}

/// When what came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    pub(crate) upgrades: Vec<Instant>,
    pub(crate) pings: Vec<Instant>,
}

impl Pinged {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let noted = Arc::new(Mutex::new(Noted::default()));
        let note = noted.clone();
        let serve = async move {
            let mut connections = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                connections.spawn(answer(tcp, note.clone()));
            }
        };
        Self { url, noted, task: tokio::spawn(serve).abort_handle() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn noted(&self) -> Noted {
        self.noted.lock().unwrap().clone()
    }
}

impl Drop for Pinged {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Ends with its connection.
async fn answer(mut tcp: TcpStream, noted: Arc<Mutex<Noted>>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if tcp.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8(std::mem::take(&mut request)).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
    tcp.write_all(format!("{head}{accept}\r\n\r\n").as_bytes()).await?;
    drop(request);
    noted.lock().unwrap().upgrades.push(Instant::now());
    loop {
        // A ping of nova's: its header, the mask, eight bytes.
        let mut ping = [0; 14];
        tcp.read_exact(&mut ping).await?;
        assert_eq!(ping[..2], [0x89, 0x88], "idle clients send pings");
        noted.lock().unwrap().pings.push(Instant::now());
        let mut answer = [0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0];
        for (at, byte) in ping[6..].iter().enumerate() {
            answer[2 + at] = byte ^ ping[2 + at % 4];
        }
        tcp.write_all(&answer).await?;
    }
}
