//! `describe()`: what it tells is what the traits, the page of behaviours and the settings say.

use expect_test::expect_file;
use nova::{Client, Description, Error, Layer, Patch};

use super::{
    Callback, PAGE, SOURCES, callbacks,
    pages::{blocks, flat},
    sections, signature,
};

#[nova::client(
    platform = "deribit",
    profile = "financial",
    reconnect(max_delay = "10s"),
    heartbeat(interval = "2m"),
    overrides(ErrorHandler)
)]
struct Desk;

impl nova::ErrorHandler for Desk {}

/// As different from `Desk` as a client can be.
#[nova::client(
    platform = Strict,
    strategy = "echo",
    message = Feed<Vec<u8>>,
    cluster = "local",
    config = File,
    secrets(nova::secrets::Environment, builder),
    heartbeat(interval = "off"),
    telemetry(error = false),
    auth(refresh_at = 0.5, timeout = "1s"),
    backpressure(overflow = "block")
)]
struct Mirror;

#[derive(Default, nova::Platform)]
#[nova(
    url = "wss://strict.test/{version}",
    headers = ["Authorization: Bearer {token}"],
    ping(every = "1m", text = "ping"),
    rate_limit(refill = "5/s")
)]
struct Strict {
    version: u8,
}

#[derive(Debug, Default)]
struct File;

impl nova::ConfigProvider for File {
    fn load(&self) -> nova::Result<Patch> {
        Patch::new().set("heartbeat.timeout", "7s")
    }
}

#[derive(nova::Message)]
struct Feed<T>(T)
where
    T: serde::de::DeserializeOwned + Send + 'static;

fn setting(told: &Description, key: &str) -> String {
    told.settings.iter().find(|setting| setting.key == key).expect("a key").to_string()
}

fn inherited(told: &Description, name: &str) -> String {
    told.callback(name).expect("a callback").inherited.clone()
}

#[test]
fn a_description_is_a_page_to_read() {
    expect_file!["describe.txt"].assert_eq(&format!("{}\n", Desk::describe()));
}

#[test]
fn the_guide_shows_parts_of_that_page() {
    let report = flat(include_str!("describe.txt"));
    let told = blocks(include_str!("../../docs/guides/expansion.md"), "text");
    assert!(!told.is_empty());
    for block in told {
        assert!(report.contains(&block), "docs/guides/expansion.md: no description says:{block}");
    }
}

