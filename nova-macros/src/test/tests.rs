//! The attribute without a compiler: what it writes, and what it says to mistakes.

use super::generate;
use crate::client::tests::{formatted, mistakes::errors_in};
use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

fn expands_to(attribute: TokenStream, item: &TokenStream, snapshot: &ExpectFile) {
    snapshot.assert_eq(&formatted(generate(attribute, item).tokens));
}

#[test]
fn a_test_in_virtual_time() {
    expands_to(
        quote!(),
        &quote!(
            /// Says what it shows.
            #[cfg_attr(miri, ignore = "slow")]
            async fn reconnects() -> nova::Result {
                work().await
            }
        ),
        &expect_file!["../snapshots/test_virtual.rs"],
    );
}

#[test]
fn every_key() {
    expands_to(
        quote!(real_time, seed = 7, timeout = "2500ms", crate = nova),
        &quote!(
            async fn r#loop() {
                work().await.expect("works");
            }
        ),
        &expect_file!["../snapshots/test_keys.rs"],
    );
}

fn errors(attribute: &str, item: &str) -> Vec<String> {
    errors_in(generate(attribute.parse().expect("tokens"), &item.parse().expect("tokens")).tokens)
}

#[test]
fn all_mistakes_are_told_at_once_and_the_function_stays() {
    let attribute = quote!(realtime, seed = -1, timeout = "10", seed = 2, real_time = 5);
    let item = quote!(
        #[tokio::test]
        unsafe fn reconnects<T>(desk: Desk) {}
    );
    let written = generate(attribute, &item).tokens;
    assert!(formatted(written.clone()).contains("unsafe fn reconnects<T>(desk: Desk) {}"));
    assert_eq!(
        errors_in(written),
        [
            "unknown key `realtime`; did you mean `real_time`?",
            "`seed` takes a whole number below 2^64: write `seed = 7`; found `-1`",
            "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found `10`",
            "`seed` is given twice",
            "`real_time` stands alone, or takes true or false",
            "a test of clients waits for them: write `async fn`, or `#[test]` for one that does not",
            "nobody calls a test with arguments: make what it needs in its body",
            "nobody says what a test's parameters are: take them away",
            "nobody answers for an unsafe test: put an `unsafe` block into its body",
            "`#[nova::test]` makes it a test already: take this attribute away",
        ]
    );
}

#[test]
fn each_mistake_is_one_error() {
    for (attribute, item, message) in [
        ("", "struct Desk;", "`#[nova::test]` goes on an `async fn`; this is a struct"),
        ("", "mod tests {}", "`#[nova::test]` goes on an `async fn`; this is a module"),
        ("sed = 5", "async fn a() {}", "unknown key `sed`; did you mean `seed`?"),
        ("flavour = 5", "async fn a() {}", "unknown key `flavour`; expected `real_time`, `seed`, `timeout` or `crate`"),
        ("seed = \"7\"", "async fn a() {}", "`seed` takes a whole number below 2^64: write `seed = 7`; found a string"),
        ("seed", "async fn a() {}", "`seed` takes a whole number below 2^64: write `seed = 7`"),
        (
            "seed = 18446744073709551616",
            "async fn a() {}",
            "`seed` takes a whole number below 2^64: write `seed = 7`; found `18446744073709551616`",
        ),
        ("crate = \"nova\"", "async fn a() {}", "`crate` takes the path to nova: write `crate = my_nova`"),
        ("7", "async fn a() {}", "expected `real_time`, or `key = value` as in `seed = 7`"),
        ("", "#[test] async fn a() {}", "`#[nova::test]` makes it a test already: take this attribute away"),
    ] {
        assert_eq!(errors(attribute, item), [message], "#[nova::test({attribute})] {item}");
    }
}

#[test]
fn a_wrong_key_leaves_the_test_a_test() {
    let written = formatted(
        generate(
            quote!(sed = 5, real_time),
            &quote!(
                async fn a() {}
            ),
        )
        .tokens,
    );
    for part in ["#[::core::prelude::v1::test]", ".real_time()", ".run(a())"] {
        assert!(written.contains(part), "{part} in\n{written}");
    }
}
