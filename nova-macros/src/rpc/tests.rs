//! The macro without a compiler: what it writes, kept readable in `snapshots/`.

mod mistakes;

use super::generate;
use crate::client::tests::formatted;
use expect_test::{ExpectFile, expect_file};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

fn expands_to(attribute: TokenStream, item: &TokenStream, snapshot: &ExpectFile) {
    snapshot.assert_eq(&formatted(generate(attribute, item).tokens));
}

#[test]
fn procedures_of_a_platform() {
    expands_to(
        quote!(platform = "deribit"),
        &quote!(
            /// What an account can be asked.
            trait Account {
                /// The state of the account in one currency.
                #[rpc("private/get_account_summary")]
                async fn summary(&self, currency: &str) -> nova::Result<Summary>;
                #[rpc("private/cancel_all", idempotent)]
                async fn cancel_all(&self) -> nova::Result<u64>;
            }
        ),
        &expect_file!["../snapshots/rpc_platform.rs"],
    );
}

#[test]
fn every_key() {
    expands_to(
        quote!(params = positional, timeout = "2s", idempotent),
        &quote!(
            pub trait Node: Send {
                #[rpc("eth_getBlockByNumber", cost = 3)]
                async fn block(&self, number: u64, full: Option<bool>) -> nova::Result<Block>;
                #[rpc("eth_chainId", timeout = "250ms", idempotent = false)]
                async fn chain(&self) -> nova::Result<String>;
                #[cfg(all())]
                #[rpc("admin/send", params = named, cost = 0, priority = "order")]
                async fn transfer<C: Serialize>(
                    &self,
                    #[rpc(name = "type")] kind: &str,
                    #[rpc(default = 10)] amount: Option<u32>,
                    memo: Option<C>,
                ) -> nova::Result;
                /// Written by hand, on top of the others.
                async fn is_main(&self) -> nova::Result<bool> {
                    Ok(self.chain().await? == "0x1")
                }
                fn name() -> &'static str {
                    "node"
                }
            }
        ),
        &expect_file!["../snapshots/rpc_keys.rs"],
    );
}

#[test]
fn the_trait_and_its_impl_survive_mistakes() {
    let written = formatted(
        generate(
            quote!(platform = "derbit"),
            &quote!(
                trait Account {
                    #[rpc("a", idempotnt)]
                    async fn a(&self) -> nova::Result<u64>;
                    #[rpc(5)]
                    async fn b(&self) -> nova::Result<u64>;
                    #[rpc("c")]
                    async fn c(&self, (x, y): (u8, u8)) -> u64;
                }
            ),
        )
        .tokens,
    );
    for part in [
        "trait Account {",
        "impl<C: ::nova::Client<Platform = ::nova::platform::Deribit>> Account\nfor ::nova::Handle<C>",
    ] {
        assert!(written.contains(part), "{part} in\n{written}");
    }
    for name in ["fn a(", "fn b(", "fn c("] {
        assert_eq!(written.matches(name).count(), 2, "{name} in\n{written}");
    }
    assert!(!written.contains("#[rpc"), "{written}");
}

#[test]
fn all_paths_follow_a_renamed_crate() {
    let item = quote!(
        trait Account {
            #[rpc("a")]
            async fn a(&self, x: Option<u8>) -> Result<u64>;
            #[rpc("b")]
            async fn b(&self) -> Result<u64>;
        }
    );
    let written = formatted(generate(quote!(crate = my::facade, platform = "echo"), &item).tokens);
    assert!(written.contains("for my::facade::Handle<C>"), "{written}");
    assert!(!written.contains("nova::"), "{written}");
}

/// Half-typed attributes are what an editor sends.
#[test]
fn no_attribute_is_too_broken_to_keep_the_trait() {
    let whole = r#""private/x", idempotent, timeout = "5s", cost = 3, priority = "cancel", params = positional, name = "x", default = 5, platform = "echo", crate = a::b"#;
    let tokens: Vec<TokenTree> = whole.parse::<TokenStream>().expect("tokens").into_iter().collect();
    for at in 0..tokens.len() {
        let parts = [tokens[..at].to_vec(), tokens[at..].to_vec(), [&tokens[..at], &tokens[at + 1..]].concat()];
        for part in parts {
            let part: TokenStream = part.into_iter().collect();
            let item = quote!(
                trait Account {
                    #[rpc(#part)]
                    async fn a(&self, #[rpc(#part)] x: u8) -> nova::Result<u64>;
                }
            );
            let written = formatted(generate(part, &item).tokens);
            assert!(written.starts_with("trait Account {") && written.contains("::Handle<C> {"), "{written}");
        }
    }
}
