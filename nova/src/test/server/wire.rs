//! Frames over a stream, from the server's side: what a client may not do is told, what it is owed is answered.
//!
//! Of tungstenite only the header of a frame is used, so that the server can write what no library would, and sees each frame as it
//! came. What is written waits in a buffer that reading empties, so that neither side can block the other.

use std::{collections::VecDeque, io::Cursor, sync::Arc};

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split},
    select,
};
use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

use super::{link::Far, state::Shared};
use crate::{
    frame::{Close, CloseCode, Frame},
    test::Direction,
};

/// The largest frame and message a client may send.
const LARGEST: usize = 64 << 20;

/// What came from the client.
#[derive(Debug)]
pub(super) enum Received {
    Frame(Frame),
    /// The client let go of the connection.
    End,
    /// The client broke the protocol.
    Broken(&'static str),
}

pub(super) struct Wire {
    reader: ReadHalf<Box<dyn Far>>,
    writer: WriteHalf<Box<dyn Far>>,
    inbound: BytesMut,
    outbound: BytesMut,
    unflushed: bool,
    /// The message whose fragments are coming in: whether it is text, and what there is of it.
    partial: Option<(bool, BytesMut)>,
    closing: bool,
    shared: Arc<Shared>,
    pub(super) number: u64,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Far>, inbound: BytesMut, shared: Arc<Shared>, number: u64) -> Self {
        let (reader, writer) = split(stream);
        let (outbound, unflushed) = (BytesMut::new(), false);
        Self { reader, writer, inbound, outbound, unflushed, partial: None, closing: false, shared, number }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What comes next, while what was written leaves. Cancel safe.
    pub(super) async fn next(&mut self) -> Received {
        loop {
            match self.parse() {
                Ok(Some(frame)) => return Received::Frame(frame),
                Ok(None) => {}
                Err(reason) => return Received::Broken(reason),
            }
            if !self.exchange().await {
                self.shared.note(self.number, Direction::In, "end", b"");
                return Received::End;
            }
        }
    }

    /// Moves bytes in one direction; false at the client's end. Cancel safe.
    async fn exchange(&mut self) -> bool {
        let Self { reader, writer, inbound, outbound, unflushed, .. } = self;
        let something = !outbound.is_empty();
        let write =
            async { if something { writer.write_buf(outbound).await.is_ok() } else { writer.flush().await.is_ok() } };
        select! {
            biased;
            written = write, if something || *unflushed => {
                *unflushed = something;
                if !written {
                    // Who cannot be written to may still have sent something: reading finds the end.
                    self.outbound.clear();
                }
                true
            }
            read = reader.read_buf(inbound) => read.is_ok_and(|bytes| bytes > 0),
        }
    }

    /// Writes until everything has left, reading meanwhile; false where the client went away before.
    pub(super) async fn flush(&mut self) -> bool {
        while !self.outbound.is_empty() || self.unflushed {
            if !self.exchange().await {
                return false;
            }
        }
        true
    }

    pub(super) fn send(&mut self, frame: &Frame) {
        let opcode = opcode(frame);
        self.shared.transcript().frame(self.number, Direction::Out, frame);
        match frame {
            Frame::Close(close) => {
                self.closing = true;
                let mut payload = BytesMut::new();
                if let Some(close) = close {
                    payload.extend_from_slice(&close.code.0.to_be_bytes());
                    payload.extend_from_slice(close.reason.as_bytes());
                }
                self.append(opcode, true, &payload);
            }
            frame => self.append(opcode, true, frame.payload()),
        }
    }

    pub(super) fn send_fragmented(&mut self, frame: &Frame, pieces: usize) {
        self.shared.transcript().frame(self.number, Direction::Out, frame);
        let payload = frame.payload();
        let size = payload.len().div_ceil(pieces.max(1)).max(1);
        let mut rest: VecDeque<_> = payload.chunks(size).collect();
        let mut opcode = opcode(frame);
        loop {
            let piece = rest.pop_front().unwrap_or_default();
            self.append(opcode, rest.is_empty(), piece);
            opcode = OpCode::Data(Data::Continue);
            if rest.is_empty() {
                return;
            }
        }
    }

    pub(super) fn send_raw(&mut self, bytes: &[u8]) {
        self.shared.note(self.number, Direction::Out, "raw", format!("{bytes:02x?}").as_bytes());
        self.outbound.extend_from_slice(bytes);
    }

    /// Bytes that belong to the upgrade.
    pub(super) fn send_unnoted(&mut self, bytes: &[u8]) {
        self.outbound.extend_from_slice(bytes);
    }

    fn append(&mut self, opcode: OpCode, is_final: bool, payload: &[u8]) {
        let header = FrameHeader { is_final, opcode, ..FrameHeader::default() };
        let mut head = Vec::with_capacity(10);
        header.format(payload.len() as u64, &mut head).expect("a Vec takes everything");
        self.outbound.extend_from_slice(&head);
        self.outbound.extend_from_slice(payload);
    }

    /// Answers what comes, until the client ends the connection.
    pub(super) async fn linger(mut self) {
        while let Received::Frame(_) = self.next().await {}
    }

    /// Ends the connection from this side.
    pub(super) async fn hang_up(mut self, reset: bool) {
        self.shared.note(self.number, Direction::Out, "end", if reset { b"reset" } else { b"" });
        if !reset {
            // The client may be gone already.
            drop(self.writer.shutdown().await);
        }
        let mut stream = self.reader.unsplit(self.writer);
        if reset {
            stream.reset();
        }
    }

    /// The next whole message or control frame among the bytes that are there. Answers what a client is owed.
    fn parse(&mut self) -> Result<Option<Frame>, &'static str> {
        loop {
            let Some((header, payload)) = self.parse_frame()? else { return Ok(None) };
            let frame = match header.opcode {
                OpCode::Control(_) if !header.is_final || payload.len() > 125 => {
                    return Err("a control frame in pieces, or of more than 125 bytes");
                }
                OpCode::Control(Control::Ping) => Frame::Ping(payload),
                OpCode::Control(Control::Pong) => Frame::Pong(payload),
                OpCode::Control(_) => Frame::Close(parse_close(&payload)?),
                OpCode::Data(data) => match self.assemble(data, header.is_final, &payload)? {
                    Some(frame) => frame,
                    None => continue,
                },
            };
            self.shared.transcript().frame(self.number, Direction::In, &frame);
            match &frame {
                Frame::Ping(payload) if !self.closing => self.send(&Frame::Pong(payload.clone())),
                Frame::Close(_) if !self.closing => self.send(&frame),
                _ => {}
            }
            return Ok(Some(frame));
        }
    }

