//! Settings from outside: where they lie among the layers, and what is missing before anything is dialled.

use nova::{ClusterEngine, Codec, ConfigProvider, Connect, Credentials, Error, Layer, Patch};

use crate::support::{Plain, nowhere, unvisited};

/// A provider that the attribute can make.
#[derive(Debug, Default)]
struct Site;

impl ConfigProvider for Site {
    fn load(&self) -> nova::Result<Patch> {
        Patch::new().set("heartbeat.interval", "7s")?.set("heartbeat.timeout", "3s")
    }
}

/// One that it cannot.
#[derive(Debug)]
struct File(&'static str);

impl ConfigProvider for File {
    fn load(&self) -> nova::Result<Patch> {
        Patch::new().set("heartbeat.interval", self.0)
    }
}

#[nova::client(platform = Plain, config = Site, heartbeat(interval = "20s", timeout = "20s", missed = 2))]
struct Desk;

#[tokio::test(start_paused = true)]
async fn the_providers_settings_lie_over_the_attribute_and_under_the_builder() {
    let told = |connect: Connect<Desk>| {
        let desk = connect.dialer(nowhere()).start().expect("started");
        let config = desk.config();
        ["heartbeat.interval", "heartbeat.timeout", "heartbeat.missed"].map(|key| {
            let explained = config.explain(key).expect("a key");
            (explained.value, explained.layer)
        })
    };
    let patch = Patch::new().set("heartbeat.timeout", "1s").expect("valid");
    assert_eq!(
        told(nova::connect(Desk).configure(patch)),
        [("7s".into(), Layer::Provider), ("1s".into(), Layer::Builder), ("2".into(), Layer::Attribute),]
    );
    assert_eq!(told(nova::connect(Desk).config(File("9s")))[0], ("9s".into(), Layer::Provider), "the builder's wins");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_ends_it_before_dialling() {
    let (dialer, server) = unvisited();
    let refused = nova::connect(Desk).config(File("soon")).dialer(dialer).start().map(|_| ());
    assert!(matches!(&refused, Err(Error::Config { field, .. }) if field == "heartbeat.interval"), "{refused:?}");
    assert_eq!(server.dials(), 0, "nothing was dialled");
}

/// A codec and an engine that need a value.
#[derive(Debug)]
struct Packed(nova::codec::Json);

impl Codec for Packed {
    const NAME: &'static str = "packed";

    fn encode<T: serde::Serialize + ?Sized>(&self, value: &T) -> nova::Result<nova::Frame> {
        self.0.encode(value)
    }

    fn encode_json(&self, text: String) -> nova::Result<nova::Frame> {
        self.0.encode_json(text)
    }

    fn open<'f>(&self, frame: &'f nova::Frame) -> Result<std::borrow::Cow<'f, str>, String> {
        self.0.open(frame)
    }

    fn decode<T: serde::de::DeserializeOwned>(&self, frame: &nova::Frame) -> Result<T, String> {
        self.0.decode(frame)
    }

    fn decode_text<T: serde::de::DeserializeOwned>(&self, text: &str) -> Result<T, String> {
        self.0.decode_text(text)
    }
}

#[derive(Debug)]
struct Mesh(nova::cluster::Local);

impl ClusterEngine for Mesh {
    fn join(&self, group: &str, node: nova::cluster::NodeId) -> nova::cluster::Membership {
        self.0.join(group, node)
    }
}

#[nova::client(
    platform = Plain,
    codec(Packed, builder),
    config(File, builder),
    secrets(super::secrets::Vault, builder),
    cluster(Mesh, builder)
)]
struct Bare;

#[tokio::test(start_paused = true)]
async fn a_service_left_to_the_builder_and_not_given_is_refused_by_its_key() {
    type Give = fn(Connect<Bare>) -> Connect<Bare>;
    let gives: [(&str, Give); 4] = [
        ("codec", |connect| connect.codec(Packed(nova::codec::Json))),
        ("config", |connect| connect.config(File("5s"))),
        ("secrets", |connect| connect.credentials(Credentials::key("me", "s3cret"))),
        ("cluster", |connect| connect.cluster(Mesh(nova::cluster::Local::default()))),
    ];
    for (key, _) in gives {
        let (dialer, server) = unvisited();
        let others = gives.iter().filter(|(other, _)| *other != key);
        let connect = others.fold(nova::connect(Bare).dialer(dialer), |connect, (_, give)| give(connect));
        let refused = connect.start().map(|_| ()).expect_err(key);
        assert!(matches!(&refused, Error::Config { field, .. } if *field == key), "{key}: {refused}");
        assert!(refused.to_string().contains(&format!(".{key}(")), "{refused}");
        assert_eq!(server.dials(), 0, "{key}: nothing was dialled");
    }
    let whole = gives.iter().fold(nova::connect(Bare).dialer(nowhere()), |connect, (_, give)| give(connect));
    whole.start().expect("all are given");
}
