//! The macro without a compiler: what it writes, kept readable in `snapshots/`, and what it says to mistakes.

use super::generate;
use crate::client::tests::{formatted, mistakes::errors_in};
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
                #[rpc("admin/send", params = named, cost = 0)]
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
fn all_mistakes_of_a_trait_are_told_at_once() {
    let found = errors_in(
        generate(
            quote!(platform = "derbit", timeout = 5, parms = named),
            &quote!(
                trait Account {
                    #[rpc("a", idempotnt, cost = "x")]
                    async fn send(&self) -> nova::Result<u64>;
                    #[rpc(5)]
                    fn sync(&mut self, (a, b): (u8, u8)) -> u64;
                    async fn nothing(&self) -> nova::Result;
                    #[rpc("b")]
                    async fn silent(&self);
                }
            ),
        )
        .tokens,
    );
    assert_eq!(
        found,
        [
            "unknown platform `derbit`; did you mean `deribit`?",
            "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found a whole number",
            "unknown key `parms`; did you mean `params`?",
            "`Handle` has a method `send` of its own, which would be called instead: choose another name",
            "unknown key `idempotnt`; did you mean `idempotent`?",
            "`cost` takes a whole number: the units of the venue's limit that one call takes; found a string",
            "the name of a remote procedure is a string; found a whole number",
            "a parameter of a remote procedure is a plain name, for that is what it is called at the venue",
            "a remote procedure takes its time: write `async fn`",
            "a remote procedure takes `&self`: a handle is shared, and calls go on beside each other",
            "a remote procedure returns `nova::Result<..>`, for every call can fail",
            "`nothing` calls nothing: write `#[rpc(\"..\")]` with the name of the remote procedure, or a body",
            "a remote procedure returns `nova::Result<..>`: `nova::Result` alone where the answer is nothing",
        ]
    );
}

#[test]
fn each_mistake_is_one_error() {
    let method = |attribute: &str, parameters: &str| {
        format!("trait Account {{ #[rpc({attribute})] async fn summary(&self{parameters}) -> nova::Result<u8>; }}")
    };
    for (attribute, item, message) in [
        (
            "",
            "struct Account;".to_owned(),
            "`#[nova::rpc]` goes on a trait, whose methods are the remote procedures; this is a struct",
        ),
        (
            "",
            "impl A for B {}".to_owned(),
            "`#[nova::rpc]` goes on a trait, whose methods are the remote procedures; this is an impl",
        ),
        (
            "",
            "trait Account<T> {}".to_owned(),
            "a trait of remote procedures has no parameters of its own: give them to its methods",
        ),
        (
            "",
            "trait Account { type Answer; }".to_owned(),
            "a trait of remote procedures holds `async fn`s with `#[rpc(\"..\")]`, and whatever has a default",
        ),
        (
            "platform = deribit",
            method("\"a\"", ""),
            "a built-in platform is named by a string: write `platform = \"deribit\"`",
        ),
        ("platform = \"echo\", platform = \"echo\"", method("\"a\"", ""), "`platform` is given twice"),
        ("crate = \"x\"", method("\"a\"", ""), "`crate` takes the path to nova: write `crate = my_nova`"),
        ("\"deribit\"", method("\"a\"", ""), "expected `key = value`, such as `platform = \"deribit\"`"),
        (
            "params = \"positional\"",
            method("\"a\"", ""),
            "`params` takes a word without quotes: write `params = positional`",
        ),
        (
            "params = postional",
            method("\"a\"", ""),
            "unknown way to pass parameters `postional`; did you mean `positional`?",
        ),
        ("", method("\"\"", ""), "the name of a remote procedure is not empty"),
        (
            "",
            method("idempotent", ""),
            "the name of the remote procedure comes first: write `#[rpc(\"private/get_positions\")]`",
        ),
        ("", method("\"a\" idempotent", ""), "expected `,`"),
        ("", method("\"a\", idempotent, idempotent", ""), "`idempotent` is given twice"),
        ("", method("\"a\", idempotent = \"yes\"", ""), "`idempotent` stands alone, or takes true or false"),
        (
            "",
            method("\"a\", timeout = \"soon\"", ""),
            "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found `soon`",
        ),
        (
            "",
            method("\"a\", cost = -1", ""),
            "`cost` takes a whole number: the units of the venue's limit that one call takes; found `-1`",
        ),
        (
            "",
            method("\"a\", platform = \"echo\"", ""),
            "`platform` belongs on the trait: write `#[nova::rpc(platform = ..)]`",
        ),
        (
            "",
            method("\"a\"", ", mut x: u8"),
            "a parameter of a remote procedure is a plain name, for that is what it is called at the venue",
        ),
        ("", method("\"a\"", ", #[rpc(nam = \"x\")] x: u8"), "unknown key `nam`; did you mean `name`?"),
        (
            "",
            method("\"a\"", ", #[rpc(name = 5)] x: u8"),
            "`name` takes the parameter's name at the venue: write `name = \"type\"`",
        ),
        ("", method("\"a\"", ", #[rpc(default = 5)] x: u8"), "`default` stands for a `None`, and `x` is no `Option`"),
        ("", method("\"a\"", ", #[rpc(name = \"y\")] x: u8, y: u8"), "two parameters are called `y` at the venue"),
        (
            "params = positional",
            method("\"a\"", ", x: Option<u8>, y: u8"),
            "`y` comes behind `x`, which may be left out, and by position that moves it: put optional parameters last",
        ),
        (
            "",
            "trait Account { #[rpc(\"a\")] async fn summary(&self) -> nova::Result<u8> { Ok(1) } }".to_owned(),
            "`summary` has a body of its own, so it calls nothing: leave one of the two out",
        ),
        (
            "",
            "trait Account { #[rpc(\"a\")] async fn summary() -> nova::Result<u8>; }".to_owned(),
            "a remote procedure takes `&self`: the handle whose client it calls through",
        ),
        (
            "",
            "trait Account { #[rpc] async fn summary(&self) -> nova::Result<u8>; }".to_owned(),
            "`#[rpc(..)]` names the remote procedure: write `#[rpc(\"private/get_positions\")]`",
        ),
    ] {
        let found = errors_in(generate(attribute.parse().expect("tokens"), &item.parse().expect("tokens")).tokens);
        assert_eq!(found, [message], "{attribute} {item}");
    }
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
    let whole = r#""private/x", idempotent, timeout = "5s", cost = 3, params = positional, name = "x", default = 5, platform = "echo", crate = a::b"#;
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