#[test]
fn it_names_every_callback_of_every_behaviour_and_no_other() {
    let real: Vec<Vec<Callback>> = SOURCES.iter().map(|source| callbacks(source)).collect();
    let real = real.iter().filter(|callbacks| callbacks[0].is_a_behaviours());
    let real: Vec<_> = real.map(|callbacks| callbacks.iter().map(Callback::path).collect::<Vec<_>>()).collect();
    let told = Desk::describe().behaviours;
    let told: Vec<_> = told
        .iter()
        .map(|behaviour| {
            behaviour.callbacks.iter().map(|told| (behaviour.name.to_owned(), told.name.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(told.len(), 9);
    assert_eq!(told, real);
}

#[test]
fn what_is_the_same_for_every_client_stands_in_the_page() {
    let (desk, mirror) = (Desk::describe(), Mirror::describe());
    let mut same = 0;
    for (owner, text) in sections() {
        let name = Callback { signature: signature(text), owner }.name().to_owned();
        let (Some(told), Some(other)) = (desk.callback(&name), mirror.callback(&name)) else { continue };
        if told != other {
            continue;
        }
        same += 1;
        let page = text.lines().find_map(|line| line.strip_prefix("- Inherited: ")).expect("what is inherited");
        // The page may go on; it says the same.
        let page = page.replace('`', "");
        let parts = told.inherited.split("; ").all(|part| page.contains(part.trim_end_matches('.')));
        assert!(parts, "{name}: `{}` is not what the page says: {page}", told.inherited);
    }
    assert!(same > 15 && PAGE.contains("Inherited"), "{same}");
}

#[test]
fn only_named_behaviours_are_the_clients() {
    let told = Desk::describe();
    let own = told.behaviours.iter().filter(|behaviour| behaviour.overridden).map(|behaviour| behaviour.name);
    assert_eq!(own.collect::<Vec<_>>(), Desk::OVERRIDES);
    assert!(Mirror::describe().behaviours.iter().all(|behaviour| !behaviour.overridden));
}

#[test]
fn it_tells_what_this_client_is_made_of() {
    let told = Mirror::describe();
    assert_eq!((told.client, told.platform, told.profile, told.strategy), ("Mirror", "strict", "standard", "echo"));
    assert_eq!((told.address, &*told.message), ("wss://strict.test/{version}", "Feed<Vec<u8>>"));
    let service = |key| told.services.iter().find(|service| service.key == key).map(|service| &*service.what);
    assert_eq!(service("codec"), Some("json, the platform's"));
    assert_eq!(service("config"), Some("File"));
    assert_eq!(service("secrets"), Some("none: the builder has to give it"));
    assert_eq!(service("cluster"), Some("Local"));
    assert_eq!(setting(&told, "heartbeat.timeout"), "heartbeat.timeout = 7s (file or environment)");
}

#[test]
fn it_tells_this_clients_numbers_and_where_they_came_from() {
    let told = Mirror::describe();
    for (callback, words) in [
        ("handle_message", "delivers to next(); the engine sends each back (strategy echo)"),
        (
            "generate_auth_data",
            "where credentials are given asks strict: the upgrade's headers log in; answered within 1s (attribute)",
        ),
        ("needs_reauthentication", "yes, after 0.5 (attribute) of the token's life"),
        ("log_error", "nothing; telemetry.error false (attribute)"),
        ("interval", "1m (the venue wants a heartbeat at least this often)"),
        ("overflow", "block (attribute) beyond 10000 messages or 32MiB (default)"),
        ("check_rate_limit", "queue (default) what is over refill 5/s (platform strict), limit off (default)"),
        (
            "subscribe",
            "asks strict: `strict` does not support subscriptions; topics in one request at most 100 (default)",
        ),
    ] {
        assert_eq!(inherited(&told, callback), words, "{callback}");
    }
    assert_eq!(
        setting(&told, "heartbeat.interval"),
        "heartbeat.interval = 1m (attribute asked for off; the venue wants a heartbeat at least this often)"
    );
}

#[test]
fn it_tells_what_each_strategy_decides() {
    macro_rules! with {
        ($($strategy:literal $profile:literal: $reconnect:literal, $error:literal;)*) => {$({
            #[nova::client(platform = "echo", profile = $profile, strategy = $strategy)]
            struct Desk;
            let told = Desk::describe();
            let reconnect = inherited(&told, "should_reconnect");
            assert_eq!(reconnect.split("; ").next(), Some($reconnect), "{} {}", $strategy, $profile);
            assert_eq!(inherited(&told, "handle_error"), $error, "{}", $strategy);
        })*};
    }
    with! {
        "always_reconnect" "standard":
            "dials again after a lost link and a Close 1000, with a new login after a refused login, ends after what cannot heal",
            "goes on, unless the error is critical (always_reconnect)";
        "echo" "standard":
            "dials again after a lost link, with a new login after a refused login, ends after a Close 1000 and what cannot heal",
            "goes on, unless the error is critical (echo)";
        "fail_fast" "financial":
            "dials again after a lost link and a Close 1000, ends after a refused login and what cannot heal",
            "goes on, unless the error is authentication or platform or critical (fail_fast)";
        "log_and_continue" "lightweight":
            "dials again after a lost link and a Close 1000, with a new login after a refused login, ends after what cannot heal",
            "goes on";
    }
}

#[test]
fn a_builder_and_a_handle_tell_their_own_settings_and_no_secret() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let builder = nova::connect(Mirror)
        .url("ws://127.0.0.1:9/s3cret")
        .header("x-key", "s3cret")
        .credentials(nova::Credentials::token("s3cret"))
        .configure(Patch::new().set("reconnect.jitter", "0.75").expect("a value"));
    let told = builder.describe();
    let running = builder.start().expect("it starts").describe();
    for told in [told, running] {
        assert!(told.services.iter().any(|service| service.what == "the builder's credentials"), "{told}");
        assert_eq!(setting(&told, "reconnect.jitter"), "reconnect.jitter = 0.75 (builder)");
        assert!(inherited(&told, "should_reconnect").ends_with("jitter 0.75 (builder)"));
        assert!(!format!("{told}{told:?}").contains("s3cret"));
    }
}

#[derive(Debug)]
struct Broken;

impl nova::ConfigProvider for Broken {
    fn load(&self) -> nova::Result<Patch> {
        Err(Error::handler("no file"))
    }
}

#[test]
fn a_client_that_cannot_start_is_told_with_the_reason() {
    let late = Patch::new().set("reconnect.initial_delay", "1h").expect("a value");
    let told = nova::connect(Desk).configure(late).describe();
    assert!(matches!(&told.problem, Some(Error::Config { field, .. }) if field == "reconnect.initial_delay"), "{told}");
    assert_eq!(setting(&told, "reconnect.initial_delay"), "reconnect.initial_delay = 1h (builder)");
    assert!(told.to_string().contains("It cannot start: `reconnect.initial_delay` was refused"), "{told}");

    let told = nova::connect(Desk).config(Broken).describe();
    assert!(told.problem.as_ref().is_some_and(|problem| problem.to_string().contains("no file")), "{told}");
    assert!(told.settings.iter().any(|setting| setting.layer == Layer::Attribute));
}
