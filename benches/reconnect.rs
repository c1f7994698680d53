//! A thousand connections dropped at once: how long until all are back, nova's and plain loops with the same delays.
//!
//! `cargo bench -p benches --bench reconnect`. Between two drops lie more than the 10 s after which nova takes a connection for stable: one
//! that is lost sooner comes back spread over a second, to spare the venue.

use std::{process::ExitCode, sync::Arc, time::Duration};

use benches::{
    arms::crowds,
    prelude::*,
    rounds::Spread,
    server::{self, Kind},
};
use tokio::time::sleep;

const CONNECTIONS: u64 = 1_000;
const DROPS: u64 = 5;
const STABLE: Duration = Duration::from_secs(16);

fn main() -> ExitCode {
    report::run("reconnect", |report| Threads::One.run(measure(report)))
}

async fn measure(report: &mut Report) -> Outcome {
    let servers = [server::start(Kind::Answers)?, server::start(Kind::Answers)?];
    let lived = [Arc::<crowds::Lived>::default(), Arc::default()];
    let _nova = crowds::nova(CONNECTIONS, servers[0].address(), &lived[0]).await?;
    let _plain = crowds::plain(CONNECTIONS, servers[1].address(), &lived[1]).await?;
    let mut ratios = Vec::new();
    for drop in 1..=DROPS {
        sleep(STABLE).await;
        let mut took = [Duration::ZERO; 2];
        let order = if drop % 2 == 0 { [0, 1] } else { [1, 0] };
        for arm in order {
            servers[arm].address().drop_all().await.map_err(|error| error.to_string())?;
            took[arm] = lived[arm].until_ready(CONNECTIONS * (drop + 1)).await?;
        }
        let [nova, plain] = took;
        println!("  drop {drop}: nova {nova:.1?}, plain {plain:.1?}");
        ratios.push(nova.as_secs_f64() / plain.as_secs_f64());
    }
    report.ratio("12: until all are back", Spread::of(ratios), Goal::AtMost(1.0, 0.85));
    Ok(())
}
