#[nova::test(sed = 7)]
async fn reconnects() -> nova::Result {
    Ok(())
}

fn main() {}
