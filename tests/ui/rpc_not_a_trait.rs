#[nova::rpc]
struct Account;

#[nova::rpc]
trait Generic<T> {
    #[rpc("private/a")]
    async fn a(&self) -> nova::Result<u64>;
}

fn main() {}