    fn parse_frame(&mut self) -> Result<Option<(FrameHeader, Bytes)>, &'static str> {
        let mut cursor = Cursor::new(&self.inbound[..]);
        let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| "a frame with a reserved opcode")?
        else {
            return Ok(None);
        };
        let Some(mask) = header.mask else { return Err("a frame without a mask") };
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err("a frame with a reserved bit, though no extension was agreed on");
        }
        let length =
            usize::try_from(length).ok().filter(|length| *length <= LARGEST).ok_or("a frame of over 64 MiB")?;
        let head = usize::try_from(cursor.position()).expect("it is inside the buffer");
        if self.inbound.len() - head < length {
            return Ok(None);
        }
        self.inbound.advance(head);
        let mut payload = self.inbound.split_to(length);
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        Ok(Some((header, payload.freeze())))
    }

    fn assemble(&mut self, data: Data, is_final: bool, payload: &[u8]) -> Result<Option<Frame>, &'static str> {
        match (data, &mut self.partial) {
            (Data::Continue, None) => return Err("a continuation of nothing"),
            (Data::Continue, Some((_, partial))) => partial.extend_from_slice(payload),
            (_, Some(_)) => return Err("a message amid the fragments of another"),
            (data, partial @ None) => *partial = Some((data == Data::Text, BytesMut::from(payload))),
        }
        if self.partial.as_ref().is_some_and(|(_, partial)| partial.len() > LARGEST) {
            return Err("a message of over 64 MiB");
        }
        if !is_final {
            return Ok(None);
        }
        let whole = self.partial.take();
        whole
            .map(|(text, whole)| if text { utf8(&whole).map(Frame::text) } else { Ok(Frame::Binary(whole.freeze())) })
            .transpose()
    }
}

fn opcode(frame: &Frame) -> OpCode {
    match frame {
        Frame::Text(_) => OpCode::Data(Data::Text),
        Frame::Binary(_) => OpCode::Data(Data::Binary),
        Frame::Ping(_) => OpCode::Control(Control::Ping),
        Frame::Pong(_) => OpCode::Control(Control::Pong),
        Frame::Close(_) => OpCode::Control(Control::Close),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(bytes).map_err(|_| "a text that is not UTF-8")
}

fn parse_close(payload: &[u8]) -> Result<Option<Close>, &'static str> {
    match payload {
        [] => Ok(None),
        [_] => Err("a close frame of one byte"),
        [high, low, reason @ ..] => {
            let code = CloseCode(u16::from_be_bytes([*high, *low]));
            if !code.is_sendable() {
                return Err("a close frame with a code that is for reports only");
            }
            Ok(Some(Close { code, reason: utf8(reason)?.into() }))
        }
    }
}
