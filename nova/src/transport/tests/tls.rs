//! TLS against a rustls server on loopback.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::{
    error::{Error, ErrorClass, Result},
    transport::{BoxStream, Dialer, Endpoint, Tcp, Tls},
};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server whose certificate is for `name` and valid in these years; it greets whoever gets through. Returns its port.
async fn server(authority: &Authority, name: &str, years: (i32, i32)) -> u16 {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(tcp).await {
                let alpn = stream.get_ref().1.alpn_protocol().unwrap_or(b"none").to_vec();
                // The client may have seen enough.
                let _ = stream.write_all(&alpn).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    port
}

async fn dial(host: &str, port: u16, tls: Tls) -> Result<BoxStream> {
    Tcp::new().tls(tls).dial(&Endpoint::parse(&format!("wss://{host}:{port}/")).unwrap()).await
}

fn assert_refused(result: Result<BoxStream>, why: &str) {
    match result.map(|_| ()) {
        Err(error @ Error::Tls { .. }) => {
            assert_eq!(error.class(), ErrorClass::Critical);
            assert!(error.to_string().contains(why), "{error}");
        }
        other => panic!("{why}: {other:?}"),
    }
}

#[tokio::test]
async fn r013_only_a_trusted_chain_within_its_time_is_accepted() {
    let ours = authority();
    let trusting = || Tls::new().root_pem(ours.pem());
    let good = server(&ours, "localhost", (2020, 2099)).await;

    let mut greeting = String::new();
    let mut stream = dial("localhost", good, trusting()).await.expect("trusted");
    stream.read_to_string(&mut greeting).await.unwrap();
    assert_eq!(greeting, "http/1.1", "the protocol that was agreed on");

    assert_refused(dial("localhost", good, Tls::new()).await, "UnknownIssuer");
    assert_refused(dial("localhost", good, Tls::new().root_pem(authority().pem())).await, "");
    let expired = server(&ours, "localhost", (2020, 2021)).await;
    assert_refused(dial("localhost", expired, trusting()).await, "expired");
    let early = server(&ours, "localhost", (2090, 2099)).await;
    assert_refused(dial("localhost", early, trusting()).await, "not valid yet");
}

#[tokio::test]
async fn r014_the_name_in_the_url_must_be_the_certificates() {
    let ours = authority();
    let trusting = || Tls::new().root_pem(ours.pem());
    let elsewhere = server(&ours, "venue.test", (2020, 2099)).await;
    assert_refused(dial("localhost", elsewhere, trusting()).await, "not valid for name");
    assert_refused(dial("127.0.0.1", elsewhere, trusting()).await, "not valid for name");
    let by_address = server(&ours, "127.0.0.1", (2020, 2099)).await;
    dial("127.0.0.1", by_address, trusting()).await.expect("its address");
    assert_refused(dial("localhost", by_address, trusting()).await, "not valid for name");
}

#[tokio::test]
async fn roots_that_cannot_be_read_are_refused_before_anybody_is_dialled() {
    let table = ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"];
    for pem in table {
        // Nothing listens at this port: a dial would say so.
        match dial("127.0.0.1", 9, Tls::new().root_pem(pem)).await.map(|_| ()) {
            Err(Error::Config { field, .. }) => assert_eq!(field, "tls.roots", "{pem:?}"),
            other => panic!("{pem:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_broken_handshake_may_heal_and_another_protocol_will_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = tokio::spawn(async move {
        let (hanging_up, _) = listener.accept().await.unwrap();
        drop(hanging_up);
        let (mut plain, _) = listener.accept().await.unwrap();
        plain.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let _ = plain.read_to_end(&mut Vec::new()).await;
    });
    let error = dial("127.0.0.1", port, Tls::new()).await.map(|_| ()).expect_err("hung up");
    assert!(matches!(error, Error::Dial { .. }) && error.is_transient(), "{error}");
    assert_refused(dial("127.0.0.1", port, Tls::new()).await, "");
    peer.await.unwrap();
}

#[tokio::test]
async fn a_refused_port_and_an_unknown_name_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let endpoint = Endpoint::parse(&format!("ws://127.0.0.1:{port}/")).unwrap();
    let error = Tcp::new().dial(&endpoint).await.map(|_| ()).expect_err("nobody listens");
    assert!(matches!(&error, Error::Dial { address, .. } if **address == *format!("127.0.0.1:{port}")), "{error}");
    // A label this long is refused by the resolver itself, whatever the network.
    let host = format!("{}.invalid", "x".repeat(64));
    let endpoint = Endpoint::parse(&format!("ws://{host}/")).unwrap();
    let error = Tcp::new().dial(&endpoint).await.map(|_| ()).expect_err("no such name");
    assert!(matches!(&error, Error::Dns { host: have, .. } if **have == *host), "{error}");
}
