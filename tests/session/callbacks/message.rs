//! `MessageHandler`.

use std::{fmt::Debug, time::Duration};

use nova::{
    Codec, Context, Credentials, Error, Frame, Handle, Heartbeat, HeartbeatHandler, Item, Lent, MessageHandler,
    Outgoing, Raw, Result, View,
};
use serde_json::{Value, json};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::{Notes, Number, errors, payload, ready, refused, subscribed};
use crate::support::{Plain, pass, secs, settle, venue};

#[tokio::test(start_paused = true)]
async fn handle_message_gets_every_message_in_order_and_decides_what_is_delivered() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler))]
    #[derive(Default)]
    struct Desk {
        seen: u32,
    }

    impl MessageHandler for Desk {
        async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
            self.seen += 1;
            NOTES.write(format!("{} {:?} {}", self.seen, message.channel(), message.data::<Value>()?));
            match message.data::<i64>()? {
                1 => cx.deliver(message),
                2 => return Err(refused("two")),
                3 => cx.send("three")?,
                4 => assert_eq!(cx.call::<i64>("double", 4).await?, 8),
                _ => cx.inherited().handle_message(message).await?,
            }
            Ok(())
        }
    }

    let (desk, _server, mut peer) = ready(Desk::default()).await;
    subscribed(&desk, &mut peer, "a").await;
    let mut events = desk.events();
    for number in 1..=5 {
        peer.push("a", json!(number)).await;
    }
    let sent = peer.next_frame().await.expect("a frame");
    assert_eq!(sent.as_text().expect("text"), "three");
    peer.answer("double", json!(8)).await;
    assert_eq!((payload(&desk).await, payload(&desk).await), (json!(1), json!(5)));
    assert_eq!(NOTES.take(), [1, 2, 3, 4, 5].map(|number| format!("{number} Some(\"a\") {number}")));
    assert_eq!(errors(&mut events), ["a handler failed: two"]);
}

#[tokio::test(start_paused = true)]
async fn what_validate_message_refuses_reaches_nobody_but_the_error_handler() {
    static NOTES: Notes = Notes::new();

    #[nova::client(
        platform = Plain, profile = "financial", message = Number, overrides(MessageHandler, ErrorHandler),
    )]
    struct Desk;

    impl MessageHandler for Desk {
        fn validate_message(message: &Number, view: View<'_, Self>) -> Result {
            if message.0 < 0 { Err(refused("negative")) } else { view.inherited().validate_message(message) }
        }
    }

    impl nova::ErrorHandler for Desk {
        async fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> nova::Recovery {
            NOTES.write(error.to_string());
            cx.inherited().handle_error(error).await
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    subscribed(&desk, &mut peer, "a").await;
    let mut stream = desk.stream("a").await.expect("confirmed");
    peer.push("a", json!(-1)).await;
    peer.push("a", json!("odd")).await;
    peer.push("a", json!(1)).await;
    for of_stream in [false, true] {
        let mut next = async || if of_stream { stream.next().await } else { desk.next().await };
        assert!(matches!(next().await, Some(Item::Undecodable(_, Error::Decode { .. }))), "{of_stream}");
        assert!(matches!(next().await, Some(Item::Message(Number(1)))), "{of_stream}");
    }
    let notes = NOTES.take();
    assert_eq!((notes.len(), notes[0].as_str()), (2, "a handler failed: negative"), "{notes:?}");
    assert!(desk.state().is_ready());
}

/// Keeps the names of `Named`'s messages. For the whole process, because what a line's place has to say to nobody on one thread is
/// remembered for all others.
struct Lines(&'static Notes);

#[derive(Default)]
struct Fields {
    client: String,
    kind: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "client" => self.client = format!("{value:?}"),
            "kind" => self.kind = format!("{value:?}"),
            _ => {}
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "nova::message"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.client == "\"Named\"" && !fields.kind.is_empty() {
            self.0.write(fields.kind);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn message_type_names_messages_in_the_log() {
    static NOTES: Notes = Notes::new();

    #[nova::client(platform = Plain, profile = "financial", message = Number, overrides(MessageHandler))]
    struct Named;

    impl MessageHandler for Named {
        fn message_type<'m>(message: &'m Number, view: View<'m, Self>) -> &'m str {
            if message.0 < 0 { "loss" } else { view.inherited().message_type(message) }
        }
    }

    tracing::subscriber::set_global_default(Lines(&NOTES)).expect("the only one of these tests");
    let (desk, _server, mut peer) = ready(Named).await;
    subscribed(&desk, &mut peer, "a").await;
    peer.push("a", json!(-1)).await;
    peer.push("a", json!(1)).await;
    settle().await;
    assert_eq!(NOTES.take(), ["\"loss\"", "\"message\""]);
    drop(desk);
}

#[tokio::test(start_paused = true)]
async fn encode_message_makes_every_frame_that_is_sent() {
    #[nova::client(platform = Plain, profile = "standard", overrides(MessageHandler, HeartbeatHandler))]
    struct Desk;

    impl MessageHandler for Desk {
        fn encode_message(outgoing: Outgoing, codec: &nova::codec::Json, view: View<'_, Self>) -> Result<Frame> {
            if outgoing.text().is_some_and(|text| text.contains("never")) {
                return Err(Error::Encode { what: "a message".into(), reason: "it must not leave".into() });
            }
            let frame = view.inherited().encode_message(outgoing, codec)?;
            let mut value: Value = codec.decode(&frame).expect("JSON");
            value["by"] = json!("desk");
            codec.encode(&value)
        }
    }

    impl HeartbeatHandler for Desk {
        fn heartbeat(_: &mut Lent<'_, Self>) -> Heartbeat {
            Heartbeat::Send(Outgoing::json(r#"{"op":"beat"}"#))
        }
    }

    let (dialer, server) = venue();
    let key = Credentials::key("id", "secret");
    let desk = nova::connect(Desk).credentials(key).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    let mut heard = Vec::new();
    for expected in ["login", "prepare"] {
        let call = peer.receive().await;
        assert_eq!(call["method"], expected);
        peer.reply(&call, json!({})).await;
        heard.push(call);
    }
    desk.wait_ready().await.expect("ready");
    let asking = tokio::spawn(subscribing(desk.clone()));
    heard.push(peer.receive().await);
    peer.reply(&heard[2], json!(["a"])).await;
    asking.await.expect("no panic").expect("confirmed");
    desk.send(json!({"op": "hello"})).await.expect("sent");
    heard.push(peer.receive().await);
    desk.unsubscribe("a").await.expect("noted");
    heard.push(peer.receive().await);
    peer.send(json!({"ask": "alive"})).await;
    heard.push(peer.receive().await);
    heard.push(peer.within(secs(31)).await.expect("a heartbeat"));
    assert_eq!(heard[3]["op"], "hello");
    assert_eq!(heard[4]["method"], "unsubscribe");
    assert_eq!(heard[5]["alive"], true);
    assert_eq!(heard[6]["op"], "beat");
    for frame in &heard {
        assert_eq!(frame["by"], "desk", "{frame}");
    }
    let refused = desk.send(json!({"op": "never"})).await;
    assert!(matches!(refused, Err(Error::Encode { .. })), "{refused:?}");
    peer.expect_silence(Duration::from_secs(1)).await;
    pass(secs(1)).await;
    assert!(desk.state().is_ready());
}

async fn subscribing<C: nova::Client>(desk: Handle<C>) -> Result {
    desk.subscribe("a").await
}
