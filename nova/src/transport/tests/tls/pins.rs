//! Pinned keys.

use super::*;

use crate::base64::base64;

fn pin_of(key: &KeyPair) -> String {
    use ::ring::digest::{SHA256, digest};
    use rcgen::PublicKeyData as _;
    format!("sha256/{}", base64(digest(&SHA256, &key.subject_public_key_info()).as_ref()))
}

#[tokio::test]
async fn r020_a_server_must_have_a_pinned_key_or_one_that_is_pinned_for_later() {
    let (ours, other) = (authority(), KeyPair::generate().unwrap());
    let (certificate, key) = issued(&ours, "localhost", (2020, 2099));
    let (pin, backup) = (pin_of(&key), pin_of(&other));
    let port = serve(showing(config().with_no_client_auth(), (certificate, key))).await;
    let trusting = || Tls::new().root_pem(ours.pem());

    dial("localhost", port, trusting().pin(&pin)).await.expect("pinned");
    dial("localhost", port, trusting().pin(&backup).pin(&pin)).await.expect("pinned for later");
    let found = format!("the key of the server's certificate is {pin}, which is none of the 1 pinned");
    assert_refused(dial("localhost", port, trusting().pin(&backup)).await, &found);
    let authoritys = pin_of(ours.key());
    assert_refused(dial("localhost", port, trusting().pin(authoritys)).await, "none of the 1 pinned");
}

#[tokio::test]
async fn r020_a_pin_replaces_no_other_check() {
    let ours = authority();
    for (years, trusting, why) in
        [((2020, 2099), Tls::new(), "UnknownIssuer"), ((2020, 2021), Tls::new().root_pem(ours.pem()), "expired")]
    {
        let (certificate, key) = issued(&ours, "localhost", years);
        let pin = pin_of(&key);
        let port = serve(showing(config().with_no_client_auth(), (certificate, key))).await;
        assert_refused(dial("localhost", port, trusting.pin(pin)).await, why);
    }
}

#[tokio::test]
async fn what_is_no_pin_is_refused_before_anybody_is_dialled() {
    for pin in [
        "",
        "sha256/",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu-U=",
    ] {
        // Nothing listens at this port: a dial would say so.
        match dial("127.0.0.1", 9, Tls::new().pin(pin)).await.map(|_| ()) {
            Err(Error::Config { field, .. }) => assert_eq!(field, "tls.pins", "{pin:?}"),
            other => panic!("{pin:?}: {other:?}"),
        }
    }
}
