//! Whether this machine, rather than the network, kept a connection from coming up.
//!
//! A process that is out of descriptors sees the same failure at every address, and dialling sooner makes it worse. So it is told in
//! words of its own, and waited for longer.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use crate::error::Error;

/// Out of memory, of the system's descriptors, of the process's, of buffers: as the system numbers them.
const CODES: [i32; 4] = if cfg!(windows) {
    [8, 4, 10_024, 10_055]
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    [12, 23, 24, 105]
} else {
    [12, 23, 24, 55]
};

pub(super) fn is_exhausted(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| CODES.contains(&code))
}

/// What a failed lookup means.
pub(super) fn unresolved(host: &str, source: Arc<io::Error>) -> Error {
    if is_exhausted(&source) { Error::LocalResource { source } } else { Error::Dns { host: host.into(), source } }
}

/// What a failed connect means.
pub(super) fn unreached(address: SocketAddr, error: io::Error) -> Error {
    let source = Arc::new(error);
    // Of IPv6 it only says that this machine has none.
    let no_port = source.kind() == io::ErrorKind::AddrNotAvailable && matches!(address.ip(), IpAddr::V4(_));
    if no_port || is_exhausted(&source) {
        Error::LocalResource { source }
    } else {
        Error::Dial { address: address.to_string().into(), source }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::error::ErrorClass;

    #[test]
    fn r011_what_this_machine_has_run_out_of_is_told_apart_from_what_the_network_refuses() {
        let buffers = if cfg!(any(target_os = "linux", target_os = "android")) { 105 } else { 55 };
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let no_address = || io::Error::from(io::ErrorKind::AddrNotAvailable);
        for (error, address, is_ours) in [
            (io::Error::from_raw_os_error(24), "10.0.0.1:443", true),
            (io::Error::from_raw_os_error(23), "[fd77::1]:443", true),
            (io::Error::from_raw_os_error(12), "10.0.0.1:443", true),
            (io::Error::from_raw_os_error(buffers), "10.0.0.1:443", true),
            (no_address(), "10.0.0.1:443", true),
            (no_address(), "[fd77::1]:443", false),
            (refused(), "10.0.0.1:443", false),
        ] {
            let told = unreached(address.parse().expect("an address"), error);
            assert_eq!(matches!(told, Error::LocalResource { .. }), is_ours, "{told}");
            assert_eq!(told.class(), ErrorClass::Transient, "{told}");
        }
        let full = Arc::new(io::Error::from_raw_os_error(24));
        assert!(matches!(unresolved("venue.test", full), Error::LocalResource { .. }));
        assert!(matches!(unresolved("venue.test", Arc::new(refused())), Error::Dns { .. }));
    }
}
