//! The clients that are measured: generated, with everything on that they have by default.

use nova::{Context, MessageHandler, Raw, Result, Text};

use crate::{
    frames::{Quote, counted, number},
    tally::Tally,
};

/// A venue that is described, of the form in which Deribit speaks.
#[derive(Clone, Copy, Debug, Default, nova::Platform)]
#[nova(
    url = "ws://bench.test/",
    id = "/id",
    result = "/result",
    channel = "/params/channel",
    payload = "/params/data",
    error(at = "/error", code = "/error/code", message = "/error/message")
)]
pub struct Venue;

/// A venue without a protocol: every message is a message.
#[derive(Clone, Copy, Debug, Default, nova::Platform)]
#[nova(url = "ws://bench.test/")]
pub struct Bare;

/// Counts what comes.
#[nova::client(platform = "deribit", profile = "financial", overrides(MessageHandler))]
#[derive(Debug)]
pub struct Count(pub Tally);

/// The same of a venue that is described.
#[nova::client(platform = Venue, profile = "financial", overrides(MessageHandler))]
#[derive(Debug)]
pub struct CountDescribed(pub Tally);

/// The same of a venue without channels.
#[nova::client(platform = Bare, profile = "financial", overrides(MessageHandler))]
#[derive(Debug)]
pub struct CountBare(pub Tally);

/// Counts what comes, told apart by its channel.
#[nova::client(platform = "deribit", profile = "financial", overrides(MessageHandler))]
#[derive(Debug)]
pub struct Route(pub Tally);

/// Reads what comes.
#[nova::client(platform = "deribit", profile = "financial", message = Typed, overrides(MessageHandler))]
#[derive(Debug)]
pub struct Read(pub Tally);

/// Makes calls.
#[nova::client(platform = Venue, profile = "financial")]
#[derive(Debug)]
pub struct Call;

/// Messages told apart and read.
#[derive(Debug, nova::Message)]
pub enum Typed {
    /// Of this channel.
    #[nova(channel = "ticker.{instrument}.{interval}")]
    Ticker {
        /// What it is about.
        instrument: Text,
        /// How often it comes.
        interval: Text,
        /// What it says.
        quote: Quote,
    },
    /// Of the other.
    #[nova(channel = "trades.*")]
    Trades(Quote),
}

macro_rules! counts {
    ($($client:ty),*) => {$(
        impl MessageHandler for $client {
            async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
                self.0.saw(number(message.text().unwrap_or_default()));
                Ok(())
            }
        }
    )*};
}

counts!(Count, CountDescribed, CountBare);

impl MessageHandler for Route {
    async fn handle_message(&mut self, message: Raw, _: &mut Context<'_, Self>) -> Result {
        let channel = message.channel().unwrap_or_default();
        let known = channel.starts_with("ticker.") || channel.starts_with("trades.");
        self.0.saw(if known { number(message.text().unwrap_or_default()) } else { u64::MAX });
        Ok(())
    }
}

impl MessageHandler for Read {
    async fn handle_message(&mut self, message: Typed, _: &mut Context<'_, Self>) -> Result {
        let (Typed::Ticker { quote, .. } | Typed::Trades(quote)) = message;
        self.0.read(counted(quote.seq), quote.price);
        Ok(())
    }
}
