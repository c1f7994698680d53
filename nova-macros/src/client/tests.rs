//! The macro without a compiler: what it writes, kept readable in `snapshots/`.

pub(crate) mod mistakes;

use super::generate;
use expect_test::{ExpectFile, expect_file};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

pub(crate) fn formatted(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).expect("what the macro writes is Rust");
    prettyplease::unparse(&file)
}

fn expands_to(attribute: TokenStream, item: &TokenStream, snapshot: &ExpectFile) {
    snapshot.assert_eq(&formatted(generate(attribute, item).tokens));
}

#[test]
fn a_unit_struct() {
    expands_to(
        quote!(platform = "deribit", profile = "financial"),
        &quote!(
            struct Desk;
        ),
        &expect_file!["../snapshots/unit.rs"],
    );
}

#[test]
fn a_generic_struct() {
    expands_to(
        quote!(platform = Exchange, message = Feed<N>, codec = "json", overrides(MessageHandler)),
        &quote!(
            /// Keeps the last `N` quotes.
            pub struct Book<S, const N: usize = 8>
            where
                S: Sink + Send + 'static,
            {
                sink: S,
                last: [f64; N],
            }
        ),
        &expect_file!["../snapshots/generic.rs"],
    );
}

#[test]
fn overrides_and_settings() {
    expands_to(
        quote!(
            platform = "deribit",
            profile = "financial",
            strategy = "always_reconnect",
            message = Feed,
            cluster = "local",
            reconnect(backoff = "exponential", max_attempts = 50, max_delay = "10s", jitter = 0.5),
            connection(max_frame = "4MiB", request_timeout = "1500ms", send = "queue"),
            heartbeat(interval = EVERY, timeout = "5s", missed = 2),
            rate_limit(capacity = 100, refill = "10/s", limit = "120/60s", mode = "queue", safety = 0.9),
            backpressure(buffer = 1000, bytes = 1048576, overflow = "drop_old"),
            telemetry(level = "detailed", message = false),
            breaker(failures = "off", cooldown = "1h"),
            subscriptions(chunk = 50, stale_after = "5m", retries = 0),
            cluster(strategy = "geo_aware", enabled = true),
            overrides(ErrorHandler, MessageHandler),
        ),
        &quote!(
            #[derive(Default)]
            struct Desk {
                failures: u32,
                last: f64,
            }
        ),
        &expect_file!["../snapshots/settings.rs"],
    );
}

#[test]
fn services() {
    expands_to(
        quote!(
            platform = "echo",
            codec(Packed, builder),
            config("environment", prefix = "DESK"),
            secrets(Vault, builder),
            metrics = Ticks,
            cluster(Mesh, builder),
            cluster(enabled = true),
        ),
        &quote!(
            struct Desk;
        ),
        &expect_file!["../snapshots/services.rs"],
    );
}

#[test]
fn the_struct_and_its_impls_survive_mistakes() {
    let written = formatted(
        generate(
            quote!(platform = "derbit", reconnect(jitter = 2, max_attempts = 5), overrides(ErorHandler)),
            &quote!(
                #[derive(Debug)]
                pub struct Desk(u8);
            ),
        )
        .tokens,
    );
    for part in [
        "#[derive(Debug)]\npub struct Desk(u8);",
        "type Platform = ::nova::platform::Deribit;",
        "::nova::patch::Reconnect::new().max_attempts(::nova::Attempts::AtMost(5)),",
        "impl ::nova::MessageHandler for Desk {}",
    ] {
        assert!(written.contains(part), "{part} in\n{written}");
    }
    assert!(
        !written.contains("impl ::nova::ErrorHandler for Desk {}"),
        "what was meant is left to the user\n{written}"
    );
    assert!(!written.contains("const _"), "no check adds to the mistakes\n{written}");
}

#[test]
fn a_raw_name_is_a_name() {
    let written = formatted(
        generate(
            quote!(platform = "echo", overrides(AuthHandler)),
            &quote!(
                struct r#async;
            ),
        )
        .tokens,
    );
    assert!(written.contains("const NAME: &'static str = \"async\";"), "{written}");
    assert!(written.contains("overrides::<r#async>();"), "{written}");
}

#[test]
fn a_deprecated_struct_warns_its_users_only() {
    let item = quote!(
        #[deprecated]
        struct Desk;
    );
    let attribute = quote!(platform = "echo", reconnect(jitter = 0), overrides(AuthHandler));
    let written = formatted(generate(attribute, &item).tokens);
    let items = syn::parse_file(&written).expect("what the macro writes is Rust").items.len();
    assert_eq!(written.matches("#[allow(deprecated)]").count(), items - 1, "all but the struct\n{written}");
}

/// Half-typed attributes are what an editor sends.
#[test]
fn no_attribute_is_too_broken_to_keep_the_struct() {
    let whole = r#"platform = "deribit", message = Vec<Feed>, reconnect(max_attempts = 50, jitter = 0.5), crate = a::b, overrides(ErrorHandler)"#;
    let tokens: Vec<TokenTree> = whole.parse::<TokenStream>().expect("tokens").into_iter().collect();
    let item = quote!(
        struct Desk;
    );
    let kept = |attribute: TokenStream| {
        let text = attribute.to_string();
        let written = formatted(generate(attribute, &item).tokens);
        assert!(written.starts_with("struct Desk;\n#[automatically_derived]\nimpl "), "{text}\n{written}");
    };
    for at in 0..tokens.len() {
        kept(tokens[..at].iter().cloned().collect());
        kept(tokens[at..].iter().cloned().collect());
        kept(tokens.iter().take(at).chain(&tokens[at + 1..]).cloned().collect());
        for strange in ["=", ",", "(x = 1)", "[1]", "'a'", "-1", "<", "b\"x\"", "1.5f32", "r#x", "'a"] {
            let strange: TokenStream = strange.parse().expect("tokens");
            let mut mixed: TokenStream = tokens[..at].iter().cloned().collect();
            mixed.extend(strange);
            mixed.extend(tokens[at..].iter().cloned());
            kept(mixed);
        }
    }
}

#[test]
fn all_paths_follow_a_renamed_crate() {
    let attribute = quote!(
        crate = my::facade,
        platform = "echo",
        cluster = "local",
        reconnect(backoff = "linear", max_attempts = "unlimited"),
        rate_limit(refill = "1/m"),
        overrides(AuthHandler)
    );
    let written = formatted(
        generate(
            attribute,
            &quote!(
                struct Desk;
            ),
        )
        .tokens,
    );
    assert!(written.contains("impl my::facade::Client for Desk"), "{written}");
    assert!(!written.contains("nova::"), "{written}");
}
