/// Says what it shows.
#[cfg_attr(miri, ignore = "slow")]
#[::core::prelude::v1::test]
fn reconnects() {
    async fn reconnects() -> nova::Result {
        work().await
    }
    ::nova::test::Test::new(::core::concat!(::core::module_path!(), "::", "reconnects"))
        .run(reconnects());
}
