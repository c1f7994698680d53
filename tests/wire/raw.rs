//! Frames as bytes, and a server that writes and reads nothing else.

use nova::{Connect, Handle, Handlers, MemoryListener, State};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A frame as a server writes it: `first` is the byte with FIN, the reserved bits and the opcode.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(payload.len()) {
        Ok(short @ 0..=125) => bytes.push(short.to_be_bytes()[1]),
        Ok(medium) => {
            bytes.push(126);
            bytes.extend(medium.to_be_bytes());
        }
        Err(_) => {
            bytes.push(127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// A close frame as a server writes it.
pub(crate) fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason].concat())
}

/// A frame as it came from a client.
#[derive(Debug)]
pub(crate) struct Masked {
    pub(crate) opcode: u8,
    pub(crate) key: [u8; 4],
    pub(crate) payload: Vec<u8>,
}

/// Reads the next frame of a client, which masks it and does not fragment it; `None` at the end of the stream.
pub(crate) async fn read_masked(stream: &mut DuplexStream) -> Option<Masked> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.ok()?;
    assert!(head[0] & 0xf0 == 0x80, "final, no reserved bits");
    assert!(head[1] & 0x80 != 0, "not masked");
    let length = match head[1] & 0x7f {
        126 => stream.read_u16().await.unwrap().into(),
        127 => usize::try_from(stream.read_u64().await.unwrap()).unwrap(),
        short => short.into(),
    };
    let mut key = [0; 4];
    stream.read_exact(&mut key).await.unwrap();
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    Some(Masked { opcode: head[0] & 0x0f, key, payload })
}

/// Answers the upgrade of the next connection.
pub(crate) async fn accept(listener: &mut MemoryListener) -> DuplexStream {
    let mut stream = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    let request = String::from_utf8(request).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream
}

/// The client once it is ready, and the other end of its only connection, which buffers `capacity` bytes each way.
pub(crate) async fn ready<C: Handlers>(connect: Connect<C>, capacity: usize) -> (Handle<C>, DuplexStream) {
    let (dialer, mut listener) = nova::memory();
    let client = connect.url("ws://server.test/").dialer(dialer.capacity(capacity)).start().unwrap();
    let stream = accept(&mut listener).await;
    client.watch().until(State::is_ready).await.unwrap();
    (client, stream)
}
