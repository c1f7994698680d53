struct Desk;

#[nova::test(realtime, seed = "7", timeout = "10")]
#[test]
async fn reconnects(desk: Desk) {}

fn main() {
    // It is there all the same.
    let _ = reconnects(Desk);
}
