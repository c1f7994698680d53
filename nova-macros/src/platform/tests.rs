//! The derive without a compiler: what it writes, kept readable in `snapshots/`.

mod mistakes;

use super::generate;
use expect_test::{ExpectFile, expect_file};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

fn formatted(item: &TokenStream) -> String {
    let file = syn::parse2(generate(item).tokens).expect("what the macro writes is Rust");
    prettyplease::unparse(&file)
}

fn expands_to(item: &TokenStream, snapshot: &ExpectFile) {
    snapshot.assert_eq(&formatted(item));
}

#[test]
fn a_venue_of_json_rpc() {
    expands_to(
        &quote!(
            #[nova(
                url = "wss://rpc.exchange.test/v2",
                channel = "/params/topic",
                payload = "/params/data",
                id = "/id",
                result = "/result",
                error(at = "/error", code = "/error/code", message = "/error/message"),
                subscribe(
                    send = r#"{"jsonrpc":"2.0","id":{id},"method":"subscribe","params":{channels}}"#,
                    listed = "/result"
                ),
                unsubscribe = r#"{"jsonrpc":"2.0","id":{id},"method":"unsubscribe","params":{channels}}"#,
                ping(every = "20s")
            )]
            struct Rpc;
        ),
        &expect_file!["../snapshots/platform_rpc.rs"],
    );
}

#[test]
fn every_key() {
    expands_to(
        &quote!(
            #[nova(
                name = "every", url = "wss://{host}/v1/{category}", codec = "json",
                channel = "/topic", payload = "/data", id = "/req_id", result = "/result",
                headers = ["X-Version: 2", "X-Key: {api_key}"],
                subscribe(send = r#"{"req_id":"{id}","op":"subscribe","args":{channels}}"#, each = r#"{"ch":"{channel}"}"#),
                unsubscribe = r#"{"op":"unsubscribe","args":{channels}}"#,
                request = r#"{"req_id":{id},"op":{method},"args":{params},"in":{category}}"#,
                private = ["order", "private.*"], topics = 500, chunk = 50, outbound = 32_000, refresh_margin = "1m",
            )]
            #[nova(
                login(
                    send = r#"{"op":"auth","args":["{api_key}",{expires},"{sign}"]}"#,
                    ack(at = "/op", is = "auth"), life = "/ttl"
                ),
                sign(over = "GET/realtime{expires}", encoding = "base64", timestamp = "s", expires = "10s"),
                ping(every = "20s", text = "ping"),
                ack(at = "/op", is = ["subscribe", "sub"], channel = "/args", refused = "/refused"),
                error(at = "/code", not = [0, -1], message = "/msg", channel = "/arg"),
                error(at = "/ok", is = false),
                ignore(text = "pong"), ignore(at = "/op", is = "pong"),
                answer(at = "/ping", send = r#"{"pong":{value}}"#),
                sequence(rule = "prev_id", at = "/seq", prev = "/prev", snapshot(at = "/type", is = "snapshot")),
                pool(name = "requests", capacity = 100, refill = "10/s"),
                pool(name = "orders", capacity = 20, refill = "300/60s", cost = 2, methods = ["order.*"]),
                pool(name = "gateway", limit = "120/60s", methods = "gateway.*"),
                pool(name = "reads", window = "10/s", methods = "read.*"),
                error_codes(rate_limited = [10006, -3], authentication = 10003),
                close_codes(critical = [4001]),
                rate_limit(capacity = 100, refill = "10/s"),
                connection(max_message = "4MiB"),
            )]
            pub struct Every<T: Tag> {
                host: String,
                category: T,
                unused: u8,
            }
        ),
        &expect_file!["../snapshots/platform_every.rs"],
    );
}

#[test]
fn the_behaviour_half_is_left_to_the_user() {
    expands_to(
        &quote!(
            #[nova(url = "wss://ws.exchange.test/v1", channel = "/topic", payload = "/data", overrides(Platform))]
            struct Exchange;
        ),
        &expect_file!["../snapshots/platform_overrides.rs"],
    );
}

#[test]
fn all_paths_follow_a_renamed_crate() {
    let written = formatted(&quote!(
        #[nova(crate = my::facade, channel = "/a", ping(every = "1s", text = "x"), sequence(rule = "increment", at = "/s"),
               pool(name = "a", capacity = 1, refill = "1/s"), error_codes(critical = 1), heartbeat(missed = 2))]
        struct Venue {
            host: String,
        }
    ));
    assert!(written.contains("impl my::facade::Platform for Venue"), "{written}");
    assert!(!written.contains("nova::"), "{written}");
}

/// Half-typed attributes are what an editor sends.
#[test]
fn no_attribute_is_too_broken_to_write_the_impls() {
    let whole = r#"url = "wss://{host}/", channel = "/topic", headers = ["A: b"], login(send = "[{sign}]", ack(at = "/a")),
        subscribe(send = "{channels}", each = "{channel}"), error(at = "/x", is = [1, true]), sequence(rule = "increment", at = "/s")"#;
    let tokens: Vec<TokenTree> = whole.parse::<TokenStream>().expect("tokens").into_iter().collect();
    let kept = |attribute: TokenStream| {
        let text = attribute.to_string();
        let written = formatted(&quote!(
            #[nova(#attribute)]
            struct Venue {
                host: String,
            }
        ));
        for part in ["impl ::nova::PlatformSpec for Venue", "impl ::nova::Platform for Venue"] {
            assert!(written.contains(part), "{part}: {text}\n{written}");
        }
    };
    for at in 0..tokens.len() {
        kept(tokens[..at].iter().cloned().collect());
        kept(tokens[at..].iter().cloned().collect());
        kept(tokens.iter().take(at).chain(&tokens[at + 1..]).cloned().collect());
        for strange in ["=", ",", "(x = 1)", "[1]", "'a'", "-1", "<", "b\"x\"", "1.5f32", "r#x"] {
            let strange: TokenStream = strange.parse().expect("tokens");
            let mut mixed: TokenStream = tokens[..at].iter().cloned().collect();
            mixed.extend(strange);
            mixed.extend(tokens[at..].iter().cloned());
            kept(mixed);
        }
    }
}
