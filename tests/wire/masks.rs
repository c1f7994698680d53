//! Every frame a client writes is masked with a key that nobody can foresee.

use std::collections::HashSet;

use futures_util::future::join;
use tokio::io::AsyncWriteExt;

use crate::raw::{close, frame, read_masked, ready};

#[nova::client(platform = "echo", strategy = "echo")]
struct Mirror;

const MESSAGES: usize = 10_000;

/// The keys of everything a client writes on a connection: messages of its own, messages sent back, pongs, and the close frame.
async fn keys() -> Vec<[u8; 4]> {
    // What is left to chance is the same each time: masks must not depend on it.
    let (mirror, mut stream) = ready(nova::connect(Mirror).seed(49), 1 << 16).await;
    let (mut keys, mut opcodes) = (Vec::new(), HashSet::new());
    while keys.len() < MESSAGES {
        stream.write_all(&[frame(0x81, b"text"), frame(0x82, b"binary"), frame(0x89, b"ping")].concat()).await.unwrap();
        mirror.send(format!("message {}", keys.len())).await.unwrap();
        for _ in 0..4 {
            let masked = read_masked(&mut stream).await.unwrap();
            keys.push(masked.key);
            opcodes.insert(masked.opcode);
        }
    }
    let (closing, last) = join(mirror.close(), async {
        let last = read_masked(&mut stream).await.unwrap();
        stream.write_all(&close(1000, b"")).await.unwrap();
        last
    })
    .await;
    assert_eq!((closing, last.opcode, &last.payload[..]), (nova::Closed::Clean, 8, &1000_u16.to_be_bytes()[..]));
    assert_eq!(opcodes, HashSet::from([1, 2, 0xA]), "text, binary and pongs");
    keys.push(last.key);
    keys
}

#[tokio::test(start_paused = true)]
async fn r049_everything_on_the_wire_is_masked_by_keys_that_no_seed_decides() {
    let (keys, others) = (keys().await, keys().await);
    let distinct: HashSet<_> = keys.iter().collect();
    assert!(distinct.len() > 9_990, "{} distinct of {}", distinct.len(), keys.len());
    let shared = others.iter().filter(|key| distinct.contains(key)).count();
    assert!(shared < 5, "{shared} keys of a client of the same seed are the same");
}
