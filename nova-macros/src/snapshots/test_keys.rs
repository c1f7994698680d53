#[::core::prelude::v1::test]
fn r#loop() {
    async fn r#loop() {
        work().await.expect("works");
    }
    nova::test::Test::new(::core::concat!(::core::module_path!(), "::", "loop"))
        .seed(7)
        .real_time()
        .timeout(::core::time::Duration::new(2u64, 500000000u32))
        .run(r#loop());
}
