#[derive(Default, nova::Platform)]
#[nova(overrides(Platform))]
struct Exchange;

impl nova::Platform for Exchange {
    type State = ();

    fn subscrib(&self, _: &mut (), _: &[&str], _: &nova::Params) -> nova::Result<nova::Outgoing> {
        todo!()
    }
}

fn main() {}
