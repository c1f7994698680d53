//! A client that is full of secrets, and its venue.

use std::time::Duration;

use nova::{
    AuthResponse, Connect, Context, Credentials, Envelope, Error, ErrorClass, ExposeSecret, Inbound, Incoming,
    LoginContext, Outgoing, Platform, PlatformSpec, Raw, Result, Spec,
    codec::Json,
    test::{MockServer, Peer},
};
use serde_json::{Value, json};

/// What the client is given and sends. Long enough for any filter that looks for secrets by their length to see it.
pub(crate) const OURS: &str = "cAnArYours7f3a9c2e";
/// What the venue gives: tokens.
pub(crate) const THEIRS: &str = "cAnArYtheirs51b8d0";

/// A venue that wants the secret itself, and gives a token for it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Vault;

/// What the venue remembers of us.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    token: Option<String>,
}

impl PlatformSpec for Vault {
    type Codec = Json;
    const SPEC: Spec = Spec::new("vault", "ws://venue.test/");
}

impl Platform for Vault {
    type State = Memory;

    fn login(&self, memory: &mut Memory, credentials: &Credentials, _: LoginContext<'_>) -> Option<Outgoing> {
        let params = match (&memory.token, credentials) {
            (Some(token), _) => json!({"refresh_token": token}),
            (None, Credentials::Key { id, secret }) => json!({"id": id, "secret": secret.expose_secret()}),
            _ => json!({}),
        };
        Outgoing::call("login", &params).ok()
    }

    fn logged_in(&self, memory: &mut Memory, reply: Result<&str, Error>) -> AuthResponse {
        match reply {
            Ok(reply) => {
                let reply: Value = serde_json::from_str(reply).expect("JSON");
                memory.token = reply["token"].as_str().map(str::to_owned);
                AuthResponse::accepted(Some(Duration::from_secs(30)), "all")
            }
            Err(error) => AuthResponse::refused(error),
        }
    }

    fn error_class(&self, _: i64) -> ErrorClass {
        ErrorClass::Authentication
    }

    fn receive<'f>(&self, _: &mut Memory, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let text = incoming.text.unwrap_or_default();
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Ok(Inbound::message(Envelope::whole(incoming.frame, incoming.text)));
        };
        let Some(id) = value["id"].as_u64() else {
            return Ok(Inbound::message(Envelope::whole(incoming.frame, incoming.text)));
        };
        if let Some(words) = value["refused"].as_str() {
            let class = ErrorClass::Authentication;
            return Ok(Inbound::Reply {
                id,
                result: Err(Error::Platform { class, code: 13, message: words.into(), data: Some(words.into()) }),
            });
        }
        let at = text.find("\"result\":").map_or(text.len(), |at| at + 9);
        Ok(Inbound::Reply { id, result: Ok(text[at..].strip_suffix('}').unwrap_or_default()) })
    }
}

#[nova::client(platform = Vault, profile = "financial", metrics = "counters", overrides(MessageHandler),
               telemetry(level = "detailed"))]
#[derive(Default)]
pub(crate) struct Desk;

impl nova::MessageHandler for Desk {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
        match message.text() {
            Some(text) if text.contains("panic") => panic!("a handler that sees {message:?} panics"),
            Some(text) if text.contains("fail") => Err(Error::handler("a handler that fails")),
            _ => cx.send(json!({"answer": OURS})),
        }
    }
}

/// A client with a secret in everything that takes one.
pub(crate) fn desk(server: &MockServer) -> Connect<Desk> {
    server
        .connect(Desk)
        .url(format!("{}feed?key={OURS}&other=1", server.url()))
        .header("X-Api-Key", OURS)
        .header("Authorization", format!("Bearer {OURS}"))
        .credentials(Credentials::key("me", OURS))
}

/// Answers every call; a login gets a token, and whoever works gets messages, which one handler fails over and one panics over.
pub(crate) async fn serve(mut peer: Peer) {
    while let Some(frame) = peer.next().await {
        let call: Value = serde_json::from_slice(frame.payload()).expect("JSON");
        let result = if call["method"] == "login" { json!({"token": THEIRS}) } else { json!(0) };
        if call["id"].is_u64() {
            peer.send_json(json!({"id": call["id"], "result": result})).await;
        }
        if call["method"] == "work" {
            for text in ["{}", "\"fail\"", "\"panic\""] {
                peer.send_text(text).await;
            }
        }
    }
}
