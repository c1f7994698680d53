//! The derive without a compiler: what it writes, kept readable in `snapshots/`.

mod mistakes;
mod patterns;

use super::generate;
use crate::client::tests::formatted;
use expect_test::{ExpectFile, expect_file};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

fn expands_to(item: &TokenStream, snapshot: &ExpectFile) {
    snapshot.assert_eq(&formatted(generate(item).tokens));
}

#[test]
fn an_enum_of_channels() {
    expands_to(
        &quote!(
            enum Feed {
                #[nova(channel = "ticker.BTC.raw")]
                Bitcoin(Ticker),
                #[nova(channel = "ticker.*")]
                Ticker(Ticker),
                #[nova(channel = "book.{instrument}.{depth}")]
                Book { instrument: Text, depth: String, data: Vec<f64> },
                #[nova(channel = "trades.*.raw")]
                Trades { data: Vec<f64> },
                #[nova(channel = "heartbeat")]
                Heartbeat,
                #[nova(channel = "user/{kind}", nested)]
                User { kind: String, event: Event },
                #[nova(other)]
                Other(Raw),
            }
        ),
        &expect_file!["../snapshots/message_channels.rs"],
    );
}

#[test]
fn an_enum_of_tags() {
    expands_to(
        &quote!(
            #[nova(tag = "/data/e")]
            enum Event<T>
            where
                T: DeserializeOwned + Send + 'static,
            {
                #[nova(tag = "trade")]
                Trade(T),
                #[nova(tag = "pong")]
                Pong,
                #[nova(tag = 10)]
                Hello { hello: T },
            }
        ),
        &expect_file!["../snapshots/message_tags.rs"],
    );
}

#[test]
fn structs() {
    expands_to(
        &quote!(
            #[nova(channel = "{symbol}@kline_{interval}", separator = "@_")]
            struct Candle {
                symbol: Text,
                interval: String,
                data: Vec<f64>,
            }
        ),
        &expect_file!["../snapshots/message_struct.rs"],
    );
    expands_to(
        &quote!(
            struct Ticker {
                last_price: f64,
            }
        ),
        &expect_file!["../snapshots/message_payload.rs"],
    );
}

#[test]
fn what_is_right_beside_a_mistake_is_still_written() {
    let written = formatted(
        generate(&quote!(
            enum Feed {
                #[nova(channel = "ticker.*")]
                Ticker(Ticker),
                #[nova(chanel = "trades.*")]
                Trades(Trades),
            }
        ))
        .tokens,
    );
    assert!(written.contains("impl ::nova::Message for Feed"), "{written}");
    assert!(written.contains(".map(Self::Ticker)"), "{written}");
    assert_eq!(written.matches("compile_error").count(), 1, "{written}");
}

#[test]
fn all_paths_follow_a_renamed_crate() {
    let item = quote!(
        #[nova(crate = my::facade)]
        enum Feed {
            #[nova(channel = "{a}.*.{b}", nested)]
            A { a: u8, b: u8, c: Inner },
        }
    );
    let written = formatted(generate(&item).tokens);
    assert!(written.contains("impl my::facade::Message for Feed"), "{written}");
    assert!(!written.contains("nova::"), "{written}");
}

#[test]
fn names_of_the_users_own_do_not_collide() {
    let item = quote!(
        enum Feed<C, const C0: usize> {
            #[nova(channel = "{codec}.{type}.{channel}")]
            A { codec: u8, r#type: u8, channel: u8, envelope: C },
        }
    );
    let written = formatted(generate(&item).tokens);
    assert!(written.contains("fn decode<C00: ::nova::Codec>"), "{written}");
    assert!(written.contains("r#type: envelope.capture::<u8>(\"type\", type_part)?"), "{written}");
}

/// Half-typed attributes are what an editor sends.
#[test]
fn no_attribute_makes_it_panic() {
    let whole = r#"channel = "ticker.{x}", tag = "/e", other, nested, separator = ".", crate = a::b"#;
    let tokens: Vec<TokenTree> = whole.parse::<TokenStream>().expect("tokens").into_iter().collect();
    for at in 0..tokens.len() {
        let parts = [tokens[..at].to_vec(), tokens[at..].to_vec(), [&tokens[..at], &tokens[at + 1..]].concat()];
        for part in parts {
            let part: TokenStream = part.into_iter().collect();
            for item in [
                quote!(
                    #[nova(#part)]
                    enum Feed {
                        #[nova(channel = "a")]
                        A(u8),
                    }
                ),
                quote!(
                    enum Feed {
                        #[nova(#part)]
                        A(u8),
                    }
                ),
                quote!(
                    #[nova(#part)]
                    struct Tick {
                        x: u8,
                    }
                ),
            ] {
                formatted(generate(&item).tokens);
            }
        }
    }
}
