fn main() {
    nova::test::Test::new("reconnects").run(async { 5_u32 });
}
