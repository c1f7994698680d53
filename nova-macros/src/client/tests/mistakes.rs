//! What the macro says to mistakes.

use super::super::generate;
use proc_macro2::TokenStream;
use quote::quote;

/// The messages of the errors in an expansion.
pub(crate) fn errors_in(tokens: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(tokens).expect("what the macro writes is Rust");
    let messages = file.items.into_iter().filter_map(|item| match item {
        syn::Item::Macro(item) => item.mac.parse_body::<syn::LitStr>().ok().map(|message| message.value()),
        _ => None,
    });
    messages.collect()
}

fn errors(attribute: TokenStream, item: &TokenStream) -> Vec<String> {
    errors_in(generate(attribute, item).tokens)
}

fn errors_of(attribute: &str) -> Vec<String> {
    errors(
        attribute.parse().expect("tokens"),
        &quote!(
            struct Desk;
        ),
    )
}

#[test]
fn nine_mistakes_in_one_attribute_are_nine_errors() {
    let found = errors_of(
        r#"platform = "derbit", profil = "standard", strategy = 5, codec = "jsn",
           reconnect(jitter = 2, jitter = 0.5, backoff = "expo"), heartbeat = "5s", overrides(ErorHandler)"#,
    );
    assert_eq!(
        found,
        [
            "unknown platform `derbit`; did you mean `deribit`?",
            "unknown key `profil`; did you mean `profile`?",
            "`strategy` takes the name of a built-in strategy, such as \"always_reconnect\", or the path of your own type; \
             found a whole number",
            "unknown codec `jsn`; did you mean `json`?",
            "`jitter` takes a number from 0 to 1; found `2`",
            "`jitter` is given twice in `reconnect(..)`",
            "unknown backoff `expo`; expected `exponential`, `linear` or `simple`",
            "`heartbeat` takes a list: write `heartbeat(key = value)`",
            "unknown behaviour `ErorHandler`; did you mean `ErrorHandler`?",
        ]
    );
}

