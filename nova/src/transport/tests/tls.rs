//! TLS against a rustls server on loopback.

mod identity;
mod pins;

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls_native_certs::{CertificateResult, ErrorKind};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ConfigBuilder, ServerConfig, WantsVerifier,
        crypto::{CryptoProvider, ring},
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
        server::WantsServerCert,
    },
};

use crate::{
    error::{Error, ErrorClass, Result},
    transport::{
        BoxStream, Dialer, Endpoint, Tcp, Tls,
        tls::roots::{bundled, trusted},
    },
};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `name` that is valid in these years, and its key.
fn issued(authority: &Authority, name: &str, years: (i32, i32)) -> (Certificate, KeyPair) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, authority).unwrap(), key)
}

fn config() -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
}

fn showing(
    config: ConfigBuilder<ServerConfig, WantsServerCert>,
    (certificate, key): (Certificate, KeyPair),
) -> ServerConfig {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    config.with_single_cert(vec![certificate.der().clone()], key).unwrap()
}

/// A server that tells whoever gets through which protocol was agreed on. Returns its port.
async fn serve(mut config: ServerConfig) -> u16 {
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

/// A server whose certificate is for `name` and valid in these years. Returns its port.
async fn server(authority: &Authority, name: &str, years: (i32, i32)) -> u16 {
    serve(showing(config().with_no_client_auth(), issued(authority, name, years))).await
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

    dial("localhost", good, trusting()).await.expect("trusted");
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
async fn r018_a_server_that_would_speak_another_http_speaks_the_one_that_upgrades() {
    let ours = authority();
    let port = server(&ours, "localhost", (2020, 2099)).await;
    let mut greeting = String::new();
    let mut stream = dial("localhost", port, Tls::new().root_pem(ours.pem())).await.expect("trusted");
    stream.read_to_string(&mut greeting).await.unwrap();
    assert_eq!(greeting, "http/1.1");
}

/// Runs itself in a process that finds no roots.
#[tokio::test]
async fn r015_without_the_systems_roots_the_bundled_ones_are_trusted_or_nobody_is() {
    const NOWHERE: &str = "/dev/null";
    if std::env::var("SSL_CERT_FILE").is_ok_and(|file| file == NOWHERE) {
        let ours = authority();
        let port = server(&ours, "localhost", (2020, 2099)).await;
        let result = dial("localhost", port, Tls::new()).await;
        if cfg!(feature = "webpki-roots") {
            assert_refused(result, "UnknownIssuer");
        } else {
            let error = result.map(|_| ()).expect_err("nobody to trust");
            assert!(matches!(&error, Error::Config { field, .. } if field == "tls.roots"), "{error}");
        }
        dial("localhost", port, Tls::new().root_pem(ours.pem())).await.expect("trusted in code");
        return;
    }
    let test = "transport::tests::tls::r015_without_the_systems_roots_the_bundled_ones_are_trusted_or_nobody_is";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("SSL_CERT_FILE", NOWHERE)
        .env("SSL_CERT_DIR", NOWHERE)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn r015_without_any_roots_nobody_is_dialled_and_it_is_said_what_to_do() {
    let ours = authority();
    let none = CertificateResult::default;
    let refused = trusted(none(), &[], &[]).expect_err("nobody to trust");
    let told = refused.to_string();
    assert!(matches!(&refused, Error::Config { field, .. } if field == "tls.roots"), "{told}");
    assert!(told.contains("install them") && told.contains("root_pem"), "{told}");
    assert_eq!(trusted(none(), &[ours.pem().into_bytes().into()], &[]).expect("trusted in code").len(), 1);
    assert_eq!(trusted(none(), &[], bundled()).map_or(0, |roots| roots.len()), bundled().len());
}

/// Where others were trusted instead, they would be for as long as the process lives.
#[cfg(unix)]
#[test]
fn r011_roots_that_could_only_not_be_opened_now_are_no_missing_ones() {
    let full = || std::io::Error::from_raw_os_error(24);
    for (kind, transient) in [(full(), true), (std::io::ErrorKind::NotFound.into(), false)] {
        let mut native = CertificateResult::default();
        native.certs.push(authority().der().clone());
        let kind = ErrorKind::Io { inner: kind, path: "roots.pem".into() };
        native.errors.push(rustls_native_certs::Error { context: "failed to open", kind });
        let roots = trusted(native, &[], bundled()).map(|roots| roots.len());
        match roots {
            Err(error @ Error::LocalResource { .. }) => assert!(transient && error.is_transient(), "{error}"),
            other => assert!(!transient && other.expect("what was read") == 1),
        }
    }
}

#[tokio::test]
async fn r016_the_programs_own_choice_of_cryptography_is_neither_needed_nor_made() {
    let ours = authority();
    let port = server(&ours, "localhost", (2020, 2099)).await;
    dial("localhost", port, Tls::new().root_pem(ours.pem())).await.expect("trusted");
    assert!(CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn r017_a_server_that_is_too_old_is_refused_for_good() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut old, _) = listener.accept().await.unwrap();
        // The alert `protocol_version` of TLS 1.1.
        old.write_all(&[0x15, 0x03, 0x02, 0x00, 0x02, 0x02, 0x46]).await.unwrap();
        let _ = old.read_to_end(&mut Vec::new()).await;
    });
    assert_refused(dial("127.0.0.1", port, Tls::new()).await, "ProtocolVersion");
}

#[tokio::test]
async fn r017_a_broken_handshake_may_heal_and_another_protocol_will_not() {
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
