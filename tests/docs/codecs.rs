//! The code of `docs/examples/codecs.md`: the smallest codec, run. The larger one is that of the example `binary_codec`.

#![allow(dead_code, reason = "some of it is compiled, not run")]

mod framed {
    use std::borrow::Cow;

    use nova::{Codec, Error, Frame};

    /// JSON behind one byte that says which version of the protocol it is.
    #[derive(Debug)]
    pub(super) struct Versioned(pub(super) u8);

    impl Default for Versioned {
        fn default() -> Self {
            Self(1)
        }
    }

    impl Codec for Versioned {
        const NAME: &'static str = "versioned";

        fn encode<T: serde::Serialize + ?Sized>(&self, value: &T) -> nova::Result<Frame> {
            let mut bytes = vec![self.0];
            serde_json::to_writer(&mut bytes, value)
                .map_err(|error| Error::Encode { what: "a message".into(), reason: error.to_string().into() })?;
            Ok(Frame::binary(bytes))
        }

        fn open<'f>(&self, frame: &'f Frame) -> Result<Cow<'f, str>, String> {
            match frame.payload().split_first() {
                Some((version, json)) if *version == self.0 => {
                    std::str::from_utf8(json).map(Cow::Borrowed).map_err(|error| error.to_string())
                }
                Some((version, _)) => Err(format!("it is of version {version}, and version {} is spoken", self.0)),
                None => Err("it is empty".to_owned()),
            }
        }
    }
}

mod used {
    use super::framed::Versioned;

    #[nova::client(platform = "jsonrpc", codec = Versioned)]
    pub(super) struct Desk;

    async fn run() -> nova::Result {
        let desk = nova::connect(Desk).url("wss://venue.test/").codec(Versioned(2)).await?;
        desk.send_value(&serde_json::json!({"op": "hello"})).await?;
        Ok(())
    }
}

use framed::Versioned;
use nova::{Frame, Item};
use used::Desk;

use super::support::venue;

#[tokio::test(start_paused = true)]
async fn the_smallest_codec_speaks_both_ways() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).url("ws://venue.test/").dialer(dialer).codec(Versioned(2)).start().expect("started");
    let mut peer = server.accept().await;
    desk.wait_ready().await.expect("ready");
    let _items = desk.items();
    desk.send_value(&serde_json::json!({"op": "hello"})).await.expect("sent");
    let heard = peer.0.receive().await;
    assert_eq!(heard, Frame::binary(b"\x02{\"op\":\"hello\"}".to_vec()));
    peer.send_frame(Frame::binary(b"\x02{\"method\":\"news\",\"params\":[1]}".to_vec())).await;
    assert!(matches!(desk.next().await, Some(Item::Message(raw)) if raw.channel() == Some("news")));
    peer.send_frame(Frame::binary(b"\x01{}".to_vec())).await;
    match desk.next().await {
        Some(Item::Undecodable(_, error)) => {
            assert!(error.to_string().contains("it is of version 1, and version 2 is spoken"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}
