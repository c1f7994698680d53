//! Where `minimal` connects to: the address it is given, or a venue of this process that has its troubles.

use std::{env, time::Duration};

use nova::test::venue::Deribit;
use tokio::time::sleep;

/// The first argument, else `NOVA_URL`, else a venue that cuts the link after a second and turns everybody away after three.
pub(crate) async fn url() -> nova::Result<String> {
    if let Some(url) = env::args().nth(1).or_else(|| env::var("NOVA_URL").ok()) {
        return Ok(url);
    }
    let venue = Deribit::start().await?;
    let url = venue.url().to_owned();
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        venue.cut();
        sleep(Duration::from_secs(2)).await;
        // For good: a 403 is nothing that waiting heals, so the client ends.
        venue.refuse_connections(u32::MAX, 403);
        venue.cut();
        sleep(Duration::from_secs(60)).await;
    });
    Ok(url)
}
