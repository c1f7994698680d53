//! The venue and the client of these tests.

use std::sync::Arc;

use nova::{
    Connect, Credentials, MemoryDialer,
    test::venue::{Deribit, DeribitBuilder},
};

/// The client of most tests.
#[nova::client(platform = "deribit", profile = "financial")]
pub(crate) struct Desk;

/// A venue without a port, and a dialer to it.
pub(crate) fn venue(builder: DeribitBuilder) -> (Arc<Deribit>, MemoryDialer) {
    let venue = Arc::new(builder.offline().expect("the venue's settings"));
    let (dialer, mut listener) = nova::memory();
    let server = venue.clone();
    tokio::spawn(async move {
        while let Some(stream) = listener.accept().await {
            server.serve(stream);
        }
    });
    (venue, dialer)
}

/// A client that is about to log in there.
pub(crate) fn login(dialer: MemoryDialer) -> Connect<Desk> {
    nova::connect(Desk).dialer(dialer).credentials(Credentials::key("nova", "nova-secret"))
}
