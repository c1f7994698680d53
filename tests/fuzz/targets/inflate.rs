//! Discord's `zlib-stream`: one stream over all frames. A message ends with the bytes of a flush, and comes in two frames.

#![no_main]

use fuzz::Peer;
use libfuzzer_sys::fuzz_target;
use nova::{Frame, platform::Discord};

/// Where a message ends.
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

fuzz_target!(|data: &[u8]| {
    let ends = data.windows(FLUSHED.len()).enumerate().filter(|(_, bytes)| *bytes == FLUSHED).map(|(at, _)| at + 4);
    let mut start = 0;
    let frames = ends.chain([data.len()]).flat_map(|end| {
        let message = &data[start..end];
        start = end;
        let (one, other) = message.split_at(message.len() / 2);
        [one, other].map(|part| Some(Frame::binary(part.to_vec())))
    });
    Peer::new(&Discord::default().compressed(), &[], |_| {}).play(frames);
});
