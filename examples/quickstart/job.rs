//! The job itself: the client, what it subscribes, and reading until the end.

use std::{env, time::Duration};

use nova::{Cause, Credentials, Error, Handle, test::venue::Deribit};
use tokio::{pin, select, signal, time::timeout};

use super::{args::Options, report::Report, screen::Screen, tally::Tally, trouble};

#[nova::client(platform = "deribit", profile = "financial")]
pub(crate) struct Desk;

const LIVE: &str = "wss://test.deribit.com/ws/api/v2";
const INSTRUMENTS: [&str; 2] = ["BTC-PERPETUAL", "ETH-PERPETUAL"];
/// A venue that cannot be reached would be tried for ever.
const FIRST_READY: Duration = Duration::from_secs(15);

pub(crate) async fn run(options: Options, screen: &mut Screen) -> nova::Result<Report> {
    let venue = if options.live { None } else { Some(local().await?) };
    let login = match &venue {
        Some(_) => Some(Credentials::key("nova", "nova-secret")),
        None if env::var_os("DERIBIT_CLIENT_ID").is_some() || env::var_os("DERIBIT_CLIENT_SECRET").is_some() => {
            Some(Credentials::from_env("DERIBIT_CLIENT_ID", "DERIBIT_CLIENT_SECRET")?)
        }
        None => None,
    };
    let topics = topics(login.is_some());

    let mut client = nova::connect(Desk).url(venue.as_ref().map_or(LIVE, Deribit::url));
    if let Some(login) = login {
        client = client.credentials(login);
    }
    let desk = client.start()?;
    let mut tally = Tally::default();
    let read = read(&desk, venue.as_ref(), &topics, &mut tally, screen).await;
    screen.finish();
    let interrupted = read?;

    let served = venue.as_ref().map(Deribit::subscribed);
    let restored = Report::restored(&desk, &topics, served.as_deref());
    let closed = desk.close().await;
    let mut report = Report::new(&desk, &tally, topics.len(), restored);
    report.interrupted = interrupted;
    report.judge(&tally, options.live, closed);
    Ok(report)
}

async fn local() -> nova::Result<Deribit> {
    Deribit::builder().token_life(trouble::TOKEN_LIFE).start().await
}

fn topics(logged_in: bool) -> Vec<String> {
    // Deribit keeps the fastest pace for those it knows.
    let pace = if logged_in { "raw" } else { "100ms" };
    let mut topics: Vec<String> = INSTRUMENTS
        .iter()
        .flat_map(|name| ["ticker", "book", "trades"].map(|channel| format!("{channel}.{name}.{pace}")))
        .collect();
    if logged_in {
        topics.push("user.orders.any.any.raw".to_owned());
    }
    topics
}

/// Reads until the end; says whether it was Ctrl-C.
async fn read(
    desk: &Handle<Desk>,
    venue: Option<&Deribit>,
    topics: &[String],
    tally: &mut Tally,
    screen: &mut Screen,
) -> nova::Result<bool> {
    let mut events = desk.events();
    let plan = async {
        let start = async {
            desk.wait_ready().await?;
            desk.subscribe_many(topics).await
        };
        let subscribed = timeout(FIRST_READY, start).await.map_err(|_| why_not_ready(desk))??;
        if let Some((_, error)) = subscribed.rejected.into_iter().next() {
            return Err(error);
        }
        match venue {
            Some(venue) => return Ok(trouble::make(venue, desk).await),
            None => trouble::wait().await,
        }
        Ok(false)
    };
    let interrupt = signal::ctrl_c();
    pin!(plan, interrupt);
    loop {
        select! {
            done = &mut plan => {
                tally.login_outlived = done?;
                return Ok(false);
            }
            _ = &mut interrupt => return Ok(true),
            Some(event) = events.next() => tally.event(&event, screen),
            Some(item) = desk.next() => tally.item(item, desk.state(), screen),
        }
    }
}

/// What kept the client from its first `Ready`.
fn why_not_ready(desk: &Handle<Desk>) -> Error {
    let late = Error::Timeout { what: "the first connection", after: FIRST_READY, outcome: None };
    let failed = desk.history().into_iter().rev().find_map(|step| match &*step.cause {
        Cause::Error(error) => Some(error.clone()),
        _ => None,
    });
    failed.unwrap_or(late)
}