#[test]
fn each_mistake_is_one_error() {
    for (attribute, message) in [
        (
            r#"platform = "kraken""#,
            "unknown platform `kraken`; expected `deribit`, `bybit`, `slack`, `discord`, `ethereum`, `jsonrpc` or `echo`, or the path of your own type",
        ),
        ("platform = deribit", "a built-in platform is named by a string: write `platform = \"deribit\"`"),
        (r#"platform("deribit")"#, "`platform` takes a value: write `platform = ..`"),
        ("platform(deribit)", "`platform` takes a value: write `platform = ..`"),
        ("platform", "`platform` takes a value: write `platform = ..`"),
        ("platform =", "a value is missing behind `=`"),
        ("platform = , profile = \"standard\"", "a value is missing behind `=`"),
        ("platform \"echo\"", "expected `=` or `(`"),
        (
            r#"platform = "echo", "deribit""#,
            "expected `key = value`, such as `platform = \"deribit\"`, or `group(key = value)`",
        ),
        (r#"platform = "echo" profile = "standard""#, "expected `,`"),
        (r#"platform = "echo" + "x", profile = "standard""#, "expected `,`"),
        (r#"platform = "echo", platform = "deribit""#, "`platform` is given twice"),
        (r#"platform = "echo", message = "Feed""#, "`message` takes a type: write `message = Feed`"),
        (r#"platform = "echo", crate = "nova""#, "`crate` takes the path to nova: write `crate = my_nova`"),
        (r#"platform = "echo", jitter = 0.5"#, "unknown key `jitter`; it is a key of `reconnect(jitter = ..)`"),
        (
            r#"platform = "echo", heartbeat(jitter = 0.5)"#,
            "unknown `heartbeat` key `jitter`; expected `interval`, `timeout` or `missed`; it is a key of `reconnect(jitter = ..)`",
        ),
        (r#"platform = "echo", hartbeat(interval = "1s")"#, "unknown group `hartbeat`; did you mean `heartbeat`?"),
        (
            r#"platform = "echo", reconnect(jitter = 0.1), reconnect(max_attempts = 2)"#,
            "`reconnect` is given twice; put everything into one `reconnect(..)`",
        ),
        (r#"platform = "echo", overrides = ErrorHandler"#, "`overrides` takes a list: write `overrides(ErrorHandler)`"),
        (r#"platform = "echo", overrides(ErrorHandler, ErrorHandler)"#, "`ErrorHandler` is listed twice"),
        (
            r#"platform = "echo", overrides(ErrorHandler = Mine)"#,
            "`overrides(..)` lists the names of behaviours, such as `overrides(ErrorHandler)`",
        ),
        (
            r#"platform = "echo", heartbeat(interval = "0s")"#,
            "`interval` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\", or \"off\"; found `0s`",
        ),
        (
            r#"platform = "echo", heartbeat(timeout = 5)"#,
            "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found a whole number",
        ),
        (
            r#"platform = "echo", heartbeat(interval = "1s", timeout = "10s")"#,
            "`timeout` must be shorter than 10 × `interval`",
        ),
        (r#"platform = "echo", heartbeat(missed = 0)"#, "`missed` takes a whole number from 1; found `0`"),
        (
            r#"platform = "echo", reconnect(initial_delay = "1m", max_delay = "10s")"#,
            "`initial_delay` must not be longer than `max_delay`",
        ),
        (
            r#"platform = "echo", reconnect(jitter = -0.5)"#,
            "`jitter` takes a number from 0 to 1, or the path of a const; found a negative number",
        ),
        (
            r#"platform = "echo", reconnect(max_attempts = 4294967296)"#,
            "`max_attempts` takes a whole number, or \"unlimited\"; found `4294967296`",
        ),
        (
            r#"platform = "echo", auth(refresh_at = 1.0)"#,
            "`refresh_at` takes a number above 0 and below 1; found `1.0`",
        ),
        (r#"platform = "echo", connection(send = "quue")"#, "unknown send `quue`; did you mean `queue`?"),
        (
            r#"platform = "echo", connection(send = "queue(0, 1MiB, 10s)")"#,
            "`send` takes \"fail_fast\", \"wait\", \"queue\", or bounds above zero as in \"queue(64, 1MiB, 10s)\"; \
             found `queue(0, 1MiB, 10s)`",
        ),
        (r#"platform = "echo", rate_limit(safety = 0)"#, "`safety` takes a number above 0 and up to 1; found `0`"),
        (
            r#"platform = "echo", rate_limit(refill = "ten/s")"#,
            "`refill` takes a rate above zero such as \"10/s\" or \"120/60s\", or \"off\"; found `ten/s`",
        ),
        (r#"platform = "echo", telemetry(message = "yes")"#, "`message` takes true or false; found a string"),
        (r#"platform = "echo", telemetry(message)"#, "`message` takes a value: true or false"),
        (r#"platform = "echo", backpressure(warning = 0.9, throttle = 0.5)"#, "`warning` must not exceed `throttle`"),
    ] {
        assert_eq!(errors_of(attribute), [message], "{attribute}");
    }
}

#[test]
fn each_mistake_about_a_service_is_one_error() {
    for (attribute, message) in [
        (r#"config = "enviroment""#, "unknown config provider `enviroment`; did you mean `environment`?"),
        (
            r#"config("enviroment", prefix = "DESK")"#,
            "unknown config provider `enviroment`; did you mean `environment`?",
        ),
        ("config", "`config` takes a value: write `config = ..`"),
        ("config()", "`config` takes a value: write `config = ..`"),
        (r#"config("environment")"#, "`config` without options takes a value: write `config = \"environment\"`"),
        ("config(Mine)", "`config` without options takes a value: write `config = Mine`"),
        (
            "config = 5",
            "`config` takes the name of a built-in config provider, such as \"environment\", or the path of your own type; \
             found a whole number",
        ),
        (
            "config(environment, prefix = \"DESK\")",
            "a built-in config provider is named by a string: write `config = \"environment\"`",
        ),
        (r#"config("environment", prefx = "DESK")"#, "unknown `environment` option `prefx`; did you mean `prefix`?"),
        (r#"config("environment", prefix = 5)"#, "`prefix` takes a string; found a whole number"),
        (r#"config("environment", prefix = DESK)"#, "`prefix` takes a string: write `prefix = \"..\"`"),
        (r#"config("environment", prefix)"#, "`prefix` takes a string: write `prefix = \"..\"`"),
        (r#"config("environment", prefix = "")"#, "`prefix` must not be empty"),
        (r#"config("environment", prefix = "A", prefix = "B")"#, "`prefix` is given twice in `config(..)`"),
        (r#"config = "environment", config("environment", prefix = "B")"#, "`config` is given twice"),
        (r#"codec("json", x = 1)"#, "the built-in codec `json` takes no options; write `codec = \"json\"`"),
        (r#"codec("json", builder)"#, "`builder` stands behind a type of your own; write `codec = \"json\"`"),
        (
            r#"cluster("local", seed = "a")"#,
            "the built-in cluster engine `local` takes no options; write `cluster = \"local\"`",
        ),
        (
            r#"config(my::Vault, prefix = "DESK")"#,
            "a type of your own takes no options here: write `config = my::Vault` if its `Default` will do, or \
             `config(my::Vault, builder)` if the builder's `.config(..)` gives its value",
        ),
        (r#"config("environment" prefix = "DESK")"#, "expected `,`"),
        (r#"secrets = "enviroment""#, "unknown secrets manager `enviroment`; did you mean `environment`?"),
        (r#"secrets("environment", path = "x")"#, "unknown `environment` option `path`; expected `prefix`"),
        (r#"metrics = "counter""#, "unknown metrics collector `counter`; did you mean `counters`?"),
        (
            r#"metrics("counters", prefix = "DESK")"#,
            "the built-in metrics collector `counters` takes no options; write `metrics = \"counters\"`",
        ),
        ("metrics", "`metrics` takes a value: write `metrics = ..`"),
    ] {
        assert_eq!(errors_of(&format!(r#"platform = "echo", {attribute}"#)), [message], "{attribute}");
    }
}

#[test]
fn a_client_needs_a_platform() {
    for attribute in ["", r#"profile = "standard""#] {
        let found = errors_of(attribute);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("a client needs a platform: `#[nova::client(platform = \"deribit\")]`"),
            "{found:?}"
        );
    }
}

#[test]
fn only_a_struct_that_owns_its_data_is_a_client() {
    for (item, words) in [
        (
            quote!(
                enum Desk {
                    A,
                }
            ),
            "this is an enum",
        ),
        (quote!(union Desk { a: u8 }), "this is a union"),
        (
            quote!(
                fn desk() {}
            ),
            "this is a function",
        ),
        (
            quote!(
                trait Desk {}
            ),
            "this is a trait",
        ),
        (
            quote!(
                struct Desk<'a>(&'a str);
            ),
            "a client cannot borrow",
        ),
    ] {
        let found = errors(quote!(platform = "echo"), &item);
        assert!(matches!(&found[..], [only] if only.contains(words)), "{found:?}");
    }
}
